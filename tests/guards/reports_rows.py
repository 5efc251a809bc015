"""Who may know what of the help desk. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
VIEWERS = "tx" + DESK
LEAD = "gnma"
ONCE = {"once": "{once}"}
THEME: dict[str, Any] = {"thing": "theme", "of": "lead"}
EVALUATION: dict[str, Any] = {"thing": "evaluation", "of": "lead"}
# Any years in which the tests run have these behind them.
TODAY = "{today}"
LAST_YEAR = "{last_year}"

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /reports", {"may": VIEWERS, "note": "An agency's administrator and director see that agency's figures."}),
    ("GET /reports?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/figures.<form>?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/months.<form>?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/issues", {"may": VIEWERS}),
    ("GET /reports/issues?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/issues.<form>?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /api/v1/reports/figures?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /api/v1/reports/issues?agency={agency}", {"may": VIEWERS, "thing": "agency"}),
    ("GET /reports/staffing", {"may": DESK}),
    ("GET /reports/staffing.<form>", {"may": DESK}),
    ("GET /reports/staffing/<int:person_id>", {"may": "a", "thing": "staff_member", "of": "lead"}),
    (
        "POST /reports/staffing/<int:person_id>",
        {"may": "a", "thing": "staff_member", "of": "lead", "body": {"share": "50", "since": TODAY}},
    ),
    ("GET /reports/themes", {"may": LEAD}),
    ("GET /reports/themes.<form>", {"may": LEAD}),
    ("POST /reports/themes/count", {"may": LEAD}),
    ("POST /reports/themes/looked", {"may": LEAD, "body": ONCE}),
    ("GET /reports/themes/<int:theme_id>", {"may": LEAD, **THEME}),
    *(
        (f"POST /reports/themes/<int:theme_id>/{act}", {"may": LEAD, "body": body, **THEME})
        for act, body in (
            ("note", {"note-said": "Seen.", "note-once": "{once}"}),
            ("dismiss", {"dismiss-said": "Seen.", "dismiss-once": "{once}"}),
            ("merge", {"merge-into": "{other_theme}", "merge-once": "{once}"}),
            ("propose", ONCE),
            ("take-up", ONCE),
        )
    ),
    ("GET /reports/training-proposals", {"may": LEAD}),
    ("GET /reports/evaluations", {"may": DESK}),
    ("GET /reports/evaluations/new", {"may": "a"}),
    ("POST /reports/evaluations/new", {"may": "a", "body": {**ONCE, "begins": LAST_YEAR}}),
    ("GET /reports/evaluations/<int:evaluation_id>", {"may": DESK, **EVALUATION}),
    ("GET /reports/evaluations/<int:evaluation_id>/file", {"may": DESK, **EVALUATION}),
    ("GET /api/v1/reports/staffing", {"may": DESK}),
    (
        "PUT /api/v1/reports/staffing/<int:person_id>",
        {"may": "a", "thing": "staff_member", "of": "lead", "body": {"hundredths": 50}},
    ),
    ("GET /api/v1/reports/themes", {"may": LEAD}),
    ("POST /api/v1/reports/themes/<int:theme_id>/proposal", {"may": LEAD, **THEME}),
    ("POST /api/v1/reports/themes/<int:theme_id>/dismissal", {"may": LEAD, "body": {"said": "Seen."}, **THEME}),
    ("GET /api/v1/training-proposals", {"may": LEAD}),
    ("GET /api/v1/reports/evaluations", {"may": DESK}),
    ("POST /api/v1/reports/evaluations", {"may": "a", "body": {"begins": LAST_YEAR}}),
    ("GET /api/v1/reports/evaluations/<int:evaluation_id>", {"may": DESK, **EVALUATION}),
)
