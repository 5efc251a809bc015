"""An agency names people to its duties, and ends that again; each change in writing, none written over.

Rules: SON-LI-7, SON-LI-8, VT-LI-2, MO-LI-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from core.accounts import services as accounts
from core.accounts.models import Account
from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.people.addresses import usable
from core.people.models import Agency, AgencyStatus, Designation, DesignationKind, Membership, Person
from core.people.services import person_by_email
from core.ui import times
from core.workcalendar import instant
from licensing.access.rules import may_be_one
from licensing.access.services import hold, license_held, local_day, policy_in_force
from licensing.agencies import mails, officers, papers, rules
from licensing.agencies.models import BackgroundCheck
from licensing.agencies.papers import Evidence
from licensing.agencies.permissions import Permission
from licensing.agencies.rules import Checked

NAMED, ENDED = "named", "designation-ended"
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Naming:
    """Who, for what, from which day. `person_id` 0: somebody new here, whose name and address are given."""

    kind: DesignationKind
    since: date
    person_id: int = 0
    name: str = ""
    email: str = ""


def must_be_theirs(agency: Agency, kind: DesignationKind, by: Principal) -> None:
    """The executive director names everybody but themselves' successor, whom the Lead enters. Raises Forbidden."""
    if not by.can(Permission.NAME, agency=agency):
        raise Forbidden("The executive director names the agency's people.", "Ask them, or the HMIS Lead.")
    if kind is DesignationKind.EXECUTIVE_DIRECTOR and not by.can(Permission.KEEP, agency=agency):
        raise Forbidden(
            "The HMIS Lead enters who the executive director is.", "Write to the Lead; the letter goes on record."
        )


def name_person(agency: Agency, told: Naming, seen: Evidence, by: Principal, at: datetime) -> Designation:
    """Raises Invalid or Conflict where the person cannot hold the duty from that day (SON-LI-7)."""
    must_be_theirs(agency, told.kind, by)
    hold(agency)
    if agency.status is AgencyStatus.ENDED:
        raise Conflict(f"{agency.name} no longer takes part.", "It has no duties to give.")
    _must_be_a_day(agency, told.since, seen, by, at)
    person = _person(agency, told, at)
    _must_be_free(agency, told.kind, person, at)
    refused = rules.may_be_named(
        told.kind, person.name, checked(agency, person), told.since, policy_in_force(agency.coc, at)
    )
    if refused is not None:
        raise Invalid(refused.sentence, refused.advice, field="person", rule=refused.rule)
    row = Designation(agency_id=agency.id, person_id=person.id, kind=told.kind, started_on=told.since)
    row.agency, row.person = agency, person
    db.session.add(row)
    db.session.flush()
    papers.keep(agency, NAMED, seen, by, at, number=row.id)
    record(
        "designation.named",
        row,
        lead_id=agency.lead_id,
        data={"person": person.id, "duty": told.kind, "since": told.since, "told": seen.how},
    )
    _let_in(person, at)
    mails.named(row, at)
    officers.look_at_the_end(agency.id, at)
    return row


def _must_be_a_day(agency: Agency, since: date, seen: Evidence, by: Principal, at: datetime) -> None:
    """From today on; the Lead may enter what was told in writing earlier, from the day it was told."""
    today = local_day(at, agency.tz)
    if since > today + FURTHEST:
        raise Invalid("That is more than a year ahead.", "Name them when it is nearer.", field="since")
    earliest = seen.day if by.can(Permission.KEEP, agency=agency) else today
    if since < min(earliest, today):
        advice = f"Give {times.say_day(min(earliest, today))} or later. What was before stays as it was."
        raise Invalid("Nobody can be named for days that are past.", advice, field="since")


def _person(agency: Agency, told: Naming, at: datetime) -> Person:
    """Who works there; somebody new is added, and works there from that day."""
    if told.person_id:
        query = select(Person).join(Membership, Membership.person_id == Person.id)
        still = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
        person = db.session.scalar(
            query.where(Person.id == told.person_id, Membership.agency_id == agency.id, still).limit(1)
        )
        if person is None:
            raise Invalid("Choose somebody who works at the agency.", field="person")
        return person
    if not told.name:
        raise Invalid("Choose somebody, or give the name of somebody new.", field="person")
    return _new(agency, told, at)


def _new(agency: Agency, told: Naming, at: datetime) -> Person:
    email = usable(told.email)
    known = person_by_email(email)
    if known is not None and not may_be_one(known.name, told.name):
        raise Conflict(
            f"That address belongs to somebody else, who is not called {told.name}.",
            "Give the person's own address.",
            field="email",
        )
    if known is None:
        values = {"name": told.name, "email": email, "phone": "", "tz": "", "created_at": at}
        db.session.execute(insert(Person).values(**values).on_conflict_do_nothing())
        known = person_by_email(email)
        assert known is not None, "it was written just now"
        record("person.added", known, lead_id=agency.lead_id, agency_id=agency.id)
    mine = (Membership.person_id == known.id, Membership.agency_id == agency.id)
    still = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    if db.session.scalar(select(Membership.id).where(*mine, still).limit(1)) is None:
        day = min(told.since, local_day(at, agency.tz))
        db.session.add(Membership(person_id=known.id, agency_id=agency.id, started_on=day))
        db.session.flush()
    return known


def _must_be_free(agency: Agency, kind: DesignationKind, person: Person, at: datetime) -> None:
    query = select(Designation).where(
        Designation.agency_id == agency.id,
        Designation.person_id == person.id,
        Designation.kind == kind,
        or_(Designation.ended_at.is_(None), Designation.ended_at > at),
    )
    if earlier := db.session.scalar(query.limit(1)):
        since = times.say_day(earlier.started_on)
        raise Conflict(f"{person.name} is the agency's {rules.WORDS[kind]} since {since}.", field="person")


def _let_in(person: Person, at: datetime) -> None:
    account = db.session.scalar(select(Account).where(Account.person_id == person.id))
    if account is None or not account.password_hash:
        accounts.invite(person, at)


def checked(agency: Agency, person: Person) -> Checked:
    """What is known of a person's background, and since when they have had a license here."""
    row = check_of(agency.id, person.id)
    held = license_held(person.id, agency.id)
    since = local_day(held.since, agency.tz) if held else None
    return Checked(row is not None, row is not None and row.has_concern, since)


def check_of(agency_id: int, person_id: int) -> BackgroundCheck | None:
    query = select(BackgroundCheck).where(
        BackgroundCheck.agency_id == agency_id, BackgroundCheck.person_id == person_id
    )
    return db.session.scalar(query)


def record_check(
    agency: Agency, person: Person, day: date, by: Principal, at: datetime, *, has_concern: bool
) -> BackgroundCheck:
    """Once for each person of an agency (SON-LI-7). Raises Conflict for a second, Invalid for a day to come."""
    papers.must_be_past(agency, day, at, "checked_on")
    hold(agency)
    if earlier := check_of(agency.id, person.id):
        day_before = times.say_day(earlier.checked_on)
        raise Conflict(
            f"{person.name}'s background was checked on {day_before}.", "It is checked once.", "person", "SON-LI-7"
        )
    row = BackgroundCheck(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        person_id=person.id,
        checked_on=day,
        has_concern=has_concern,
        by_id=by.person_id,
        at=at,
    )
    db.session.add(row)
    db.session.flush()
    record("agency.background_checked", row, data={"person": person.id, "day": day})
    return row


def end_designation(row: Designation, last: date, seen: Evidence, by: Principal, at: datetime) -> None:
    """Over at the end of that day, in the agency's zone; for today or an earlier day, now."""
    agency = row.agency
    must_be_theirs(agency, row.kind, by)
    hold(agency)
    db.session.refresh(row)
    if row.ended_at is not None and row.ended_at <= at:
        day = times.say_day(rules.last_day(row.ended_at, agency.zone))
        raise Conflict(f"This ended on {day}.", "Load the page again to see how it stands.")
    today = local_day(at, agency.tz)
    if last < today - timedelta(days=1):
        raise Invalid("It cannot end before today: what was done until now stays valid.", field="last")
    if last > today + FURTHEST:
        raise Invalid("That is more than a year ahead.", "Enter it when it is nearer.", field="last")
    row.ended_at = at if last <= today else instant(datetime.combine(last + timedelta(days=1), time()), agency.zone)
    papers.keep(agency, ENDED, seen, by, at, number=row.id)
    data = {"person": row.person_id, "duty": row.kind, "ends": row.ended_at, "told": seen.how}
    record("designation.ended", row, lead_id=agency.lead_id, data=data)
    mails.unnamed(row, at)
    officers.look_at_the_end(agency.id, at)


def people_to_name(agency: Agency, at: datetime) -> list[Person]:
    """Everybody who works there, by name."""
    query = select(Person).join(Membership, Membership.person_id == Person.id)
    still = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    query = query.where(Membership.agency_id == agency.id, still).distinct()
    return list(db.session.scalars(query.order_by(Person.name, Person.id)))
