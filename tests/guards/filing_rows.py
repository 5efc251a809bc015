"""Who may do what about contracts and the calendar of reports. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

CONTRACT: dict[str, Any] = {"may": "ma", "thing": "contract", "of": "coc"}
REPORT: dict[str, Any] = {"may": "ma", "thing": "report_date", "of": "coc"}
COC: dict[str, Any] = {"may": "ma", "thing": "coc", "of": "coc"}
FILED = {"kind": "vendor", "party": "Cedar Systems", "effective_on": "2026-01-01"}
PLANNED = {"kind": "audit-report", "due_on": "2027-01-15"}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /contracts", {"may": "ma"}),
    ("GET /contracts/new", {"may": "ma"}),
    ("POST /contracts/new", {"body": {"coc": "{coc}", "once": "{once}", **FILED}, **COC}),
    ("GET /contracts/<int:contract_id>/file", CONTRACT),
    ("POST /contracts/<int:contract_id>/end", CONTRACT),
    ("GET /api/v1/contracts", {"may": "ma"}),
    ("POST /api/v1/contracts", {"body": {"coc_id": "{coc#}", **FILED}, **COC}),
    ("POST /api/v1/contracts/<int:contract_id>/end", {"body": {"reason": "Replaced."}, **CONTRACT}),
    ("GET /report-calendar", {"may": "ma"}),
    ("GET /report-calendar/new", {"may": "ma"}),
    ("POST /report-calendar/new", {"body": {"coc": "{coc}", "months": "0", "once": "{once}", **PLANNED}, **COC}),
    ("GET /report-calendar/<int:report_date_id>", REPORT),
    ("GET /report-calendar/<int:report_date_id>/file", REPORT),
    ("POST /report-calendar/<int:report_date_id>/done", {"body": {"evidence": "Sent."}, **REPORT}),
    ("GET /api/v1/report-dates", {"may": "ma"}),
    ("POST /api/v1/report-dates", {"body": {"coc_id": "{coc#}", **PLANNED}, **COC}),
    ("POST /api/v1/report-dates/<int:report_date_id>/done", {"body": {"evidence": "Sent."}, **REPORT}),
)
