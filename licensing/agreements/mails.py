"""Who is told what about a document that is to be signed, with a link and never with its text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.db import db
from core.deadlines import Deadline
from core.outbox import Letter, OutboxMessage, post_all, relevant_while
from core.people.models import DesignationKind, Person
from core.people.services import designated
from licensing.access.mails import lead_managers
from licensing.agreements import services
from licensing.agreements.models import Agreement
from licensing.agreements.rules import State
from licensing.agreements.sending import TERM


def sent(rows: Sequence[Agreement], at: datetime) -> None:
    post_all([_letter("agreement-sent", row, person) for row in rows for person in services.signers_of(row, at)])


def remind(row: Agreement, clock: Deadline, at: datetime) -> None:
    """One for each step of the ladder, to whoever is to sign."""
    told: dict[str, Any] = {"clock": clock.explanation, "due": clock.due_at, "again": clock.kind == TERM}
    post_all(
        [
            _letter("agreement-reminder", row, one, key=f":{at:%Y%m%dT%H%M}", **told)
            for one in services.signers_of(row, at)
        ]
    )


def overdue(row: Agreement, clock: Deadline, at: datetime) -> None:
    """To whoever is to sign, and to the community's manager."""
    if row.state not in (State.SENT, State.EXPIRED):
        return
    people = {one.id: one for one in (*services.signers_of(row, at), *lead_managers(row.lead_id, row.coc_id, at))}
    told: dict[str, Any] = {"clock": clock.explanation, "again": clock.kind == TERM}
    post_all([_letter("agreement-overdue", row, one, **told) for one in people.values()])


def to_countersign(row: Agreement, at: datetime) -> None:
    managers = lead_managers(row.lead_id, row.coc_id, at)
    post_all([_letter("agreement-to-countersign", row, one) for one in managers])


def returned(row: Agreement, at: datetime) -> None:
    """The countersigned copy goes back: to who signed, the executive director and the technical administrator
    (SON-LI-10)."""
    people: dict[int, Person] = {row.signer.id: row.signer} if row.signer else {}
    for kind in (DesignationKind.EXECUTIVE_DIRECTOR, DesignationKind.ADMINISTRATOR):
        people |= {one.id: one for one in designated(row.agency_id, kind, at)}
    post_all([_letter("agreement-countersigned", row, one) for one in people.values()])


def _letter(message: str, row: Agreement, to: Person, *, key: str = "", **context: Any) -> Letter:
    told = {"agreement": row, "agency": row.agency, "title": row.document.title, "path": f"/agreements/{row.id}"}
    return Letter(message, to, key=f"{message}:{row.id}:{to.id}{key}", context=told | context, subject=row)


def _still_to_sign(mail: OutboxMessage) -> bool:
    row = db.session.get(Agreement, mail.subject_id)
    return row is not None and row.state in (State.SENT, State.SIGNED, State.COUNTERSIGNED)


relevant_while("agreement-sent", _still_to_sign)
relevant_while("agreement-reminder", _still_to_sign)
