"""Who may do what about HMIS accounts that differ from the licenses. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
LIST: dict[str, Any] = {"may": "a", "thing": "accounts", "of": "lead"}
CHANGE: dict[str, Any] = {"may": "a", "thing": "account_change", "of": "lead"}
FINDING: dict[str, Any] = {"may": DESK, "thing": "account_finding"}
SEEN = {"evidence": "Seen as inactive."}
WHOLE = "The list is of the whole Lead, so that nobody of one CoC alone compares it."
COLUMNS = {"vendor": "clarity", "titles": {"email": "Mail"}, "levels": {}}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /reconciliation", {"may": "a", "note": WHOLE}),
    ("GET /reconciliation/new", {"may": "a"}),
    ("POST /reconciliation/new", {"may": "a", "body": {"once": "{once}"}}),
    ("GET /reconciliation/<int:accounts_id>", LIST),
    ("GET /reconciliation/<int:accounts_id>/file", LIST),
    ("POST /reconciliation/<int:accounts_id>/commit", LIST),
    ("POST /reconciliation/<int:accounts_id>/discard", LIST),
    ("GET /reconciliation/columns", {"may": "a"}),
    ("POST /reconciliation/columns", {"may": "a", "body": {"vendor": "clarity", "email": "Mail"}}),
    ("GET /reconciliation/findings", {"may": DESK}),
    ("GET /reconciliation/findings/<int:account_finding_id>", FINDING),
    (
        "POST /reconciliation/findings/<int:account_finding_id>/settle",
        {"body": SEEN, **FINDING},
    ),
    ("GET /provisioning", {"may": "a"}),
    ("POST /provisioning/<int:account_change_id>/again", CHANGE),
    ("GET /api/v1/account-changes", {"may": "a"}),
    ("POST /api/v1/account-changes/<int:account_change_id>/again", CHANGE),
    ("GET /api/v1/reconciliations", {"may": "a"}),
    ("POST /api/v1/reconciliations", {"may": "a", "body": {"name": "u.csv", "content": "RW1haWwKYUBhLnRlc3QK"}}),
    ("GET /api/v1/reconciliations/<int:accounts_id>", LIST),
    ("POST /api/v1/reconciliations/<int:accounts_id>/commit", LIST),
    ("POST /api/v1/reconciliations/<int:accounts_id>/discard", LIST),
    ("GET /api/v1/account-findings", {"may": DESK}),
    ("GET /api/v1/account-findings/<int:account_finding_id>", FINDING),
    (
        "POST /api/v1/account-findings/<int:account_finding_id>/settlement",
        {"body": SEEN, **FINDING},
    ),
    ("GET /api/v1/account-columns", {"may": "a"}),
    ("PUT /api/v1/account-columns", {"may": "a", "body": COLUMNS}),
)
