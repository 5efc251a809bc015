"""What happens when a notice's time has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db, savepoint
from core.deadlines import Deadline, Fires, Kind, register_kind
from core.errors import Invalid
from helpdesk.notices import mails, services
from helpdesk.notices.models import Notice
from helpdesk.notices.rules import State


def _notice(clock: Deadline) -> Notice:
    query = select(Notice).where(Notice.id == clock.subject_id).with_for_update(of=Notice)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _send(clock: Deadline, now: datetime) -> None:
    """Once, whichever process comes first; what reaches nobody any more is a draft again, and its author hears so."""
    row = _notice(clock)
    if row.state is not State.SCHEDULED:
        return
    try:
        with savepoint():
            services.send(row, None, f"scheduled-{clock.id}", now)
        clock.outcome = f"Sent to {row.recipients:,} people."
    except Invalid as error:
        row.state, row.send_at = State.DRAFT, None
        clock.outcome = error.message
        mails.not_sent(row, error.message)


def _remind(clock: Deadline, _: datetime) -> None:
    count = mails.remind(_notice(clock), f"notice-reminder:{clock.id}")
    clock.outcome = f"{count:,} people were reminded." if count else "Everybody had read it."


def _not_told(clock: Deadline, _: datetime) -> None:
    clock.outcome = "The people affected were not told at once."


def _link(clock: Deadline) -> str:
    return f"/notices/{clock.subject_id}"


register_kind(Kind(services.SENDING, "Notice to send", Fires.AT_DUE, _send, link=_link))
register_kind(Kind(services.REMINDER, "Reminder to read", Fires.AT_DUE, _remind, link=_link))
register_kind(Kind(services.SERVICE_NOTICE, "Service notice", Fires.AFTER_DUE, _not_told, link=_link))
