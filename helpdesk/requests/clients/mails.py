"""Who is told of a client's request. Each mail has a link and neither the client's number nor what was asked."""

from __future__ import annotations

from datetime import datetime

from core.outbox import enqueue
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.mails import agency_side, desk_of


def received(row: ClientRequest, due: datetime | None, at: datetime) -> None:
    people = [*agency_side(row.agency_id, at), *desk_of(row.lead_id, row.coc_id, at)]
    told = {"request": row, "due": due, "path": f"/client-requests/{row.id}"}
    for person in people:
        if person.id != row.recorded_by_id:
            key = f"client-request-received:{row.id}:{person.id}"
            enqueue("client-request-received", person, key=key, context=told, subject=row)
