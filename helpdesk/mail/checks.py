"""What `hearthdesk doctor` says about mail that nobody would otherwise see."""

from __future__ import annotations

from sqlalchemy import func, select

from core.db import db
from core.running.checks import Check, add_check
from helpdesk.mail.models import InboundMessage
from helpdesk.mail.owners import of_nobody


@add_check
def mail_of_nobody() -> Check | None:
    """Quarantined mail that belongs to no Lead is on no page: only who runs the service can read where it goes."""
    count = db.session.scalar(select(func.count()).select_from(InboundMessage).where(of_nobody())) or 0
    if not count:
        return None
    told = f"{count} in quarantine that belong to no HMIS Lead; they are on no page"
    return Check("mail for nobody", False, told, "Run: hearthdesk mail quarantine")
