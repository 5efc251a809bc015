"""What happens when the time for an answer to a client runs out."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from helpdesk.requests import mails
from helpdesk.requests.clients import services
from helpdesk.requests.clients.models import ClientRequest


def _row(clock: Deadline) -> ClientRequest:
    return db.session.get_one(ClientRequest, clock.subject_id)


def _link(clock: Deadline) -> str:
    return f"/client-requests/{clock.subject_id}"


def _soon(clock: Deadline, now: datetime) -> None:
    row = _row(clock)
    mails.soon(row, clock, mails.agency_side(row.agency_id, now), _link(clock), now)


def _missed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Not answered in time."
    row = _row(clock)
    people = [*mails.agency_side(row.agency_id, now), *mails.desk_of(row.lead_id, row.coc_id, now)]
    mails.missed(row, clock, people, _link(clock))


register_kind(
    Kind(services.CLOCK, "Client request", Fires.AFTER_DUE, _missed, _soon, link=_link, action="Answer or refuse")
)
