"""Who may put words that are there already into an answer. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

TICKET: dict[str, Any] = {"thing": "ticket"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "GET /tickets/<int:ticket_id>/words?reply={reply}",
        {"may": "gma", "blind": "t", "note": "Canned replies are the HMIS Lead's.", **TICKET},
    ),
    ("GET /tickets/<int:ticket_id>/articles", {"may": "tgma", **TICKET}),
    (
        "POST /tickets/<int:ticket_id>/insert",
        {
            "may": "gma",
            "blind": "t",
            "body": {"put": "reply", "reply": "{reply}", "answer-text": "Hello."},
            "note": "An agency's administrator puts articles in, and has no canned replies.",
            **TICKET,
        },
    ),
    ("POST /tickets/new/answers", {"may": "ertsxgma", "body": {"subject": "Printing", "text": "Nothing comes out."}}),
    ("POST /knowledge/<int:article_id>/solved", {"may": "ertsxgnmac", "thing": "article", "of": "coc"}),
)
