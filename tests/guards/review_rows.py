"""Who may do what about the monthly review of an agency's users. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

AGENCY = "rtsx"
LEAD = "gnma"
REVIEW: dict[str, Any] = {"thing": "user_review"}
SEEN: dict[str, Any] = {"may": AGENCY + LEAD, **REVIEW}
MINE: dict[str, Any] = {"may": "rt", **REVIEW}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /reviews", {"may": AGENCY + LEAD}),
    ("POST /reviews/begin", {"may": "a"}),
    ("POST /reviews/stop", {"may": "a"}),
    ("GET /reviews/<int:user_review_id>", SEEN),
    (
        "POST /reviews/<int:user_review_id>/confirm",
        {"body": {"line": "{review_line}"}, "note": "Only the agency knows who still works there.", **MINE},
    ),
    ("GET /reviews/<int:user_review_id>/lines/<int:review_line_id>", MINE),
    ("POST /reviews/<int:user_review_id>/lines/<int:review_line_id>", {"body": {"answer": "stays"}, **MINE}),
    ("GET /api/v1/access-reviews", {"may": AGENCY + LEAD}),
    ("GET /api/v1/access-reviews/<int:user_review_id>", SEEN),
    ("GET /api/v1/access-reviews/<int:user_review_id>/lines", SEEN),
    ("POST /api/v1/access-reviews/<int:user_review_id>/confirmation", {"body": {"lines": ["{review_line#}"]}, **MINE}),
    (
        "POST /api/v1/access-reviews/<int:user_review_id>/lines/<int:review_line_id>/answer",
        {"body": {"answer": "stays"}, **MINE},
    ),
    ("GET /api/v1/access-review-plan", {"may": "a"}),
    ("PUT /api/v1/access-review-plan", {"may": "a", "body": {"is_running": True}}),
)
