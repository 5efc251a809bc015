"""Signing in: password, then the second factor. What went wrong is never told to the person at the door.

Each try holds the account's row until it is counted, so that a hundred at once are still counted one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.accounts import passwords, rules, second_factor, sessions
from core.accounts.models import Account, EndReason, LoginSession
from core.accounts.trail import lead_of, tell, tell_as_owner, tell_as_stranger
from core.accounts.visits import rules_for, step_of
from core.authz import Principal, principal_for
from core.db import db
from core.outbox import enqueue
from core.people.addresses import looked_up
from core.people.models import Person


@dataclass(frozen=True)
class Origin:
    """Where a try comes from, as the person will see it in their list of sessions."""

    ip: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Entry:
    """How a try ended: with a session's token, or refused; `ended`: the password was right, but no role is in force."""

    token: str = ""
    ended: bool = False


REFUSED = Entry()


def by_password(address: str, password: str, at: datetime, origin: Origin) -> Entry:
    """The first step. Unknown, locked, not yet accepted and wrong look alike and take alike."""
    account = account_of(address)
    right = passwords.matches(password, account.password_hash if account else "")
    if account is None:
        tell_as_stranger("account.sign-in-failed", None, ip=origin.ip)
        return REFUSED
    person = principal_for(account.person, at)
    if _still_locked(account, at):
        tell_as_stranger("account.sign-in-refused", account, why="locked", ip=origin.ip)
        return REFUSED
    if not right:
        _count_failure(account, person, at, origin, "password")
        return REFUSED
    if not person.grants:
        tell_as_owner("account.sign-in-refused", account, why="no role in force", ip=origin.ip)
        return Entry(ended=True)
    return _admit(account, person, password, at, origin)


def account_of(address: str) -> Account | None:
    """The account of a mail address, its row held until the unit of work ends."""
    if "\0" in address:
        return None
    query = select(Account).join(Person).where(func.lower(Person.email) == looked_up(address))
    return db.session.scalar(query.with_for_update(of=Account).execution_options(populate_existing=True))


def hold(account_id: int) -> Account:
    """The account's row, as it is now, held until the unit of work ends."""
    query = select(Account).where(Account.id == account_id).with_for_update(of=Account)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _admit(account: Account, person: Principal, password: str, at: datetime, origin: Origin) -> Entry:
    if passwords.needs_rehash(account.password_hash):
        account.password_hash = passwords.hash_password(password)
    row, token = sessions.start(account, at, origin.ip, origin.agent)
    if step_of(account, person, proved=False) is not rules.Step.SECOND_FACTOR:
        _complete(account, row, person, at)
    return Entry(token)


def by_code(session_id: int, code: str, at: datetime) -> Entry:
    """The second step: a code of the app, or a recovery code. The session goes on under another token."""
    row = db.session.get_one(LoginSession, session_id)
    account = hold(row.account_id)
    person = principal_for(account.person, at)
    if _still_locked(account, at):
        sessions.end(row, EndReason.LOCKED, at)
        tell_as_stranger("account.sign-in-refused", account, why="locked", ip=row.ip)
        return REFUSED
    if not second_factor.accept(account, code, at):
        _count_failure(account, person, at, Origin(row.ip, row.agent), "second factor", row)
        return REFUSED
    row.second_factor_at = at
    _complete(account, row, person, at)
    return Entry(sessions.renew(row))


def _complete(account: Account, row: LoginSession, person: Principal, at: datetime) -> None:
    """Everything asked was shown: forget the failures, and leave one session where the pack wants one."""
    account.failed_count = 0
    if rules_for(person, at).single_session:
        sessions.end_all(account.id, EndReason.ELSEWHERE, at, keep=row.id)
    tell_as_owner("account.signed-in", account, row, ip=row.ip, second_factor=row.second_factor_at is not None)


def _still_locked(account: Account, at: datetime) -> bool:
    """A lock whose time is over is lifted here, and the counting starts again."""
    if rules.is_locked(account.locked_at, account.locked_until, at):
        return True
    if account.locked_at is not None:
        unlock_row(account)
        tell("account.lock-eased", account)
    return False


def unlock_row(account: Account) -> None:
    account.locked_at = account.locked_until = None
    account.failed_count = 0
    db.session.flush()


def _count_failure(
    account: Account, person: Principal, at: datetime, origin: Origin, what: str, row: LoginSession | None = None
) -> None:
    account.failed_count += 1
    tell_as_stranger("account.sign-in-failed", account, what=what, failures=account.failed_count, ip=origin.ip)
    bound = rules_for(person, at)
    if rules.locks_at(bound, account.failed_count):
        account.locked_at, account.locked_until = at, rules.locked_until(bound, person.roles, at)
        tell_as_stranger("account.locked", account, until=account.locked_until, rules=bound.cites)
        _mail_lock(account, person, bound)
        if row:
            sessions.end(row, EndReason.LOCKED, at)
    db.session.flush()


def _mail_lock(account: Account, person: Principal, bound: rules.SignInRules) -> None:
    at = account.locked_at
    enqueue(
        "account-locked",
        account.person,
        key=f"account-locked:{account.id}:{at.isoformat() if at else ''}",
        context={"failures": bound.failures, "at": at, "until": account.locked_until, "cites": bound.cites},
        subject=account,
        lead_id=lead_of(person),
    )
