"""Days without somebody, who may be named, what waits for what: pure, at their boundaries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.people.models import DesignationKind
from core.policy import catalog
from licensing.agencies import rules
from licensing.agencies.rules import Checked, Gap, Held, Known, Step, Told

BEGAN, TODAY = date(2026, 1, 1), date(2026, 3, 1)
DAYS = (TODAY - BEGAN).days
NY = ZoneInfo("America/New_York")


def pack(name):
    return catalog.in_force(name, date(2026, 11, 20))


def day(number):
    return BEGAN + timedelta(days=number)


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([], [(0, None)]),
        ([(0, None)], []),
        ([(0, 9), (10, None)], []),
        ([(0, 9), (11, None)], [(10, 10)]),
        ([(0, 9), (5, 20), (30, None)], [(21, 29)]),
        ([(3, DAYS)], [(0, 2)]),
        ([(3, DAYS - 1)], [(0, 2), (DAYS, None)]),
        ([(0, 9), (DAYS + 1, None)], [(10, None)]),
        ([(-40, -30)], [(0, None)]),
    ],
)
def test_days_without_somebody(spans, found):
    held = [Held(day(first), None if last is None else day(last)) for first, last in spans]
    told = [Gap(day(first), None if last is None else day(last)) for first, last in found]
    assert rules.gaps(held, BEGAN, TODAY) == told


SPANS = st.lists(
    st.tuples(st.integers(-10, DAYS + 10), st.one_of(st.none(), st.integers(0, 40))).map(
        lambda pair: Held(day(pair[0]), None if pair[1] is None else day(pair[0] + pair[1]))
    ),
    max_size=6,
)


@given(SPANS)
def test_every_day_is_either_covered_or_in_one_gap(held):
    found = rules.gaps(held, BEGAN, TODAY)
    for number in range(DAYS + 1):
        at = day(number)
        covered = any(h.first <= at and (h.last is None or at <= h.last) for h in held)
        within = sum(gap.first <= at and at <= (gap.last or TODAY) for gap in found)
        assert within == (not covered)


@given(SPANS, SPANS)
def test_designated_and_licensed_is_both_on_the_same_day(one, other):
    def on(held, at):
        return any(h.first <= at and (h.last is None or at <= h.last) for h in held)

    for number in range(-10, DAYS + 60, 3):
        at = day(number)
        assert on(rules.both(one, other), at) == (on(one, at) and on(other, at))


@pytest.mark.parametrize(("second", "last"), [(-1, date(2026, 11, 1)), (0, date(2026, 11, 1)), (1, date(2026, 11, 2))])
def test_the_last_day_of_what_ended_at_midnight_is_the_day_before(second, last):
    midnight = datetime(2026, 11, 2, tzinfo=NY).astimezone(UTC)  # the clocks went back on the 1st
    assert rules.last_day(midnight + timedelta(seconds=second), NY) == last


# ------------------------------------------------------------------ who may be named

ADMIN, OFFICER = DesignationKind.ADMINISTRATOR, DesignationKind.SECURITY_OFFICER
SINCE = date(2025, 2, 28)


@pytest.mark.parametrize(
    ("kind", "checked", "on", "refused"),
    [
        (ADMIN, Checked(), date(2026, 2, 28), "has not been checked"),
        (ADMIN, Checked(has_check=True), date(2026, 2, 28), ""),
        (ADMIN, Checked(True, True), date(2026, 2, 28), "raised concerns"),
        (ADMIN, Checked(True, True, SINCE), date(2026, 2, 27), "raised concerns"),
        (ADMIN, Checked(True, True, SINCE), date(2026, 2, 28), ""),
        (ADMIN, Checked(True, True, SINCE), date(2026, 3, 1), ""),
        (ADMIN, Checked(True, True, date(2024, 2, 29)), date(2025, 2, 27), "raised concerns"),
        (ADMIN, Checked(True, True, date(2024, 2, 29)), date(2025, 2, 28), ""),
        (OFFICER, Checked(), date(2026, 2, 28), "has not been checked"),
        (OFFICER, Checked(True, True, SINCE), date(2026, 3, 1), "raised concerns"),
        (DesignationKind.REPRESENTATIVE, Checked(), date(2026, 2, 28), ""),
    ],
)
def test_who_may_be_named_after_a_background_check(kind, checked, on, refused):
    told = rules.may_be_named(kind, "Kim Moss", checked, on, pack("sonoma"))
    assert (refused in told.sentence and told.rule == "SON-LI-7") if refused else told is None


def test_where_the_manual_asks_no_check_nobody_waits():
    assert rules.may_be_named(ADMIN, "Kim Moss", Checked(True, True), SINCE, pack("vermont")) is None


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("sonoma", [(ADMIN, True, 0), (OFFICER, False, 0)]),
        ("sacramento", [(OFFICER, False, 0)]),
        ("vermont", [(ADMIN, False, 10)]),
        ("missouri", []),
        ("missouri-bos", []),
    ],
)
def test_whom_each_pack_asks_for(name, kinds):
    assert [(m.kind, m.is_licensed, m.from_users) for m in rules.musts(pack(name))] == kinds


# ------------------------------------------------------------------ coming in


def outcomes(name, known=(), told=()):
    facts = Known({step: (step in known, "") for step in Step if step not in told})
    given = {step: Told("Sol Ortiz", "today", "") for step in told}
    return {line.step: line.outcome for line in rules.onboarding(pack(name), facts, given)}


def test_the_audit_waits_for_the_officer_and_the_signing_for_the_audit():
    assert outcomes("sacramento")[Step.SIGNED] == "waiting"
    assert outcomes("sacramento")[Step.AUDIT] == "waiting"
    with_officer = outcomes("sacramento", known={Step.SECURITY_OFFICER})
    assert (with_officer[Step.AUDIT], with_officer[Step.SIGNED]) == ("missing", "waiting")
    audited = outcomes("sacramento", known={Step.SECURITY_OFFICER}, told={Step.AUDIT})
    assert (audited[Step.SIGNED], audited[Step.COUNTERSIGNED]) == ("missing", "waiting")


@pytest.mark.parametrize("name", ["sonoma", "sacramento", "vermont", "missouri", "missouri-bos"])
def test_every_pack_has_its_steps_and_each_can_be_met(name):
    every = outcomes(name, known=set(Step))
    assert every
    assert set(every.values()) == {"met"}
