"""What the Vermont, HUD baseline and Sacramento packs say, against the catalogue of rules and what their manuals say.

The values here were taken from the manuals by hand, not from the packs.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from core.policy import Policy, catalog
from core.policy.values import Cited
from core.policy.vocabulary import Requirement
from core.workcalendar import Days, Months, Years
from tests.conftest import SHARED

FIRST = date(2020, 1, 1)
PREFIXES = {"vermont": "VT-", "hud-baseline": "HUD-", "sacramento": "SAC-"}
MANUALS = {"vermont": "004", "hud-baseline": "002", "sacramento": "003"}
EASTERN = ZoneInfo("America/New_York")
# Each paragraph of the Sacramento agreement that its pack cites, and words that stand there.
PARAGRAPHS = {
    "V.B.6": "post the hmis privacy statement",
    "VIII.A": "becomes effective when signed by both parties",
    "III": "restricted to viewing privileges",
    "IV.A.2": "sole liaison",
    "IV.A.5": "immediately upon discovery",
    "IV.A.6": "from 8 a.m. to 5 p.m.",
    "IV.B.1": "may suspend",
    "IV.B.4": "certificates of participation",
    "IV.B.5": "specified period of inactivity",
    "IV.D.4": "successfully completed the hmis user training",
    "V.E.4": "report it to the hmis department",
    "V.E.7-8": "initial security audit",
    "V.E.13": "within one (1) business day",
    "VII": "reasonable fee",
    "VIII.A.1": "effective when signed by both parties",
    "VIII.B": "ten (10) days in which to cure",
}


def pack(name: str) -> Policy:
    return catalog.version(name, FIRST)


@pytest.fixture
def vermont() -> Policy:
    return pack("vermont")


@pytest.fixture
def hud() -> Policy:
    return pack("hud-baseline")


@pytest.fixture
def sacramento() -> Policy:
    return pack("sacramento")


def own_values(name: str) -> dict[str, Cited]:
    """What the pack itself says, without what it inherits."""
    policy = pack(name)
    return {".".join(key): value for key, value in policy.values.items() if policy.origins[key] == name}


# ------------------------------------------------------------------ the catalogue


@pytest.mark.parametrize(("name", "prefix"), PREFIXES.items())
def test_every_rule_of_the_manual_is_cited_in_its_pack(name: str, prefix: str):
    cited = {
        rule for value in own_values(name).values() for rule in (*value.rules, *(line.rule for line in value.lines()))
    }
    assert [rule for rule in catalog.rules if rule.startswith(prefix) and rule not in cited] == []


@pytest.mark.parametrize("name", PREFIXES)
def test_no_value_states_the_rule_of_another_communitys_manual(name: str):
    for key, value in own_values(name).items():
        assert value.source == MANUALS[name], key
        for rule in (*value.rules, *(line.rule for line in value.lines())):
            assert catalog.rule(rule).source in {MANUALS[name], MANUALS["hud-baseline"]}, key


@pytest.mark.parametrize("name", ["vermont", "sacramento"])
def test_a_community_inherits_the_baseline(name: str):
    policy = pack(name)
    assert policy.limit("users-per-help-desk-person").number == 75
    assert policy.origins["limits", "users-per-help-desk-person"] == "hud-baseline"
    assert policy.manual_of(policy.list("training-topics").source) == "HMIS Lead Standards"


@pytest.mark.parametrize("name", PREFIXES)
def test_only_what_the_manual_leaves_open_is_the_packs_own_choice(name: str):
    own_choice = {
        "vermont": {"clocks.hmis-first-login", "cycles.reporting-training", "ladders.onboarding"},
        "hud-baseline": {
            "clocks.access-review",
            "clocks.account-finding",
            "clocks.account-finding-urgent",
            "clocks.access-decision",
            "clocks.agreement-signing",
            "cycles.access-review",
            "ladders.access-review-reminders",
            "ladders.agreement-reminders",
            "lists.vendor-protocol",
            "switches.renewal-quiz",
        },
        "sacramento": {"limits.inactivity-lock", "ladders.onboarding"},
    }
    assert {key for key, value in own_values(name).items() if value.local} == own_choice[name]


# ------------------------------------------------------------------ Vermont


def test_vermonts_levels_and_the_highest_an_agency_grants(vermont: Policy):
    assert list(vermont.levels.levels.values()) == [
        "Resource Specialist I",
        "Resource Specialist II",
        "Resource Specialist III",
        "Volunteer",
        "Agency Staff",
        "Case Manager I",
        "Case Manager II",
        "Case Manager III",
        "Agency Administrator",
        "Executive Director",
        "System Operator",
        "System Administrator I",
        "System Administrator II",
    ]
    assert vermont.levels.agency_may_grant("case-manager-iii")
    assert not vermont.levels.agency_may_grant("agency-administrator")


def test_vermonts_passwords(vermont: Policy):
    rules = vermont.password
    assert (rules.min_length, rules.max_length, rules.not_reused) == (8, None, 2)
    assert (rules.letters, rules.upper, rules.lower, rules.digits, rules.special) == (0, 1, 1, 1, 1)
    assert rules.changed_at_first_login
    assert not rules.separate_channels


@pytest.mark.parametrize(
    ("name", "just_not", "just"),
    [
        ("minimum-age", 17, 18),
        ("administrator-threshold", 9, 10),
        ("failed-logons", 2, 3),
        ("missed-minutes", 10, 11),
        ("missed-percent", 10, 11),
        ("december-exemption", 11, 12),
        ("agency-wide-users", 2, 3),
        ("agency-wide-violations", 1, 2),
    ],
)
def test_where_vermonts_limits_bind(vermont: Policy, name: str, just_not: int, just: int):
    limit = vermont.limit(name)
    assert not limit.reached(just_not)
    assert limit.reached(just)


@pytest.mark.parametrize(
    ("clock", "anchor", "due"),
    [
        ("departure-notice", "2026-11-20T16:30", "2026-11-22T16:30:00-05:00"),
        ("departure-notice", "2026-10-31T16:30", "2026-11-02T15:30:00-05:00"),
        ("series-completion", "2026-12-01T10:00", "2026-12-16T23:59:59-05:00"),
        ("series-corrections", "2026-12-16T23:59:59", "2026-12-31T23:59:59-05:00"),
        ("series-limit", "2026-12-01T10:00", "2026-12-31T23:59:59-05:00"),
        ("client-record-request", "2026-12-01T10:00", "2027-01-30T23:59:59-05:00"),
        ("client-correction", "2026-12-01T10:00", "2027-01-30T23:59:59-05:00"),
        ("invoice-due", "2026-07-01T09:00", "2026-08-30T23:59:59-04:00"),
        ("hmis-first-login", "2026-12-01T10:00", "2026-12-08T23:59:59-05:00"),
        ("hmis-password-expiry", "2026-12-01T10:00", "2027-01-15T23:59:59-05:00"),
        ("suspension-minimum", "2026-12-01T10:00", "2026-12-31T23:59:59-05:00"),
        ("legal-review", "2026-12-01T10:00", "2026-12-15T23:59:59-05:00"),
        ("custom-report-lead-time", "2026-12-31T10:00", "2026-12-01T23:59:59-05:00"),
    ],
)
def test_vermonts_clocks(vermont: Policy, clock: str, anchor: str, due: str):
    decision = vermont.due(clock, datetime.fromisoformat(anchor).replace(tzinfo=EASTERN))
    assert decision.due.isoformat() == due


def test_the_legal_review_takes_seven_days_at_least(vermont: Policy):
    decision = vermont.due("legal-review", datetime(2026, 12, 1, 10, 0, tzinfo=EASTERN))
    assert decision.earliest is not None
    assert decision.earliest.isoformat() == "2026-12-08T23:59:59-05:00"


@pytest.mark.parametrize("clock", ["deactivation", "breach-notice", "custom-report", "violation-action"])
def test_vermonts_manual_sets_no_such_time(vermont: Policy, clock: str):
    assert ("clocks", clock) not in vermont.values


def test_vermonts_violations_climb(vermont: Policy):
    ladder = vermont.ladder("violations")
    assert ladder.codes() == ("first-violation", "second-violation", "third-violation", "further-violation")
    first, second, third, further = ladder.steps
    assert (first.lasts, first.at_least) == (Days(30), None)
    assert (second.lasts, second.at_least) == (None, Days(30))
    assert (third.lasts, third.at_least, third.until) == (None, Days(30), None)
    assert (further.lasts, further.at_least) == (None, None)
    assert [step.rule for step in ladder.steps] == ["VT-CO-1", "VT-CO-2", "VT-CO-3", "VT-CO-3"]
    assert not vermont.switch("violations-expire").on
    assert not vermont.switch("violations-must-be-alike").on


def test_a_clients_privacy_complaint_climbs_to_the_committee(vermont: Policy):
    steps = vermont.ladder("privacy-complaint").codes()
    assert steps == ("agency", "agency-administrator", "system-administrators", "advisory-committee")


def test_a_law_enforcement_request_has_five_points_then_counsel_then_the_coc(vermont: Policy):
    need = Requirement
    form = {
        need.WRITTEN_REQUEST,
        need.SUPERVISOR_SIGNED,
        need.RELEVANCE_STATED,
        need.INFORMATION_IDENTIFIED,
        need.SCOPE_LIMITED,
    }
    gate = vermont.gate("law-enforcement-disclosure")
    assert not gate.open(form | {need.LEGAL_COUNSEL_APPROVED})
    assert not gate.open(form | {need.COC_CONSENT})
    assert gate.open(form | {need.LEGAL_COUNSEL_APPROVED, need.COC_CONSENT})


def test_a_complaint_names_whom_what_and_when_and_may_be_anonymous(vermont: Policy):
    gate = vermont.gate("complaint")
    assert gate.names() == ("user-named", "agency-named", "violation-described", "date-given")
    assert gate.needs == "all"
    assert vermont.switch("anonymous-complaints").on


def test_refusing_a_license_for_homework_takes_repeated_failure_and_a_decision(vermont: Policy):
    gate = vermont.gate("license-refusal")
    assert not gate.open({Requirement.REPEATED_FAILURE})
    assert not gate.open({Requirement.LEAD_DECISION})
    assert gate.open({Requirement.REPEATED_FAILURE, Requirement.LEAD_DECISION})


@pytest.mark.parametrize(
    ("name", "every", "times", "starts"),
    [
        ("license-billing", Years(1), 1, date(2027, 7, 1)),
        ("general-training", Years(1), 2, date(2027, 1, 1)),
        ("reporting-training", Years(1), 2, date(2027, 1, 1)),
        ("security-training", Years(1), 1, None),
        ("data-quality-monitoring", Months(1), 1, None),
        ("data-quality-report", Years(1), 1, None),
    ],
)
def test_what_comes_round_in_vermont(vermont: Policy, name: str, every: object, times: int, starts: date | None):
    cycle = vermont.cycle(name)
    assert (cycle.every, cycle.times, cycle.starts_in(2027)) == (every, times, starts)


def test_vermont_returns_no_fees(vermont: Policy):
    assert not vermont.switch("fee-refund").on


def test_vermonts_three_agreements(vermont: Policy):
    assert list(vermont.list("agreements").items) == [
        "partnership-agreement",
        "user-agreement",
        "coordinated-services-agreement",
    ]


# ------------------------------------------------------------------ HUD's standards


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("training-topics", 9),
        ("training-before-access", 3),
        ("user-agreement-content", 6),
        ("roster-columns", 4),
        ("training-audiences", 3),
        ("training-workflows", 3),
        ("agreements-on-file", 7),
        ("monitoring-plan", 4),
        ("evaluation-content", 3),
        ("security-reports", 2),
    ],
)
def test_how_much_the_lists_of_the_standards_hold(hud: Policy, name: str, count: int):
    assert len(hud.list(name).items) == count


def test_about_seventy_five_users_for_one_person(hud: Policy):
    limit = hud.limit("users-per-help-desk-person")
    assert (limit.number, limit.unit, limit.bound) == (75, "people", "about")


@pytest.mark.parametrize(
    "name", ["satisfaction-survey", "help-desk-evaluation", "refresher-training", "security-certification"]
)
def test_what_the_standards_want_once_a_year(hud: Policy, name: str):
    assert (hud.cycle(name).every, hud.cycle(name).times) == (Years(1), 1)


def test_office_hours_are_a_kind_of_session(hud: Policy):
    assert "office-hours" in hud.list("session-kinds")


def test_the_quiz_at_renewal_is_off_until_a_community_wants_it(hud: Policy):
    assert not hud.switch("renewal-quiz").on
    assert hud.switch("ticket-satisfaction-survey").on


# ------------------------------------------------------------------ Sacramento


def test_sacramentos_help_desk_is_open_on_weekdays_from_eight_to_five(sacramento: Policy):
    assert sacramento.hours.shown() == (
        "Mon 08:00-17:00, Tue 08:00-17:00, Wed 08:00-17:00, Thu 08:00-17:00, Fri 08:00-17:00"
    )
    assert not sacramento.hours.open_on_holidays


@pytest.mark.parametrize(
    ("clock", "anchor", "due"),
    [
        ("departure-notice", "2026-11-19T16:30", "2026-11-20T23:59:59-08:00"),
        ("departure-notice", "2026-11-20T16:30", "2026-11-23T23:59:59-08:00"),
        ("default-cure", "2026-11-20T16:30", "2026-11-30T23:59:59-08:00"),
        ("agreement-termination-notice", "2026-12-31T12:00", "2026-12-01T23:59:59-08:00"),
        ("breach-notice", "2026-11-20T16:30", "2026-11-20T16:30:00-08:00"),
        ("service-notice", "2026-11-20T16:30", "2026-11-20T16:30:00-08:00"),
    ],
)
def test_sacramentos_clocks(sacramento: Policy, clock: str, anchor: str, due: str):
    at = datetime.fromisoformat(anchor).replace(tzinfo=sacramento.zone)
    assert sacramento.due(clock, at).due.isoformat() == due


def test_an_account_needs_the_agreements_the_fee_the_training_and_its_test(sacramento: Policy):
    assert sacramento.gate("license").names() == (
        "agency-agreement-signed",
        "fee-paid",
        "user-agreement-signed",
        "training-complete",
        "training-test-passed",
    )


def test_an_agency_has_its_officer_and_audit_before_it_signs(sacramento: Policy):
    gate = sacramento.gate("participation")
    assert not gate.open({Requirement.SECURITY_OFFICER})
    assert gate.open({Requirement.SECURITY_OFFICER, Requirement.SECURITY_AUDIT})


def test_the_agreement_gives_no_number_for_the_lock_of_unused_accounts(sacramento: Policy):
    local = sacramento.limit("inactivity-lock").local
    assert local is not None
    assert "gives no number" in local


def test_view_only_agencies_and_the_one_way_to_the_vendor(sacramento: Policy):
    assert sacramento.switch("view-only-agencies").on
    assert sacramento.switch("vendor-through-lead-only").on
    assert "hmis-lead" in sacramento.ladder("support-tiers").codes()
    assert "agency-administrator" not in sacramento.ladder("support-tiers").codes()


def test_what_sacramento_can_charge_for(sacramento: Policy):
    assert {"custom-report", "data-integration", "data-migration"} <= set(sacramento.list("charged-services").items)


# ------------------------------------------------------------------ the manuals themselves, where they are at hand


@cache
def manual(source: str) -> str:
    """The text of a manual in one line, in small letters; empty where the manuals are not at hand."""
    texts = [path.read_text(encoding="utf-8") for path in (SHARED / "seeds").glob(f"{source}_*.txt")]
    return " ".join(" ".join(texts).replace("’", "'").split()).casefold()


def headings(section: str) -> list[str]:
    """A citation's parts: '2.1 Passwords; 4.3' cites 2.1, Passwords and 4.3."""
    parts = [part.strip() for part in re.split(r"[;:]|, item \d+", section) if part.strip()]
    return [found for part in parts for found in re.match(r"(\d\.\d)?\s*(.*)", part).groups() if found]


@pytest.mark.parametrize("name", ["vermont", "hud-baseline"])
def test_every_section_cited_is_in_the_manual(name: str):
    text = manual(MANUALS[name])
    cited = {(value.rule, value.section) for value in own_values(name).values()}
    cited |= {(line.rule, line.section) for value in own_values(name).values() for line in value.lines()}
    missing = [
        (rule, heading)
        for rule, section in sorted(cited)
        for heading in headings(section)
        if text and catalog.rule(rule).source == MANUALS[name] and heading.casefold() not in text
    ]
    assert missing == []


def paragraph(reference: str) -> str:
    """The text at a reference such as IV.A.2 of the Sacramento agreement, up to the next part of its kind."""
    [path] = (SHARED / "seeds").glob("003_*.txt")
    text = path.read_text(encoding="utf-8")
    kinds = (r"[IVX]+", r"[A-Z]", r"\d+")
    for part, kind in zip(re.split(r"\.", reference), kinds, strict=False):
        first, _, last = part.partition("-")
        begin = re.search(rf"^(?:- | )?{first}\. ", text, re.MULTILINE)
        assert begin, reference
        text = text[begin.start() :]
        ends = [
            found.start() for found in re.finditer(rf"^(?:- | )?(?!{last or first}\.){kind}\. ", text, re.MULTILINE)
        ]
        text = text[: next((end for end in ends if end > 0), len(text))]
    return " ".join(text.split()).casefold()


@pytest.mark.parametrize(("reference", "words"), PARAGRAPHS.items())
def test_every_paragraph_cited_of_the_agreement_says_so(reference: str, words: str):
    if manual("003"):
        assert words in paragraph(reference)


def test_every_paragraph_cited_of_the_agreement_was_looked_up():
    values = own_values("sacramento").values()
    cited = {(value.rule, value.section) for value in values}
    cited |= {(line.rule, line.section) for value in values for line in value.lines()}
    ours = {section.removesuffix(" and note 1") for rule, section in cited if rule.startswith("SAC-")}
    assert ours == set(PARAGRAPHS)
