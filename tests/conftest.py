"""A real PostgreSQL for the whole run, a clean database for each test, people to sign in as."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from apiflask import APIFlask
from flask import Flask, g, request_started
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, FileSystemLoader

import models
from config import Config
from core import clock
from core.accounts.guard import limiter
from core.db import Base, db
from core.outbox.sending import init_app as init_mail
from core.running import schema
from core.running.embedded import throwaway_postgres
from core.running.start import starting
from tests.support.emptying import empty, prepare
from tests.support.smtp import Sink, running_sink

os.environ.setdefault("HEARTHDESK_MODE", "test")

NOON = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """This run's own PostgreSQL, gone at the end."""
    with throwaway_postgres() as server:
        prepare(server.admin_url)
        yield server.url


@pytest.fixture(scope="session")
def config(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(
        mode="test",
        secret_key="a secret for tests only, which is long enough",
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        base_url="http://hearthdesk.test",
        mail_from="help@hearthdesk.test",
        clock_skew_limit=0,
    )


@pytest.fixture(scope="session")
def the_app(config: Config) -> Iterator[APIFlask]:
    with starting():
        from app import create_app

        models.import_all()
        app = create_app(config)
    app.testing = True
    own = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_loader = ChoiceLoader([app.jinja_loader, own])
    with app.app_context():
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
        with db.engine.begin() as connection:
            MigrationContext.configure(connection).stamp(ScriptDirectory(str(schema.MIGRATIONS)), "head")
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(the_app: APIFlask) -> Iterator[APIFlask]:
    """The application with an empty database, inside an application context."""
    with the_app.app_context(), request_started.connected_to(_forget, the_app):
        yield the_app
        db.session.rollback()
        db.session.remove()
        empty(db.engine)


def _forget(app: Flask, **_: object) -> None:
    """Each request starts knowing nobody, as it does outside of tests, though here they share this context."""
    for name in tuple(g):
        g.pop(name)


@pytest.fixture
def one_limiter() -> Iterator[None]:
    """The limiter belongs to the process, and the other tests' application wants it back."""
    before = dict(vars(limiter))
    yield
    vars(limiter).clear()
    vars(limiter).update(before)


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def at_noon() -> Iterator[datetime]:
    """Friday, November 20, 2026, noon in Chicago; time stands still."""
    with clock.frozen(NOON):
        yield NOON


@pytest.fixture
def travel() -> Iterator[Callable[[datetime], None]]:
    """Call it with an aware time to go there."""
    yield lambda at: clock.set_source(lambda: at.astimezone(UTC))
    clock.set_source(None)


def pytest_configure(config: pytest.Config) -> None:
    """Under another TZ the results must be the same; a developer may set it to see."""
    if hasattr(time, "tzset"):
        time.tzset()


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def sink(app: APIFlask) -> Iterator[Sink]:
    """A real SMTP server that the application sends to while the test runs."""
    before = app.config["HEARTHDESK"]
    with running_sink() as running:
        app.config["HEARTHDESK"] = replace(before, smtp_url=running.url)
        init_mail(app)
        yield running
    app.config["HEARTHDESK"] = before
