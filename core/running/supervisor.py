"""Starts the whole service in order, keeps it running, stops it in reverse.

Run as `python -m core.running.supervisor`. It imports neither Flask nor SQLAlchemy: it lives as long as the service
does and should weigh nothing.
"""

from __future__ import annotations

import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil

import config as config_module
from config import Config, ConfigError
from core.running import data_folder
from core.running.account import Account, service_account
from core.running.data_folder import Endpoints
from core.running.embedded import EmbeddedPostgres, EmbeddedValkey
from core.running.keeper import Child, Keeper
from core.running.place import place_in
from core.running.problem import REFUSED, Problem
from core.running.process import end_leftovers, spawn

log = logging.getLogger(__name__)

HOUSE = Path(config_module.__file__).resolve().parent
POLL = 0.2
PATIENCE = 10.0
START_PATIENCE = 60.0
GO = b"go\n"
WEB_THREADS = 4  # per process; they wait for the database more than they compute


Running = subprocess.Popen[bytes]


class Asked(SystemExit):
    """Somebody pressed Ctrl-C or asked us to end."""


@dataclass
class Supervisor:
    config: Config

    def run(self) -> None:
        """Until asked to stop. Raises Problem when it cannot start."""
        with data_folder.held(self.config.data_dir):
            _end_former(self.config.data_dir)
            _refuse_taken(self.config.host, self.config.port)
            self.keepers: list[Keeper] = []
            self.ready = False
            try:
                sign_ins = self._start()
                print(_welcome(self.config, sign_ins), flush=True)  # noqa: T201 - what a person waits for
                self._keep()
            finally:
                self._stop()

    def _start(self) -> str:
        """Returns the sign-ins to show, empty outside of demo mode."""
        self.account = self._account()
        postgres = None if self.config.database_url else EmbeddedPostgres(self.config.data_dir)
        if postgres:
            self.config = replace(self.config, database_url=postgres.url)
        # It reads the packages while PostgreSQL starts, and goes to it when told.
        preparing = self._spawner("core.running.prepare", stdin=subprocess.PIPE, stdout=subprocess.PIPE)()
        if postgres:
            self._add("PostgreSQL", lambda: _child_of(postgres), signal.SIGINT)
        _tell(preparing)
        _wait_for_schema(preparing)
        if not self.config.redis_url:
            valkey = EmbeddedValkey(self.config.data_dir)
            self._add("Valkey", lambda: _child_of(valkey))
            self.config = replace(self.config, redis_url=valkey.url)
        if not self.config.smtp_url and self.config.mode != "production":
            self._add_mail_sink()
        self._add("web", self._spawner("granian", *self._granian()))
        sign_ins = _rest_of(preparing)
        self._add("workers", self._spawner("core.running.pool", deadly=signal.SIGKILL))
        self._wait_for_web()
        self.ready = True
        self._publish()
        return sign_ins

    def _account(self) -> Account | None:
        """Whom our own processes run as: the unprivileged account, where it can read the program and the data."""
        embedded = not (self.config.database_url and self.config.redis_url)
        data_dir = self.config.data_dir
        account = place_in(data_dir).account if embedded else service_account()
        if account is None:
            return None
        data_folder.hand_over(data_dir, account)
        for path in (Path(sys.executable).resolve(), Path(sys.prefix), HOUSE / "app.py", data_dir):
            if not account.reaches(path):
                log.warning("web and workers run as root: the account %s cannot reach %s", account.name, path)
                return None
        return account

    def _add_mail_sink(self) -> None:
        port = _free_port()
        self.config = replace(self.config, smtp_url=f"smtp://127.0.0.1:{port}")
        self._add("mail sink", self._spawner("core.running.mailserver", str(self.config.data_dir / "mail"), str(port)))

    def _granian(self) -> list[str]:
        return [
            "--interface", "wsgi", "wsgi:app", "--host", self.config.host, "--port", str(self.config.port),
            "--workers", str(min(os.cpu_count() or 1, 4)), "--blocking-threads", str(WEB_THREADS), "--no-ws",
            "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "5",
            "--log-level", "warning",
        ]  # fmt: skip

    def _spawner(
        self,
        module: str,
        *arguments: str,
        deadly: signal.Signals = signal.SIGTERM,
        stdin: int = subprocess.DEVNULL,
        stdout: int | None = None,
    ) -> Callable[[], Running]:
        command = [sys.executable, "-m", module, *arguments]
        return lambda: spawn(
            command, self.account, deadly, env=self._environment(), cwd=HOUSE, stdin=stdin, stdout=stdout
        )

    def _environment(self) -> dict[str, str]:
        """The settings as they are now, so that no child has to find them out again."""
        config = self.config
        told = {
            "HEARTHDESK_MODE": config.mode,
            "HEARTHDESK_SECRET_KEY": config.secret_key,
            "HEARTHDESK_DATA": str(config.data_dir),
            "DATABASE_URL": config.database_url,
            "REDIS_URL": config.redis_url,
            "SMTP_URL": config.smtp_url,
            "PYTHONPATH": str(HOUSE),
        }
        home = {"HOME": str(config.data_dir)} if self.account else {}
        return {**os.environ, **told, **home}

    def _add(self, name: str, start: Callable[[], Child], gently: signal.Signals = signal.SIGTERM) -> None:
        keeper = Keeper(name, start, gently)
        keeper.start()
        self.keepers.append(keeper)
        self._publish()

    def _wait_for_web(self) -> None:
        until = time.monotonic() + START_PATIENCE
        while not _serves(self.config.host, self.config.port):
            web = next(keeper for keeper in self.keepers if keeper.name == "web").child
            if web is None or web.poll() is not None or time.monotonic() > until:
                raise Problem("The web server did not start; the reason is above.")
            time.sleep(0.05)

    def _keep(self) -> NoReturn:
        while True:
            time.sleep(POLL)
            restarted = [keeper for keeper in self.keepers if keeper.tend()]
            if restarted:
                self._publish()

    def _publish(self) -> None:
        pids = [keeper.child.pid for keeper in self.keepers if keeper.child]
        config = self.config
        endpoints = Endpoints(
            pid=os.getpid(),
            url=config.url,
            database_url=config.database_url,
            redis_url=config.redis_url,
            smtp_url=config.smtp_url,
            ready=self.ready,
            children=_created(pids),
        )
        data_folder.publish(config.data_dir, endpoints)

    def _stop(self) -> None:
        """In reverse: nobody loses the server it talks to. A second Ctrl-C does not cut this short."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for keeper in reversed(self.keepers):
            keeper.ask_to_stop()
            keeper.wait_or_kill(PATIENCE)
        data_folder.withdraw(self.config.data_dir)


def _tell(preparing: Running) -> None:
    """The database takes connections. One that has ended already says so when its answer is read."""
    assert preparing.stdin is not None
    with suppress(BrokenPipeError):
        preparing.stdin.write(GO)
        preparing.stdin.close()
    preparing.stdin = None  # or reading its answer would try to write


def _wait_for_schema(preparing: Running) -> None:
    """Its first line says that the schema is current; it prints none when it fails before that."""
    if preparing.stdout is None or not preparing.stdout.readline():
        _rest_of(preparing)


def _rest_of(preparing: Running) -> str:
    """The sign-ins. No worker may start before: a sweep would act on a demo year that is half there."""
    told, _ = preparing.communicate()
    if preparing.returncode == REFUSED:
        raise SystemExit(REFUSED)  # it has said why
    if preparing.returncode:
        raise Problem("The database could not be brought up to date; the reason is above.")
    return told.decode()


def _child_of(server: EmbeddedPostgres | EmbeddedValkey) -> Running:
    server.start()
    if server.process is None:
        raise Problem("The embedded server ended while it started.")
    return server.process


def _created(pids: list[int]) -> dict[int, float]:
    """When each was created; without those that have just ended."""
    found = {}
    for pid in pids:
        try:
            found[pid] = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            continue
    return found


def _end_former(data_dir: Path) -> None:
    """We hold the folder, so a state file in it was left by a supervisor that was killed."""
    if former := data_folder.published(data_dir):
        end_leftovers(former.children)
        data_folder.withdraw(data_dir)


def _refuse_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Problem(
                f"Port {port} on {host} cannot be used ({error.strerror}); "
                "stop what uses it, or set HEARTHDESK_PORT to another."
            ) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serves(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound
    connection = http.client.HTTPConnection(reachable, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(config: Config, sign_ins: str) -> str:
    lines = [f"Hearthdesk is at {config.url}  ({config.mode} mode, data in {config.data_dir})"]
    if sign_ins.strip():
        lines += ["Sign in as", sign_ins.rstrip()]
    return "\n".join([*lines, "Ctrl-C stops it."])


def _be_asked(_number: int, _frame: FrameType | None) -> None:
    raise Asked(0)


def main() -> None:
    logging.basicConfig(level="INFO", format="%(asctime)s %(message)s", stream=sys.stderr)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _be_asked)
    try:
        Supervisor(Config.from_env(os.environ)).run()
    except (ConfigError, Problem) as error:
        sys.stderr.write(f"hearthdesk: {error}\n")
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
