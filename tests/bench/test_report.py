"""The runner, on measurements that take no time; what is measured is for `make bench`."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from bench import report
from bench.measure import Goal, Measurement, measurements

ASKED = "an office that asked"
KNOWN = {
    one.name: one
    for one in (
        Measurement("quick", "Counting to three", "s", lambda: 3.0, Goal(10, ASKED)),
        Measurement("slow", "Counting to twelve", "s", lambda: 12.0, Goal(10, ASKED)),
        Measurement("rate", "Counting on", "each/s", lambda: 1234.5, Goal(2000, ASKED, at_least=True)),
        Measurement("free", "Counting for its own sake", "s", lambda: 0.25),
        Measurement("night", "Counting all night", "s", lambda: 1 / 0, long=True),
    )
}


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setattr(report, "measurements", lambda: KNOWN)


def bench(*arguments: str) -> str:
    result = CliRunner().invoke(report.main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_each_line_has_the_work_the_figure_the_goal_and_whether_it_holds():
    machine, *lines = bench().splitlines()
    assert re.fullmatch(r"On \d+ processors with a load of \d+\.\d from others\.", machine)
    assert [re.split(r" {2,}", line) for line in lines] == [
        ["name", "work", "figure", "goal", "verdict"],
        ["quick", "Counting to three", "3 s", "at most 10 s", "holds"],
        ["slow", "Counting to twelve", "12 s", "at most 10 s", "misses"],
        ["rate", "Counting on", "1,234 each/s", "at least 2000 each/s", "misses"],
        ["free", "Counting for its own sake", "0.25 s", "none set", "-"],
    ]


def test_only_what_is_named_runs_and_in_that_order():
    assert [line.split()[0] for line in bench("free", "quick").splitlines()[2:]] == ["free", "quick"]


def test_a_long_one_runs_when_it_is_named():
    assert isinstance(CliRunner().invoke(report.main, ["night"]).exception, ZeroDivisionError)


def test_json_says_the_same_and_who_asked():
    told = json.loads(bench("slow", "--json"))
    assert (told["processors"] >= 1, told["load"] >= 0) == (True, True)
    [figure] = told["figures"]
    assert figure == {
        "name": "slow", "work": "Counting to twelve", "figure": 12.0, "unit": "s", "verdict": "misses",
        "goal": {"value": 10, "at_least": False, "source": ASKED},
    }  # fmt: skip


def test_a_name_that_none_has_is_refused_with_those_there_are():
    result = CliRunner().invoke(report.main, ["nothing"])
    assert (result.exit_code, "'nothing'; there are: quick, slow" in result.output) == (2, True)


@pytest.mark.parametrize(("figure", "verdict"), [(9.9, "holds"), (10, "holds"), (10.1, "misses")])
def test_a_goal_reached_exactly_holds(figure, verdict):
    assert KNOWN["slow"].judge(figure) == verdict
    assert KNOWN["rate"].judge(figure * 200) == ("misses" if figure < 10 else "holds")


def test_every_measurement_fits_the_table():
    found = measurements()
    assert {"start", "memory", "deadlines", "mail", "personal-data", "audit"} <= found.keys()
    long = {one.name for one in found.values() if one.long}
    assert {"demo-large", "queue-1m", "queue-growth", "queue-beside", "create-beside"} <= long
    assert not long & {"start", "memory", "deadlines", "mail", "personal-data", "audit"}
    for one in found.values():
        assert len(one.name) <= report.NAME
        assert len(one.work) <= report.WORK
        assert one.goal is None or one.goal.source
