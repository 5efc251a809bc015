"""Who may do what about a change of a license. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

AGENCY = "rtsx"
LEAD = "gnma"
HERE: dict[str, Any] = {"thing": "license_change"}
LICENSE: dict[str, Any] = {"thing": "license"}
AT = "/license-changes/<int:change_id>"
ASKED = {"once": "{once}", "kind": "projects", "projects": "{project}", "reason": "More work."}
WHY = {"decision-reason": "Known to us."}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /license-changes", {"may": AGENCY + LEAD}),
    ("GET /license-changes/new/<int:license_id>", {"may": "rtx", **LICENSE}),
    ("POST /license-changes/new/<int:license_id>", {"may": "rtx", "body": ASKED, **LICENSE}),
    (f"GET {AT}", {"may": AGENCY + LEAD, **HERE}),
    (
        f"POST {AT}/approve",
        {"may": "m", "reads": "t", "body": WHY, "note": "VT-LI-6: an administrator up to the ceiling.", **HERE},
    ),
    (f"POST {AT}/deny", {"may": "m", "reads": "t", "body": WHY, **HERE}),
    (
        f"POST {AT}/protected/<int:project_id>",
        {"may": AGENCY + LEAD, "body": {"protected-{project}-reason": "Needed."},
         "note": "Whoever is named for the project approves; this one is not protected, which all are told.", **HERE},
    ),
    (f"POST {AT}/withdraw", {"may": "rtx", **HERE}),
    ("GET /api/v1/license-changes", {"may": AGENCY + LEAD}),
    ("POST /api/v1/licenses/<int:license_id>/changes",
     {"may": "rtx", "body": {"kind": "projects", "reason": "More.", "project_ids": ["{project#}"]}, **LICENSE}),
    (f"GET /api/v1{AT}", {"may": AGENCY + LEAD, **HERE}),
    (f"POST /api/v1{AT}/decision",
     {"may": "m", "reads": "t", "body": {"decision": "approve", "reason": "Yes."}, **HERE}),
    (
        f"POST /api/v1{AT}/protected/<int:project_id>",
        {"may": AGENCY + LEAD, "body": {"reason": "Needed."},
         "note": "Whoever is named for the project approves; this one is not protected, which all are told.", **HERE},
    ),
    (f"POST /api/v1{AT}/withdrawal", {"may": "rtx", **HERE}),
)  # fmt: skip
