"""Who may do what about a leave: whoever may tell of a departure. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

AGENCY = "rtsx"
LEAD = "gnma"
TELLS = "rtxgma"
HERE: dict[str, Any] = {"thing": "leave"}
LICENSE: dict[str, Any] = {"thing": "license"}
AT = "/leaves/<int:leave_id>"
DAYS = {"first_day": "2026-12-01", "last_day": "2027-03-01"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /leaves", {"may": AGENCY + LEAD}),
    ("GET /leaves/new/<int:license_id>", {"may": TELLS, **LICENSE}),
    ("POST /leaves/new/<int:license_id>", {"may": TELLS, "body": {"once": "{once}", **DAYS}, **LICENSE}),
    (f"GET {AT}", {"may": AGENCY + LEAD, **HERE}),
    (f"POST {AT}/move", {"may": TELLS, "body": {"move-last_day": "2027-04-01"}, **HERE}),
    (f"POST {AT}/return", {"may": TELLS, **HERE}),
    (f"POST {AT}/cancel", {"may": TELLS, **HERE}),
    ("GET /api/v1/leaves", {"may": AGENCY + LEAD}),
    ("POST /api/v1/licenses/<int:license_id>/leaves", {"may": TELLS, "body": DAYS, **LICENSE}),
    (f"GET /api/v1{AT}", {"may": AGENCY + LEAD, **HERE}),
    (f"POST /api/v1{AT}/last-day", {"may": TELLS, "body": {"last_day": "2027-04-01"}, **HERE}),
    (f"POST /api/v1{AT}/return", {"may": TELLS, **HERE}),
    (f"POST /api/v1{AT}/cancellation", {"may": TELLS, **HERE}),
)
