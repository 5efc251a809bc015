"""`hearthdesk policy` and `hearthdesk rules`: exact answers, one line for each refusal, no traceback for anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy.cli import policy, rules

ROOT = Path(__file__).resolve().parents[2]
DUE = ["due", "--pack", "missouri", "--clock", "departure-notice"]
FRIDAY = [*DUE, "--at", "2026-11-20T16:30", "--tz", "America/Chicago"]
KEYS = ["pack", "version", "clock", "anchor", "due", "rule", "source", "section", "because"]


def run(*arguments, command=policy):
    return CliRunner().invoke(command, list(arguments))


def test_the_answer_has_exactly_these_keys():
    told = json.loads(run(*FRIDAY, "--json").stdout)
    assert list(told) == KEYS
    assert (told["anchor"], told["due"]) == ("2026-11-20T16:30:00-06:00", "2026-11-25T23:59:59-06:00")
    assert (told["pack"], told["rule"], told["source"]) == ("missouri", "MO-LI-4", "001")
    assert "Sat Nov 21: weekend" in told["because"]


def test_the_answer_in_words():
    lines = run(*FRIDAY).stdout.splitlines()
    assert lines[0] == "Due Wed Nov 25, 2026, end of day (CST)"
    assert lines[2] == "  Left Fri Nov 20, 4:30 PM. Notice is due within 3 business days."
    assert lines[3] == "  Mon 23 (1), Tue 24 (2), Wed 25 (3)."
    assert "MO-LI-4" in lines[-1]


NOTICE_OF, MONITORING, THANKSGIVING = "departure-notice", "monitoring-notice", "2026-11-25T16:30"


@pytest.mark.parametrize(
    ("pack", "asked", "at", "said"),
    [
        (
            "missouri",
            NOTICE_OF,
            THANKSGIVING,
            "Thu 26 (Thanksgiving Day, not counted), Fri 27 (1), Mon 30 (2), Tue Dec 1 (3).",
        ),
        (
            "missouri",
            NOTICE_OF,
            "2026-12-30T09:00",
            "Thu 31 (1), Fri Jan 1, 2027 (New Year's Day, not counted), Mon 4 (2)",
        ),
        ("vermont", NOTICE_OF, "2026-10-31T16:30", "Left Sat Oct 31, 4:30 PM (EDT). Notice is due within 48 hours."),
        ("vermont", NOTICE_OF, "2026-11-02T09:00", "48 hours later is Wed Nov 4, 9:00 AM."),
        ("missouri", MONITORING, THANKSGIVING, "on Wed Nov 25, 4:30 PM. Notice is due at least 2 weeks before."),
        ("missouri", "custom-report", THANKSGIVING, "The report is due within 2 to 10 weeks."),
        ("missouri", "suspension-minimum", THANKSGIVING, "Suspended Wed Nov 25, 4:30 PM. It lasts at least 30 days."),
        ("missouri", "violation-action", THANKSGIVING, "Found Wed Nov 25, 4:30 PM. Action is due at once."),
    ],
)
def test_how_it_was_counted_is_said_as_people_say_it(pack, asked, at, said):
    told = run("due", "--pack", pack, "--clock", asked, "--at", at).stdout
    assert said in told
    assert "23:59" not in told


def test_a_closure_moves_the_answer_and_an_offset_chooses_the_instant():
    told = json.loads(run(*FRIDAY, "--closure", "2026-11-24=Staff day", "--json").stdout)
    assert told["due"] == "2026-11-27T23:59:59-06:00"
    told = json.loads(run(*DUE, "--at", "2026-11-21T03:00Z", "--tz", "America/Chicago", "--json").stdout)
    assert told["anchor"] == "2026-11-20T21:00:00-06:00"


@pytest.mark.parametrize(
    "arguments",
    [
        DUE,
        ["due", "--pack", "missouri"],
        [*FRIDAY, "extra"],
        [*FRIDAY, "--nope"],
        ["show", "missouri", "--on", "x"],
        ["x"],
    ],
)
def test_a_command_put_together_wrongly_is_one_line(arguments):
    done = run(*arguments)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_a_minimum_is_called_one():
    told = json.loads(
        run("due", "--pack", "missouri", "--clock", "suspension-minimum", "--at", "2026-11-20T16:30", "--json").stdout
    )
    assert told["because"][-1] == "The manual gives a minimum: it lasts 30 days whatever happens, until then"


@pytest.mark.parametrize(("at", "word"), [("2026-11-01T01:30", "occurs twice"), ("2026-03-08T02:30", "does not occur")])
def test_a_reading_the_clocks_make_unclear_is_remarked_on(at, word):
    assert word in json.loads(run(*DUE, "--at", at, "--json").stdout)["because"][0]


@pytest.mark.parametrize("pack", ["hud-baseline", "vermont", "missouri", "sacramento"])
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_clock_the_manual_does_not_give_is_exit_3_and_one_line(pack, flags):
    done = run("due", "--pack", pack, "--clock", "leave-lock", "--at", "2026-11-20T16:30", *flags)
    assert (done.exit_code, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ["due", "--pack", "nowhere", "--clock", "departure-notice", "--at", "2026-11-20T16:30"],
        ["due", "--pack", "missouri", "--clock", "departure", "--at", "2026-11-20T16:30"],
        [*FRIDAY[:-1], "America/Chicgo"],
        [*FRIDAY[:-1], ""],
        [*DUE, "--at", "tomorrow"],
        [*DUE, "--at", "2026-02-30"],
        [*DUE, "--at", "two\nlines"],
        [*DUE, "--at", "2019-12-31"],
        [*DUE, "--at", "9999-12-31T23:59"],
        [*FRIDAY, "--closure", "Christmas"],
        [*FRIDAY, "--closure", "=Office"],
        ["show", "nowhere"],
        ["explain", "MO-XX-1"],
        ["check", "no-such-file.toml"],
    ],
    ids=lambda wrong: " ".join(wrong[-2:]).replace("\n", " "),
)
def test_what_cannot_be_read_is_exit_2_and_one_line(wrong):
    done = run(*wrong)
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("missing", ["--pack", "--clock", "--at"])
def test_a_missing_option_is_named(missing):
    at = FRIDAY.index(missing)
    done = run(*FRIDAY[:at], *FRIDAY[at + 2 :])
    assert done.exit_code == 2
    assert missing in done.stderr


text = st.text(max_size=30)


@settings(max_examples=300, deadline=None)
@given(
    at=text | st.datetimes().map(str) | st.from_regex(r"[0-9T:+Z -]{0,25}"),
    tz=st.none() | text,
    closure=st.none() | text,
)
def test_no_text_makes_it_stumble(at, tz, closure):
    zone = [] if tz is None else [f"--tz={tz}"]
    away = [] if closure is None else [f"--closure={closure}"]
    done = run(*DUE, f"--at={at}", *zone, *away, "--json")
    assert done.exit_code in (0, 2), done.exception
    assert done.exception is None or isinstance(done.exception, SystemExit)
    if done.exit_code:
        assert len(done.stderr.splitlines()) == 1


def test_every_clock_name_is_answered_or_not_in_the_pack():
    from core.policy.vocabulary import ClockName

    for name in ClockName:
        assert run("due", "--pack", "sonoma", "--clock", name, "--at", "2026-11-20T16:30").exit_code in (0, 3)


def test_list_show_explain_in_words_and_as_json():
    assert {one["pack"] for one in json.loads(run("list", "--json").stdout)} >= {"vermont", "missouri", "sonoma"}
    assert "missouri-bos" in run("list").stdout
    shown = json.loads(run("show", "missouri", "--on", "2026-11-20", "--json").stdout)
    assert shown["clocks"]["departure-notice"]["within"] == {"business_days": 3}
    assert "departure-notice" in run("show", "missouri").stdout
    told = json.loads(run("explain", "mo-li-4", "--json").stdout)
    assert told["section"] == "Revoking End User Access"
    assert {one["pack"] for one in told["values"]} >= {"missouri", "missouri-bos"}
    assert run("explain", "MO-LI-4").stdout.startswith("MO-LI-4: ")


def test_a_file_is_checked(tmp_path):
    good = ROOT / "policies" / "missouri" / "2020-01-01.toml"
    assert json.loads(run("check", str(good), "--json").stdout) == {"ok": True, "problems": []}
    bad = tmp_path / "2026-01-01.toml"
    bad.write_text(good.read_text().replace("America/Chicago", "America/Chicgo"))
    done = run("check", str(bad), "--json")
    assert done.exit_code == 1
    [problem] = json.loads(done.stdout)["problems"]
    assert (problem["file"], problem["key"], problem["found"]) == (str(bad), "pack.zone", '"America/Chicgo"')
    assert "pack.zone" in run("check", str(bad)).stdout


def test_rules_of_one_area():
    found = json.loads(run("--area", "training", "--json", command=rules).stdout)
    assert {one["area"] for one in found} == {"training"}
    assert "tests" not in found[0]


def started(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "HEARTHDESK_POLICIES")}
    program = [sys.executable, "-c", "from core.cli import main; main()", *arguments]
    return subprocess.run(
        program,
        cwd=cwd,
        env={**own, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_anywhere_without_a_database_and_soon(tmp_path):
    begun = time.monotonic()
    done = started("policy", *FRIDAY, "--json", cwd=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["due"] == "2026-11-25T23:59:59-06:00"
    assert time.monotonic() - begun < 10
    assert not list(tmp_path.iterdir())


def test_the_answer_is_the_same_wherever_the_machine_stands(tmp_path):
    told = {started("policy", *FRIDAY, cwd=tmp_path, TZ=zone, PGTZ=zone).stdout for zone in ("UTC", "Asia/Kolkata")}
    assert len(told) == 1


@pytest.mark.parametrize("command", [["policy", "list"], ["policy", *FRIDAY], ["rules"]])
def test_a_folder_that_replaces_a_pack_is_refused_in_one_line(tmp_path, command):
    weaker = tmp_path / "missouri" / "2026-01-01.toml"
    weaker.parent.mkdir()
    weaker.write_text("")
    done = started(*command, cwd=tmp_path, HEARTHDESK_POLICIES=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "a name that is taken" in done.stderr


def test_an_argument_that_is_no_text(tmp_path):
    program = [
        sys.executable,
        "-c",
        "from core.cli import main; main()",
        "policy",
        *FRIDAY,
        "--closure",
        b"2026-11-24=\xff",
    ]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert datetime.fromisoformat("2026-11-27").strftime("Due Fri %b %d, %Y").encode() in done.stdout
