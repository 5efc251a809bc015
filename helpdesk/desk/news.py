"""Who is told of what is said on a ticket beyond those whose move it is: watchers, and colleagues named in a note."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from core import clock
from core.authz import Principal, principal_for
from core.db import db
from core.events import subscribe
from core.home import WorkItem, provider
from core.outbox import Letter, OutboxMessage, post, relevant_while
from core.people.models import Person
from helpdesk.desk import queries, rules, services
from helpdesk.desk.models import Draft, Mention
from helpdesk.desk.permissions import Permission
from helpdesk.mail.tokens import reply_address
from helpdesk.tickets import mails
from helpdesk.tickets.family import survivor_of
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import Permission as OfTickets
from helpdesk.tickets.queries import visible
from helpdesk.tickets.rows import Said
from helpdesk.tickets.rules import Kind
from helpdesk.tickets.standing import may

PUBLIC = (Kind.REQUESTER, Kind.AGENCY, Kind.LEAD)
BOXES = {
    **dict.fromkeys(PUBLIC, ("answer", "reply")),
    Kind.NOTE: ("note",),
    Kind.VENDOR_OUT: ("ask-vendor",),
}


@subscribe(Said)
def spread(news: Said) -> None:
    said = news.message
    if news.opens:  # nobody watches it yet, nor has begun to answer
        return
    if said.author_id is not None:
        _forget_drafts(said, said.author_id)
        services.saw_mention(said.ticket_id, said.author_id, said.at)
    if said.kind is Kind.NOTE:
        _tell_mentioned(said)
    elif said.kind in PUBLIC and not said.is_internal:
        _tell_watchers(said)


def _forget_drafts(said: TicketMessage, author_id: int) -> None:
    """What was sent is no draft any more; an error undoes this with everything else."""
    boxes = BOXES.get(said.kind, ())
    if boxes:
        mine = (Draft.person_id == author_id, Draft.ticket_id == said.ticket_id, Draft.box.in_(boxes))
        db.session.execute(delete(Draft).where(*mine))


def _tell_watchers(said: TicketMessage) -> None:
    ticket = survivor_of(said.ticket)
    watchers = queries.watchers_of(ticket.id)
    asks_holders = watchers and said.kind is not Kind.LEAD
    told_already = {person.id for person in mails.holders(ticket, said.at)} if asks_holders else set()
    for row in watchers:
        if row.person_id not in told_already | {said.author_id, ticket.requester_id}:
            _tell(said, row.person, "Something new on a request you watch", "watcher")


def _tell_mentioned(said: TicketMessage) -> None:
    """Only colleagues who may see the ticket can be named, so that a name gives nothing away."""
    if "@" not in said.text or said.author is None:
        return
    staff = {person.id: person for person in mails.help_desk(said.ticket, said.at)}
    for number in sorted(rules.mentioned(said.text, {n: person.name for n, person in staff.items()})):
        if number == said.author_id:
            continue
        db.session.add(
            Mention(ticket_id=said.ticket_id, message_id=said.id, person_id=number, by_id=said.author_id, at=said.at)
        )
        _tell(said, staff[number], f"{said.author.name} asks for your eyes", "mention")
    db.session.flush()


def _tell(said: TicketMessage, person: Person, what: str, why: str) -> None:
    """A link, and nothing of the text."""
    ticket = survivor_of(said.ticket)
    letter = Letter(
        "desk-news",
        person,
        key=f"message:{said.id}:{why}:{person.id}",
        context={"ticket": ticket, "what": what, "link": mails.link(ticket)},
        subject=ticket,
        reply_to=reply_address(ticket.id, person.id, ticket.desk_address),
        sender=ticket.sent_from,
    )
    post(letter)


def _may_still_see(row: OutboxMessage) -> bool:
    ticket = db.session.get(Ticket, row.subject_id)
    person = db.session.get(Person, row.person_id) if row.person_id else None
    if ticket is None or person is None:
        return False
    return may(principal_for(person, clock.now()), OfTickets.TICKET_VIEW, ticket)


relevant_while("desk-news", _may_still_see)


@provider
def named_in_notes(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """Requests on which a colleague asks for this person."""
    if not principal.can(Permission.USE):
        return []
    query = select(Mention).join(Mention.ticket).where(Mention.person_id == principal.person_id, visible(principal))
    query = query.where(Mention.seen_at.is_(None)).options(joinedload(Mention.ticket), joinedload(Mention.by))
    return [
        WorkItem(
            title=f"#{row.ticket_id} {row.ticket.subject}",
            url=f"/tickets/{row.ticket_id}#message-{row.message_id}",
            action="Open",
            area="Help desk",
            detail=f"{row.by.name} named you in a note",
            since=row.at,
        )
        for row in db.session.scalars(query.order_by(Mention.at, Mention.id).limit(limit))
    ]
