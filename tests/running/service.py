"""Runs the supervisor as people do: as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from core.running import data_folder
from tests.support.smtp import free_port

OURS = ("HEARTHDESK_", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "IMAP_URL")
PATIENCE = 60


def environment(data_dir: Path, port: int, **more: str) -> dict[str, str]:
    rest = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {"HEARTHDESK_MODE": "development", "HEARTHDESK_DATA": str(data_dir), "HEARTHDESK_PORT": str(port)}
    return {**rest, **own, **more}


def hearthdesk(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from core.cli import main; main()", *arguments]
    return subprocess.run(command, env=env, input="", capture_output=True, text=True, timeout=PATIENCE, check=False)


@dataclass
class Service:
    data_dir: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.env = environment(self.data_dir, self.port)

    def start(self) -> None:
        """Until it says that it is ready."""
        command = [sys.executable, "-c", "from core.cli import main; main()", "up"]
        self.log = (self.data_dir.parent / f"{self.data_dir.name}.log").open("w+")
        self.process = subprocess.Popen(command, env=self.env, stdout=self.log, stderr=self.log)
        until = time.monotonic() + PATIENCE
        while self.ready() != {"ready": True, "database": "ok", "migrations": "ok", "sweeper": "ok"}:
            assert self.process.poll() is None, self.told()
            assert time.monotonic() < until, self.told()
            time.sleep(0.1)

    def ready(self) -> dict[str, object] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return dict(json.load(answer))
        except OSError:
            return None

    def told(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    @property
    def endpoints(self) -> data_folder.Endpoints:
        told = data_folder.published(self.data_dir)
        assert told is not None
        return told

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        code = self.process.wait(PATIENCE)
        self.log.close()
        Path(self.log.name).unlink()
        return code


def all_gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=15)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
