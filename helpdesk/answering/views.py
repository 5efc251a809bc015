"""What is put into an answer, with and without JavaScript, and what may answer a request before it is sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for

from core import clock
from core.authz import Principal, current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from helpdesk.answering import inserting, panels
from helpdesk.answering.rules import joined
from helpdesk.knowledge import queries as knowledge
from helpdesk.knowledge import services as articles
from helpdesk.knowledge.api import suggest
from helpdesk.knowledge.permissions import Permission as OfKnowledge
from helpdesk.tickets import queries as tickets
from helpdesk.tickets import standing
from helpdesk.tickets.forms import MessageForm
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets
from helpdesk.tickets.rules import Action
from helpdesk.tickets.views import page_with

bp = Blueprint("answering", __name__)
bp.add_app_template_global(panels.picker_of)


# --- into an answer


def _answered(principal: Principal, ticket_id: int) -> Ticket:
    """A request that this person may answer now."""
    ticket = tickets.visible_ticket(principal, ticket_id)
    if Action.ANSWER not in standing.actions_of(principal, ticket, clock.now()):
        raise Forbidden("That is not yours to answer now.", "Load the page again to see how it stands.")
    return ticket


def _words(principal: Principal, ticket: Ticket, told: Any) -> str:
    """The words that `reply`, or `article` and `how`, stand for."""
    kind, _, rest = told.get("put", "").partition(":")
    number, _, how = rest.partition(":")
    if kind == "article" and _is_number(number):
        return inserting.article_words(principal, ticket, int(number), inserting.how_of(how))
    reply = told.get("reply", "")
    if not _is_number(reply):
        raise Invalid("Choose a canned reply first.")
    return inserting.reply_words(principal, ticket, int(reply))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < len(text) < 19


@bp.get("/tickets/<int:ticket_id>/words")
@requires(OfTickets.TICKET_ANSWER)
def words(ticket_id: int) -> Any:
    """As plain text, for the page to put where one types, and to show before."""
    principal = current_principal()
    said = _words(principal, _answered(principal, ticket_id), request.args)
    return said, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


@bp.get("/tickets/<int:ticket_id>/articles")
@requires(OfTickets.TICKET_ANSWER)
def articles_for(ticket_id: int) -> Any:
    """What may answer it, for the page to put beside it once it is there."""
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    may_answer = Action.ANSWER in standing.actions_of(principal, ticket, clock.now())
    offered = inserting.offered(principal, ticket) if principal.can(OfKnowledge.READ) else []
    return render_template("helpdesk/answering/_offered.html", ticket=ticket, offered=offered, may_answer=may_answer)


@bp.post("/tickets/<int:ticket_id>/insert")
@requires(OfTickets.TICKET_ANSWER)
def insert(ticket_id: int) -> Any:
    """The page again with the words below what was typed; `put=show:reply` only shows them. Nothing is sent."""
    principal = current_principal()
    ticket = _answered(principal, ticket_id)
    form = MessageForm(prefix=Action.ANSWER)
    try:
        said = _words(principal, ticket, request.form)
    except Invalid as error:
        form.text.errors = [*form.text.errors, f"{error.message} {error.advice}".strip()]
        return page_with(ticket, form, Action.ANSWER, status=error.status)
    if request.form.get("put") != "show:reply":
        form.text.data = joined(form.text.data or "", said)
    return page_with(ticket, form, Action.ANSWER, status=200)


# --- before a request is sent


@bp.post("/tickets/new/answers")
@requires(OfTickets.TICKET_OPEN)
def look() -> Any:
    """Without JavaScript: what may answer it, and the request as it was typed, to be sent all the same."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "look")]
    text = " ".join(request.form.get(name, "") for name in ("subject", "text"))
    return render_template("helpdesk/answering/look.html", typed=typed, suggestions=suggest(current_principal(), text))


@bp.post("/knowledge/<int:article_id>/solved")
@requires(OfKnowledge.READ)
def solved(article_id: int) -> Any:
    """An article answered what somebody was about to ask: it counts for the article, and no request is made."""
    principal = current_principal()
    knowledge.visible_article(principal, article_id)
    with unit_of_work():
        article = knowledge.visible_article(principal, article_id, lock=True)
        articles.vote(article, principal, is_helpful=True, word="", now=clock.now())
    flash("Good that it helped. No request was sent.", "success")
    there = url_for("knowledge.show", article_id=article_id)
    if request.headers.get("HX-Request"):
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = there
        return answer
    return redirect(there)
