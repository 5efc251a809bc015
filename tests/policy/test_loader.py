"""Packs that cannot be used are refused with file, key, found and expected; versions keep their word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.policy import NotInForce, NotInPack, PolicyError, UnknownName
from core.policy.packs import BUILT_IN, Catalog

HEAD = """
[pack]
name = "riverbend"
title = "Riverbend"
effective = 2026-01-01
extends = "missouri"
base = false
zone = "America/Chicago"
day_ends = 23:59:59
calendar = "us-federal"
"""
CLOCK = """
[clocks.departure-notice]
rule = "MO-LI-4"
source = "001"
section = "Revoking End User Access"
says = "Told within days."
anchor = "the day the user left"
within = { business_days = 2 }
"""
LIMIT = """
[limits.minimum-age]
rule = "VT-LI-3"
source = "004"
section = "2.1"
says = "Eighteen."
number = 18
unit = "years"
bound = "at-least"
"""
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def write(folder: Path, text: str, name: str = "riverbend", day: str = "2026-01-01") -> Path:
    path = folder / name / f"{day}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def packs(folder: Path) -> Catalog:
    return Catalog((BUILT_IN, folder))


def problems(folder: Path) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        packs(folder).load_all()
    found = refused.value.problems
    assert all(problem.file and problem.found and problem.expected for problem in found)
    return [str(problem) for problem in found]


REFUSED = {
    "unknown key": (
        HEAD + CLOCK + "colour = 1",
        "clocks.departure-notice.colour: found an unknown key, expected only rule",
    ),
    "unknown table": (HEAD + "[timers.x]\n", "timers: found an unknown table, expected one of pack, clocks"),
    "unknown name": (HEAD + CLOCK.replace("departure-", "departed-"), "clocks.departed-notice: found an unknown name"),
    "unknown key of the pack": (HEAD + 'colour = "red"', "pack.colour: found an unknown key"),
    "missing field": (
        HEAD + CLOCK.replace('anchor = "the day the user left"\n', ""),
        "clocks.departure-notice.anchor: found nothing",
    ),
    "missing field of the pack": (
        HEAD.replace('title = "Riverbend"\n', ""),
        "pack.title: found nothing, expected a value",
    ),
    "wrong unit": (
        HEAD + LIMIT.replace('"years"', '"days"'),
        'limits.minimum-age.unit: found "days", expected "years"',
    ),
    "no unit at all": (HEAD + LIMIT.replace('"years"', '"moons"'), 'limits.minimum-age.unit: found "moons"'),
    "unit of a span": (
        HEAD + CLOCK.replace("business_days", "moons"),
        "within: found { moons = 2 }, expected one of hours",
    ),
    "two units": (HEAD + CLOCK.replace("= 2", "= 2, days = 3"), "within: found { business_days = 2, days = 3 }"),
    "nothing counted": (HEAD + CLOCK.replace("= 2", "= 0"), "within: found { business_days = 0 }"),
    "half a day": (HEAD + CLOCK.replace("= 2", "= 2.5"), "within: found { business_days = 2.5 }"),
    "a number as text": (
        HEAD + LIMIT.replace("number = 18", 'number = "18"'),
        'number: found "18", expected a valid integer',
    ),
    "text as a number": (HEAD + CLOCK.replace('"Told within days."', "7"), "says: found 7, expected a valid string"),
    "two directions": (HEAD + CLOCK + "before = { days = 1 }", "expected exactly one of within, before, at_least"),
    "no direction": (HEAD + CLOCK.replace("within", "shortest"), "expected exactly one of within, before, at_least"),
    "a range upside down": (
        HEAD + CLOCK + "shortest = { business_days = 9 }",
        "expected shortest to be in the unit of within",
    ),
    "unknown rule": (HEAD + CLOCK.replace("MO-LI-4", "MO-LI-44"), 'rule: found "MO-LI-44", expected a rule id'),
    "unknown rule besides": (HEAD + CLOCK + 'also = ["XX-1"]', 'also: found "XX-1", expected a rule id'),
    "another manual's": (
        HEAD + CLOCK.replace('"001"', '"004"'),
        'source: found "004", expected "001", the manual of MO-LI-4',
    ),
    "bad zone": (HEAD.replace("Chicago", "Chicgo"), 'pack.zone: found "America/Chicgo", expected a time zone name'),
    "bad date": (HEAD.replace("= 2026-01-01", '= "soon"'), 'pack.effective: found "soon", expected a valid date'),
    "unknown parent": (
        HEAD.replace('"missouri"', '"misery"'),
        'pack.extends: found "misery", expected one of hud-baseline',
    ),
    "unknown calendar": (
        HEAD.replace("us-federal", "lunar"),
        'pack.calendar: found "lunar", expected one of us-federal',
    ),
    "another's name": (
        HEAD.replace('"riverbend"', '"bendriver"'),
        'pack.name: found "bendriver", expected "riverbend"',
    ),
    "another day": (
        HEAD.replace("= 2026-01-01", "= 2026-01-02"),
        "pack.effective: found 2026-01-02, expected 2026-01-01",
    ),
    "itself as parent": (HEAD.replace('"missouri"', '"riverbend"'), "expected no circle (riverbend -> riverbend)"),
    "no parent, nothing said": (
        HEAD.replace('extends = "missouri"\n', ""),
        "gates.license: found nothing, expected a value",
    ),
    "bad TOML": (HEAD + "[clocks.", "found a TOML mistake"),
    "the same key twice": (HEAD + CLOCK + CLOCK, "found a TOML mistake"),
    "empty": ("", "pack.name: found nothing, expected a value: it is required"),
    "a table that is none": ("clocks = 3\n" + HEAD, "clocks: found 3, expected tables such as [clocks.name]"),
    "a value that is none": (HEAD + "[clocks]\ndeactivation = 3", "clocks.deactivation: found 3"),
    "a pack that is none": ("pack = 3", "pack: found 3"),
    "hours nobody has": (
        HEAD + CLOCK.replace("business_days", "business_hours").replace("within", "before"),
        "business hours are",
    ),
}


@pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=REFUSED)
def test_each_mistake_is_told_with_its_place(tmp_path, text, told):
    write(tmp_path, text)
    found = problems(tmp_path)
    assert any(told in line for line in found), found
    assert any("riverbend" in line and "2026-01-01.toml" in line for line in found)


def test_every_mistake_of_a_file_is_told_at_once(tmp_path):
    write(
        tmp_path,
        HEAD.replace("Chicago", "Chicgo") + CLOCK.replace("MO-LI-4", "MO-LI-44") + LIMIT.replace("18\n", "true\n"),
    )
    assert len(problems(tmp_path)) == 3


def test_bytes_that_are_no_text(tmp_path):
    write(tmp_path, "").write_bytes(b"\xff\xfe\x00")
    assert "expected a UTF-8 text file" in problems(tmp_path)[0]


@pytest.mark.parametrize("day", ["latest", "20260101", "2026-1-1", "2026-W01-4", "2026-02-30", "2026-01-01 copy"])
def test_a_file_is_named_by_its_day_in_one_spelling(tmp_path, day):
    write(tmp_path, HEAD, day=day)
    assert "expected a file named by the day it takes effect" in problems(tmp_path)[0]


def test_a_circle_of_two(tmp_path):
    write(tmp_path, HEAD.replace('"missouri"', '"upstream"'))
    write(tmp_path, HEAD.replace('"riverbend"', '"upstream"').replace('"missouri"', '"riverbend"'), "upstream")
    assert "no circle" in problems(tmp_path)[0]


@pytest.mark.parametrize("day", ["2020-01-01", "2026-01-01"])
def test_another_folder_cannot_touch_a_built_in_pack(tmp_path, day):
    weaker = HEAD.replace('"riverbend"', '"missouri"').replace('"missouri"\nbase', '"hud-baseline"\nbase') + CLOCK
    write(tmp_path, weaker.replace("2026-01-01", day), "missouri", day)
    assert "found a name that is taken" in problems(tmp_path)[0]


def test_another_folder_cannot_touch_a_built_in_calendar(tmp_path):
    write(tmp_path, 'name = "us-federal"\nsays = "None."\nfederal = false', "calendars", "us-federal")
    assert "found a name that is taken" in problems(tmp_path)[0]


# ------------------------------------------------------------------ versions


def later(days: int, day: str) -> str:
    return HEAD.replace("2026-01-01", day) + CLOCK.replace("= 2", f"= {days}")


@pytest.fixture
def two_versions(tmp_path) -> Catalog:
    write(tmp_path, later(2, "2026-01-01"))
    write(tmp_path, later(1, "2026-12-01"), day="2026-12-01")
    return packs(tmp_path)


def test_what_was_decided_under_a_version_keeps_it(two_versions):
    before = two_versions.in_force("riverbend", date(2026, 11, 30)).due("departure-notice", AT)
    assert (before.version, before.due.date()) == (date(2026, 1, 1), date(2026, 11, 24))
    assert two_versions.in_force("riverbend", date(2026, 12, 1)).due("departure-notice", AT).due.date() == date(
        2026, 11, 23
    )
    assert two_versions.version("riverbend", before.version).due("departure-notice", AT) == before


def test_a_version_begins_on_its_day(two_versions):
    assert two_versions.versions("riverbend") == (date(2026, 1, 1), date(2026, 12, 1))
    with pytest.raises(NotInForce):
        two_versions.in_force("riverbend", date(2025, 12, 31))
    with pytest.raises(UnknownName):
        two_versions.version("riverbend", date(2026, 6, 1))


def test_a_parent_that_changes_makes_a_version_of_its_children(tmp_path):
    write(tmp_path, later(2, "2026-01-01"))
    write(tmp_path, later(1, "2026-12-01"), day="2026-12-01")
    child = HEAD.replace('"missouri"', '"riverbend"').replace('name = "riverbend"', 'name = "delta"')
    write(tmp_path, child.replace("2026-01-01", "2026-06-01"), "delta", "2026-06-01")
    found = packs(tmp_path)
    assert found.versions("delta") == (date(2026, 6, 1), date(2026, 12, 1))
    ends = [found.version("delta", day).due("departure-notice", AT).due.date() for day in found.versions("delta")]
    assert ends == [date(2026, 11, 24), date(2026, 11, 23)]
    assert found.version("delta", date(2026, 6, 1)).origins["clocks", "departure-notice"] == "riverbend"


def test_many_threads_get_one_and_the_same_policy(two_versions):
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: two_versions.in_force("riverbend", date(2026, 6, 1)), range(200)))
    assert len({id(one) for one in found}) == 1


def test_names_that_do_not_exist():
    built_in = Catalog()
    for ask in (lambda: built_in.in_force("nowhere", date(2026, 1, 1)), lambda: built_in.rule("MO-XX-1")):
        with pytest.raises(UnknownName):
            ask()
    missouri = built_in.in_force("missouri", date(2026, 11, 20))
    with pytest.raises(UnknownName, match="departure-notice"):
        missouri.due("departure", AT)
    with pytest.raises(NotInPack):
        missouri.due("leave-lock", AT)
    with pytest.raises(ValueError, match="no time zone"):
        missouri.due("departure-notice", AT.replace(tzinfo=None))


def test_the_built_in_packs_can_be_used():
    assert {policy.pack for policy in Catalog().load_all()} >= {"hud-baseline", "vermont", "missouri", "missouri-bos"}
