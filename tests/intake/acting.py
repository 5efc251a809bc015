"""What the tests of intake do over and over, through the pages."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.people.models import Person
from helpdesk.tickets.models import Ticket
from tests.support.signing_in import sign_in
from tests.tickets.acting import ANSWERS, nonce

ASKING = {"subject": "Please help", "text": "Some plain words."}


def send(client: FlaskClient, person: Person, category: str, **values: Any) -> TestResponse:
    """The form of a new request, whatever comes of it."""
    sign_in(client, person)
    form = {**ASKING, "category": category, "nonce": nonce(), **ANSWERS.get(category, {}), **values}
    return client.post("/tickets/new", data=form)


def step(client: FlaskClient, person: Person, ticket: Ticket, name: str, **values: Any) -> TestResponse:
    """A step on a request: confirm-merge, merge, instruction, answers."""
    sign_in(client, person)
    told = {"text": "Sam at Harbor House confirmed it by phone."} if name in ("confirm-merge", "instruction") else {}
    return client.post(f"/tickets/{ticket.id}/{name}", data={"nonce": nonce(), **told, **values})
