"""Who may do what about the roster. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

SEES = "rxgnmac"
SIGNED = {"agency_id": "{agency#}", "month": "2026-10-01", "signed_on": "2026-11-02"}
FORM = {"agency": "{agency}", "month": "2026-10-01", "signed_on": "2026-11-02", "once": "{once}"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /roster", {"may": SEES}),
    ("GET /roster/file/<form>", {"may": SEES}),
    ("GET /roster/sign-offs/new", {"may": "ma"}),
    ("POST /roster/sign-offs/new", {"may": "ma", "thing": "agency", "body": FORM}),
    ("GET /api/v1/roster", {"may": SEES}),
    ("POST /api/v1/roster/sign-offs", {"may": "ma", "thing": "agency", "body": SIGNED}),
)
