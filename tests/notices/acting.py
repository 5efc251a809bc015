"""What the tests of notices do over and over, through the pages."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.db import db
from core.outbox import OutboxMessage
from core.people.models import Person
from helpdesk.notices.models import Notice, NoticeRecipient
from tests.support.signing_in import sign_in

_once = count(1)


def once() -> str:
    return f"notice-once-{next(_once)}"


def written(kind: str = "outage", **values: Any) -> dict[str, Any]:
    """The form, filled in; times are Chicago's, where the tests' noon is."""
    form: dict[str, Any] = {
        "once": once(),
        "title": "The HMIS cannot be reached",
        "text": "Nobody can **sign in**. We are on it.",
        "groups": ["users"],
    }
    if kind in ("outage", "degraded"):
        form["discovered"] = "2026-11-20T12:00"
    if kind == "maintenance":
        form |= {"begins": "2026-11-21T20:00", "ends": "2026-11-21T23:00"}
    return {**form, **values}


def post_new(client: FlaskClient, by: Person, kind: str = "outage", **values: Any) -> TestResponse:
    return sign_in(client, by).post(f"/notices/new?kind={kind}", data=written(kind, **values))


def drafted(client: FlaskClient, by: Person, kind: str = "outage", **values: Any) -> Notice:
    response = post_new(client, by, kind, **values)
    assert response.status_code == 302, response.get_data(as_text=True)
    return notice(int(response.location.rsplit("/", 1)[1]))


def sent(client: FlaskClient, by: Person, kind: str = "outage", **values: Any) -> Notice:
    row = drafted(client, by, kind, **values)
    response = deed(client, by, row, "send")
    assert response.status_code == 302, response.get_data(as_text=True)
    return notice(row.id)


def deed(client: FlaskClient, by: Person, row: Notice, name: str, **fields: Any) -> TestResponse:
    data = {f"{name}-once": once(), **{f"{name}-{field}": value for field, value in fields.items()}}
    return sign_in(client, by).post(f"/notices/{row.id}/{name}", data=data)


def notice(notice_id: int) -> Notice:
    db.session.expire_all()
    return db.session.get_one(Notice, notice_id)


def people_told(row: Notice, message: str = "notice-sent") -> list[int | None]:
    """Who has a mail of this name about the notice, by number."""
    about = (OutboxMessage.subject_type == "notice", OutboxMessage.subject_id == row.id)
    query = select(OutboxMessage.person_id).where(*about, OutboxMessage.message == message)
    return sorted(db.session.scalars(query))


def recipients(row: Notice) -> list[int]:
    query = select(NoticeRecipient.person_id).where(NoticeRecipient.notice_id == row.id)
    return sorted(db.session.scalars(query))


def numbers(*people: Person) -> list[int]:
    return sorted(person.id for person in people)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
