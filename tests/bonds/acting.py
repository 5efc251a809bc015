"""What the tests of requests that belong together do over and over, through the pages."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db import db
from core.people.models import Person
from helpdesk.tickets.models import Ticket
from tests.support.signing_in import sign_in
from tests.tickets.acting import nonce

WHY = "The same matter."


def act(client: FlaskClient, by: Person, ticket: Ticket, page: str, **values: Any) -> TestResponse:
    """Send the form of one of the pages of a request."""
    sign_in(client, by)
    answer = client.post(f"/tickets/{ticket.id}/{page}", data={"nonce": nonce(), **values})
    db.session.expire_all()
    return answer


def merge(client: FlaskClient, by: Person, source: Ticket, into: Ticket, **values: Any) -> TestResponse:
    return act(client, by, source, "merge-into", **{"into": f"#{into.id}", "reason": WHY, **values})


def merged(client: FlaskClient, by: Person, source: Ticket, into: Ticket, **values: Any) -> None:
    answer = merge(client, by, source, into, **values)
    assert answer.status_code == 302, answer.get_data(as_text=True)


def taken_out(client: FlaskClient, by: Person, source: Ticket, **values: Any) -> None:
    answer = act(client, by, source, "unmerge", **{"reason": "Not the same.", **values})
    assert answer.status_code == 302, answer.get_data(as_text=True)
