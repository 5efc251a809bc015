"""One form, taken on the request's page and behind the link of a mail."""

from __future__ import annotations

from typing import Any

from flask import render_template

from core import clock
from core.db import db, unit_of_work
from core.errors import DomainError
from helpdesk.satisfaction import queries, services
from helpdesk.satisfaction.forms import AnswerForm
from helpdesk.satisfaction.models import Satisfaction


def answer_page(row: Satisfaction, action: str, form: AnswerForm | None = None, *, thanked: bool = False) -> str:
    """The question with what was answered before, or why nothing is taken any more."""
    form = form or filled(row)
    gone = services.standing(row, clock.now())
    return render_template(
        "helpdesk/satisfaction/answer.html",
        row=row,
        form=form,
        action=action,
        thanked=thanked,
        gone=services.TOLD[gone] if gone else None,
    )


def filled(row: Satisfaction) -> AnswerForm:
    form = AnswerForm(formdata=None)
    form.mark.data = str(row.mark) if row.mark else None
    form.comment.data = row.comment
    return form


def take(number: int, action: str) -> Any:
    """Keep what the form says; None once it is kept, else the page that says why not."""
    form = AnswerForm()
    if not form.validate():
        return answer_page(_held(number), action, form), 422
    try:
        with unit_of_work():
            services.say(_held(number, lock=True), int(form.mark.data), form.comment.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return answer_page(_held(number), action, form), error.status
    return None


def _held(number: int, *, lock: bool = False) -> Satisfaction:
    row = queries.with_ticket(number, lock=lock)
    assert row is not None, "a closing is never deleted"
    return row
