"""Who may do what about series and who is on the way in them. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

GUIDES = "nma"
OTHERS = "esxc"
WAY: dict[str, Any] = {"thing": "enrollment"}
SERIES: dict[str, Any] = {"thing": "series", "of": "lead"}
SIGNED_IN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training", {"may": "ertsxgnmac"}),
    (
        "GET /training/enrollments/<int:enrollment_id>",
        {"may": "ertgnma", "blind": "sxc", "note": "Everybody sees their own.", **WAY},
    ),
    (
        "POST /training/enrollments/<int:enrollment_id>/start",
        {"may": "e", "blind": "rtsxgnmac", "thing": "enrollment", "of": "oneself", "note": "Only the person begins."},
    ),
)
REASON = {"reason": "They changed jobs."}
FORM = {"once": "{once}", **REASON}
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/enrollments", {"may": "rtgnma"}),
    ("GET /training/enrollments/new", {"may": GUIDES}),
    ("POST /training/enrollments/new", {"may": GUIDES, "body": FORM}),
    (
        "POST /training/enrollments/<int:enrollment_id>/waive",
        {"may": "ma", "body": FORM, "note": "The Lead alone excuses somebody.", **WAY},
    ),
    ("POST /training/enrollments/<int:enrollment_id>/withdraw", {"may": GUIDES, "body": FORM, **WAY}),
    ("POST /training/enrollments/<int:enrollment_id>/trainer", {"may": GUIDES, "body": {"trainer": "0"}, **WAY}),
    ("GET /training/series", {"may": GUIDES}),
    ("GET /training/series/new", {"may": GUIDES}),
    ("POST /training/series/new", {"may": GUIDES, "body": {"once": "{once}", "title": "New users"}}),
    ("POST /training/series/from-manual", {"may": GUIDES, "body": {"coc": "1", "once": "{once}"}}),
    ("GET /training/series/<int:series_id>", {"may": GUIDES, **SERIES}),
    ("GET /training/series/<int:series_id>/edit", {"may": "na", "reads": "m", **SERIES}),
    ("POST /training/series/<int:series_id>/edit", {"may": "na", "reads": "m", "body": {"title": "New"}, **SERIES}),
    ("POST /training/series/<int:series_id>/offer", {"may": "na", "reads": "m", **SERIES}),
    ("POST /training/series/<int:series_id>/retire", {"may": "na", "reads": "m", **SERIES}),
    ("GET /api/v1/training/series", {"may": GUIDES}),
    ("GET /api/v1/training/enrollments", {"may": "rtgnma"}),
    ("GET /api/v1/training/enrollments/<int:enrollment_id>", {"may": "rtgnma", **WAY}),
    (
        "POST /api/v1/training/enrollments",
        {
            "may": GUIDES,
            "body": {"series_id": "{series}", "person_id": "{person}", "agency_id": "{agency}", **REASON},
            "note": "A series that is not offered is refused: 422.",
        },
    ),
    ("POST /api/v1/training/enrollments/<int:enrollment_id>/waive", {"may": "ma", "body": REASON, **WAY}),
    ("POST /api/v1/training/enrollments/<int:enrollment_id>/withdraw", {"may": GUIDES, "body": REASON, **WAY}),
)
