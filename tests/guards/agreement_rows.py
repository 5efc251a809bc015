"""Who may do what about documents and who signs them. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

SEES = "rtsxgnma"
OFFICE = "ma"
SENT: dict[str, Any] = {"thing": "sent_agreement"}
WAITS: dict[str, Any] = {"thing": "signed_agreement"}
DOCUMENT: dict[str, Any] = {"thing": "document", "of": "coc"}
DRAFT: dict[str, Any] = {"thing": "draft_document", "of": "coc"}
HERE = "/agreements/<int:agreement_id>"
ITS = "/documents/<int:document_id>"
OWN = "Everybody sees and signs their own."
REASON = {"once": "{once}", "reason": "Not needed after all."}
SIGNED_IN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /agreements/to-sign", {"may": "ertsxgnmac", "note": "What waits for one's own signature."}),
    (f"GET {HERE}", {"may": "e" + SEES, "blind": "c", "note": OWN, **SENT}),
    (f"GET {HERE}.pdf", {"may": "e" + SEES, "blind": "c", **SENT}),
    (
        f"POST {HERE}/sign",
        {
            "may": "e", "reads": SEES, "blind": "c", "note": "Nobody signs for somebody else.",
            "body": {"once": "{once}", "ticked": "0", "name": "Erin Doyle"}, **SENT,
        },
    ),
)  # fmt: skip
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /agreements", {"may": SEES}),
    ("GET /agreements.<form>", {"may": SEES}),
    (f"POST {HERE}/countersign", {"may": OFFICE, "body": {"once": "{once}", "name": "Mina Cole"}, **WAITS}),
    (f"POST {HERE}/end", {"may": OFFICE, "body": REASON, **SENT}),
    ("GET /agreements/coordinated/new", {"may": OFFICE}),
    (
        "POST /agreements/coordinated/new",
        {"may": OFFICE, "body": {"once": "{once}", "person": "{person}-{agency}", "other": "{agency}"}},
    ),
    ("GET /api/v1/agreements", {"may": SEES}),
    ("GET /api/v1/agreements/<int:agreement_id>", {"may": SEES, **SENT}),
    ("GET /documents", {"may": OFFICE}),
    ("GET /documents/new", {"may": OFFICE}),
    (
        "POST /documents/new",
        {"may": OFFICE, "body": {"once": "{once}", "kind": "code-of-ethics", "place": "coc-{coc}", "title": "Ethics"}},
    ),
    (f"GET {ITS}", {"may": OFFICE, **DOCUMENT}),
    (f"POST {ITS}/send", {"may": OFFICE, **DOCUMENT}),
    (f"POST {ITS}/versions", {"may": OFFICE, **DOCUMENT}),
    (f"GET {ITS}/versions/<int:number>", {"may": OFFICE, **DRAFT}),
    (f"POST {ITS}/versions/<int:number>", {"may": OFFICE, "body": {"once": "{once}", "body": "Be kind."}, **DRAFT}),
    (
        f"POST {ITS}/versions/<int:number>/publish",
        {"may": OFFICE, "body": {"once": "{once}", "effective_on": "2026-11-20"}, **DRAFT},
    ),
)
