"""What practice cases decide about access: a refusal ends it, and access for a time ends on its day.

Rules: MO-TR-6, MO-TR-7, VT-TR-4.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from textwrap import shorten

from sqlalchemy import func, or_, select

from core.audit import record
from core.db import db, locked, savepoint
from core.deadlines import Deadline, Fires, Kind, State, cancel, deadlines_of, open_deadline, register_kind
from core.errors import Conflict
from core.events import publish, subscribe
from core.people.models import Agency, AgencyStatus, Membership, Person
from core.ui import times
from licensing.access import mails, planned, services, waiting
from licensing.access import training as lessons
from licensing.access.following import follows
from licensing.access.models import OPEN_STATES, AccessRequest, License, LicenseState
from licensing.access.rules import RequestState
from licensing.events import AccessClosed, LicenseActivated, LicenseEnded
from training import api as training

PROVISIONAL = "license-provisional"
WARN = (timedelta(days=7),)
LONGEST_REASON = 300


# ------------------------------------------------------------------ a refusal


@subscribe(training.AccessRefused)
def _refused(event: training.AccessRefused) -> None:
    """Whatever the person asks for or has at that agency ends with it."""
    agency, person = db.session.get_one(Agency, event.agency_id), db.session.get_one(Person, event.person_id)
    services.hold(agency)
    reason = f"The practice cases ended in a refusal of access ({event.rule}): {event.reason}"
    if event.until is not None:
        reason += f" Another try is open after {times.say_day(event.until.astimezone(agency.zone).date())}."
    for request in _open_requests(person, agency):
        _deny(request, event, reason)
    held = _license_of(person.id, agency.id)
    if held is not None:
        _end(held, reason, event.at)


def _open_requests(person: Person, agency: Agency) -> list[AccessRequest]:
    """Each locked. Before an approval the request may know no more of the person than their address."""
    is_theirs = or_(AccessRequest.person_id == person.id, func.lower(AccessRequest.email) == person.email.lower())
    query = select(AccessRequest).where(
        AccessRequest.agency_id == agency.id, AccessRequest.state.in_(OPEN_STATES), is_theirs
    )
    query = query.order_by(AccessRequest.id).with_for_update(of=AccessRequest)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _deny(request: AccessRequest, event: training.AccessRefused, reason: str) -> None:
    policy = services.policy_of(request, event.at)
    request.state, request.closed_at = RequestState.DENIED, event.at
    request.decided_by_id, request.decided_at, request.decision_reason = event.by_id, event.at, reason
    request.pack, request.pack_version = policy.pack, policy.version
    db.session.flush()
    db.session.refresh(request)
    waiting.decided(services.DECISION_CLOCK, request, event.at)
    record("access.denied", request, data={"reason": reason, "rule": event.rule, "pack": policy.pack})
    lessons.end(request, event.at)
    publish(AccessClosed(request.id, request.agency_id, event.at))
    mails.decided(request)


def _end(held: License, reason: str, at: datetime) -> None:
    services.end_license(held, at, shorten(reason, LONGEST_REASON, placeholder=" …"))
    says = f"The license of {held.person.name} to use the HMIS for {held.agency.name} has ended. {reason}"
    mails.license_news(held, f"over:{at.isoformat()}", "An HMIS license has ended", says, at)


# ------------------------------------------------------------------ access for a time


@subscribe(training.ProvisionalAccess)
def _provisional(event: training.ProvisionalAccess) -> None:
    """Who has a license already has it until then."""
    held = _license_of(event.person_id, event.agency_id)
    if held is not None:
        _open_clock(held, event.at)
        _replan(held)


@subscribe(LicenseActivated)
def _activated(event: LicenseActivated) -> None:
    """Nobody gets a license while a denial lasts; one that comes of provisional access ends with it (MO-TR-7)."""
    held = db.session.get_one(License, event.license_id)
    training.must_not_wait(held.person, held.lead_id, event.at)
    _open_clock(held, event.at)
    _replan(held)


def _replan(held: License) -> None:
    planned.replan(License.id == held.id)


def _open_clock(held: License, at: datetime) -> None:
    decision = training.provisional_access(held.person_id, held.agency_id)
    if decision is None or clock_of(held) is not None:
        return
    if at > decision.due:
        day = times.say_day(decision.due.date())
        raise Conflict(
            f"The provisional access of {held.person.name} ended on {day}, and the committee has not decided again.",
            "The license can be given when it has.", rule=decision.rule,
        )  # fmt: skip
    open_deadline(
        PROVISIONAL, held, decision, title=f"License with provisional access ends: {held.person.name}",
        lead_id=held.lead_id, coc_id=held.coc_id, agency_id=held.agency_id, person_id=held.person_id, holder="agency",
        warn_before=WARN, occurrence=len(deadlines_of(held, PROVISIONAL)) + 1,
    )  # fmt: skip


def clock_of(held: License) -> Deadline | None:
    """What ends the license, while the access is provisional."""
    return next((row for row in deadlines_of(held, PROVISIONAL) if row.is_open), None)


_RUNS = select(Deadline.id).where(
    Deadline.subject_type == License.__tablename__,
    Deadline.subject_id == License.id,
    Deadline.kind == PROVISIONAL,
    Deadline.state.in_((State.PENDING, State.PAUSED)),
)


@follows(_RUNS)  # one that was just opened has been sent: `_replan` has asked for it
def _ended(event: LicenseEnded) -> None:
    """One that ended sooner, for whatever reason, ends no second time."""
    row = clock_of(db.session.get_one(License, event.license_id))
    if row is not None:
        cancel(row, event.at, "The license ended before.")


def _over(row: Deadline, now: datetime) -> None:
    """The sweep may be later; the access ended when the manual says."""
    held = locked(License, row.subject_id)
    if held.state is LicenseState.ENDED:
        row.outcome = "The license had ended before."
        return
    row.outcome = "The license ended."
    ends_at = min(row.due_at, now)
    day = times.say_day(ends_at.astimezone(held.agency.zone).date())
    _end(held, f"The provisional access ended on {day} ({row.rule}). The committee decides again.", ends_at)


def _soon(row: Deadline, now: datetime) -> None:
    held = locked(License, row.subject_id)
    day = times.say_day(row.due_at.astimezone(held.agency.zone).date())
    says = (
        f"The access of {held.person.name} to the HMIS for {held.agency.name} is provisional: it ends on {day} "
        f"({row.rule}), and then the committee decides again."
    )
    mails.license_news(held, f"soon:{row.id}", "Provisional access ends soon", says, now)


@subscribe(training.AccessKept)
def _kept(event: training.AccessKept) -> None:
    """Access stays: a license that the sweep has not ended goes on, and one that it has is given anew."""
    services.hold(db.session.get_one(Agency, event.agency_id))
    held = _license_of(event.person_id, event.agency_id)
    if held is not None:
        row = clock_of(held)
        if row is not None:
            cancel(row, event.at, "The committee decided that access stays.")
            _replan(held)
        return
    query = select(License).where(License.person_id == event.person_id, License.agency_id == event.agency_id)
    before = db.session.scalar(query.order_by(License.id.desc()).limit(1))
    if before is not None and _ended_by_clock(before) and _may_go_on(before, event.at):
        try:
            with savepoint():
                _give_again(before, event)
        except Conflict as error:
            _not_given(before, error, event)


def _ended_by_clock(held: License) -> bool:
    rows = deadlines_of(held, PROVISIONAL)
    return bool(rows) and rows[-1].state is State.FIRED and held.ended_at == rows[-1].due_at


def _may_go_on(held: License, at: datetime) -> bool:
    """For whoever has left meanwhile, was locked out besides, or whose agency takes no part now, access is asked for
    anew."""
    now = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    here = (Membership.person_id == held.person_id, Membership.agency_id == held.agency_id, now)
    works_there = db.session.scalar(select(Membership.id).where(*here).limit(1)) is not None
    return works_there and held.agency.status is AgencyStatus.ACTIVE and not held.open_holds


def _give_again(before: License, event: training.AccessKept) -> None:
    held = License(
        lead_id=before.lead_id, coc_id=before.coc_id, agency_id=before.agency_id, agency=before.agency,
        person_id=before.person_id, person=before.person, request_id=before.request_id, level=before.level,
        enters_data=before.enters_data, has_reporting=before.has_reporting, state=LicenseState.ACTIVE, since=event.at,
        projects=list(before.projects),
    )  # fmt: skip
    db.session.add(held)
    db.session.flush()
    record("license.activated", held, data={"level": held.level, "person": held.person_id, "after": before.id})
    publish(LicenseActivated(held.id, held.agency_id, held.person_id, event.at))
    says = f"{held.person.name} has a license to use the HMIS for {held.agency.name} again: {event.reason}"
    mails.license_news(held, "again", "An HMIS license was given again", says, event.at)


def _not_given(before: License, error: Conflict, event: training.AccessKept) -> None:
    """What the committee decided stands; where no seat is free now, they ask, and stand in line like everybody."""
    record("license.not_given_again", before, data={"why": error.message, "person": before.person_id})
    says = (
        f"The access of {before.person.name} to the HMIS for {before.agency.name} stays, but no license could be given "
        f"again: {error.message} An authorized representative asks for it; the practice cases need not be done again."
    )
    managers = mails.lead_managers(before.lead_id, before.coc_id, event.at)
    mails.license_news(before, "not-again", "A license could not be given again", says, event.at, managers)


# ------------------------------------------------------------------ rows


def _license_of(person_id: int, agency_id: int) -> License | None:
    held = services.license_held(person_id, agency_id)
    return locked(License, held.id) if held is not None else None


register_kind(
    Kind(
        PROVISIONAL, "License with provisional access", Fires.AT_DUE, _over, _soon,
        link=lambda row: f"/access/licenses/{row.subject_id}",
    )
)  # fmt: skip

planned.ends(
    select(func.min(Deadline.due_at))
    .where(
        Deadline.subject_type == License.__tablename__,
        Deadline.subject_id == License.id,
        Deadline.kind == PROVISIONAL,
        Deadline.state == State.PENDING,
    )
    .correlate(License)
    .scalar_subquery()
)
