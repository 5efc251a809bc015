"""What the Sonoma and Missouri packs say, against the catalogue of rules and what their manuals say.

The values here were taken from the manuals by hand, not from the packs; the dates were counted on a calendar.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core.policy import Policy, catalog
from core.policy.cli import policy as policy_command
from core.policy.packs import BUILT_IN, Catalog
from core.policy.values import Cited
from core.policy.vocabulary import Requirement
from core.workcalendar import BusinessDays, Days, Hours, Months, Weeks, Years
from tests.conftest import SHARED

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = {"sonoma": date(2021, 2, 24), "missouri": date(2020, 1, 1), "missouri-bos": date(2020, 1, 1)}
MANUALS = {"sonoma": "000", "missouri": "001", "missouri-bos": "001"}
BASELINE = "002"
PREFIXES = {"sonoma": "SON-", "missouri": "MO-"}


def pack(name: str) -> Policy:
    return catalog.version(name, VERSIONS[name])


@pytest.fixture
def sonoma() -> Policy:
    return pack("sonoma")


@pytest.fixture
def missouri() -> Policy:
    return pack("missouri")


@pytest.fixture
def bos() -> Policy:
    return pack("missouri-bos")


def own_values(name: str) -> dict[str, Cited]:
    """What the pack itself says, without what it inherits."""
    policy = pack(name)
    return {".".join(key): value for key, value in policy.values.items() if policy.origins[key] == name}


def told(pack_name: str, clock: str, at: str) -> dict[str, Any]:
    """What `hearthdesk policy due --json` answers."""
    arguments = ["due", "--pack", pack_name, "--clock", clock, "--at", at, "--json"]
    result = CliRunner().invoke(policy_command, arguments)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


# ------------------------------------------------------------------ the catalogue and the manuals


@pytest.mark.parametrize(("name", "prefix"), PREFIXES.items())
def test_every_rule_of_the_manual_is_cited_in_its_pack(name: str, prefix: str):
    cited = {
        rule for value in own_values(name).values() for rule in (*value.rules, *(line.rule for line in value.lines()))
    }
    assert [rule for rule in catalog.rules if rule.startswith(prefix) and rule not in cited] == []


@pytest.mark.parametrize("name", VERSIONS)
def test_no_value_states_the_rule_of_another_communitys_manual(name: str):
    for key, value in own_values(name).items():
        assert value.source == MANUALS[name], key
        for rule in (*value.rules, *(line.rule for line in value.lines())):
            assert catalog.rule(rule).source in {MANUALS[name], BASELINE}, key


@pytest.mark.parametrize("name", VERSIONS)
def test_nothing_is_the_packs_own_choice_but_steps_of_the_onboarding_and_the_first_sign_in(name: str):
    assert {key for key, value in own_values(name).items() if value.local} <= {
        "ladders.onboarding",
        "clocks.hmis-first-login",
    }


@pytest.mark.parametrize("name", VERSIONS)
def test_every_section_is_a_heading_of_the_manual(name: str):
    text = manual_text(MANUALS[name])
    sections = {section for value in own_values(name).values() for section in sections_of(value, MANUALS[name])}
    parts = {part for section in sections for part in headings(section)}
    assert parts
    assert {part for part in parts if text and not stands_in(part, text)} == set()


def sections_of(value: Cited, source: str) -> list[str]:
    """The sections cited, without those of the baseline's manual."""
    lines = [line.section for line in value.lines() if catalog.rule(line.rule).source == source]
    return [value.section, *lines]


def headings(section: str) -> list[str]:
    """The headings a citation is made of; a remark in brackets names words of the text."""
    remarked = re.sub(r" \((?:comment: )?([a-z ]+)\)", r"; \1", section)
    return re.split(r"[;:] |\.\.\.", remarked)


@cache
def manual_text(source: str) -> str:
    """The text of a manual in one line, in small letters; empty where the manuals are not at hand."""
    texts = [path.read_text(encoding="utf-8") for path in (SHARED / "seeds").glob(f"{source}_*.txt")]
    return " ".join(" ".join(texts).lower().replace("’", "'").split())


def stands_in(part: str, text: str) -> bool:
    """Whether the words stand in the manual in their order, with no more than a few between two of them.

    Catalogue headings shorten the manual's, and write theirs in title case.
    """
    words = [re.escape(word) for word in re.findall(r"[\w'’]+", part.lower().replace("’", "'"))]
    return re.search(r"\b" + r"\b.{0,60}?\b".join(words), text) is not None


def test_the_pack_shown_to_communities_can_be_used(tmp_path: Path):
    page = (ROOT / "docs" / "policy-packs.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    file = tmp_path / "riverside-east" / "2027-01-01.toml"
    file.parent.mkdir()
    file.write_text(example, encoding="utf-8")
    policy = Catalog((BUILT_IN, tmp_path)).version("riverside-east", date(2027, 1, 1))
    assert policy.clock("departure-notice").within == BusinessDays(2)
    assert policy.origins["clocks", "breach-notice"] == "missouri"


# ------------------------------------------------------------------ clocks, one unit on each side


CLOCKS = [
    # Missouri. The week of Thanksgiving 2026 (Thu Nov 26) and the turn of the year have the holidays.
    ("MO-LI-4", "missouri", "departure-notice", "2026-11-22T23:59:59", "2026-11-25T23:59:59-06:00"),
    ("MO-LI-4", "missouri", "departure-notice", "2026-11-23T00:00:00", "2026-11-27T23:59:59-06:00"),
    ("MO-HD-6", "missouri", "breach-notice", "2026-10-31T16:30:00", "2026-11-01T15:30:00-06:00"),
    ("MO-HD-6", "missouri", "breach-notice", "2026-10-31T16:30:01", "2026-11-01T15:30:01-06:00"),
    ("MO-CO-1", "missouri", "violation-action", "2026-11-20T10:00:00", "2026-11-20T10:00:00-06:00"),
    ("MO-HD-11", "missouri", "client-record-request", "2026-12-23T23:59:59", "2026-12-31T23:59:59-06:00"),
    ("MO-HD-11", "missouri", "client-record-request", "2026-12-24T00:00:00", "2027-01-04T23:59:59-06:00"),
    ("MO-HD-9", "missouri", "custom-report", "2026-12-01T10:00:00", "2027-02-09T23:59:59-06:00"),
    ("MO-LI-6", "missouri", "agreement-termination-notice", "2026-12-31T23:59:59", "2026-12-01T23:59:59-06:00"),
    ("MO-LI-6", "missouri", "agreement-termination-notice", "2027-01-01T00:00:00", "2026-12-02T23:59:59-06:00"),
    ("MO-LI-5", "missouri", "agreement-term", "2026-03-10T12:00:00", "2027-03-10T23:59:59-06:00"),
    ("MO-CO-2", "missouri", "suspension-minimum", "2026-12-01T23:59:59", "2026-12-31T23:59:59-06:00"),
    ("MO-CO-2", "missouri", "suspension-minimum", "2026-12-02T00:00:00", "2027-01-01T23:59:59-06:00"),
    ("MO-CO-5", "missouri", "monitoring-notice", "2026-12-15T23:59:59", "2026-12-01T23:59:59-06:00"),
    ("MO-CO-5", "missouri", "monitoring-letter", "2026-12-01T23:59:59", "2026-12-15T23:59:59-06:00"),
    ("MO-CO-5", "missouri", "monitoring-letter", "2026-12-02T00:00:00", "2026-12-16T23:59:59-06:00"),
    ("MO-CO-5", "missouri", "monitoring-cure", "2026-12-15T10:00:00", "2027-01-14T23:59:59-06:00"),
    ("MO-CO-6", "missouri", "cleanup-cure", "2026-12-15T10:00:00", "2027-01-14T23:59:59-06:00"),
    ("MO-TR-7", "missouri-bos", "practice-retry", "2026-08-31T10:00:00", "2027-02-28T23:59:59-06:00"),
    ("MO-TR-7", "missouri-bos", "practice-retry", "2026-09-01T00:00:00", "2027-03-01T23:59:59-06:00"),
    ("MO-TR-7", "missouri-bos", "provisional-access", "2026-12-01T10:00:00", "2026-12-31T23:59:59-06:00"),
    # What the Balance of State has from the shared manual.
    ("MO-LI-4", "missouri-bos", "departure-notice", "2026-11-20T16:30:00", "2026-11-25T23:59:59-06:00"),
    # Sonoma.
    ("SON-LI-4", "sonoma", "departure-notice", "2026-10-31T16:30:00", "2026-11-01T15:30:00-08:00"),
    ("SON-LI-4", "sonoma", "departure-notice", "2026-10-31T16:30:01", "2026-11-01T15:30:01-08:00"),
    ("SON-LI-4", "sonoma", "deactivation", "2026-11-20T10:00:00", "2026-11-20T10:00:00-08:00"),
    ("SON-LI-5", "sonoma", "leave-lock", "2026-12-21T23:59:59", "2026-12-29T23:59:59-08:00"),
    ("SON-LI-5", "sonoma", "leave-lock", "2026-12-22T00:00:00", "2026-12-30T23:59:59-08:00"),
    ("SON-CO-4", "sonoma", "breach-notice", "2026-11-20T10:00:00", "2026-11-20T10:00:00-08:00"),
    ("SON-CO-1", "sonoma", "violation-action", "2026-11-20T10:00:00", "2026-11-21T10:00:00-08:00"),
    ("SON-HD-9", "sonoma", "client-record-request", "2026-12-01T23:59:59", "2026-12-15T23:59:59-08:00"),
    ("SON-HD-9", "sonoma", "client-record-request", "2026-12-02T00:00:00", "2026-12-16T23:59:59-08:00"),
    ("SON-HD-8", "sonoma", "custom-report", "2026-11-20T23:59:59", "2026-11-30T23:59:59-08:00"),
    ("SON-HD-8", "sonoma", "custom-report", "2026-11-23T00:00:00", "2026-12-01T23:59:59-08:00"),
    ("SON-HD-11", "sonoma", "conflict-manager", "2026-12-01T10:00:00", "2026-12-31T23:59:59-08:00"),
    ("SON-HD-11", "sonoma", "conflict-impasse", "2026-12-01T10:00:00", "2026-12-15T23:59:59-08:00"),
    ("SON-HD-12", "sonoma", "policy-forwarding", "2026-12-01T10:00:00", "2026-12-15T23:59:59-08:00"),
    ("SON-HD-12", "sonoma", "policy-acknowledgement", "2026-12-14T10:00:00", "2026-12-29T23:59:59-08:00"),
    ("SON-LI-11", "sonoma", "data-transfer-request", "2026-12-01T23:59:59", "2027-01-30T23:59:59-08:00"),
    ("SON-LI-11", "sonoma", "data-transfer-request", "2026-12-02T00:00:00", "2027-01-31T23:59:59-08:00"),
    ("SON-LI-6", "sonoma", "hmis-first-login", "2026-12-01T10:00:00", "2026-12-08T23:59:59-08:00"),
    ("SON-LI-6", "sonoma", "hmis-password-expiry", "2026-12-01T10:00:00", "2027-03-01T23:59:59-08:00"),
    ("SON-CO-2", "sonoma", "probation-maximum", "2026-12-01T23:59:59", "2027-05-30T23:59:59-07:00"),
    ("SON-CO-2", "sonoma", "probation-maximum", "2026-12-02T00:00:00", "2027-05-31T23:59:59-07:00"),
    ("SON-CO-4", "sonoma", "plan-submission", "2026-12-01T10:00:00", "2026-12-08T23:59:59-08:00"),
    ("SON-CO-4", "sonoma", "plan-acknowledgement", "2026-12-04T17:00:00", "2026-12-05T17:00:00-08:00"),
    ("SON-CO-4", "sonoma", "plan-answer", "2026-12-01T23:59:59", "2026-12-08T23:59:59-08:00"),
    ("SON-CO-4", "sonoma", "plan-answer", "2026-12-18T10:00:00", "2026-12-28T23:59:59-08:00"),
    ("SON-CO-6", "sonoma", "quarterly-finding", "2026-12-19T10:00:00", "2026-12-26T23:59:59-08:00"),
    ("SON-CO-6", "sonoma", "visit-finding", "2026-12-01T10:00:00", "2026-12-31T23:59:59-08:00"),
    ("SON-HD-6", "sonoma", "duplicate-review", "2026-12-01T10:00:00", "2026-12-15T23:59:59-08:00"),
]


@pytest.mark.parametrize(("rule", "name", "clock", "at", "ends"), CLOCKS)
def test_when_each_clock_runs_out(rule: str, name: str, clock: str, at: str, ends: str):
    answer = told(name, clock, at)
    assert (answer["rule"], answer["due"]) == (rule, ends)
    assert answer["because"]


def test_every_clock_of_these_packs_is_counted_here():
    counted = {(name, clock) for _, name, clock, _, _ in CLOCKS}
    for name in VERSIONS:
        own = {(name, key.removeprefix("clocks.")) for key in own_values(name) if key.startswith("clocks.")}
        assert own - counted == set()


def due(pack_name: str, clock: str, at: str) -> str:
    return str(told(pack_name, clock, at)["due"])


@pytest.mark.rule("MO-LI-4")
def test_missouri_counts_three_business_days_for_a_departure():
    """A Sunday's departure counts from Monday; one on Monday itself meets Thanksgiving."""
    assert due("missouri", "departure-notice", "2026-11-22T23:59:59") == "2026-11-25T23:59:59-06:00"
    later = told("missouri", "departure-notice", "2026-11-23T00:00:00")
    assert later["due"] == "2026-11-27T23:59:59-06:00"
    assert "Thu Nov 26: Thanksgiving Day, not a business day" in later["because"]


@pytest.mark.rule("MO-HD-11")
def test_missouri_shows_a_client_their_record_within_five_business_days():
    """The second of the two meets New Year's Day and a weekend."""
    assert due("missouri", "client-record-request", "2026-12-23T23:59:59") == "2026-12-31T23:59:59-06:00"
    assert due("missouri", "client-record-request", "2026-12-24T00:00:00") == "2027-01-04T23:59:59-06:00"


@pytest.mark.rule("SON-LI-4")
def test_sonoma_hears_of_a_departure_within_24_elapsed_hours_and_ends_access_at_once():
    """The clocks go back that night: 24 hours end at 15:30 by the wall."""
    assert due("sonoma", "departure-notice", "2026-10-31T16:30:00") == "2026-11-01T15:30:00-08:00"
    assert due("sonoma", "departure-notice", "2026-10-31T16:30:01") == "2026-11-01T15:30:01-08:00"
    assert due("sonoma", "deactivation", "2026-10-31T16:30:00") == "2026-10-31T16:30:00-07:00"


@pytest.mark.rule("SON-LI-5")
def test_sonoma_locks_a_leave_of_46_days_within_five_business_days(sonoma: Policy):
    assert not sonoma.limit("extended-leave").reached(45)
    assert sonoma.limit("extended-leave").reached(46)
    assert due("sonoma", "leave-lock", "2026-12-21T23:59:59") == "2026-12-29T23:59:59-08:00"
    assert due("sonoma", "leave-lock", "2026-12-22T00:00:00") == "2026-12-30T23:59:59-08:00"


@pytest.mark.rule("SON-CO-2")
def test_sonomas_probation_ends_180_days_from_the_notice():
    assert due("sonoma", "probation-maximum", "2026-12-01T23:59:59") == "2027-05-30T23:59:59-07:00"
    assert due("sonoma", "probation-maximum", "2026-12-02T00:00:00") == "2027-05-31T23:59:59-07:00"


@pytest.mark.parametrize(
    ("name", "at", "earliest"),
    [("missouri", "2026-12-01T10:00", "Tue Dec 15, 2026"), ("sonoma", "2026-11-20T10:00", "Wed Nov 25, 2026")],
)
def test_a_range_tells_its_lower_end_too(name: str, at: str, earliest: str):
    assert earliest in told(name, "custom-report", at)["because"][-1]


@pytest.mark.parametrize(
    ("name", "clock"),
    [
        ("missouri", "deactivation"),
        ("missouri", "leave-lock"),
        ("missouri", "practice-retry"),
        ("missouri", "provisional-access"),
        ("sonoma", "suspension-minimum"),
        ("sonoma", "agreement-termination-notice"),
        ("sonoma", "monitoring-letter"),
    ],
)
def test_the_manual_sets_no_such_time(name: str, clock: str):
    result = CliRunner().invoke(policy_command, ["due", "--pack", name, "--clock", clock, "--at", "2026-12-01T10:00"])
    assert result.exit_code == 3
    assert len(result.stderr.strip().splitlines()) == 1


# ------------------------------------------------------------------ Missouri


def test_missouris_help_desk_serves_on_working_days(missouri: Policy):
    hours = missouri.hours
    assert hours.shown() == "Mon 08:00-17:00, Tue 08:00-17:00, Wed 08:00-17:00, Thu 08:00-17:00, Fri 08:00-17:00"
    assert not hours.open_on_holidays
    assert list(missouri.list("help-desk-channels").items) == ["email", "phone"]


def test_missouris_passwords_and_sessions(missouri: Policy):
    rules = missouri.password
    assert (rules.min_length, rules.max_length, rules.not_reused) == (8, None, 0)
    assert (rules.letters, rules.upper, rules.lower, rules.digits, rules.special) == (1, 0, 0, 1, 0)
    assert rules.refuses == ["user-name", "hmis-name", "vendor-name", "dictionary-word", "backwards"]
    assert missouri.switch("single-session").on


def test_who_may_have_a_license_in_missouri(missouri: Policy):
    assert list(missouri.list("employment-allowed").items) == ["paid-staff", "supervised-volunteer", "intern"]
    assert missouri.gate("license").needs == "all"
    assert Requirement.MANAGER_APPROVAL in missouri.gate("license").names()


def test_five_kinds_of_data_request_need_no_approval_and_six_do(missouri: Policy):
    open_to, approved = missouri.list("data-request-open").items, missouri.list("data-request-approval").items
    assert (len(open_to), len(approved)) == (5, 6)
    assert not set(open_to) & set(approved)
    assert len(missouri.list("data-request-priority").items) == 5


def test_missouris_violations_climb(missouri: Policy):
    ladder = missouri.ladder("violations")
    assert ladder.codes() == ("first-violation", "second-violation", "third-violation", "further-violation")
    assert [step.at_least for step in ladder.steps] == [None, Days(30), Days(30), Days(30)]
    assert [step.lasts for step in ladder.steps] == [None] * 4
    assert all(step.until for step in ladder.steps)
    assert [step.rule for step in ladder.steps] == ["MO-CO-1", "MO-CO-2", "MO-CO-3", "MO-CO-3"]
    assert not missouri.switch("violations-expire").on
    assert not missouri.switch("violations-must-be-alike").on
    assert missouri.switch("violations-follow-the-person").on


def test_neither_three_attempts_nor_one_on_one_alone_is_enough_to_refuse(missouri: Policy):
    gate = missouri.gate("license-refusal")
    attempts, training, decision = gate.names()
    assert gate.open({attempts, training, decision})
    assert not gate.open({attempts, decision})
    assert not gate.open({training, decision})
    assert not missouri.limit("practice-attempts").reached(2)
    assert missouri.limit("practice-attempts").reached(3)


def test_missouris_series_and_its_practice_segments(missouri: Policy):
    assert missouri.ladder("new-user-series").codes() == (
        "user-agreement",
        "security-and-privacy",
        "data-standards",
        "software-basics",
        "practice-cases",
    )
    assert missouri.ladder("practice-segments").codes() == ("project-entry", "update", "project-exit")


@pytest.mark.parametrize("name", ["recertification", "agreement-renewal"])
def test_missouris_year_begins_in_october(missouri: Policy, name: str):
    cycle = missouri.cycle(name)
    assert (cycle.every, cycle.times) == (Years(1), 1)
    assert cycle.starts_in(2026) == date(2026, 10, 1)


def test_what_must_not_be_in_an_open_mail(missouri: Policy):
    assert list(missouri.list("protected-information").items) == ["name", "date-of-birth", "social-security-number"]
    assert list(missouri.list("protected-places").items) == ["subject", "body", "attachment", "attachment-name"]


def test_a_participation_letter_is_for_current_and_coming_agencies_only(missouri: Policy):
    assert list(missouri.list("participation-letter").items) == ["current-participant", "onboarding"]


def test_missouris_cleanup_ladder_gives_thirty_more_days(missouri: Policy):
    ladder = missouri.ladder("data-cleanup")
    assert ladder.codes() == ("notice", "letter-of-non-compliance", "funders-and-committee-told")
    assert ladder.step("letter-of-non-compliance").lasts == Days(30)
    assert missouri.cycle("monitoring").every == Years(1)
    assert len(missouri.list("monitoring-letter-recipients").items) == 5


# ------------------------------------------------------------------ Missouri Balance of State


def test_the_ladder_for_practice_cases_is_the_balance_of_states_own(missouri: Policy, bos: Policy):
    assert not missouri.switch("practice-failure-ladder").on
    assert ("ladders", "practice-failure") not in missouri.values
    assert bos.switch("practice-failure-ladder").on
    ladder = bos.ladder("practice-failure")
    assert ladder.codes() == (
        "one-on-one",
        "second-case",
        "one-on-one-on-second-case",
        "third-case",
        "access-denied",
        "provisional-access",
        "re-evaluation",
        "retry",
    )
    assert ladder.step("provisional-access").lasts == Days(30)
    assert ladder.step("retry").at_least == Months(6)


def test_the_balance_of_state_has_the_rest_from_the_shared_manual(missouri: Policy, bos: Policy):
    own = {
        "switches.practice-failure-ladder",
        "ladders.practice-failure",
        "clocks.practice-retry",
        "clocks.provisional-access",
    }
    assert set(own_values("missouri-bos")) == own
    shared = {key: value for key, value in missouri.values.items() if ".".join(key) not in own}
    assert {key: bos.values[key] for key in shared} == shared


# ------------------------------------------------------------------ Sonoma


def test_only_sonomas_lead_reaches_the_vendor(sonoma: Policy):
    assert sonoma.switch("vendor-through-lead-only").on
    assert sonoma.ladder("support-tiers").codes() == ("agency-administrator", "hmis-lead", "vendor")


def test_sonomas_five_levels(sonoma: Policy):
    assert list(sonoma.levels.levels.values()) == [
        "Agency Staff",
        "Program Manager",
        "Department Head",
        "Site Manager",
        "Enterprise Manager",
    ]
    assert sonoma.levels.agency_ceiling is None


def test_sonomas_passwords(sonoma: Policy):
    rules = sonoma.password
    assert (rules.min_length, rules.max_length, rules.digits, rules.not_reused) == (8, 16, 2, 1)
    assert (rules.letters, rules.upper, rules.lower, rules.special) == (0, 0, 0, 0)
    assert rules.changed_at_first_login
    assert rules.separate_channels


@pytest.mark.parametrize(
    ("name", "just_not", "just"),
    [("extended-leave", 45, 46), ("administrator-wait", 0, 1), ("disclosure-log-years", 6, 7)],
)
def test_where_sonomas_limits_bind(sonoma: Policy, name: str, just_not: int, just: int):
    limit = sonoma.limit(name)
    assert not limit.reached(just_not)
    assert limit.reached(just)


def test_sonomas_six_steps_in_order(sonoma: Policy):
    ladder = sonoma.ladder("violations")
    assert ladder.codes() == ("consultation", "written-warning", "sanctions", "probation", "suspension", "termination")
    assert ladder.step("probation").lasts == Days(180)
    assert ladder.after("termination") is None


def test_a_conflict_in_sonoma_ends_with_the_assistant_director(sonoma: Policy):
    ladder = sonoma.ladder("conflict")
    assert ladder.codes() == ("written-notes", "lead-manager", "data-committee-told", "assistant-director")
    assert [step.within for step in ladder.steps] == [None, Days(30), BusinessDays(10), None]


def test_a_change_of_sonomas_policies_goes_through_five_hands(sonoma: Policy):
    ladder = sonoma.ladder("policy-change")
    assert ladder.codes() == ("listed", "data-committee", "board", "forwarded", "acknowledged")
    assert [step.within for step in ladder.steps[3:]] == [BusinessDays(10), BusinessDays(10)]


def test_reinstatement_in_sonoma_runs_on_the_plans_clocks_and_ends_on_probation(sonoma: Policy):
    ladder = sonoma.ladder("reinstatement")
    assert [step.within for step in ladder.steps] == [None, Hours(24), BusinessDays(5), None, None]
    assert ladder.codes()[-1] == "probation"
    assert sonoma.cycle("plan-progress-report").every == Weeks(1)


@pytest.mark.parametrize("name", ["outside-disclosure", "reactivation"])
def test_one_of_two_permissions_is_enough(sonoma: Policy, name: str):
    gate = sonoma.gate(name)
    assert len(gate.names()) == 2
    assert all(gate.open({one}) for one in gate.names())
    assert not gate.open(set())


def test_what_a_merge_and_a_report_request_carry(sonoma: Policy):
    assert sonoma.gate("merge-request").names() == (Requirement.TWO_CASE_NUMBERS, Requirement.NO_CLIENT_NAMES)
    assert len(sonoma.gate("custom-report-request").names()) == 4
    assert not sonoma.gate("custom-report-request").open({Requirement.REASON_STATED})


def test_sonomas_roles_that_are_checked_and_the_path_back(sonoma: Policy):
    assert list(sonoma.list("background-check-roles").items) == ["agency-administrator", "security-officer"]
    assert not sonoma.gate("administrator-designation").open({Requirement.BACKGROUND_CHECK})


def test_sonomas_fee_has_five_factors(sonoma: Policy):
    assert list(sonoma.list("fee-factors").items) == ["flat-rate", "licenses", "beds", "clients", "data-quality"]


@pytest.mark.parametrize(
    ("name", "every"),
    [
        ("security-training", Years(1)),
        ("user-meeting", Months(3)),
        ("committee-meeting", Months(1)),
        ("security-checklist", Months(3)),
        ("security-checklist-copy", Years(1)),
        ("security-visit", Years(1)),
        ("data-quality-sign-off", Months(1)),
        ("document-review", Years(1)),
    ],
)
def test_what_comes_round_in_sonoma(sonoma: Policy, name: str, every: Months | Years):
    assert sonoma.cycle(name).every == every
