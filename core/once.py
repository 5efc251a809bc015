"""A form's own key: the same form sent twice acts once, and a key that comes with other content is refused."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import func, select

from core.db import db
from core.errors import Conflict


class KeyUsed(Conflict):
    """The key belongs to what was sent with it before."""

    def __init__(self) -> None:
        super().__init__("This form was sent before, for something else.", "Look it over and send it again.")


def give_key(form: Any) -> None:
    """A key for a form that has none yet."""
    form.once.data = form.once.data or secrets.token_urlsafe(16)


def renew_key(form: Any) -> None:
    """A fresh one, so that what was typed can be sent as something new."""
    form.once.data = secrets.token_urlsafe(16)


def one_at_a_time(key: str) -> None:
    """The same form sent twice at once: the second waits until the first is written."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
