"""Who may do what with the addresses of a help desk. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

ADDRESS = {"address": "Training@hearthdesk.test", "name": "Training desk", "category": "training", "coc": "0"}

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /mail/addresses", {"may": "a"}),
    ("GET /mail/addresses/new", {"may": "a"}),
    ("POST /mail/addresses/new", {"may": "a", "body": ADDRESS}),
    ("GET /mail/addresses/<int:address_id>", {"may": "a", "thing": "address", "of": "lead"}),
    ("POST /mail/addresses/<int:address_id>", {"may": "a", "thing": "address", "of": "lead", "body": ADDRESS}),
)
