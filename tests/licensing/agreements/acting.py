"""What the tests of agreements do over and over."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import CoC, Person
from licensing.agreements import documents
from licensing.agreements.documents import Written
from licensing.agreements.models import Agreement, Document
from licensing.agreements.rules import Kind
from tests.support.signing_in import sign_in

EXPECTED = (
    "data-security", "privacy-and-confidentiality", "policies-and-procedures", "refreshing-knowledge",
    "reporting-deviations", "disciplinary-action",
)  # fmt: skip
CLAUSES = tuple(f"I keep to rule {number}." for number in range(1, 7))
COVERS = dict(zip(EXPECTED, range(1, 7), strict=True))


def published(
    coc: CoC, by: Person, kind: Kind = Kind.AGENCY, *, clauses: tuple[str, ...] = CLAUSES, send: bool = True
) -> Document:
    """A document of the CoC, written and published by somebody of the Lead."""
    now = clock.now()
    with unit_of_work():
        office = principal_for(by, now)
        row = documents.begin(coc.lead, coc, kind, f"The {kind}", office, f"{kind}-{coc.id}", now)
        documents.write(row.versions[0], Written("What we agree on.", clauses, COVERS))
        documents.publish(row.versions[0], now.date(), office, now, resigns=send)
    return row


def changed(row: Document, by: Person, body: str = "What we agree on now.", *, resigns: bool = True) -> int:
    """A new version of it; returns to how many it was sent."""
    now = clock.now()
    with unit_of_work() as session:
        again = session.get_one(Document, row.id)
        draft = documents.new_version(again, now)
        documents.write(draft, Written(body, CLAUSES, COVERS, "The first sentence."))
        return documents.publish(draft, now.date(), principal_for(by, now), now, resigns=resigns)


def agreements(**where: Any) -> list[Agreement]:
    db.session.expire_all()
    return list(db.session.scalars(select(Agreement).filter_by(**where).order_by(Agreement.id)))


def newest(**where: Any) -> Agreement:
    return agreements(**where)[-1]


def sign(client: FlaskClient, person: Person, row: Agreement, **values: Any) -> TestResponse:
    form = {"once": "x", "name": person.name, "ticked": [str(n) for n in range(len(row.version.clauses))]}
    return sign_in(client, person).post(f"/agreements/{row.id}/sign", data=form | values)


def countersign(client: FlaskClient, person: Person, row: Agreement, name: str = "") -> TestResponse:
    form = {"once": "x", "name": name or person.name}
    return sign_in(client, person).post(f"/agreements/{row.id}/countersign", data=form)
