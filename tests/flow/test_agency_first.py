"""A request's whole way by the clocks of an agency-first community, through the pages and the sweep."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent
from core.closures.services import add
from core.db import db, unit_of_work
from core.deadlines import Deadline, State
from core.policy.vocabulary import Tier
from helpdesk.flow.practice import Practice
from helpdesk.flow.rules import SECOND, Promise
from helpdesk.tickets.rules import State as TicketState
from tests.flow.conftest import AGENCY_FIRST, on, set_for
from tests.support.signing_in import sign_in
from tests.tickets.acting import ask, do, fresh, mails, messages_of, read, stays_of, words


def row(ticket, kind: str) -> Deadline:
    query = select(Deadline).where(Deadline.subject_type == "ticket", Deadline.subject_id == ticket.id)
    query = query.where(Deadline.kind == f"service-{kind}").order_by(Deadline.id.desc()).limit(1)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def told(message: str) -> set[int]:
    return {mail.person_id for mail in mails(message)}


@pytest.mark.rule("SON-HD-2")
def test_a_request_nobody_settles_goes_up_by_itself_at_the_end_of_the_second_business_day(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    assert ticket.tier is Tier.AGENCY_ADMINISTRATOR
    for kind, due in (("first-answer", on(23, 23, 59, 59)), ("resolution", on(27, 23, 59, 59))):
        assert row(ticket, kind).due_at == due, kind
    assert fresh(ticket.id).next_due_at == on(23, 23, 59, 59)
    go(on(23, 23, 59, 58))
    assert fresh(ticket.id).tier is Tier.AGENCY_ADMINISTRATOR
    assert told("request-due-soon") == {world.administrator.id}
    assert told("request-missed") == set()
    go(on(23, 23, 59, 59))
    ticket = fresh(ticket.id)
    assert ticket.tier is Tier.HMIS_LEAD
    stay = stays_of(ticket)[-1]
    assert (stay.rule, stay.moved_by_id) == ("SON-HD-2", None)
    assert stay.reason == "What is not settled within 2 business days goes to the next tier by itself."
    assert world.agent.id in told("ticket-news")
    assert row(ticket, "escalation").state is State.FIRED
    go(on(24, 12))
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
    assert len(stays_of(ticket)) == 2


def settle_at_noon(client, world, go, *, low: bool = False):
    """The first answer comes on Friday the 20th at noon."""
    go(on(19))
    ticket = ask(client, world.end_user)
    go(on(20))
    if low:
        assert do(client, world.administrator, ticket, "prioritize").status_code == 302
    assert do(client, world.administrator, ticket, "answer").status_code == 302
    return ticket


def test_a_low_request_has_one_business_day_and_says_why_it_is_low(client, world, go):
    ticket = settle_at_noon(client, world, go, low=True)
    assert row(ticket, "resolution").anchor_at == on(19)
    assert row(ticket, "resolution").due_at == on(20, 23, 59, 59)
    assert "It can wait for the next release." in messages_of(ticket)[-2].text
    assert row(ticket, "resolution").state is State.PAUSED


def test_an_answer_in_time_meets_its_promise_and_pauses_the_others(client, world, go):
    ticket = settle_at_noon(client, world, go)
    first = row(ticket, "first-answer")
    assert (first.state, first.closed_at, first.was_late) == (State.MET, on(20), False)
    assert {row(ticket, kind).state for kind in ("resolution", "escalation")} == {State.PAUSED}
    assert fresh(ticket.id).next_due_at is None
    go(on(2, 12, month=12))
    assert fresh(ticket.id).tier is Tier.AGENCY_ADMINISTRATOR, "while the requester has the move nothing goes up"


def test_an_answer_too_late_is_told_to_the_holder_and_the_manager_once(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    assert do(client, world.agent, ticket, "forward").status_code == 302
    due = row(ticket, "first-answer").due_at
    assert due == on(19, 16)
    go(on(19, 16))
    assert told("request-missed") == set()
    for minute in (1, 2):
        go(on(19, 16, minute))
    assert told("request-missed") == {world.agent.id, world.manager.id}
    assert len(mails("request-missed")) == 2
    do(client, world.agent, ticket, "answer")
    first = row(ticket, "first-answer")
    assert (first.state, first.was_late, first.closed_at) == (State.MET, True, on(19, 16, 2))


def test_silence_closes_only_after_two_attempts_and_seven_business_days_and_a_reply_opens_again(client, world, go):
    ticket = settle_at_noon(client, world, go)
    owed = row(ticket, "attempt")
    assert (owed.state, owed.due_at) == (State.PENDING, on(2, 23, 59, 59, month=12))
    go(on(24))
    assert do(client, world.administrator, ticket, "call").status_code == 302
    assert row(ticket, "attempt").state is State.MET
    closes = row(ticket, "silence")
    assert closes.due_at == on(2, 23, 59, 59, month=12), "Thanksgiving is no business day"
    go(on(2, 23, 59, 58, month=12))
    assert fresh(ticket.id).state is TicketState.ANSWERED
    go(on(2, 23, 59, 59, month=12))
    ticket = fresh(ticket.id)
    assert (ticket.state, ticket.closed_at) == (TicketState.CLOSED, on(2, 23, 59, 59, month=12))
    assert "7 business days" in ticket.resolution
    assert "A reply opens it again." in messages_of(ticket)[-1].text
    assert mails("ticket-closed")[-1].person_id == world.end_user.id
    go(on(3, 9, month=12))
    assert do(client, world.end_user, ticket, "reply").status_code == 302
    assert fresh(ticket.id).state is TicketState.OPEN
    assert row(ticket, "escalation").state is State.PENDING


def test_without_the_second_attempt_it_stays_open_and_its_holder_is_told(client, world, go):
    ticket = settle_at_noon(client, world, go)
    go(on(3, 0, 0, 1, month=12))
    assert fresh(ticket.id).state is TicketState.ANSWERED
    assert told("request-missed") == {world.administrator.id, world.manager.id}
    go(on(3, 9, month=12))
    do(client, world.administrator, ticket, "call")
    assert row(ticket, "attempt").was_late
    assert row(ticket, "silence").due_at == on(14, 23, 59, 59, month=12), "nobody is closed out on the day of the call"


def test_who_answers_before_the_end_is_not_closed(client, world, go):
    ticket = settle_at_noon(client, world, go)
    do(client, world.administrator, ticket, "call")
    go(on(2, 23, 59, 0, month=12))
    do(client, world.end_user, ticket, "reply")
    go(on(4, 9, month=12))
    assert fresh(ticket.id).is_open
    assert row(ticket, "silence").state is State.CANCELLED


def test_a_call_is_logged_only_while_the_requester_has_the_move(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    assert do(client, world.administrator, ticket, "call").status_code == 409
    assert do(client, world.end_user, ticket, "call").status_code == 403
    do(client, world.administrator, ticket, "answer")
    assert do(client, world.administrator, ticket, "call", reason=" ").status_code == 422


def test_a_closed_day_added_later_moves_what_is_open(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    with unit_of_work():
        add(world.lead, date(2026, 11, 23), "Flood in the office", on(19))
    assert row(ticket, "first-answer").due_at == on(24, 23, 59, 59)
    assert row(ticket, "escalation").due_at == on(24, 23, 59, 59)
    assert fresh(ticket.id).next_due_at == on(24, 23, 59, 59)
    assert "Flood in the office" in " ".join(row(ticket, "escalation").explanation["because"])
    moved = select(AuditEvent).where(
        AuditEvent.action == "deadline.restated", AuditEvent.subject_id == row(ticket, "escalation").id
    )
    assert db.session.scalars(moved).one().data["due"].startswith("2026-11-24T23:59:59")


def test_what_was_asked_before_the_practice_has_no_clock(client, world, go):
    go(on(1, 12))
    ticket = ask(client, world.end_user)
    assert db.session.scalars(select(Deadline).where(Deadline.subject_type == "ticket")).all() == []
    assert fresh(ticket.id).next_due_at is None


def test_a_row_of_the_queue_says_who_has_it_why_and_which_promise_is_due_when(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    page = words(read(client, world.agent, "/tickets"))
    assert "Agency administrator" in page
    assert "A request goes to the agency's own technical administrator first." in page.replace("&#39;", "'")
    assert "First answer" in page
    assert do(client, world.agent, ticket, "forward").status_code == 302
    page = words(read(client, world.agent, "/tickets?sort=due")).replace("&#39;", "'")
    assert "The HMIS Lead took it over from the agency's administrator." in page
    assert "First answer today 4:00 PM" in page


@pytest.mark.parametrize(("priority", "due"), [("low", on(20, 23, 59, 59)), ("normal", on(27, 23, 59, 59))])
def test_a_resolution_is_missed_one_second_after_its_day_and_not_at_its_last(client, world, go, priority, due):
    """Low: one business day. Medium: five, Thanksgiving not counted; before that nothing is told as missed."""
    set_for(world, replace(AGENCY_FIRST, priority), since=date(2026, 11, 10))
    go(on(19))
    ticket = ask(client, world.end_user)
    if priority == "low":
        do(client, world.administrator, ticket, "prioritize", to="low", reason="")
    assert row(ticket, "resolution").due_at == due
    for second, missed in ((due - SECOND, set()), (due, set()), (due + SECOND, {world.manager.id})):
        go(second)
        assert told("request-missed") & {world.manager.id} == missed, second


def replace(practice: Practice, priority: str) -> Practice:
    """The same, with nothing but what is told of the resolution."""
    only = [one for one in practice.promises if one.promise is Promise.RESOLUTION and one.priority == priority]
    return practice.model_copy(update={"promises": tuple(only)})


def test_an_acknowledgement_counts_until_the_last_second_of_the_second_business_day(client, world, go):
    for answered, late in ((on(23, 23, 59, 59), False), (on(24, 0, 0, 0), True)):
        go(on(19))
        ticket = ask(client, world.end_user)
        go(answered - timedelta(minutes=5))
        travel_only(answered)
        by = world.agent if fresh(ticket.id).tier is Tier.HMIS_LEAD else world.administrator
        assert do(client, by, ticket, "answer").status_code == 302
        query = select(Deadline).where(
            Deadline.subject_id == ticket.id, Deadline.kind == "service-first-answer", Deadline.holder == "agency"
        )
        assert db.session.scalars(query).one().was_late is late, answered


def travel_only(at) -> None:
    """To an instant, before any sweep has come by."""
    clock.set_source(lambda: at.astimezone(UTC))


def test_a_closed_day_shows_which_promises_it_would_move_before_it_does(client, world, go):
    """On Thursday the 19th it was asked: Friday and Monday count. Closed on Monday, it is Tuesday's end."""
    go(on(19))
    ticket = ask(client, world.end_user)
    sign_in(client, world.admin)
    shown = client.post("/closures", data={"day": "2026-11-23", "name": "Snow"})
    page = words(shown.get_data(as_text=True))
    assert f"First answer: request #{ticket.id}" in page
    assert "Tue, Nov 24, end of day" in page
    moved = re.search(r"(\d+) open dates would move", page)
    assert row(ticket, "first-answer").due_at == on(23, 23, 59, 59), "nothing is done yet"
    client.post("/closures", data={"day": "2026-11-23", "name": "Snow", "confirm": "1"})
    assert row(ticket, "first-answer").due_at == on(24, 23, 59, 59)
    told = words(read(client, world.admin, "/closures"))
    assert moved
    assert f"{moved[1]} open dates moved." in told


@pytest.mark.parametrize("who", ["end_user", "administrator"])
def test_who_asked_reads_when_an_answer_is_due_and_why(client, world, go, who):
    go(on(19))
    ticket = ask(client, world.end_user)
    page = words(read(client, getattr(world, who), f"/tickets/{ticket.id}"))
    assert "First answer" in page
    assert "Mon, Nov 23, 2026, end of day" in page
    assert "why?" in page
    assert "it is the HMIS Lead's own practice" in page.replace("&#39;", "'")
    if who == "end_user":
        assert "Next tier" not in page, "where it goes next is the desk's matter"
