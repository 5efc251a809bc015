"""Signing a text by typing one's name: what is said, whose name it must be, the fingerprint of the exact text. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

INTENT = (
    "By typing my name I sign this agreement. I intend my typed name to bind me as my handwritten signature would, "
    "and I agree to every clause that I ticked."
)


def text_of(body: str, clauses: Sequence[str]) -> str:
    """The exact text that is signed and hashed: the body, then the clauses by number."""
    numbered = [f"{number}. {clause}" for number, clause in enumerate(clauses, start=1)]
    return "\n\n".join(part for part in [body, *numbered] if part)


def text_hash(body: str, clauses: Sequence[str]) -> str:
    return hashlib.sha256(text_of(body, clauses).encode()).hexdigest()


def is_name(typed: str, name: str) -> bool:
    """Whether somebody typed their own name, whatever the case and blanks."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()
