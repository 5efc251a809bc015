"""What the Lead spent, and what it plans. Rule: HUD-LI-2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import CoC
from core.ui import times
from licensing.access.ground import local_day
from licensing.billing.books.models import BudgetLine, Expense
from licensing.contracts.models import Contract

OLDEST = timedelta(days=10 * 366)


@dataclass(frozen=True)
class Spent:
    on: date
    cents: int
    words: str
    line: str
    fund: str
    once: str
    contract_id: int | None = None


def spend(coc: CoC, told: Spent, by: Principal, at: datetime) -> Expense:
    """Raises Invalid for nothing, for a day to come, and for a contract of another CoC."""
    one_at_a_time(told.once)
    if known := db.session.scalar(select(Expense).where(Expense.once == told.once)):
        if (known.coc_id, known.cents, known.words, known.on) != (coc.id, told.cents, told.words, told.on):
            raise KeyUsed
        return known
    today = local_day(at, coc.tz)
    if told.cents <= 0:
        raise Invalid(
            "An expense is more than nothing.", "Take a wrong one out on the list, with the reason.", "amount"
        )
    if told.on > today:
        raise Invalid("That day has not come yet.", f"Give {times.say_day(today)} or earlier.", "on")
    if told.on < today - OLDEST:
        raise Invalid("That is too long ago to be meant.", "Write the year with four digits.", "on")
    if told.contract_id is not None:
        known_contract = select(Contract.id).where(Contract.id == told.contract_id, Contract.coc_id == coc.id)
        if db.session.scalar(known_contract) is None:
            raise Invalid("This CoC has no such contract.", "Choose one of the list.", "contract")
    row = Expense(
        lead_id=coc.lead_id, coc_id=coc.id, on=told.on, cents=told.cents, words=told.words, line=told.line,
        fund=told.fund, contract_id=told.contract_id, by_id=by.person_id, at=at, once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("expense.entered", row, data={"cents": row.cents, "line": row.line, "fund": row.fund, "on": row.on})
    return row


def take_out(row: Expense, why: str, at: datetime) -> None:
    """It was wrong; its row stays, with the reason. The row must be locked."""
    if row.void_at is not None:
        raise Conflict("This one was taken out before.", "Load the page again to see how it stands.")
    if not why:
        raise Invalid("Say why, in a few words.", field="reason")
    row.void_at, row.void_why = at, why
    record("expense.taken_out", row, data={"cents": row.cents, "why": why})


@dataclass(frozen=True)
class Plan:
    is_income: bool
    line: str
    fund: str
    cents: int


def plan(coc: CoC, first_day: date, told: Plan, by: Principal, at: datetime) -> None:
    """Set a line of the budget; nothing takes it out. Saying it twice is once."""
    if told.cents < 0:
        raise Invalid("A plan is not below nothing.", "Choose whether it is income or spending.", "amount")
    key = {"coc_id": coc.id, "first_day": first_day, "is_income": told.is_income, "line": told.line, "fund": told.fund}
    values = {"cents": told.cents, "by_id": by.person_id, "at": at}
    written = insert(BudgetLine).values(lead_id=coc.lead_id, **key, **values)
    written = written.on_conflict_do_update(index_elements=list(key), set_=values)
    number = db.session.scalar(written.returning(BudgetLine.id))
    row = db.session.get_one(BudgetLine, number, populate_existing=True)
    record("budget.set", row, data={**key, "first_day": first_day.isoformat(), "cents": told.cents})
    if not told.cents:
        db.session.delete(row)
        db.session.flush()
