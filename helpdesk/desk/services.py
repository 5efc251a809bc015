"""Tags, time and watchers of one ticket. Each writes its rows and its audit event in the unit of work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal, principal_for
from core.db import db
from core.errors import Forbidden, Invalid
from core.people.models import Person
from helpdesk.desk import rules
from helpdesk.desk.models import Mention, Presence, Tag, TicketTag, TimeSpent, Watcher
from helpdesk.desk.permissions import Permission
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets
from helpdesk.tickets.rows import hold
from helpdesk.tickets.screening import refuse_ppi
from helpdesk.tickets.standing import may


def permit(principal: Principal, ticket: Ticket) -> None:
    """Raises Forbidden for whoever does not work at the help desk that this ticket belongs to."""
    if not principal.can(Permission.USE, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id):
        raise Forbidden("Only the HMIS Lead's help desk does this.", "Add a reply instead.")


def add_tag(ticket: Ticket, by: Principal, text: str, at: datetime) -> None:
    """The same tag again is no second one. Raises Invalid for what is no word."""
    permit(by, ticket)
    refuse_ppi(text, "tag")
    name = rules.tag_named(text)
    if not name:
        raise Invalid("A tag is a word or a few.", "Use letters and digits.", field="tag")
    hold(ticket)
    many = select(func.count()).select_from(TicketTag).where(TicketTag.ticket_id == ticket.id)
    if (db.session.scalar(many) or 0) >= rules.MOST_TAGS:
        raise Invalid(f"A request has at most {rules.MOST_TAGS} tags.", "Take one off first.", field="tag")
    db.session.execute(insert(Tag).values(lead_id=ticket.lead_id, name=name).on_conflict_do_nothing())
    tag_id = db.session.scalar(select(Tag.id).where(Tag.lead_id == ticket.lead_id, Tag.name == name))
    values = {"ticket_id": ticket.id, "tag_id": tag_id, "by_id": by.person_id, "at": at}
    made = db.session.execute(insert(TicketTag).values(values).on_conflict_do_nothing().returning(TicketTag.tag_id))
    if made.first():
        record("ticket.tagged", ticket, data={"tag": name})


def remove_tag(ticket: Ticket, by: Principal, name: str) -> None:
    permit(by, ticket)
    ids = select(Tag.id).where(Tag.lead_id == ticket.lead_id, Tag.name == name)
    gone = delete(TicketTag).where(TicketTag.ticket_id == ticket.id, TicketTag.tag_id.in_(ids))
    if db.session.execute(gone.returning(TicketTag.tag_id)).first():
        record("ticket.untagged", ticket, data={"tag": name})


def spend(ticket: Ticket, by: Principal, minutes: int, at: datetime, *, nonce: str) -> None:
    """Minutes worked on it; a form sent twice counts once. Raises Invalid for what no day holds."""
    permit(by, ticket)
    if not 1 <= minutes <= rules.MOST_MINUTES:
        raise Invalid("Give from 1 to 1440 minutes.", "Longer work is entered day by day.", field="minutes")
    values = {
        "lead_id": ticket.lead_id,
        "coc_id": ticket.coc_id,
        "agency_id": ticket.agency_id,
        "ticket_id": ticket.id,
        "person_id": by.person_id,
        "minutes": minutes,
        "at": at,
        "nonce": nonce,
    }
    made = db.session.execute(insert(TimeSpent).values(values).on_conflict_do_nothing().returning(TimeSpent.id))
    if made.first():
        record("ticket.time_spent", ticket, data={"minutes": minutes})


def watch(ticket: Ticket, by: Principal, person: Person, at: datetime) -> None:
    """Oneself by whoever may see it; another by the help desk. Raises Invalid for who may not see it."""
    if person.id != by.person_id:
        permit(by, ticket)
    if not may(principal_for(person, at), OfTickets.TICKET_VIEW, ticket):
        raise Invalid(f"{person.name} may not see this request.", "Choose somebody from the list.", field="person")
    values = {"ticket_id": ticket.id, "person_id": person.id, "added_by_id": by.person_id, "at": at}
    made = db.session.execute(insert(Watcher).values(values).on_conflict_do_nothing().returning(Watcher.person_id))
    if made.first():
        record("ticket.watched", ticket, data={"person": person.id})


def unwatch(ticket: Ticket, by: Principal, person_id: int) -> None:
    if person_id != by.person_id:
        permit(by, ticket)
    gone = delete(Watcher).where(Watcher.ticket_id == ticket.id, Watcher.person_id == person_id)
    if db.session.execute(gone.returning(Watcher.person_id)).first():
        record("ticket.unwatched", ticket, data={"person": person_id})


def look(ticket: Ticket, by: Principal, at: datetime) -> None:
    """This person has it open now; who faded is cleared away."""
    db.session.execute(
        delete(Presence).where(Presence.ticket_id == ticket.id, Presence.seen_at < at - rules.FADES_AFTER)
    )
    values = {"ticket_id": ticket.id, "person_id": by.person_id, "seen_at": at}
    seen = insert(Presence).values(values)
    db.session.execute(seen.on_conflict_do_update(index_elements=["ticket_id", "person_id"], set_={"seen_at": at}))


def saw_mention(ticket_id: int, person_id: int, at: datetime) -> None:
    query = select(Mention).where(Mention.ticket_id == ticket_id, Mention.person_id == person_id)
    for row in db.session.scalars(query.where(Mention.seen_at.is_(None))):
        row.seen_at = at
    db.session.flush()
