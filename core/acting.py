"""One deed on one page: done and led on, or the page again with what was typed and why it was not done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect

from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.once import KeyUsed, renew_key
from core.typed import put_error

Failed = tuple[str, Any]


def act(
    change: Callable[[], None], done: str, onward: str, *, form: Any, key: str, again: Callable[[Failed], str]
) -> Any:
    """Validate the form, run `change` in one unit of work, and go `onward`.

    `again` shows the page with the form that failed, under its key. What is not there or not theirs is told as such.
    """
    if not form.validate():
        return again((key, form)), 422
    try:
        with unit_of_work():
            change()
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        if isinstance(error, KeyUsed):
            renew_key(form)
        put_error(form, error)
        return again((key, form)), error.status
    flash(done, "success")
    return redirect(onward)
