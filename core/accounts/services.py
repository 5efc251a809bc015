"""The verbs around an account: invite, reset, change, lock and unlock."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update

from core import clock
from core.accounts import passwords, second_factor, sessions
from core.accounts.entry import account_of, hold, unlock_row
from core.accounts.models import Account, AccountLink, EndReason, LinkPurpose, LoginSession
from core.accounts.sealing import hashed, new_token
from core.accounts.trail import lead_of, tell, tell_as_owner, tell_as_stranger, warn
from core.authz import principal_for
from core.db import db
from core.errors import Conflict, Invalid
from core.outbox import OutboxMessage, enqueue
from core.outbox.services import relevant_while, render, secret
from core.people.models import Person

LASTS = {LinkPurpose.INVITATION: timedelta(days=7), LinkPurpose.RESET: timedelta(hours=1)}
MESSAGES = {LinkPurpose.INVITATION: "account-invitation", LinkPurpose.RESET: "account-reset"}


def account_for(person: Person, at: datetime) -> Account:
    """The person's account; made, without a password, when there is none yet."""
    account = db.session.scalar(select(Account).where(Account.person_id == person.id))
    if account is None:
        account = Account(person_id=person.id, created_at=at)
        db.session.add(account)
        db.session.flush()
        tell("account.created", account)
    return account


def invite(person: Person, at: datetime) -> Account:
    """Mail the person a link with which they choose their own password; nobody else ever knows it.

    A second invitation voids the first. Raises Conflict for somebody who has accepted one, or has no role.
    """
    invite_with_link(person, at)
    return account_for(person, at)


def invite_with_link(person: Person, at: datetime) -> str:
    """The same; returns the link, for whoever sets the service up before it can send mail."""
    account = account_for(person, at)
    if account.password_hash:
        raise Conflict(f"{person.name} can already sign in.", "They can ask for a new password at the sign-in page.")
    if not principal_for(person, at).grants:
        raise Conflict(f"{person.name} has no role that is in force.", "Add them to an agency first.")
    link = _mail_link(account, LinkPurpose.INVITATION, at)
    tell("account.invited", account)
    return link


def ask_reset(address: str, at: datetime, ip: str = "") -> None:
    """Mail a link to whoever has this address; where nobody does, the same work without a mail."""
    account = account_of(address)
    tell_as_stranger("account.reset-asked", account, ip=ip)
    if account is not None and principal_for(account.person, at).grants:
        _mail_link(account, LinkPurpose.RESET, at)
    else:
        render(MESSAGES[LinkPurpose.RESET], {"to": None, "url": "", "link": ""})


def _mail_link(account: Account, purpose: LinkPurpose, at: datetime) -> str:
    token = new_token()
    link = f"{current_app.config['HEARTHDESK'].url}/set-password/{token}"
    _void_links(account, at)
    row = AccountLink(
        account_id=account.id, purpose=purpose, token_hash=hashed(token), created_at=at, expires_at=at + LASTS[purpose]
    )
    db.session.add(row)
    db.session.flush()
    enqueue(
        MESSAGES[purpose],
        account.person,
        key=f"{MESSAGES[purpose]}:{row.id}",
        context={"link": link},
        subject=row,
        lead_id=lead_of(principal_for(account.person, at)),
    )
    return link


def _void_links(account: Account, at: datetime) -> None:
    unused = update(AccountLink).where(AccountLink.account_id == account.id, AccountLink.used_at.is_(None))
    db.session.execute(unused.values(used_at=at))


def _still_works(message: OutboxMessage) -> bool:
    """Whether it is still worth mailing: a link that was voided or ran out meanwhile helps nobody."""
    row = db.session.get(AccountLink, message.subject_id)
    return row is not None and row.used_at is None and clock.now() < row.expires_at


for _message in MESSAGES.values():
    relevant_while(_message, _still_works)
    secret(_message)


def link_of(token: str, at: datetime) -> AccountLink | None:
    """The link, while it works."""
    query = select(AccountLink).where(AccountLink.token_hash == hashed(token))
    row = db.session.scalar(query.execution_options(populate_existing=True))
    return row if row and row.used_at is None and at < row.expires_at else None


def set_password_by_link(token: str, password: str, at: datetime) -> Account:
    """Use the link up. Raises Conflict when it was used or is too old, Invalid for a weak password.

    It proves the mailbox: a lock that would ease by time ends; one that an administrator has to lift stays.
    """
    found = link_of(token, at)
    account = hold(found.account_id) if found else None
    link = link_of(token, at) if account else None  # once more, now that nobody else can be using it
    if account is None or link is None:
        raise Conflict("That link has been used, or is too old.", "Ask for another one.")
    _set_password(account, password)
    _void_links(account, at)
    if account.locked_until is not None:
        unlock_row(account)
    sessions.end_all(account.id, EndReason.PASSWORD_CHANGED, at)
    tell_as_owner("account.password-set", account, by=link.purpose)
    if link.purpose is LinkPurpose.RESET:
        warn(account, "Your password was set anew with a link from your mail.")
    return account


def _set_password(account: Account, password: str) -> None:
    passwords.check(password, (account.person.name, account.person.email))
    if passwords.matches(password, account.password_hash):
        raise Invalid("That is the password you have now.", "Choose another one.", "password")
    account.password_hash = passwords.hash_password(password)
    account.must_change_password = False
    db.session.flush()


def prove_password(account: Account, password: str, field: str = "current") -> None:
    """Raises Invalid unless it is the person's password: asked again before something that matters."""
    if not passwords.matches(password, account.password_hash):
        raise Invalid("That is not your password.", field=field)


def change_password(account: Account, row: LoginSession, current: str, new: str, at: datetime) -> str:
    """The person's own change: every other session ends, and this one goes on under the token returned."""
    prove_password(account, current)
    return replace_password(account, row, new, at)


def unlock(account: Account) -> None:
    """Lift the lock, whatever put it there. An account that is not locked stays as it is."""
    if account.locked_at is not None:
        unlock_row(account)
        tell("account.unlocked", account)


def reset_second_factor(account: Account, at: datetime) -> None:
    second_factor.remove(account, at)
    tell("account.second-factor-reset", account)


def require_new_password(account: Account, at: datetime) -> None:
    """End every session; the next sign-in starts with choosing another password."""
    account.must_change_password = True
    sessions.end_all(account.id, EndReason.BY_ADMINISTRATOR, at)
    tell("account.new-password-required", account)


def replace_password(account: Account, row: LoginSession, new: str, at: datetime) -> str:
    """The new password an administrator asked for, from somebody who has just signed in; returns the next token."""
    _set_password(account, new)
    _void_links(account, at)
    sessions.end_all(account.id, EndReason.PASSWORD_CHANGED, at, keep=row.id)
    tell_as_owner("account.password-changed", account)
    warn(account, "Your password was changed.")
    return sessions.renew(row)


def renew_recovery_codes(account: Account, current: str) -> list[str]:
    prove_password(account, current)
    warn(account, "New recovery codes were made; the ones before no longer work.")
    return second_factor.renew_recovery_codes(account)


def start_new_second_factor(account: Account, row: LoginSession, current: str, at: datetime) -> str:
    """Drop the person's second factor for another, which they set up next; returns the session's next token."""
    prove_password(account, current)
    second_factor.drop(account)
    row.second_factor_at = None
    sessions.end_all(account.id, EndReason.SECOND_FACTOR_CHANGED, at, keep=row.id)
    tell_as_owner("account.second-factor-dropped", account)
    warn(account, "The second factor of your sign-in is being replaced.")
    return sessions.renew(row)


def end_session(row: LoginSession, reason: EndReason, at: datetime) -> None:
    sessions.end(row, reason, at)
    tell("account.session-ended", row.account, row, why=reason)


def tell_signed_out(row: LoginSession) -> None:
    tell_as_owner("account.signed-out", row.account, row)


def tell_details(account: Account) -> None:
    tell("account.details-changed", account, account.person)
