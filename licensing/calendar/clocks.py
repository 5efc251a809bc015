"""The reminders before a security report is due, and that it is late: by mail to the Lead's managers."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from core.outbox import enqueue
from licensing.access.mails import lead_managers
from licensing.calendar import services
from licensing.calendar.models import ReportDate


def _tell(clock: Deadline, now: datetime, subject: str, says: str) -> None:
    with db.session.no_autoflush:
        row = db.session.get_one(ReportDate, clock.subject_id)
    for person in lead_managers(row.lead_id, row.coc_id, now):
        told = {"subject_words": subject, "says": says, "agency": row.coc, "path": "/report-calendar"}
        key = f"security-report:{clock.id}:{person.id}:{now:%Y%m%dT%H%M}"
        enqueue("license-news", person, key=key, context=told, subject=row)


def _soon(clock: Deadline, now: datetime) -> None:
    _tell(clock, now, "A report is due soon", f"{clock.title} is due soon.")


def _late(clock: Deadline, now: datetime) -> None:
    clock.outcome = "It was not marked done in time."
    _tell(clock, now, "A report is late", f"{clock.title} was due by now, and nobody has marked it done.")


register_kind(
    Kind(
        services.DUE,
        "Security report",
        Fires.AFTER_DUE,
        _late,
        _soon,
        link=lambda _: "/report-calendar",
        action="Mark it done",
    )
)
