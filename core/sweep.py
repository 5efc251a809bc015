"""The sweeper: looks every few seconds for what no job came for, and leaves a heartbeat.

It never touches Redis. Without it nothing is lost, but the service turns red within a minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from core import clock
from core.db import db, unit_of_work
from core.deadlines.models import Heartbeat

log = logging.getLogger(__name__)

NAME = "sweeper"
FRESH = timedelta(seconds=60)


@dataclass(frozen=True)
class Every:
    """Run `run` again when `seconds` have passed; it means "look now", never "it is time"."""

    seconds: float
    run: Callable[[], object]


class ClockSkew(Exception):
    """This machine's clock and the database's differ too much to decide what is due."""


def clock_skew() -> timedelta:
    """How far the process' clock is from the database's; positive when it is ahead."""
    told: datetime = db.session.execute(text("select clock_timestamp()")).scalar_one()
    return clock.now() - told.astimezone(UTC)


def check_skew(limit: float) -> None:
    """Raises ClockSkew beyond `limit` seconds; 0 is off, for simulated time."""
    skew = clock_skew().total_seconds() if limit else 0
    if abs(skew) > limit:
        raise ClockSkew(f"the clock is {skew:+.0f} s off the database's; limit {limit:.0f} s")


def beat(detail: str = "") -> None:
    """Leave a sign of life, with what keeps the sweeper from working (empty: nothing)."""
    values = {"at": clock.now(), "detail": detail}
    with unit_of_work() as session:
        session.execute(
            insert(Heartbeat).values(name=NAME, **values).on_conflict_do_update(index_elements=["name"], set_=values)
        )


def last_beat() -> Heartbeat | None:
    return db.session.get(Heartbeat, NAME, populate_existing=True)


def is_alive(at: datetime) -> bool:
    """Whether a sweeper has looked within the last minute, without anything in its way."""
    row = last_beat()
    return row is not None and at - row.at <= FRESH and not row.detail


def sweep_once(tasks: list[Every]) -> bool:
    """One look at everything; False when something was in the way, which the heartbeat then says."""
    try:
        check_skew(current_app.config["HEARTHDESK"].clock_skew_limit)
        problems = [told for task in tasks if (told := _attempt(task))]
    except ClockSkew as error:
        log.error("nothing fires: %s", error)
        problems = [str(error)]
    beat("; ".join(problems)[:300])
    return not problems


def _attempt(task: Every) -> str:
    """Run one task; a failure is logged and told, and does not keep the others from their turn."""
    try:
        task.run()
    except OperationalError:
        raise
    except Exception as error:
        log.exception("a periodic task failed; the next round tries again")
        return f"{getattr(task.run, '__name__', 'task')}: {type(error).__name__}"
    return ""


def _periodic() -> list[Every]:
    from schedule import PERIODIC

    return PERIODIC


def run_forever(app: Flask, stop: Event) -> None:
    """Sweep until `stop` is set; a database that is away is waited for."""
    due = [0.0] * len(_periodic())
    while not stop.is_set():
        now = time.monotonic()
        ready = [n for n, at in enumerate(due) if at <= now]
        tasks = [_periodic()[n] for n in ready]
        for n in ready:
            due[n] = now + _periodic()[n].seconds
        with app.app_context():
            try:
                sweep_once(tasks)
            except OperationalError as error:
                log.warning("the database does not answer: %s", error.orig)
        stop.wait(max(0.5, min(due) - time.monotonic()))
