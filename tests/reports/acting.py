"""What the tests of the figures do over and over."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.people.models import Person
from helpdesk.reports.measuring import COLUMNS, Hours, recount
from helpdesk.reports.models import Spell
from helpdesk.tickets import services
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category
from tests.support.factories import World
from tests.support.signing_in import sign_in
from tests.tickets.acting import opened

MONDAY = datetime(2026, 10, 5, 16, 0, tzinfo=UTC)  # 9 AM in Los Angeles


@contextmanager
def at(when: datetime) -> Iterator[datetime]:
    with clock.frozen(when):
        yield when


def asked(world: World, when: datetime, category: Category = Category.SECURITY, **values: Any) -> Ticket:
    """A request that is the Lead's from the beginning."""
    with at(when):
        return opened(world, at=when, category=category, **values)


def answered(world: World, ticket: Ticket, when: datetime, by: Person | None = None) -> None:
    with at(when), unit_of_work():
        services.answer(ticket, by or world.agent, "Please try again.", when)


def settled(world: World, ticket: Ticket, when: datetime, by: Person | None = None) -> None:
    with at(when), unit_of_work():
        services.close(ticket, by or world.agent, "The cache was cleared.", when)


def reopened(world: World, ticket: Ticket, when: datetime) -> None:
    with at(when), unit_of_work():
        services.reopen(ticket, world.end_user, "It is back.", when)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def measured() -> list[dict[str, Any]]:
    """The spells as they are written."""
    rows = db.session.execute(select(*(getattr(Spell, name) for name in COLUMNS)).order_by(*ORDER)).mappings()
    return [dict(row) for row in rows]


def counted_anew() -> list[dict[str, Any]]:
    ids = list(db.session.scalars(select(Ticket.id)))
    return sorted(recount(ids, Hours()), key=lambda row: (row["ticket_id"], row["number"]))


ORDER = (Spell.ticket_id, Spell.number)


def table(client: FlaskClient, person: Person, url: str) -> list[dict[str, str]]:
    """A CSV as a spreadsheet reads it."""
    sign_in(client, person)
    answer = client.get(url)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def sheet(client: FlaskClient, person: Person, url: str) -> list[tuple[Any, ...]]:
    sign_in(client, person)
    answer = client.get(url)
    assert answer.status_code == 200
    content = io.BytesIO(answer.data)
    answer.close()
    return [tuple(row) for row in load_workbook(content).active.iter_rows()]
