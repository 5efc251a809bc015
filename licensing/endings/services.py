"""An agency leaves: notice, the day it takes effect, the close-out, its data. Rules: MO-LI-6, SAC-LI-6, SON-LI-11."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, update
from werkzeug.datastructures import FileStorage

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Forbidden, Invalid
from core.once import KeyUsed
from core.people.models import Agency, AgencyStatus, Designation
from core.policy import Decision, Policy
from core.policy.vocabulary import ClockName, GateName
from core.ui import times
from licensing.access import planned
from licensing.access.models import OPEN_STATES, AccessRequest, License, LicenseState
from licensing.access.services import end_license, hold, local_day, policy_in_force
from licensing.access.services import withdraw as withdraw_request
from licensing.agencies import officers, papers
from licensing.agencies.models import How, Paper
from licensing.agencies.papers import Evidence
from licensing.agencies.permissions import Permission
from licensing.endings import mails, rules
from licensing.endings.models import DefaultNotice, Ending
from licensing.endings.rules import FURTHEST, TRANSITIONS, Act, EndingState, Party, Stations, Transfer
from licensing.overtaken import overtaken

END, WINDOW = "agency-end", "data-request-window"
BECAUSE = "the agency's participation ended"
REMIND_END = (timedelta(days=7), timedelta(days=1))
REMIND_WINDOW = (timedelta(days=14), timedelta(days=3))


@dataclass(frozen=True)
class Notice:
    """Who gives notice to whom, on which day, told how, and the last day of taking part."""

    party: Party
    noticed_on: date
    how: How
    last_day: date
    reason: str
    once: str
    file: FileStorage | None = None


def running(agency: Agency) -> Ending | None:
    """The ending that is under way, or that took effect; None where the agency stays."""
    query = select(Ending).where(Ending.agency_id == agency.id, Ending.state != EndingState.WITHDRAWN)
    return db.session.scalar(query.order_by(Ending.id.desc()).limit(1))


def give_notice(agency: Agency, told: Notice, by: Principal, at: datetime) -> Ending:
    """Raises Invalid for a day sooner than the manual's notice allows, Conflict where the end is set already."""
    hold(agency)
    if earlier := db.session.scalar(select(Ending).where(Ending.once == told.once)):
        if (earlier.agency_id, earlier.last_day, earlier.party) != (agency.id, told.last_day, told.party):
            raise KeyUsed
        return earlier
    _must_take_part(agency)
    _must_be_a_notice(agency, told, by, at)
    policy = policy_in_force(agency.coc, at)
    _must_leave_time(agency, told, policy, at)
    return write(agency, told, rules.ending(policy, told.noticed_on, told.last_day, agency.zone), by, at)


def _must_take_part(agency: Agency) -> None:
    row = running(agency)
    if agency.status is AgencyStatus.ENDED:
        raise Conflict(f"{agency.name} does not take part any more.", "There is nothing left to end.")
    if row is not None and row.state is EndingState.NOTICE:
        day = times.say_day(row.last_day)
        raise Conflict(f"Notice was given already: the last day is {day}.", "Withdraw that one first.")


def _must_be_a_notice(agency: Agency, told: Notice, by: Principal, at: datetime) -> None:
    is_lead = by.can(Permission.KEEP, agency=agency)
    if told.party is Party.LEAD and not is_lead:
        raise Forbidden("The HMIS Lead gives its own notice.")
    today = local_day(at, agency.tz)
    papers.must_be_past(agency, told.noticed_on, at, "noticed_on")
    if told.noticed_on != today and not is_lead:
        raise Invalid(
            "A notice that you give here is of today.", "Earlier letters are entered by the Lead.", "noticed_on"
        )
    if not told.reason:
        raise Invalid("Say why, in a few words.", field="reason")


def _must_leave_time(agency: Agency, told: Notice, policy: Policy, at: datetime) -> None:
    today = local_day(at, agency.tz)
    if told.last_day < today:
        raise Invalid("The last day cannot lie in the past.", f"Give {times.say_day(today)} or later.", "last_day")
    if told.last_day > today + FURTHEST:
        raise Invalid("That is more than a year ahead.", "Give notice when it is nearer.", "last_day")
    earliest = rules.earliest_end(policy, told.noticed_on, agency.zone)
    if told.last_day < earliest:
        value = policy.clock(ClockName.AGREEMENT_TERMINATION_NOTICE)
        raise Invalid(
            f"That is too soon: notice is given {value.span} before.",
            f"With notice on {times.say_day(told.noticed_on)}, the earliest last day is {times.say_day(earliest)}.",
            "last_day",
            value.rule,
        )


def write(
    agency: Agency, told: Notice, end: Decision, by: Principal, at: datetime, default: DefaultNotice | None = None
) -> Ending:
    row = Ending(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        agency=agency,
        party=told.party,
        reason=told.reason,
        noticed_on=told.noticed_on,
        how=told.how,
        last_day=told.last_day,
        ends_at=end.due.replace(microsecond=0),
        explanation=end.as_json(),
        default_id=default.id if default else None,
        file_id=papers.kept_file(told.file).id if told.file else None,
        by_id=by.person_id,
        at=at,
        state=EndingState.NOTICE,
        once=told.once,
    )
    db.session.add(row)
    db.session.flush()
    clock = open_deadline(
        END,
        row,
        end,
        title=f"Participation ends: {agency.name}",
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=row.agency_id,
        holder="lead",
        warn_before=REMIND_END,
    )
    record("agency.ending_noted", row, data={"party": told.party, "last_day": told.last_day, "reason": told.reason})
    if row.ends_at <= at:
        meet(clock, at, "Participation ended.")
        take_effect(row, at)
    else:
        _announce(row)
        mails.noted(row, at)
    return row


def _announce(row: Ending) -> None:
    """Written down now, so that every license ends then whether or not anything runs."""
    planned.replan(License.agency_id == row.agency_id)


def take_effect(row: Ending, at: datetime) -> None:
    """The end is there: every license, once; the open requests; the designations; then the agency itself."""
    _move(row, Act.END)
    agency = row.agency
    hold(agency)
    row.effective_at = at
    told = mails.people(agency, at)
    licenses = select(License).where(License.agency_id == agency.id, License.state != LicenseState.ENDED)
    for held in db.session.scalars(licenses.order_by(License.id).with_for_update(of=License)).all():
        end_license(held, min(at, held.ended_at) if held.ended_at else at, BECAUSE)
    asked = select(AccessRequest).where(AccessRequest.agency_id == agency.id, AccessRequest.state.in_(OPEN_STATES))
    for request in db.session.scalars(asked.order_by(AccessRequest.id)).all():
        withdraw_request(request, at)
    still = or_(Designation.ended_at.is_(None), Designation.ended_at > at)
    db.session.execute(update(Designation).where(Designation.agency_id == agency.id, still).values(ended_at=at))
    agency.status = AgencyStatus.ENDED
    _open_window(row)
    record("agency.ended", row, data={"last_day": row.last_day, "party": row.party})
    mails.ended(row, told)
    officers.look_at_the_end(agency.id, at)


def _open_window(row: Ending) -> None:
    until = window_of(row)
    if until is None or row.asked_on is not None:
        return
    open_deadline(
        WINDOW,
        row,
        until,
        title=f"Ask for the data: {row.agency.name}",
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=row.agency_id,
        holder="agency",
        warn_before=REMIND_WINDOW,
    )


def withdraw(row: Ending, why: str, by: Principal, at: datetime) -> None:
    """Who gave the notice takes it back while the agency still takes part."""
    _must_be_theirs(row, by)
    if row.state is EndingState.ENDED or row.ends_at <= at:
        raise Conflict("The participation has ended, so this cannot be taken back.", "The agency can come in anew.")
    if row.withdrawn_by:
        raise overtaken(f"{row.withdrawn_by.name} withdrew this notice", row.withdrawn_at, row.agency.zone)
    _move(row, Act.WITHDRAW)
    row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_why = at, by.person_id, why
    planned.replan(License.agency_id == row.agency_id)
    for clock in deadlines_of(row, END):
        if clock.is_open:
            cancel(clock, at, "The notice was withdrawn.")
    record("agency.ending_withdrawn", row, data={"why": why})
    mails.withdrawn(row, at)


def _must_be_theirs(row: Ending, by: Principal) -> None:
    is_lead = by.can(Permission.KEEP, agency=row.agency)
    if row.party is Party.LEAD and not is_lead:
        raise Forbidden("The HMIS Lead gave this notice, and takes it back.")


# ------------------------------------------------------------------ close-out


def items(row: Ending, at: datetime) -> dict[str, str]:
    return rules.close_out(policy_of(row, at))


def policy_of(row: Ending, at: datetime) -> Policy:
    """The pack in force when it ends, or today while the notice runs."""
    return policy_in_force(row.agency.coc, row.effective_at or at)


def may_confirm(row: Ending, item: str, by: Principal) -> bool:
    if by.can(Permission.KEEP, agency=row.agency):
        return True
    return item in rules.OF_AGENCY and by.can(Permission.CONFIRM, agency=row.agency)


def confirm(row: Ending, item: str, seen: Evidence, by: Principal, at: datetime) -> Paper:
    """A line of the close-out is done (MO-LI-6). Raises Conflict for what waits for the end."""
    hold(row.agency)
    if item not in items(row, at):
        raise Invalid("The close-out has no such line.")
    if not may_confirm(row, item, by):
        raise Forbidden("The HMIS Lead confirms this.")
    if item in rules.AFTER_THE_END and row.state is not EndingState.ENDED:
        day = times.say_day(row.last_day)
        raise Conflict(f"The agency's people have access until the end of {day}.", "Confirm it after that.")
    return papers.keep(row.agency, item, seen, by, at, number=row.id)


# ------------------------------------------------------------------ the agency's data


def stations(row: Ending) -> Stations:
    return Stations(row.asked_on, row.paid_on, row.delivered_on)


def window_of(row: Ending) -> Decision | None:
    return rules.window(policy_of(row, row.ends_at), row.ends_at, row.agency.zone)


def transfer_of(row: Ending, at: datetime) -> Transfer:
    return rules.transfer(stations(row), window_of(row), local_day(at, row.agency.tz))


Bills = Callable[[Ending], date | None]
_bills: list[Bills] = []


def bills_transfers(says: Bills) -> Bills:
    """Decorator: the function knows what was billed for the transfer of an agency's data. It raises Conflict while that
    is not paid, gives the invoice's day where it is, and None where nothing was billed."""
    if says not in _bills:
        _bills.append(says)
    return says


def _must_be_settled(row: Ending) -> date | None:
    return next((day for says in _bills if (day := says(row)) is not None), None)


def move_data(row: Ending, step: Transfer, seen: Evidence, by: Principal, at: datetime) -> None:
    """The agency asked, paid, or has its data. Raises Invalid for a request that came too late, Conflict for a
    delivery before the payment (SON-LI-11)."""
    agency = row.agency
    hold(agency)
    db.session.refresh(row)
    papers.must_be_past(agency, seen.day, at)
    match step:
        case Transfer.ASKED:
            _ask(row, seen, at)
        case Transfer.PAID:
            _must_be(by, row)
            _must_be_asked(row)
            _must_be_settled(row)
            row.paid_on = seen.day
        case Transfer.DELIVERED:
            _must_be(by, row)
            _must_be_asked(row)
            if _must_be_settled(row) is not None and row.paid_on is None:
                row.paid_on = seen.day
            _must_be_paid(row, at)
            row.delivered_on = seen.day
        case _:
            raise Invalid("There is no such step.")
    papers.keep(agency, f"data-{step}", seen, by, at, number=row.id)
    record("agency.data_transfer", row, data={"step": step, "day": seen.day})


def _ask(row: Ending, seen: Evidence, at: datetime) -> None:
    until = window_of(row)
    if until is not None and seen.day > until.due.date():
        raise Invalid(
            f"The agency could ask for its data until {times.say_day(until.due.date())}.",
            "Without an exception of the community the request comes too late.",
            "day",
            until.rule,
        )
    if row.asked_on is not None:
        raise Conflict(f"The data was asked for on {times.say_day(row.asked_on)}.")
    row.asked_on = seen.day
    for clock in deadlines_of(row, WINDOW):
        if clock.is_open or clock.is_missed:
            meet(clock, _moment(clock, at), "The agency asked for its data.")


def _moment(clock: Deadline, at: datetime) -> datetime:
    """A letter of the last day counts as of then, whenever it is entered."""
    return min(at, clock.due_at)


def _must_be(by: Principal, row: Ending) -> None:
    if not by.can(Permission.KEEP, agency=row.agency):
        raise Forbidden("The HMIS Lead confirms this.")


def _must_be_asked(row: Ending) -> None:
    if row.asked_on is None:
        raise Conflict("Nobody has asked for the data yet.", "Enter the request first.")


def _must_be_paid(row: Ending, at: datetime) -> None:
    policy = policy_of(row, at)
    if row.paid_on is None and rules.must_be_paid_first(policy):
        line = policy.gate(GateName.DATA_TRANSFER).requires[0]
        raise Conflict("The transfer has not been paid yet.", "The data is delivered after that.", rule=line.rule)


def _move(row: Ending, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise overtaken("This ending is " + row.state, row.effective_at or row.withdrawn_at, row.agency.zone)
    row.state = following


planned.ends(
    select(func.min(Ending.ends_at))
    .where(Ending.agency_id == License.agency_id, Ending.state == EndingState.NOTICE)
    .correlate(License)
    .scalar_subquery()
)
