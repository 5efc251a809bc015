"""Who holds an agency's duties, since when, on which days nobody did, and what is owed for it (SON-LI-8, VT-LI-2)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from core import clock
from core.audit import acting_as
from core.db import db, gather, unit_of_work
from core.deadlines import Deadline, State, meet, open_deadline
from core.events import subscribe
from core.people.models import Agency, AgencyStatus, CoC, Designation, DesignationKind, Membership
from core.people.services import designated
from core.policy.vocabulary import DutyName, LimitName
from licensing.access.models import License, LicenseState
from licensing.access.services import local_day, policy_in_force
from licensing.agencies import rules
from licensing.agencies.rules import Gap, Held, Must
from licensing.events import LicenseActivated, LicenseEnded

VACANCY = {
    DesignationKind.ADMINISTRATOR: "administrator-missing",
    DesignationKind.SECURITY_OFFICER: "security-officer-missing",
}
TAKES_PART = (AgencyStatus.ACTIVE, AgencyStatus.SUSPENDED)
STILL_OWED = (State.PENDING, State.FIRED)


@dataclass(frozen=True)
class Duty:
    """One duty of an agency: who has held it, the days without, whether the pack asks for it."""

    kind: DesignationKind
    words: str
    rows: tuple[Designation, ...]
    gaps: tuple[Gap, ...]
    must: Must | None
    why: dict[str, Any]
    since: date | None = None

    def days_without(self, today: date) -> int:
        return sum(gap.days(today) for gap in self.gaps)

    def now(self, at: datetime) -> list[Designation]:
        return [row for row in self.rows if holds(row, at)]


def holds(row: Designation, at: datetime) -> bool:
    return row.started_on <= at.date() and (row.ended_at is None or row.ended_at > at)


def history(agency: Agency) -> list[Designation]:
    query = select(Designation).where(Designation.agency_id == agency.id).options(joinedload(Designation.person))
    return list(db.session.scalars(query.order_by(Designation.started_on.desc(), Designation.id.desc())))


def duties(agency: Agency, at: datetime) -> list[Duty]:
    """Every duty with its history and its days without, for as long as the agency is known to have worked here."""
    rows, today = history(agency), local_day(at, agency.tz)
    musts = {must.kind: must for must in musts_of(agency, at)}
    since = _known_since(agency, rows)
    licensed = _licensed_days(agency) if any(must.is_licensed for must in musts.values()) else {}
    return [_duty(agency, kind, rows, musts.get(kind), licensed, since, today) for kind in DesignationKind]


def _duty(
    agency: Agency,
    kind: DesignationKind,
    rows: list[Designation],
    must: Must | None,
    licensed: dict[int, list[Held]],
    since: date | None,
    today: date,
) -> Duty:
    mine = tuple(row for row in rows if row.kind is kind)
    found: list[Gap] = []
    if must and since and agency.status in TAKES_PART:
        held = [span for row in mine for span in _held(row, must, licensed, agency.zone)]
        found = rules.gaps(held, since, today)
    why = rules.why_must(policy_in_force(agency.coc, clock.now()), must) if must else {}
    return Duty(kind, rules.WORDS[kind], mine, tuple(found), must, why, since)


def _held(row: Designation, must: Must, licensed: dict[int, list[Held]], zone: ZoneInfo) -> list[Held]:
    span = Held(row.started_on, rules.last_day(row.ended_at, zone) if row.ended_at else None)
    if span.last and span.last < span.first:
        return []
    return rules.both([span], licensed.get(row.person_id, [])) if must.is_licensed else [span]


def _licensed_days(agency: Agency) -> dict[int, list[Held]]:
    """By person, the days of their licenses at this agency."""
    found: dict[int, list[Held]] = defaultdict(list)
    for held in db.session.scalars(select(License).where(License.agency_id == agency.id)):
        last = rules.last_day(held.ended_at, agency.zone) if held.ended_at else None
        found[held.person_id].append(Held(local_day(held.since, agency.tz), last))
    return found


def _known_since(agency: Agency, rows: list[Designation]) -> date | None:
    """The first day from which the agency is known here: somebody's designation, or their work."""
    first = db.session.scalar(select(func.min(Membership.started_on)).where(Membership.agency_id == agency.id))
    days = [row.started_on for row in rows] + ([first] if first else [])
    return min(days) if days else None


def musts_of(agency: Agency, at: datetime) -> list[Must]:
    """Whom this agency must have today: in a pack that counts, only from so many users on (VT-LI-2)."""
    found = rules.musts(policy_in_force(agency.coc, at))
    counted = any(must.from_users for must in found)
    users = count_users(agency.id, at) if counted else 0
    return [must for must in found if users >= must.from_users]


def lead_in_its_stead(agency: Agency, at: datetime) -> dict[str, Any] | None:
    """Why the Lead does the administrator's work: a small agency has named none, and need not (VT-LI-2)."""
    policy = policy_in_force(agency.coc, at)
    if not (policy.has(LimitName.ADMINISTRATOR_THRESHOLD) and policy.has(DutyName.NO_ADMINISTRATOR)):
        return None
    users, limit = count_users(agency.id, at), policy.limit(LimitName.ADMINISTRATOR_THRESHOLD)
    if limit.reached(users) or designated(agency.id, DesignationKind.ADMINISTRATOR, at):
        return None
    told = rules.explain(policy, limit)
    counted = f"The agency has {users} user{'s' * (users != 1)}; from {limit.number} on it names an administrator."
    return {**told, "because": [counted, policy.duty(DutyName.NO_ADMINISTRATOR).says]}


def count_users(agency_id: int, at: datetime) -> int:
    """How many people hold a license at the agency, suspended ones too."""
    query = select(func.count()).select_from(License).where(License.agency_id == agency_id, *_in_force(at))
    return db.session.scalar(query) or 0


def _in_force(at: datetime) -> tuple[ColumnElement[bool], ...]:
    still = or_(License.ended_at.is_(None), License.ended_at > at)
    return License.state != LicenseState.ENDED, License.since <= at, still


# ------------------------------------------------------------------ what is owed


def look(at: datetime, coc: CoC, agency_id: int | None = None) -> int:
    """Open what is owed where somebody is missing, and close it where somebody is there; one agency, or the CoC's."""
    policy, changed = policy_in_force(coc, at), 0
    for must in rules.musts(policy):
        missing = {row.id: row for row in db.session.scalars(_without(coc, must, at, agency_id))}
        owed = {row.subject_id: row for row in db.session.scalars(_owed(coc, must.kind, agency_id))}
        for number in sorted(missing.keys() - owed.keys()):
            _open(missing[number], must, at)
        for number in sorted(owed.keys() - missing.keys()):
            meet(owed[number], at, f"The agency has a {must.words}, or no longer needs one.")
        changed += len(missing.keys() ^ owed.keys())
    return changed


def _without(coc: CoC, must: Must, at: datetime, agency_id: int | None) -> Select[Agency]:
    """The agencies that take part and have nobody, locked, so that two looks do not both open it."""
    named: list[ColumnElement[bool]] = [
        Designation.agency_id == Agency.id,
        Designation.kind == must.kind,
        Designation.started_on <= at.date(),
        or_(Designation.ended_at.is_(None), Designation.ended_at > at),
    ]
    if must.is_licensed:
        mine = and_(License.agency_id == Agency.id, License.person_id == Designation.person_id, *_in_force(at))
        named.append(select(License.id).where(mine).exists())
    query = select(Agency).where(Agency.coc_id == coc.id, Agency.status.in_(TAKES_PART))
    query = query.where(~select(Designation.id).where(*named).exists())
    if must.from_users:
        users = select(func.count()).select_from(License).where(License.agency_id == Agency.id, *_in_force(at))
        query = query.where(users.scalar_subquery() >= must.from_users)
    if agency_id is not None:
        query = query.where(Agency.id == agency_id)
    return query.order_by(Agency.id).with_for_update(of=Agency, key_share=True)


def _owed(coc: CoC, kind: DesignationKind, agency_id: int | None) -> Select[Deadline]:
    query = select(Deadline).where(
        Deadline.kind == VACANCY[kind], Deadline.coc_id == coc.id, Deadline.state.in_(STILL_OWED)
    )
    return query.where(Deadline.agency_id == agency_id) if agency_id is not None else query


def _open(agency: Agency, must: Must, at: datetime) -> None:
    mine = (Designation.agency_id == agency.id, Designation.kind == must.kind, Designation.ended_at <= at)
    last = db.session.scalar(select(func.max(Designation.ended_at)).where(*mine))
    times = select(func.count()).select_from(Deadline).where(
        Deadline.kind == VACANCY[must.kind], Deadline.subject_type == "agency", Deadline.subject_id == agency.id
    )  # fmt: skip
    before = db.session.scalar(times) or 0
    began = last if last and _nobody_since(agency, must, last, at) else at
    users = count_users(agency.id, at) if must.from_users else 0
    open_deadline(
        VACANCY[must.kind],
        agency,
        rules.vacancy(policy_in_force(agency.coc, at), must, began, agency.zone, users),
        title=f"Name a {must.words}: {agency.name}",
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        holder="agency",
        occurrence=before + 1,
    )


def _nobody_since(agency: Agency, must: Must, last: datetime, at: datetime) -> bool:
    """Whether the last holder's end is when it began: somebody named since who has no license is another story."""
    if must.from_users:
        return False
    return not any(holds(row, at) and row.kind is must.kind for row in history(agency)) and last <= at


def look_everywhere() -> int:
    """What nobody's deed told of: a designation that ran out, an agency that grew; safe to repeat."""
    changed = 0
    with acting_as("system:officers"):
        for number in db.session.scalars(select(CoC.id).order_by(CoC.id)).all():
            with unit_of_work():
                changed += look(clock.now(), db.session.get_one(CoC, number))
    return changed


@subscribe(LicenseActivated)
def _activated(event: LicenseActivated) -> None:
    look_at_the_end(event.agency_id, event.at)


@subscribe(LicenseEnded)
def _ended(event: LicenseEnded) -> None:
    look_at_the_end(event.agency_id, event.at)


def look_at_the_end(agency_id: int, at: datetime) -> None:
    """Once for each agency of a unit of work, when all of it is written."""
    gather(("officers", agency_id), at, lambda times: _look_at(agency_id, min(times)))


def _look_at(agency_id: int, at: datetime) -> None:
    agency = db.session.get_one(Agency, agency_id)
    if rules.musts(policy_in_force(agency.coc, at)):
        look(at, agency.coc, agency.id)
