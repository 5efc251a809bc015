"""API tokens: shown once, kept as hashes, never worth more than their owner is at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import select

from core.accounts import rules
from core.accounts.models import Account, ApiToken
from core.accounts.sealing import hashed, new_token
from core.audit import record
from core.authz import Principal, granted, principal_for
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid, NotFound

PREFIX = "hd_"
GRAIN = timedelta(minutes=1)
DAYS = (30, 90, 365)
MOST = 20


def create(
    account: Account, owner: Principal, name: str, scopes: Iterable[str], days: int, at: datetime
) -> tuple[ApiToken, str]:
    """The row and the token, which is shown once. Raises Invalid for what the owner may not do themselves."""
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= offered_to(owner):
        raise Invalid("Choose what the token may do, from what you may do yourself.", field="scopes")
    if days not in DAYS:
        raise Invalid("Choose for how long the token works.", field="days")
    if len(active(account.id, at)) >= MOST:
        raise Conflict(f"You already have {MOST} tokens.", "Revoke one that is no longer used.")
    token = PREFIX + new_token()
    row = ApiToken(
        account_id=account.id,
        name=name,
        hint=token[:8],
        token_hash=hashed(token),
        scopes=wanted,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    db.session.add(row)
    db.session.flush()
    record("account.token-created", row, data={"name": name, "scopes": wanted, "expires_at": row.expires_at})
    return row, token


def permissions_of(owner: Principal) -> frozenset[str]:
    """Everything the person may do somewhere."""
    return frozenset(p for role in owner.roles for p in granted(role) if owner.can(p))


def offered_to(owner: Principal) -> frozenset[str]:
    """What a token of theirs can be for: what they may do, as far as some operation of the API asks for it."""
    return permissions_of(owner) & asked_for()


def asked_for() -> frozenset[str]:
    """Every permission that lets somebody in at an operation of the API."""
    rules = (rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith("/api/"))
    views: list[Any] = [current_app.view_functions[rule.endpoint] for rule in rules]
    return frozenset(str(p) for view in views for p in view.permissions if isinstance(p, StrEnum))


def revoke(account_id: int, token_id: int, at: datetime) -> None:
    row = db.session.get(ApiToken, token_id)
    if row is None or row.account_id != account_id:
        raise NotFound()
    if row.revoked_at is None:
        row.revoked_at = at
        db.session.flush()
        record("account.token-revoked", row, data={"name": row.name})


def active(account_id: int, at: datetime) -> list[ApiToken]:
    works = (ApiToken.revoked_at.is_(None), ApiToken.expires_at > at)
    query = select(ApiToken).where(ApiToken.account_id == account_id, *works)
    return list(db.session.scalars(query.order_by(ApiToken.id)))


def principal_of(token: str, at: datetime) -> Principal | None:
    """Whom the token speaks for, with the roles they hold right now; None for one that does not work."""
    row = db.session.scalar(select(ApiToken).where(ApiToken.token_hash == hashed(token)))
    if row is None or row.revoked_at is not None or at >= row.expires_at:
        return None
    account = row.account
    owner = principal_for(account.person, at, frozenset(row.scopes))
    waiting = rules.next_step(
        roles=owner.roles,
        enrolled=account.totp_confirmed_at is not None,
        proved=True,
        must_change=account.must_change_password,
    )
    if not owner.grants or waiting:
        return None
    if row.last_used_at is None or at - row.last_used_at >= GRAIN:
        with unit_of_work():
            row.last_used_at = at
    return owner
