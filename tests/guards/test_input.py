"""What a request says beyond what it was asked: fields no form offers, ways out of the house, lines in headers."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core import clock
from core.db import Base, db
from core.outbox import drain
from core.people.models import Designation, LeadStaff, Membership, Person
from helpdesk.tickets.models import Ticket, TicketMessage
from licensing.access.models import AccessRequest
from licensing.departures.models import DepartureNotice
from tests.guards.test_csrf import routes
from tests.licensing.acting import asked, leaving
from tests.support.factories import World, make_lead, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.support.smtp import Sink
from tests.tickets.acting import FIELDS, nonce, opened

pytestmark = pytest.mark.usefixtures("app", "at_noon")

# Names of columns, as an attacker would guess them, with a value that would do harm.
SMUGGLED: dict[str, Any] = {
    "id": "424242",
    "lead_id": "{foreign}",
    "coc_id": "424242",
    "agency_id": "{other}",
    "state": "closed",
    "tier": "vendor",
    "priority": "urgent",
    "channel": "email",
    "requester_id": "{stranger}",
    "requester": "{stranger}",
    "requester_name": "Somebody else",
    "author_id": "{stranger}",
    "requested_by_id": "{stranger}",
    "told_by_id": "{stranger}",
    "noticed_by_id": "{stranger}",
    "decided_by_id": "{stranger}",
    "holder_person_id": "{stranger}",
    "opened_at": "2001-01-01T00:00:00Z",
    "requested_at": "2001-01-01T00:00:00Z",
    "noticed_at": "2001-01-01T00:00:00Z",
    "ends_at": "2001-01-01T00:00:00Z",
    "is_internal": "1",
    "pack": "vermont",
    "role": "admin",
    "password_hash": "x",
    "person_id": "{stranger}",
    "email": "stranger@evil.test",
}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def smuggled(world: World) -> dict[str, Any]:
    values = {"foreign": make_lead().id, "other": world.other_agency.id, "stranger": world.other_end_user.id}
    return {name: value.format(**values) for name, value in SMUGGLED.items()}


def columns(row: Base, *but: str) -> dict[str, Any]:
    db.session.expire_all()
    return {c.name: getattr(row, c.name) for c in row.__table__.columns if c.name not in but}


def newest(model: Any) -> Any:
    return db.session.scalars(select(model).order_by(model.id.desc()).limit(1)).one()


OWN_NUMBERS = ("id", "nonce", "once", "search", "number", "key")


@pytest.mark.parametrize(
    ("model", "path"), [(Ticket, "/tickets/new"), (AccessRequest, "/access/new"), (DepartureNotice, "/departures/new")]
)
def test_a_new_thing_is_the_same_with_fields_no_form_offers(
    client: FlaskClient, world: World, smuggled: dict[str, Any], model: Any, path: str
):
    """Made twice by like people, once with every column's name thrown in: the rows are alike."""
    made = []
    for extra in ({}, smuggled):
        by = member(world.agency) if model is Ticket else world.representative
        leaver = member(world.agency)
        forms = {
            "/tickets/new": {"subject": "S", "text": "T", "category": "problem", "nonce": nonce()},
            "/access/new": asked(world.project, name="L. Chen", email=f"l{len(made)}@agency.test"),
            "/departures/new": leaving(leaver, "2026-11-20", "11:30"),
        }
        response = sign_in(client, by).post(path, data={**extra, **forms[path]})
        assert response.status_code == 302, response.get_data(as_text=True)
        row = newest(model)
        who = {by.id: "by", leaver.id: "leaver", by.name: "by", by.email: "by", f"l{len(made)}@agency.test": "asked"}
        made.append({k: who.get(v, v) if v.__hash__ else v for k, v in columns(row, *OWN_NUMBERS).items()})
    assert made[0] == made[1]


@pytest.mark.parametrize("action", ["reply", "answer", "note", "assign", "close", "decline", "forward"])
def test_a_deed_changes_nothing_that_its_form_does_not_offer(client, smuggled, action: str):
    """Bare, and with the prefix that the form's own fields carry."""
    world = make_world("sonoma", "America/Los_Angeles")
    rows, said = [], []
    for extra in ({}, {**smuggled, **{f"{action}-{name}": value for name, value in smuggled.items()}}):
        ticket = opened(world)
        person = world.end_user if action == "reply" else world.agent
        fields = {"nonce": nonce(), **FIELDS.get(action, {})}
        sent = {**extra, **{f"{action}-{name}": value for name, value in fields.items()}}
        assert sign_in(client, person).post(f"/tickets/{ticket.id}/{action}", data=sent).status_code == 302
        rows.append(columns(ticket, *OWN_NUMBERS))
        said.append(columns(newest(TicketMessage), *OWN_NUMBERS, "ticket_id", "message_id", "act"))
    assert rows[0] == rows[1]
    assert said[0] == said[1]


def test_ones_own_details_are_phone_and_zone_only(client, world: World, smuggled: dict[str, Any]):
    before = columns(world.end_user, "phone", "tz")
    rows = [len(db.session.scalars(select(m)).all()) for m in (Membership, Designation, LeadStaff, Person)]
    sent = {**smuggled, "name": "New Name", "phone": "555", "tz": ""}
    assert sign_in(client, world.end_user).post("/account", data=sent).status_code == 302
    assert columns(world.end_user, "phone", "tz") == before
    assert [len(db.session.scalars(select(m)).all()) for m in (Membership, Designation, LeadStaff, Person)] == rows


@pytest.mark.parametrize("path", ["/api/v1/tickets", "/api/v1/access-requests", "/api/v1/departures"])
def test_the_api_refuses_a_field_it_does_not_know(client, world: World, path: str):
    bodies = {
        "/api/v1/tickets": {"subject": "S", "text": "T"},
        "/api/v1/access-requests": {
            "agency_id": world.agency.id,
            "name": "L. Chen",
            "email": "l@agency.test",
            "employment": "paid-staff",
            "is_of_age": True,
            "project_ids": [world.project.id],
        },
        "/api/v1/departures": {
            "agency_id": world.agency.id,
            "person_id": world.end_user.id,
            "leaves_at": clock.now().isoformat(),
            "reason": "left",
            "ends_at_once": True,
        },
    }
    headers = api_headers(world.representative)
    for name in ("state", "lead_id", "requester_id", "tier"):
        response = client.post(path, json={**bodies[path], name: "1"}, headers=headers)
        assert response.status_code == 422, (name, response.get_data(as_text=True))
    assert client.post(path, json=bodies[path], headers=headers).status_code == 201


# ------------------------------------------------------------------ ways out, and headers

ELSEWHERE = (
    "https://evil.test/",
    "//evil.test/",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/%09/evil.test",
    "/\t/evil.test",
    "http:evil.test",
    "javascript:alert(1)",
    "/x\r\nSet-Cookie: stolen=1",
    "/x\r\n\r\n<script>",
)


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_page_sends_anybody_elsewhere(app, client: FlaskClient, world: World, wanted: str):
    """Whoever asks, on every page that takes no number, by address and by form."""
    paths = [path for _, path in routes(app, "GET") if not any(c.isdigit() for c in path.replace("/api/v1", ""))]
    for path in paths:
        response = client.get(path, query_string={"next": wanted, "url": wanted, "return": wanted})
        assert_at_home(response, path)
    sign_in(client, world.admin)
    for path in ("/sign-in", "/sign-in/code", "/sign-in/second-factor", "/", "/tickets"):
        assert_at_home(client.get(path, query_string={"next": wanted}), path)
    assert_at_home(client.post("/sign-out", data={"next": wanted}), "/sign-out")


def assert_at_home(response: Any, path: str) -> None:
    location = response.headers.get("Location", "/")
    assert location.startswith("/"), (path, location)
    assert not location.startswith(("//", "/\\")), (path, location)
    assert "stolen" not in response.headers.get("Set-Cookie", ""), path
    assert response.headers.get("stolen") is None


@pytest.mark.parametrize("hostile", ["x\r\nBcc: a@evil.test", "x\nSubject: y", "x\r\n\r\nbody"])
def test_no_line_of_ones_own_in_a_header(client, world: World, sink: Sink, hostile: str):
    """A ticket's subject travels on in mails; what was typed starts no header of its own there."""
    sign_in(client, world.end_user)
    sent = {"subject": hostile, "text": "T", "category": "problem", "nonce": nonce()}
    response = client.post("/tickets/new", data=sent)
    assert response.status_code in (302, 422)
    drain()
    for mail in sink.mails:
        assert "Bcc" not in mail
        assert len(mail.get_all("Subject", [])) == 1
        assert "a@evil.test" not in sink.recipients
    assert bool(sink.mails) == (response.status_code == 302)
