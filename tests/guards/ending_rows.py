"""Who may do what about an agency that leaves or is suspended. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

AGENCY = "rtsx"
LEAD = "gnma"
GIVES_NOTICE = "rxma"
HERE: dict[str, Any] = {"thing": "agency"}
AT = "/agencies/<int:agency_id>"
SEEN = {"day": "{today}", "how": "letter", "note": "Seen on file."}
WHY = {"reason": "A reason in plain words."}


def _prefixed(prefix: str, fields: dict[str, str]) -> dict[str, str]:
    return {f"{prefix}-{name}": value for name, value in fields.items()}


NOTICE = {"last_day": "{today}", "once": "{once}", "party": "agency", "noticed_on": "{today}", "how": "letter", **WHY}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    (f"GET {AT}/ending", {"may": AGENCY + LEAD, **HERE}),
    (f"GET {AT}/ending/letter", {"may": AGENCY + LEAD, **HERE}),
    (f"POST {AT}/ending", {"may": GIVES_NOTICE, "body": _prefixed("notice", NOTICE), **HERE}),
    (f"POST {AT}/ending/withdraw", {"may": GIVES_NOTICE, "body": _prefixed("withdraw", WHY), **HERE}),
    (
        f"POST {AT}/ending/items/<item>",
        {"may": AGENCY + "ma", "body": _prefixed("data-corrected", SEEN),
         "note": "Some lines are the agency's to confirm; the Lead may confirm all.", **HERE},
    ),
    (f"POST {AT}/ending/data/<station>", {"may": GIVES_NOTICE, "body": _prefixed("asked", SEEN), **HERE}),
    (f"POST {AT}/default", {"may": GIVES_NOTICE, "body": _prefixed("default", {"given_on": "{today}", **WHY}), **HERE}),
    (
        f"POST {AT}/default/<int:default_id>/<deed>",
        {"may": "ma", "reads": "rx", "thing": "default", "body": _prefixed("close", WHY),
         "note": "Who told the other side that it is in default decides on it."},
    ),
    (f"POST {AT}/suspension", {"may": "ma", "body": _prefixed("suspend", WHY), **HERE}),
    (f"POST {AT}/suspension/lift", {"may": "ma", "body": _prefixed("lift", WHY), **HERE}),
    (f"GET /api/v1{AT}/ending", {"may": AGENCY + LEAD, **HERE}),
    (f"POST /api/v1{AT}/ending", {"may": GIVES_NOTICE, "body": {"last_day": "{today}", **WHY}, **HERE}),
    (f"POST /api/v1{AT}/ending/withdrawal", {"may": GIVES_NOTICE, "body": WHY, **HERE}),
    (f"POST /api/v1{AT}/suspension", {"may": "ma", "body": WHY, **HERE}),
    (f"POST /api/v1{AT}/suspension/lifting", {"may": "ma", "body": WHY, **HERE}),
)  # fmt: skip
