"""The pure decisions: state tables walked whole, words, and who decides what in each pack."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy import catalog
from core.policy.vocabulary import ClockName
from licensing.access import rules as access
from licensing.access.rules import Facts, LineState, RequestState
from licensing.departures import rules as departures
from licensing.departures.rules import DepartureState

ON = date(2026, 11, 20)
PACKS = ("missouri", "missouri-bos", "sacramento", "sonoma", "vermont")
ZONE = ZoneInfo("America/Chicago")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZONE)
MOMENTS = st.integers(0, 700 * 24 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds))

A, R = access.Act, RequestState
ALLOWED = {
    (R.REQUESTED, A.APPROVE): R.APPROVED,
    (R.REQUESTED, A.DENY): R.DENIED,
    (R.REQUESTED, A.CONFIRM): R.REQUESTED,
    (R.REQUESTED, A.WITHDRAW): R.WITHDRAWN,
    (R.APPROVED, A.DENY): R.DENIED,
    (R.APPROVED, A.CONFIRM): R.APPROVED,
    (R.APPROVED, A.ACTIVATE): R.ACTIVATED,
    (R.APPROVED, A.WITHDRAW): R.WITHDRAWN,
}
D, S = departures.Act, DepartureState
DEPARTURES_ALLOWED = {
    (S.SCHEDULED, D.END): S.EFFECTIVE,
    (S.SCHEDULED, D.UNDO): S.UNDONE,
    (S.SCHEDULED, D.GIVE_NOTICE): S.SCHEDULED,
    (S.EFFECTIVE, D.GIVE_NOTICE): S.EFFECTIVE,
    (S.EFFECTIVE, D.CONFIRM_OFF): S.EFFECTIVE,
}


def facts(**values):
    return Facts(
        **{
            "name": "Lena Chen",
            "requester": "Rosa Lind",
            "is_from_representative": True,
            "employment": "paid-staff",
            "is_of_age": True,
            "level": "",
            "enters_data": True,
            "is_view_only_agency": False,
            "projects": ("Night shelter",),
            **values,
        }
    )


@pytest.mark.parametrize(("state", "act"), list(product(R, A)))
def test_every_state_and_act_of_a_request(state, act):
    assert access.TRANSITIONS.get((state, act)) == ALLOWED.get((state, act))


@pytest.mark.parametrize(("state", "act"), list(product(S, D)))
def test_every_state_and_act_of_a_departure(state, act):
    assert departures.TRANSITIONS.get((state, act)) == DEPARTURES_ALLOWED.get((state, act))


@pytest.mark.parametrize("pack", PACKS)
def test_every_line_of_every_gate_has_its_rule_and_somebody_who_can_do_it(pack):
    policy = catalog.in_force(pack, ON)
    lines = access.eligibility(facts(is_from_representative=False, is_of_age=False), policy)
    assert {str(name) for name in policy.gate("license").names()} <= {line.key for line in lines}
    for line in lines:
        assert catalog.rule(line.rule).id == line.rule
        assert line.explanation["title"] == policy.manual_of(line.source)
        assert line.who_can or line.state is LineState.MET


@pytest.mark.parametrize("pack", PACKS)
def test_somebody_decides_in_every_pack(pack):
    policy = catalog.in_force(pack, ON)
    keys = {line.key for line in access.eligibility(facts(), policy)}
    assert keys & {"manager-approval", access.DECISION}
    assert access.Decider.LEAD_MANAGER in access.deciders(policy, "")


@pytest.mark.parametrize("pack", PACKS)
def test_approved_and_confirmed_every_line_holds(pack):
    policy = catalog.in_force(pack, ON)
    seen = access.Confirmed("Ada Boone", "Seen.", "Fri, Nov 20, 2026")
    confirmed = {str(line): seen for line in access.confirmable_lines(policy)}
    assert access.all_hold(access.eligibility(facts(decision=True, confirmed=confirmed), policy))
    for line in confirmed:
        rest = {key: told for key, told in confirmed.items() if key != line}
        assert not access.all_hold(access.eligibility(facts(decision=True, confirmed=rest), policy))
    for decision in (None, False):
        assert not access.all_hold(access.eligibility(facts(decision=decision, confirmed=confirmed), policy))


@pytest.mark.parametrize("pack", PACKS)
@given(leaves=MOMENTS, noticed=MOMENTS, later=st.integers(0, 10**6))
def test_access_never_ends_before_the_departure_or_the_notice(pack, leaves, noticed, later):
    policy = catalog.in_force(pack, ON)
    known = noticed + timedelta(seconds=later)
    told = departures.outlook(policy, leaves, noticed, known, ZONE, ())
    assert told.ends_at >= max(leaves, noticed).replace(microsecond=0)
    if not policy.has(ClockName.DEACTIVATION):
        assert departures.late_by(told.end.due, max(leaves, known)) is None


@pytest.mark.parametrize(
    ("seconds", "late"), [(-1, None), (0, None), (0.999, None), (1, timedelta(seconds=1)), (90, timedelta(seconds=90))]
)
def test_all_of_the_due_second_is_on_time(seconds, late):
    assert departures.late_by(NOON, NOON + timedelta(seconds=seconds)) == late


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(minutes=1, seconds=3), "1 minute"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(days=1, hours=2, minutes=3), "1 day 2 hours"),
        (timedelta(days=12), "12 days"),
    ],
)
def test_how_late_is_said_in_two_words_at_most(span, said):
    assert departures.say_span(span) == said


def test_an_hour_the_clocks_leave_out_is_refused_and_one_they_repeat_is_the_first():
    with pytest.raises(departures.WallTimeError, match="The next minute that exists is 3:00 AM"):
        departures.moment(date(2026, 3, 8), time(2, 30), ZONE)
    first = departures.moment(date(2026, 11, 1), time(1, 30), ZONE)
    assert first.astimezone(UTC) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_where_the_manual_sets_the_lead_no_time_the_explanation_says_so():
    policy = catalog.in_force("missouri", ON)
    told = departures.outlook(policy, NOON + timedelta(hours=4), NOON, NOON, ZONE, ())
    assert (told.end.rule, told.end.clock, told.end.section) == ("MO-LI-4", "", "Revoking End User Access")
    assert "access ends when the person leaves" in told.end.because[1]
    afterwards = departures.outlook(policy, NOON - timedelta(hours=4), NOON, NOON, ZONE, ())
    assert "access ends when the notice is here" in afterwards.end.because[1]
    assert afterwards.is_now


def test_a_pack_with_a_time_for_the_lead_counts_it_from_the_later_of_departure_and_notice():
    policy = catalog.in_force("sonoma", ON)
    for leaves, noticed in ((NOON, NOON - timedelta(days=1)), (NOON - timedelta(days=1), NOON)):
        told = departures.outlook(policy, leaves, noticed, NOON, ZONE, ())
        assert (told.ends_at, told.end.clock, told.end.rule) == (NOON, "deactivation", "SON-LI-4")
