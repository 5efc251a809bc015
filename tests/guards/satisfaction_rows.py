"""Who may do what about how requests were. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
SURVEY: dict[str, Any] = {"thing": "survey", "of": "lead"}
SAID: dict[str, Any] = {"thing": "satisfaction"}
DRAFT: dict[str, Any] = {"title": "How it was", "questions": ["text: What was good?"]}
ASKER: dict[str, Any] = {
    "may": "e",
    "reads": "txgma",
    "blind": "rs",
    "thing": "closed",
    "note": "Only whoever asked says how it was.",
}

# The signed link in a closing mail; a false one is told that it does not work.
PUBLIC = (
    "GET /how-was-it/<token>",
    "POST /how-was-it/<token>",
    "GET /yearly-survey/<token>",
    "POST /yearly-survey/<token>",
)
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /satisfaction", {"may": DESK}),
    ("GET /api/v1/satisfaction", {"may": DESK}),
    ("GET /api/v1/satisfaction/figures", {"may": DESK}),
    ("GET /api/v1/satisfaction/<int:satisfaction_id>", {"may": DESK, **SAID}),
    ("POST /api/v1/satisfaction/<int:satisfaction_id>/look", {"may": "ma", "body": {"text": "Spoke."}, **SAID}),
    ("GET /api/v1/tickets/<int:ticket_id>/satisfaction", {**ASKER}),
    ("PUT /api/v1/tickets/<int:ticket_id>/satisfaction", {"body": {"mark": 4}, **ASKER}),
    ("GET /api/v1/surveys", {"may": DESK}),
    ("POST /api/v1/surveys", {"may": "a", "body": DRAFT}),
    ("GET /api/v1/surveys/<int:survey_id>", {"may": DESK, **SURVEY}),
    ("GET /api/v1/surveys/<int:survey_id>/results", {"may": DESK, **SURVEY}),
    ("PUT /api/v1/surveys/<int:survey_id>", {"may": "a", "body": DRAFT, **SURVEY}),
    ("POST /api/v1/surveys/<int:survey_id>/discard", {"may": "a", **SURVEY}),
    ("POST /api/v1/surveys/<int:survey_id>/open", {"may": "a", **SURVEY}),
    ("POST /api/v1/surveys/<int:survey_id>/close", {"may": "a", "note": "Only an open one: 409 else.", **SURVEY}),
    ("GET /surveys", {"may": DESK}),
    ("GET /surveys/new", {"may": "a"}),
    ("POST /surveys/new", {"may": "a", "body": {"once": "{once}", "title": "How it was"}}),
    ("GET /surveys/<int:survey_id>", {"may": DESK, **SURVEY}),
    ("GET /surveys/<int:survey_id>/results.<form>", {"may": DESK, **SURVEY}),
    ("GET /surveys/<int:survey_id>/edit", {"may": "a", **SURVEY}),
    ("POST /surveys/<int:survey_id>/edit", {"may": "a", "body": {"title": "How it was"}, **SURVEY}),
    ("POST /surveys/<int:survey_id>/discard", {"may": "a", **SURVEY}),
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
        {"body": {"mark": "4"}, **ASKER},
    ),
)
