from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core.accounts.services import invite
from core.audit import record
from core.authz import Principal, found
from core.db import db
from core.errors import Conflict, Invalid
from core.people.models import SEATS, CoC, Lead, LeadStaff, Person, StaffRole
from core.people.services import person_by_email, staff_of
from core.typed import is_address
from helpdesk.matters.permissions import Permission

LABELS = {
    StaffRole.COC_LEADERSHIP: "Leadership of the CoC",
    StaffRole.DATA_COMMITTEE: "Data committee",
    StaffRole.ADVISORY_COMMITTEE: "HMIS advisory committee",
    StaffRole.MANAGING_DIRECTOR: "Managing director of the HMIS Lead",
    StaffRole.ASSISTANT_DIRECTOR: "Assistant director of the HMIS Lead",
}
OF_THE_LEAD = frozenset({StaffRole.MANAGING_DIRECTOR, StaffRole.ASSISTANT_DIRECTOR})


def holders(seat: StaffRole, lead_id: int, coc_id: int, at: datetime) -> list[Person]:
    """Who sits there at that instant; for a seat of the Lead the CoC does not matter."""
    return staff_of(lead_id, seat, at, None if seat in OF_THE_LEAD else coc_id)


def sits(principal: Principal, seat: StaffRole, lead_id: int, coc_id: int) -> bool:
    """Whether this person holds the seat there right now."""
    return any(
        grant.seat is seat and grant.lead_id == lead_id and grant.coc_id in (None, coc_id) for grant in principal.grants
    )


def cocs_of_seats(principal: Principal, seats: Collection[StaffRole]) -> tuple[set[int], set[int]]:
    """The Leads (all their CoCs) and the CoCs in which this person holds one of the seats."""
    held = [grant for grant in principal.grants if grant.seat in seats]
    leads = {grant.lead_id for grant in held if grant.lead_id and not grant.coc_id}
    return leads, {grant.coc_id for grant in held if grant.coc_id}


def seats(principal: Principal) -> Select[LeadStaff]:
    """Every seat, past ones too, of the Leads whose seats this person keeps."""
    scope = principal.scope(Permission.SEAT_MANAGE)
    query = select(LeadStaff).where(LeadStaff.lead_id.in_(scope.lead_ids), LeadStaff.role.in_(SEATS))
    return query.options(joinedload(LeadStaff.person), joinedload(LeadStaff.lead))


def places(principal: Principal) -> list[CoC]:
    """The CoCs for which this person keeps the seats, by name."""
    scope = principal.scope(Permission.SEAT_MANAGE)
    query = select(CoC).where(CoC.lead_id.in_(scope.lead_ids)).options(joinedload(CoC.lead))
    return list(db.session.scalars(query.order_by(CoC.name)))


def take_seat(seat: StaffRole, coc: CoC, name: str, email: str, at: datetime) -> LeadStaff:
    """Put somebody in a seat; who is new to the service is invited to it."""
    if not is_address(email):
        raise Invalid("This does not look like an e-mail address, such as l.chen@agency.org.", field="email")
    db.session.execute(select(Lead.id).where(Lead.id == coc.lead_id).with_for_update())
    person = person_by_email(email)
    is_new = person is None
    if person is None:
        person = _new_person(name, email, coc.lead_id, at)
    elif person in holders(seat, coc.lead_id, coc.id, at):
        raise Conflict(f"{person.name} has this seat already.", field="email")
    coc_id = None if seat in OF_THE_LEAD else coc.id
    row = LeadStaff(lead_id=coc.lead_id, coc_id=coc_id, person=person, role=seat, skills=[], started_on=at.date())
    db.session.add(row)
    db.session.flush()
    record("seat.taken", row, data={"seat": seat, "person": person.id, "coc": coc_id})
    if is_new:
        invite(person, at)
    return row


def _new_person(name: str, email: str, lead_id: int, at: datetime) -> Person:
    if not name:
        raise Invalid("Nobody here has this address yet, so give their name too.", field="name")
    person = Person(name=name, email=email, phone="", tz="", created_at=at)
    db.session.add(person)
    db.session.flush()
    record("person.added", person, lead_id=lead_id)
    return person


def visible_seat(principal: Principal, seat_id: int) -> LeadStaff:
    query = seats(principal).where(LeadStaff.id == seat_id).with_for_update(of=LeadStaff)
    row: LeadStaff = found(db.session.scalar(query))
    return row


def leave_seat(row: LeadStaff, at: datetime) -> None:
    if row.ended_at is not None:
        raise Conflict("This seat was given up before.", "Load the page again to see how it stands.")
    row.ended_at = at
    record("seat.left", row, data={"seat": row.role, "person": row.person_id})
