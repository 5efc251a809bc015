"""Who may do what with assignments, staff, absences and what was elevated. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
AGENCY: dict[str, Any] = {"thing": "agency"}
STAFF: dict[str, Any] = {"thing": "staff", "of": "lead"}
ABSENCE: dict[str, Any] = {"thing": "absence", "of": "lead"}
AWAY = {"person": "{staff}", "from_on": "2027-04-05", "until_on": "2027-04-09", "cover": "0"}
TOLD = {"person_id": "{staff#}", "from_on": "2027-04-05", "until_on": "2027-04-09"}
ELEVATION: dict[str, Any] = {"thing": "elevation"}
RAISED = {"body": "coc-leadership", "reason": "Nobody here can settle it."}
SAID = {"text": "Wait for the release.", "what": "advice"}
KEEPERS = {"may": "ma", "reads": "g"}

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /assignments", {"may": DESK}),
    ("POST /assignments", {"may": "ma", "body": {"agency": "{agency}", "to": "0"}, **AGENCY}),
    ("GET /assignments/<int:agency_id>", {"may": DESK, **AGENCY}),
    ("GET /staff", {"may": DESK}),
    ("GET /staff/<int:staff_id>", {"may": "ma", **STAFF}),
    ("POST /staff/<int:staff_id>", {"may": "ma", "body": {"skills": "problem", "cover": "0"}, **STAFF}),
    ("GET /absences", {"may": DESK}),
    ("POST /absences", {"may": DESK, "body": AWAY, "note": "An agent tells only of their own days."}),
    ("GET /absences/<int:absence_id>", {"may": DESK, **ABSENCE}),
    ("POST /absences/<int:absence_id>/cover", {"body": {"cover": "{cover}"}, **KEEPERS, **ABSENCE}),
    ("POST /absences/<int:absence_id>/take-back", {**KEEPERS, **ABSENCE}),
    ("POST /absences/<int:absence_id>/hand-over", {"may": DESK, "body": {"nonce": "{once}"}, **ABSENCE}),
    ("GET /api/v1/assignments", {"may": DESK}),
    ("POST /api/v1/assignments", {"may": "ma", "body": {"agency_ids": ["{agency#}"], "person_id": None}, **AGENCY}),
    ("GET /api/v1/assignments/<int:agency_id>", {"may": DESK, **AGENCY}),
    ("GET /api/v1/staff", {"may": DESK}),
    ("PUT /api/v1/staff/<int:staff_id>", {"may": "ma", "body": {"skills": ["problem"]}, **STAFF}),
    ("GET /api/v1/absences", {"may": DESK}),
    ("POST /api/v1/absences", {"body": TOLD, **KEEPERS, **STAFF}),
    ("POST /api/v1/absences/<int:absence_id>/cover", {"body": {"cover_id": "{cover#}"}, **KEEPERS, **ABSENCE}),
    ("POST /api/v1/absences/<int:absence_id>/hand-over", {"may": DESK, **ABSENCE}),
    ("POST /api/v1/absences/<int:absence_id>/take-back", {**KEEPERS, **ABSENCE}),
    ("GET /elevations", {"may": DESK + "c"}),
    ("GET /elevations/<int:elevation_id>", {"may": DESK + "c", **ELEVATION}),
    ("GET /tickets/<int:ticket_id>/elevate", {"may": DESK, "thing": "at_lead"}),
    ("POST /tickets/<int:ticket_id>/elevate", {"may": DESK, "body": {**RAISED, "nonce": "{once}"}, "thing": "at_lead"}),
    ("POST /elevations/<int:elevation_id>/words", {"may": "c", "body": {**SAID, "nonce": "{once}"}, **ELEVATION}),
    (
        "POST /elevations/<int:elevation_id>/withdraw",
        {"may": DESK, "body": {"reason": "It is settled.", "nonce": "{once}"}, **ELEVATION},
    ),
    ("GET /api/v1/elevations", {"may": DESK + "c"}),
    ("GET /api/v1/elevations/<int:elevation_id>", {"may": DESK + "c", **ELEVATION}),
    ("POST /api/v1/tickets/<int:ticket_id>/elevations", {"may": DESK, "body": RAISED, "thing": "at_lead"}),
    ("POST /api/v1/elevations/<int:elevation_id>/words", {"may": "c", "body": {"text": "Wait."}, **ELEVATION}),
    ("POST /api/v1/elevations/<int:elevation_id>/withdraw", {"may": DESK, "body": {"reason": "Done."}, **ELEVATION}),
)
