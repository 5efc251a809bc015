"""Counting tries needs Redis only to share the counts; without it everything still works."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from app import create_app
from config import Config
from core.db import db
from tests.accounts.visitor import Visitor


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("place", ["tcp", "unix"])
def test_signing_in_works_while_redis_is_down(app, one_limiter, config: Config, tmp_path, place: str):
    url = f"redis://127.0.0.1:{closed_port()}/0" if place == "tcp" else f"unix://{tmp_path}/no.sock"
    other = create_app(replace(config, redis_url=url))
    visitor = Visitor(other)
    answers = [visitor.password("nobody@agency.test", "wrong").status_code for _ in range(11)]
    with other.app_context():
        db.engine.dispose()
    assert answers == [422] * 10 + [429]
