from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from core.audit import record
from core.authz import Principal
from core.db import db, reading, unwritten
from core.deadlines import Deadline, State, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.events import publish
from core.once import KeyUsed
from core.people.models import Agency, Designation, DesignationKind, Membership, Person
from core.people.services import closures_of, designated
from core.policy import Decision
from core.ui import times
from core.workcalendar import Closures
from licensing.access import planned
from licensing.access.models import License, LicenseState
from licensing.access.services import end_license, hold, license_held, local_day, policy_in_force
from licensing.departures import mails, rules
from licensing.departures.models import REASONS, Channel, DepartureNotice, Reason
from licensing.departures.rules import TRANSITIONS, Act, DepartureState, Outlook
from licensing.events import DepartureNoted
from licensing.overtaken import overtaken

NOTICE = "departure-notice"
DEACTIVATION = "deactivation"
REMIND = (timedelta(days=1), timedelta(hours=2))
FURTHEST = timedelta(days=366)
GIVES_NOTICE = (DesignationKind.REPRESENTATIVE, DesignationKind.EXECUTIVE_DIRECTOR, DesignationKind.ADMINISTRATOR)


@dataclass(frozen=True)
class Told:
    """A departure as it is entered. `noticed_at` None: the agency has not told the Lead, who found out."""

    person_id: int
    leaves_at: datetime
    reason: Reason
    channel: Channel
    noticed_at: datetime | None
    noticed_by_id: int | None
    once: str
    ticket_id: int | None = None


def when_leaving(membership: Membership, day: date, at_time: time, now: datetime) -> datetime:
    """The instant of what was typed, in the agency's zone. Raises Invalid for a day or time that cannot be."""
    agency, name = membership.agency, membership.person.name
    if day < membership.started_on:
        started = times.say_day(membership.started_on)
        raise Invalid(f"{name} started at {agency.name} on {started}.", "Give a day after that.", field="left_on")
    if day > local_day(now, agency.tz) + FURTHEST:
        raise Invalid("That is more than a year ahead.", "Tell us when it is nearer.", field="left_on")
    return typed_moment(agency, day, at_time)


def typed_moment(agency: Agency, day: date, at_time: time) -> datetime:
    """The instant of a typed day and time in the agency's zone. Raises Invalid for an hour that does not exist."""
    try:
        return rules.moment(day, at_time, agency.zone)
    except rules.WallTimeError as error:
        raise Invalid(str(error), field="left_at") from error


def membership_to_end(person_id: int, agency: Agency, now: datetime) -> Membership:
    """Where the person works now. Raises Invalid for who has left, Conflict when a notice is here already."""
    query = select(Membership).where(Membership.person_id == person_id, Membership.agency_id == agency.id)
    membership = db.session.scalar(query.order_by(Membership.id.desc()).limit(1))
    if membership is None:
        raise Invalid("Choose somebody who works at this agency.", field="person")
    if earlier := scheduled(person_id, agency.id):
        day = times.say_day(local_day(earlier.leaves_at, agency.tz))
        raise Conflict(
            f"We have a notice for {membership.person.name} already, for {day} (number {earlier.id}).",
            "Undo that one first if the date has changed.",
            field="person",
        )
    if membership.ended_at is not None and membership.ended_at <= now:
        day = times.say_day(local_day(membership.ended_at, agency.tz))
        raise Invalid(f"{membership.person.name} left {agency.name} on {day}; access ended then.", field="person")
    return membership


def sent_before(once: str) -> DepartureNotice | None:
    """What the same form led to when it was sent the first time."""
    return db.session.scalar(select(DepartureNotice).where(DepartureNotice.once == once))


def scheduled(person_id: int, agency_id: int) -> DepartureNotice | None:
    return db.session.scalar(
        select(DepartureNotice).where(
            DepartureNotice.person_id == person_id,
            DepartureNotice.agency_id == agency_id,
            DepartureNotice.state == DepartureState.SCHEDULED,
        )
    )


def outlook(agency: Agency, leaves_at: datetime, noticed_at: datetime | None, now: datetime, who: str = "") -> Outlook:
    """What telling us means: the agency's clock, and when access ends."""
    policy = policy_in_force(agency.coc, now)
    return rules.outlook(policy, leaves_at, noticed_at, now, agency.zone, closures(agency), who)


def closures(agency: Agency) -> Closures:
    """The Lead's own closed days."""
    return {date.fromisoformat(day): name for day, name in closures_of(agency.lead_id).items()}


def is_notice_of(agency_id: int, person_id: int | None, at: datetime) -> bool:
    """Whether word from this person is the agency's notice: it named them to speak for it (MO-LI-4, VT-LI-5)."""
    named = (person.id for kind in GIVES_NOTICE for person in designated(agency_id, kind, at))
    return person_id is not None and person_id in named


def note_departure(agency: Agency, told: Told, by: Principal, now: datetime) -> DepartureNotice:
    """Write the departure with both clocks; access ends in this transaction when its time has come."""
    hold(agency)
    if earlier := sent_before(told.once):
        return _same_form(earlier, agency, told)
    membership = membership_to_end(told.person_id, agency, now)
    view = outlook(agency, told.leaves_at, told.noticed_at, now, membership.person.name)
    _must_fit_the_license(agency, membership.person.name, told, view.notice.rule)
    row = _write(agency, membership.person, told, view.ends_at, by, now)
    _open_clocks(row, view.notice, view.end)
    record("departure.noted", row, data={"person": row.person_id, "leaves": row.leaves_at, "channel": row.channel})
    publish(DepartureNoted(row.id, row.agency_id, row.person_id, row.ticket_id, row.ends_at))
    if row.ends_at <= now:
        _end_now(row, now)
    else:
        _announce_end(row)
        mails.received(row, view, now)
    return row


def _must_fit_the_license(agency: Agency, name: str, told: Told, rule: str) -> None:
    """Raises Invalid where there is no license to end, or where it was given after the day that is told."""
    held = license_held(told.person_id, agency.id)
    if held is None:
        if told.reason is Reason.JOB_CHANGE:
            raise Invalid(f"{name} has no license that could end.", "Choose another reason.", field="reason")
        return
    since = local_day(held.since, agency.tz)
    if local_day(told.leaves_at, agency.tz) < since:
        raise Invalid(
            f"{name} got the license at {agency.name} on {times.say_day(since)}, after that day.",
            "Give a day from then on: access ends all the same. If they had left before, tell the HMIS Lead, too.",
            "left_on", rule,
        )  # fmt: skip


def ends_at_once(agency: Agency, told: Told, now: datetime) -> bool:
    """Whether writing this down ends access in the same moment, so that nobody can take it back."""
    return not sent_before(told.once) and outlook(agency, told.leaves_at, told.noticed_at, now).ends_at <= now


def must_be_meant(agency: Agency, told: Told, now: datetime, *, is_meant: bool) -> None:
    """Raises Conflict for a departure that ends access at once, unless whoever tells of it has said so."""
    if ends_at_once(agency, told, now) and not is_meant:
        raise Conflict(
            "Access ends at once and cannot be taken back.",
            'Send "ends_at_once": true if that is meant, or a time to come.',
            field="ends_at_once",
        )


def _same_form(earlier: DepartureNotice, agency: Agency, told: Told) -> DepartureNotice:
    before = (earlier.agency_id, earlier.person_id, earlier.leaves_at, earlier.reason)
    if before != (agency.id, told.person_id, told.leaves_at, told.reason):
        raise KeyUsed
    return earlier


def _write(
    agency: Agency, person: Person, told: Told, ends_at: datetime, by: Principal, now: datetime
) -> DepartureNotice:
    row = DepartureNotice(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        agency=agency,
        coc=agency.coc,
        person_id=person.id,
        person=person,
        leaves_at=told.leaves_at,
        reason=told.reason,
        channel=told.channel,
        ticket_id=told.ticket_id,
        recorded_by_id=by.person_id,
        recorded_at=now,
        noticed_by_id=told.noticed_by_id,
        noticed_at=told.noticed_at,
        state=DepartureState.SCHEDULED,
        ends_at=ends_at,
        once=told.once,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _open_clocks(row: DepartureNotice, notice: Decision, end: Decision) -> None:
    """The agency's clock, stopped by the notice wherever there is one; and the Lead's."""
    agencys = _open(row, NOTICE, notice, f"Notice that {row.person.name} leaves {row.agency.name}", "agency", ())
    if row.noticed_at is not None:
        meet(agencys, row.noticed_at, "The agency told the Lead.")
    _open(row, DEACTIVATION, end, f"End access: {row.person.name}, {row.agency.name}", "lead", REMIND)


def _open(
    row: DepartureNotice, kind: str, decision: Decision, title: str, holder: str, warn: tuple[timedelta, ...]
) -> Deadline:
    return open_deadline(
        kind,
        row,
        decision,
        title=title,
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=row.agency_id,
        holder=holder,
        warn_before=warn,
    )


def clock_of(row: DepartureNotice, kind: str) -> Deadline:
    return clocks_of(row)[kind]


def clocks_of(row: DepartureNotice) -> dict[str, Deadline]:
    """The agency's clock and the Lead's, by kind."""
    return {clock.kind: clock for clock in deadlines_of(row, NOTICE, DEACTIVATION)}


def _announce_end(row: DepartureNotice) -> None:
    """Write down now when everything ends, so that it does whether or not anything runs then."""
    _set_end(row, row.ends_at, lambda ended_at: ended_at.is_(None))
    _replan(row)


def _take_back_end(row: DepartureNotice) -> None:
    _set_end(row, None, lambda ended_at: ended_at == row.ends_at)
    _replan(row)


def _replan(row: DepartureNotice) -> None:
    planned.replan(License.person_id == row.person_id, License.agency_id == row.agency_id)


def _set_end(row: DepartureNotice, until: datetime | None, which: Callable[[Any], ColumnElement[bool]]) -> None:
    """Move the end of the person's memberships and designations here; `which` says of which, by their end now."""
    if not row.ends_membership:
        return
    for model in (Membership, Designation):
        mine = (model.person_id == row.person_id, model.agency_id == row.agency_id)
        moved = update(model).where(*mine, which(model.ended_at)).values(ended_at=until).returning(model.id)
        with reading(model):
            has_moved = db.session.execute(moved).first() is not None
        if has_moved and model is Designation:
            mails.forget_speakers(row.agency_id)


def _end_now(row: DepartureNotice, now: datetime) -> None:
    """Its time has come while somebody is at it, so that no sweep is needed."""
    meet(clock_of(row, DEACTIVATION), now, "Access ended.")
    take_effect(row, now)


def take_effect(row: DepartureNotice, at: datetime) -> None:
    """Access is over since `at`: license, membership and designations of this agency, and who was late with what."""
    _move(row, Act.END)
    row.effective_at = at
    held, works_here = _still_here(row, at)
    if held is not None:
        end_license(held, at, REASONS[row.reason])
    if works_here:
        _set_end(row, at, lambda ended_at: _goes_on(ended_at, at))
    clocks = clocks_of(row)
    late = {kind: told and rules.say_span(told) for kind, told in _lateness(row, clocks, at).items()}
    record("departure.effective", row, data={"person": row.person_id, "at": at, "late": late})
    mails.ended(row, clocks[NOTICE], clocks[DEACTIVATION], at)


def _still_here(row: DepartureNotice, at: datetime) -> tuple[License | None, bool]:
    """The license here, locked; and whether a membership or designation here still goes on after `at`. Both have said
    since the notice when they end, so this is rare. Whoever has no license is not looked at more closely."""
    goes_on = (
        select(model.id).where(
            model.person_id == row.person_id, model.agency_id == row.agency_id, _goes_on(model.ended_at, at)
        )
        for model in (Membership, Designation)
    )
    here = (License.person_id == row.person_id, License.agency_id == row.agency_id, License.state != LicenseState.ENDED)
    query = select(License, or_(*(one.exists() for one in goes_on))).where(*here).with_for_update(of=License)
    if any((one.person_id, one.agency_id) == (row.person_id, row.agency_id) for one in unwritten(License)):
        db.session.flush()
    with reading(Membership, Designation):
        found = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    return (found[0], found[1]) if found is not None else (None, True)


def _goes_on(ended_at: Any, at: datetime) -> ColumnElement[bool]:
    return or_(ended_at.is_(None), ended_at > at)


def lateness(row: DepartureNotice, now: datetime) -> dict[str, timedelta | None]:
    """By how much each side was late, or is by now; None for on time."""
    return _lateness(row, clocks_of(row), now)


def _lateness(row: DepartureNotice, clocks: dict[str, Deadline], now: datetime) -> dict[str, timedelta | None]:
    notice, end = clocks[NOTICE], clocks[DEACTIVATION]
    told = None if notice.state is State.CANCELLED else rules.late_by(notice.due_at, row.noticed_at or now)
    done = None if end.state is State.CANCELLED else rules.late_by(end.due_at, row.effective_at or now)
    return {NOTICE: told, DEACTIVATION: done}


def undo(row: DepartureNotice, by: Principal, now: datetime) -> None:
    """Take it back while access has not ended yet."""
    if row.state is DepartureState.EFFECTIVE or row.ends_at <= now:
        raise Conflict(
            f"Access ended on {times.say_when(row.ends_at.astimezone(row.agency.zone))}, so this cannot be undone.",
            "For a return, request access anew.",
        )
    if row.undone_by:
        raise overtaken(f"{row.undone_by.name} undid this departure", row.undone_at, row.agency.zone)
    _move(row, Act.UNDO)
    row.undone_at, row.undone_by_id = now, by.person_id
    db.session.flush()
    db.session.refresh(row, ["undone_by"])
    _take_back_end(row)
    for deadline in deadlines_of(row, NOTICE, DEACTIVATION):
        if deadline.is_open or deadline.is_missed:
            cancel(deadline, now, "The departure was undone.")
    record("departure.undone", row, data={"person": row.person_id})
    mails.undone(row, now)


def give_notice(row: DepartureNotice, by: Principal, now: datetime) -> None:
    """The agency tells the Lead of what the Lead had found out."""
    if row.noticed_by:
        raise overtaken(f"{row.noticed_by.name} gave this notice", row.noticed_at, row.agency.zone)
    _move(row, Act.GIVE_NOTICE)
    row.noticed_at, row.noticed_by_id = now, by.person_id
    clock = clock_of(row, NOTICE)
    if clock.is_open or clock.is_missed:
        meet(clock, now, "The agency told the Lead.")
    record("departure.notice-given", row, data={"late": clock.is_late(now)})


def confirm_off(row: DepartureNotice, by: Principal, evidence: str, now: datetime) -> None:
    """The Lead's staff has ended the account in the HMIS itself; where access here still runs, it ends now."""
    if not evidence:
        example = "For example that the account shows as inactive."
        raise Invalid("Say what you saw, in a few words.", example, field="evidence")
    if row.off_by:
        raise overtaken(f"{row.off_by.name} confirmed this", row.off_at, row.agency.zone)
    if row.state is DepartureState.SCHEDULED:
        _must_have_left(row, now)
        _end_now(row, now)
    _move(row, Act.CONFIRM_OFF)
    row.off_at, row.off_by_id, row.off_evidence = now, by.person_id, evidence
    record("departure.off-confirmed", row, data={"evidence": evidence})


def _must_have_left(row: DepartureNotice, now: datetime) -> None:
    if now < row.leaves_at:
        until = times.say_when(row.leaves_at.astimezone(row.agency.zone))
        raise Conflict(f"{row.person.name} has access until {until}.", "Confirm it once that has passed.")


def _move(row: DepartureNotice, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        told = f"This departure is {row.state}, so you cannot {act} it."
        raise Conflict(told, "Load the page again to see how it stands.")
    row.state = following


planned.ends(
    select(func.min(DepartureNotice.ends_at))
    .where(
        DepartureNotice.person_id == License.person_id,
        DepartureNotice.agency_id == License.agency_id,
        DepartureNotice.state == DepartureState.SCHEDULED,
    )
    .correlate(License)
    .scalar_subquery()
)
