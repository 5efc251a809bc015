"""What happens when an invoice's time comes: reminders before, the suspension, reminders after, the end of a pause."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from licensing.access.models import License
from licensing.agencies.queries import is_owed_too
from licensing.billing.invoices.models import Invoice
from licensing.billing.overdue import mails, services
from licensing.billing.payments.models import Respite


def _invoice(clock: Deadline) -> Invoice:
    with db.session.no_autoflush:
        return db.session.get_one(Invoice, clock.subject_id)


def _soon(clock: Deadline, now: datetime) -> None:
    row = _invoice(clock)
    suspends = services.does_suspend(row, now)
    mails.due_soon(row, clock.explanation, f"{clock.id}:{now:%Y%m%dT%H%M}", now, suspends=suspends)


def _still(clock: Deadline, now: datetime, *, tells_lead: bool) -> None:
    row = _invoice(clock)
    held = db.session.scalar(select(func.count()).select_from(License).where(services.held_by(row.id))) or 0
    mails.still_owed(row, f"{clock.id}:{now:%Y%m%dT%H%M}", now, tells_lead=tells_lead, count=held)


def _arrears_soon(clock: Deadline, now: datetime) -> None:
    _still(clock, now, tells_lead=False)


def _arrears(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Nothing came since."
    _still(clock, now, tells_lead=True)


def _pause_soon(clock: Deadline, now: datetime) -> None:
    mails.pause_ends(db.session.get_one(Respite, clock.subject_id), f"{clock.id}:{now:%Y%m%dT%H%M}", now)


def _link(clock: Deadline) -> str:
    return f"/overdue/{clock.subject_id}"


def _pause_link(_clock: Deadline) -> str:
    return "/overdue"


register_kind(
    Kind(
        services.DUE, "Payment of an invoice", Fires.AFTER_DUE, services.time_is_up, _soon, link=_link, action="See it",
        on_today=False,
    )
)  # fmt: skip
register_kind(
    Kind(
        services.ARREARS, "An overdue invoice", Fires.AFTER_DUE, _arrears, _arrears_soon, link=_link, on_today=False
    )
)  # fmt: skip
register_kind(
    Kind(
        services.PAUSE, "End of a pause for an invoice", Fires.AT_DUE, services.pause_is_over, _pause_soon,
        link=_pause_link, on_today=False,
    )
)  # fmt: skip
is_owed_too(services.DUE)
