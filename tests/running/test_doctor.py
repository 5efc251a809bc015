from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from config import Config
from core import clock, sweep
from core.db import db
from core.running import doctor
from core.running.embedded import EmbeddedValkey
from tests.support.smtp import Sink, free_port

STRONG = "9f2c4a7be01d58f36a9c0e7d4b812f5c9f2c4a7be01d58f36a9c0e7d4b812f5c"


def test_a_writable_folder_and_one_that_is_not(config: Config, read_only: Path) -> None:
    assert doctor.data_folder(config).ok
    told = doctor.data_folder(replace(config, data_dir=read_only))
    assert not told.ok
    assert "HEARTHDESK_DATA" in told.advice


@pytest.mark.parametrize(("secret", "strong"), [(STRONG, True), ("a" * 64, False), ("password" * 4, False)])
def test_secret_key(config: Config, secret: str, strong: bool) -> None:
    assert doctor.secret(replace(config, secret_key=secret)).ok is strong


def test_database(config: Config) -> None:
    assert doctor.database(config) == doctor.Check("database", True, "PostgreSQL 18")
    nowhere = replace(config, database_url=f"postgresql+psycopg://x@127.0.0.1:{free_port()}/x")
    assert "DATABASE_URL" in doctor.database(nowhere).advice


@pytest.mark.usefixtures("app")
def test_a_schema_without_migrations_is_a_problem() -> None:
    assert doctor.migrations().ok
    db.session.execute(text("delete from alembic_version"))
    told = doctor.migrations()
    assert (told.ok, told.advice) == (False, "Run: hearthdesk db upgrade")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("limit", "ok"), [(30, False), (120, True), (0, True)])
def test_clock_a_minute_off(config: Config, limit: float, ok: bool) -> None:
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        assert doctor.clock_skew(replace(config, clock_skew_limit=limit)).ok is ok


@pytest.mark.usefixtures("app")
def test_sweeper_is_red_after_60_seconds() -> None:
    assert doctor.heartbeat().found == "has never run here"
    now = clock.now()
    with clock.frozen(now):
        sweep.beat()
    for seconds, alive in [(59, True), (60, True), (61, False)]:
        with clock.frozen(now + timedelta(seconds=seconds)):
            assert doctor.heartbeat().ok is alive


def test_an_evicting_redis_is_a_problem(config: Config, data_dir: Path) -> None:
    valkey = EmbeddedValkey(data_dir)
    given = replace(config, redis_url=valkey.start())
    assert doctor.redis(given).ok
    with Redis.from_url(given.redis_url) as server:
        server.config_set("maxmemory-policy", "allkeys-lru")
    told = doctor.redis(given)
    assert (told.ok, told.found) == (False, "maxmemory-policy is allkeys-lru")
    valkey.stop()
    assert "REDIS_URL" in doctor.redis(given).advice


def test_outgoing_mail(config: Config, sink: Sink) -> None:
    assert doctor.smtp(replace(config, smtp_url=sink.url)).ok
    assert not doctor.smtp(replace(config, smtp_url=f"smtp://127.0.0.1:{free_port()}")).ok
    assert "SMTP_URL" in doctor.smtp(replace(config, smtp_url="")).advice


def test_incoming_mail_that_nobody_serves(config: Config) -> None:
    told = doctor.imap(f"imap://a:b@127.0.0.1:{free_port()}")
    assert (told.ok, told.advice) == (False, "Correct IMAP_URL.")


def test_the_packs_we_ship_are_valid() -> None:
    assert doctor.policy_packs().ok


def test_pdf_is_never_a_problem() -> None:
    assert doctor.pdf().ok


def test_everything_at_once(app: Flask, config: Config, read_only: Path) -> None:
    """Every part reports; one that fails does not keep the others from their turn."""
    complete = replace(config, redis_url=f"redis://127.0.0.1:{free_port()}", data_dir=read_only)
    names = [check.name for check in doctor.examine(complete)]
    assert names == [
        "data folder", "secret key", "database", "schema", "clock", "sweeper", "Redis", "outgoing mail",
        "policy packs", "PDF",
    ]  # fmt: skip
