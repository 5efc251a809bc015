"""Opening a campaign counts what people have done; a completion recounts what they owe. Neither may miss the other."""

from __future__ import annotations

from sqlalchemy import func, select

from core.db import db


def while_opening(lead_id: int) -> None:
    """Wait until nobody is completing anything at this Lead, and keep them waiting until this is committed."""
    db.session.execute(select(func.pg_advisory_xact_lock(_key(lead_id))))


def while_completing(lead_id: int) -> None:
    """Any number may complete at once; a campaign that is just being opened is waited for."""
    db.session.execute(select(func.pg_advisory_xact_lock_shared(_key(lead_id))))


def _key(lead_id: int) -> object:
    return func.hashtextextended(f"recertification:{lead_id}", 0)
