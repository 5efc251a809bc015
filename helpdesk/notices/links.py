"""The signed link in a mail with which a person says, without signing in, that they have read a notice."""

from __future__ import annotations

import hmac
import re

from sqlalchemy import ColumnElement, Text, cast, func
from sqlalchemy.orm import InstrumentedAttribute

from core.signing import key_for, signature, signature_of

TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([1-9][0-9]{0,17})\.([0-9a-f]{64})")


def token(notice_id: int, person_id: int) -> str:
    return f"{notice_id}.{person_id}.{signature(_key(notice_id), str(person_id))}"


def token_of(notice_id: int, person_id: InstrumentedAttribute[int]) -> ColumnElement[str]:
    """The same, of a column."""
    person = cast(person_id, Text)
    return func.concat(str(notice_id), ".", person, ".", signature_of(_key(notice_id), person))


def read(text: str) -> tuple[int, int] | None:
    """The notice and the person of a genuine token."""
    found = TOKEN.fullmatch(text)
    if found is None:
        return None
    notice_id, person_id = int(found[1]), int(found[2])
    return (notice_id, person_id) if hmac.compare_digest(text, token(notice_id, person_id)) else None


def _key(notice_id: int) -> bytes:
    return key_for(f"notice {notice_id} was read")
