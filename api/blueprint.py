"""The one blueprint of `/api/v1`, and what every operation of it shares."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, APIFlask, HTTPError
from flask import request

from api import reading
from api.schemas import Problem
from core.authz import current_principal
from core.db import db
from core.errors import Invalid
from core.people.models import Person

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="Hearthdesk")

SCHEME = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token from the account page. It may do at most what its owner may do, at that moment.",
    }
}
MEANINGS = {
    400: "The body is not JSON; `detail` says in which line and column, and what is expected there.",
    401: "No token, or one that has ended.",
    403: "The token's owner may see this, but not do that.",
    404: "Not there, or not for this token to know of.",
    409: "Things have moved on; read it again.",
    413: "Too large.",
    422: "Something in the request cannot be used; `errors` or `field` say what.",
    503: "The service cannot do this where it runs, or not now; `detail` says why.",
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 8, "maxLength": 60, "pattern": "^[A-Za-z0-9._-]+$"},
    "description": "The same key sent again is the same act: it happens once.",
}


def failures(*statuses: int) -> dict[int, Any]:
    """The documented failures of an operation that needs a token."""
    return open_failures(401, 403, *statuses)


def open_failures(*statuses: int) -> dict[int, Any]:
    """The documented failures of one that is open to everybody."""
    return {status: {"description": MEANINGS[status], "content": _FAILURE} for status in statuses}


SCHEMAS = "#/components/schemas/"
_FAILURE = {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}{Problem.__name__}"}}}


def idempotency_key() -> str | None:
    """The caller's own name for this act, made unguessable for others by their number. Raises Invalid."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (8 <= len(key) <= 60 and key.isascii() and key.replace("-", "").replace("_", "").replace(".", "").isalnum()):
        raise Invalid("Idempotency-Key has 8 to 60 letters, digits, dots, dashes or underscores.")
    return f"{current_principal().person_id}:{key}"[:64]


def me() -> Person:
    return db.session.get_one(Person, current_principal().person_id)


def init_app(app: APIFlask) -> None:
    app.security_schemes = SCHEME
    app.config.update(
        INFO={
            "title": "Hearthdesk",
            "version": "1",
            "description": "Help desk, training and licensing for an HMIS Lead. Every failure, whatever its status, "
            "is `application/problem+json` of the schema `Problem`.",
        },
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        VALIDATION_ERROR_STATUS_CODE=422,
    )
    app.request_class = reading.Request
    app.register_error_handler(HTTPError, reading.refused)
    app.spec_processor(_complete)


def _complete(document: Any) -> Any:
    """What decorators cannot say: a body is required where there is one, what makes something takes a key, and all
    failures share one schema."""
    problem = Problem.model_json_schema(ref_template=SCHEMAS + "{model}")
    document["components"]["schemas"] |= {**problem.pop("$defs"), Problem.__name__: problem}
    for operations in document["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            if "201" in operation["responses"]:
                operation.setdefault("parameters", []).append(KEY)
    return document
