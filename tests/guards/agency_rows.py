"""Who may do what about agencies: coming in, naming people, the public list. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

AGENCY = "rtsx"
LEAD = "gnma"
HERE: dict[str, Any] = {"thing": "agency"}
DAY = "{today}"
SEEN = {"day": DAY, "how": "letter", "note": "Seen on file."}


def _prefixed(prefix: str, **fields: str) -> dict[str, str]:
    return {f"{prefix}-{name}": value for name, value in fields.items()}


NAMED = _prefixed("name", kind="authorized-representative", person="{person}", since=DAY, **SEEN)
TOLD = {"told_on": DAY, "how": "letter", "note": "By letter."}
PUBLIC = ("GET /partners", "GET /partners.csv", "GET /api/v1/partners")
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /agencies/standing", {"may": AGENCY + LEAD}),
    ("GET /agencies/new", {"may": "ma"}),
    (
        "POST /agencies/new",
        {"may": "ma", "thing": "coc", "of": "coc",
         "body": {"name": "New House", "coc": "{coc}", "tz": "America/Los_Angeles"}},
    ),
    ("GET /agencies/<int:agency_id>/onboarding", {"may": AGENCY + LEAD, **HERE}),
    (
        "POST /agencies/<int:agency_id>/onboarding/<step>",
        {"may": AGENCY + "ma", "body": _prefixed("privacy-notice", **SEEN),
         "note": "Each step says who confirms it; what follows from what is known, nobody does.", **HERE},
    ),
    (
        "POST /agencies/<int:agency_id>/onboarding/<step>/take-back",
        {"may": AGENCY + "ma", "body": {"back-reason": "It was another agency's."}, **HERE},
    ),
    ("POST /agencies/<int:agency_id>/take-in", {"may": "ma", **HERE}),
    ("GET /agencies/<int:agency_id>/projects/new", {"may": "ma", **HERE}),
    ("POST /agencies/<int:agency_id>/projects/new", {"may": "ma", "body": {"name": "Nights", "hud_type": "1"}, **HERE}),
    ("GET /agencies/<int:agency_id>/papers/<int:paper_id>", {"may": AGENCY + LEAD, "thing": "paper"}),
    ("GET /agencies/<int:agency_id>/designations", {"may": AGENCY + LEAD, **HERE}),
    ("POST /agencies/<int:agency_id>/designations", {"may": "xma", "body": NAMED, **HERE}),
    (
        "POST /agencies/<int:agency_id>/designations/<int:designation_id>/end",
        {"may": "xma", "thing": "designation", "body": _prefixed("end", last=DAY, **SEEN)},
    ),
    (
        "POST /agencies/<int:agency_id>/background-checks",
        {"may": "xma", "body": _prefixed("check", person="{person}", checked_on=DAY, concern="no"),
         "note": "Whether a check raised concerns is shown to these only (SON-LI-7).", **HERE},
    ),
    ("GET /api/v1/agencies/<int:agency_id>/standing", {"may": AGENCY + LEAD, **HERE}),
    (
        "POST /api/v1/agencies/<int:agency_id>/designations",
        {"may": "xma", "body": {"duty": "authorized-representative", "person_id": "{person#}", "since": DAY, **TOLD},
         **HERE},
    ),
    (
        "POST /api/v1/agencies/<int:agency_id>/designations/<int:designation_id>/end",
        {"may": "xma", "thing": "designation", "body": {"last_day": DAY, **TOLD}},
    ),
)  # fmt: skip
