"""Who may do what about practice cases. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

STAFF = "gnma"
REVIEW = "nma"
TRACK: dict[str, Any] = {"thing": "track"}
ATTEMPT: dict[str, Any] = {"thing": "handed_in"}
CASE: dict[str, Any] = {"thing": "practice_draft", "of": "lead"}
OF_COC: dict[str, Any] = {"thing": "committee", "of": "coc"}
SEATED = "MO-TR-7: who sits in the data committee."
KEY = "The answer key is the trainers'."
OWN = "Everybody sees their own."
SIGNED_IN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/practice/<int:track_id>", {"may": "ertgnma", "blind": "sxc", "note": OWN, **TRACK}),
    ("GET /training/practice/<int:track_id>/sheet", {"may": "egnma", "blind": "rtsxc", "note": OWN, **TRACK}),
    (
        "POST /training/practice/<int:track_id>/hand-in",
        {
            "may": "e", "blind": "rtsxgnmac", "thing": "track", "of": "oneself",
            "body": {"once": "{once}", "client_number": "88412"}, "note": "Only the trainee hands in.",
        },
    ),
)  # fmt: skip


def _act(name: str, may: str = REVIEW, **fields: str) -> tuple[str, dict[str, Any]]:
    told = {"once": "{once}", "reason": "It did not get better.", **fields}
    body = {f"{name}-{field}": value for field, value in told.items()}
    return f"POST /training/practice/<int:track_id>/{name}", {"may": may, "body": body, **TRACK}


def _decide(name: str) -> tuple[str, dict[str, Any]]:
    told = {"once": "{once}", "reason": "The report card says so.", "mentor": "0"}
    body = {f"{name}-{field}": value for field, value in told.items()}
    return f"POST /training/practice/committee/<int:track_id>/{name}", {"may": "c", "body": body, **OF_COC}


def _keep(name: str, **body: str) -> tuple[str, dict[str, Any]]:
    """A case for the whole Lead: who works for one CoC reads it."""
    return (
        f"POST /training/practice/cases/<int:case_id>/{name}",
        {"may": "na", "reads": "m", "body": body, **CASE},
    )


MEMBER = {"first": "Wren", "last": "Sample", "born": "9/30/2019", "ssn": "", "relationship": "2"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/practice", {"may": "rtgnma"}),
    ("GET /training/practice/give", {"may": REVIEW}),
    ("POST /training/practice/give", {"may": REVIEW, "body": {"once": "{once}", "reason": "New."}}),
    _act("session", day="2026-11-02", time="09:00", minutes="30", about="Went over it."),
    _act("case"),
    _act("again"),
    _act("withdraw"),
    _act("refuse", may="ma"),
    _act("repeat", may="ma"),
    ("GET /training/practice/committee", {"may": "c", "note": SEATED}),
    ("GET /training/practice/committee/<int:track_id>", {"may": "c", "note": SEATED, **OF_COC}),
    _decide("deny"),
    _decide("provisional"),
    _decide("keep"),
    ("GET /training/practice/reviews", {"may": STAFF}),
    ("POST /training/practice/reviews/languages", {"may": REVIEW, "body": {"spoken": "es"}}),
    ("GET /training/practice/reviews/<int:attempt_id>", {"may": STAFF, "note": KEY, **ATTEMPT}),
    ("POST /training/practice/reviews/<int:attempt_id>/take", {"may": REVIEW, **ATTEMPT}),
    ("POST /training/practice/reviews/<int:attempt_id>/leave", {"may": REVIEW, **ATTEMPT}),
    ("POST /training/practice/reviews/<int:attempt_id>/check", {"may": REVIEW, **ATTEMPT}),
    ("POST /training/practice/reviews/<int:attempt_id>/values", {"may": REVIEW, **ATTEMPT}),
    (
        "POST /api/v1/training/practice-reviews/<int:attempt_id>/values",
        {"may": REVIEW, "body": {"values": [{"place": "A.Client.FirstName", "found": "right"}]}, **ATTEMPT},
    ),
    (
        "POST /training/practice/reviews/<int:attempt_id>/finish",
        {"may": REVIEW, "body": {"once": "{once}", "outcome": "return", "summary": "Again."}, **ATTEMPT},
    ),
    ("GET /training/practice/remarks", {"may": REVIEW}),
    ("POST /training/practice/remarks", {"may": REVIEW, "body": {"text": "Look at the list.", "element": ""}}),
    (
        "POST /training/practice/remarks/<int:remark_id>/drop",
        {"may": REVIEW, "thing": "remark", "of": "lead"},
    ),
    ("GET /training/practice/figures", {"may": STAFF}),
    ("GET /training/practice/cases", {"may": REVIEW, "note": KEY}),
    ("GET /training/practice/cases/new", {"may": REVIEW}),
    ("POST /training/practice/cases/new", {"may": REVIEW, "body": {"once": "{once}", "title": "One more"}}),
    ("GET /training/practice/cases/<int:case_id>", {"may": REVIEW, "note": KEY, **CASE}),
    ("GET /training/practice/cases/<int:case_id>/sheet", {"may": REVIEW, **CASE}),
    _keep("members", **MEMBER),
    _keep("members/drop", ref="A"),
    _keep("parts/<int:position>/story", **{"part-1-story": "She came on a Monday."}),
    (
        "GET /training/practice/cases/<int:case_id>/parts/<int:position>/lines/new?ref=A&code=Client.VeteranStatus",
        {"may": REVIEW, **CASE},
    ),
    _keep("parts/<int:position>/lines", ref="A", code="Client.VeteranStatus", expected="0"),
    _keep("parts/<int:position>/lines/drop", place="A.Client.VeteranStatus"),
    _keep("publish"),
    _keep("revise"),
    _keep("retire"),
    _keep("offer"),
    _keep("copy", once="{once}"),
    ("GET /api/v1/training/practice-cases", {"may": REVIEW, "note": KEY}),
    ("GET /api/v1/training/practice-figures", {"may": "gnma"}),
    ("GET /api/v1/training/practice", {"may": "rtgnma"}),
    ("GET /api/v1/training/practice/<int:track_id>", {"may": "rtgnma", **TRACK}),
    (
        "POST /api/v1/training/practice",
        {
            "may": REVIEW,
            "body": {"person_id": "{person#}", "agency_id": "{agency#}", "hud_type": 2, "reason": "New."},
            "note": "Somebody beyond one's reach is refused: 422.",
        },
    ),
    (
        "POST /api/v1/training/practice/<int:track_id>/sessions",
        {
            "may": REVIEW,
            "body": {"held_at": "2026-11-02T15:00:00Z", "minutes": 30, "about": "Went over it."}, **TRACK,
        },
    ),
    ("GET /api/v1/training/practice-reviews", {"may": STAFF}),
    ("GET /api/v1/training/practice-reviews/<int:attempt_id>", {"may": STAFF, "note": KEY, **ATTEMPT}),
    (
        "POST /api/v1/training/practice-reviews/<int:attempt_id>",
        {"may": REVIEW, "body": {"is_accepted": False, "summary": "Again.", "marks": []}, **ATTEMPT},
    ),
    (
        "GET /api/v1/training/people/<int:person_id>/practiced",
        {"may": REVIEW, "thing": "person", "of": "lead"},
    ),
)  # fmt: skip
