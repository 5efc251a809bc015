"""The help desk's pages over HTTP, with ten thousand to a million tickets of one Lead, beside a peer."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path

from sqlalchemy import func, select, text

from bench import cluster, peer
from bench.browser import Browser, hidden, p50_and_p95
from bench.measure import TARGETS, Goal, measures
from bench.service import free_port
from core import clock
from core.accounts import sessions
from core.accounts.models import Account
from core.db import db, unit_of_work
from core.people.models import LeadStaff, Person, StaffRole
from core.running.embedded import EmbeddedPostgres
from demo.large import load_large
from demo.national import LoadModel
from helpdesk.tickets.models import Ticket

SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
SAID = {SMALL: "10k", MIDDLE: "100k", LARGE: "1m"}
GROWTH = 1.3  # of p95 from 10k to 1M
RARE = "zyzzyva"  # in one ticket of two thousand, as at the peer
PHRASE = "move-in date"
PATIENCE = 60.0
SOME = 500

Figures = tuple[float, float]


@dataclass(frozen=True)
class Work:
    """What one person does again and again; `beside` is the peer's name for it, `times` how often it is measured."""

    name: str
    words: str
    beside: str
    times_as_fast: float
    times: int = 60


QUEUE = Work("queue", "the queue's page, 25 rows, of open tickets", peer.LIST, 20)
RARE_WORD = Work("rare-word", "searching all tickets for a rare word", peer.RARE, 10, 30)
COMMON = Work("phrase", "searching all tickets for a common phrase", peer.PHRASE, 10, 30)
PAGE = Work("ticket-page", "a ticket's page", peer.PAGE, 4, 200)
CREATE = Work("create", "a new request through the public form", peer.CREATE, 1, 100)
WORKS = (QUEUE, RARE_WORD, COMMON, PAGE, CREATE)


@cache
def _figures(size: int) -> dict[str, Figures]:
    """p50 and p95 in milliseconds of each work with so many tickets."""
    with cluster.database() as server:
        agent, some = _filled(server, size)
        with _served(server) as port:
            staff = Browser("127.0.0.1", port, {"hearthdesk-sign-in": agent})
            draw, number = random.Random(3), count()
            asked = {
                QUEUE.name: lambda: staff.get("/tickets?view=open")[0],
                RARE_WORD.name: lambda: staff.get(f"/tickets?view=all&q={RARE}")[0],
                COMMON.name: lambda: staff.get(f"/tickets?view=all&q={PHRASE.replace(' ', '+')}")[0],
                PAGE.name: lambda: staff.get(f"/tickets/{draw.choice(some)}")[0],
                CREATE.name: lambda: _create(port, next(number)),
            }
            return {work.name: p50_and_p95(asked[work.name], work.times) for work in WORKS}


def _filled(server: EmbeddedPostgres, size: int) -> tuple[str, list[int]]:
    """One Lead with 20 CoCs and all the tickets; returns the session of one of its agents, and some tickets."""
    with cluster.application(server):
        years = LoadModel(20, 600, 5_000, size, 2 * size, 3_000, 2_500, years=3, cocs_each=20)
        load_large(years, 1, clock.now(), lambda _: None)
        rare = text(f"update ticket set search_text = search_text || ' {RARE}' where id % 2000 = 1")
        with unit_of_work() as session:
            session.execute(rare)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
        with unit_of_work() as session:
            agents = select(Account).join(Person).join(LeadStaff).where(LeadStaff.role == StaffRole.AGENT)
            row, token = sessions.start(session.scalars(agents.order_by(Account.id).limit(1)).one(), clock.now())
            row.second_factor_at = clock.now()
            some = list(session.scalars(select(Ticket.id).order_by(func.random()).limit(SOME)))
        return token, some


@contextmanager
def _served(server: EmbeddedPostgres) -> Iterator[int]:
    """Two web processes, as the service starts them; the port they listen on."""
    port = free_port()
    told = {
        **os.environ,
        "DATABASE_URL": server.url.replace("+psycopg", ""),
        "HEARTHDESK_DATA": str(server.data_dir),
        "HEARTHDESK_MODE": "demo",
        "HEARTHDESK_PROXIES": "1",
        "HEARTHDESK_SECRET_KEY": cluster.SECRET,
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "wsgi:app", "--port", str(port)]
    options = ["--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "error"]
    web = subprocess.Popen([*command, *options], env=told, cwd=Path(__file__).resolve().parents[1])
    try:
        _wait(port)
        yield port
    finally:
        web.terminate()
        web.wait(PATIENCE)


def _wait(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            Browser("127.0.0.1", port).get("/healthz")
        except (OSError, RuntimeError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the service did not start")


def _create(port: int, number: int) -> float:
    """As a stranger from a place of their own: the form is opened, which nobody counts, then filled in and sent."""
    stranger = Browser("127.0.0.1", port, headers={"X-Forwarded-For": f"10.1.{number // 250}.{number % 250 + 1}"})
    page = stranger.get("/help/ask")[1]
    community = re.search(r'<option value="(\d+)"', page)
    if community is None:
        raise RuntimeError("the form offers no community")
    words = {
        "community": community[1],
        "category": "other",
        "name": "Robin Vale",
        "address": f"robin{number}@nowhere.example",
        "subject": "The report counts twice",
        "text": "It counts fourteen households twice since Friday. What can we do?",
    }
    return stranger.post("/help/ask", {**hidden(page), **words})[0]


def _register(work: Work) -> None:
    for size, said in SAID.items():
        measures(f"{work.name}-{said}", f"{work.words}, {said} tickets, p50", "ms", long=True)(
            partial(_p50, work, size)
        )
    growth = Goal(GROWTH, TARGETS) if work is QUEUE else None
    words = f"{work.words}, p95 with 1m by 10k"
    measures(f"{work.name}-growth", words, "x", growth, long=True)(partial(_growth, work))
    goal = Goal(work.times_as_fast, TARGETS, at_least=True)
    words = f"{work.words}, peer with 100k by us with 1m"
    measures(f"{work.name}-beside", words, "x", goal, long=True)(partial(_beside, work))


def _p50(work: Work, size: int) -> float:
    return _figures(size)[work.name][0]


def _growth(work: Work) -> float:
    return _figures(LARGE)[work.name][1] / _figures(SMALL)[work.name][1]


def _beside(work: Work) -> float:
    return peer.peer(work.beside)[0] / _p50(work, LARGE)


for _work in WORKS:
    _register(_work)
