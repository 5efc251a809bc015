from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, deadlines_of, meet, open_deadline
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.once import one_at_a_time
from core.people.models import Agency, CoC, Person
from core.policy import Policy
from core.policy.vocabulary import Requirement
from core.typed import client_id, must_say, refuse_client_data
from core.ui import times
from helpdesk.requests.demands import mails, rules
from helpdesk.requests.demands.models import DemandLine, Disclosure, OutsideDemand
from helpdesk.requests.demands.rules import TRANSITIONS, Act, Confirmed, DemandKind, DemandState, Need
from helpdesk.requests.permissions import Permission
from helpdesk.requests.rows import closures, in_force, local_day

REVIEW = "legal-review"
REMIND = (timedelta(days=3), timedelta(days=1))
OLDEST = timedelta(days=366)
MOST_CLIENTS = 100
TOLD = {"client": "The client", "caseworker": "The client's caseworker"}


@dataclass(frozen=True)
class Told:
    """A demand as it is entered."""

    kind: DemandKind
    who: str
    what: str
    once: str
    client_id: str = ""
    ticket_id: int | None = None


def take_in(coc: CoC, agency: Agency | None, told: Told, by: Principal, now: datetime) -> OutsideDemand:
    """Record it, whoever asks and whatever for; nothing is released by that. Rules: SON-HD-10, VT-HD-5"""
    one_at_a_time(told.once)
    if earlier := db.session.scalar(select(OutsideDemand).where(OutsideDemand.once == told.once)):
        if (earlier.recorded_by_id, earlier.who, earlier.what) != (by.person_id, told.who, told.what):
            raise Conflict("This form was sent before, for something else.", "Load the page again to start a new one.")
        return earlier
    number = client_id(told.client_id) if told.client_id.strip() else ""
    refuse_client_data(told.who, "who")
    refuse_client_data(told.what, "what")
    policy = in_force(coc, now)
    row = OutsideDemand(
        lead_id=coc.lead_id,
        coc_id=coc.id,
        coc=coc,
        agency_id=agency.id if agency else None,
        agency=agency,
        kind=told.kind,
        who=told.who,
        what=told.what,
        client_id=number,
        received_at=now,
        recorded_by_id=by.person_id,
        recorded_by=db.session.get_one(Person, by.person_id),
        state=DemandState.RECEIVED,
        ticket_id=told.ticket_id,
        pack=policy.pack,
        pack_version=policy.version,
        once=told.once,
    )
    db.session.add(row)
    db.session.flush()
    record("demand.received", row, data={"kind": row.kind, "who": row.who})
    mails.received(row, now)
    return row


# ------------------------------------------------------------------ the check list


def confirmed_lines(row: OutsideDemand) -> list[DemandLine]:
    query = select(DemandLine).where(DemandLine.demand_id == row.id).options(joinedload(DemandLine.confirmed_by))
    return list(db.session.scalars(query.order_by(DemandLine.id).execution_options(populate_existing=True)))


def met_lines(row: OutsideDemand) -> frozenset[Requirement]:
    return frozenset(line.requirement for line in confirmed_lines(row))


def check_list(row: OutsideDemand, now: datetime) -> list[rules.Line]:
    seen = {
        line.requirement: Confirmed(line.confirmed_by.name, line.evidence, line.at) for line in confirmed_lines(row)
    }
    return rules.lines(in_force(row.coc, now), row.kind, seen)


def _line_named(row: OutsideDemand, name: str, by: Principal, policy: Policy) -> Requirement:
    """The line of the pack's gate. Raises NotFound for none, Forbidden for one that is the Lead's to confirm."""
    gate = rules.gate_for(policy, row.kind)
    line = next((line for line in gate.names() if line == name), None) if gate else None
    if line is None:
        raise NotFound
    needed = Permission.DEMAND_RELEASE if line in rules.FOR_THE_LEAD else Permission.DEMAND_HANDLE
    if not by.can(needed, agency=row.agency, coc=row.coc):
        raise Forbidden("This line is not yours to confirm.", rules.WHO_LEAD)
    return line


def confirm(row: OutsideDemand, name: str, by: Principal, evidence: str, now: datetime) -> None:
    """A condition holds, and what was seen. Rules: VT-HD-5 (counsel not before the review has run), SON-HD-10"""
    policy = in_force(row.coc, now)
    line = _line_named(row, name, by, policy)
    must_say(evidence, "What you saw, and where it is kept.")
    met = met_lines(row)
    if line in met:
        raise Conflict("Somebody has confirmed this line already.", "Load the page again to see who.")
    if line is Need.LEGAL_COUNSEL_APPROVED and rules.is_reviewed(policy, row.kind):
        _end_review(row, now)
    _move(row, Act.CONFIRM)
    values = {"requirement": line, "evidence": evidence, "confirmed_by_id": by.person_id, "at": now}
    db.session.add(DemandLine(demand_id=row.id, **values))
    db.session.flush()
    record("demand.line-confirmed", row, data={"line": line, "evidence": evidence})


def _end_review(row: OutsideDemand, now: datetime) -> None:
    review = review_of(row)
    if review is None:
        raise Conflict("It has not been sent to legal counsel yet.", "Send it first; counsel needs days to review it.")
    earliest = datetime.fromisoformat(review.explanation["earliest"]).astimezone(ZoneInfo(row.tz)).date()
    if local_day(now, row.tz) < earliest:
        day = times.say_day(earliest)
        raise Conflict("The review has not run long enough.", f"The manual's shortest review ends on {day}.")
    if review.is_open:
        meet(review, now, "Legal counsel approved.")


def take_back(row: OutsideDemand, name: str, by: Principal, now: datetime) -> None:
    """A line was confirmed in error."""
    line = _line_named(row, name, by, in_force(row.coc, now))
    kept = next((one for one in confirmed_lines(row) if one.requirement is line), None)
    if kept is None:
        raise Conflict("This line is not confirmed.", "Load the page again to see how it stands.")
    _move(row, Act.TAKE_BACK)
    db.session.delete(kept)
    record("demand.line-taken-back", row, data={"line": line, "evidence": kept.evidence})


def send_to_counsel(row: OutsideDemand, now: datetime) -> None:
    """The review starts once the five points of the form are checked. Rules: VT-HD-5"""
    policy = in_force(row.coc, now)
    if not rules.is_reviewed(policy, row.kind):
        raise Conflict("The manual asks for no legal review of this.")
    if row.sent_to_counsel_at is not None:
        raise Conflict("It is with legal counsel already.", "Load the page again to see since when.")
    if not rules.form_is_checked(met_lines(row)):
        raise Conflict("The form is not checked yet.", "Confirm its five points first.", rule="VT-HD-5")
    _move(row, Act.SEND_TO_COUNSEL)
    row.sent_to_counsel_at = now
    due = rules.review(policy, now, ZoneInfo(row.tz), closures(row.lead_id))
    open_deadline(
        REVIEW,
        row,
        due,
        title=f"Legal review of outside demand {row.id}",
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=None,
        holder="lead",
        warn_before=REMIND,
    )
    record("demand.sent-to-counsel", row, data={"due": due.due})


def review_of(row: OutsideDemand) -> Deadline | None:
    return next(iter(deadlines_of(row, REVIEW)), None)


# ------------------------------------------------------------------ the end of it


def refuse(row: OutsideDemand, by: Principal, reason: str, now: datetime) -> None:
    """Rules: SON-HD-10, VT-HD-5 (nobody is obliged to release anything)"""
    must_say(reason, "What they were told. No client names.")
    _decide(row, Act.REFUSE, by, reason, now)
    record("demand.refused", row, data={"reason": reason})
    mails.decided(row, _waits(row, now), now)


def release(row: OutsideDemand, by: Principal, clients: str, what: str, now: datetime) -> list[Disclosure]:
    """Write every client into the log. Raises Conflict while any condition is missing. Rules: VT-HD-5, SON-HD-9"""
    policy = in_force(row.coc, now)
    met = met_lines(row)
    if TRANSITIONS.get((row.state, Act.RELEASE)) and not rules.may_release(policy, row.kind, met):
        raise _cannot(policy, row, met)
    must_say(what, "Which data went out, on what paper.")
    numbers = _numbers(clients)
    _decide(row, Act.RELEASE, by, what, now)
    gate = rules.gate_for(policy, row.kind)
    assert gate is not None, "what may be released has a gate"
    ground = " ".join(line.says for line in gate.requires if line.requirement in met)
    logged = [
        Disclosure(
            lead_id=row.lead_id,
            coc_id=row.coc_id,
            agency_id=row.agency_id,
            demand_id=row.id,
            client_id=number,
            to_whom=row.who,
            what=what,
            ground=ground,
            rule=gate.rule,
            released_by_id=by.person_id,
            released_at=now,
            kept_until=rules.kept_until(policy, local_day(now, row.tz)),
        )
        for number in numbers
    ]
    db.session.add_all(logged)
    db.session.flush()
    record("demand.released", row, data={"clients": len(numbers), "rule": gate.rule})
    mails.decided(row, _waits(row, now), now)
    return logged


def _cannot(policy: Policy, row: OutsideDemand, met: frozenset[Requirement]) -> Conflict:
    gate = rules.gate_for(policy, row.kind)
    if gate is None:
        return Conflict("The manual names no way to release data to them.", "Refuse it, and ask the Lead's director.")
    words = "All of this is missing:" if gate.needs == "all" else "One of these is needed:"
    return Conflict(f"Nothing can be released yet. {words} {' '.join(rules.missing(policy, row.kind, met))}")


def _numbers(given: str) -> list[str]:
    """The client IDs, each once. Raises Invalid for a name among them."""
    wanted = [part for part in given.replace(";", ",").replace("\n", ",").split(",") if part.strip()]
    if not wanted:
        raise Invalid("Give the HMIS ID of every client concerned.", "Separate them by commas.", field="clients")
    if len(wanted) > MOST_CLIENTS:
        raise Invalid(f"That is more than {MOST_CLIENTS} clients.", "Release them in parts.", field="clients")
    return list(dict.fromkeys(client_id(part, "clients") for part in wanted))


def _decide(row: OutsideDemand, act: Act, by: Principal, reason: str, now: datetime) -> None:
    _move(row, act)
    row.decided_by_id, row.decided_at, row.decision_reason = by.person_id, now, reason
    review = review_of(row)
    if review is not None and review.is_open:
        meet(review, now, "The demand is decided.")


def _move(row: OutsideDemand, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise Conflict(f"This demand was {row.state} before.", "Load the page again to see how it stands.")
    row.state = following


def tell(row: OutsideDemand, by: Principal, whom: str, how: str, now: datetime) -> None:
    """The client or their caseworker knows of the attempt. Rules: SON-HD-10"""
    if whom not in TOLD:
        raise Invalid("Say who was told.", field="whom")
    must_say(how, "For example: by phone, with a copy of the letter.")
    if row.told_at is not None:
        raise Conflict("Somebody has told them already.", "Load the page again to see who.")
    row.told_at, row.told_by_id, row.told_whom, row.told_how = now, by.person_id, whom, how
    record("demand.client-told", row, data={"whom": whom})


def _waits(row: OutsideDemand, now: datetime) -> bool:
    return row.told_at is None and rules.owes_telling(in_force(row.coc, now))
