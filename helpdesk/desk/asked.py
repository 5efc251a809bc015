"""What a small hand-made form says: its key, and numbers."""

from __future__ import annotations

from flask import request

from core.errors import Invalid


def form_key() -> str:
    nonce = request.form.get("nonce", "")
    if not 1 <= len(nonce) <= 64 or "\0" in nonce:
        raise Invalid("This form has lost its key.", "Load the page again.")
    return nonce


def number(typed: str) -> int:
    """0 for what is no number of a row."""
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


def numbers(name: str) -> list[int]:
    """Of a field that the form has several times; what is no number is left out."""
    return [found for typed in request.form.getlist(name) if (found := number(typed))]
