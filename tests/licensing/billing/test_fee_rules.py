"""What a schedule comes to, without a database: every basis, every bound, every day of a year, and that it adds up."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.billing.fees.models import Basis, Proration, ReliefKind
from licensing.billing.fees.rules import AddOn, Facts, Held, Year, fraction, price, price_licenses

YEAR = Year(date(2026, 7, 1), date(2027, 6, 30))
ZERO = date(2020, 1, 1)


def item(basis, cents=0, **values):
    plain = {"name": str(basis), "level": "", "bands": [], "least_cents": None, "most_cents": None}
    return SimpleNamespace(basis=basis, cents=cents, **plain | values)


def schedule(*items, proration=Proration.MONTHS, least=0, most=None):
    return SimpleNamespace(items=items, proration=proration, least_cents=least, most_cents=most)


def relief(percent, first=YEAR.first_day, last=YEAR.last_day, funder=""):
    return SimpleNamespace(kind=ReliefKind.WAIVED, percent=percent, first_day=first, last_day=last, funder=funder)


def total(lines):
    return sum(line.cents for line in lines)


@pytest.mark.rule("SON-LI-9")
@pytest.mark.parametrize(
    ("asked", "facts", "cents"),
    [
        (item(Basis.FLAT, 250_00), Facts(), 250_00),
        (item(Basis.LICENSES, 150_00), Facts((Held(1, "", ZERO), Held(2, "", ZERO))), 300_00),
        (item(Basis.BEDS, 2_50), Facts(beds=40), 100_00),
        (item(Basis.CLIENTS, 10), Facts(clients=1234), 123_40),
        (item(Basis.DATA_QUALITY, bands=[{"from": 0, "cents": 500_00}, {"from": 95, "cents": -100_00}]),
         Facts(data_quality=94), 500_00),
        (item(Basis.PROJECTS, 75_00), Facts(projects=3), 225_00),
        (item(Basis.TRAINEES, 20_00), Facts(trainees=5), 100_00),
        (item(Basis.BUDGET, bands=[{"from": 0, "cents": 1}, {"from": 100, "cents": 2}]), Facts(budget_cents=100), 2),
        (item(Basis.BUDGET, bands=[{"from": 0, "cents": 1}, {"from": 100, "cents": 2}]), Facts(budget_cents=99), 1),
        (item(Basis.BUDGET, bands=[{"from": 50, "cents": 1}]), Facts(budget_cents=49), 0),
        (item(Basis.LICENSE_TYPE, 90_00, level="read"), Facts((Held(1, "read", ZERO), Held(2, "full", ZERO))), 90_00),
    ],
)  # fmt: skip
def test_each_basis_by_itself(asked, facts, cents):
    assert total(price(schedule(asked), facts, [], YEAR)) == cents


@pytest.mark.rule("SAC-LI-7")
def test_no_items_are_no_lines_and_so_free():
    assert price(schedule(least=500_00), Facts((Held(1, "", ZERO),)), [], YEAR) == []


def test_a_figure_that_nobody_entered_is_a_line_that_says_so():
    [line] = price(schedule(item(Basis.BEDS, 2_50)), Facts(), [], YEAR)
    assert (line.cents, line.quantity) == (0, 0)
    assert line.why == ("No figure is on record for this year, so nothing is charged for it. "
                        "Enter the figure and count again.",)  # fmt: skip


@pytest.mark.parametrize(
    ("beds", "cents"), [(39, 100_00), (40, 100_00), (41, 102_50), (79, 197_50), (80, 200_00), (81, 200_00)]
)
def test_the_bounds_of_a_year_are_lines_of_their_own(beds, cents):
    lines = price(schedule(item(Basis.BEDS, 2_50), least=100_00, most=200_00), Facts(beds=beds), [], YEAR)
    assert total(lines) == cents
    assert len(lines) == (2 if beds in (39, 81) else 1)


def test_bands_that_take_money_off_never_leave_less_than_nothing():
    lines = price(
        schedule(item(Basis.DATA_QUALITY, bands=[{"from": 0, "cents": -5}])), Facts(data_quality=100), [], YEAR
    )
    assert (total(lines), lines[-1].words) == (0, "To the minimum a year")


@pytest.mark.rule("VT-LI-8")
@pytest.mark.parametrize(
    ("rule", "since", "left", "whole"),
    [
        (Proration.WHOLE, date(2027, 6, 30), 1, 1),
        (Proration.DAYS, date(2026, 7, 1), 1, 1),
        (Proration.DAYS, date(2026, 7, 2), 364, 365),
        (Proration.DAYS, date(2027, 6, 30), 1, 365),
        (Proration.MONTHS, date(2026, 7, 31), 12, 12),
        (Proration.MONTHS, date(2026, 8, 1), 11, 12),
        (Proration.MONTHS, date(2027, 6, 1), 1, 12),
        (Proration.QUARTERS, date(2026, 9, 30), 4, 4),
        (Proration.QUARTERS, date(2026, 10, 1), 3, 4),
        (Proration.QUARTERS, date(2027, 6, 30), 1, 4),
    ],
)  # fmt: skip
def test_the_part_of_a_year_at_its_boundaries(rule, since, left, whole):
    assert fraction(rule, since, YEAR).value == Fraction(left, whole)


@pytest.mark.parametrize("rule", Proration)
@pytest.mark.parametrize(
    "first", [date(2026, 7, 1), date(2027, 7, 1), date(2026, 1, 1), date(2026, 3, 15), date(2026, 1, 31)]
)
def test_every_day_of_a_year_costs_no_more_than_the_day_before_and_never_nothing(rule, first):
    year = Year(first, first.replace(year=first.year + 1) - timedelta(days=1))
    parts = [fraction(rule, first + timedelta(days=n), year).value for n in range(year.days)]
    assert parts[0] == 1
    assert all(0 < later <= sooner for sooner, later in pairwise(parts))
    assert fraction(rule, year.last_day + timedelta(days=1), year).value == (1 if rule is Proration.WHOLE else 0)


@pytest.mark.rule("VT-LI-9")
def test_an_add_on_costs_what_the_vendor_charges_and_counts_only_where_it_is_held():
    facts = Facts((Held(1, "", ZERO, (7,)), Held(2, "", date(2027, 1, 1), (7,)), Held(3, "", ZERO)),
                  (AddOn(7, "Report writer", 319_00),))  # fmt: skip
    lines = price(schedule(item(Basis.ADD_ON, 1_00)), facts, [], YEAR)
    assert [(line.cents, line.license_ids) for line in lines] == [(319_00, (1,)), (159_50, (2,))]


@pytest.mark.rule("HUD-LI-6")
def test_a_relief_counts_the_days_of_the_year_that_it_covers_and_two_take_off_no_more_than_there_is():
    flat = schedule(item(Basis.FLAT, 365_00))
    for days in (1, 31, 364, 365, 500):
        last = YEAR.first_day + timedelta(days=days - 1)
        assert total(price(flat, Facts(), [relief(100, last=last)], YEAR)) == 365_00 - min(days, 365) * 1_00
    lines = price(flat, Facts(), [relief(80), relief(60, funder="County")], YEAR)
    assert [line.cents for line in lines] == [365_00, -146_00 - 73_00, -146_00]
    assert lines[1].words == "Waived, borne by County"


@pytest.mark.rule("HUD-LI-6")
def test_a_relief_of_what_is_bought_within_the_year_counts_the_days_that_are_left_of_it():
    asked, bought = schedule(item(Basis.LICENSES, 120_00)), date(2026, 11, 1)
    facts = Facts((Held(1, "", bought),))
    before = bought - timedelta(days=1)
    assert total(price_licenses(asked, facts, [relief(100, bought)], YEAR)) == 0
    assert total(price_licenses(asked, facts, [relief(100, last=before)], YEAR)) == 80_00
    lines = price(asked, Facts((Held(1, "", bought), Held(2, "", ZERO))), [relief(50, bought)], YEAR)
    assert [line.cents for line in lines] == [120_00, 80_00, -79_78]
    assert lines[2].why == ("50 % of $200.00 for 242 of 365 days of $120.00 and 242 of 242 days of $80.00 = $79.78.",)


days = st.dates(date(2025, 1, 1), date(2027, 6, 30))
levels = st.sampled_from(["", "read", "full"])
a_license = st.builds(Held, st.integers(1, 999), levels, days, st.sampled_from([(), (7,)]))
helds = st.lists(a_license, max_size=8, unique_by=lambda one: one.license_id)
items = st.lists(
    st.builds(item, st.sampled_from([b for b in Basis if b not in (Basis.BUDGET, Basis.DATA_QUALITY)]),
              st.integers(0, 10_000_00), level=st.sampled_from(["read", "full"]),
              least_cents=st.none() | st.integers(0, 500), most_cents=st.none() | st.integers(500, 10**7)),
    max_size=5,
)  # fmt: skip
reliefs = st.lists(
    st.builds(relief, st.integers(1, 100), days, st.dates(date(2026, 1, 1), date(2028, 1, 1))), max_size=3
)


@given(helds, items, reliefs, st.integers(0, 10**6), st.none() | st.integers(10**6, 10**8), st.sampled_from(Proration),
       st.none() | st.integers(0, 500))  # fmt: skip
def test_whatever_is_priced_lies_within_its_bounds_and_says_how_it_is_counted(
    held, asked, eased, least, most, rule, beds
):
    facts = Facts(held, (AddOn(7, "Add-on", 319_00),), 2, 3, beds, beds)
    lines = price(schedule(*asked, proration=rule, least=least, most=most), facts, eased, YEAR)
    assert all(isinstance(line.cents, int) and line.why for line in lines)
    before = total(line for line in lines if line.basis != "relief")
    assert not lines or least <= before <= (most if most is not None else before)
    assert 0 <= total(lines) <= before
    counted = [number for line in lines if line.basis == Basis.LICENSES for number in line.license_ids]
    times = sum(one.basis is Basis.LICENSES for one in asked)
    assert sorted(counted) == sorted([one.license_id for one in held] * times)


@given(helds, st.integers(0, 10_000_00), reliefs, st.sampled_from(Proration))
def test_licenses_alone_cost_what_they_cost_among_others(held, cents, eased, rule):
    asked = schedule(item(Basis.LICENSES, cents), proration=rule)
    assert price_licenses(asked, Facts(held), eased, YEAR) == (price(asked, Facts(held), eased, YEAR))
