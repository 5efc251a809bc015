"""What is in the way of running is one line that says what to do, and an exit status; never a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from core.running.embedded import EmbeddedPostgres, EmbeddedValkey, throwaway_postgres
from tests.running.service import PATIENCE, environment, hearthdesk
from tests.support.smtp import free_port

EVERY_COMMAND = [
    ("accounts", "invite", "a@agency.test"),
    ("deadlines", "sweep"),
    ("audit", "verify"),
    ("mail", "receive"),
    ("demo",),
    (
        "setup", "--lead=L", "--tz=America/Chicago", "--support-address=h@a.test", "--coc=MO-500", "--coc-name=C",
        "--pack=missouri", "--admin-name=A", "--admin-email=a@a.test",
    ),
]  # fmt: skip
ENTRIES = {
    "web": ["granian", "--interface", "wsgi", "wsgi:app", "--workers", "1", "--no-ws"],
    "workers": ["core.running.pool"],
}


@pytest.fixture(scope="module")
def empty() -> Iterator[EmbeddedPostgres]:
    """A server of its own, on which nobody has made any table."""
    with throwaway_postgres() as server:
        yield server


@pytest.fixture
def evicting(data_dir: Path) -> Iterator[str]:
    valkey = EmbeddedValkey(data_dir / "valkey")
    with Redis.from_url(valkey.start()) as server:
        server.config_set("maxmemory", "8mb")
        server.config_set("maxmemory-policy", "allkeys-lru")
    yield valkey.url
    valkey.stop()


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Where the tests run as root, `up` may first have said whom its processes run as."""
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "web and workers run as root" not in line]
    assert line.startswith("hearthdesk: ")
    assert all(word in line for word in words), line


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: command[0])
def test_a_database_without_a_schema(empty: EmbeddedPostgres, data_dir: Path, command: tuple[str, ...]) -> None:
    env = environment(data_dir, free_port(), DATABASE_URL=empty.url)
    refused(hearthdesk(*command, env=env), "schema is not there yet; run: hearthdesk db upgrade")


def test_a_database_of_another_version(data_dir: Path) -> None:
    """What is newer than the program is not touched either."""
    with throwaway_postgres() as server:
        env = environment(data_dir, free_port(), DATABASE_URL=server.url)
        with create_engine(server.url, poolclass=NullPool).begin() as connection:
            connection.execute(text("create table alembic_version (version_num varchar(32) primary key)"))
            connection.execute(text("insert into alembic_version values ('from-the-future')"))
        for command in (("accounts", "invite", "a@agency.test"), ("db", "upgrade"), ("up",)):
            refused(hearthdesk(*command, env=env), "is at from-the-future, newer than this program")


def test_after_the_upgrade_the_command_does_its_work(data_dir: Path) -> None:
    with throwaway_postgres() as server:
        env = environment(data_dir, free_port(), DATABASE_URL=server.url)
        assert hearthdesk("db", "upgrade", env=env).returncode == 0
        done = hearthdesk("accounts", "invite", "a@agency.test", env=env)
    assert (done.returncode, "Nobody has the address" in done.stderr) == (1, True), done.stderr


@pytest.mark.parametrize("command", [("accounts", "invite", "a@agency.test"), ("db", "upgrade"), ("up",)])
def test_a_database_that_does_not_answer(data_dir: Path, command: tuple[str, ...]) -> None:
    env = environment(data_dir, free_port(), DATABASE_URL=f"postgresql://x:secret@127.0.0.1:{free_port()}/x")
    done = hearthdesk(*command, env=env)
    refused(done, "The database does not answer", "correct DATABASE_URL")
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "mysql://x@127.0.0.1/x", "DATABASE_URL is no PostgreSQL address"),
        ("HEARTHDESK_PORT", "abc", "must be a whole number from 1 to 65535"),
        ("HEARTHDESK_PORT", "0", "must be a whole number from 1 to 65535"),
        ("HEARTHDESK_PORT", "65536", "must be a whole number from 1 to 65535"),
        ("CLOCK_SKEW_LIMIT", "nan", "must be a number, 0 or more"),
        ("CLOCK_SKEW_LIMIT", "-1", "must be a number, 0 or more"),
        ("HEARTHDESK_MODE", "live", "use one of demo, development, production, test"),
        ("HEARTHDESK_HOST", "nowhere.invalid", "on nowhere.invalid cannot be used"),
    ],
)
def test_a_setting_that_cannot_be_used(data_dir: Path, name: str, value: str, told: str) -> None:
    env = environment(data_dir, free_port()) | {name: value}
    refused(hearthdesk("up", env=env), told)


def test_up_refuses_a_redis_that_evicts(data_dir: Path, evicting: str) -> None:
    """Catalogue 12."""
    env = environment(data_dir, free_port(), REDIS_URL=evicting)
    refused(hearthdesk("up", env=env), "maxmemory-policy allkeys-lru", "CONFIG SET maxmemory-policy noeviction")


@pytest.mark.parametrize("entry", ENTRIES)
def test_web_and_workers_alone_refuse_it_too(
    empty: EmbeddedPostgres, data_dir: Path, evicting: str, entry: str
) -> None:
    """Catalogue 12, where each is a service of its own; the web server says in more words that its worker ended."""
    port = free_port()
    env = environment(data_dir, port, REDIS_URL=evicting, DATABASE_URL=empty.url)
    more = ["--port", str(port)] if entry == "web" else []
    done = subprocess.run(
        [sys.executable, "-m", *ENTRIES[entry], *more],
        env=env, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    told = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("hearthdesk: ")]
    assert len(told) == 1
    assert "maxmemory-policy allkeys-lru" in told[0]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("nothing",), "No such command 'nothing'. See hearthdesk --help."),
        (("doctor", "--nothing"), "No such option '--nothing'. See hearthdesk doctor --help."),
        (("accounts", "invite"), "Missing argument 'EMAIL'. See hearthdesk accounts invite --help."),
        (("up", "--port", "x"), "'x' is not a valid integer range. See hearthdesk up --help."),
        (("demo", "--scale", "huge"), "'huge' is not one of 'small', 'large'. See hearthdesk demo --help."),
    ],
)
def test_a_command_that_cannot_be_read(data_dir: Path, command: tuple[str, ...], told: str) -> None:
    refused(hearthdesk(*command, env=environment(data_dir, free_port())), told)
