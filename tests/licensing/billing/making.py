"""What the tests of billing do over and over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import func, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import CoC, Person
from licensing.access.models import License
from licensing.billing.books.models import LedgerEntry
from licensing.billing.fees import services as fees
from licensing.billing.fees.models import Basis, FeeSchedule
from licensing.billing.fees.services import NewItem, NewSchedule
from licensing.billing.invoices import running
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceRun, InvoiceState
from licensing.billing.payments.models import Payment

_n = count(1)
PER_LICENSE = NewItem(Basis.LICENSES, "HMIS license", 150_00)
FLAT = NewItem(Basis.FLAT, "Participation", 250_00)


def schedule(coc: CoC, by: Person, *items: NewItem, **values: Any) -> FeeSchedule:
    told = {"name": "Fees 2026", "first_day": date(2026, 7, 1), "last_day": None, "once": f"s{next(_n)}"} | values
    with unit_of_work():
        return fees.begin(coc, NewSchedule(items=items or (PER_LICENSE,), **told), as_principal(by), clock.now())


def as_principal(person: Person) -> Any:
    return principal_for(person, clock.now())


def licensed(person: Person, agency: Any, since: date = date(2026, 1, 5), **values: Any) -> License:
    whose = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "person_id": person.id}
    with unit_of_work() as session:
        held = License(**whose, **{"since": datetime(since.year, since.month, since.day, 18, tzinfo=UTC)} | values)
        session.add(held)
        session.flush()
    return held


def counted(coc: CoC, by: Person, year: int = 2026) -> InvoiceRun:
    with unit_of_work():
        row = running.begin(coc, year, as_principal(by), clock.now(), f"r{next(_n)}")
    running.work(row.id)
    return db.session.get_one(InvoiceRun, row.id, populate_existing=True)


def run_issued(coc: CoC, by: Person, year: int = 2026) -> InvoiceRun:
    row = counted(coc, by, year)
    with unit_of_work():
        running.issue(db.session.get_one(InvoiceRun, row.id, with_for_update=True), as_principal(by), clock.now())
    running.work(row.id)
    return db.session.get_one(InvoiceRun, row.id, populate_existing=True)


def invoices(**where: Any) -> list[Invoice]:
    db.session.expire_all()
    return list(db.session.scalars(select(Invoice).filter_by(**where).order_by(Invoice.id)))


def must_balance() -> None:
    """What holds after whatever happened: each invoice's sum, each debtor's ledger, and numbers without a gap."""
    db.session.expire_all()
    rows = db.session.scalars(select(Invoice)).all()
    for row in rows:
        assert row.total_cents == row.paid_cents + row.credited_cents + row.open_cents
        if row.state is not InvoiceState.DROPPED:
            assert row.total_cents == sum(line.cents for line in row.lines)
        if row.kind is not InvoiceKind.CREDIT:
            notes = [one.total_cents for one in rows if one.credits_id == row.id]
            assert row.credited_cents == -sum(notes)
    issued = [row for row in rows if row.state is InvoiceState.ISSUED]
    for debtor in {row.debtor_id for row in issued}:
        owed = sum(row.open_cents for row in issued if row.debtor_id == debtor)
        left = select(func.sum(Payment.left_cents)).where(Payment.debtor_id == debtor, Payment.reversed_at.is_(None))
        booked = select(func.sum(LedgerEntry.cents)).where(LedgerEntry.debtor_id == debtor)
        assert (db.session.scalar(booked) or 0) == owed - (db.session.scalar(left) or 0)
    for series, year in {(row.series, row.year) for row in issued}:
        taken = sorted(row.sequence for row in issued if (row.series, row.year) == (series, year))
        assert taken == list(range(1, len(taken) + 1))
