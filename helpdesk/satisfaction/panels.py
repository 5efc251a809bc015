"""What stands on a request's page: the question for whoever asked, and the answer for those who helped."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from helpdesk.satisfaction import queries, rules, services
from helpdesk.satisfaction.answering import filled
from helpdesk.satisfaction.models import Satisfaction
from helpdesk.satisfaction.permissions import Permission
from helpdesk.tickets.beside import Asked, Looking, Piece, Place, asks, piece
from helpdesk.tickets.rules import Side


@asks("closings")
def _closings(asked: Asked) -> ColumnElement[bool]:
    return exists().where(Satisfaction.ticket_id == asked.ticket_id)


@piece(Place.ABOVE, order=20)
def question(looking: Looking) -> Piece | None:
    """For whoever asked, while an answer is taken."""
    ticket = looking.ticket
    if ticket.is_open or "closings" not in looking.there or ticket.requester_id != looking.principal.person_id:
        return None
    row = queries.newest_of(ticket.id)
    if row is None or services.standing(row, looking.at) is not None:
        return None
    return Piece("helpdesk/satisfaction/_question.html", {"row": row, "form": filled(row), "marks": rules.MARKS})


@piece(Place.BESIDE, order=20)
def answered(looking: Looking) -> Piece | None:
    """For the Lead's people, once there is an answer; or why nobody was asked."""
    if looking.side is not Side.LEAD or looking.ticket.is_open or "closings" not in looking.there:
        return None
    ticket = looking.ticket
    if not looking.principal.can(Permission.SEE, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id):
        return None
    row = queries.newest_of(ticket.id)
    if row is None:
        return None
    words = {"marks": rules.MARKS, "tones": rules.TONES, "says": rules.SAYS}
    return Piece("helpdesk/satisfaction/_answered.html", {"row": row, **words})
