"""Who gets a new request among the Lead's people, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import DutyName
from helpdesk.tickets.rules import Category

# Where one glance at the wrong desk costs more than a busy right one.
BY_SKILL_FIRST = frozenset({Category.SECURITY})


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the Lead's people: what they know, how much they have, and whether they are away now.

    `cover_id` is who stands in while they are; `last_given_at` when they last got a request this way.
    """

    person_id: int
    name: str
    skills: frozenset[str]
    open_requests: int
    is_away: bool = False
    cover_id: int | None = None
    last_given_at: datetime | None = None


@dataclass(frozen=True)
class Choice:
    """`person_id` is none where nobody could be chosen. `rule` is the one that names this way, if a pack does."""

    person_id: int | None
    because: tuple[str, ...]
    rule: str = ""


def choose(
    category: Category, agency: str, assigned_id: int | None, workers: Sequence[Worker], policy: Policy | None
) -> Choice:
    """The agency's own system administrator (MO-HD-2) or who covers for them (HUD-HD-4); else the least busy
    of those who know the subject (HUD-HD-6), else of all who are there.

    A possible security lapse goes to who knows about security first, whoever looks after the agency.
    """
    known = {worker.person_id: worker for worker in workers}
    by_agency = _of_agency(agency, known.get(assigned_id or 0), known, policy)
    by_skill = _by_skill(category, workers)
    ways = (by_skill, by_agency) if category in BY_SKILL_FIRST else (by_agency, by_skill)
    return next((way for way in ways if way is not None), None) or _least_busy_of_all(workers)


def _of_agency(agency: str, assigned: Worker | None, known: dict[int, Worker], policy: Policy | None) -> Choice | None:
    if assigned is None:
        return None
    rule = _rule_of(policy, DutyName.ASSIGNED_ADMINISTRATOR)
    if not assigned.is_away:
        return Choice(assigned.person_id, (f"{assigned.name} looks after {agency}.",), rule)
    away = f"{assigned.name} looks after {agency} and is away."
    cover = known.get(assigned.cover_id or 0)
    if cover is None or cover.is_away:
        return None
    return Choice(cover.person_id, (away, f"{cover.name} covers."), "HUD-HD-4")


def _by_skill(category: Category, workers: Iterable[Worker]) -> Choice | None:
    able = [worker for worker in workers if category in worker.skills and not worker.is_away]
    if not able:
        return None
    chosen = min(able, key=_load)
    return Choice(
        chosen.person_id,
        (f"{chosen.name} works on this kind of request{_load_words(chosen, able)}.",),
        "HUD-HD-6",
    )


def _least_busy_of_all(workers: Sequence[Worker]) -> Choice:
    there = [worker for worker in workers if not worker.is_away]
    if not there:
        return Choice(None, ("Nobody who works on requests is there now, so it waits for all of them.",))
    chosen = min(there, key=_load)
    return Choice(chosen.person_id, (f"{chosen.name} is there{_load_words(chosen, there)}.",))


def _load(worker: Worker) -> tuple[int, float, int]:
    """Fewest open requests; among equals who has waited longest for one."""
    last = worker.last_given_at.timestamp() if worker.last_given_at else 0.0
    return worker.open_requests, last, worker.person_id


def _load_words(chosen: Worker, among: Sequence[Worker]) -> str:
    if len(among) == 1:
        return ""
    return f" and has the fewest open ({chosen.open_requests}) of {len(among)}"


def _rule_of(policy: Policy | None, duty: DutyName) -> str:
    if policy is None or not policy.has(duty):
        return ""
    said: Cited = policy.duty(duty)
    return said.rule
