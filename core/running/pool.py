"""The sweeper and one worker for each queue, forked from one parent so that they share its memory.

Run as `python -m core.running.pool`.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from threading import Event
from types import FrameType

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer

from config import ConfigError
from core import jobs, queues, sweep
from core.running.keeper import Keeper
from core.running.problem import REFUSED, Problem
from core.running.tether import die_with_parent

log = logging.getLogger(__name__)

POLL = 0.2
PATIENCE = 5.0
REDIS_PAUSE = 2.0
EVICTING_PAUSE = 30.0  # somebody has to do something first


class Forked:
    """A forked process, with the part of Popen's interface that a keeper uses."""

    def __init__(self, run: Callable[[], None]) -> None:
        parent = os.getpid()
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            _be_child(parent, run)

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.02)
        return code

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _be_child(parent: int, run: Callable[[], None]) -> None:
    """Never returns: the parent's own work must not go on in its child."""
    code = 1
    try:
        die_with_parent(parent, signal.SIGKILL)  # rows are the truth: nothing is lost, and nothing lingers
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        run()
        code = 0
    except Exception:
        log.exception("a worker stopped")
    finally:
        os._exit(code)


def sweeper(app: Flask) -> None:
    """Finishes the round it is in when asked to stop."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    sweep.run_forever(app, stop)


def worker(queue: queues.Queue, url: str) -> None:
    """Serves one queue; without Redis it waits for it, since the sweeper does the same work meanwhile."""
    while True:
        try:
            queues.refuse_evicting(url)  # again: it may have been away when the service started
            redis = Redis.from_url(url)  # its own: a worker waits longer for an answer than others do
            Worker([queues.rq_queue(queue, redis)], connection=redis, serializer=JSONSerializer).work(
                logging_level="WARNING"
            )
        except RedisError as error:
            log.warning("the %s worker has no Redis (%s)", queue, type(error).__name__)
            time.sleep(REDIS_PAUSE)
        except queues.EvictingRedis as error:
            log.error("the %s worker waits: %s", queue, error)
            time.sleep(EVICTING_PAUSE)
        else:
            return


def main() -> None:
    logging.basicConfig(level="INFO", format="%(asctime)s %(message)s")
    for name in ("alembic", "weasyprint.progress"):
        logging.getLogger(name).setLevel("WARNING")
    try:
        app = jobs.application()
        url = app.config["HEARTHDESK"].redis_url
        queues.refuse_evicting(url)
    except (ConfigError, Problem) as error:
        sys.stderr.write(f"hearthdesk: {error}\n")
        sys.exit(REFUSED)
    keepers = [Keeper("sweeper", lambda: Forked(lambda: sweeper(app)))]
    if url:
        keepers += [_worker_keeper(queue, url) for queue in queues.Queue]
    _keep(keepers)


def _worker_keeper(queue: queues.Queue, url: str) -> Keeper:
    return Keeper(f"worker {queue}", lambda: Forked(lambda: worker(queue, url)))


def _keep(keepers: list[Keeper]) -> None:
    stop = Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for keeper in keepers:
        keeper.start()
    while not stop.wait(POLL):
        for keeper in keepers:
            keeper.tend()
    for keeper in keepers:
        keeper.ask_to_stop()
    for keeper in keepers:
        keeper.wait_or_kill(PATIENCE)


if __name__ == "__main__":
    main()
