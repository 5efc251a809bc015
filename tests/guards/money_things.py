"""What the table of routes needs of payments and books: an open invoice, a payment of a part, a bank's list."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from core.authz import Principal
from core.db import unit_of_work
from core.people.models import Agency, Person
from core.tables import Table
from licensing.billing.banking import services as banking
from licensing.billing.books.models import Expense
from licensing.billing.payments import services as payments
from licensing.billing.payments.models import BankLine, Method, PaymentPart, Respite, RespiteKind
from licensing.billing.payments.services import Received
from tests.licensing.billing.owing import invoice


def of(agency: Agency, person: Person, mark: str) -> dict[str, int]:
    now, by = clock.now(), Principal(person.id, person.name, person.email, agency.tz)
    owed = invoice(agency, 10_000, person, series="GU", once=f"owed-{mark}", payer_name=f"Payer of {mark}")
    table = Table("", 1, ["Date", "Amount", "Text"], [(2, ["2026-11-18", "3.00", f"From {mark}"])])
    whose = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "by_id": person.id, "at": now}
    with unit_of_work() as session:
        told = Received(
            Method.CHECK, 4_000, now.date(), f"paid-{mark}", f"Check of {mark}", "", {owed.id: 2_500}, keeps_rest=True
        )
        paid = payments.take(agency, told, by, now)
        part = session.query(PaymentPart).filter_by(payment_id=paid.id).one()
        brought = banking.begin(agency.lead_id, f"List of {mark}", table, by, f"list-{mark}", now)
        line = session.query(BankLine).filter_by(import_id=brought.id).one()
        spent = Expense(
            on=now.date(), cents=500, words=f"Spent for {mark}", line="Travel", once=f"spent-{mark}", **whose
        )
        given = Respite(
            invoice_id=owed.id, kind=RespiteKind.PAUSE, last_day=now.date() + timedelta(days=30), reason="Plain words.",
            by_id=person.id, at=now, once=f"respite-{mark}",
        )  # fmt: skip
        session.add_all([spent, given])
        session.flush()
        return {
            "owed": owed.id, "payment": paid.id, "part": part.id, "bank_list": brought.id, "bank_line": line.id,
            "expense": spent.id, "respite": given.id,
        }  # fmt: skip
