"""Putting agreements with outside parties on file, and hearing of their end in time. Rule: HUD-LI-3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import cancel, deadlines_of, open_deadline
from core.errors import Conflict, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import CoC
from core.policy.vocabulary import ListName
from licensing.access.services import local_day, policy_in_force
from licensing.agencies.papers import kept_file
from licensing.calendar.dates import decided
from licensing.contracts.models import Contract

END = "contract-end"
REMIND = (timedelta(days=60), timedelta(days=14))
OLDEST, FURTHEST = 1990, timedelta(days=50 * 366)
# Agencies and end users sign elsewhere in the service.
SIGNED_ELSEWHERE = ("agency", "end-user")
# Of these every CoC has one; of the others only who is there.
ALWAYS = ("coc", "vendor")


@dataclass(frozen=True)
class Filed:
    """An executed agreement; `ends_on` None: it runs until somebody ends it."""

    kind: str
    party: str
    effective_on: date
    ends_on: date | None
    once: str
    about: str = ""
    file: FileStorage | None = None


def kinds(coc: CoC, at: datetime) -> dict[str, str]:
    """With whom an agreement is on file, in the pack's words."""
    policy = policy_in_force(coc, at)
    listed = policy.list(ListName.AGREEMENTS_ON_FILE).items if policy.has(ListName.AGREEMENTS_ON_FILE) else {}
    return {code: words for code, words in listed.items() if code not in SIGNED_ELSEWHERE}


def put_on_file(coc: CoC, told: Filed, by: Principal, at: datetime) -> Contract:
    """Raises Invalid for a party nobody named, a kind that the pack has not, or an end before the beginning."""
    one_at_a_time(told.once)
    if known := db.session.scalar(select(Contract).where(Contract.once == told.once)):
        if (known.coc_id, known.party, known.kind) != (coc.id, told.party, told.kind):
            raise KeyUsed
        return known
    _must_be_sound(coc, told, at)
    row = Contract(
        lead_id=coc.lead_id, coc_id=coc.id, coc=coc, kind=told.kind, party=told.party, about=told.about,
        effective_on=told.effective_on, ends_on=told.ends_on, by_id=by.person_id, at=at, once=told.once,
        file_id=kept_file(told.file).id if told.file else None,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("contract.filed", row, data={"kind": row.kind, "party": row.party, "ends_on": row.ends_on})
    if row.ends_on is not None and row.ends_on >= local_day(at, coc.tz):
        _watch(row, row.ends_on, at)
    return row


def _must_be_sound(coc: CoC, told: Filed, at: datetime) -> None:
    if told.kind not in kinds(coc, at):
        raise Invalid("The manual has no such party.", "Choose one of the list.", "kind")
    if not told.party:
        raise Invalid("Give the party's name.", field="party")
    if told.effective_on.year < OLDEST:
        raise Invalid("That is too long ago to be meant.", "Write the year with four digits.", "effective_on")
    if told.ends_on is not None and told.ends_on > local_day(at, coc.tz) + FURTHEST:
        raise Invalid("That day is too far ahead.", "Leave it empty where the agreement has no last day.", "ends_on")
    if told.ends_on is not None and told.ends_on < told.effective_on:
        raise Invalid("It ends before it begins.", "Check both days.", "ends_on")


def _watch(row: Contract, ends_on: date, at: datetime) -> None:
    policy = policy_in_force(row.coc, at)
    value = policy.list(ListName.AGREEMENTS_ON_FILE)
    open_deadline(
        END, row, decided(policy, value, END, ends_on, ZoneInfo(row.coc.tz), at, "The agreement ends on"),
        title=f"Agreement ends: {row.party}", lead_id=row.lead_id, coc_id=row.coc_id, holder="lead", warn_before=REMIND,
    )  # fmt: skip


def end(row: Contract, why: str, at: datetime) -> None:
    """It is over before its day, or another took its place. The row must be locked."""
    if row.over_at is not None:
        raise Conflict("This one is over already.", "Load the page again to see how it stands.")
    row.over_at, row.over_why = at, why
    for clock in deadlines_of(row):
        if clock.is_open:
            cancel(clock, at, "The agreement is over.")
    record("contract.over", row, data={"why": why})
