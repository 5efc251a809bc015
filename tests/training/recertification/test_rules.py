"""What is asked of every pack, and what becomes of an obligation by each act."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from core.policy import catalog
from core.policy.vocabulary import CycleName
from training.courses.vocabulary import Credit
from training.recertification import rules
from training.recertification.rules import TRANSITIONS, Act, Audience, Owes, Pace, Period, due_on, plan, span_parts

C = CycleName
COMMUNITIES = ("missouri", "missouri-bos", "sacramento", "sonoma", "vermont")
RECERT = ["user-agreement", "security-and-privacy", "data-standards"]
REFRESH = ["software", "confidentiality-and-privacy", "data-security"]
ASKED = {
    "missouri": {
        C.RECERTIFICATION: ("10-01", RECERT, 1),
        C.SECURITY_CERTIFICATION: (None, ["security"], 1),
        C.REFRESHER_TRAINING: ("10-01", REFRESH, 1),
    },
    "vermont": {
        C.GENERAL_TRAINING: ("01-01", ["general"], 2),
        C.REPORTING_TRAINING: ("01-01", ["reporting"], 2),
        C.SECURITY_TRAINING: (None, ["security"], 1),
        C.REFRESHER_TRAINING: (None, REFRESH, 1),
    },
    "sonoma": {C.SECURITY_TRAINING: (None, ["security"], 1), C.REFRESHER_TRAINING: (None, REFRESH, 1)},
    "sacramento": {C.SECURITY_CERTIFICATION: (None, ["security"], 1), C.REFRESHER_TRAINING: (None, REFRESH, 1)},
}
ASKED["missouri-bos"] = ASKED["missouri"]


def newest(pack: str):
    return catalog.version(pack, catalog.versions(pack)[-1])


@pytest.mark.parametrize("pack", COMMUNITIES)
def test_what_each_pack_asks_of_who_holds_a_license(pack):
    asked = {one.cycle: (one.starts, list(one.titles), one.times) for one in plan(newest(pack))}
    assert asked == ASKED[pack]


@pytest.mark.parametrize("pack", COMMUNITIES)
def test_every_cycle_is_cited_counts_credits_that_courses_give_and_can_be_counted_in_days(pack):
    policy = newest(pack)
    for one in [*plan(policy), rules.staff_plan(policy)]:
        assert one.rule in catalog.rules
        assert one.section
        assert one.manual == catalog.manuals[one.source].title
        assert set(one.titles) <= set(Credit)
        assert span_parts(one.every) == (12, 0)
        assert (one.pace is Pace.FIXED) == (one.starts is not None)
        assert one.times == 1 or one.pace is Pace.FIXED


@pytest.mark.parametrize("pack", COMMUNITIES)
def test_the_leads_own_staff_certify_their_security_everywhere(pack):
    own = rules.staff_plan(newest(pack))
    assert (own.cycle, own.audience, own.rule) == (C.SECURITY_CERTIFICATION, Audience.STAFF, "HUD-TR-6")


def test_only_the_reporting_add_on_asks_for_reporting_trainings():
    audiences = {one.cycle: one.audience for one in plan(newest("vermont"))}
    assert audiences.pop(C.REPORTING_TRAINING) is Audience.REPORTING
    assert set(audiences.values()) == {Audience.HOLDERS}


@pytest.mark.parametrize(("state", "act"), list(product(Owes, Act)))
def test_every_pair_of_state_and_act(state, act):
    allowed = {
        Owes.OWED: {Act.MEET: Owes.MET, Act.LAPSE: Owes.LAPSED, Act.EXCUSE: Owes.EXEMPT, Act.END: Owes.ENDED},
        Owes.LAPSED: {Act.MEET: Owes.MET, Act.EXCUSE: Owes.EXEMPT, Act.END: Owes.ENDED},
        Owes.MET: {Act.REOPEN: Owes.OWED},
        Owes.EXEMPT: {Act.REOPEN: Owes.OWED},
        Owes.ENDED: {},
    }
    assert TRANSITIONS.get((state, act)) == allowed[state].get(act)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 9, 30), date(2025, 10, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 10, 1), date(2027, 9, 30)),
        (date(2027, 9, 30), date(2026, 10, 1), date(2027, 9, 30)),
    ],
)
def test_the_fiscal_year_that_holds_a_day(day, first, last):
    assert Period.holding("10-01", day) == Period(first, last)


def test_the_lead_gives_the_days_only_where_the_manual_gives_no_last_day():
    missouri = {one.cycle: one for one in plan(newest("missouri"))}
    vermont = {one.cycle: one for one in plan(newest("vermont"))}
    fiscal, year = Period(date(2026, 10, 1), date(2027, 9, 30)), Period(date(2026, 1, 1), date(2026, 12, 31))
    assert due_on(missouri[C.RECERTIFICATION], fiscal, 30) == date(2026, 10, 31)
    assert due_on(missouri[C.RECERTIFICATION], fiscal, None) == date(2026, 10, 31)
    assert due_on(missouri[C.RECERTIFICATION], fiscal, 999) == date(2027, 9, 30)
    assert due_on(vermont[C.GENERAL_TRAINING], year, None) == date(2026, 12, 31)
