"""Loads the national model: one transaction, rows by COPY, indexes and foreign keys made anew at the end.

The tables are truncated in the same transaction, so that a server with `wal_level = minimal`, such as the embedded
one, writes no log for the rows; whoever kills it half-way finds the database as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from core.accounts import sealing
from core.db import db, unit_of_work
from core.errors import Conflict
from demo.bulk.lines import Batch, Sheets
from demo.bulk.load import catch_up_identities, copy
from demo.bulk.shards import SHARDS, Shard, Task, account_of, dealt, parted, size_of
from demo.bulk.structure import analyzed, laid_bare
from demo.bulk.tickets import Who
from demo.chance import seeded
from demo.national import Bureau, Country, LoadModel
from demo.signins import TOTP_SECRET
from demo.small import is_empty

Tell = Callable[[str], object]
WORTH_PROCESSES = 100_000  # tickets; fewer are written sooner than processes start
TELL_EVERY = 2.0
TABLES = (
    "lead", "coc", "agency", "project", "person", "lead_staff", "designation", "membership", "account",
    "access_request", "access_request_project", "access_confirmation", "license", "license_project",
    "departure_notice", "deadline", "ticket", "ticket_message", "tier_stay", "ticket_change", "audit_event",
)  # fmt: skip


def load_large(model: LoadModel, seed: int, now: datetime, tell: Tell) -> None:
    """Fill an empty database with the model, wholly or not at all; the same seed and `now` give the same rows.

    Raises Conflict when there is anything in it already.
    """
    now = now.replace(microsecond=0)
    if not is_empty():
        raise Conflict("There is data in this database already.", "Demo data goes into an empty one only.")
    db.session.rollback()
    sheets = Sheets()
    country = Country(model, seeded(seed, "country"), now, sheets)
    bureaus = country.settle()
    people = len(sheets.of("person"))
    users = sum(map(size_of, bureaus))
    secret = sealing.seal(TOTP_SECRET)
    task = Task(model, seed, now, secret, people, users, parted(model.tickets, bureaus))
    _staff_accounts(country.staff, sheets, task)
    with _written(bureaus, task) as weeks, unit_of_work(), laid_bare(TABLES, tell):
        copy(sheets.take(), freeze=True)
        _copy_all(weeks, task, tell)
        catch_up_identities(TABLES)
    analyzed(TABLES, tell)


def _staff_accounts(staff: list[Who], sheets: Sheets, task: Task) -> None:
    """The Leads' own accounts; their ids come after all that the shards can give."""
    for number, who in enumerate(staff, SHARDS * (task.people + SHARDS)):
        sheets.add("account", account_of(number, who, task, with_code=True))


def _copy_all(weeks: Iterator[list[Batch]], task: Task, tell: Tell) -> None:
    began = told = time.monotonic()
    rows = 0
    steps = (task.weeks + 1) * SHARDS
    for step, batches in enumerate(weeks, 1):
        rows += copy(batches, freeze=True)
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            took = told - began
            left = took / step * (steps - step)
            tell(f"{rows:>12,} rows, {rows / took:,.0f} a second, about {left:,.0f} s of rows left")
    took = time.monotonic() - began
    tell(f"{rows:>12,} rows in {took:,.0f} s")


@contextmanager
def _written(bureaus: list[Bureau], task: Task) -> Iterator[Iterator[list[Batch]]]:
    """What the shards write, in turns; in processes of their own where it is much."""
    hands = dealt(bureaus)
    if task.model.tickets < WORTH_PROCESSES:
        yield _in_turns([Shard(number, hand, task).write() for number, hand in enumerate(hands)])
        return
    context = get_context("fork")
    ends = [context.Pipe(duplex=False) for _ in hands]
    writers = [
        context.Process(target=_write_into, args=(send, number, hand, task), daemon=True)
        for number, (hand, (_, send)) in enumerate(zip(hands, ends, strict=True))
    ]
    for writer in writers:
        writer.start()
    try:
        yield _in_turns([_received(receive, task.weeks + 1) for receive, _ in ends])
    finally:
        for writer in writers:
            writer.terminate()
            writer.join()


def _write_into(into: Connection, number: int, hand: list[Bureau], task: Task) -> None:
    for batches in Shard(number, hand, task).write():
        into.send(batches)


def _received(source: Connection, count: int) -> Iterator[list[Batch]]:
    for _ in range(count):
        yield source.recv()


def _in_turns(sources: list[Iterator[Any]]) -> Iterator[Any]:
    while True:
        for source in sources:
            batches = next(source, None)
            if batches is None:
                return
            yield batches
