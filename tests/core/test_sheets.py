"""A table to take away runs nothing where it is opened."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from core.sheets import csv_lines


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_begins_a_formula_is_text_and_numbers_and_days_stay_what_they_are(start):
    rows = [(f"{start}1", f"1{start}", -1, date(2026, 11, 20), None)]
    _, line = csv_lines(("A",), rows, ZoneInfo("UTC"))
    ends = '"' if start in "\r\n" else ""
    assert line == f"{ends}'{start}1{ends},{ends}1{start}{ends},-1,2026-11-20,\r\n"
