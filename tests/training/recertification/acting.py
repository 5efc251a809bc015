"""Cycles for tests: starting them through the page, and looking at what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import Agency, Person
from licensing.access.models import License
from tests.support.factories import World
from tests.support.signing_in import sign_in
from training.recertification import jobs
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import Owes

PATH = "/training/recertification"
SECOND = timedelta(seconds=1)


def licensed(person: Person, agency: Agency, since: datetime, **values: Any) -> License:
    """A license in force since then, without the request."""
    with unit_of_work() as session:
        owner = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id}
        held = License(**owner, person_id=person.id, since=since.astimezone(UTC), **values)
        session.add(held)
        session.flush()
    return held


def start(client: FlaskClient, by: Person, world: World, key: str, **values: Any) -> Any:
    """The form of the plan page; `key` is the cycle and its audience."""
    coc = 0 if key.endswith(":staff") else world.coc.id
    form = {"once": f"start-{key}", "coc": str(coc), "plan": key, "days": "30", "first": "this", "grace_on": ""}
    return sign_in(client, by).post(f"{PATH}/start", data=form | values)


def started(client: FlaskClient, world: World, key: str, **values: Any) -> Campaign:
    answer = start(client, world.admin, world, key, **values)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return db.session.get_one(Campaign, int(answer.location.rsplit("/", 1)[1]))


def owes(person: Person, credit: str = "") -> list[Obligation]:
    db.session.expire_all()
    query = select(Obligation).where(Obligation.person_id == person.id).order_by(Obligation.id)
    return list(db.session.scalars(query.where(Obligation.credit == credit) if credit else query))


def owed(person: Person, credit: str = "") -> Obligation:
    rows = owes(person, credit)
    assert len(rows) == 1, rows
    return rows[0]


def states(person: Person) -> dict[str, Owes]:
    return {row.credit: row.state for row in owes(person)}


def license_of(held: License) -> License:
    db.session.expire_all()
    return db.session.get_one(License, held.id)


def sweep() -> None:
    """As the schedule does it."""
    jobs.keep_up_all()
    jobs.lapse_due()
    jobs.remind_due()


def mails(message: str, person: Person | None = None) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.message == message).order_by(OutboxMessage.id)
    rows = list(db.session.scalars(query))
    return [row for row in rows if person is None or row.person_id == person.id]
