"""RQ is the alarm clock: it makes things prompt, the rows in the database make them certain.

Jobs are JSON, carry ids only, and a worker serves one queue (a worker on several pops without a
safety list, so that a job dies with it).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from core.db import on_commit
from core.running.problem import Problem


class Queue(StrEnum):
    DEADLINES = "deadlines"
    MAIL = "mail"


JOBS: dict[Queue, str] = {
    Queue.DEADLINES: "core.jobs.fire_deadlines",
    Queue.MAIL: "core.jobs.drain_outbox",
}


@lru_cache(maxsize=4)
def connection(url: str) -> Redis:
    """One pool an address; a Redis that does not answer within a second is not waited for."""
    return Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5)


def rq_queue(queue: Queue, redis: Redis) -> RqQueue:
    return RqQueue(queue.value, connection=redis, serializer=JSONSerializer)


def wake(queue: Queue) -> None:
    """Ask the queue's worker to look now; call it after commit only. Raises what Redis raises."""
    send: Callable[..., Any] | None = current_app.extensions.get("wake")
    if send is not None:
        send(queue)


_WAKERS = {queue: partial(wake, queue) for queue in Queue}


def wake_soon(queue: Queue) -> None:
    """Wake it once after the unit of work under way has committed, however often this is asked for in it."""
    on_commit(_WAKERS[queue])


def wake_by_redis(url: str) -> Callable[[Queue], None]:
    def send(queue: Queue) -> None:
        rq_queue(queue, connection(url)).enqueue(JOBS[queue], result_ttl=0, failure_ttl=3600, job_timeout=600)

    return send


class EvictingRedis(Problem):
    """A Redis that throws keys away when it is full; it would lose wake-ups without a word."""


def refuse_evicting(url: str) -> None:
    """Raises EvictingRedis unless its policy is noeviction. One that is away or does not tell is no reason to wait:
    the sweeper works without."""
    if not url:
        return
    try:
        found = connection(url).info("memory").get("maxmemory_policy", "noeviction")
    except RedisError:
        return
    if found != "noeviction":
        raise EvictingRedis(
            f"Redis at {url.rsplit('@', 1)[-1]} has maxmemory-policy {found}, so it would throw jobs away; "
            "set it to noeviction: redis-cli CONFIG SET maxmemory-policy noeviction"
        )
