"""The whole service as `hearthdesk up` starts it: how long that takes, and what it weighs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from bench.measure import TARGETS, Goal, measures

OURS = ("HEARTHDESK_", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "IMAP_URL")
HEARTHDESK = (sys.executable, "-c", "from core.cli import main; main()")
PATIENCE = 120.0
IDLE = 20.0
PAGES = 200
MEGABYTE = 1_000_000


@measures("start", "hearthdesk up, empty folder to the first page served", "s", Goal(10, TARGETS))
def start() -> float:
    with _folder() as folder, _up(folder, "/sign-in") as (_, _, seconds):
        return seconds


@measures("start-demo", "hearthdesk up, empty folder to everything ready, a demo year made", "s")
def start_demo() -> float:
    with _folder() as folder, _up(folder) as (_, _, seconds):
        return seconds


@measures("memory", "the whole stack, idle, each shared page counted once (PSS)", "MB", Goal(600, TARGETS))
def memory() -> float:
    return _weights()[0]


@measures(
    "web-memory", f"the heavier web worker after {PAGES} pages, shared pages and all (RSS)", "MB", Goal(200, TARGETS)
)
def web_memory() -> float:
    return _weights()[1]


@measures("demo-large", "hearthdesk demo --scale large, into an empty database", "s", Goal(600, TARGETS), long=True)
def demo_large() -> float:
    with _folder() as folder:
        command = [*HEARTHDESK, "demo", "--scale", "large", "--json"]
        done = subprocess.run(command, env=_environment(folder, free_port()), stdout=subprocess.PIPE, check=True)
    return float(json.loads(done.stdout)["seconds"])


@cache
def _weights() -> tuple[float, float]:
    """The stack's PSS after it has stood idle, then the heaviest web worker's RSS after it has worked."""
    with _folder() as folder, _up(folder) as (process, url, _):
        time.sleep(IDLE)
        stack = [process, *process.children(recursive=True)]
        idle = sum(one.memory_full_info().pss for one in stack) / MEGABYTE
        for _ in range(PAGES):
            _get(f"{url}/sign-in")
        web = [one for one in stack if "granian" in " ".join(one.cmdline())]
        return idle, max(one.memory_info().rss for one in web) / MEGABYTE


@contextmanager
def _up(folder: Path, path: str = "/readyz") -> Iterator[tuple[psutil.Process, str, float]]:
    """The service in the mode that `make up` uses, once `path` is answered; its address and the seconds it took."""
    port = free_port()
    url, began = f"http://127.0.0.1:{port}", time.monotonic()
    with (folder / "up.log").open("w") as log:
        running = subprocess.Popen([*HEARTHDESK, "up"], env=_environment(folder, port), stdout=log, stderr=log)
        try:
            while not _answers(url + path):
                if running.poll() is not None or time.monotonic() - began > PATIENCE:
                    raise RuntimeError(f"hearthdesk up did not start: {(folder / 'up.log').read_text()}")
                time.sleep(0.05)
            yield psutil.Process(running.pid), url, time.monotonic() - began
        finally:
            running.terminate()
            running.wait(PATIENCE)


def _answers(address: str) -> bool:
    try:
        return _get(address) == 200
    except OSError:
        return False


def _get(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        answer.read()
        return int(answer.status)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hearthdesk-bench-") as name:
        Path(name).chmod(0o711)  # when we are root, the servers' account must come through
        yield Path(name)


def _environment(folder: Path, port: int) -> dict[str, str]:
    """Nobody's own settings, so that the figures are those of a fresh machine."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**rest, "HEARTHDESK_DATA": str(folder / "data"), "HEARTHDESK_PORT": str(port)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
