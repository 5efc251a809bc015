"""Who is told of an invoice that is due: who speaks for the debtor, whom it went to, and in the end the Lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from core.db import db
from core.outbox import Letter, OutboxMessage, post, relevant_while
from core.people.models import Person
from licensing.access.mails import lead_managers
from licensing.billing.invoices.models import Invoice
from licensing.billing.payments.mails import readers
from licensing.billing.payments.models import Respite


def due_soon(row: Invoice, explanation: Mapping[str, Any], key: str, at: datetime, *, suspends: bool) -> None:
    _send("invoice-reminder", row, readers(row.debtor, [row], at), key, explanation=explanation, suspends=suspends)


def overdue(
    row: Invoice, explanation: Mapping[str, Any], key: str, count: int, pause: Respite | None, at: datetime
) -> None:
    """`count` licenses were suspended for it; or a pause holds that off."""
    people = [*readers(row.debtor, [row], at), *lead_managers(row.lead_id, row.coc_id, at)]
    _send("invoice-overdue", row, people, key, explanation=explanation, count=count, pause=pause)


def still_owed(row: Invoice, key: str, at: datetime, *, tells_lead: bool, count: int) -> None:
    managers = lead_managers(row.lead_id, row.coc_id, at) if tells_lead else []
    _send("invoice-arrears", row, [*readers(row.debtor, [row], at), *managers], key, count=count)


def restored(row: Invoice, count: int, at: datetime) -> None:
    people = [*readers(row.debtor, [row], at), *lead_managers(row.lead_id, row.coc_id, at)]
    _send("invoice-restored", row, people, f"{at:%Y%m%dT%H%M%S}", count=count)


def respite(given: Respite, count: int, at: datetime) -> None:
    row = given.invoice
    _send("invoice-respite", row, readers(row.debtor, [row], at), str(given.id), respite=given, count=count)


def pause_ends(given: Respite, key: str, at: datetime) -> None:
    row = given.invoice
    _send("invoice-respite-ends", row, readers(row.debtor, [row], at), key, respite=given)


def _send(message: str, row: Invoice, people: Iterable[Person | str], key: str, **context: Any) -> None:
    told = {"invoice": row, "agency": row.debtor, "path": f"/overdue/{row.id}", **context}
    for who, to in {to if isinstance(to, str) else to.id: to for to in people}.items():
        post(Letter(message, to, f"{message}:{row.id}:{who}:{key}", told, subject=row, lead_id=row.lead_id))


def _is_owed(mail: OutboxMessage) -> bool:
    row = db.session.get(Invoice, mail.subject_id)
    return row is not None and row.open_cents > 0


for message in ("invoice-reminder", "invoice-overdue", "invoice-arrears", "invoice-respite-ends"):
    relevant_while(message, _is_owed)
