"""Signatures that the database can make itself, so that a hundred thousand of them are one statement."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app
from sqlalchemy import ColumnElement, LargeBinary, func, literal

BLOCK = 64  # octets that SHA-256 takes at a time; HMAC pads its key to that


def key_for(purpose: str) -> bytes:
    """A key for one purpose, from which the service's secret key does not follow."""
    return hmac.digest(current_app.config["HEARTHDESK"].secret_key.encode(), purpose.encode(), "sha256")


def signature(key: bytes, text: str) -> str:
    """HMAC-SHA256 as 64 hexadecimal digits."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def signature_of(key: bytes, text: ColumnElement[str]) -> ColumnElement[str]:
    """The same, of a column. The key reaches the database: give it one for a single purpose (`key_for`)."""
    short = key if len(key) <= BLOCK else hashlib.sha256(key).digest()
    inner, outer = (bytes(octet ^ pad for octet in short.ljust(BLOCK, b"\0")) for pad in (0x36, 0x5C))
    within = func.sha256(literal(inner, LargeBinary).op("||")(func.convert_to(text, "UTF8")))
    return func.encode(func.sha256(literal(outer, LargeBinary).op("||")(within)), "hex")
