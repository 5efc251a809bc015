"""Who may see what is required of whom. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

SEES = "rtsxgnma"
SIGNED_IN: tuple[tuple[str, dict[str, Any]], ...] = (("GET /api/v1/training/requirements/mine", {"may": "ertsxgnmac"}),)
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/requirements", {"may": SEES}),
    ("GET /training/requirements/agencies/<int:agency_id>", {"may": SEES, "thing": "agency"}),
    ("GET /training/requirements.<form>", {"may": SEES}),
    ("GET /api/v1/training/requirements", {"may": SEES}),
)
