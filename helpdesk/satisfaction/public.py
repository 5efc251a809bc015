"""The link in a closing mail: whoever asked says how it was without signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for

from core.accounts.guard import limiter
from core.audit import acting_as
from core.authz import public
from helpdesk.satisfaction import links, queries
from helpdesk.satisfaction.answering import answer_page, take
from helpdesk.satisfaction.models import Satisfaction

bp = Blueprint("how_was_it", __name__)

MOST = "60 per hour"  # from one address: a whole agency may sit behind it


@bp.get("/how-was-it/<token>")
@public
def show(token: str) -> Any:
    """Opening the link notes nothing: mail programs and scanners open links by themselves."""
    row = _of(token)
    if row is None:
        return _lost()
    return answer_page(row, url_for(".say", token=token))


@bp.post("/how-was-it/<token>")
@public
@limiter.limit(MOST)
def say(token: str) -> Any:
    row = _of(token)
    if row is None:
        return _lost()
    person = row.ticket.requester
    with acting_as(person.name if person else row.ticket.requester_name, person.id if person else None):
        refused = take(row.id, url_for(".say", token=token))
    return refused or answer_page(row, url_for(".say", token=token), thanked=True)


def _of(token: str) -> Satisfaction | None:
    number = links.read(token)
    return queries.with_ticket(number) if number else None


def _lost() -> Any:
    return render_template("helpdesk/satisfaction/link_gone.html"), 410
