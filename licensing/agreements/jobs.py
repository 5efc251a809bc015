"""What the sweep looks for: who has not been told yet, who came since, whose round of renewals has opened (MO-LI-5)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import clock
from core.audit import acting_as
from core.db import db, unit_of_work
from core.people.models import Lead
from licensing.agreements import documents, mails, sending
from licensing.agreements.models import Agreement, Document
from licensing.agreements.rules import Kind, State

ACTOR = "system:agreements"
BATCH = 500


def keep_up_all() -> int:
    """Every document that everybody is to sign goes to whoever has not got it. Safe to repeat. Returns how many."""
    sent = 0
    with acting_as(ACTOR):
        asked = select(Document.id).where(Document.retired_at.is_(None), Document.source == "")
        for number in db.session.scalars(asked.where(Document.kind != Kind.COORDINATED).order_by(Document.id)).all():
            with unit_of_work():
                sent += _keep_up(db.session.get_one(Document, number))
    return sent


def _keep_up(row: Document) -> int:
    at = clock.now()
    zone = ZoneInfo(row.coc.tz if row.coc else db.session.get_one(Lead, row.lead_id).tz)
    version = documents.newest(row, at.astimezone(zone).date())
    if version is None or sending.counts_from(row) is None:
        return 0
    return sending.send(version, at)


def tell_sent() -> int:
    """One mail for each signature that is asked for, in batches; several processes share the work."""
    told = 0
    with acting_as(ACTOR):
        while True:
            with unit_of_work():
                query = select(Agreement).where(Agreement.state == State.SENT, Agreement.told_at.is_(None))
                query = query.options(joinedload(Agreement.person), joinedload(Agreement.agency))
                query = query.options(joinedload(Agreement.document)).order_by(Agreement.id).limit(BATCH)
                rows = db.session.scalars(query.with_for_update(of=Agreement, skip_locked=True)).all()
                mails.sent(rows, clock.now())
                for row in rows:
                    row.told_at = clock.now()
            if not rows:
                return told
            told += len(rows)
