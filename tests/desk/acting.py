"""What the tests of the desk do over and over, through the pages."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db import db
from core.people.models import Person
from tests.support.signing_in import sign_in
from tests.tickets.acting import nonce


def post(client: FlaskClient, by: Person, url: str, /, **values: Any) -> TestResponse:
    sign_in(client, by)
    return client.post(url, data={"nonce": nonce(), **values})


def posted(client: FlaskClient, by: Person, url: str, /, **values: Any) -> TestResponse:
    answer = post(client, by, url, **values)
    assert answer.status_code == 302, (url, answer.status_code, answer.get_data(as_text=True)[:3000])
    db.session.expire_all()
    return answer
