from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.once import one_at_a_time
from core.people.models import Agency
from core.typed import client_id, must_say, refuse_client_data
from core.workcalendar import WallClock, instant, wall_clock
from helpdesk.requests.clients import mails, rules
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.clients.rules import TRANSITIONS, Act, ClientState
from helpdesk.requests.rows import closures, in_force

CLOCK = "client-request"
REMIND = (timedelta(days=7), timedelta(days=1))
OLDEST = timedelta(days=366)
LONGEST_OWN = 3650


@dataclass(frozen=True)
class Asked:
    """A client's request as it is entered."""

    client_id: str
    kind: str
    received_at: datetime
    once: str
    is_spoken: bool = False
    what: str = ""
    own_days: int | None = None
    ticket_id: int | None = None


def stamp(agency: Agency, day: date | None, at_time: time | None, now: datetime) -> datetime:
    """When it was received, on the agency's own clocks; now where nothing was typed. Raises Invalid."""
    if day is None and at_time is None:
        return now
    if day is None or at_time is None:
        raise Invalid("Give the day and the time, or neither.", "Then it is stamped now.", field="received_on")
    naive = datetime.combine(day, at_time)
    if wall_clock(naive, agency.zone) is WallClock.NEVER:
        raise Invalid("The clocks went forward over that hour.", "Give a time that existed.", field="received_time")
    return instant(naive, agency.zone)


def take_in(agency: Agency, asked: Asked, by: Principal, now: datetime) -> ClientRequest:
    """Write it down with the instant of its receipt and its clock. Rules: SON-HD-9, MO-HD-11, VT-HD-6"""
    one_at_a_time(asked.once)
    if earlier := db.session.scalar(select(ClientRequest).where(ClientRequest.once == asked.once)):
        return _same_form(earlier, agency, asked, by)
    policy = in_force(agency.coc, now)
    number = client_id(asked.client_id)
    refuse_client_data(asked.what, "what")
    if asked.kind not in rules.kinds(policy):
        raise Invalid("Choose what the client asks for.", field="kind")
    _must_be_possible(asked, now)
    own = asked.own_days if rules.asks_own_limit(policy) else None
    due = rules.answer_due(policy, asked.kind, asked.received_at, agency.zone, closures(agency.lead_id), own)
    row = ClientRequest(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        coc=agency.coc,
        agency_id=agency.id,
        agency=agency,
        client_id=number,
        kind=asked.kind,
        is_spoken=asked.is_spoken,
        what=asked.what,
        received_at=asked.received_at,
        own_days=own,
        recorded_by_id=by.person_id,
        recorded_at=now,
        state=ClientState.OPEN,
        ticket_id=asked.ticket_id,
        pack=policy.pack,
        pack_version=policy.version,
        once=asked.once,
    )
    db.session.add(row)
    db.session.flush()
    if due is not None:
        open_deadline(
            CLOCK,
            row,
            due,
            title=f"Answer client request {row.id}, {agency.name}",
            lead_id=row.lead_id,
            coc_id=row.coc_id,
            agency_id=row.agency_id,
            holder="agency",
            warn_before=REMIND,
        )
    record("client-request.received", row, data={"kind": row.kind, "received": row.received_at})
    mails.received(row, due.due if due else None, now)
    return row


def _same_form(earlier: ClientRequest, agency: Agency, asked: Asked, by: Principal) -> ClientRequest:
    same = (earlier.agency_id, earlier.recorded_by_id, earlier.client_id, earlier.kind)
    if same != (agency.id, by.person_id, asked.client_id.strip(), asked.kind):
        raise Conflict("This form was sent before, for something else.", "Load the page again to start a new one.")
    return earlier


def _must_be_possible(asked: Asked, now: datetime) -> None:
    if asked.received_at > now:
        raise Invalid("That is still to come.", "Give the day and time it was received.", field="received_on")
    if asked.received_at < now - OLDEST:
        raise Invalid("That is more than a year ago.", "Check the year.", field="received_on")
    if asked.own_days is not None and not 1 <= asked.own_days <= LONGEST_OWN:
        raise Invalid("The agency's own limit is a number of days, 1 or more.", field="own_days")


def own_limit_of(agency: Agency) -> int | None:
    """The agency's own limit as it was given last."""
    query = select(ClientRequest.own_days).where(ClientRequest.agency_id == agency.id)
    return db.session.scalar(query.order_by(ClientRequest.id.desc()).limit(1))


def answer(row: ClientRequest, by: Principal, reason: str, now: datetime) -> None:
    must_say(reason, "For example: shown to the client, who took a copy along.")
    _decide(row, Act.ANSWER, by, reason, now)


def refuse(row: ClientRequest, by: Principal, reason: str, now: datetime) -> None:
    """A refusal has its reason, which the client is told. Rules: VT-HD-6"""
    must_say(reason, "The client is told it, and it goes into their record.")
    _decide(row, Act.REFUSE, by, reason, now)


def withdraw(row: ClientRequest, by: Principal, reason: str, now: datetime) -> None:
    must_say(reason, "For example: the client no longer wants it.")
    _decide(row, Act.WITHDRAW, by, reason, now)


def _decide(row: ClientRequest, act: Act, by: Principal, reason: str, now: datetime) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise Conflict(f"This request was {row.state} before.", "Load the page again to see how it stands.")
    row.state, row.decided_by_id, row.decided_at, row.decision_reason = following, by.person_id, now, reason
    clock = clock_row(row)
    if clock is not None and clock.is_open:
        (cancel if following is ClientState.WITHDRAWN else meet)(clock, now, f"{following.capitalize()}.")
    record(f"client-request.{following}", row, data={"reason": reason, "late": lateness(row, clock, now)})


def clock_row(row: ClientRequest) -> Deadline | None:
    return next(iter(deadlines_of(row, CLOCK)), None)


def lateness(row: ClientRequest, clock: Deadline | None, now: datetime) -> str:
    """By how much it was answered late, or is late by now; empty for on time, withdrawn, or without a limit."""
    if clock is None or row.state is ClientState.WITHDRAWN:
        return ""
    return rules.late_by(clock.due_at, row.decided_at or now)
