"""The clocks of requests that were merged and taken apart again, by the replay of both histories."""

from __future__ import annotations

import pytest

from core.deadlines import Deadline, State
from core.policy.vocabulary import Tier
from helpdesk.tickets.rules import State as TicketState
from tests.bonds.acting import act, merged, taken_out
from tests.flow.conftest import go, on, world  # noqa: F401 - fixtures
from tests.flow.test_agency_first import row
from tests.tickets.acting import ask, do, fresh, messages_of

END = (23, 59, 59)


def told(ticket, kind: str = "first-answer") -> tuple[object, ...]:
    one: Deadline = row(ticket, kind)
    return one.state, one.anchor_at, one.due_at


@pytest.fixture
def two(client, world, go):  # noqa: F811 - fixtures
    """Asked on Thursday the 19th and on Friday the 20th, at noon."""
    go(on(19))
    first = ask(client, world.end_user)
    go(on(20))
    return first, ask(client, world.end_user)


def test_whoever_waits_longest_is_promised_the_soonest_and_undone_each_has_its_own(client, world, go, two):  # noqa: F811
    older, newer = two
    assert told(newer) == (State.PENDING, on(20), on(24, *END))
    go(on(20, 13))
    merged(client, world.agent, older, newer)
    assert told(older)[0] is State.CANCELLED
    assert fresh(older.id).next_due_at is None
    assert told(newer) == (State.PENDING, on(19), on(23, *END))
    assert fresh(newer.id).next_due_at == on(23, *END)
    go(on(20, 14))
    taken_out(client, world.agent, older)
    assert told(older) == (State.PENDING, on(19), on(23, *END))
    assert fresh(older.id).next_due_at == on(23, *END)
    assert told(newer) == (State.CANCELLED, on(19), on(23, *END))
    assert fresh(newer.id).next_due_at == on(24, *END)


def test_the_whole_goes_up_by_itself_when_its_oldest_part_has_waited_long_enough(client, world, go, two):  # noqa: F811
    older, newer = two
    merged(client, world.agent, older, newer)
    go(on(23, 23, 59, 58))
    assert fresh(newer.id).tier is Tier.AGENCY_ADMINISTRATOR
    go(on(23, *END))
    assert fresh(newer.id).tier is Tier.HMIS_LEAD
    assert fresh(older.id).tier is Tier.AGENCY_ADMINISTRATOR


def test_an_answer_to_the_whole_meets_the_promise_of_each(client, world, go, two):  # noqa: F811
    older, newer = two
    merged(client, world.agent, older, newer)
    go(on(23))
    do(client, world.administrator, newer, "answer")
    assert row(newer, "first-answer").state is State.MET
    go(on(23, 13))
    taken_out(client, world.agent, older)
    assert fresh(older.id).state is TicketState.ANSWERED
    one = row(older, "first-answer")
    assert (one.state, one.closed_at, one.was_late) == (State.MET, on(23), False)
    assert row(older, "attempt").anchor_at == on(23)


def test_what_waits_for_the_desk_makes_an_answered_one_wait_for_it(client, world, go, two):  # noqa: F811
    older, newer = two
    go(on(20, 13))
    do(client, world.administrator, newer, "answer")
    assert row(newer, "attempt").state is State.PENDING
    go(on(20, 14))
    merged(client, world.agent, older, newer)
    assert fresh(newer.id).state is TicketState.OPEN
    assert row(newer, "attempt").state is State.CANCELLED
    go(on(20, 15))
    taken_out(client, world.agent, older)
    assert fresh(newer.id).state is TicketState.ANSWERED
    assert (row(newer, "attempt").state, row(newer, "attempt").anchor_at) == (State.PENDING, on(20, 13))
    assert fresh(older.id).state is TicketState.NEW


def test_it_was_late_all_the_same_if_nobody_answered_while_it_was_merged(client, world, go, two):  # noqa: F811
    older, newer = two
    merged(client, world.agent, older, newer)
    go(on(24))
    taken_out(client, world.agent, older)
    assert told(older) == (State.PENDING, on(19), on(23, *END))
    assert fresh(older.id).tier is Tier.AGENCY_ADMINISTRATOR
    go(on(24, 12, 1))
    assert fresh(older.id).tier is Tier.HMIS_LEAD


def test_the_clock_of_a_part_begins_when_it_was_asked_or_now_where_that_was_answered(client, world, go, two):  # noqa: F811
    asked, _ = two
    go(on(20, 13))
    do(client, world.end_user, asked, "reply", text="And how do I print?")
    go(on(23))
    said = messages_of(asked)[-1]
    answer = act(client, world.agent, asked, "split", messages=[said.id], subject="Printing", category="how-to")
    made = fresh(int(answer.location.rsplit("/", 1)[1]))
    assert (made.opened_at, made.state) == (on(20, 13), TicketState.NEW)
    assert told(made) == (State.PENDING, on(20, 13), on(24, *END))
    do(client, world.administrator, asked, "answer")
    first = messages_of(asked)[0]
    answer = act(client, world.agent, asked, "split", messages=[first.id], subject="The date", category="problem")
    later = fresh(int(answer.location.rsplit("/", 1)[1]))
    assert told(later) == (State.PENDING, on(23), on(25, *END))
