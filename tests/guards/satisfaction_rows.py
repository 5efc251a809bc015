"""Who may do what about how requests were. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
SURVEY: dict[str, Any] = {"thing": "survey", "of": "lead"}
SAID: dict[str, Any] = {"thing": "satisfaction"}

# The signed link in a closing mail; a false one is told that it does not work.
PUBLIC = (
    "GET /how-was-it/<token>",
    "POST /how-was-it/<token>",
    "GET /yearly-survey/<token>",
    "POST /yearly-survey/<token>",
)
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /satisfaction", {"may": DESK}),
    ("GET /surveys", {"may": DESK}),
    ("GET /surveys/new", {"may": "a"}),
    ("POST /surveys/new", {"may": "a", "body": {"once": "{once}", "title": "How it was"}}),
    ("GET /surveys/<int:survey_id>", {"may": DESK, **SURVEY}),
    ("GET /surveys/<int:survey_id>/results.csv", {"may": DESK, **SURVEY}),
    ("POST /surveys/<int:survey_id>/open", {"may": "a", **SURVEY}),
    ("POST /surveys/<int:survey_id>/close", {"may": "a", "note": "Only an open one: 409 else.", **SURVEY}),
    ("GET /satisfaction/<int:satisfaction_id>", {"may": DESK, **SAID}),
    (
        "POST /satisfaction/<int:satisfaction_id>/look",
        {"may": "ma", "body": {"text": "Spoke with them."}, "note": "Low marks are a manager's.", **SAID},
    ),
    ("GET /satisfaction/practice", {"may": "a"}),
    ("POST /satisfaction/practice", {"may": "a", "body": {"once": "{once}", "ask_days": "7"}}),
    (
        "POST /tickets/<int:ticket_id>/satisfaction",
        {
            "may": "e",
            "reads": "txgma",
            "blind": "rs",
            "thing": "closed",
            "body": {"mark": "4"},
            "note": "Only whoever asked says how it was.",
        },
    ),
)
