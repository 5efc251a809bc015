from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, deadlines_of, meet, open_deadline
from core.errors import Conflict, Forbidden, Invalid
from core.once import one_at_a_time
from core.people.models import Agency, DesignationKind, Person, StaffRole
from core.people.services import agencies_of, designated, staff_of
from core.policy import Decision
from core.policy.vocabulary import ClockName
from core.typed import refuse_client_data
from core.ui import times
from core.workcalendar import WallClock, instant, wall_clock
from helpdesk.matters import mails
from helpdesk.matters.breaches.models import BreachReport
from helpdesk.matters.permissions import Permission
from helpdesk.matters.places import agency_in_reach, is_of_the_lead
from helpdesk.matters.policies import due_at_agency, policy_at

NOTICE = str(ClockName.BREACH_NOTICE)
REMIND = (timedelta(hours=4),)
OFFICERS = (
    DesignationKind.REPRESENTATIVE,
    DesignationKind.EXECUTIVE_DIRECTOR,
    DesignationKind.SECURITY_OFFICER,
    DesignationKind.ADMINISTRATOR,
)
HEADING = "A breach of security or confidentiality"
# The longest that a breach is known of and still told as one; before that it is a slip of the year.
FURTHEST_BACK = timedelta(days=5 * 366)


def agency_meant(principal: Principal, name: str, now: datetime) -> Agency:
    """Where it happened: the Lead's staff name any agency they serve, everybody else one where they work."""
    if principal.is_lead_staff:
        return agency_in_reach(principal, Permission.BREACH_REPORT, name)
    mine = agencies_of(principal.person_id, now)
    if not name and len(mine) == 1:
        return mine[0]
    agency = next((agency for agency in mine if agency.name.lower() == name.lower()), None)
    if agency is None:
        names = " or ".join(agency.name for agency in mine)
        raise Invalid("You do not work at an agency of that name.", f"Name {names}.", field="agency")
    return agency


def when_known(agency: Agency, day: date, at_time: time, now: datetime) -> datetime:
    """The instant of what was typed, in the agency's zone. Raises Invalid for one to come, or that never was."""
    if day < (now - FURTHEST_BACK).date():
        raise Invalid("That is years ago.", "Check the year.", field="known_on")
    naive = datetime.combine(day, at_time)
    if wall_clock(naive, agency.zone) is WallClock.NEVER:
        raise Invalid("The clocks go forward over that time, so it does not exist on that day.", field="known_time")
    known = instant(naive, agency.zone)
    if known > now:
        raise Invalid("That has not come yet.", "Say when the agency knew of the breach.", field="known_on")
    return known


def note_breach(
    agency: Agency, by: Principal, known_at: datetime, words: str, once: str, now: datetime
) -> BreachReport:
    """Write it down. From the agency it is its report; from the Lead's staff it is what they found out (MO-HD-6)."""
    one_at_a_time(once)
    if earlier := db.session.scalar(select(BreachReport).where(BreachReport.once == once)):
        return _same_form(earlier, by)
    if not words:
        raise Invalid("Say what happened.", field="text")
    if known_at < now - FURTHEST_BACK:
        raise Invalid("That is years ago.", "Check the year.", field="known_at")
    refuse_client_data(words, "text")
    policy = policy_at(agency.coc, now)
    is_report = not is_of_the_lead(by, agency)
    row = BreachReport(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        agency=agency,
        known_at=known_at,
        text=words,
        recorded_by_id=by.person_id,
        recorded_at=now,
        reported_at=now if is_report else None,
        reported_by_id=by.person_id if is_report else None,
        pack=policy.pack,
        pack_version=policy.version,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    record("breach.noted", row, data={"known": known_at, "reported": is_report})
    if policy.has(ClockName.BREACH_NOTICE):
        clock = _open_clock(row, due_at_agency(policy, ClockName.BREACH_NOTICE, known_at, agency))
        if is_report:
            meet(clock, now, "The agency told the help desk.")
    says = f"A breach at {agency.name} has been reported to the help desk. It is urgent."
    mails.tell(_told(agency, now), row, f"/breaches/{row.id}", says, once="noted", heading=HEADING)
    return row


def _same_form(earlier: BreachReport, by: Principal) -> BreachReport:
    if earlier.recorded_by_id != by.person_id:
        raise Conflict("This form was sent before.", "Load the page again to start a new one.")
    return earlier


def _open_clock(row: BreachReport, decision: Decision) -> Deadline:
    return open_deadline(
        NOTICE,
        row,
        decision,
        title=f"Report of a breach, {row.agency.name}",
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=row.agency_id,
        holder="agency",
        warn_before=REMIND,
    )


def _told(agency: Agency, at: datetime) -> list[Person]:
    lead = [
        person
        for role in (StaffRole.MANAGER, StaffRole.ADMIN)
        for person in staff_of(agency.lead_id, role, at, agency.coc_id)
    ]
    return list({person.id: person for person in (*lead, *officers(agency, at))}.values())


def officers(agency: Agency, at: datetime) -> list[Person]:
    return [person for kind in OFFICERS for person in designated(agency.id, kind, at)]


def report(row: BreachReport, by: Principal, now: datetime) -> None:
    """The agency tells the help desk of what the Lead had found out."""
    if is_of_the_lead(by, row.agency) or not by.can(Permission.BREACH_REPORT, agency=row.agency):
        raise Forbidden("The report is the agency's to give.", rule="MO-HD-6")
    if row.reported_at is not None:
        raise Conflict("The agency has reported this already.", "Load the page again to see when.")
    row.reported_at, row.reported_by_id = now, by.person_id
    clock = clock_of(row)
    if clock is not None and clock.is_open:
        meet(clock, now, "The agency told the help desk.")
    record("breach.reported", row, data={"late": bool(clock and clock.is_late(now))})


def close(row: BreachReport, by: Principal, words: str, now: datetime) -> None:
    """The Lead has seen to it; what was done stays on record. Probation is not decided here."""
    if row.closed_at is not None:
        raise Conflict("Somebody has closed this already.", "Load the page again to see who.")
    if not words:
        raise Invalid("Say what was done.", field="outcome")
    refuse_client_data(words, "outcome")
    row.closed_at, row.closed_by_id, row.outcome = now, by.person_id, words
    record("breach.closed", row)


def clock_of(row: BreachReport) -> Deadline | None:
    return next(iter(deadlines_of(row, NOTICE)), None)


def late_by(row: BreachReport, now: datetime) -> str:
    """By how much the agency's report was late, or is by now; empty for on time, or where no clock runs."""
    clock = clock_of(row)
    at = row.reported_at or now
    return times.say_left(clock.due_at, at) if clock and clock.is_late(at) else ""
