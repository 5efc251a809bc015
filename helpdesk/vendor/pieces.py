"""What a request's page says of the vendor case that it is on. Those who asked learn that there is one, no more."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload

from core.db import db
from helpdesk.tickets.beside import Asked, Looking, Piece, Place, asks, piece
from helpdesk.tickets.rules import LIVE, Side
from helpdesk.tickets.rules import Action as TicketAction
from helpdesk.tickets.rules import acts as ticket_acts
from helpdesk.vendor import queries
from helpdesk.vendor.forms import JoinOneForm
from helpdesk.vendor.models import CaseMessage, CaseTicket, VendorCase
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rules import Said
from helpdesk.vendor.shown import STATES

NEWEST = 3
MOST_OFFERED = 20


@asks("vendor_case")
def _vendor_case(asked: Asked) -> ColumnElement[bool]:
    return exists().where(CaseTicket.ticket_id == asked.ticket_id, CaseTicket.left_at.is_(None))


@asks("open_cases")
def _open_cases(asked: Asked) -> ColumnElement[bool]:
    return exists().where(VendorCase.lead_id == asked.lead_id, queries.OPEN)


@piece(Place.BESIDE, order=10)
def of_the_case(looking: Looking) -> Piece | None:
    place = queries.place_of(looking.ticket) if "vendor_case" in looking.there else None
    if looking.side is not Side.LEAD or not looking.principal.can(Permission.VIEW):
        works_on_it = place is not None and place.case.is_open and place.case.asked_at and looking.ticket.is_open
        return Piece("helpdesk/vendor/_working.html") if works_on_it else None
    if place is not None:
        told = {"case": place.case, "since": place.joined_at, "states": STATES, "newest": _newest(place.case)}
        return Piece("helpdesk/vendor/_beside.html", told | {"Said": Said})
    may = ticket_acts(Side.LEAD, looking.ticket.tier, looking.ticket.state)
    if (
        TicketAction.ASK_VENDOR not in may
        or looking.ticket.state not in LIVE
        or not looking.principal.can(Permission.WORK)
    ):
        return None
    form = _form(looking) if "open_cases" in looking.there else None
    return Piece("helpdesk/vendor/_join.html", {"form": form})


def _newest(case: VendorCase) -> list[CaseMessage]:
    """The last of the case's thread: it stands on each of its requests, for the Lead's staff only."""
    query = select(CaseMessage).where(CaseMessage.case_id == case.id).options(joinedload(CaseMessage.author))
    rows = db.session.scalars(query.order_by(CaseMessage.at.desc(), CaseMessage.id.desc()).limit(NEWEST))
    return list(reversed(rows.all()))


def _form(looking: Looking) -> JoinOneForm | None:
    """The open cases to choose from, the latest first; none while there is none."""
    query = select(VendorCase.id, VendorCase.title).where(VendorCase.lead_id == looking.ticket.lead_id, queries.OPEN)
    query = query.order_by(VendorCase.last_activity_at.desc(), VendorCase.id.desc()).limit(MOST_OFFERED)
    rows = db.session.execute(query).all()
    if not rows:
        return None
    form = JoinOneForm(prefix="joincase", formdata=None)
    form.ticket.data = str(looking.ticket.id)
    form.case.choices = {str(number): f"V{number} {title}"[:80] for number, title in rows}
    return form
