"""Real PostgreSQL and Valkey out of their wheels, on unix sockets, as children of whoever starts them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from core.running.place import Place, place_in
from core.running.problem import Problem
from core.running.process import end_orphan, spawn, stop

START_PATIENCE = 60.0
ROLE = DATABASE = "hearthdesk"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "io_method": "sync",
    "jit": "off",
}
# A cluster of minutes needs no vacuum; without one, rows that nothing orders come as they were written.
FAST = {
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


@contextmanager
def throwaway_postgres() -> Iterator[EmbeddedPostgres]:
    """A fresh, fast, started cluster that leaves nothing behind; for tests and comparisons."""
    folder = Path(tempfile.mkdtemp(prefix="hearthdesk-"))
    folder.chmod(0o711)  # when we are root, the server's account must come through
    server = EmbeddedPostgres(folder, fast=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


class EmbeddedPostgres:
    """One cluster with one database, owned by a role that is no superuser; `admin_url` is the superuser's.

    `fast` gives up safety against a power cut, for tests. The URLs are known before the server is started.
    """

    def __init__(self, data_dir: Path, fast: bool = False) -> None:
        self.data_dir = data_dir
        self.settings = SETTINGS | (FAST if fast else {})
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Returns the SQLAlchemy URL once the server takes connections. Raises Problem when it does not."""
        place = place_in(self.data_dir)
        self.cluster = place.home / "postgres"
        self.log = place.home / "postgres.log"
        if not self.cluster.exists():
            self._create(place)
        self._clear_the_way()
        self._run(place)
        return self.url

    def stop(self) -> None:
        if self.process:
            stop(self.process, signal.SIGINT)  # PostgreSQL's "fast" shutdown: ends sessions, then a checkpoint
            self.process = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def url(self) -> str:
        return self._url(ROLE, DATABASE)

    @property
    def admin_url(self) -> str:
        """The superuser's, for what the service itself may not do."""
        return self._url("postgres", DATABASE)

    def _url(self, role: str, database: str) -> str:
        sockets = place_in(self.data_dir).sockets
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(sockets), safe='/')}"

    def _create(self, place: Place) -> None:
        """Under another name until it is complete, so that an interrupted creation is simply done again."""
        unfinished = self.cluster.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._tool(
            place, "initdb", "--pgdata", unfinished, "--username=postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions", "--no-sync",
        )  # fmt: skip
        self._tool(
            place, "postgres", "--single", "-D", unfinished, "postgres",
            feed=f"create role {ROLE} login createdb;\ncreate database {DATABASE} owner {ROLE};\n",
        )  # fmt: skip
        os.sync()
        unfinished.rename(self.cluster)

    def _tool(self, place: Place, name: str, *arguments: str | Path, feed: str = "") -> None:
        account = place.account
        done = subprocess.run(
            [place.postgres_programs / name, *arguments],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd=place.home,
            env={"LC_ALL": "C", "TZ": "UTC"},
            input=feed,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            raise Problem(f"The database could not be created in {place.home}: {_last_line(done.stdout)}")

    def _clear_the_way(self) -> None:
        """A postmaster.pid left by kill -9 may name an orphan, or a stranger with the same number: then it must go."""
        pid_file = self.cluster / "postmaster.pid"
        if pid_file.exists():
            end_orphan(int(pid_file.read_text().splitlines()[0]), self.cluster, signal.SIGINT)
            pid_file.unlink(missing_ok=True)

    def _run(self, place: Place) -> None:
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        options.append(f"-cunix_socket_directories={place.sockets}")
        with self.log.open("ab") as log:
            self.process = spawn(
                [place.postgres_programs / "postgres", "-D", self.cluster, *options],
                account=place.account,
                deadly=signal.SIGINT,
                env={"LC_ALL": "C", "TZ": "UTC"},
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_PATIENCE
        while not self._ready():
            if not self.running or time.monotonic() > until:
                self.stop()
                raise Problem(f"PostgreSQL did not start: {_last_line(self.log.read_text())} (see {self.log})")
            time.sleep(0.02)

    def _ready(self) -> bool:
        """PostgreSQL writes its state as the eighth line of postmaster.pid; pg_ctl looks there too."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"


class EmbeddedValkey:
    """Keeps nothing on disk: the database is the truth, the queues only wake workers."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Returns the URL once the server takes connections. Raises Problem when it does not."""
        place = place_in(self.data_dir)
        self.socket = place.sockets / "valkey.sock"
        self.log = place.home / "valkey.log"
        pid_file = place.folder("valkey") / "valkey.pid"
        if pid_file.exists():
            end_orphan(int(pid_file.read_text()), self.socket, signal.SIGTERM)
        self._run(place, pid_file)
        return self.url

    def stop(self) -> None:
        if self.process:
            stop(self.process)
            self.process = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    def _run(self, place: Place, pid_file: Path) -> None:
        settings: dict[str, str | Path] = {
            "port": "0", "unixsocket": self.socket, "unixsocketperm": "700", "pidfile": pid_file,
            "dir": pid_file.parent, "save": "", "appendonly": "no", "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }  # fmt: skip
        with self.log.open("ab") as log:
            options: list[str | Path] = [part for name, value in settings.items() for part in (f"--{name}", value)]
            self.process = spawn(
                [place.valkey_program, *options],
                account=place.account,
                env={"LC_ALL": "C", "TZ": "UTC"},
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_PATIENCE
        while not _answers(self.socket):
            if not self.running or time.monotonic() > until:
                self.stop()
                raise Problem(f"Valkey did not start: {_last_line(self.log.read_text())} (see {self.log})")
            time.sleep(0.02)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it gave no reason"
