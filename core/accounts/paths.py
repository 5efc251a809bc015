"""Where to go after signing in: only ever a page of this service."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

HOME = "/"
NOT_BACK_TO = ("/sign-in", "/sign-out", "/set-password", "/forgot-password")


def safe_path(wanted: str | None) -> str:
    """`wanted`, if it is a path on this host that makes sense to go on to; else the first page.

    Browsers read a backslash as a slash and drop tabs and line breaks, so none of them may be there.
    """
    if not wanted or not wanted.startswith("/") or wanted.startswith("//"):
        return HOME
    if "\\" in wanted or any(ord(c) < 32 or ord(c) == 127 for c in wanted):
        return HOME
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path.startswith(NOT_BACK_TO):
        return HOME
    return wanted


def wanted_path() -> str:
    """What this request's `next` asks for, made safe."""
    return safe_path(request.values.get("next"))
