"""What happens when the agency has not reported a breach in time."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from helpdesk.matters import mails
from helpdesk.matters.breaches import services
from helpdesk.matters.breaches.models import BreachReport


def _not_reported(clock: Deadline, now: datetime) -> None:
    clock.outcome = "No report came in time."
    _tell(clock, now, "Your agency has not reported a breach to the help desk in time. You still can.", "missed")


def _soon(clock: Deadline, now: datetime) -> None:
    says = "Your agency's report of a breach to the help desk is due soon."
    _tell(clock, now, says, f"soon-{now:%Y%m%dT%H%M}")


def _tell(clock: Deadline, now: datetime, says: str, once: str) -> None:
    row = db.session.get_one(BreachReport, clock.subject_id)
    people = services.officers(row.agency, now)
    why = clock.explanation
    mails.tell(people, row, _link(clock), says, once=once, explanation=why, heading=services.HEADING)


def _link(clock: Deadline) -> str:
    return f"/breaches/{clock.subject_id}"


register_kind(Kind(services.NOTICE, "Report of a breach", Fires.AFTER_DUE, _not_reported, _soon, _link, "Report it"))
