from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Forbidden, Invalid
from core.once import one_at_a_time
from core.people.models import Agency, CoC, Person, StaffRole
from core.people.services import staff_of
from core.policy import Decision, Policy
from core.policy.vocabulary import ClockName
from core.typed import must_say, refuse_client_data
from core.ui import times
from helpdesk.requests.data import mails, rules
from helpdesk.requests.data.models import DataRequest, DataRequestStep, DataRequestVote
from helpdesk.requests.data.rules import OPEN_STATES, TRANSITIONS, Act, Answers, DataState, Tally, Vote
from helpdesk.requests.rows import closures, in_force

DELIVERY = "data-request"
LEAD_TIME = "data-request-lead-time"
REMIND = (timedelta(days=7), timedelta(days=1))
FURTHEST = timedelta(days=3 * 366)
VOTING_SEATS = (StaffRole.COC_LEADERSHIP, StaffRole.DATA_COMMITTEE, StaffRole.ADVISORY_COMMITTEE)


@dataclass(frozen=True)
class Asked:
    """A data request as it was filled in. `facts` are the answers that its place in the queue depends on."""

    answers: Answers
    title: str
    elements: str
    reason: str
    once: str
    for_whom: str = ""
    period: str = ""
    recipient: str = ""
    need_by: date | None = None
    exception: str = ""
    facts: dict[str, str] | None = None
    ticket_id: int | None = None

    @property
    def said(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in SAID}


SAID = ("title", "elements", "reason", "for_whom", "period", "recipient", "exception")
MISSING = {
    "elements": "Say which data you want.",
    "period": "Say which period the data is to cover.",
    "reason": "Say why the report is wanted.",
    "recipient": "Say to whom the report will be released.",
}


def ask(coc: CoC, agency: Agency | None, asked: Asked, by: Principal, now: datetime) -> DataRequest:
    """Write the request; the answers decide at once whether the CoC must approve. Rules: MO-HD-8, VT-HD-2, SON-HD-8"""
    one_at_a_time(asked.once)
    if earlier := db.session.scalar(select(DataRequest).where(DataRequest.once == asked.once)):
        return _same_form(earlier, asked, by)
    policy = in_force(coc, now)
    zone = ZoneInfo(agency.tz if agency else coc.tz)
    _must_be_whole(policy, asked)
    notice = _notice(policy, asked, zone, coc.lead_id, now)
    row = _write(coc, agency, asked, policy, by, now)
    step(row, Act.ASK, by, asked.reason, now, rule=row.route["rule"])
    _open_clocks(row, policy, notice, now)
    record("data-request.asked", row, data={"kind": row.route["kind"], "needs_approval": row.needs_approval})
    mails.asked(row, now)
    if row.needs_approval:
        mails.to_vote(row, voters(row, now))
    return row


def _same_form(earlier: DataRequest, asked: Asked, by: Principal) -> DataRequest:
    if (earlier.asked_by_id, earlier.title, earlier.elements) != (by.person_id, asked.title, asked.elements):
        raise Conflict("This form was sent before, for something else.", "Load the page again to start a new one.")
    return earlier


def _must_be_whole(policy: Policy, asked: Asked) -> None:
    if told := rules.contradiction(asked.answers):
        raise Invalid(told, "Change who asks, or whom it is about.", field="about", rule="MO-HD-8")
    missing = next((name for name in MISSING if name in rules.must_say(policy) and not asked.said[name]), None)
    if missing:
        raise Invalid(MISSING[missing], field=missing)
    if not asked.title:
        raise Invalid("Give it a short title.", "For example: Exits to housing, last year.", field="title")
    for field, words in asked.said.items():
        refuse_client_data(words, field)


def _notice(policy: Policy, asked: Asked, zone: ZoneInfo, lead_id: int, now: datetime) -> Decision | None:
    """The pack's lead time. Raises Invalid for a day that is too near, unless a reason for an exception is given."""
    today = now.astimezone(zone).date()
    if asked.need_by and not today <= asked.need_by <= today + FURTHEST:
        advice = "Give a day within the next three years."
        raise Invalid("The day on which the report is needed cannot be then.", advice, field="need_by")
    if not policy.has(ClockName.CUSTOM_REPORT_LEAD_TIME):
        return None
    value = policy.clock(ClockName.CUSTOM_REPORT_LEAD_TIME)
    if asked.need_by is None:
        raise Invalid("Say by which day the report is needed.", value.says, field="need_by", rule=value.rule)
    closed = closures(lead_id)
    due = rules.lead_time(policy, asked.need_by, zone, closed)
    if due.due < now.replace(microsecond=0) and not asked.exception:
        earliest = times.say_day(rules.earliest_need(policy, now, zone, closed))
        advice = f"The earliest day is {earliest}. If it must be sooner, say why, and the HMIS Lead decides."
        raise Invalid(value.says, advice, field="need_by", rule=value.rule)
    return due


def _write(coc: CoC, agency: Agency | None, asked: Asked, policy: Policy, by: Principal, now: datetime) -> DataRequest:
    route = rules.route(asked.answers, policy)
    facts = {**(asked.facts or {}), "requester": asked.answers.requester.value}
    score = rules.score(policy, facts)
    row = DataRequest(
        lead_id=coc.lead_id,
        coc_id=coc.id,
        coc=coc,
        agency_id=agency.id if agency else None,
        agency=agency,
        asked_by_id=by.person_id,
        asked_by=db.session.get_one(Person, by.person_id),
        asked_at=now,
        **asked.said,
        requester=asked.answers.requester,
        level=asked.answers.level,
        about=asked.answers.about,
        need_by=asked.need_by,
        facts=facts,
        state=DataState.NEEDS_APPROVAL if route.needs_approval else DataState.ASKED,
        needs_approval=route.needs_approval,
        route={**route.explanation, "kind": route.kind, "sentence": route.sentence},
        score=score,
        priority=sum(part["points"] for part in score),
        ticket_id=asked.ticket_id,
        pack=policy.pack,
        pack_version=policy.version,
        once=asked.once,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _open_clocks(row: DataRequest, policy: Policy, notice: Decision | None, now: datetime) -> None:
    if notice is not None:
        meet(
            _open(row, LEAD_TIME, notice, f"Lead time of data request {row.id}", "agency", ()), now, "It was asked for."
        )
    if rules.counts_from_receipt(policy, row.requester):
        due = policy.due(ClockName.CUSTOM_REPORT, now, ZoneInfo(row.tz), closures(row.lead_id))
        _open(row, DELIVERY, due, f"Deliver or return data request {row.id}", "lead", REMIND)
        row.expected_on = due.due.date()


def _open(
    row: DataRequest, kind: str, due: Decision, title: str, holder: str, warn: Sequence[timedelta], occurrence: int = 1
) -> Deadline:
    return open_deadline(
        kind,
        row,
        due,
        title=title,
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=row.agency_id,
        holder=holder,
        warn_before=warn,
        occurrence=occurrence,
    )


def step(row: DataRequest, act: Act, by: Principal, reason: str, at: datetime, rule: str = "") -> None:
    """Who did what, when, why and by which rule; the page shows all of them."""
    values = {"request_id": row.id, "act": act, "by_id": by.person_id, "at": at, "reason": reason, "rule": rule}
    db.session.add(DataRequestStep(**values))


def _move(row: DataRequest, act: Act, by: Principal, reason: str, now: datetime, rule: str = "") -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        told = f"This request is {STATE_WORDS[row.state].lower()}, so you cannot {act} it."
        raise Conflict(told, "Load the page again to see how it stands.")
    row.state = following
    row.closed_at = None if following in OPEN_STATES else now
    step(row, act, by, reason, now, rule)
    record(f"data-request.{act.name.lower()}", row, data={"reason": reason, "state": following, "rule": rule})


STATE_WORDS = {
    DataState.ASKED: "Asked",
    DataState.NEEDS_APPROVAL: "Needs approval",
    DataState.IN_WORK: "In work",
    DataState.DELIVERED: "Delivered",
    DataState.RETURNED: "Returned",
    DataState.DENIED: "Denied",
    DataState.WITHDRAWN: "Withdrawn",
}


# ------------------------------------------------------------------ the Lead's part


def estimate(row: DataRequest, effort: str, begins_on: date | None, fee: str, by: Principal, now: datetime) -> None:
    """Its place in the queue: how much work it is, when the Lead can begin, what it costs. Rules: MO-HD-9"""
    if effort not in rules.EFFORTS:
        raise Invalid("Choose how much work it is.", field="effort")
    refuse_client_data(fee, "fee")
    policy = in_force(row.coc, now)
    told = f"{rules.EFFORTS[effort]} effort" + (f", fee {fee}" if fee else "")
    _move(row, Act.ESTIMATE, by, told, now)
    row.facts, row.fee = {**row.facts, "effort": effort}, fee
    row.score = rules.score(policy, row.facts)
    row.priority = sum(part["points"] for part in row.score)
    if rules.counts_from_beginning(policy):
        _expect(row, policy, effort, begins_on, now)


def _expect(row: DataRequest, policy: Policy, effort: str, begins_on: date | None, now: datetime) -> None:
    """The expected delivery date, told to the requester; a new estimate takes the place of the one before."""
    zone = ZoneInfo(row.tz)
    today = now.astimezone(zone).date()
    if begins_on is None or not today <= begins_on <= today + FURTHEST:
        raise Invalid("Say on which day work can begin, today or later.", field="begins_on")
    start = datetime(*begins_on.timetuple()[:3], tzinfo=zone)
    due = policy.due(ClockName.CUSTOM_REPORT, start, zone, closures(row.lead_id))
    earlier = deadlines_of(row, DELIVERY)
    for deadline in earlier:
        if deadline.is_open:
            cancel(deadline, now, "There is a new estimate.")
    row.begins_on, row.expected_on = begins_on, rules.expected(due, effort)
    _open(row, DELIVERY, due, f"Deliver data request {row.id}", "lead", REMIND, len(earlier) + 1)
    mails.expected(row, len(earlier) + 1)


def begin(row: DataRequest, by: Principal, reason: str, now: datetime) -> None:
    """The Lead has checked it, confidentiality first, and takes it up. Rules: SON-HD-8, VT-HD-2"""
    must_say(reason, "For example that it asks for nothing that identifies clients.")
    _move(row, Act.BEGIN, by, reason, now, _gate_rule(row, now))
    mails.news(row, "in-work")


def _gate_rule(row: DataRequest, now: datetime) -> str:
    needs = rules.needs(in_force(row.coc, now), row_said(row), None)
    return str(needs[0].explanation["rule"] if needs else row.route["rule"])


def row_said(row: DataRequest) -> dict[str, str]:
    return {name: getattr(row, name) for name in SAID}


def deliver(row: DataRequest, by: Principal, reason: str, now: datetime) -> None:
    must_say(reason, "How it was handed over: no data here, and no links that open by themselves.")
    _move(row, Act.DELIVER, by, reason, now)
    _close_clock(row, now, "Delivered.")
    mails.news(row, "delivered")


def give_back(row: DataRequest, by: Principal, reason: str, now: datetime) -> None:
    """Returned with the reason; the requester may change it and ask again. Rules: SON-HD-8"""
    must_say(reason, "Name the data elements that cannot be given, and what could.")
    _move(row, Act.RETURN, by, reason, now, _gate_rule(row, now))
    _close_clock(row, now, "Returned with the reason.")
    mails.news(row, "returned")


def deny(row: DataRequest, by: Principal, reason: str, now: datetime) -> None:
    """The Lead may deny. Rules: VT-HD-2, SON-HD-8"""
    must_say(reason, "The requester reads it.")
    _move(row, Act.DENY, by, reason, now, _gate_rule(row, now))
    _close_clock(row, now, "Denied.")
    mails.news(row, "denied")


def withdraw(row: DataRequest, by: Principal, now: datetime) -> None:
    if row.asked_by_id != by.person_id:
        raise Forbidden("Only who asked can withdraw it.", "The HMIS Lead can return or deny it.")
    _move(row, Act.WITHDRAW, by, "No longer needed.", now)
    _close_clock(row, now, "Withdrawn by the requester.")


def _close_clock(row: DataRequest, now: datetime, outcome: str) -> None:
    for deadline in deadlines_of(row, DELIVERY):
        if deadline.is_open:
            (cancel if row.state is DataState.WITHDRAWN else meet)(deadline, now, outcome)


# ------------------------------------------------------------------ the CoC's part


def voters(row: DataRequest, at: datetime) -> list[Person]:
    """Who has a vote: the CoC's leadership and its committees, but not whoever asked."""
    seats = {p.id: p for role in VOTING_SEATS for p in staff_of(row.lead_id, role, at, row.coc_id)}
    return [seats[number] for number in sorted(seats) if number != row.asked_by_id]


def has_vote(row: DataRequest, principal: Principal, at: datetime) -> bool:
    return principal.person_id in {person.id for person in voters(row, at)}


def votes_of(row: DataRequest) -> list[DataRequestVote]:
    query = select(DataRequestVote).where(DataRequestVote.request_id == row.id).order_by(DataRequestVote.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def tally_of(row: DataRequest, at: datetime) -> Tally:
    seats = frozenset(person.id for person in voters(row, at))
    return rules.tally({vote.person_id: vote.vote for vote in votes_of(row)}, seats)


def cast(row: DataRequest, principal: Principal, vote: Vote, reason: str, now: datetime) -> None:
    """One vote; the one that settles it also decides. Rules: MO-HD-8"""
    if not has_vote(row, principal, now):
        told = "Who asks has no vote on it." if row.asked_by_id == principal.person_id else "You have no vote on this."
        raise Forbidden(told, "The CoC's leadership and its committees vote.")
    if row.state is not DataState.NEEDS_APPROVAL:
        raise Conflict("This has been decided already.", "Load the page again to see how.")
    must_say(reason, "One sentence is enough.")
    values: dict[str, Any] = {"request_id": row.id, "person_id": principal.person_id}
    said = {"vote": vote, "reason": reason, "at": now}
    added = insert(DataRequestVote).values(**values, **said)
    db.session.execute(added.on_conflict_do_update(index_elements=list(values), set_=said))
    record("data-request.voted", row, data={"vote": vote, "reason": reason})
    counted = tally_of(row, now)
    if counted.passed is not None:
        _settle(row, counted.passed, principal, f"By vote: {counted.sentence}", now)


def record_approval(row: DataRequest, by: Principal, passed: bool, reason: str, now: datetime) -> None:
    """The CoC decided elsewhere, in a meeting or by letter; the Lead's manager writes down where and how."""
    must_say(reason, "When and where the CoC decided.")
    _settle(row, passed, by, reason, now)


def _settle(row: DataRequest, passed: bool, by: Principal, reason: str, now: datetime) -> None:
    _move(row, Act.APPROVE if passed else Act.REFUSE, by, reason, now, row.route["rule"])
    if passed:
        row.approved_at = now
    else:
        _close_clock(row, now, "The CoC did not approve.")
    mails.news(row, "approved" if passed else "denied")
    if passed:
        mails.asked(row, now, again=":approved")


def delivery_of(row: DataRequest) -> Deadline | None:
    """The clock of its delivery that counts: the latest."""
    return next(reversed(deadlines_of(row, DELIVERY)), None)


def lead_time_of(row: DataRequest) -> Deadline | None:
    return next(iter(deadlines_of(row, LEAD_TIME)), None)
