"""Who is told of an invoice: those who answer for who owes it, and a payer outside. No file goes along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.money import dollars
from core.outbox import Letter, enqueue, post_all
from core.people.models import CoC, DesignationKind
from core.people.services import designated_in
from licensing.access.mails import lead_managers
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceRun

KINDS = (DesignationKind.REPRESENTATIVE, DesignationKind.EXECUTIVE_DIRECTOR)


def issued(rows: Sequence[Invoice], coc: CoC, at: datetime) -> None:
    """One mail to each who answers for the debtor, in one question for all; what costs nothing is not told."""
    people = designated_in({row.debtor_id for row in rows}, KINDS, at)
    post_all(letter for row in rows if row.total_cents for letter in _letters(row, coc, people))


def _letters(row: Invoice, coc: CoC, people: dict[tuple[int, DesignationKind], list]) -> list[Letter]:  # type: ignore[type-arg]
    ours = {one.id: one for kind in KINDS for one in people.get((row.debtor_id, kind), [])}
    context = {
        "number": row.number, "agency": None, "payer": row.payer_name, "amount": dollars(abs(row.total_cents)),
        "due_on": row.due_on, "is_credit": row.kind is InvoiceKind.CREDIT, "path": f"/invoices/{row.id}",
        "coc": coc, "purchase_order": row.purchase_order, "is_outside": False,
    }  # fmt: skip
    letters = [
        Letter("invoice-issued", one, f"invoice-issued:{row.id}:{one.id}", context, row) for one in ours.values()
    ]
    if row.payer_email and row.payer_email.lower() not in {one.email.lower() for one in ours.values()}:
        outside = context | {"is_outside": True, "path": "/"}
        letters.append(Letter("invoice-issued", row.payer_email, f"invoice-issued:{row.id}:payer", outside, row))
    return letters


def ready(row: InvoiceRun, at: datetime) -> None:
    """The drafts are there to look over: to those who can issue them."""
    told = {"row": row, "coc": row.coc, "amount": dollars(row.drafted_cents), "path": f"/invoices/runs/{row.id}"}
    for person in lead_managers(row.lead_id, row.coc_id, at):
        enqueue("invoice-run-ready", person, key=f"run-ready:{row.id}:{person.id}", context=told, subject=row)
