"""Amounts: whole cents in and out, and a part of one rounded once."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MOST_CENTS, cents_of, dollars, share


@pytest.mark.parametrize(("cents", "said"), [(0, "$0.00"), (5, "$0.05"), (123450, "$1,234.50"), (-7, "-$0.07")])
def test_cents_as_people_write_them(cents, said):
    assert dollars(cents) == said


@pytest.mark.parametrize(
    ("said", "cents"),
    [("12", 1200), (" $1,234.5 ", 123450), (".05", 5), ("-3.10", -310), ("(12.00)", -1200), ("100000000", MOST_CENTS)],
)
def test_what_was_typed_is_read(said, cents):
    assert cents_of(said) == cents


@pytest.mark.parametrize("said", ["", "-", "$", "1.234", "1,23", "12,00", "1e3", "twelve", "1 2", "٣", "100000000.01"])
def test_what_is_no_amount_is_refused(said):
    with pytest.raises(ValueError, match=r"is no amount|is more than"):
        cents_of(said)


@given(st.integers(-MOST_CENTS, MOST_CENTS))
def test_what_is_written_is_read_back(cents):
    assert cents_of(dollars(cents)) == cents


@given(st.integers(-MOST_CENTS, MOST_CENTS), st.fractions(0, 2, max_denominator=400))
def test_a_share_is_the_nearest_cent(cents, part):
    assert abs(share(cents, part) - cents * part) <= Fraction(1, 2)
    assert share(-cents, part) == -share(cents, part)
