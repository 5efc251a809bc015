"""Who may do what with courses. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

EVERYBODY = "ertsxgnmac"
STAFF = "gnma"
KEEPS = "nma"
SEES = "rt" + STAFF
COURSE: dict[str, Any] = {"thing": "course", "of": "coc"}
KEPT: dict[str, Any] = {"may": KEEPS, **COURSE}
OF_STAFF: dict[str, Any] = {"may": STAFF, **COURSE}
TAKEN: dict[str, Any] = {"may": EVERYBODY, **COURSE}
TRIED: dict[str, Any] = {"may": EVERYBODY, "thing": "attempt", "of": "oneself"}
ABOUT: dict[str, Any] = {
    "once": "{once}", "place": "coc-{coc}", "code": "GEN-9", "title": "Good data", "kind": "material", "minutes": "20",
}  # fmt: skip
QUESTION: dict[str, Any] = {"once": "{once}", "kind": "number", "text": "How many hours?", "lines": "24"}
API_QUESTION: dict[str, Any] = {"kind": "number", "text": "How many hours?", "lines": "24"}
API_ABOUT: dict[str, Any] = {"code": "GEN-9", "title": "Good data", "minutes": 20, "coc_id": "{coc#}"}
REASON: dict[str, Any] = {"reason": "A reason in plain words."}
CONTENT: dict[str, Any] = {"body": "Words.", "tolerance": "2", "feedback": "marks"}
DONE: dict[str, Any] = {"thing": "completion", "of": "coc"}

ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /training/courses", {"may": SEES, "note": "Agencies see what is offered to their people."}),
    ("GET /training/courses/topics", {"may": STAFF}),
    ("GET /training/courses/new", {"may": KEEPS}),
    ("POST /training/courses/new", {"may": KEEPS, "body": ABOUT}),
    ("GET /training/courses/<int:course_id>", {"may": SEES, **COURSE}),
    ("GET /training/courses/<int:course_id>/edit", KEPT),
    ("POST /training/courses/<int:course_id>/edit", {**KEPT, "body": ABOUT}),
    ("POST /training/courses/<int:course_id>/retire", {**KEPT, "body": REASON}),
    ("POST /training/courses/<int:course_id>/offer", {**KEPT, "note": "Only a retired one: 409 else."}),
    ("GET /training/courses/<int:course_id>/draft", KEPT),
    ("POST /training/courses/<int:course_id>/draft", {**KEPT, "body": CONTENT}),
    ("POST /training/courses/<int:course_id>/draft/discard", KEPT),
    ("GET /training/courses/<int:course_id>/draft/video", KEPT),
    ("POST /training/courses/<int:course_id>/draft/video", KEPT),
    ("POST /training/courses/<int:course_id>/draft/video/remove", KEPT),
    ("GET /training/courses/<int:course_id>/publish", KEPT),
    ("POST /training/courses/<int:course_id>/publish", {**KEPT, "body": {"changes": "Clearer."}}),
    ("GET /training/courses/<int:course_id>/versions/<int:number>", OF_STAFF),
    ("GET /training/courses/<int:course_id>/versions/<int:number>/video", OF_STAFF),
    ("GET /training/courses/<int:course_id>/versions/<int:number>/captions", OF_STAFF),
    ("GET /training/courses/<int:course_id>/questions", OF_STAFF),
    ("GET /training/courses/<int:course_id>/questions/new", KEPT),
    ("POST /training/courses/<int:course_id>/questions/new", {**KEPT, "body": QUESTION}),
    ("GET /training/courses/<int:course_id>/questions/<int:question_id>", KEPT),
    ("POST /training/courses/<int:course_id>/questions/<int:question_id>", {**KEPT, "body": QUESTION}),
    ("POST /training/courses/<int:course_id>/questions/<int:question_id>/take-out", KEPT),
    ("GET /training/courses/<int:course_id>/test", OF_STAFF),
    ("GET /training/courses/<int:course_id>/people", OF_STAFF),
    (
        "POST /training/courses/<int:course_id>/sittings/<int:sitting_id>/another-try",
        {**KEPT, "body": {"once": "{once}", **REASON}},
    ),
    ("GET /training/courses/<int:course_id>/record", KEPT),
    (
        "POST /training/courses/<int:course_id>/record",
        {**KEPT, "body": {"once": "{once}", "person": "{person}", "done_on": "2026-11-02", **REASON}},
    ),
    ("GET /training/completions/<int:completion_id>", {"may": STAFF, **DONE}),
    ("GET /training/completions/<int:completion_id>/file", {"may": STAFF, **DONE}),
    (
        "POST /training/completions/<int:completion_id>/revoke",
        {"may": KEEPS, **DONE, "body": REASON},
    ),
    ("GET /training/courses/figures", {"may": STAFF}),
    ("GET /training/courses/<int:course_id>/figures", OF_STAFF),
    ("GET /api/v1/courses/figures", {"may": STAFF}),
    ("GET /api/v1/courses/<int:course_id>/figures", OF_STAFF),
    ("GET /api/v1/courses", {"may": SEES}),
    ("POST /api/v1/courses", {"may": KEEPS, "body": API_ABOUT}),
    ("GET /api/v1/courses/<int:course_id>", {"may": SEES, **COURSE}),
    ("PUT /api/v1/courses/<int:course_id>", {**KEPT, "body": API_ABOUT}),
    ("PUT /api/v1/courses/<int:course_id>/draft", {**KEPT, "body": {"body": "Words."}}),
    ("POST /api/v1/courses/<int:course_id>/publish", {**KEPT, "body": {"changes": "Clearer."}}),
    ("POST /api/v1/courses/<int:course_id>/retire", {**KEPT, "body": REASON}),
    ("POST /api/v1/courses/<int:course_id>/offer", {**KEPT, "note": "Only a retired one: 409 else."}),
    ("GET /api/v1/courses/<int:course_id>/questions", OF_STAFF),
    ("POST /api/v1/courses/<int:course_id>/questions", {**KEPT, "body": API_QUESTION}),
    ("GET /api/v1/courses/<int:course_id>/completions", OF_STAFF),
    (
        "POST /api/v1/courses/<int:course_id>/completions",
        {**KEPT, "body": {"person_id": "{person#}", "done_on": "2026-11-02", **REASON}},
    ),
    ("GET /api/v1/completions/<int:completion_id>", {"may": STAFF, **DONE}),
    ("POST /api/v1/completions/<int:completion_id>/revoke", {"may": KEEPS, **DONE, "body": REASON}),
    ("GET /api/v1/training-plan", {"may": STAFF}),
    ("GET /training/learn", {"may": EVERYBODY}),
    ("GET /training/learn/<int:course_id>", TAKEN),
    ("POST /training/learn/<int:course_id>/begin", TAKEN),
    ("POST /training/learn/<int:course_id>/begin-anew", {**TAKEN, "note": "Only with a newer version: 409 else."}),
    ("GET /training/learn/<int:course_id>/video", TAKEN),
    ("GET /training/learn/<int:course_id>/captions", TAKEN),
    ("POST /training/learn/<int:course_id>/watched", {**TAKEN, "body": {"report": '{{"spans": [], "position": 0}}'}}),
    ("POST /training/learn/<int:course_id>/read", TAKEN),
    ("POST /training/learn/<int:course_id>/test", TAKEN),
    ("POST /training/learn/<int:course_id>/sign", {**TAKEN, "body": {"name": "Nobody"}}),
    ("GET /training/learn/attempts/<int:attempt_id>", TRIED),
    ("POST /training/learn/attempts/<int:attempt_id>", {**TRIED, "body": {"q0": "0"}}),
    ("POST /training/learn/attempts/<int:attempt_id>/keep", {**TRIED, "body": {"q0": "0"}}),
    (
        "GET /training/learn/signatures/<int:signature_id>",
        {
            "may": STAFF,
            "blind": "ertsxc",
            "thing": "signature",
            "of": "coc",
            "note": "One's own, and for the Lead's staff those of their courses.",
        },
    ),
)
