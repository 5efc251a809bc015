"""Catalogue 49: secrets in play show in no log, no address, no error page, no audit row and no column that is read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, text

from core import clock
from core.accounts.guard import limiter
from core.audit import AuditEvent
from core.db import Base, db
from tests.accounts.visitor import Visitor, code_now, link_in, mails
from tests.conftest import NOON
from tests.support.factories import World, make_world
from tests.support.signing_in import PASSWORD, TOTP_SECRET, account_for, api_headers
from tests.tickets.acting import nonce

SSN = "219-09-9999"
NEW_PASSWORD = "canary of seven yellow boats"
OUR_LOGGERS = ("core", "helpdesk", "licensing", "api", "hearthdesk", "app", "config", "flask.app", "werkzeug", "rq")


@pytest.fixture
def world(app) -> Iterator[World]:
    limiter.reset()
    with clock.frozen(NOON):
        yield make_world()
    limiter.reset()


@dataclass
class Heard:
    """Every address somebody was sent to, and every secret that was in play."""

    places: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)


class Noting(Visitor):
    def __init__(self, app, heard: Heard) -> None:
        super().__init__(app)
        self.heard = heard

    def _seen(self, response):
        self.heard.places.append(response.headers.get("Location", ""))
        return super()._seen(response)


@pytest.fixture
def heard(app, world: World, caplog: pytest.LogCaptureFixture) -> Heard:
    """A day with all of them: signing in, a wrong password, a reset, a token, and an SSN."""
    for name in OUR_LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)
    heard = Heard(secrets={"ssn": SSN, "password": PASSWORD, "new password": NEW_PASSWORD, "totp": TOTP_SECRET})
    visitor = Noting(app, heard)
    account_for(world.end_user)
    visitor.password(world.end_user, "wrong " + NEW_PASSWORD)
    visitor.password(world.end_user)
    visitor.code()
    heard.secrets["session"] = visitor.token
    with_ssn = {"subject": "A client", "text": f"Her number is {SSN}.", "category": "problem", "nonce": nonce()}
    assert visitor.submit("/tickets/new", **with_ssn).status_code == 422
    assert visitor.submit("/tickets/new", **{**with_ssn, "subject": SSN, "text": "x"}).status_code == 422
    visitor.submit("/account/tokens", current=PASSWORD, name="Roster", scopes="tickets.view", days="30")
    token = api_headers(world.end_user)["Authorization"].split()[1]
    heard.secrets["api token"] = token
    for body in ({"subject": SSN, "text": SSN}, {"subject": "S", "text": SSN, "unknown": SSN}):
        response = visitor.client.post("/api/v1/tickets", json=body, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 422
        assert SSN not in response.get_data(as_text=True)
    visitor.submit("/sign-out")
    visitor.submit("/forgot-password", email=world.end_user.email)
    link = link_in(mails(world.end_user, "account-reset")[0])
    heard.secrets["reset token"] = link.rsplit("/", 1)[1]
    visitor.open(link)
    assert visitor.submit("/set-password", password=NEW_PASSWORD, again=NEW_PASSWORD).status_code == 302
    limiter.reset()
    return heard


def test_no_secret_in_any_log(heard: Heard, caplog: pytest.LogCaptureFixture):
    written = "\n".join(f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert [name for name, value in heard.secrets.items() if value in written] == []


def test_no_secret_in_an_address_one_is_sent_to(heard: Heard):
    sent_to = "\n".join(heard.places)
    assert "/sign-in" in sent_to
    assert [name for name, value in heard.secrets.items() if value in sent_to] == []


def test_no_secret_in_the_audit_trail(heard: Heard):
    rows = db.session.scalars(select(AuditEvent)).all()
    assert {"account.token-created", "account.password-set"} <= {row.action for row in rows}
    told = "\n".join(f"{row.action} {row.actor} {row.data}" for row in rows)
    assert [name for name, value in heard.secrets.items() if value in told] == []


def test_no_secret_in_any_row_but_the_mail_that_brings_it(heard: Heard):
    """Passwords and tokens as hashes, the authenticator's secret sealed; a link only in the mail itself."""
    found = []
    for table in Base.metadata.sorted_tables:
        rows = "\n".join(db.session.scalars(text(f'select t::text from "{table.name}" t')))
        found += [(table.name, name) for name, value in heard.secrets.items() if value in rows]
    assert found == [("outbox_message", "reset token")]


@pytest.mark.parametrize("path", ["/sign-in", "/set-password", "/tickets/new", "/api/v1/tickets"])
def test_no_secret_on_an_error_page(app, world: World, caplog, monkeypatch, path: str):
    """Something breaks underneath while a form full of secrets is sent: neither the page nor the log repeats it."""
    for name in OUR_LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)
    visitor = Visitor(app).sign_in(world.end_user)
    headers = api_headers(world.end_user)
    token = headers["Authorization"].split()[1]
    visitor.open("/tickets/new")

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    endpoint, _ = app.url_map.bind("localhost").match(path, method="POST")
    monkeypatch.setitem(app.view_functions, endpoint, breaks)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    sent = {"password": NEW_PASSWORD, "again": NEW_PASSWORD, "code": code_now(), "text": SSN, "subject": SSN}
    try:
        if path.startswith("/api/"):
            response = visitor.client.post(path, json=sent, headers=headers)
        else:
            response = visitor.client.post(f"{path}?token={token}", data={"csrf_token": visitor.csrf, **sent})
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert response.status_code == 500
    page = response.get_data(as_text=True)
    written = "\n".join(f"{r.getMessage()} {r.exc_text or ''}" for r in caplog.records)
    assert "broken on purpose" in written
    assert "broken on purpose" not in page
    assert "Traceback" not in page
    for secret in (NEW_PASSWORD, SSN, token, visitor.token, TOTP_SECRET):
        assert secret not in page
        assert secret not in written
