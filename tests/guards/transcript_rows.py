"""Who may read and certify what has been completed. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

SEES = "rtsgnma"
PUBLIC = ("GET /certificates", "GET /certificates/<code>", "GET /certificates/<code>.pdf")
SIGNED_IN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/transcript", {"may": "ertsxgnmac"}),
    (
        "POST /training/completions/<int:completion_id>/certificate",
        {"may": "ertsgnma", "blind": "xc", "thing": "earned", "note": "For oneself, or for whom one looks after."},
    ),
)
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/people/<int:person_id>", {"may": SEES, "thing": "person"}),
    ("GET /training/completions", {"may": SEES}),
    ("GET /api/v1/completions", {"may": SEES}),
    ("GET /training/completions.<form>", {"may": SEES}),
)
