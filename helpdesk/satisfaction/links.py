"""The signed link in a closing mail with which whoever asked says, without signing in, how it was."""

from __future__ import annotations

import hmac
import re

from core.signing import key_for, signature

TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{64})")
PURPOSE = "how a request was"


def token(number: int) -> str:
    return f"{number}.{signature(key_for(PURPOSE), str(number))}"


def read(text: str) -> int | None:
    """The closing of a genuine token."""
    found = TOKEN.fullmatch(text)
    if found is None:
        return None
    number = int(found[1])
    return number if hmac.compare_digest(text, token(number)) else None
