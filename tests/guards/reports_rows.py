"""Who may know what of the help desk. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
VIEWERS = "tx" + DESK

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /reports", {"may": VIEWERS, "note": "An agency's administrator and director see that agency's figures."}),
    ("GET /reports?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/figures.<form>?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/months.<form>?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/issues", {"may": VIEWERS}),
    ("GET /reports/issues?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/issues.<form>?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /api/v1/reports/figures?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /api/v1/reports/issues?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
)
