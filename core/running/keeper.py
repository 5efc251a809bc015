"""Keeps children running: one that ends is started again: at once when it had run steadily, else after a pause
that doubles while it keeps failing."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0


class Child(Protocol):
    """What a keeper needs of a process; subprocess.Popen has it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def send_signal(self, sig: int) -> None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...


def end_rest_of(child: Child | None) -> None:
    """Ends what a child that is gone left behind: it led a group of its own, and a web server's workers outlive
    a parent that was killed, with the port in their hands."""
    with suppress(ProcessLookupError):
        if child is not None:
            os.killpg(child.pid, signal.SIGKILL)


class Keeper:
    def __init__(
        self,
        name: str,
        start: Callable[[], Child],
        gently: signal.Signals = signal.SIGTERM,
        steady_after: float = STEADY_AFTER,
    ) -> None:
        self.name = name
        self._start = start
        self._gently = gently
        self._steady_after = steady_after
        self._pause = FIRST_PAUSE
        self._again_at = 0.0
        self._started_at = 0.0
        self.child: Child | None = None

    def start(self) -> None:
        self._started_at = time.monotonic()
        self.child = self._start()

    def tend(self) -> bool:
        """Starts the child again when it is time; True when it did."""
        if self.child and (code := self.child.poll()) is not None:
            self._plan(code)
        if self.child or time.monotonic() < self._again_at:
            return False
        self.start()
        return True

    def _plan(self, code: int) -> None:
        if time.monotonic() - self._started_at > self._steady_after:
            self._pause = 0.0
        how = signal.Signals(-code).name if code < 0 else f"exit {code}"
        log.warning("%s ended (%s); it starts again in %.1f s", self.name, how, self._pause)
        end_rest_of(self.child)
        self.child = None
        self._again_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE) or FIRST_PAUSE

    def ask_to_stop(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.send_signal(self._gently)

    def wait_or_kill(self, patience: float) -> None:
        if self.child is None:
            return
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop within %.0f s and is killed", self.name, patience)
            self.child.kill()
            self.child.wait()
        end_rest_of(self.child)
        self.child = None
