"""Who may do what with the addresses of a help desk. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

ADDRESS = {"address": "Training@hearthdesk.test", "name": "Training desk", "category": "training", "coc": "0"}
GIVEN = {"address": "Api@hearthdesk.test", "name": "Training desk", "category": "training"}

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /mail/addresses", {"may": "a"}),
    ("GET /mail/addresses/new", {"may": "a"}),
    ("POST /mail/addresses/new", {"may": "a", "body": ADDRESS}),
    ("GET /mail/addresses/<int:address_id>", {"may": "a", "thing": "address", "of": "lead"}),
    ("GET /api/v1/support-addresses", {"may": "a"}),
    ("POST /api/v1/support-addresses", {"may": "a", "body": GIVEN}),
    ("PUT /api/v1/support-addresses/<int:address_id>", {"may": "a", "thing": "address", "of": "lead", "body": GIVEN}),
    ("POST /mail/addresses/<int:address_id>", {"may": "a", "thing": "address", "of": "lead", "body": ADDRESS}),
)
