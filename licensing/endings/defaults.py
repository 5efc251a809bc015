"""One side is in default and has days to cure it; or access is suspended at once. Rule: SAC-LI-6."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Forbidden, Invalid
from core.once import KeyUsed
from core.people.models import Agency, AgencyStatus
from core.policy.vocabulary import ClockName
from core.ui import times
from licensing.access import holds
from licensing.access.models import HoldKind, License, LicenseState
from licensing.access.services import hold, local_day, policy_in_force
from licensing.agencies import papers
from licensing.agencies.models import How
from licensing.agencies.permissions import Permission
from licensing.endings import mails, rules, services
from licensing.endings.models import DefaultNotice, Ending, Suspension
from licensing.endings.rules import DEFAULT_TRANSITIONS, DefaultAct, DefaultState, Party
from licensing.endings.services import Notice
from licensing.overtaken import overtaken

CURE = "default-cure"
REMIND = (timedelta(days=3), timedelta(days=1))


def open_defaults(agency: Agency) -> list[DefaultNotice]:
    query = select(DefaultNotice).where(DefaultNotice.agency_id == agency.id, DefaultNotice.state == DefaultState.OPEN)
    return list(db.session.scalars(query.order_by(DefaultNotice.id)))


def may_give(agency: Agency, party: Party, by: Principal) -> bool:
    """The Lead tells the agency that it is in default, and the agency the Lead."""
    is_lead = by.can(Permission.SUSPEND, agency=agency)
    return is_lead if party is Party.AGENCY else by.can(Permission.END, agency=agency) and not is_lead


def give(
    agency: Agency, party: Party, reason: str, given: date, once: str, by: Principal, at: datetime
) -> DefaultNotice:
    """`party` is in default. Raises Invalid where the manual knows no such notice."""
    hold(agency)
    if earlier := db.session.scalar(select(DefaultNotice).where(DefaultNotice.once == once)):
        if (earlier.agency_id, earlier.party, earlier.reason) != (agency.id, party, reason):
            raise KeyUsed
        return earlier
    policy = policy_in_force(agency.coc, at)
    if not policy.has(ClockName.DEFAULT_CURE):
        raise Invalid("This community's agreement knows no notice of default.", "Use its ladder of violations.")
    if not may_give(agency, party, by):
        raise Forbidden("One side tells the other that it is in default.", "Ask the HMIS Lead.")
    if agency.status is AgencyStatus.ENDED:
        raise Conflict(f"{agency.name} does not take part any more.")
    papers.must_be_past(agency, given, at, "given_on")
    if any(one.party is party for one in open_defaults(agency)):
        raise Conflict("There is a notice of default already.", "Close that one first.")
    until = rules.cure(policy, given, agency.zone)
    row = DefaultNotice(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        agency=agency,
        party=party,
        reason=reason,
        given_on=given,
        by_id=by.person_id,
        at=at,
        cure_by=until.due.replace(microsecond=0),
        state=DefaultState.OPEN,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    open_deadline(
        CURE,
        row,
        until,
        title=f"Cure the default: {agency.name if party is Party.AGENCY else 'the HMIS Lead'}",
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=row.agency_id,
        holder=str(party),
        warn_before=REMIND,
    )
    record("agency.default_noted", row, data={"party": party, "reason": reason, "cure_by": row.cure_by})
    mails.default_given(row, until, at)
    return row


def close(row: DefaultNotice, act: DefaultAct, why: str, by: Principal, at: datetime) -> None:
    """Cured, or withdrawn: the agreement goes on. Who gave the notice says so."""
    _must_be_theirs(row, by)
    _move(row, act)
    row.closed_at, row.closed_by_id, row.closed_why = at, by.person_id, why
    for clock in deadlines_of(row, CURE):
        if not (clock.is_open or clock.is_missed):
            continue
        if act is DefaultAct.CURE:
            meet(clock, at, "The default was cured.")
        else:
            cancel(clock, at, "The notice was withdrawn.")
    record(f"agency.default_{row.state}", row, data={"why": why})
    mails.default_closed(row, at)


def declare_ended(row: DefaultNotice, why: str, once: str, by: Principal, at: datetime) -> Ending:
    """The default was not cured in its time, so that the other side ends the agreement at once (SAC-LI-6)."""
    agency = row.agency
    hold(agency)
    db.session.refresh(row)
    _must_be_theirs(row, by)
    zone = agency.zone
    if at < row.cure_by + timedelta(seconds=1):
        day = times.say_due(row.cure_by.astimezone(zone))
        raise Conflict(
            f"The default can be cured until {day}.", "The agreement can be ended after that.", rule="SAC-LI-6"
        )
    _move(row, DefaultAct.END)
    row.closed_at, row.closed_by_id, row.closed_why = at, by.person_id, why
    earlier = services.running(agency)
    if earlier is not None and earlier.state is rules.EndingState.NOTICE:
        for clock in deadlines_of(earlier, services.END):
            if clock.is_open:
                cancel(clock, at, "The agreement was ended at once.")
        earlier.state, earlier.withdrawn_at = rules.EndingState.WITHDRAWN, at
        earlier.withdrawn_by_id, earlier.withdrawn_why = by.person_id, "The agreement was ended at once."
        db.session.flush()
    today = local_day(at, agency.tz)
    party = Party.LEAD if row.party is Party.AGENCY else Party.AGENCY
    told = Notice(party, today, How.LETTER, today, why, once)
    end = rules.at_once(policy_in_force(agency.coc, at), at, zone, row.cure_by)
    record("agency.default_ended", row, data={"why": why})
    return services.write(agency, told, end, by, at, default=row)


def _must_be_theirs(row: DefaultNotice, by: Principal) -> None:
    if not may_give(row.agency, row.party, by):
        raise Forbidden("Who gave the notice decides on it.")


def _move(row: DefaultNotice, act: DefaultAct) -> None:
    following = DEFAULT_TRANSITIONS.get((row.state, act))
    if following is None:
        raise overtaken(f"This notice is {row.state}", row.closed_at, row.agency.zone)
    row.state = following


# ------------------------------------------------------------------ suspended at once


def suspended(agency: Agency) -> Suspension | None:
    query = select(Suspension).where(Suspension.agency_id == agency.id, Suspension.lifted_at.is_(None))
    return db.session.scalar(query)


def suspensions(agency: Agency) -> list[Suspension]:
    query = select(Suspension).where(Suspension.agency_id == agency.id)
    return list(db.session.scalars(query.order_by(Suspension.id.desc())))


def suspend(agency: Agency, reason: str, by: Principal, at: datetime) -> Suspension:
    """All access of the agency, at once, on credible evidence of a breach, until it is lifted (SAC-LI-6)."""
    hold(agency)
    db.session.refresh(agency)
    if agency.status is AgencyStatus.ENDED:
        raise Conflict(f"{agency.name} does not take part any more.", "It has no access.")
    if suspended(agency) is not None:
        raise Conflict(f"{agency.name} is suspended already.", "Load the page again to see how it stands.")
    row = Suspension(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        agency=agency,
        reason=reason,
        by_id=by.person_id,
        at=at,
        was=agency.status.value,
    )
    db.session.add(row)
    db.session.flush()
    agency.status = AgencyStatus.SUSPENDED
    for held in _licenses(agency):
        holds.hold(held, HoldKind.BREACH, f"suspension:{row.id}", "Access of the whole agency is suspended.", at)
    record("agency.suspended", row, data={"reason": reason})
    mails.suspended(row, at)
    return row


def lift(row: Suspension, why: str, by: Principal, at: datetime) -> None:
    """What was investigated is resolved: every license stands again as it did, less what else holds it."""
    agency = row.agency
    hold(agency)
    db.session.refresh(row)
    db.session.refresh(agency)
    if row.lifted_by:
        raise overtaken(f"{row.lifted_by.name} lifted this", row.lifted_at, agency.zone)
    row.lifted_at, row.lifted_by_id, row.lifted_why = at, by.person_id, why
    if agency.status is AgencyStatus.SUSPENDED:
        agency.status = AgencyStatus(row.was)
    for held in _licenses(agency):
        holds.lift(held, HoldKind.BREACH, at)
    record("agency.suspension_lifted", row, data={"why": why})
    mails.lifted(row, at)


def _licenses(agency: Agency) -> list[License]:
    query = select(License).where(License.agency_id == agency.id, License.state != LicenseState.ENDED)
    locked = query.order_by(License.id).with_for_update(of=License).execution_options(populate_existing=True)
    return list(db.session.scalars(locked))
