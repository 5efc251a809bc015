"""What happens when the time for the legal review runs out."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from helpdesk.requests import mails
from helpdesk.requests.demands import services
from helpdesk.requests.demands.models import OutsideDemand


def _row(clock: Deadline) -> OutsideDemand:
    return db.session.get_one(OutsideDemand, clock.subject_id)


def _link(clock: Deadline) -> str:
    return f"/demands/{clock.subject_id}"


def _soon(clock: Deadline, now: datetime) -> None:
    row = _row(clock)
    mails.soon(row, clock, mails.desk_of(row.lead_id, row.coc_id, now), _link(clock), now)


def _missed(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Legal counsel did not answer in time."
    row = _row(clock)
    mails.missed(row, clock, mails.desk_of(row.lead_id, row.coc_id, now), _link(clock))


register_kind(Kind(services.REVIEW, "Legal review", Fires.AFTER_DUE, _missed, _soon, link=_link))
