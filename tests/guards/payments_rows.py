"""Who may do what about payments, bank's lists and what is overdue. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

SEES = "rxgma"
TAKES = "ma"
MONEY: dict[str, Any] = {"thing": "payment"}
OWED: dict[str, Any] = {"thing": "owed"}
# Of a whole Lead; who looks after a CoC sees those they brought.
LIST: dict[str, Any] = {"thing": "bank_list", "of": "lead", "may": "a", "blind": "m"}
AT, API = "/payments/<int:payment_id>", "/api/v1/payments/<int:payment_id>"
LISTS, OF_LIST = "/payments/bank-lists", "/payments/bank-lists/<int:bank_list_id>"
API_LIST = "/api/v1/bank-lists/<int:bank_list_id>"
DUE, API_DUE = "/overdue/<int:invoice_id>", "/api/v1/overdue/<int:invoice_id>"
FORM = {
    "amount": "5",
    "method": "check",
    "received_on": "{today}",
    "goes": "oldest",
    "keeps_rest": "y",
    "once": "{once}",
}
SENT = {"agency_id": "{agency#}", "method": "check", "cents": 500, "received_on": "2026-11-20", "keeps_rest": True}
TIME = {
    "respite-kind": "pause",
    "respite-last_day": "2026-12-20",
    "respite-reason": "Plain words.",
    "respite-once": "{once}",
}
REASON = {"reason": "Plain words."}
COLUMNS = {"day": "0", "amount": "1"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /payments", {"may": SEES}),
    ("GET /payments/new", {"may": TAKES}),
    ("POST /payments/new/<int:agency_id>", {"may": TAKES, "thing": "agency", "body": FORM}),
    (f"GET {AT}", {"may": SEES, **MONEY}),
    (f"GET {AT}/receipt.pdf", {"may": SEES, **MONEY}),
    (f"POST {AT}/put", {"may": TAKES, "body": {"put-invoice": "{owed}"}, **MONEY}),
    (f"POST {AT}/parts/<int:part_id>/take-back", {"may": TAKES, **MONEY}),
    (f"POST {AT}/reverse", {"may": TAKES, "body": {"reverse-reason": "Plain words."}, **MONEY}),
    (f"GET {LISTS}", {"may": TAKES}),
    (f"GET {LISTS}/new", {"may": TAKES}),
    (f"POST {LISTS}/new", {"may": TAKES, "body": {"once": "{once}"}}),
    (f"GET {OF_LIST}", LIST),
    (f"POST {OF_LIST}/columns", {"body": COLUMNS, **LIST}),
    (f"GET {OF_LIST}/lines/<int:bank_line_id>", LIST),
    (f"POST {OF_LIST}/lines/<int:bank_line_id>", {"body": {"q": "x"}, **LIST}),
    (f"POST {OF_LIST}/lines/<int:bank_line_id>/leave-out", LIST),
    (f"POST {OF_LIST}/apply", LIST),
    (f"POST {OF_LIST}/discard", LIST),
    ("GET /overdue", {"may": SEES}),
    (f"GET {DUE}", {"may": SEES, **OWED}),
    (f"POST {DUE}/respites", {"may": TAKES, "body": TIME, **OWED}),
    (f"POST {DUE}/respites/<int:respite_id>/end", {"may": TAKES, **OWED}),
    ("GET /api/v1/payments", {"may": SEES}),
    ("POST /api/v1/payments", {"may": TAKES, "thing": "agency", "body": SENT}),
    (f"GET {API}", {"may": SEES, **MONEY}),
    (f"GET {API}/receipt", {"may": SEES, **MONEY}),
    (f"GET {API}/moves", {"may": SEES, **MONEY}),
    (f"POST {API}/parts", {"may": TAKES, "body": {"invoice_id": "{owed#}"}, **MONEY}),
    (f"POST {API}/parts/<int:part_id>/return", {"may": TAKES, **MONEY}),
    (f"POST {API}/reversal", {"may": TAKES, "body": REASON, **MONEY}),
    ("GET /api/v1/bank-lists", {"may": TAKES}),
    (
        "POST /api/v1/bank-lists",
        {"may": TAKES, "body": {"name": "List", "header": ["Date", "Amount"], "rows": [["2026-11-18", "1.00"]]}},
    ),
    (f"GET {API_LIST}", LIST),
    (f"POST {API_LIST}/columns", {"body": {"day": 0, "amount": 1}, **LIST}),
    (f"POST {API_LIST}/lines/<int:bank_line_id>/choice", {"body": {"agency_id": "{agency#}"}, **LIST}),
    (f"POST {API_LIST}/lines/<int:bank_line_id>/exclusion", {"body": {"is_out": True}, **LIST}),
    (f"POST {API_LIST}/payments", LIST),
    (f"POST {API_LIST}/discarding", LIST),
    ("GET /api/v1/overdue", {"may": SEES}),
    (f"GET {API_DUE}", {"may": SEES, **OWED}),
    (f"GET {API_DUE}/moves", {"may": SEES, **OWED}),
    (
        f"POST {API_DUE}/respites",
        {"may": TAKES, "body": {"kind": "pause", "last_day": "2026-12-20", **REASON}, **OWED},
    ),
    (f"POST {API_DUE}/respites/<int:respite_id>/end", {"may": TAKES, **OWED}),
)  # fmt: skip
