"""Who may do what with requests that belong together. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
TICKET: dict[str, Any] = {"thing": "ticket"}
ONCE = {"nonce": "{once}"}
WHY = {"reason": "The same matter."}
MERGED: dict[str, Any] = {"thing": "merged"}
LINK = {"kind": "related", "other": "{beside}"}
PART = {"subject": "The other matter", "category": "how-to"}
MADE = {"subject": "An idea", "text": "It could be easier."}

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /tickets/<int:ticket_id>/merge-into", {"may": DESK, **TICKET}),
    ("POST /tickets/<int:ticket_id>/merge-into", {"may": DESK, "body": {**ONCE, **WHY, "into": "{beside}"}, **TICKET}),
    ("GET /tickets/<int:ticket_id>/unmerge", {"may": DESK, **MERGED}),
    ("POST /tickets/<int:ticket_id>/unmerge", {"may": DESK, "body": {**ONCE, **WHY}, **MERGED}),
    ("GET /tickets/<int:ticket_id>/link", {"may": DESK, **TICKET}),
    ("POST /tickets/<int:ticket_id>/link", {"may": DESK, "body": {**ONCE, **LINK}, **TICKET}),
    ("POST /tickets/<int:ticket_id>/links/<int:link_id>/remove", {"may": DESK, **TICKET}),
    ("GET /tickets/<int:ticket_id>/split", {"may": DESK, **TICKET}),
    ("POST /tickets/<int:ticket_id>/split", {"may": DESK, "body": {**ONCE, **PART, "messages": "{message}"}, **TICKET}),
    ("GET /tickets/<int:ticket_id>/make", {"may": DESK, **TICKET}),
    (
        "POST /tickets/<int:ticket_id>/make",
        {"may": DESK, "body": {**ONCE, **MADE, "category": "enhancement", "whose": "asker"}, **TICKET},
    ),
    ("GET /api/v1/tickets/<int:ticket_id>/bonds", {"may": "etxgma", "blind": "rs", **TICKET}),
    (
        "POST /api/v1/tickets/<int:ticket_id>/links",
        {"may": DESK, "body": {"kind": "related", "other": "{beside#}"}, **TICKET},
    ),
    ("POST /api/v1/tickets/<int:ticket_id>/links/<int:link_id>/remove", {"may": DESK, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/merge-into", {"may": DESK, "body": {**WHY, "into": "{beside#}"}, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/unmerge", {"may": DESK, "body": WHY, **MERGED}),
    (
        "POST /api/v1/tickets/<int:ticket_id>/split",
        {"may": DESK, "body": {**PART, "message_ids": ["{message#}"]}, **TICKET},
    ),
    ("POST /api/v1/tickets/<int:ticket_id>/made", {"may": DESK, "body": MADE, **TICKET}),
)
