"""Secrets: made at random, kept as hashes, or sealed under keys that come from the service's secret key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from core.errors import Conflict

LETTERS = string.ascii_letters
LENGTH = 32  # letters, 182 bits


def new_token() -> str:
    """Letters only: no mail program breaks it, and nothing in it looks like a number that has to be hidden."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def hashed(token: str) -> bytes:
    """What is kept of a token that is too random to guess."""
    return hashlib.sha256(token.encode()).digest()


def seal(plain: str) -> bytes:
    return Fernet(_key("second factor")).encrypt(plain.encode())


def unseal(sealed: bytes) -> str:
    """Raises Conflict when the service's secret key is not the one it was sealed under."""
    try:
        return Fernet(_key("second factor")).decrypt(sealed).decode()
    except InvalidToken:
        raise Conflict(
            "Your second factor cannot be read: the service's secret key has changed.",
            "Ask an administrator to reset your second factor.",
        ) from None


def bound_to(token: str, purpose: str) -> str:
    """A value that follows from a token, for one purpose, and from which the token does not follow."""
    return hmac.new(_key(purpose), token.encode(), hashlib.sha256).hexdigest()


def _key(purpose: str) -> bytes:
    return _derived(current_app.config["HEARTHDESK"].secret_key, purpose)


@lru_cache(maxsize=16)
def _derived(secret: str, purpose: str) -> bytes:
    info = f"hearthdesk accounts: {purpose}".encode()
    return base64.urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=info).derive(secret.encode()))
