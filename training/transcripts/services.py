"""Issuing certificates. Rules: SAC-TR-1."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict
from training.courses.models import Completion
from training.transcripts.models import Certificate

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another
GROUPS, SIZE = 4, 4


def issue(completion: Completion, by: Principal, at: datetime) -> Certificate:
    """The certificate of a completion; asked for again it is the same one. Raises Conflict for a revoked completion."""
    if completion.revoked_at is not None:
        raise Conflict("This completion no longer counts, so there is no certificate of it.")
    values = {
        "lead_id": completion.lead_id,
        "completion_id": completion.id,
        "code": new_code(),
        "issued_at": at,
        "issued_by_id": by.person_id,
    }
    new = insert(Certificate).values(**values).on_conflict_do_nothing(index_elements=["completion_id"])
    is_new = db.session.scalar(new.returning(Certificate.id)) is not None
    row = db.session.scalars(select(Certificate).where(Certificate.completion_id == completion.id)).one()
    if is_new:
        record("training.certified", row, data={"completion": completion.id})
    return row


def new_code() -> str:
    """80 bits that can be read out: XXXX-XXXX-XXXX-XXXX."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(SIZE)) for _ in range(GROUPS))
