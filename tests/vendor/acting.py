"""What the tests of vendor cases do over and over, through the pages."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import Person
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category
from helpdesk.vendor import contacts, services
from helpdesk.vendor.models import CaseMessage, CaseStep, VendorCase, VendorContact
from helpdesk.vendor.rules import Severity
from tests.support.factories import World
from tests.support.signing_in import sign_in
from tests.tickets.acting import nonce, opened


def at_lead(world: World, requester: Person | None = None, **values: Any) -> Ticket:
    """A request that the Lead has."""
    return opened(world, requester, category=Category.SECURITY, **values)


def new_case(client: FlaskClient, person: Person, ticket: Ticket | None = None, **values: Any) -> VendorCase:
    sign_in(client, person)
    form = {"nonce": nonce(), "title": "Saving fails", "severity": "high", "contact": 0, "number": "", **values}
    answer = client.post("/vendor-cases/new", data={**form, "ticket": ticket.id if ticket else ""})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    found = re.search(r"/vendor-cases/(\d+)", answer.location)
    assert found
    return again(int(found[1]))


def case_with(world: World, *tickets: Ticket, title: str = "Saving fails", contact: VendorContact | None = None):
    """A case with these requests on it, without the pages."""
    with unit_of_work():
        details = services.Details(title, Severity.NORMAL)
        case = services.open_case(world.lead, details, contact, world.agent, clock.now())
        for ticket in tickets:
            services.join(case, ticket, world.agent, clock.now())
    return case


def named(world: World, name: str, part: str, rank: int) -> VendorContact:
    address = f"{name.split()[0].lower()}@vendor.test"
    with unit_of_work():
        by = principal_for(world.admin, clock.now())
        return contacts.add(world.lead, contacts.Named(name, part, address, "555 0100", rank), by)


def agreed(world: World, misses: int = 2) -> None:
    with unit_of_work():
        by = principal_for(world.admin, clock.now())
        words = ("Section 9: credits of a tenth of the month's fee.", "The data committee")
        contacts.agree(world.lead, misses, *words, by, clock.now(), nonce())


def post(client: FlaskClient, person: Person, url: str, prefix: str = "", **values: Any) -> TestResponse:
    sign_in(client, person)
    fields = {"nonce": nonce(), **values}
    return client.post(url, data={f"{prefix}-{k}" if prefix else k: v for k, v in fields.items()})


def act(client: FlaskClient, person: Person, case: VendorCase, name: str, **values: Any) -> TestResponse:
    fields = {"reason": "As the vendor told us.", **values}
    return post(client, person, f"/vendor-cases/{case.id}/{name}", name, **fields)


def previewed(client: FlaskClient, person: Person, case: VendorCase, text: str, **values: Any) -> str:
    answer = post(client, person, f"/vendor-cases/{case.id}/preview", "letter", text=text, **values)
    assert answer.status_code == 200, answer.get_data(as_text=True)[-3000:]
    return answer.get_data(as_text=True)


def digest_in(page: str) -> str:
    found = re.search(r'name="letter-digest"[^>]*value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def write(client: FlaskClient, person: Person, case: VendorCase, text: str = "Error 500 on save.", **values: Any):
    """Look at the letter, then send it."""
    digest = digest_in(previewed(client, person, case, text, **values))
    return post(client, person, f"/vendor-cases/{case.id}/send", "letter", text=text, digest=digest, **values)


def again(case_id: int) -> VendorCase:
    row = db.session.get(VendorCase, case_id, populate_existing=True)
    assert row is not None
    return row


def thread(case: VendorCase) -> list[CaseMessage]:
    query = select(CaseMessage).where(CaseMessage.case_id == case.id).order_by(CaseMessage.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def history(case: VendorCase) -> list[CaseStep]:
    query = select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))
