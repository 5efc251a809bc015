"""What comes in and goes out: payments of a year of invoices, one that bounced, a bank's list, expenses, a budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from core.authz import Principal, principal_for
from core.db import db
from core.money import dollars
from core.people.models import CoC
from core.tables import Table
from demo.agenda import Agenda
from demo.world import Desk
from licensing.access.services import local_day
from licensing.billing.banking import services as banking
from licensing.billing.books import services as books
from licensing.billing.books.queries import year_at
from licensing.billing.books.services import Plan, Spent
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState
from licensing.billing.overdue import services as overdue
from licensing.billing.payments import services as payments
from licensing.billing.payments.models import Method, Payment, RespiteKind
from licensing.billing.payments.services import Received

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EARLY, LAST_ROUNDS = range(300, 15, -30), (12, 3)  # days ago on which the office enters what has come
PATIENT, LATE, NEW = timedelta(days=20), timedelta(days=65), timedelta(days=100)
WAYS = (Method.CHECK, Method.ACH, Method.JOURNAL)
BOUNCED = "The bank sent the check back: the account was closed."
MORE_TIME = "Their grant is paid in the new quarter."
SPENT = (("Staff", 4_150_00), ("Training", 380_00), ("Software contract", 1_900_00))
PLANNED = ((True, "License fees", 24_000_00), (False, "Staff", 52_000_00), (False, "Training", 4_000_00))


@dataclass
class MoneyDays:
    """What the administrator of a desk enters, community by community."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        for coc in self._cocs():
            for days in LAST_ROUNDS:
                self.agenda.at(self.now - days * DAY, self.desk.admin, partial(self._enter, coc))
            self.agenda.at(self.now - 19 * HOUR, self.desk.admin, partial(self._keep_books, coc))
            self.agenda.at(self.now - 6 * HOUR, self.desk.admin, partial(self._last_days, coc))

    def plan_before(self, agenda: Agenda) -> None:
        """The year before the last days."""
        for coc in self._cocs():
            for days in EARLY:
                agenda.at(self.now - days * DAY, self.desk.admin, partial(self._enter, coc))

    def _cocs(self) -> list[CoC]:
        return list({place.agency.coc_id: place.agency.coc for place in self.desk.workplaces}.values())

    def _by(self, at: datetime) -> Principal:
        return principal_for(self.desk.admin, at)

    def _owed(self, coc: CoC) -> list[Invoice]:
        query = select(Invoice).where(
            Invoice.coc_id == coc.id, Invoice.state == InvoiceState.ISSUED, Invoice.open_cents > 0,
            Invoice.kind != InvoiceKind.CREDIT,
        )  # fmt: skip
        return list(db.session.scalars(query.order_by(Invoice.id)))

    def _enter(self, coc: CoC, at: datetime) -> None:
        """Most pay within some weeks; of every five one pays in two parts, and one when its licenses are gone, or not
        even then."""
        today = local_day(at, coc.tz)
        for number, row in enumerate(self._owed(coc)):
            waited = today - (row.issued_on or today)
            if waited < PATIENT or (self._is_late(row) and (waited < LATE or number)):
                continue
            half = row.id % 5 == 1 and not row.paid_cents and row.open_cents > 1
            self._take(row, row.open_cents // 2 if half else row.open_cents, today, at)

    def _is_late(self, row: Invoice) -> bool:
        """Of this year's, and never the agency whose people are on the page of sign-ins."""
        is_new = row.issued_at is not None and row.issued_at > self.now - NEW
        return is_new and row.id % 5 == 0 and row.debtor_id != self.desk.workplaces[0].agency.id

    def _take(self, row: Invoice, cents: int, day: date, at: datetime) -> Payment:
        number = f"{row.id}-{row.paid_cents}"
        way = WAYS[row.id % len(WAYS)]
        told = Received(way, cents, day, f"demo-payment-{number}", f"{4000 + row.id}", "", {row.id: cents})
        return payments.take(row.debtor, told, self._by(at), at)

    def _keep_books(self, coc: CoC, at: datetime) -> None:
        today, year = local_day(at, coc.tz), year_at(coc, None, at)
        for is_income, line, cents in PLANNED:
            books.plan(coc, year.first, Plan(is_income, line, "", cents), self._by(at), at)
        for back in (75, 45, 15):
            for line, cents in SPENT:
                once = f"demo-expense-{coc.id}-{line}-{back}"
                words = f"{line}, {today - back * DAY:%B}"
                books.spend(coc, Spent(today - back * DAY, cents, words, line, "", once), self._by(at), at)

    def _last_days(self, coc: CoC, at: datetime) -> None:
        """Of what is open and not due: one gets more time, one pays ahead, one's check bounces, and the bank's list
        waits."""
        today = local_day(at, coc.tz)
        rows = [row for row in self._owed(coc) if row.due_on is None or row.due_on >= today]
        for row in rows[:1]:
            told = Received(
                Method.CHECK, row.open_cents, today, f"demo-bounced-{coc.id}", "5120", "", {row.id: row.open_cents}
            )
            payments.reverse(payments.take(row.debtor, told, self._by(at), at), BOUNCED, self._by(at), at)
        for row in rows[1:2]:
            more = Received(
                Method.ACH, row.open_cents + 50_00, today, f"demo-ahead-{coc.id}", "ACH 77120", keeps_rest=True
            )
            payments.take(row.debtor, more, self._by(at), at)
        for row in rows[2:3]:
            clock = overdue.clock_of(row)
            if clock is not None:
                day = max(today, clock.due_at.date()) + 30 * DAY
                asked = overdue.Asked(RespiteKind.EXTENSION, day, MORE_TIME, f"demo-respite-{coc.id}")
                overdue.give(row, asked, self._by(at), at)
        if rows[3:]:
            self._bring(coc, rows[3:6], today, at)

    def _bring(self, coc: CoC, rows: list[Invoice], today: date, at: datetime) -> None:
        day = (today - 2 * DAY).isoformat()
        lines = [[day, f"ACH CREDIT {row.number}", dollars(row.open_cents), f"77{row.id}"] for row in rows]
        lines += [[day, "MOBILE DEPOSIT", "$85.00", ""], [day, "SERVICE CHARGE", "-$12.00", ""]]
        table = Table("", 1, ["Posting date", "Description", "Amount", "Reference"], list(enumerate(lines, start=2)))
        banking.begin(coc.lead_id, f"{coc.code} operating account.csv", table, self._by(at), f"demo-bank-{coc.id}", at)
