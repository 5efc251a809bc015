"""Signing in without the pages: for every test that is about something else."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from core import clock
from core.accounts import passwords, sealing, sessions, tokens
from core.accounts.models import Account
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import Person

PASSWORD = "rowboat lantern forty maples"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@lru_cache(maxsize=1)
def _password_hash() -> str:
    return passwords.hash_password(PASSWORD)


def account_for(person: Person, *, second_factor: bool = True) -> Account:
    """The person's account, with PASSWORD and, if wanted, a confirmed second factor of TOTP_SECRET."""
    found = db.session.scalar(select(Account).where(Account.person_id == person.id))
    if found:
        return found
    with unit_of_work() as session:
        account = Account(person_id=person.id, password_hash=_password_hash(), created_at=clock.now())
        if second_factor:
            account.totp_secret = sealing.seal(TOTP_SECRET)
            account.totp_confirmed_at = clock.now()
        session.add(account)
        session.flush()
    return account


def sign_in(client: FlaskClient, person: Person) -> FlaskClient:
    """The client is now this person: the cookie is set, and each request brings the CSRF token along."""
    with unit_of_work():
        account = account_for(person)
        row, token = sessions.start(account, clock.now(), "127.0.0.1", "test")
        row.second_factor_at = clock.now()
    client.set_cookie(sessions.cookie_name(), token)
    client.environ_base["HTTP_X_CSRFTOKEN"] = csrf_token(token)
    return client


def sign_out(client: FlaskClient) -> None:
    """The client is nobody again; the session itself stays as it was."""
    client.delete_cookie(sessions.cookie_name())
    client.environ_base.pop("HTTP_X_CSRFTOKEN", None)


def csrf_token(session_token: str) -> str:
    """What the pages of the session with this token put into their forms."""
    signer = URLSafeTimedSerializer(current_app.secret_key, salt="wtf-csrf-token")
    return signer.dumps(sealing.bound_to(session_token, "csrf"))


def api_headers(person: Person, *scopes: str) -> dict[str, str]:
    """Headers of a program that acts for the person, with the scopes given or all that the person has."""
    with unit_of_work():
        account = account_for(person)
        owner = principal_for(person, clock.now())
        wanted = scopes or tuple(tokens.offered_to(owner))
        _, token = tokens.create(account, owner, "a test", wanted, 30, clock.now())
    return {"Authorization": f"Bearer {token}"}
