from __future__ import annotations

from datetime import datetime

from core.db import db
from core.outbox import enqueue
from licensing.access.mails import lead_managers
from licensing.access.models import AccessRequest
from licensing.seats.models import Seat, SeatType


def kept(seat: Seat, kind: SeatType, at: datetime) -> None:
    """A seat is there for who waited: to who asked, and to those who activate licenses."""
    request = db.session.get_one(AccessRequest, seat.request_id)
    people = [request.requested_by, *lead_managers(seat.lead_id, seat.coc_id, at)]
    told = {"request": request, "agency": request.agency, "kind": kind, "path": f"/access/{request.id}"}
    for person in {one.id: one for one in people}.values():
        enqueue("seat-kept", person, key=f"seat-kept:{seat.id}:{person.id}", context=told, subject=request)
