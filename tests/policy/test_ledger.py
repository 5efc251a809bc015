"""The ledger lists every rule, and finds the code and the tests that name it."""

from __future__ import annotations

import json
import tomllib

import pytest
from click.testing import CliRunner

from core.policy import ledger as made
from core.policy.cli import rules
from core.policy.packs import BUILT_IN


@pytest.fixture(scope="module")
def listed():
    return {entry.id: entry for entry in made.ledger(with_tests=True)}


def test_every_rule_is_listed_once_in_the_catalogue_s_order(listed):
    catalogue = tomllib.loads((BUILT_IN / "rules.toml").read_text())["rule"]
    assert list(listed) == [rule["id"] for rule in catalogue]


def test_values_code_and_tests_are_beside_the_rule(listed):
    entry = listed["MO-LI-4"]
    assert (
        "missouri",
        "departure-notice: 3 business days, counted from the day the user left or no longer needs access",
    ) in (entry.values)
    assert any(place.startswith("licensing/") for place in entry.code)
    assert "tests/policy/test_clocks.py::test_each_clock_ends_where_the_manual_s_count_ends" in entry.tests


def test_places_are_read_from_docstrings_marks_and_tables(tmp_path, monkeypatch):
    (tmp_path / "core").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "core" / "one.py").write_text(
        '''async def decide():\n    """Decides MO-LI-4."""\n\nOTHER = "MO-LI-5"\n'''
    )
    (tmp_path / "tests" / "test_one.py").write_text(
        """CASES = [pytest.param(1, marks=pytest.mark.rule("MO-LI-6"))]\n\n"""
        """@pytest.mark.parametrize("n", CASES)\n@pytest.mark.rule("MO-LI-4", "MO-LI-5")\ndef test_a(n):\n    pass\n"""
    )
    monkeypatch.setattr(made, "ROOT", tmp_path)
    found = {entry.id: entry for entry in made.ledger(with_tests=True)}
    assert found["MO-LI-4"].code == ("core/one.py:decide",)
    assert found["MO-LI-5"].code == ()
    assert [rule for rule, entry in found.items() if entry.tests] == ["MO-LI-4", "MO-LI-5", "MO-LI-6"]


def test_what_is_printed(listed):
    told = json.loads(CliRunner().invoke(rules, ["--tests", "--json"]).stdout)
    assert [one["id"] for one in told] == list(listed)
    assert set(told[0]) == {"id", "area", "says", "code", "values", "tests"}
    lines = CliRunner().invoke(rules, ["--tests"]).stdout.splitlines()
    assert lines[-1].startswith(f"{len(listed)} rules: ")
    assert any(line.strip() == "proved by: not yet" for line in lines) == any(not one["tests"] for one in told)
