"""Errors that mean something to the person at the other end, and how each becomes HTTP."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.http import HTTP_STATUS_CODES

log = logging.getLogger(__name__)


@dataclass(eq=False)
class DomainError(Exception):
    """One clear sentence, what to do about it, and the rule it comes from (an id such as MO-LI-2)."""

    message: str
    advice: str = ""
    field: str | None = None
    rule: str | None = None

    status = 400
    code = "error"

    def __str__(self) -> str:
        return self.message


class Invalid(DomainError):
    """What was given cannot be used."""

    status = 422
    code = "invalid"


class Conflict(DomainError):
    """It was fine to ask, but things have moved on."""

    status = 409
    code = "conflict"


# Two wanted the same rows: serialization, deadlock, a lock that could not be had in time.
COLLISIONS = {"40001", "40P01", "55P03"}


class Collision(Conflict):
    """The database let somebody else's work go first; everything of this one is undone, and the same again will do."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else was changing the same thing in this moment, so nothing was saved.", "Send it again."
        )


def is_collision(error: BaseException) -> bool:
    """Whether somebody else was at work on the same rows; nothing is wrong with this one then."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in COLLISIONS


class Forbidden(DomainError):
    """The person may see this, but not do that."""

    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """Not there, or not this person's to know of."""

    status = 404
    code = "not-found"

    def __init__(self, message: str = "There is nothing here that you can see.", advice: str = "") -> None:
        super().__init__(message, advice or "Check the address, or start again from Today.")


class Unavailable(DomainError):
    """This machine cannot do it as it is set up."""

    status = 503
    code = "unavailable"


PAGES = {403, 404, 405, 413, 422, 429, 500, 503}
WORDS = {
    400: (
        "bad-request",
        "The browser sent something this page cannot use.",
        "Go back, load the page again and try once more.",
    ),
    401: ("sign-in", "You are not signed in.", "Sign in, then try again."),
    403: ("forbidden", "You are not allowed to do that.", "Ask your agency administrator or the HMIS Lead."),
    404: ("not-found", "There is nothing here that you can see.", "Check the address, or start again from Today."),
    405: ("method", "That page does not work this way.", "Go back and use the button on the page."),
    413: ("too-large", "That file is too large.", "Send a smaller file, or split it."),
    429: ("slow-down", "That was too many tries in a short time.", "Wait a minute, then try again."),
    503: ("unavailable", "The service is starting or its database is out of reach.", "Try again in a minute."),
}
WORDS_OF_THE_API = {
    400: ("The request cannot be read.", "Send it as /api/v1/openapi.json describes."),
    401: ("There is no token with the request, or it has ended.", "Send `Authorization: Bearer` with a token."),
    404: ("There is nothing here that you can see.", "Check the address; /api/v1/openapi.json lists what there is."),
    405: ("That address does not take this method.", "Use one that the header `Allow` names."),
    413: ("The request is too large.", "Send less at a time."),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _of_the_database)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    return request.path.startswith("/api/")


def problem(status: int, code: str, detail: str, advice: str = "", **more: Any) -> Response:
    """What the API says of every failure: RFC 9457, with `code` for programs and `advice` for people."""
    about = {"type": "about:blank", "title": HTTP_STATUS_CODES.get(status, "Error"), "status": status, "code": code}
    told = {"detail": detail, "advice": advice, **more}
    answer = jsonify({**about, **{name: value for name, value in told.items() if value}})
    answer.status_code, answer.mimetype = status, "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _domain(error: DomainError) -> Any:
    if wants_json():
        return problem(error.status, error.code, error.message, error.advice, field=error.field, rule=error.rule)
    return _page(error.status, error.message, error.advice, error.rule), error.status


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error
    code, message, advice = WORDS.get(status, ("error", error.description or error.name, "Go back and try again."))
    headers = {k: v for k, v in error.get_headers() if k.lower() in ("allow", "retry-after")}
    if wants_json():
        answer = problem(status, code, *WORDS_OF_THE_API.get(status, (message, advice)))
        answer.headers.update(headers)
        return answer
    return _page(status, message, advice), status, headers


def _of_the_database(error: DBAPIError) -> Any:
    """A server that is away, starts or stops is no fault of ours to trace: one line, and the page that says so. A
    question outside of a unit of work that had to give way is told as such."""
    if is_collision(error):
        return _domain(Collision())
    state = getattr(error.orig, "sqlstate", None) or ""
    is_away = error.connection_invalidated or (isinstance(error, OperationalError) and not state)
    if not is_away and not state.startswith(("08", "57P")):
        return _unexpected(error)
    log.warning("the database is out of reach at %s: %s", request.endpoint, str(error.orig).splitlines()[0][:200])
    return _http(ServiceUnavailable())


def _unexpected(error: Exception) -> Any:
    reference = secrets.token_hex(4)
    log.error("unexpected error %s at %s", reference, request.endpoint, exc_info=error)
    message = "Something went wrong on our side. Nothing you typed was half-saved."
    advice = f"Go back and try again. If it happens again, tell the help desk this reference: {reference}."
    if wants_json():
        return problem(500, "unexpected", message, advice.replace("Go back and try", "Try"), reference=reference)
    return _page(500, message, advice, reference=reference), 500


def _page(status: int, message: str, advice: str, rule: str | None = None, reference: str | None = None) -> str:
    name = status if status in PAGES else 422
    return render_template(
        f"errors/{name}.html", status=status, message=message, advice=advice, citation=rule, reference=reference
    )
