"""Somebody with a browser: opens pages, fills in their forms, and keeps the cookies."""

from __future__ import annotations

import html
import re

import pyotp
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.accounts import sessions
from core.db import db
from core.outbox import OutboxMessage
from core.people.models import Person
from tests.support.signing_in import PASSWORD, TOTP_SECRET, account_for

TOKEN = re.compile(r"&#34;X-CSRFToken&#34;: &#34;([^&]+)|\"X-CSRFToken\": \"([^\"]+)")


def code_now(secret: str = TOTP_SECRET, steps: int = 0) -> str:
    """What the person's phone shows at the time of the test, or `steps` half-minutes from it."""
    return pyotp.TOTP(secret).generate_otp(int(clock.now().timestamp()) // 30 + steps)


class Visitor:
    def __init__(self, app: APIFlask) -> None:
        self.client = app.test_client()
        self.page = ""
        self.csrf = ""

    def open(self, path: str) -> TestResponse:
        return self._seen(self.client.get(path))

    def submit(self, path: str, **fields: object) -> TestResponse:
        """Post a form as the page shown last would, or as any page that is open to all."""
        if not self.csrf:
            self.open("/forgot-password")
        return self._seen(self.client.post(path, data={"csrf_token": self.csrf, **fields}))

    def _seen(self, response: TestResponse) -> TestResponse:
        self.page = html.unescape(response.get_data(as_text=True))
        found = TOKEN.search(response.get_data(as_text=True))
        self.csrf = (found.group(1) or found.group(2)) if found else ""
        return response

    @property
    def token(self) -> str:
        cookie = self.client.get_cookie(sessions.cookie_name())
        return cookie.value if cookie else ""

    def password(self, person: Person | str, password: str = PASSWORD, **fields: object) -> TestResponse:
        email = person if isinstance(person, str) else person.email
        return self.submit("/sign-in", email=email, password=password, **fields)

    def code(self, code: str = "") -> TestResponse:
        return self.submit("/sign-in/code", code=code or code_now())

    def sign_in(self, person: Person) -> Visitor:
        """All the way in, through the pages, with the second factor everybody has in these tests."""
        account_for(person)
        self.password(person)
        self.code()
        assert self.is_in
        return self

    @property
    def is_in(self) -> bool:
        """Whether a page for signed-in people opens."""
        return self.open("/account").status_code == 200


def mails(person: Person, message: str) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.person_id == person.id, OutboxMessage.message == message)
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


def link_in(mail: OutboxMessage) -> str:
    """The path of the link a mail holds."""
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.body_text)
    assert found
    return found.group(1)
