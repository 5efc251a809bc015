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
