"""The signed link in a mail with which a person answers a survey without signing in."""

from __future__ import annotations

import hmac
import re

from sqlalchemy import ColumnElement, Text, cast, func
from sqlalchemy.orm import InstrumentedAttribute

from core.signing import key_for, signature, signature_of

TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{64})")
KEY = "a survey is answered"


def token(invite_id: int) -> str:
    return f"{invite_id}.{signature(key_for(KEY), str(invite_id))}"


def token_of(invite_id: InstrumentedAttribute[int]) -> ColumnElement[str]:
    number = cast(invite_id, Text)
    return func.concat(number, ".", signature_of(key_for(KEY), number))


def read(text: str) -> int | None:
    found = TOKEN.fullmatch(text)
    return int(found[1]) if found and hmac.compare_digest(text, token(int(found[1]))) else None
