"""Invented data to look at and to measure with, and how to sign in to it."""

from __future__ import annotations

from datetime import datetime

from core import clock
from demo.signins import current_codes, sign_ins
from demo.small import is_empty, load_small

__all__ = ["current_codes", "ensure_small", "sign_ins"]


def ensure_small(now: datetime | None = None) -> bool:
    """Load the small world when the database is empty; says whether it was. `now` (aware) ends its year."""
    if not is_empty():
        return False
    load_small(seed=1, now=now or clock.now())
    return True
