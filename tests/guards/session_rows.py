"""Who may do what with training sessions. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

EVERYBODY = "ertsxgnmac"
KEEPERS = "nma"
REGISTRARS = "rt" + KEEPERS
SESSION: dict[str, Any] = {"thing": "training_session", "of": "coc"}
OF_AGENCY: dict[str, Any] = {"thing": "training_session"}
PLANNED = {
    "once": "{once}",
    "title": "Refresher",
    "course": "{live_course}",
    "kind": "group",
    "place": "webinar",
    "starts": "2027-03-01T10:00",
    "ends": "2027-03-01T11:00",
    "tz": "America/Los_Angeles",
    "coc": "{coc}",
    "trainer": "0",
}
SEE_PEOPLE = "rtgnma"
ATTENDANCE: dict[str, Any] = {"thing": "attendance"}
IMPORT: dict[str, Any] = {"thing": "import", "of": "coc"}
SENT = {
    "title": "Refresher",
    "course_id": "{live_course#}",
    "kind": "group",
    "place": "webinar",
    "starts_at": "2027-03-01T10:00:00-08:00",
    "ends_at": "2027-03-01T11:00:00-08:00",
    "tz": "America/Los_Angeles",
    "coc_id": "{coc#}",
}
MEETINGS = "SON-TR-2: an agency sees its own attendance; whoever leads the community or sits in a committee sees all."
OWN_TIME = "One's own time, one's people's, or everybody's whom the staff serves; a colleague's is not there."
OWN_PEOPLE = "An agency registers and withdraws its own people; the others' registrations are not there for it."

PUBLIC: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/calendar", {}),
    ("GET /training/calendar.ics", {}),
    ("GET /training/calendar/<int:session_id>", SESSION),
)

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/sessions", {"may": EVERYBODY}),
    ("GET /training/sessions/new", {"may": KEEPERS}),
    ("POST /training/sessions/new", {"may": KEEPERS, "body": PLANNED}),
    (
        "POST /training/sessions/proposals/<int:proposal_id>/put-away",
        {"may": KEEPERS, "thing": "proposal", "of": "lead", "body": {"reason": "An article is enough."}},
    ),
    ("GET /training/sessions/<int:session_id>", {"may": EVERYBODY, **SESSION}),
    ("GET /training/sessions/<int:session_id>/edit", {"may": KEEPERS, **SESSION}),
    ("POST /training/sessions/<int:session_id>/edit", {"may": KEEPERS, "body": PLANNED, **SESSION}),
    (
        "POST /training/sessions/<int:session_id>/cancel",
        {"may": KEEPERS, "body": {"cancel-reason": "The trainer is ill."}, **SESSION},
    ),
    (
        "POST /training/sessions/<int:session_id>/records",
        {"may": KEEPERS, "body": {"records-minutes": "All is well."}, **SESSION},
    ),
    ("POST /training/sessions/<int:session_id>/register", {"may": EVERYBODY, **SESSION}),
    ("POST /training/sessions/<int:session_id>/withdraw", {"may": EVERYBODY, **SESSION}),
    (
        "POST /training/sessions/<int:session_id>/people",
        {"may": REGISTRARS, "body": {"others-people": "{leaver}"}, **SESSION},
    ),
    ("GET /training/sessions/<int:session_id>/code", {"may": KEEPERS, **SESSION}),
    ("POST /training/sessions/<int:session_id>/code", {"may": KEEPERS, **SESSION}),
    ("POST /training/sessions/<int:session_id>/code/hide", {"may": KEEPERS, **SESSION}),
    (
        "POST /training/sessions/<int:session_id>/sign-in",
        {"may": EVERYBODY, "body": {"code-code": "ABC234"}, **SESSION},
    ),
    ("POST /training/sessions/<int:session_id>/sign-out", {"may": EVERYBODY, **SESSION}),
    ("GET /training/sessions/<int:session_id>/attendance", {"may": SEE_PEOPLE, **SESSION}),
    ("POST /training/sessions/<int:session_id>/attendance", {"may": KEEPERS, **SESSION}),
    ("GET /training/meetings", {"may": "rtxgnmac", "note": MEETINGS}),
    ("GET /api/v1/training-sessions", {"may": EVERYBODY}),
    ("POST /api/v1/training-sessions", {"may": KEEPERS, "body": SENT}),
    ("GET /api/v1/training-sessions/<int:session_id>", {"may": EVERYBODY, **SESSION}),
    ("PUT /api/v1/training-sessions/<int:session_id>", {"may": KEEPERS, "body": SENT, **SESSION}),
    (
        "POST /api/v1/training-sessions/<int:session_id>/cancellation",
        {"may": KEEPERS, "body": {"reason": "The trainer is ill."}, **SESSION},
    ),
    ("POST /api/v1/training-sessions/<int:session_id>/registration", {"may": EVERYBODY, **SESSION}),
    ("POST /api/v1/training-sessions/<int:session_id>/withdrawal", {"may": EVERYBODY, **SESSION}),
    ("GET /api/v1/training-sessions/<int:session_id>/registrations", {"may": SEE_PEOPLE, **SESSION}),
    ("GET /api/v1/attendance", {"may": SEE_PEOPLE}),
    ("GET /api/v1/attendance/<int:attendance_id>", {"may": SEE_PEOPLE, "blind": "esxc", **ATTENDANCE}),
    (
        "PUT /api/v1/training-sessions/<int:session_id>/attendance",
        {
            "may": KEEPERS,
            "body": {"people": [{"person_id": 1}]},
            **SESSION,
        },
    ),
    (
        "POST /api/v1/attendance/<int:attendance_id>/override",
        {"may": KEEPERS, "body": {"decision": "credit", "reason": "They were there."}, **ATTENDANCE},
    ),
    ("GET /training/attendance", {"may": SEE_PEOPLE}),
    ("GET /training/attendance.<form>", {"may": SEE_PEOPLE}),
    (
        "GET /training/attendance/<int:attendance_id>",
        {"may": SEE_PEOPLE, "blind": "esxc", "note": OWN_TIME, **ATTENDANCE},
    ),
    (
        "POST /training/attendance/<int:attendance_id>/override",
        {"may": KEEPERS, "body": {"decision": "credit", "reason": "They were there."}, **ATTENDANCE},
    ),
    ("GET /training/sessions/<int:session_id>/imports/new", {"may": KEEPERS, **SESSION}),
    ("POST /training/sessions/<int:session_id>/imports/new", {"may": KEEPERS, **SESSION}),
    ("GET /training/sessions/imports/<int:import_id>", {"may": KEEPERS, **IMPORT}),
    ("GET /training/sessions/imports/<int:import_id>/file", {"may": KEEPERS, **IMPORT}),
    ("POST /training/sessions/imports/<int:import_id>/answer", {"may": KEEPERS, "body": {"tz": "UTC"}, **IMPORT}),
    (
        "POST /training/sessions/imports/<int:import_id>/people/<int:imported_id>",
        {"may": KEEPERS, "body": {"person": "0"}, **IMPORT},
    ),
    ("POST /training/sessions/imports/<int:import_id>/commit", {"may": KEEPERS, **IMPORT}),
    ("POST /training/sessions/imports/<int:import_id>/discard", {"may": KEEPERS, **IMPORT}),
    (
        "POST /training/sessions/<int:session_id>/registrations/<int:registration_id>/approve",
        {"may": KEEPERS, **OF_AGENCY},
    ),
    (
        "POST /training/sessions/<int:session_id>/registrations/<int:registration_id>/decline",
        {"may": KEEPERS, "body": {"reason": "For new users only."}, **OF_AGENCY},
    ),
    (
        "POST /training/sessions/<int:session_id>/registrations/<int:registration_id>/withdraw",
        {"may": REGISTRARS, "note": OWN_PEOPLE, **OF_AGENCY},
    ),
)
