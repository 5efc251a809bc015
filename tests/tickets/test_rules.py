from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from core.policy import catalog
from core.policy.vocabulary import Tier
from helpdesk.tickets import rules
from helpdesk.tickets.rules import Action, Category, Priority, Side, State

# The whole product, by hand: a row for each state, a column for each action in the order of the enumeration.
COLUMNS = list(Action)
N, O, W, V, C, D, M = State  # noqa: E741 - a table reads by its letters
EXPECTED = {
    N: [N, W, N, N, V, O, N, N, C, D, None, None, N, N, M, None],
    O: [O, W, O, O, V, O, O, O, C, D, None, None, O, O, M, None],
    W: [O, W, O, O, V, O, W, W, C, D, None, W, W, W, M, None],
    V: [O, V, None, O, V, O, V, V, C, D, None, None, V, V, M, None],
    C: [O, None, None, None, None, O, C, None, None, None, O, None, None, None, M, None],
    D: [O, None, None, None, None, O, D, None, None, None, O, None, None, None, M, None],
    M: [M, *[None] * 15],
}


def test_the_table_covers_every_state_and_action():
    assert set(EXPECTED) == set(State)
    assert list(Action) == COLUMNS


@pytest.mark.parametrize(("state", "action"), [*product(State, Action)])
def test_every_pair_of_state_and_action(state, action):
    assert rules.after(state, action) == EXPECTED[state][COLUMNS.index(action)]


@pytest.mark.parametrize(("side", "tier"), [*product(Side, Tier)])
def test_every_side_has_its_acts_on_every_tier(side, tier):
    acts = rules.ACTS[side, tier]
    assert (Action.ASK_VENDOR in acts) == (side is Side.LEAD and tier is not Tier.AGENCY_ADMINISTRATOR)
    assert (Action.NOTE in acts) == (Action.DECLINE in acts) == (side is Side.LEAD)
    assert (Action.ANSWER in acts) == (side is Side.LEAD or (side is Side.AGENCY and tier is Tier.AGENCY_ADMINISTRATOR))
    assert (Action.FORWARD in acts) == (side is not Side.REQUESTER and tier is Tier.AGENCY_ADMINISTRATOR)
    assert (Action.HAND_BACK in acts) == (side is Side.LEAD and tier is not Tier.AGENCY_ADMINISTRATOR)
    assert Action.VENDOR_REPLY not in acts


@pytest.mark.parametrize(("side", "tier", "state"), [*product(Side, Tier, State)])
def test_nobody_is_offered_what_the_state_forbids(side, tier, state):
    assert all(rules.after(state, action) for action in rules.acts(side, tier, state))


PACKS = {name: catalog.version(name, catalog.versions(name)[-1]) for name in catalog.packs()}
AGENCY_FIRST = {"sonoma", "vermont"}


@pytest.mark.parametrize("name", list(PACKS))
def test_the_first_tier_in_every_pack(name):
    policy = PACKS[name]
    first = rules.first_tier(policy, Category.PROBLEM, has_administrator=True)
    assert first.tier is (Tier.AGENCY_ADMINISTRATOR if name in AGENCY_FIRST else Tier.HMIS_LEAD)
    for facts in ({"has_administrator": False}, {"has_administrator": True, "asked_by_administrator": True}):
        assert rules.first_tier(policy, Category.PROBLEM, **facts).tier is Tier.HMIS_LEAD


@pytest.mark.parametrize("name", list(PACKS))
def test_security_goes_straight_to_the_lead_in_every_pack(name):
    placed = rules.first_tier(PACKS[name], Category.SECURITY, has_administrator=True)
    assert placed.tier is Tier.HMIS_LEAD
    assert rules.previous_tier(PACKS[name], Tier.HMIS_LEAD, Category.SECURITY, has_administrator=True) is None


@pytest.mark.parametrize("category", list(Category))
def test_only_security_is_urgent(category):
    assert (rules.priority_of(category) is Priority.URGENT) == (category is Category.SECURITY)


@pytest.mark.parametrize("name", list(PACKS))
def test_the_ladder_is_climbed_step_by_step_and_ends_at_the_vendor(name):
    policy = PACKS[name]
    tier = rules.first_tier(policy, Category.PROBLEM, has_administrator=True).tier
    climbed = [tier]
    while (step := rules.next_tier(policy, climbed[-1])) is not None:
        climbed.append(step.tier)
    whole = [Tier.AGENCY_ADMINISTRATOR, Tier.HMIS_LEAD, Tier.VENDOR]
    assert climbed == (whole if name in AGENCY_FIRST else whole[1:])


@pytest.mark.parametrize(("name", "side", "tier"), [*product([*PACKS, None], Side, Tier)])
def test_only_the_lead_reaches_the_vendor_and_a_requester_moves_nothing(name, side, tier):
    refusal = rules.may_move_to(PACKS[name] if name else None, tier, side)
    allowed = side is Side.LEAD or (side is Side.AGENCY and tier is not Tier.VENDOR)
    assert (refusal is None) == allowed
    if name and tier is Tier.VENDOR and refusal:
        assert refusal.rule in catalog.rules


@pytest.mark.parametrize("name", list(PACKS))
def test_every_placement_is_cited_from_its_own_pack(name):
    policy = PACKS[name]
    placed = [
        rules.first_tier(policy, Category.PROBLEM, has_administrator=True),
        rules.first_tier(policy, Category.PROBLEM, has_administrator=False),
        rules.first_tier(policy, Category.SECURITY, has_administrator=True),
        rules.next_tier(policy, Tier.HMIS_LEAD),
        rules.previous_tier(policy, Tier.VENDOR, Category.PROBLEM, has_administrator=True),
    ]
    for placement in placed:
        told = placement.explanation
        assert told["pack"] == name
        assert told["because"] == [placement.because]
        assert told["title"] == catalog.manuals[catalog.rule(placement.rule).source].title


def test_nobody_knows_whose_it_is_so_the_lead_has_it():
    assert rules.first_tier(None, Category.PROBLEM, has_administrator=False).tier is Tier.HMIS_LEAD
    assert rules.next_tier(None, Tier.HMIS_LEAD).tier is Tier.VENDOR
    assert rules.next_tier(None, Tier.VENDOR) is None
    assert rules.previous_tier(None, Tier.VENDOR, Category.OTHER, has_administrator=False).tier is Tier.HMIS_LEAD
    assert rules.previous_tier(None, Tier.HMIS_LEAD, Category.OTHER, has_administrator=True) is None


@pytest.mark.parametrize(
    ("name", "has_administrator", "expected"),
    [
        ("sonoma", True, Tier.AGENCY_ADMINISTRATOR),
        ("vermont", True, Tier.AGENCY_ADMINISTRATOR),
        ("sonoma", False, None),
        ("missouri", True, None),
        ("sacramento", True, None),
    ],
)
def test_handing_back_needs_somebody_below(name, has_administrator, expected):
    placed = rules.previous_tier(PACKS[name], Tier.HMIS_LEAD, Category.PROBLEM, has_administrator=has_administrator)
    assert (placed and placed.tier) is expected


def test_nobody_stands_below_the_agency():
    assert (
        rules.previous_tier(PACKS["sonoma"], Tier.AGENCY_ADMINISTRATOR, Category.PROBLEM, has_administrator=True)
        is None
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Erin Doyle cannot save", "[the user] cannot save"),
        ("ask ERIN   DOYLE, please", "ask [the user], please"),
        ("mail erin@agency.test.", "mail [the user]."),
        ("Erin Doylesson stays", "Erin Doylesson stays"),
        ("nothing here", "nothing here"),
        ("a+b (c) stays", "a+b (c) stays"),
    ],
)
def test_names_are_scrubbed_whole(text, expected):
    assert rules.scrub(text, ["Erin Doyle", "erin@agency.test", "", "a"], "[the user]") == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(0), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3, hours=4, minutes=59), "3 days 4 h"),
    ],
)
def test_how_long_it_lasted(span, expected):
    assert rules.lasted(span) == expected
