"""What RQ workers run. Each job means "look now" and is safe to run at any time, any number of times."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask

from core import deadlines, outbox
from core.running.start import starting


@lru_cache(maxsize=1)
def application() -> Flask:
    """A worker makes the application once, at its first job."""
    with starting():
        from app import create_app

        return create_app()


def fire_deadlines() -> int:
    with application().app_context():
        return deadlines.fire_due()


def drain_outbox() -> int:
    with application().app_context():
        return outbox.drain()
