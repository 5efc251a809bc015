"""For machines that watch the service: is the process alive, and may it be sent work."""

from __future__ import annotations

import logging
from collections.abc import Callable

from apiflask import APIBlueprint
from flask import Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from core import clock, sweep
from core.authz import public
from core.db import db
from core.running import schema

log = logging.getLogger(__name__)
bp = APIBlueprint("health", __name__, enable_openapi=False)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Answers whenever the process does; asks nothing of anything else."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """503 with what is wrong: the database, its schema, or no sweeper for 60 seconds."""
    parts = {"database": _attempt(_database), "migrations": _attempt(_migrations), "sweeper": _attempt(_sweeper)}
    ready = all(told == "ok" for told in parts.values())
    return jsonify(ready=ready, **parts), 200 if ready else 503


def _attempt(part: Callable[[], str]) -> str:
    """What the part says of itself; the reason for a database error is for the log, not for strangers."""
    try:
        return part()
    except SQLAlchemyError as error:
        log.warning("not ready: %s", error)
        db.session.rollback()
        return "the database does not answer as it should"


def _database() -> str:
    db.session.execute(db.text("select 1"))
    return "ok"


def _migrations() -> str:
    found = schema.current(db.session.connection())
    return "ok" if found == schema.head() else f"schema is at {found or 'nothing'}, not {schema.head()}"


def _sweeper() -> str:
    beat = sweep.last_beat()
    if beat is None:
        return "no sweeper has run yet"
    if sweep.is_alive(clock.now()):
        return "ok"
    return beat.detail or f"the sweeper was last seen at {beat.at.isoformat(timespec='seconds')}"
