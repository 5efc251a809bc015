"""Every clock of every pack through `hearthdesk policy due`, against dates counted by hand on the worst days."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from core.policy.cli import policy

# The Friday before Thanksgiving; the night clocks go back; a year's last second; a holiday on a Saturday; a leap day.
ANCHORS = (
    "2026-11-20T16:30:00",
    "2026-11-01T01:30:00",
    "2026-12-31T23:59:59",
    "2026-07-04T12:00:00",
    "2028-02-29T10:00:00",
)

# Where each length ends, from each of the five; a date alone is the end of that day.
ENDS = {
    "at once": ANCHORS,
    "24 hours": (
        "2026-11-21T16:30:00",
        "2026-11-02T00:30:00",
        "2027-01-01T23:59:59",
        "2026-07-05T12:00:00",
        "2028-03-01T10:00:00",
    ),
    "48 hours": (
        "2026-11-22T16:30:00",
        "2026-11-03T00:30:00",
        "2027-01-02T23:59:59",
        "2026-07-06T12:00:00",
        "2028-03-02T10:00:00",
    ),
    "1 business days": ("2026-11-23", "2026-11-02", "2027-01-04", "2026-07-06", "2028-03-01"),
    "3 business days": ("2026-11-25", "2026-11-04", "2027-01-06", "2026-07-08", "2028-03-03"),
    "5 business days": ("2026-11-30", "2026-11-06", "2027-01-08", "2026-07-10", "2028-03-07"),
    "10 business days": ("2026-12-07", "2026-11-16", "2027-01-15", "2026-07-17", "2028-03-14"),
    "7 days": ("2026-11-27", "2026-11-08", "2027-01-07", "2026-07-11", "2028-03-07"),
    "10 days": ("2026-11-30", "2026-11-11", "2027-01-10", "2026-07-14", "2028-03-10"),
    "14 days": ("2026-12-04", "2026-11-15", "2027-01-14", "2026-07-18", "2028-03-14"),
    "15 days": ("2026-12-05", "2026-11-16", "2027-01-15", "2026-07-19", "2028-03-15"),
    "30 days": ("2026-12-20", "2026-12-01", "2027-01-30", "2026-08-03", "2028-03-30"),
    "45 days": ("2027-01-04", "2026-12-16", "2027-02-14", "2026-08-18", "2028-04-14"),
    "60 days": ("2027-01-19", "2026-12-31", "2027-03-01", "2026-09-02", "2028-04-29"),
    "90 days": ("2027-02-18", "2027-01-30", "2027-03-31", "2026-10-02", "2028-05-29"),
    "180 days": ("2027-05-19", "2027-04-30", "2027-06-29", "2026-12-31", "2028-08-27"),
    "10 weeks": ("2027-01-29", "2027-01-10", "2027-03-11", "2026-09-12", "2028-05-09"),
    "6 months": ("2027-05-20", "2027-05-01", "2027-06-30", "2027-01-04", "2028-08-29"),
    "1 years": ("2027-11-20", "2027-11-01", "2027-12-31", "2027-07-04", "2029-02-28"),
    "30 days before": ("2026-10-21", "2026-10-02", "2026-12-01", "2026-06-04", "2028-01-30"),
    "2 weeks before": ("2026-11-06", "2026-10-18", "2026-12-17", "2026-06-20", "2028-02-15"),
}

CLOCKS = [
    pytest.param("hud-baseline", "access-review", "HUD-LI-5", "10 business days", marks=pytest.mark.rule("HUD-LI-5")),
    pytest.param("hud-baseline", "account-finding", "HUD-LI-5", "5 business days", marks=pytest.mark.rule("HUD-LI-5")),
    pytest.param(
        "hud-baseline", "account-finding-urgent", "HUD-LI-5", "1 business days", marks=pytest.mark.rule("HUD-LI-5")
    ),
    pytest.param("hud-baseline", "access-decision", "HUD-LI-1", "3 business days", marks=pytest.mark.rule("HUD-LI-1")),
    pytest.param("hud-baseline", "agreement-signing", "HUD-LI-4", "30 days", marks=pytest.mark.rule("HUD-LI-4")),
    pytest.param("missouri", "agreement-term", "MO-LI-5", "1 years", marks=pytest.mark.rule("MO-LI-5")),
    pytest.param("missouri", "departure-notice", "MO-LI-4", "3 business days", marks=pytest.mark.rule("MO-LI-4")),
    pytest.param("missouri", "breach-notice", "MO-HD-6", "24 hours", marks=pytest.mark.rule("MO-HD-6")),
    pytest.param("missouri", "violation-action", "MO-CO-1", "at once", marks=pytest.mark.rule("MO-CO-1")),
    pytest.param(
        "missouri", "client-record-request", "MO-HD-11", "5 business days", marks=pytest.mark.rule("MO-HD-11")
    ),
    pytest.param("missouri", "custom-report", "MO-HD-9", "10 weeks", marks=pytest.mark.rule("MO-HD-9")),
    pytest.param(
        "missouri", "agreement-termination-notice", "MO-LI-6", "30 days before", marks=pytest.mark.rule("MO-LI-6")
    ),
    pytest.param("missouri", "suspension-minimum", "MO-CO-2", "30 days", marks=pytest.mark.rule("MO-CO-2")),
    pytest.param("missouri", "monitoring-notice", "MO-CO-5", "2 weeks before", marks=pytest.mark.rule("MO-CO-5")),
    pytest.param("missouri", "monitoring-letter", "MO-CO-5", "10 business days", marks=pytest.mark.rule("MO-CO-5")),
    pytest.param("missouri", "monitoring-cure", "MO-CO-5", "30 days", marks=pytest.mark.rule("MO-CO-5")),
    pytest.param("missouri", "cleanup-cure", "MO-CO-6", "30 days", marks=pytest.mark.rule("MO-CO-6")),
    pytest.param("missouri-bos", "practice-retry", "MO-TR-7", "6 months", marks=pytest.mark.rule("MO-TR-7")),
    pytest.param("missouri-bos", "provisional-access", "MO-TR-7", "30 days", marks=pytest.mark.rule("MO-TR-7")),
    pytest.param("sacramento", "departure-notice", "SAC-LI-3", "1 business days", marks=pytest.mark.rule("SAC-LI-3")),
    pytest.param("sacramento", "breach-notice", "SAC-HD-4", "at once", marks=pytest.mark.rule("SAC-HD-4")),
    pytest.param("sacramento", "service-notice", "SAC-HD-3", "at once", marks=pytest.mark.rule("SAC-HD-3")),
    pytest.param(
        "sacramento", "agreement-termination-notice", "SAC-LI-6", "30 days before", marks=pytest.mark.rule("SAC-LI-6")
    ),
    pytest.param("sacramento", "default-cure", "SAC-LI-6", "10 days", marks=pytest.mark.rule("SAC-LI-6")),
    pytest.param("sonoma", "departure-notice", "SON-LI-4", "24 hours", marks=pytest.mark.rule("SON-LI-4")),
    pytest.param("sonoma", "deactivation", "SON-LI-4", "at once", marks=pytest.mark.rule("SON-LI-4")),
    pytest.param("sonoma", "leave-lock", "SON-LI-5", "5 business days", marks=pytest.mark.rule("SON-LI-5")),
    pytest.param("sonoma", "breach-notice", "SON-CO-4", "at once", marks=pytest.mark.rule("SON-CO-4")),
    pytest.param("sonoma", "violation-action", "SON-CO-1", "24 hours", marks=pytest.mark.rule("SON-CO-1")),
    pytest.param("sonoma", "client-record-request", "SON-HD-9", "10 business days", marks=pytest.mark.rule("SON-HD-9")),
    pytest.param("sonoma", "custom-report", "SON-HD-8", "5 business days", marks=pytest.mark.rule("SON-HD-8")),
    pytest.param("sonoma", "conflict-manager", "SON-HD-11", "30 days", marks=pytest.mark.rule("SON-HD-11")),
    pytest.param("sonoma", "conflict-impasse", "SON-HD-11", "10 business days", marks=pytest.mark.rule("SON-HD-11")),
    pytest.param("sonoma", "policy-forwarding", "SON-HD-12", "10 business days", marks=pytest.mark.rule("SON-HD-12")),
    pytest.param(
        "sonoma", "policy-acknowledgement", "SON-HD-12", "10 business days", marks=pytest.mark.rule("SON-HD-12")
    ),
    pytest.param("sonoma", "data-transfer-request", "SON-LI-11", "60 days", marks=pytest.mark.rule("SON-LI-11")),
    pytest.param("sonoma", "hmis-first-login", "SON-LI-6", "7 days", marks=pytest.mark.rule("SON-LI-6")),
    pytest.param("sonoma", "hmis-password-expiry", "SON-LI-6", "90 days", marks=pytest.mark.rule("SON-LI-6")),
    pytest.param("sonoma", "probation-maximum", "SON-CO-2", "180 days", marks=pytest.mark.rule("SON-CO-2")),
    pytest.param("sonoma", "plan-submission", "SON-CO-4", "7 days", marks=pytest.mark.rule("SON-CO-4")),
    pytest.param("sonoma", "plan-acknowledgement", "SON-CO-4", "24 hours", marks=pytest.mark.rule("SON-CO-4")),
    pytest.param("sonoma", "plan-answer", "SON-CO-4", "5 business days", marks=pytest.mark.rule("SON-CO-4")),
    pytest.param("sonoma", "quarterly-finding", "SON-CO-6", "7 days", marks=pytest.mark.rule("SON-CO-6")),
    pytest.param("sonoma", "visit-finding", "SON-CO-6", "30 days", marks=pytest.mark.rule("SON-CO-6")),
    pytest.param("sonoma", "duplicate-review", "SON-HD-6", "14 days", marks=pytest.mark.rule("SON-HD-6")),
    pytest.param("vermont", "departure-notice", "VT-LI-5", "48 hours", marks=pytest.mark.rule("VT-LI-5")),
    pytest.param("vermont", "series-completion", "VT-TR-2", "15 days", marks=pytest.mark.rule("VT-TR-2")),
    pytest.param("vermont", "series-corrections", "VT-TR-3", "15 days", marks=pytest.mark.rule("VT-TR-3")),
    pytest.param("vermont", "series-limit", "VT-TR-3", "30 days", marks=pytest.mark.rule("VT-TR-3")),
    pytest.param("vermont", "client-record-request", "VT-HD-6", "60 days", marks=pytest.mark.rule("VT-HD-6")),
    pytest.param("vermont", "client-correction", "VT-HD-6", "60 days", marks=pytest.mark.rule("VT-HD-6")),
    pytest.param("vermont", "custom-report-lead-time", "VT-HD-2", "30 days before", marks=pytest.mark.rule("VT-HD-2")),
    pytest.param("vermont", "legal-review", "VT-HD-5", "14 days", marks=pytest.mark.rule("VT-HD-5")),
    pytest.param("vermont", "invoice-due", "VT-LI-8", "60 days", marks=pytest.mark.rule("VT-LI-8")),
    pytest.param("vermont", "hmis-first-login", "VT-LI-7", "7 days", marks=pytest.mark.rule("VT-LI-7")),
    pytest.param("vermont", "hmis-password-expiry", "VT-LI-7", "45 days", marks=pytest.mark.rule("VT-LI-7")),
    pytest.param("vermont", "suspension-minimum", "VT-CO-2", "30 days", marks=pytest.mark.rule("VT-CO-2")),
]


def asked(*arguments: str) -> dict:
    done = CliRunner().invoke(policy, [*arguments, "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("pack", "clock", "rule", "length"), CLOCKS)
def test_each_clock_ends_where_the_manual_s_count_ends(pack, clock, rule, length):
    for at, end in zip(ANCHORS, ENDS[length], strict=True):
        told = asked("due", "--pack", pack, "--clock", clock, "--at", at)
        due = datetime.fromisoformat(told["due"])
        wanted = datetime.fromisoformat(end if "T" in end else f"{end}T23:59:59")
        zone = ZoneInfo(asked_zone(pack))
        assert due.replace(tzinfo=None) == wanted, (at, told)
        assert due.utcoffset() == wanted.replace(tzinfo=zone).utcoffset()
        assert told["rule"] == rule
        assert told["because"]


def asked_zone(pack: str) -> str:
    return {
        "hud-baseline": "America/New_York",
        "vermont": "America/New_York",
        "missouri": "America/Chicago",
        "missouri-bos": "America/Chicago",
    }.get(pack, "America/Los_Angeles")


def test_every_clock_of_every_pack_is_in_the_table():
    own = set()
    for name in ("hud-baseline", "vermont", "missouri", "missouri-bos", "sonoma", "sacramento"):
        clocks = asked("show", name).get("clocks", {})
        own |= {(name, clock) for clock, value in clocks.items() if value["from"] == name}
    assert own == {case.values[:2] for case in CLOCKS}
