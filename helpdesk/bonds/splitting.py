"""A part of a request becomes a request of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from core.audit import record
from core.db import db
from core.errors import Conflict, Invalid
from core.people.models import Person
from core.policy.vocabulary import Tier
from core.text import one_line
from helpdesk.bonds.links import bind
from helpdesk.bonds.permissions import Permission
from helpdesk.bonds.rules import LinkKind
from helpdesk.bonds.services import permit
from helpdesk.tickets import mails, rules
from helpdesk.tickets import services as tickets
from helpdesk.tickets.family import said_on
from helpdesk.tickets.models import MessageFile, Ticket, TicketMessage
from helpdesk.tickets.rows import Once, changed, copied, hold, hold_once, put, stay_of, system
from helpdesk.tickets.rules import Category, Kind, Placement, Side, State
from helpdesk.tickets.screening import refuse_ppi, safe_subject

ANSWERS = (Kind.AGENCY, Kind.LEAD)


@dataclass(frozen=True)
class Part:
    """Which messages, and what the new request is called."""

    message_ids: Sequence[int]
    subject: str
    category: Category
    nonce: str | None = None


def split(ticket: Ticket, part: Part, by: Person, at: datetime) -> Ticket:
    """The chosen messages go on as a request of its own; here they stay and say where they went.

    Its clocks begin when the requester first said what nobody has answered yet, or now where all of it was answered.
    Notes and the vendor's messages go along as what they are. Raises Invalid for a choice that makes no request.
    """
    once = Once.of(part.nonce, "split", ticket.id, by, part.subject, part.category, *sorted(part.message_ids))
    if known := hold_once(ticket, once):
        return known.ticket
    permit(by, Permission.SPLIT, ticket, at)
    refuse_ppi(one_line(part.subject), "subject")
    if ticket.merged_into_id is not None:
        raise Conflict(f"This request was merged into #{ticket.merged_into_id}.", "Split it there.")
    chosen = _chosen(ticket, part.message_ids)
    origin = _asked_in(ticket, chosen)
    if origin is not ticket:
        hold(origin)
    since = _waits_since(ticket, chosen) or at
    made = _laid_out(origin, part, by, since)
    db.session.add(made)
    put(made, _place(made, ticket, at), since, by=by)
    if made.tier is ticket.tier:
        _stay_in_hand(made, ticket)
    for said in chosen:
        copied(said, made)
        said.split_to_id = made.id
    bind(origin, made, LinkKind.SPLIT, by, at)
    said = system(made, by, f"Split off from request #{origin.id}.", "", at, once)
    system(origin, by, f"A part of this is request #{made.id} now.", "", at, None)
    record("ticket.split", origin, data={"into": made.id, "messages": [one.id for one in chosen]})
    record("ticket.opened", made, data={"channel": made.channel, "category": made.category, "split_from": origin.id})
    changed(made, None, since)
    mails.tell_of_bond("ticket-split", made, f"ticket:{made.id}:split", origin=origin)
    mails.tell_holders(made, said, "Split off from another request", at)
    return made


def _chosen(ticket: Ticket, ids: Sequence[int]) -> list[TicketMessage]:
    wanted = sorted(set(ids))
    query = select(TicketMessage).where(TicketMessage.id.in_(wanted), said_on(ticket, Side.LEAD))
    query = query.options(
        joinedload(TicketMessage.ticket), selectinload(TicketMessage.files).joinedload(MessageFile.file)
    )
    chosen = list(db.session.scalars(query.order_by(TicketMessage.at, TicketMessage.id)))
    if not wanted or len(chosen) < len(wanted):
        raise Invalid("Choose messages of this request.", field="messages")
    if any(said.kind is Kind.SYSTEM for said in chosen):
        raise Invalid("What the service wrote by itself stays here.", "Leave it out.", field="messages")
    gone = next((said.split_to_id for said in chosen if said.split_to_id is not None), None)
    if gone is not None:
        raise Invalid(f"One of these is in request #{gone} already.", "Leave it out.", field="messages")
    if all(said.is_internal for said in chosen):
        raise Invalid(
            "Choose at least one message that whoever asked can read.", "Notes go along with it.", field="messages"
        )
    return chosen


def _asked_in(ticket: Ticket, chosen: Sequence[TicketMessage]) -> Ticket:
    """The request in which it was asked, this one or one merged into it. Raises Invalid for two people's words."""
    asked = [said.ticket for said in chosen if said.kind is Kind.REQUESTER]
    if len({one.requester_address.lower() for one in asked}) > 1:
        raise Invalid("These are the words of two people.", "Choose those of one of them.", field="messages")
    _refuse_anothers(chosen, asked or [ticket])
    return asked[0] if asked else ticket


def _refuse_anothers(chosen: Sequence[TicketMessage], asked: Sequence[Ticket]) -> None:
    """What was told somebody else, before their request was joined to this one, stays theirs."""
    theirs = or_(*(said_on(one, Side.REQUESTER) for one in {one.id: one for one in asked}.values()))
    read = select(TicketMessage.id).where(TicketMessage.id.in_([said.id for said in chosen]), theirs)
    known = set(db.session.scalars(read))
    if any(not said.is_internal and said.id not in known for said in chosen):
        raise Invalid("One of these was told to somebody else than who asks here.", "Leave it out.", field="messages")


def _waits_since(ticket: Ticket, chosen: Sequence[TicketMessage]) -> datetime | None:
    answered = select(TicketMessage.at).where(said_on(ticket, Side.LEAD), TicketMessage.kind.in_(ANSWERS))
    last = db.session.scalar(answered.order_by(TicketMessage.at.desc()).limit(1))
    open_words = [said.at for said in chosen if said.kind is Kind.REQUESTER and (last is None or said.at > last)]
    return min(open_words, default=None)


def _laid_out(origin: Ticket, part: Part, by: Person, since: datetime) -> Ticket:
    return Ticket(
        lead_id=origin.lead_id,
        lead=origin.lead,
        coc=origin.coc,
        agency=origin.agency,
        requester=origin.requester,
        requester_address=origin.requester_address,
        requester_name=origin.requester_name,
        subject=safe_subject(part.subject),
        category=part.category,
        state=State.NEW,
        priority=rules.priority_of(part.category),
        channel=origin.channel,
        tier=Tier.HMIS_LEAD,
        opened_by_id=by.id,
        opened_at=since,
        last_activity_at=since,
    )


def _place(made: Ticket, ticket: Ticket, at: datetime) -> Placement:
    """What the Lead has already stays with it; else where a new request begins."""
    if ticket.tier is Tier.AGENCY_ADMINISTRATOR or made.category is Category.SECURITY:
        return tickets.first_place(made, at)
    stay = stay_of(ticket)
    because = f"The HMIS Lead had request #{ticket.id}, of which this is a part."
    explanation = {**stay.explanation, "because": [because]}
    return Placement(Tier.HMIS_LEAD, because, stay.rule, explanation)


def _stay_in_hand(made: Ticket, ticket: Ticket) -> None:
    """Whoever worked on the whole goes on with the part."""
    stay = stay_of(made)
    made.holder, stay.holder_person_id = ticket.holder, ticket.holder_person_id
    db.session.flush()
