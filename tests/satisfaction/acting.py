"""What the tests of satisfaction do over and over, through pages and mails."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.db import db
from helpdesk.satisfaction.models import Satisfaction
from helpdesk.tickets.models import Ticket
from tests.support.factories import World
from tests.support.signing_in import sign_out
from tests.tickets.acting import do, fresh, mails, opened

ASKED = "/how-was-it/"


def closed(client: FlaskClient, world: World, ticket: Ticket | None = None, **values: Any) -> Ticket:
    """A request that the agent closed."""
    ticket = ticket or opened(world, **values)
    answer = do(client, world.agent, ticket, "close")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return fresh(ticket.id)


def closings(ticket: Ticket) -> list[Satisfaction]:
    query = select(Satisfaction).where(Satisfaction.ticket_id == ticket.id).order_by(Satisfaction.closing)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def link_of(ticket: Ticket) -> str:
    """The path in the newest closing mail about the request, or ""."""
    bodies = [m.body_text for m in mails() if m.message in ("ticket-closed", "ticket-declined")]
    of_it = [body for body in bodies if f"request {ticket.id}" in body.lower()]
    found = re.findall(rf"{ASKED}\S+", of_it[-1]) if of_it else []
    return found[0] if found else ""


def by_link(client: FlaskClient, link: str, **values: Any) -> TestResponse:
    """Somebody who is not signed in sends the form behind the link."""
    sign_out(client)
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert token, "the page has a form"
    return client.post(link, data={"mark": "4", "comment": "", "csrf_token": token[1], **values})
