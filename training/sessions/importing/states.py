"""How an import stands, and how each person in it was recognized."""

from __future__ import annotations

from enum import StrEnum


class ImportState(StrEnum):
    """REPLACED: a later import of the same session was committed."""

    PREVIEW = "preview"
    COMMITTED = "committed"
    REPLACED = "replaced"
    DISCARDED = "discarded"


class Found(StrEnum):
    """CHOSEN by a person of the staff, or NOT_OURS; AMBIGUOUS: several people it may be; UNMATCHED: none."""

    CONFIRMED = "confirmed"
    EMAIL = "email"
    NAME = "name"
    CHOSEN = "chosen"
    NOT_OURS = "not-ours"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


MATCHED = (Found.CONFIRMED, Found.EMAIL, Found.NAME, Found.CHOSEN)
OPEN = (Found.AMBIGUOUS, Found.UNMATCHED)
