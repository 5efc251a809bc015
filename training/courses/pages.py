"""What the pages of this room share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.authz import current_principal
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, NotFound
from core.typed import put_error
from training.courses import queries, services
from training.courses.forms import CREDITS, KINDS, SHORT_KINDS
from training.courses.models import Course


def words() -> dict[str, Any]:
    """The words that the pages of this room share."""
    return {
        "states": queries.STATES,
        "tones": queries.TONES,
        "kinds": KINDS,
        "short_kinds": SHORT_KINDS,
        "credit_words": CREDITS,
    }


def course_here(course_id: int, *, keeps: bool = False, lock: bool = False) -> Course:
    """The course of this page. Raises Forbidden where one must keep it and does not."""
    row = queries.course_of(current_principal(), course_id, lock=lock)
    if keeps:
        services.must_keep(row, current_principal())
    return row


def staff_course(course_id: int, *, lock: bool = False) -> Course:
    """The course, for Lead staff only. Raises Forbidden for agencies, who see what is offered."""
    row = course_here(course_id, lock=lock)
    if not queries.is_staff_of(current_principal(), row):
        raise Forbidden("This is for the HMIS Lead's staff.", "Ask your trainer.")
    return row


def attempt(verb: Callable[[], Any], form: Any, again: Callable[[], str], done: Callable[[Any], Any]) -> Any:
    """Validate, do it in one unit of work and lead on, or show the page again with what was typed."""
    if not form.validate():
        return again(), 422
    try:
        with unit_of_work():
            kept = verb()
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden | NotFound):
            raise
        put_error(form, error)
        return again(), error.status
    return done(kept)
