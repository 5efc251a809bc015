"""Sessions live in the database; the browser's cookie holds a token and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Response, current_app
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import contains_eager

from core.accounts.models import Account, EndReason, LoginSession
from core.accounts.sealing import hashed, new_token
from core.authz import at_that_instant, places_of
from core.connections import by_key
from core.db import db

GRAIN = timedelta(seconds=15)  # how exactly the last request of a session is known; it saves a write on the others


def cookie_name() -> str:
    """With https, a name that a browser only takes from this very host."""
    return "__Host-hearthdesk-sign-in" if current_app.config["HEARTHDESK"].is_https else "hearthdesk-sign-in"


def give(response: Response, token: str) -> Response:
    """Put the session's token into the browser until it closes."""
    secure = current_app.config["HEARTHDESK"].is_https
    response.set_cookie(cookie_name(), token, httponly=True, secure=secure, samesite="Lax", path="/")
    return response


def start(account: Account, at: datetime, ip: str = "", agent: str = "") -> tuple[LoginSession, str]:
    """A new session and its token, which is not kept and cannot be told again."""
    token = new_token()
    row = LoginSession(
        account_id=account.id, token_hash=hashed(token), created_at=at, last_seen_at=at, ip=ip[:80], agent=agent[:300]
    )
    db.session.add(row)
    db.session.flush()
    return row, token


def renew(row: LoginSession) -> str:
    """Another token for the session: the old one is worth nothing any more."""
    token = new_token()
    row.token_hash = hashed(token)
    db.session.flush()
    return token


def find(token: str, at: datetime) -> tuple[LoginSession, list[Any]] | None:
    """The session of this token, ended or not, with its account and person, and where the person has which roles at
    `at`, as `core.authz.principal_for` takes it."""
    row = db.session.execute(_by_token(), {"token": hashed(token), **at_that_instant(at)}).first()
    return (row[0], row[1] or []) if row is not None else None


@cache
def _by_token() -> Any:
    """Made once: each request asks it."""
    query = select(LoginSession, places_of(Account)).join(LoginSession.account).join(Account.person)
    whole = contains_eager(LoginSession.account).contains_eager(Account.person)
    return by_key(query.where(LoginSession.token_hash == bindparam("token")).options(whole))


def is_stale(row: LoginSession, at: datetime) -> bool:
    """Whether it is time to write down that the session is in use."""
    return at - row.last_seen_at >= GRAIN


def touch(row: LoginSession, at: datetime) -> None:
    row.last_seen_at = at
    db.session.flush()


def end(row: LoginSession, reason: EndReason, at: datetime) -> None:
    """A session that has ended keeps its first reason."""
    row.ended_at = row.ended_at or at
    row.end_reason = row.end_reason or reason
    db.session.flush()


def end_all(account_id: int, reason: EndReason, at: datetime, keep: int | None = None) -> int:
    """End the account's sessions, all but `keep`; returns how many there were."""
    change = update(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
    if keep is not None:
        change = change.where(LoginSession.id != keep)
    done = db.session.execute(change.values(ended_at=at, end_reason=reason))
    return int(done.rowcount)  # type: ignore[attr-defined]


def open_sessions(account_id: int) -> list[LoginSession]:
    """Those not ended, the one used last first."""
    query = select(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())))
