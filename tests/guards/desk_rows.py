"""Who may do what at the desk. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
TICKET: dict[str, Any] = {"thing": "ticket"}
KEPT: dict[str, Any] = {"of": "lead"}
ONCE = {"nonce": "{once}"}
TEXT = {"text": "Some plain words."}
WHY = {"reason": "A reason in plain words."}
TAG = {"tag": "printers"}
EMPTY_MACRO = {"priority": "", "assign": "", "reply": "0", "tag": "printers"}

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("POST /desk/bulk", {"may": DESK, "body": {**ONCE, "ticket": "{ticket}", "verb": "tag", "words": "printers"}}),
    ("GET /desk/bulk/<int:act_id>", {"may": DESK, "thing": "bulk_act", "of": "oneself"}),
    ("GET /desk/views/new", {"may": DESK}),
    ("POST /desk/views/new", {"may": DESK, "body": {"name": "Mine", "whose": "mine"}}),
    (
        "POST /desk/views/<int:view_id>/remove",
        {"may": "ga", "reads": "m", "thing": "view", "note": "Shared lists belong to the whole Lead.", **KEPT},
    ),
    ("GET /desk/macros", {"may": DESK}),
    ("GET /desk/macros/new", {"may": DESK}),
    ("POST /desk/macros/new", {"may": DESK, "body": {**EMPTY_MACRO, "name": "Tag it", "whose": "mine"}}),
    ("GET /desk/macros/<int:macro_id>", {"may": DESK, "thing": "macro", **KEPT}),
    (
        "POST /desk/macros/<int:macro_id>",
        {"may": "ga", "reads": "m", "thing": "macro", "body": {**EMPTY_MACRO, "name": "Tag"}, **KEPT},
    ),
    ("POST /desk/macros/<int:macro_id>/remove", {"may": "ga", "reads": "m", "thing": "macro", **KEPT}),
    ("GET /desk/time", {"may": DESK}),
    ("GET /desk/tickets/<int:ticket_id>/preview", {"may": DESK, **TICKET}),
    ("POST /desk/tickets/<int:ticket_id>/tags", {"may": DESK, "body": {"tag": "printers"}, **TICKET}),
    ("POST /desk/tickets/<int:ticket_id>/time", {"may": DESK, "body": {**ONCE, "minutes": "15"}, **TICKET}),
    ("POST /desk/tickets/<int:ticket_id>/watchers", {"may": "etxgma", "blind": "rs", **TICKET}),
    ("POST /desk/tickets/<int:ticket_id>/mention", {"may": DESK, **TICKET}),
    (
        "POST /desk/tickets/<int:ticket_id>/draft?box=reply",
        {"may": "etxgma", "blind": "rs", "body": {"reply-text": "Some plain words."}, **TICKET},
    ),
    ("POST /desk/tickets/<int:ticket_id>/presence", {"may": "tgma", **TICKET}),
    ("GET /desk/tickets/<int:ticket_id>/macro?macro={macro}", {"may": DESK, **TICKET}),
    ("POST /desk/tickets/<int:ticket_id>/macro", {"may": DESK, "body": {**ONCE, "macro": "{macro}"}, **TICKET}),
    ("GET /agencies/<int:agency_id>/timeline", {"may": DESK, "thing": "agency"}),
    ("GET /people/<int:person_id>/timeline", {"may": DESK, "thing": "person"}),
    ("POST /api/v1/tickets/<int:ticket_id>/notes", {"may": DESK, "body": TEXT, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/hand-back", {"may": DESK, "body": WHY, "thing": "at_lead"}),
    ("POST /api/v1/tickets/<int:ticket_id>/ask-vendor", {"may": DESK, "body": TEXT, "thing": "at_lead"}),
    ("POST /api/v1/tickets/<int:ticket_id>/decline", {"may": DESK, "body": WHY, **TICKET}),
    (
        "POST /api/v1/tickets/<int:ticket_id>/reopen",
        {"may": "etgma", "reads": "x", "blind": "rs", "body": WHY, "thing": "closed"},
    ),
    ("POST /api/v1/tickets/<int:ticket_id>/calls", {"may": "tgma", "body": WHY, "thing": "answered"}),
    ("POST /api/v1/tickets/<int:ticket_id>/assign", {"may": "tgma", "body": {"person_id": None}, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/priority", {"may": "tgma", "body": {"priority": "high"}, **TICKET}),
    ("GET /api/v1/tickets/<int:ticket_id>/desk", {"may": DESK, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/tags", {"may": DESK, "body": TAG, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/tags/remove", {"may": DESK, "body": TAG, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/time", {"may": DESK, "body": {"minutes": 15}, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/watchers", {"may": "etxgma", "blind": "rs", **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/watchers/remove", {"may": "etxgma", "blind": "rs", **TICKET}),
    ("GET /api/v1/views", {"may": DESK}),
    ("POST /api/v1/views", {"may": DESK, "body": {"name": "Mine", "filters": {"state": "open"}}}),
    ("POST /api/v1/views/<int:view_id>/remove", {"may": "ga", "reads": "m", "thing": "view", **KEPT}),
    ("GET /api/v1/macros", {"may": DESK}),
    ("GET /api/v1/tickets/<int:ticket_id>/macros/<int:macro_id>", {"may": DESK, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/macros/<int:macro_id>", {"may": DESK, **TICKET}),
    ("POST /api/v1/practices", {"may": "ma", "body": {"since": "2027-03-01", "document": {}, "coc_id": "{coc#}"}}),
)
