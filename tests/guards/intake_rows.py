"""Who may do what where requests begin. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
WORKS = "tgma"
TICKET: dict[str, Any] = {"thing": "ticket"}
WORDS = {"nonce": "{once}", "text": "Some plain words."}

QUESTION = {"nonce": "{once}", "label": "Which printer", "choices": "", "hint": "", "is_required": "no"}
FIELD: dict[str, Any] = {"thing": "field", "of": "lead"}

PUBLIC = ("GET /help/ask", "POST /help/ask", "GET /help/ask/sent", "POST /help/suggest")

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /request-fields", {"may": "a"}),
    ("GET /request-fields/new", {"may": "a"}),
    ("POST /request-fields/new", {"may": "a", "body": {**QUESTION, "category": "problem", "kind": "text"}}),
    ("GET /request-fields/<int:field_id>", {"may": "a", **FIELD}),
    ("POST /request-fields/<int:field_id>", {"may": "a", "body": QUESTION, **FIELD}),
    ("POST /request-fields/<int:field_id>/retire", {"may": "a", **FIELD}),
    ("POST /request-fields/<int:field_id>/bring-back", {"may": "a", **FIELD}),
    ("POST /request-fields/<int:field_id>/up", {"may": "a", **FIELD}),
    ("GET /duplicate-reviews", {"may": DESK}),
    ("POST /duplicate-reviews/<int:review_id>/done", {"may": DESK, "thing": "review", "of": "coc"}),
    ("GET /api/v1/own-questions", {"may": "a"}),
    ("POST /api/v1/own-questions", {"may": "a", "body": {"category": "problem", "kind": "text", "label": "Which pen"}}),
    ("PUT /api/v1/own-questions/<int:field_id>", {"may": "a", "body": {"label": "Which scanner"}, **FIELD}),
    ("POST /api/v1/own-questions/<int:field_id>/retire", {"may": "a", **FIELD}),
    ("POST /api/v1/own-questions/<int:field_id>/bring-back", {"may": "a", **FIELD}),
    ("POST /api/v1/own-questions/<int:field_id>/up", {"may": "a", **FIELD}),
    ("GET /api/v1/duplicate-reviews", {"may": DESK}),
    ("POST /api/v1/duplicate-reviews/<int:review_id>/done", {"may": DESK, "thing": "review", "of": "coc"}),
    ("GET /api/v1/ticket-categories", {"may": "ertsxgma"}),
    (
        "POST /api/v1/tickets/for-caller",
        {
            "may": DESK,
            "body": {
                "subject": "Printing",
                "text": "Some plain words.",
                "channel": "phone",
                "address": "caller@elsewhere.test",
                "name": "A caller",
            },
        },
    ),
    (
        "POST /api/v1/tickets/<int:ticket_id>/fields",
        {"may": WORKS, "body": {"category": "how-to", "fields": {"place": "The exit page"}}, **TICKET},
    ),
    (
        "POST /api/v1/tickets/<int:ticket_id>/merge-confirmation",
        {"may": DESK, "body": {"text": "Some plain words."}, **TICKET},
    ),
    ("POST /api/v1/tickets/<int:ticket_id>/client-merge", {"may": WORKS, **TICKET}),
    ("POST /api/v1/tickets/<int:ticket_id>/instruction", {"may": DESK, "body": {"text": "Some words."}, **TICKET}),
    ("GET /tickets/<int:ticket_id>/answers", {"may": WORKS, **TICKET}),
    (
        "POST /tickets/<int:ticket_id>/answers",
        {"may": WORKS, "body": {"nonce": "{once}", "category": "how-to", "q_place": "The exit page"}, **TICKET},
    ),
    ("GET /tickets/<int:ticket_id>/confirm-merge", {"may": DESK, **TICKET}),
    ("POST /tickets/<int:ticket_id>/confirm-merge", {"may": DESK, "body": WORDS, **TICKET}),
    ("GET /tickets/<int:ticket_id>/instruction", {"may": DESK, **TICKET}),
    ("POST /tickets/<int:ticket_id>/instruction", {"may": DESK, "body": WORDS, **TICKET}),
    (
        "POST /tickets/<int:ticket_id>/merge",
        {
            "may": WORKS,
            "body": {"nonce": "{once}"},
            "note": "SON-HD-6: an agency's administrator merges what is all in the agency's own projects.",
            **TICKET,
        },
    ),
)
