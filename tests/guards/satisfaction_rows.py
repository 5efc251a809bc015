"""Who may do what about how requests were. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
SAID: dict[str, Any] = {"thing": "satisfaction"}

# The signed link in a closing mail; a false one is told that it does not work.
PUBLIC = ("GET /how-was-it/<token>", "POST /how-was-it/<token>")
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /satisfaction", {"may": DESK}),
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
