"""What stands beside a request for whoever answers it, and the list of canned replies over the answer's box."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy import ColumnElement, exists

from core.authz import current_principal
from helpdesk.answering import inserting
from helpdesk.knowledge.api import articles_of_ticket
from helpdesk.knowledge.models import ArticleTicket
from helpdesk.knowledge.permissions import Permission as OfKnowledge
from helpdesk.replies import queries as replies
from helpdesk.replies.models import CannedReply
from helpdesk.replies.permissions import Permission as OfReplies
from helpdesk.tickets.beside import Asked, Looking, Piece, Place, asks, piece
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Side


@asks("articles")
def _articles(asked: Asked) -> ColumnElement[bool]:
    return exists().where(ArticleTicket.ticket_id == asked.ticket_id)


@piece(Place.BESIDE, order=10)
def articles(looking: Looking) -> Piece | None:
    """While it is open, what may answer it, which is looked for once the page is there; once it is solved, the
    article that was made of it or can be."""
    ticket, principal = looking.ticket, looking.principal
    if looking.side is Side.REQUESTER or not principal.can(OfKnowledge.READ):
        return None
    if ticket.is_open:
        return Piece("helpdesk/answering/_later.html", {"offered": _offered_at_once(looking)})
    if not principal.can(OfKnowledge.WRITE, coc=ticket.coc, lead_id=ticket.lead_id):
        return None
    made = articles_of_ticket(principal, ticket.id) if "articles" in looking.there else []
    return Piece("helpdesk/answering/_made.html", {"made": made})


def _offered_at_once(looking: Looking) -> list[inserting.Offered] | None:
    """For whoever asked for them by a link, as without JavaScript; else none yet."""
    return inserting.offered(looking.principal, looking.ticket) if request.args.get("articles") == "1" else None


@dataclass(frozen=True)
class Picker:
    """The canned replies to choose from; `chosen` and `shown` are of a form that asked to see one first."""

    replies: list[CannedReply]
    chosen: str = ""
    shown: str = ""


def picker_of(ticket: Ticket) -> Picker:
    principal = current_principal()
    if not principal.can(OfReplies.USE):
        return Picker([])
    found = replies.first(principal)
    chosen = request.form.get("reply", "") if request.form.get("put") == "show:reply" else ""
    known = {str(row.id) for row in found}
    shown = inserting.reply_words(principal, ticket, int(chosen)) if chosen in known else ""
    return Picker(found, chosen, shown)
