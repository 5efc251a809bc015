"""Service clocks against a count minute by minute, and the awkward schedules that other help desks got wrong."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy.vocabulary import Tier
from core.workcalendar import (
    BusinessDays,
    BusinessHours,
    Calendar,
    OpeningHours,
    Period,
    always_open,
)
from helpdesk.flow.rules import Clock, Desk, Desktime, Moment, Promise, Standing, Target, attempts_since, clocks
from helpdesk.tickets.rules import Action, Priority, State

ZONE = ZoneInfo("America/Chicago")
NINE_TO_FIVE = OpeningHours(dict.fromkeys(range(5), (Period(time(8), time(17)),)), ZONE)
LUNCH = OpeningHours(dict.fromkeys(range(5), (Period(time(8), time(12)), Period(time(13), time(17)))), ZONE)
WEDNESDAYS = OpeningHours({2: (Period(time(9), time(11)),)}, ZONE)
LEAD, AGENCY, VENDOR = Tier.HMIS_LEAD, Tier.AGENCY_ADMINISTRATOR, Tier.VENDOR


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def told(*moments: tuple[datetime, Action | None, State, Tier]) -> list[Moment]:
    return [Moment(*moment) for moment in moments]


def run(
    history: list[Moment], promise: Promise, span: object, now: datetime, hours: OpeningHours = NINE_TO_FIVE
) -> list[Clock]:
    calendar = Calendar(ZONE, hours=hours)
    time_at = {desk: Desktime(calendar, hours) for desk in Desk}
    targets = {(desk, promise, Priority.NORMAL): Target(span, "said") for desk in Desk}  # type: ignore[arg-type]
    return clocks(history, Priority.NORMAL, targets, time_at, now)


def opened(moment: datetime, tier: Tier = LEAD) -> tuple[datetime, None, State, Tier]:
    return (moment, None, State.NEW, tier)


def test_the_first_answer_of_a_friday_afternoon_is_due_on_tuesday_evening():
    (clock,) = run(told(opened(at(13, 16, 30))), Promise.FIRST_ANSWER, BusinessDays(2), at(13, 17))
    assert clock.due_at == datetime(2026, 11, 17, 23, 59, 59, tzinfo=ZONE)
    assert (clock.standing, clock.ended_at, clock.waited) == (Standing.RUNNING, None, timedelta(0))
    assert clock.because[0].startswith("Fri Nov 13, 2026")


@pytest.mark.parametrize(
    ("minute", "standing"), [(at(17, 16, 30), Standing.MET), (at(17, 16, 31), Standing.MISSED)], ids=["on time", "late"]
)
def test_an_answer_at_the_last_minute_and_one_after(minute: datetime, standing: Standing):
    history = told(opened(at(13, 16, 30)), (minute, Action.ANSWER, State.ANSWERED, LEAD))
    (clock,) = run(history, Promise.FIRST_ANSWER, BusinessHours(18), at(20, 9))
    assert (clock.standing, clock.ended_at) == (standing, minute)
    assert clock.due_at == at(17, 16, 30)


def test_a_promise_nobody_kept_is_missed_before_anybody_answers():
    (clock,) = run(told(opened(at(16, 9))), Promise.FIRST_ANSWER, BusinessHours(4), at(16, 13, 1))
    assert (clock.standing, clock.ended_at, clock.due_at) == (Standing.MISSED, None, at(16, 13))


def test_while_the_requester_has_the_move_the_resolution_waits():
    history = told(opened(at(16, 9)), (at(16, 10), Action.ANSWER, State.ANSWERED, LEAD))
    (clock,) = run(history, Promise.RESOLUTION, BusinessHours(9), at(17, 10))
    assert (clock.standing, clock.due_at, clock.waited) == (Standing.PAUSED, None, timedelta(hours=9))
    history += told((at(18, 10), Action.REPLY, State.OPEN, LEAD))
    (clock,) = run(history, Promise.RESOLUTION, BusinessHours(9), at(18, 11))
    assert (clock.standing, clock.waited, clock.due_at) == (Standing.RUNNING, timedelta(hours=18), at(19, 9))
    assert clock.because[-1] == "18 h of opening time was waited for the requester or the vendor, and is added"


def test_waiting_does_not_excuse_what_was_late_before_it():
    history = told(
        opened(at(16, 9)),
        (at(16, 15), Action.ANSWER, State.ANSWERED, LEAD),
        (at(17, 9), Action.REPLY, State.OPEN, LEAD),
        (at(17, 10), Action.CLOSE, State.CLOSED, LEAD),
    )
    (clock,) = run(history, Promise.RESOLUTION, BusinessHours(4), at(20, 9))
    assert (clock.standing, clock.due_at, clock.waited) == (Standing.MISSED, at(16, 13), timedelta(0))


def test_the_vendor_pauses_the_lead_and_ends_nothing():
    history = told(opened(at(16, 9)), (at(16, 10), Action.ASK_VENDOR, State.WITH_VENDOR, VENDOR))
    (clock,) = run(history, Promise.FIRST_ANSWER, BusinessHours(4), at(17, 9))
    assert (clock.desk, clock.standing) == (Desk.LEAD, Standing.PAUSED)
    history += told((at(17, 9), Action.VENDOR_REPLY, State.OPEN, VENDOR))
    (clock,) = run(history, Promise.FIRST_ANSWER, BusinessHours(4), at(17, 9))
    assert (clock.standing, clock.due_at) == (Standing.RUNNING, at(17, 12))


def test_each_desk_has_its_own_clock_and_going_up_ends_the_first():
    history = told(
        opened(at(16, 9), AGENCY),
        (at(16, 12), Action.FORWARD, State.NEW, LEAD),
        (at(16, 16), Action.ANSWER, State.ANSWERED, LEAD),
    )
    agency, lead = run(history, Promise.FIRST_ANSWER, BusinessHours(4), at(20, 9))
    assert (agency.desk, agency.standing, agency.ended_at) == (Desk.AGENCY, Standing.MET, at(16, 12))
    assert (lead.desk, lead.began_at, lead.standing) == (Desk.LEAD, at(16, 12), Standing.MET)


def test_the_next_answer_counts_from_the_first_question_left_open():
    history = told(
        opened(at(16, 9)),
        (at(16, 10), Action.ANSWER, State.ANSWERED, LEAD),
        (at(16, 11), Action.REPLY, State.OPEN, LEAD),
        (at(16, 15), Action.REPLY, State.OPEN, LEAD),
        (at(17, 9), Action.ANSWER, State.ANSWERED, LEAD),
        (at(18, 9), Action.REPLY, State.OPEN, LEAD),
    )
    first, second = run(history, Promise.NEXT_ANSWER, BusinessHours(6), at(18, 10))
    assert (first.began_at, first.due_at, first.standing) == (at(16, 11), at(16, 17), Standing.MISSED)
    assert (second.began_at, second.standing, second.ended_at) == (at(18, 9), Standing.RUNNING, None)


def test_a_request_that_opens_again_is_promised_anew():
    history = told(
        opened(at(16, 9)),
        (at(16, 10), Action.CLOSE, State.CLOSED, LEAD),
        (at(18, 9), Action.REPLY, State.OPEN, LEAD),
    )
    done, again = run(history, Promise.RESOLUTION, BusinessHours(4), at(18, 10))
    assert (done.standing, done.ended_at) == (Standing.MET, at(16, 10))
    assert (again.began_at, again.due_at) == (at(18, 9), at(18, 13))


def test_a_desk_without_a_target_promises_nothing():
    history = told(opened(at(16, 9), AGENCY))
    calendar = {desk: Desktime(Calendar(ZONE, hours=NINE_TO_FIVE), NINE_TO_FIVE) for desk in Desk}
    targets = {(Desk.LEAD, Promise.FIRST_ANSWER, Priority.NORMAL): Target(BusinessHours(1), "said")}
    assert clocks(history, Priority.NORMAL, targets, calendar, at(20, 9)) == []


SCHEDULES = {"office": NINE_TO_FIVE, "lunch": LUNCH, "wednesdays": WEDNESDAYS, "always": always_open(ZONE)}


@st.composite
def histories(draw: st.DrawFn) -> list[Moment]:
    """Questions and answers in turn, a few minutes to a few days apart, over the night the clocks go back."""
    moment = datetime(2026, 10, 30, 12, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 4000)))
    history = told(opened(moment))
    for gap in draw(st.lists(st.integers(1, 3000), max_size=5)):
        moment += timedelta(minutes=gap)
        ours = history[-1].state in (State.NEW, State.OPEN)
        said = (Action.ANSWER, State.ANSWERED) if ours else (Action.REPLY, State.OPEN)
        history += told((moment, *said, LEAD))
    return history


def minute_by_minute(history: list[Moment], hours: OpeningHours, length: int) -> datetime:
    """Where `length` open minutes of ours are used up, by looking at each minute there is."""
    used, moment = 0, history[0].at
    ends = [m.at for m in history[1:]]
    while True:
        state = history[sum(end <= moment for end in ends)].state
        moment += timedelta(minutes=1)
        used += state in (State.NEW, State.OPEN) and hours.open_at(moment - timedelta(minutes=1))
        if used == length:
            return moment


@pytest.mark.parametrize("schedule", SCHEDULES)
@settings(max_examples=60, deadline=None)
@given(history=histories(), length=st.integers(1, 10))
def test_no_minute_is_lost(schedule: str, history: list[Moment], length: int):
    """Whatever the schedule, a resolution is due when the desk's own open minutes are used up."""
    hours = SCHEDULES[schedule]
    if history[-1].state is State.ANSWERED:  # while it waits, nothing is due
        history = history[:-1]
    far = history[-1].at + timedelta(days=400)
    (clock,) = run(history, Promise.RESOLUTION, BusinessHours(length), far, hours)
    assert clock.due_at is not None
    assert clock.due_at.astimezone(UTC) == minute_by_minute(history, hours, length * 60)


@given(history=histories(), cut=st.integers(0, 5))
def test_the_past_does_not_change_with_what_comes(history: list[Moment], cut: int):
    """A clock that has ended is the same, whatever happens afterwards and whenever one looks."""
    early = history[: cut + 1]
    ended = [c for c in run(early, Promise.NEXT_ANSWER, BusinessHours(3), early[-1].at) if c.ended_at]
    later = run(history, Promise.NEXT_ANSWER, BusinessHours(3), history[-1].at + timedelta(days=9))
    assert ended == later[: len(ended)]


def test_attempts_count_from_what_the_requester_said_last():
    history = told(
        opened(at(16, 9)),
        (at(16, 10), Action.ANSWER, State.ANSWERED, LEAD),
        (at(16, 11), Action.REPLY, State.OPEN, LEAD),
        (at(16, 12), Action.ANSWER, State.ANSWERED, LEAD),
        (at(18, 12), Action.ANSWER, State.ANSWERED, LEAD),
    )
    assert [attempts_since(history[:n]) for n in range(1, 6)] == [0, 1, 0, 1, 2]
