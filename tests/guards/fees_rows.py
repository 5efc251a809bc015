"""Who may do what about prices. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

SCHEDULE: dict[str, Any] = {"may": "ma", "thing": "fee_schedule", "of": "coc"}
PLACE: dict[str, Any] = {"may": "ma", "thing": "agency"}
AT, API = "/fees/<int:fee_schedule_id>", "/api/v1/fee-schedules"
AGENCY, AGENCY_API = "/fees/agencies/<int:agency_id>", "/api/v1/agencies/<int:agency_id>/fees"
DAYS = {"first_day": "2025-01-01", "last_day": "2025-12-31"}
NOTICE = {"notice-noticed_on": "{today}", "notice-notice": "At its meeting.", "notice-once": "{once}"}
RELIEF = {"kind": "waived", "percent": 50, "first_day": "2026-01-01", "last_day": "2026-12-31", "reason": "New."}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /fees", {"may": "ma"}),
    ("GET /fees/new", {"may": "ma"}),
    (
        "POST /fees/new",
        {"may": "ma", "thing": "coc", "of": "coc",
         "body": {"coc": "{coc}", "name": "Fees", "proration": "months", "once": "{once}", **DAYS}},
    ),
    (f"GET {AT}", SCHEDULE),
    (f"POST {AT}/notice", {"body": NOTICE, **SCHEDULE}),
    (f"POST {AT}/end", {"body": {"end-last_day": "2027-06-30", "end-once": "{once}"}, **SCHEDULE}),
    (f"POST {AT}/withdraw", SCHEDULE),
    (f"GET {AGENCY}", PLACE),
    (f"POST {AGENCY}/figures", {"body": {"figures-beds": "4", "figures-once": "{once}"}, **PLACE}),
    (f"POST {AGENCY}/payers", {"body": {"payer-name": "County", "payer-once": "{once}"}, **PLACE}),
    (f"POST {AGENCY}/payers/<int:payer_id>/end", PLACE),
    (
        f"POST {AGENCY}/reliefs",
        {"body": {**{f"relief-{key}": str(value) for key, value in RELIEF.items()}, "relief-once": "{once}"}, **PLACE},
    ),
    (f"POST {AGENCY}/reliefs/<int:relief_id>/end", PLACE),
    (f"GET {API}", {"may": "ma"}),
    (f"POST {API}", {"may": "ma", "thing": "coc", "of": "coc", "body": {"coc_id": "{coc#}", "name": "Fees", **DAYS}}),
    (f"GET {API}/<int:fee_schedule_id>", SCHEDULE),
    (
        f"POST {API}/<int:fee_schedule_id>/notice",
        {"body": {"noticed_on": "{today}", "notice": "At its meeting."}, **SCHEDULE},
    ),
    (f"POST {API}/<int:fee_schedule_id>/end", {"body": {"last_day": "2027-06-30"}, **SCHEDULE}),
    (f"POST {API}/<int:fee_schedule_id>/withdrawal", SCHEDULE),
    (f"GET {AGENCY_API}", PLACE),
    (f"PUT {AGENCY_API}/figures", {"body": {"beds": 4}, **PLACE}),
    (f"POST {AGENCY_API}/payers", {"body": {"name": "County"}, **PLACE}),
    (f"POST {AGENCY_API}/payers/<int:payer_id>/end", PLACE),
    (f"POST {AGENCY_API}/reliefs", {"body": RELIEF, **PLACE}),
    (f"POST {AGENCY_API}/reliefs/<int:relief_id>/end", PLACE),
)  # fmt: skip
