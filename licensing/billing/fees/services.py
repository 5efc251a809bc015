"""Price lists of a CoC, which join one another without a gap. Rules: VT-LI-8, SON-LI-9, SAC-LI-7."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.money import MOST_CENTS
from core.once import KeyUsed, one_at_a_time
from core.people.models import CoC
from core.policy.vocabulary import DutyName
from core.ui.times import say_day
from licensing.access.ground import local_day, policy_in_force
from licensing.access.rules import levels_of
from licensing.billing.fees.models import (
    Basis,
    FeeItem,
    FeeSchedule,
    Proration,
)
from licensing.billing.invoices.models import InvoiceRun, RunState

BANDED = frozenset({Basis.BUDGET, Basis.DATA_QUALITY})
ONE_DAY = timedelta(days=1)
YEARS = range(1990, 2201)


@dataclass(frozen=True)
class NewItem:
    basis: Basis
    name: str
    cents: int = 0
    level: str = ""
    bands: Sequence[tuple[int, int]] = ()
    least_cents: int | None = None
    most_cents: int | None = None


@dataclass(frozen=True)
class NewSchedule:
    name: str
    first_day: date
    last_day: date | None
    once: str
    items: Sequence[NewItem] = ()
    proration: Proration = Proration.MONTHS
    least_cents: int = 0
    most_cents: int | None = None


# ------------------------------------------------------------------ schedules


def schedules_of(coc_id: int) -> list[FeeSchedule]:
    """Those that count, the first first."""
    query = select(FeeSchedule).where(FeeSchedule.coc_id == coc_id, FeeSchedule.withdrawn_at.is_(None))
    return list(db.session.scalars(query.order_by(FeeSchedule.first_day, FeeSchedule.id)))


def schedule_on(coc_id: int, day: date) -> FeeSchedule | None:
    """The one that counts on a day."""
    return next(
        (one for one in schedules_of(coc_id) if one.first_day <= day and (one.last_day is None or day <= one.last_day)),
        None,
    )


def begin(coc: CoC, told: NewSchedule, by: Principal, at: datetime) -> FeeSchedule:
    """A price list that counts from its first day. Raises Invalid for what it cannot hold, and where it would leave
    a gap to another of the CoC or lie over it; says which, and which day to choose."""
    one_at_a_time(told.once)
    if known := db.session.scalar(select(FeeSchedule).where(FeeSchedule.once == told.once)):
        if (known.coc_id, known.name, known.first_day) != (coc.id, told.name, told.first_day):
            raise KeyUsed
        return known
    _lock(coc)
    _must_hold(coc, told, at)
    must_join(told.first_day, told.last_day, schedules_of(coc.id))
    row = FeeSchedule(
        lead_id=coc.lead_id, coc_id=coc.id, coc=coc, name=told.name, first_day=told.first_day, last_day=told.last_day,
        proration=told.proration, least_cents=told.least_cents, most_cents=told.most_cents, by_id=by.person_id, at=at,
        once=told.once,
    )  # fmt: skip
    row.items = [
        FeeItem(
            position=position, basis=one.basis, name=one.name, cents=one.cents, level=one.level,
            bands=[{"from": start, "cents": cents} for start, cents in one.bands], least_cents=one.least_cents,
            most_cents=one.most_cents,
        )
        for position, one in enumerate(told.items, 1)
    ]  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("fees.begun", row, data={"name": row.name, "from": row.first_day, "items": len(row.items)})
    return row


def _lock(coc: CoC) -> None:
    """Who changes the CoC's price lists, or begins a run over one, waits for the other."""
    db.session.execute(select(CoC.id).where(CoC.id == coc.id).with_for_update(key_share=True))


def _must_hold(coc: CoC, told: NewSchedule, at: datetime) -> None:
    if not told.name:
        raise Invalid("Give the schedule a name.", "For example Fees 2026-2027.", field="name")
    _must_be_meant(told.first_day, "first_day")
    if told.last_day is not None:
        _must_be_meant(told.last_day, "last_day")
    if told.last_day is not None and told.last_day < told.first_day:
        raise Invalid("The last day lies before the first.", "Choose a later one.", field="last_day")
    if told.most_cents is not None and told.most_cents < told.least_cents:
        raise Invalid("The maximum is less than the minimum.", "Give a larger one, or none.", field="most")
    for number, one in enumerate(told.items, 1):
        _must_be_item(coc, one, number, at)


def _must_be_meant(day: date, field: str) -> None:
    if day.year not in YEARS:
        raise Invalid("That day cannot be meant.", "Check the year.", field=field)


def _must_be_item(coc: CoC, one: NewItem, number: int, at: datetime) -> None:
    where = f"items-{number - 1}"
    if not one.name:
        raise Invalid(f"Line {number} has no name.", "Say what the invoice calls it.", field=f"{where}-name")
    if not 0 <= one.cents <= MOST_CENTS:
        raise Invalid(f"The price of line {number} cannot be meant.", "Give nothing or more.", field=f"{where}-cost")
    if one.basis is Basis.LICENSE_TYPE:
        known = levels_of(policy_in_force(coc, at))
        if known is None or one.level not in known.levels:
            raise Invalid(
                f"Line {number} names no access level of the manual.",
                "Choose the level that it prices." if known else "The manual has no levels; price each license alike.",
                field=f"{where}-level",
            )
    if one.basis in BANDED and not one.bands:
        raise Invalid(
            f"Line {number} is priced in bands and has none.", "Write one a line, such as 0: 250.00.",
            field=f"{where}-bands",
        )  # fmt: skip
    starts = [start for start, _ in one.bands]
    if len(set(starts)) < len(starts) or any(start < 0 or abs(cents) > MOST_CENTS for start, cents in one.bands):
        raise Invalid(f"The bands of line {number} cannot be meant.", "Each begins once.", field=f"{where}-bands")
    least, most = one.least_cents, one.most_cents
    if (least is not None and least < 0) or (most is not None and most < (least or 0)):
        raise Invalid(f"The bounds of line {number} cannot be meant.", "Minimum, then maximum.", field=f"{where}-least")


def must_join(first: date, last: date | None, others: Sequence[FeeSchedule]) -> None:
    """Raises Invalid, naming the neighbor and the day to choose, unless the days join those of the others."""
    before = [one for one in others if one.first_day < first]
    after = [one for one in others if one.first_day >= first]
    if before:
        _joins_before(before[-1], first)
    if not after:
        return
    other, wanted = after[0], after[0].first_day - ONE_DAY
    if wanted < first:
        free = f"Let this one begin on {say_day(other.last_day + ONE_DAY)}." if other.last_day else ""
        raise Invalid(
            f"“{other.name}” counts from {say_day(other.first_day)} already.",
            free or "Withdraw it, or give it a last day first.", field="first_day",
        )  # fmt: skip
    if last != wanted:
        word = "leaves a gap before" if last is not None and last < wanted else "lies over"
        raise Invalid(
            f"This {word} “{other.name}”, which begins on {say_day(other.first_day)}.",
            f"Choose {say_day(wanted)} as the last day.", field="last_day",
        )  # fmt: skip


def _joins_before(other: FeeSchedule, first: date) -> None:
    if other.last_day is None:
        raise Invalid(
            f"“{other.name}” has no last day, so this would lie over it.",
            f"Give that one {say_day(first - ONE_DAY)} as its last day first.", field="first_day",
        )  # fmt: skip
    wanted = other.last_day + ONE_DAY
    if first != wanted:
        word = "lies over" if first < wanted else "leaves a gap after"
        raise Invalid(
            f"This {word} “{other.name}”, which ends on {say_day(other.last_day)}.",
            f"Choose {say_day(wanted)} as the first day.", field="first_day",
        )  # fmt: skip


def end(row: FeeSchedule, last_day: date) -> None:
    """Its last day is set. Raises Invalid where that leaves a gap or lies over the next."""
    _must_count(row)
    _lock(row.coc)
    _must_be_meant(last_day, "last_day")
    if last_day < row.first_day:
        raise Invalid(
            "The last day lies before the first.", f"It begins on {say_day(row.first_day)}.", field="last_day"
        )
    used = db.session.scalar(
        _runs_of(row).where(InvoiceRun.first_day > last_day).order_by(InvoiceRun.first_day).limit(1)
    )
    if used is not None:
        raise Invalid(
            f"The invoices of {say_day(used.first_day)} were counted by it.", "Choose a later day.", field="last_day"
        )
    must_join(row.first_day, last_day, [one for one in schedules_of(row.coc_id) if one.id != row.id])
    before, row.last_day = row.last_day, last_day
    record("fees.ended", row, data={"name": row.name, "last_day": last_day, "before": before})


def _must_count(row: FeeSchedule) -> None:
    if row.withdrawn_at is not None:
        raise Conflict(f"“{row.name}” was withdrawn.", "Load the page again to see which counts.")


def _runs_of(row: FeeSchedule) -> Any:
    return select(InvoiceRun).where(InvoiceRun.schedule_id == row.id, InvoiceRun.state != RunState.DROPPED)


def withdraw(row: FeeSchedule, at: datetime) -> None:
    """It never counted. Raises Conflict once invoices were made by it, and where the others would have a gap then."""
    _must_count(row)
    _lock(row.coc)
    if db.session.scalar(_runs_of(row).limit(1)) is not None:
        raise Conflict(f"Invoices were counted by “{row.name}”.", "Give it a last day, and begin another after it.")
    others = [one for one in schedules_of(row.coc_id) if one.id != row.id]
    before = [one for one in others if one.first_day < row.first_day]
    after = [one for one in others if one.first_day > row.first_day]
    if before and after:
        raise Conflict(
            f"Without it, a gap is left between “{before[-1].name}” and “{after[0].name}”.",
            f"Withdraw “{after[-1].name}” first.",
        )
    row.withdrawn_at = at
    record("fees.withdrawn", row, data={"name": row.name})


def note_notice(row: FeeSchedule, on: date, words: str, at: datetime) -> None:
    """The committee was told of the prices (VT-LI-8). Raises Invalid for a day to come."""
    _must_count(row)
    if on > local_day(at, row.coc.tz):
        raise Invalid("That day has not come yet.", "Give the day on which the committee was told.", field="noticed_on")
    must_say_how(words)
    row.noticed_on, row.notice = on, words
    record("fees.noticed", row, data={"name": row.name, "on": on, "rule": notice_rule(row.coc, at)})


def must_say_how(words: str) -> None:
    if not words:
        raise Invalid("Say how the committee was told.", "For example at its meeting, or by mail.", field="notice")


def notice_rule(coc: CoC, at: datetime) -> str | None:
    """The rule by which the committee is told of prices, where the manual has it."""
    policy = policy_in_force(coc, at)
    return policy.duty(DutyName.PRICE_CHANGES).rule if policy.has(DutyName.PRICE_CHANGES) else None
