"""What the tests of tickets do over and over, through the pages."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import Person
from helpdesk.tickets import services
from helpdesk.tickets.models import Ticket, TicketMessage, TierStay
from helpdesk.tickets.rules import Category, Channel
from tests.support.factories import World
from tests.support.signing_in import sign_in

_nonces = count(1)


# What each category needs to know, in the names of the form.
ANSWERS: dict[str, dict[str, Any]] = {
    "duplicate-merge": {"q_first_case": "104877", "q_second_case": "98012", "q_enrollments_here": "no"},
    "locked-record": {"q_household": "3", "q_client_ids": "104877", "q_entered": "no"},
    "release-gap": {
        "q_client_ids": "104877",
        "q_earlier_ends": "2026-09-01",
        "q_later_begins": "2026-10-01",
        "q_entered": "no",
    },
}


def nonce() -> str:
    return f"nonce-{next(_nonces)}"


def ask(client: FlaskClient, person: Person, subject: str = "Cannot save the move-in date", **values: Any) -> Ticket:
    """Somebody asks for help on the page; returns the ticket made."""
    sign_in(client, person)
    form = {
        "subject": subject,
        "text": "It says the date is out of range.",
        "category": "problem",
        "nonce": nonce(),
        **ANSWERS.get(values.get("category", ""), {}),
        **values,
    }
    answer = client.post("/tickets/new", data=form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return fresh(int(answer.location.rsplit("/", 1)[1]))


def opened(world: World, requester: Person | None = None, **values: Any) -> Ticket:
    """A ticket of the world's end user, without the page."""
    person = requester or world.end_user
    asked = {
        "lead": world.lead,
        "agency": world.agency,
        "channel": Channel.WEB,
        "category": Category.PROBLEM,
        "at": clock.now(),
        "text": "It says the date is out of range.",
        "subject": "Cannot save the move-in date",
        **values,
    }
    subject, text = asked.pop("subject"), asked.pop("text")
    with unit_of_work():
        return services.open_ticket(person, person.email, person.name, subject, text, **asked)


def do(client: FlaskClient, person: Person, ticket: Ticket, action: str, **values: Any) -> TestResponse:
    """Somebody sends the form of an action."""
    sign_in(client, person)
    fields = {"nonce": nonce(), **FIELDS.get(action, {}), **values}
    return client.post(
        f"/tickets/{ticket.id}/{action}", data={f"{action}-{name}": value for name, value in fields.items()}
    )


FIELDS: dict[str, dict[str, Any]] = {
    "reply": {"text": "It still happens."},
    "answer": {"text": "Please clear the browser's cache."},
    "note": {"text": "Third one this week."},
    "ask-vendor": {"text": "Saving a move-in date fails with error 500."},
    "forward": {"reason": "Not a setting of ours."},
    "hand-back": {"reason": "This is a setting of the agency's."},
    "assign": {"to": 0},
    "close": {"reason": "The cache was cleared."},
    "decline": {"reason": "This is about the copier."},
    "reopen": {"reason": "It is back."},
    "call": {"reason": "Nobody answered the telephone."},
    "prioritize": {"to": "low", "reason": "It can wait for the next release."},
}


def fresh(ticket_id: int) -> Ticket:
    row = db.session.get(Ticket, ticket_id, populate_existing=True)
    assert row is not None
    return row


def messages_of(ticket: Ticket) -> list[TicketMessage]:
    query = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id).order_by(TicketMessage.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def stays_of(ticket: Ticket) -> list[TierStay]:
    query = select(TierStay).where(TierStay.ticket_id == ticket.id).order_by(TierStay.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def mails(message: str = "") -> list[OutboxMessage]:
    query = select(OutboxMessage).order_by(OutboxMessage.id)
    return [row for row in db.session.scalars(query) if not message or row.message == message]


def read(client: FlaskClient, person: Person, url: str, status: int = 200) -> str:
    sign_in(client, person)
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code, answer.get_data(as_text=True)[:3000])
    return answer.get_data(as_text=True)


def words(page: str) -> str:
    """What a page says, without its tags, spaces collapsed."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
