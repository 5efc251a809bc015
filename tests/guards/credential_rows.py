"""Who may do what about HMIS passwords. Read with the letters of the table."""

from __future__ import annotations

from typing import Any

HERE: dict[str, Any] = {"may": "gma", "thing": "license"}
AT = "/access/licenses/<int:license_id>/credentials"
MADE = {"user_name": "zinnia7", "name_by": "mail", "secret_by": "phone"}
SIGNED_IN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GET /hmis-password", {}),
    ("POST /hmis-password/<int:credential_id>/changed", {"thing": "credential", "of": "oneself"}),
)
ROUTES: tuple[tuple[str, dict[str, Any]], ...] = (
    (f"GET {AT}", HERE),
    (f"POST {AT}", {"body": {**MADE, "once": "{once}"}, **HERE}),
    ("POST /api/v1/licenses/<int:license_id>/credentials", {"body": MADE, **HERE}),
)
