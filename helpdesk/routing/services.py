"""Giving a request that comes to the Lead's desk to a person, and keeping who looks after which agency, who is away."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.connections import by_key
from core.db import db
from core.errors import Conflict, Invalid
from core.people.models import Agency, Lead, LeadStaff, Person
from core.policy.vocabulary import Tier
from helpdesk.routing import mails as letters
from helpdesk.routing.models import Absence, AgencyAssignment, Backup, LastGiven
from helpdesk.routing.rules import Choice, Worker, choose
from helpdesk.tickets import mails
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rows import stay_of
from helpdesk.tickets.rules import Action
from helpdesk.tickets.standing import policy_of
from training import api as training

LOCK_SPACE = 4_210_006
COMES = (None, Action.FORWARD)


def give(ticket: Ticket, action: Action | None, at: datetime) -> None:
    """When it has just come to the Lead's desk: to one person, with the reasons on its stay there.

    One at a time for each Lead, so that requests which come together do not all go to whoever had least.
    """
    if action not in COMES or ticket.tier is not Tier.HMIS_LEAD or ticket.holder_person_id is not None:
        return
    ours = {"space": LOCK_SPACE, "lead": ticket.lead_id % 2**31}
    db.session.execute(by_key(sql("select pg_advisory_xact_lock(:space, :lead)")), ours)
    people = {person.id: person for person in mails.help_desk(ticket, at) if person.id != ticket.requester_id}
    place = ticket.agency.name if ticket.agency else "this agency"
    assigned_id = _assigned_to(ticket, at)
    choice = choose(ticket.category, place, assigned_id, _workers(ticket, people, at), policy_of(ticket, at))
    stay = stay_of(ticket)
    stay.explanation = {**stay.explanation, "because": [*stay.explanation["because"], *_reasons(choice)]}
    if choice.person_id is not None:
        ticket.holder = people[choice.person_id]
        stay.holder_person_id = choice.person_id
        mark = insert(LastGiven).values(person_id=choice.person_id, at=at)
        with db.session.no_autoflush:
            db.session.execute(mark.on_conflict_do_update(index_elements=["person_id"], set_={"at": at}))
    record("ticket.given", ticket, data={"to": choice.person_id, "because": choice.because, "rule": choice.rule})


def _reasons(choice: Choice) -> list[str]:
    *first, last = choice.because
    return [*first, f"{last} ({choice.rule})" if choice.rule else last]


def _assigned_to(ticket: Ticket, at: datetime) -> int | None:
    today = today_of(ticket.lead, at)
    query = select(AgencyAssignment.person_id).where(
        AgencyAssignment.agency_id == ticket.agency_id,
        AgencyAssignment.since <= today,
        or_(AgencyAssignment.ended_at.is_(None), AgencyAssignment.ended_at > at),
    )
    return db.session.scalar(query.order_by(AgencyAssignment.id.desc()).limit(1))


def _workers(ticket: Ticket, people: dict[int, Person], at: datetime) -> list[Worker]:
    today = today_of(ticket.lead, at)
    ids = list(people)
    away = select(Absence.person_id, func.coalesce(Absence.cover_id, Backup.cover_id)).outerjoin(
        Backup, (Backup.person_id == Absence.person_id) & (Backup.lead_id == Absence.lead_id)
    )
    away = away.where(Absence.lead_id == ticket.lead_id, Absence.until_on >= today, Absence.from_on <= today)
    held = select(Ticket.holder_person_id, func.count()).where(
        Ticket.holder_person_id.in_(ids), Ticket.closed_at.is_(None)
    )
    covers: dict[int, int | None] = {row[0]: row[1] for row in db.session.execute(away)}
    counted = db.session.execute(held.group_by(Ticket.holder_person_id))
    load = {person_id: count for person_id, count in counted if person_id is not None}
    given = select(LastGiven.person_id, LastGiven.at).where(LastGiven.person_id.in_(ids))
    last: dict[int, datetime] = {row[0]: row[1] for row in db.session.execute(given)}
    skills = _skills(ticket.lead_id, ids, at)
    return [
        Worker(
            person_id=person.id,
            name=person.name,
            skills=frozenset(skills.get(person.id, ())),
            open_requests=load.get(person.id, 0),
            is_away=person.id in covers,
            cover_id=covers.get(person.id),
            last_given_at=last.get(person.id),
        )
        for person in people.values()
    ]


def _skills(lead_id: int, ids: list[int], at: datetime) -> dict[int, set[str]]:
    query = select(LeadStaff.person_id, LeadStaff.skills).where(
        LeadStaff.lead_id == lead_id,
        LeadStaff.person_id.in_(ids),
        or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
    )
    found: dict[int, set[str]] = {}
    for person_id, skills in db.session.execute(query):
        found.setdefault(person_id, set()).update(skills)
    return found


def today_of(lead: Lead, at: datetime) -> date:
    return at.astimezone(ZoneInfo(lead.tz)).date()


# --- keeping


def look_after(agency: Agency, person: Person, at: datetime) -> AgencyAssignment:
    """From today on; whoever did so before does not any more. The same person again changes nothing."""
    row = current(agency)
    if row is not None and row.person_id == person.id:
        return row
    if row is not None:
        row.ended_at = at
        record("assignment.ended", row, data={"person": row.person_id})
        db.session.flush()
    made = AgencyAssignment(
        lead_id=agency.lead_id, agency=agency, person=person, since=today_of(agency.coc.lead, at), ended_at=None
    )
    db.session.add(made)
    db.session.flush()
    record("assignment.made", made, data={"person": person.id})
    return made


def current(agency: Agency) -> AgencyAssignment | None:
    """Who looks after it, held until this unit of work ends."""
    db.session.execute(select(Agency.id).where(Agency.id == agency.id).with_for_update())
    now = AgencyAssignment.agency_id == agency.id, AgencyAssignment.ended_at.is_(None)
    return db.session.scalar(select(AgencyAssignment).where(*now))


@training.register_administrator
def _assigned_administrator(agency_id: int) -> int | None:
    """Who is to run the new user's series of an agency (MO-TR-1)."""
    now = AgencyAssignment.agency_id == agency_id, AgencyAssignment.ended_at.is_(None)
    return db.session.scalar(select(AgencyAssignment.person_id).where(*now))


def be_away(lead: Lead, person: Person, from_on: date, until_on: date, cover: Person | None) -> Absence:
    """Raises Invalid for days in the wrong order, for covering oneself, and for days that are told already."""
    if until_on < from_on:
        raise Invalid("The last day is before the first.", field="until_on")
    if cover is not None and cover.id == person.id:
        raise Invalid("Somebody else covers.", field="cover")
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    overlap = Absence.person_id == person.id, Absence.from_on <= until_on, Absence.until_on >= from_on
    if db.session.scalar(select(Absence.id).where(Absence.lead_id == lead.id, *overlap).limit(1)):
        raise Conflict(f"{person.name} is away on some of these days already.", field="from_on")
    row = Absence(lead_id=lead.id, person=person, from_on=from_on, until_on=until_on, cover=cover)
    db.session.add(row)
    db.session.flush()
    days = {"from": from_on.isoformat(), "until": until_on.isoformat()}
    record("absence.told", row, data={"person": person.id, **days, "cover": cover.id if cover else None})
    letters.tell_cover(row)
    return row


def take_back(row: Absence) -> None:
    record("absence.taken_back", row, data={"person": row.person_id})
    db.session.delete(row)
