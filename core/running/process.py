"""Child processes that end when their parent does, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from core.running import tether
from core.running.account import Account

PATIENCE = 15.0


def spawn(
    command: Sequence[str | Path],
    account: Account | None = None,
    deadly: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    cwd: Path = Path("/"),
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Starts `command` in its own session, so that a Ctrl-C in the terminal reaches only us; we stop it in order.

    `deadly` is what the system sends it when the thread that called this ends.
    """
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    tethered = [sys.executable, "-I", "-S", tether.__file__, os.getpid(), int(deadly), uid, gid, *command]
    return subprocess.Popen(
        [str(part) for part in tethered],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], gently: signal.Signals = signal.SIGTERM, patience: float = PATIENCE) -> None:
    """Asks, waits `patience` seconds, then kills."""
    if process.poll() is None:
        process.send_signal(gently)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_orphan(pid: int, mentions: Path, gently: signal.Signals) -> None:
    """Ends a server that outlived its supervisor. `mentions` is a path that only its command line holds."""
    try:
        orphan = psutil.Process(pid)
        if any(str(mentions) in part for part in orphan.cmdline()):
            _end([orphan], gently)
    except psutil.NoSuchProcess:
        return


def end_leftovers(children: Mapping[int, float]) -> None:
    """Ends what a killed supervisor left, with all their descendants; `children` are ids and creation times.

    The system has already asked them to stop; this waits for them. A number used again by a stranger is left alone.
    """
    found = []
    for pid, created in children.items():
        try:
            process = psutil.Process(pid)
            if abs(process.create_time() - created) < 1:
                found += [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
    _end(found, signal.SIGTERM)


def _end(processes: list[psutil.Process], gently: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(gently)
    _, stubborn = psutil.wait_procs(processes, PATIENCE)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, PATIENCE)
