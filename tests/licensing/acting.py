"""What the tests of licensing do over and over, through the pages."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import Agency, Person, Project
from licensing.access import rules, services
from licensing.access.models import AccessRequest, License
from licensing.departures.models import DepartureNotice
from licensing.departures.rules import say_span
from licensing.departures.services import DEACTIVATION, NOTICE, clock_of, lateness
from tests.support.factories import World
from tests.support.signing_in import sign_in

_once = count(1)


def words(answer: TestResponse) -> str:
    """The page as one line of text, without its marks."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    plain = re.sub(r"<[^>]+>", " ", text)
    for mark, char in (("&#39;", "'"), ("&ldquo;", '"'), ("&rdquo;", '"'), ("&#34;", '"'), ("&amp;", "&")):
        plain = plain.replace(mark, char)
    return " ".join(plain.split())


def read(client: FlaskClient, person: Person, path: str) -> str:
    answer = sign_in(client, person).get(path)
    assert answer.status_code == 200, answer.status_code
    return words(answer)


def mails(message: str) -> list[OutboxMessage]:
    return list(
        db.session.scalars(select(OutboxMessage).where(OutboxMessage.message == message).order_by(OutboxMessage.id))
    )


# ------------------------------------------------------------------ access


def asked(project: Project | None, **values: Any) -> dict[str, Any]:
    """The request form, filled in."""
    form = {
        "once": f"once-{next(_once)}",
        "name": "Lena Chen",
        "email": "l.chen@agency.test",
        "job_title": "Caseworker",
        "employment": "paid-staff",
        "projects": [str(project.id)] if project else [],
        "is_of_age": "y",
        "enters_data": "yes",
    }
    return {key: value for key, value in (form | values).items() if value is not None}


def ask(client: FlaskClient, person: Person, form: dict[str, Any]) -> TestResponse:
    return sign_in(client, person).post("/access/new", data=form)


def request_made(client: FlaskClient, world: World, **values: Any) -> AccessRequest:
    answer = ask(client, world.representative, asked(world.project, **values))
    assert answer.status_code == 302, words(answer)
    return request_again(int(answer.location.rsplit("/", 1)[1]))


def request_again(request_id: int) -> AccessRequest:
    db.session.expire_all()
    row = db.session.get(AccessRequest, request_id)
    assert row is not None
    return row


def decide(
    client: FlaskClient, person: Person, row: AccessRequest, act: str = "approve", reason: str = "Known to us."
) -> TestResponse:
    return sign_in(client, person).post(
        f"/access/{row.id}/{act}", data={"decision-reason": reason, "decision-seen": row.state.value}
    )


def confirm(client: FlaskClient, person: Person, row: AccessRequest, line: str, **values: Any) -> TestResponse:
    form = {f"{line}-reason": "Seen on file.", **{f"{line}-{key}": value for key, value in values.items()}}
    return sign_in(client, person).post(f"/access/{row.id}/confirm/{line}", data=form)


def confirm_all(client: FlaskClient, person: Person, row: AccessRequest, *, but: str = "") -> list[str]:
    """The Lead's staff answers for every line that is theirs; returns the lines."""
    policy = services.policy_of(row, clock.now())
    lines = sorted(str(line) for line in rules.confirmable_lines(policy) if line != but)
    for line in lines:
        assert confirm(client, person, row, line).status_code == 302
    return lines


def activate(client: FlaskClient, person: Person, row: AccessRequest) -> TestResponse:
    return sign_in(client, person).post(f"/access/{row.id}/activate")


def lines_of(row: AccessRequest) -> dict[str, str]:
    return {line.key: str(line.state) for line in services.eligibility(request_again(row.id), clock.now())}


def license_of(person: Person, agency: Agency) -> License | None:
    db.session.expire_all()
    query = select(License).where(License.person_id == person.id, License.agency_id == agency.id)
    return db.session.scalar(query.order_by(License.id.desc()))


def give_license(person: Person, agency: Agency) -> License:
    """A license in force, without the request."""
    with unit_of_work() as session:
        values = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "person_id": person.id}
        held = License(**values, since=clock.now())
        session.add(held)
        session.flush()
    return held


# ------------------------------------------------------------------ departures


def leaving(person: Person, day: str, time: str, **values: Any) -> dict[str, Any]:
    """The departure form, filled in, with the name that is asked for where access would end at once."""
    form = {"once": f"once-{next(_once)}", "person": str(person.id), "left_on": day, "left_at": time, "reason": "left"}
    return form | {"typed_name": person.name.split()[-1]} | values


def tell(client: FlaskClient, by: Person, agency: Agency, form: dict[str, Any]) -> TestResponse:
    return sign_in(client, by).post(f"/departures/new?agency={agency.id}", data=form)


def noted(client: FlaskClient, by: Person, agency: Agency, form: dict[str, Any]) -> DepartureNotice:
    answer = tell(client, by, agency, form)
    assert answer.status_code == 302, words(answer)
    return departure_again(int(answer.location.rsplit("/", 1)[1]))


def departure_again(departure_id: int) -> DepartureNotice:
    db.session.expire_all()
    row = db.session.get(DepartureNotice, departure_id)
    assert row is not None
    return row


def late(row: DepartureNotice, at: datetime | None = None) -> tuple[str, str]:
    """By how much the agency was late with its notice, and the Lead with ending access; empty for on time."""
    told = lateness(departure_again(row.id), at or clock.now())
    return tuple(say_span(told[kind]) if told[kind] else "" for kind in (NOTICE, DEACTIVATION))


def clock_row(row: DepartureNotice, kind: str = NOTICE):
    return clock_of(departure_again(row.id), kind)
