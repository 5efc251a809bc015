"""What happens when the clocks of a data request run out."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from helpdesk.requests import mails
from helpdesk.requests.data import services
from helpdesk.requests.data.models import DataRequest


def _row(clock: Deadline) -> DataRequest:
    return db.session.get_one(DataRequest, clock.subject_id)


def _link(clock: Deadline) -> str:
    return f"/data-requests/{clock.subject_id}"


def _soon(clock: Deadline, now: datetime) -> None:
    row = _row(clock)
    mails.soon(row, clock, mails.desk_of(row.lead_id, row.coc_id, now), _link(clock), now)


def _missed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Not delivered in time."
    row = _row(clock)
    mails.missed(row, clock, mails.desk_of(row.lead_id, row.coc_id, now), _link(clock))


def _asked_late(clock: Deadline, _: datetime) -> None:
    """The lead time is met or not when the request is written, so that nothing is left to do."""
    clock.outcome = "Asked for too late."


register_kind(Kind(services.DELIVERY, "Data request", Fires.AFTER_DUE, _missed, _soon, link=_link))
register_kind(Kind(services.LEAD_TIME, "Lead time of a data request", Fires.AFTER_DUE, _asked_late, link=_link))
