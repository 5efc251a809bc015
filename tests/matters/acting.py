"""What the tests of the matters do over and over, through the pages."""

from __future__ import annotations

from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.db import db
from core.outbox import OutboxMessage
from core.people.models import Person, StaffRole
from helpdesk.matters.complaints.models import Complaint
from tests.licensing.acting import words
from tests.support.factories import World, make_staff
from tests.support.signing_in import sign_in

_once = count(1)


def once() -> str:
    return f"matter-{next(_once)}"


def seats(world: World) -> dict[str, Person]:
    """One person in each seat of the world's CoC and its Lead, by the seat's name."""
    named = {
        StaffRole.COC_LEADERSHIP: ("Cora Bly", world.coc),
        StaffRole.DATA_COMMITTEE: ("Dov Ames", world.coc),
        StaffRole.ADVISORY_COMMITTEE: ("Ava Stone", world.coc),
        StaffRole.MANAGING_DIRECTOR: ("Max Orr", None),
        StaffRole.ASSISTANT_DIRECTOR: ("Ida Wolf", None),
    }
    return {str(seat): make_staff(world.lead, seat, coc, name=name) for seat, (name, coc) in named.items()}


def complained(agency: str, **values: Any) -> dict[str, Any]:
    """The complaint form, filled in."""
    form = {
        "once": once(),
        "kind": "violation",
        "agency": agency,
        "about": "Olga Finch",
        "when_said": "November 12",
        "text": "A password was shared at the front desk.",
    }
    return {key: value for key, value in (form | values).items() if value is not None}


def send(client: FlaskClient, by: Person, path: str, form: dict[str, Any]) -> TestResponse:
    return sign_in(client, by).post(path, data=form)


def complain(client: FlaskClient, by: Person, form: dict[str, Any]) -> Complaint:
    answer = send(client, by, "/complaints/new", form)
    assert answer.status_code == 302, words(answer)
    return complaint_again(int(answer.location.rsplit("/", 1)[1]))


def complaint_again(complaint_id: int) -> Complaint:
    db.session.expire_all()
    return db.session.get_one(Complaint, complaint_id)


def told(message: str = "matter-news") -> list[str]:
    """To whom mails of that name went, in order."""
    query = select(OutboxMessage.address).where(OutboxMessage.message == message)
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


def status(client: FlaskClient, person: Person, path: str) -> int:
    answer = sign_in(client, person).get(path, buffered=True)
    answer.close()
    return answer.status_code
