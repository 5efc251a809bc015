"""What somebody holds who is away goes to whoever stands in: each by itself, told in one mail (HUD-HD-4)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.authz import Principal
from core.db import db, savepoint, unit_of_work
from core.errors import Conflict
from core.people.models import Person
from helpdesk.desk import bulk
from helpdesk.desk.models import BulkAct
from helpdesk.desk.rules import MOST_AT_ONCE
from helpdesk.routing import mails, queries
from helpdesk.routing.models import Absence
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import Ticket


def hand_over(row: Absence, by: Principal, nonce: str, at: datetime) -> BulkAct:
    """The open requests they hold, those due first, each as its own page would do it.

    The same form again gives the same result. Raises Conflict where nobody stands in, Invalid where nothing is held.
    """
    stand_in = queries.stand_ins([row], queries.backups_of(row.lead_id))[row.id]
    if stand_in is None:
        raise Conflict("Nobody stands in.", "Name somebody first.")
    with unit_of_work():
        held = [ticket.id for ticket in queries.in_their_hands(row, MOST_AT_ONCE)]
        wanted = bulk.Wanted(bulk.Verb.ASSIGN, str(stand_in.id), nonce)
        tell = partial(_tell, row, stand_in)
        return bulk.act_on(held, wanted, by, at, act=_assign, each=savepoint, then=tell)


def _assign(ticket: Ticket, by: Person, value: str, at: datetime, nonce: str) -> None:
    tickets.assign(ticket, by, db.session.get_one(Person, int(value)), at, nonce=nonce, tell=False)


def _tell(row: Absence, stand_in: Person, kept: BulkAct) -> None:
    """Of those that went over; who handed them to themselves knows."""
    numbers = [result["ticket"] for result in kept.results if not result["refused"]]
    if not numbers or stand_in.id == kept.person_id:
        return
    query = select(Ticket).where(Ticket.id.in_(numbers)).options(joinedload(Ticket.agency))
    found = {ticket.id: ticket for ticket in db.session.scalars(query)}
    mails.tell_handed_over(row, stand_in, [found[number] for number in numbers], kept.id)
