"""What the table of routes needs of billing: prices, an invoice that is owed, a run that waits, a payer, a subsidy."""

from __future__ import annotations

from datetime import date, timedelta

from core import clock
from core.db import unit_of_work
from core.people.models import Agency, Person
from licensing.billing.fees.models import FeeRelief, FeeSchedule, Payer, ReliefKind
from licensing.billing.invoices import numbers, printing
from licensing.billing.invoices.models import (
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceRun,
    InvoiceState,
    RunState,
)


def of(agency: Agency, person: Person, mark: str) -> dict[str, int]:
    """Each of a year of its own, so that the CoC's other agencies have theirs beside it."""
    now, first = clock.now(), date(1991, 1, 1) + timedelta(days=agency.id)
    last = first + timedelta(days=364)
    with unit_of_work() as session:
        place = {"lead_id": agency.lead_id, "coc_id": agency.coc_id}
        made = {"by_id": person.id, "at": now}
        prices = FeeSchedule(
            name=f"Prices of {mark}", first_day=first, last_day=last, once=f"fees-{mark}", **place, **made
        )
        session.add(prices)
        session.flush()
        run = InvoiceRun(
            schedule_id=prices.id, first_day=first, last_day=last, state=RunState.READY, once=f"run-{mark}", **place,
            **made,
        )  # fmt: skip
        [sequence] = numbers.take(agency.lead_id, "ZZ", 2026)
        owed = Invoice(
            agency_id=agency.id, debtor_id=agency.id, kind=InvoiceKind.SERVICE, state=InvoiceState.ISSUED, series="ZZ",
            year=2026, sequence=sequence, issued_on=now.date(), issued_at=now, first_day=first, last_day=last,
            payer_name=f"Bills of {mark}", total_cents=5000, open_cents=5000, once=f"invoice-{mark}", **place, **made,
        )  # fmt: skip
        line = InvoiceLine(position=1, basis="other", words=f"For {mark}", unit_cents=5000, cents=5000)
        owed.lines = [line]
        payer = Payer(
            lead_id=agency.lead_id, agency_id=agency.id, name=f"County of {mark}", once=f"payer-{mark}", ended_at=now,
            **made,
        )  # fmt: skip
        relief = FeeRelief(
            agency_id=agency.id, kind=ReliefKind.WAIVED, percent=10, first_day=first, last_day=last,
            reason=f"New at {mark}", once=f"relief-{mark}", **place, **made,
        )  # fmt: skip
        session.add_all([run, owed, payer, relief])
        session.flush()
        printing.keep(owed)
        return {
            "fee_schedule": prices.id, "invoice_run": run.id, "invoice": owed.id, "payer": payer.id,
            "relief": relief.id,
        }  # fmt: skip
