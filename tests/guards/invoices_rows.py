"""Who may do what about invoices. Read with the letters of the table; an agency's people see what it owes."""

from __future__ import annotations

from typing import Any

SEE = "rxgma"
INVOICE: dict[str, Any] = {"thing": "invoice"}
DEED: dict[str, Any] = {"may": "ma", "thing": "invoice"}
RUN: dict[str, Any] = {"may": "ma", "thing": "invoice_run", "of": "coc"}
PLACE: dict[str, Any] = {"may": "ma", "thing": "agency"}
AT, API = "/invoices/<int:invoice_id>", "/api/v1/invoices/<int:invoice_id>"
RUNS, RUNS_API = "/invoices/runs", "/api/v1/invoice-runs"
LINE = {"services-lines-0-kind": "other", "services-lines-0-words": "A report", "services-lines-0-cost": "40"}
GIVEN = {"lines": [{"kind": "other", "words": "A report", "unit_cents": 4000}]}
WHY = {"void-reason": "Wrong.", "void-once": "{once}"}
CREDIT = {"credit-cause": "error", "credit-reason": "Wrong.", "credit-once": "{once}"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /invoices", {"may": SEE}),
    (f"GET {AT}", {"may": SEE, **INVOICE}),
    (f"GET {AT}.pdf", {"may": SEE, **INVOICE}),
    (f"POST {AT}/credit", {"body": CREDIT, **DEED}),
    (f"POST {AT}/void", {"body": WHY, **DEED}),
    (f"POST {AT}/issue", DEED),
    (f"POST {AT}/drop", DEED),
    ("GET /invoices/agencies/<int:agency_id>/new", PLACE),
    ("POST /invoices/agencies/<int:agency_id>/licenses", {"body": {"licenses-once": "{once}"}, **PLACE}),
    ("POST /invoices/agencies/<int:agency_id>/services", {"body": {**LINE, "services-once": "{once}"}, **PLACE}),
    (f"GET {RUNS}", {"may": "ma"}),
    (
        f"POST {RUNS}",
        {"may": "ma", "thing": "coc", "of": "coc", "body": {"coc": "{coc}", "year": "2026", "once": "{once}"}},
    ),
    (f"GET {RUNS}/<int:invoice_run_id>", RUN),
    (f"POST {RUNS}/<int:invoice_run_id>/issue", RUN),
    (f"POST {RUNS}/<int:invoice_run_id>/drop", RUN),
    ("GET /api/v1/invoices", {"may": SEE}),
    (f"GET {API}", {"may": SEE, **INVOICE}),
    (f"GET {API}/file", {"may": SEE, **INVOICE}),
    (f"GET {RUNS_API}/<int:invoice_run_id>/drafts", RUN),
    ("GET /api/v1/agencies/<int:agency_id>/invoices/unbilled", PLACE),
    (f"POST {API}/issue", DEED),
    (f"POST {API}/drop", DEED),
    (
        f"POST {API}/credits",
        {"body": {"lines": [], "cause": "error", "reason": "Wrong."}, **DEED},
    ),
    (f"POST {API}/void", {"body": {"reason": "Wrong."}, **DEED}),
    ("POST /api/v1/agencies/<int:agency_id>/invoices/licenses", {"body": {}, **PLACE}),
    ("POST /api/v1/agencies/<int:agency_id>/invoices/services", {"body": GIVEN, **PLACE}),
    (f"GET {RUNS_API}", {"may": "ma"}),
    (f"POST {RUNS_API}", {"may": "ma", "thing": "coc", "of": "coc", "body": {"coc_id": "{coc#}", "year": 2026}}),
    (f"GET {RUNS_API}/<int:invoice_run_id>", RUN),
    (f"POST {RUNS_API}/<int:invoice_run_id>/issue", RUN),
    (f"POST {RUNS_API}/<int:invoice_run_id>/drop", RUN),
)  # fmt: skip
