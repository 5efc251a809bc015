"""Who may do what with the vendor: the Lead's help desk, nobody of an agency. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

DESK = "gma"
CASE: dict[str, Any] = {"thing": "case", "of": "lead"}
CONTACT: dict[str, Any] = {"thing": "contact", "of": "lead"}
DETAILS = {"title": "Saving fails", "severity": "low", "number": ""}
PERSON = {"name": "Vera Lang", "part": "Support desk", "address": "vera@vendor.test", "phone": "", "rank": "1"}
GIVEN = {"name": "Vera Lang", "part": "Support desk", "address": "vera@vendor.test", "rank": 1}
PROTOCOL = {"misses": "2", "consequence": "Credits of a tenth.", "decides": "The board"}
SOLE = "SON-HD-4, SAC-HD-1: only the Lead speaks with the vendor, so no agency reaches any of this."


def _form(prefix: str, **fields: str) -> dict[str, str]:
    return {f"{prefix}-{name}": value for name, value in {"nonce": "{once}", **fields}.items()}


def _act(name: str, may: str = DESK, **fields: str) -> tuple[str, dict[str, Any]]:
    body = _form(name, reason="A reason in plain words.", **fields)
    return f"POST /vendor-cases/<int:case_id>/{name}", {"may": may, "body": body, **CASE}


ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /vendor-cases", {"may": DESK, "note": SOLE}),
    ("GET /vendor-cases/new", {"may": DESK}),
    ("POST /vendor-cases/new", {"may": DESK, "body": {"nonce": "{once}", "contact": "0", **DETAILS}}),
    ("GET /vendor-cases/<int:case_id>", {"may": DESK, **CASE}),
    ("POST /vendor-cases/<int:case_id>/details", {"may": DESK, "body": _form("details", **DETAILS), **CASE}),
    ("POST /vendor-cases/<int:case_id>/preview", {"may": DESK, "body": _form("letter", text="Error 500."), **CASE}),
    ("POST /vendor-cases/<int:case_id>/letter", {"may": DESK, "body": _form("letter", text="Error 500."), **CASE}),
    (
        "POST /vendor-cases/<int:case_id>/send",
        {"may": DESK, "body": _form("letter", text="Error 500.", digest="0" * 64), **CASE},
    ),
    ("GET /vendor-cases/<int:case_id>/files/<int:case_file_id>", {"may": DESK, **CASE}),
    ("POST /vendor-cases/<int:case_id>/messages/<int:message_id>/reveal", {"may": DESK, **CASE}),
    ("POST /vendor-cases/<int:case_id>/files/<int:case_file_id>/reveal", {"may": DESK, **CASE}),
    ("POST /vendor-cases/<int:case_id>/join", {"may": DESK, "body": _form("join", ticket="{at_lead}"), **CASE}),
    ("POST /vendor-cases/<int:case_id>/tickets/<int:ticket_id>/leave", {"may": DESK, **CASE}),
    (
        "POST /tickets/<int:ticket_id>/vendor-case",
        {"may": DESK, "thing": "at_lead", "body": _form("joincase", case="{case}", ticket="{ticket}")},
    ),
    _act("note"),
    _act("contact"),
    _act("again-on", again_on="2027-02-01"),
    _act("fixed"),
    _act("confirm"),
    _act("escalate", contact="{contact}"),
    _act("raise"),
    _act("take"),
    _act("unresolved", may="ma"),
    _act("reopen"),
    (
        "POST /vendor-cases/<int:case_id>/updates/preview",
        {"may": DESK, "body": _form("update", text="It is fixed.", then="wait"), **CASE},
    ),
    (
        "POST /vendor-cases/<int:case_id>/updates/edit",
        {"may": DESK, "body": _form("update", text="It is fixed.", then="wait"), **CASE},
    ),
    (
        "POST /vendor-cases/<int:case_id>/updates",
        {"may": DESK, "body": _form("update", text="It is fixed.", then="wait"), **CASE},
    ),
    ("GET /vendor-cases/<int:case_id>/updates/<int:update_id>", {"may": DESK, **CASE}),
    ("GET /vendor-contacts", {"may": DESK}),
    ("POST /vendor-contacts", {"may": "a", "body": _form("new", **PERSON)}),
    (
        "POST /vendor-contacts/protocol",
        {"may": "a", "body": _form("protocol", misses="2", consequence="Credits.", decides="The board")},
    ),
    ("GET /vendor-contacts/<int:contact_id>", {"may": DESK, **CONTACT}),
    (
        "POST /vendor-contacts/<int:contact_id>",
        {"may": "a", "reads": "gm", "body": {"nonce": "{once}", **PERSON}, **CONTACT},
    ),
    ("POST /vendor-contacts/<int:contact_id>/end", {"may": "a", "reads": "gm", **CONTACT}),
    ("GET /api/v1/vendor-cases", {"may": DESK}),
    ("POST /api/v1/vendor-cases", {"may": DESK, "body": {"title": "Saving fails"}}),
    ("GET /api/v1/vendor-cases/<int:case_id>", {"may": DESK, **CASE}),
    ("POST /api/v1/vendor-cases/<int:case_id>/tickets", {"may": DESK, "body": {"ticket_id": "{at_lead#}"}, **CASE}),
    (
        "POST /api/v1/vendor-cases/<int:case_id>/tickets/<int:ticket_id>/leave",
        {"may": DESK, "body": {"text": "Not about this."}, **CASE},
    ),
    ("POST /api/v1/vendor-cases/<int:case_id>/fixed", {"may": DESK, "body": {"text": "In the next release."}, **CASE}),
    ("POST /api/v1/vendor-cases/<int:case_id>/confirm", {"may": DESK, "body": {"text": "Seen."}, **CASE}),
    ("POST /api/v1/vendor-cases/<int:case_id>/unresolved", {"may": "ma", "body": {"text": "So be it."}, **CASE}),
    ("GET /api/v1/vendor-contacts", {"may": DESK}),
    ("POST /api/v1/vendor-contacts", {"may": "a", "body": GIVEN}),
    ("PUT /api/v1/vendor-contacts/<int:contact_id>", {"may": "a", "reads": "gm", "body": GIVEN, **CONTACT}),
    ("POST /api/v1/vendor-contacts/<int:contact_id>/end", {"may": "a", "reads": "gm", **CONTACT}),
    ("POST /api/v1/vendor-cases/<int:case_id>/preview", {"may": DESK, "body": {"text": "Error 500."}, **CASE}),
    (
        "POST /api/v1/vendor-cases/<int:case_id>/messages",
        {"may": DESK, "body": {"text": "Error 500.", "digest": "0" * 64}, **CASE},
    ),
    (
        "POST /api/v1/vendor-cases/<int:case_id>/updates/preview",
        {"may": DESK, "body": {"text": "It is fixed."}, **CASE},
    ),
    ("POST /api/v1/vendor-cases/<int:case_id>/updates", {"may": DESK, "body": {"text": "It is fixed."}, **CASE}),
)
