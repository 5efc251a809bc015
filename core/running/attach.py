"""For commands: the running service's servers, or embedded ones for as long as the command takes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask

from config import Config
from core.running import data_folder
from core.running.account import owner_of
from core.running.data_folder import InUse
from core.running.embedded import EmbeddedPostgres, EmbeddedValkey
from core.running.start import starting

PATIENCE = 60.0


@contextmanager
def servers(config: Config, redis: bool = False) -> Iterator[Config]:
    """Yields the configuration with every address filled in; without `redis`, Redis only where one runs anyway.

    Raises Problem when the data folder is held by a process that never says where its servers are.
    """
    if config.database_url and (config.redis_url or not redis):
        yield config
        return
    with ExitStack() as stack:
        running = _running_or_held(config.data_dir, stack)
        yield _from_service(config, running) if running else _own(config, redis, stack)
        _give_back(config.data_dir)


@contextmanager
def database(config: Config) -> Iterator[str]:
    """Yields the database's URL. Raises Problem."""
    with servers(config) as complete:
        yield complete.database_url


@contextmanager
def attached_app(redis: bool = False) -> Iterator[Flask]:
    """Yields the application, made for what the environment says, inside its context.

    A database that is started for the command alone is brought up to date first; any other must be.
    Raises ConfigError, Problem.
    """
    with starting():  # late: the command line imports this file for commands that need no application
        from app import create_app
        from core.db import db
        from core.running import schema

    given = Config.from_env(os.environ)
    with servers(given, redis) as complete:
        with starting():
            app = create_app(complete)
        if not given.database_url and data_folder.published(given.data_dir) is None:
            schema.upgrade(app)
        else:
            schema.refuse_other(app)
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()


def _running_or_held(data_dir: Path, stack: ExitStack) -> data_folder.Endpoints | None:
    """Where the service is, or None once we hold the folder ourselves; another command's turn is waited for."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            stack.enter_context(data_folder.held(data_dir))
        except InUse:
            running = data_folder.published(data_dir)
            if running and running.ready:
                return running
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            data_folder.withdraw(data_dir)
            return None


def _from_service(config: Config, running: data_folder.Endpoints) -> Config:
    return replace(
        config,
        database_url=config.database_url or running.database_url,
        redis_url=config.redis_url or running.redis_url,
        smtp_url=config.smtp_url or running.smtp_url,
        base_url=config.base_url or running.url,
    )


def _own(config: Config, redis: bool, stack: ExitStack) -> Config:
    if not config.database_url:
        postgres = EmbeddedPostgres(config.data_dir)
        stack.callback(postgres.stop)
        config = replace(config, database_url=postgres.start())
    if redis and not config.redis_url:
        valkey = EmbeddedValkey(config.data_dir)
        stack.callback(valkey.stop)
        config = replace(config, redis_url=valkey.start())
    return config


def _give_back(data_dir: Path) -> None:
    """A command run by root may have written where the service's account writes."""
    owner = owner_of(data_dir)
    if os.geteuid() == 0 and owner.uid != 0:
        data_folder.hand_over(data_dir, owner)
