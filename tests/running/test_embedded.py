from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from core.running.embedded import EmbeddedPostgres, EmbeddedValkey
from core.running.place import LONGEST_SOCKET_PATH, place_in
from tests.running.service import all_gone

HOLD = """
import sys, time
from pathlib import Path
from core.running.embedded import EmbeddedPostgres, EmbeddedValkey
EmbeddedPostgres(Path(sys.argv[1]), fast=True).start()
EmbeddedValkey(Path(sys.argv[1])).start()
print("started", flush=True)
time.sleep(600)
"""


def ask(url: str, question: str) -> object:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.execute(text(question)).scalar_one()


def test_postgres_starts_again_with_what_was_written(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, fast=True)
    with create_engine(server.start(), poolclass=NullPool).begin() as connection:
        connection.execute(text("create table kept as select 41 + 1 as answer"))
    assert server.running
    server.stop()
    assert not server.running

    again = EmbeddedPostgres(data_dir, fast=True)
    assert ask(again.start(), "select answer from kept") == 42
    again.stop()


def test_the_service_is_no_superuser_and_its_clock_is_utc(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, fast=True)
    url = server.start()
    assert ask(url, "show is_superuser") == "off"
    assert ask(server.admin_url, "show is_superuser") == "on"
    assert ask(url, "show timezone") == "UTC"
    assert ask(url, "select lower('ÉCOLE')") == "école"
    server.stop()


def test_valkey_never_evicts(data_dir: Path) -> None:
    server = EmbeddedValkey(data_dir)
    with Redis.from_url(server.start()) as redis:
        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    server.stop()
    assert not server.running


def test_servers_die_with_a_killed_parent_and_start_again(data_dir: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(data_dir)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        servers = psutil.Process(parent.pid).children(recursive=True)
        assert len(servers) > 2
        parent.kill()

    postgres, valkey = EmbeddedPostgres(data_dir, fast=True), EmbeddedValkey(data_dir)
    assert ask(postgres.start(), "select 1") == 1
    with Redis.from_url(valkey.start()) as redis:
        assert redis.ping()
    assert all_gone(servers)
    valkey.stop()
    postgres.stop()


def test_an_orphan_on_the_same_cluster_is_ended_first(data_dir: Path) -> None:
    orphan = EmbeddedPostgres(data_dir, fast=True)
    orphan.start()
    server = EmbeddedPostgres(data_dir, fast=True)
    assert ask(server.start(), "select 1") == 1
    assert not orphan.running
    server.stop()


def test_a_stale_pid_file_that_names_a_stranger_does_not_block(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, fast=True)
    server.start()
    server.stop()
    (server.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{server.cluster}\n")
    assert ask(server.start(), "select 1") == 1
    server.stop()


def test_an_interrupted_creation_is_done_again(data_dir: Path) -> None:
    unfinished = place_in(data_dir).home / "postgres.new"
    unfinished.mkdir()
    (unfinished / "half").write_text("")
    server = EmbeddedPostgres(data_dir, fast=True)
    assert ask(server.start(), "select 1") == 1
    server.stop()


def test_a_deep_folder_gets_a_short_private_place_for_sockets(data_dir: Path) -> None:
    deep = data_dir / ("d" * LONGEST_SOCKET_PATH)
    deep.mkdir()
    place = place_in(deep)
    assert len(os.fsencode(place.sockets)) < 60
    assert place.sockets.stat().st_mode & 0o777 == 0o700
    valkey = EmbeddedValkey(deep)
    with Redis.from_url(valkey.start()) as redis:
        assert redis.ping()
    valkey.stop()
    assert place_in(deep).sockets == place.sockets
    place.sockets.rmdir()


def test_root_s_private_folder_still_works(tmp_path: Path) -> None:
    """As root the data of the unprivileged account moves to where it can come; for others it stays inside."""
    tmp_path.chmod(0o700)
    (tmp_path / "private").mkdir(mode=0o700)
    server = EmbeddedPostgres(tmp_path / "private" / "data", fast=True)
    assert ask(server.start(), "select 1") == 1
    server.stop()
    home = tmp_path / "private" / "data" / "embedded"
    assert home.is_symlink() == (os.geteuid() == 0)
    shutil.rmtree(home.resolve())


@pytest.mark.parametrize("make", [EmbeddedPostgres, EmbeddedValkey])
def test_stopping_what_never_started_is_no_error(make: type[EmbeddedPostgres | EmbeddedValkey], data_dir: Path) -> None:
    make(data_dir).stop()
