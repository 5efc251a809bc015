"""The reminders before an agreement ends, and the day on which it has: by mail to the Lead's managers."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from core.outbox import enqueue
from core.ui import times
from licensing.access.mails import lead_managers
from licensing.contracts import services
from licensing.contracts.models import Contract


def _tell(clock: Deadline, now: datetime, subject: str, says: str) -> None:
    with db.session.no_autoflush:
        row = db.session.get_one(Contract, clock.subject_id)
    for person in lead_managers(row.lead_id, row.coc_id, now):
        told = {"subject_words": subject, "says": says.format(row=row), "agency": row.coc, "path": "/contracts"}
        key = f"contract-end:{clock.id}:{person.id}:{now:%Y%m%dT%H%M}"
        enqueue("license-news", person, key=key, context=told, subject=row)


def _soon(clock: Deadline, now: datetime) -> None:
    day = times.say_day(datetime.fromisoformat(clock.explanation["due"]).date())
    _tell(clock, now, "An agreement ends soon", f"The agreement with {{row.party}} ends on {day}.")


def _ended(clock: Deadline, now: datetime) -> None:
    clock.outcome = "The agreement ended."
    _tell(
        clock, now, "An agreement has ended", "The agreement with {row.party} has ended, and no other took its place."
    )


register_kind(Kind(services.END, "Agreement with a party", Fires.AFTER_DUE, _ended, _soon, link=lambda _: "/contracts"))
