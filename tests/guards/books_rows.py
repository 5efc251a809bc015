"""Who may do what about the books. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

SEES, KEEPS = "rxgma", "ma"
THEIRS: dict[str, Any] = {"may": SEES, "thing": "agency"}
COC: dict[str, Any] = {"may": KEEPS, "thing": "coc", "of": "coc"}
SPENT = {"on": "{today}", "amount": "5", "words": "Plain words", "line": "Training", "once": "{once}"}
PLAN = {"plan-side": "income", "plan-line": "License fees", "plan-amount": "5", "plan-once": "{once}"}
OF_EXPENSE: dict[str, Any] = {"may": KEEPS, "thing": "expense", "of": "coc"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /books?coc={coc}", COC),
    ("POST /books/budget?coc={coc}", {"body": PLAN, **COC}),
    ("GET /books/expenses?coc={coc}", COC),
    ("GET /books/expenses/new?coc={coc}", COC),
    ("POST /books/expenses/new?coc={coc}", {"body": SPENT, **COC}),
    ("POST /books/expenses/<int:expense_id>/take-out", {"body": {"out-reason": "Plain words."}, **OF_EXPENSE}),
    ("GET /books/ageing?coc={coc}", COC),
    ("GET /books/ageing/file/<form>?coc={coc}", COC),
    ("GET /books/files?coc={coc}", COC),
    ("GET /books/files/<what>/<form>?coc={coc}", COC),
    ("GET /books/files/quickbooks.iif?coc={coc}", COC),
    ("GET /books/statements/<int:agency_id>", THEIRS),
    ("GET /books/statements/<int:agency_id>/file/<form>", THEIRS),
    ("GET /books/invoices/<int:invoice_id>", {"may": SEES, "thing": "owed"}),
    ("GET /books/payments/<int:payment_id>", {"may": SEES, "thing": "payment"}),
    ("GET /api/v1/books?coc_id={coc}", COC),
    (
        "POST /api/v1/budget-lines",
        {"body": {"coc_id": "{coc#}", "side": "income", "line": "License fees", "cents": 500}, **COC},
    ),
    ("GET /api/v1/expenses?coc_id={coc}", COC),
    (
        "POST /api/v1/expenses",
        {"body": {"coc_id": "{coc#}", "on": "2026-11-20", "cents": 500, "words": "Words", "line": "Training"}, **COC},
    ),
    ("POST /api/v1/expenses/<int:expense_id>/removal", {"body": {"reason": "Plain words."}, **OF_EXPENSE}),
    ("GET /api/v1/statements/<int:agency_id>", THEIRS),
    ("GET /api/v1/ageing?coc_id={coc}", COC),
    ("GET /api/v1/ageing/file?coc_id={coc}", COC),
    ("GET /api/v1/books/file?what=payments&coc_id={coc}", COC),
    ("GET /api/v1/books/quickbooks?coc_id={coc}", COC),
    ("GET /api/v1/statements/<int:agency_id>/file", THEIRS),
)  # fmt: skip
