"""Rows first, then the vendor: changes of licenses are written with them, and sent by a job that may die anywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from flask import current_app
from sqlalchemy import and_, delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased, joinedload

from core import clock
from core.audit import acting_as, record
from core.db import db, unit_of_work
from core.errors import Conflict
from core.events import subscribe
from licensing.access.models import License, LicenseState
from licensing.events import LicenseActivated, LicenseChanged, LicenseEnded, LicenseSuspension
from licensing.provisioning import rules
from licensing.provisioning.client import Answer, NotAllowed, Server, Unreachable
from licensing.provisioning.models import AccountChange, VendorAccount
from licensing.provisioning.rules import MOST_TRIES, Account, Outcome, SendState

ACTOR = "system:provisioning"
LEASE = timedelta(minutes=5)
LONGEST_ROUND = 20.0  # seconds; others wait for the same sweeper
MOST_AT_ONCE = 50


def server() -> Server | None:
    """The vendor's, where the configuration names one."""
    config = current_app.config["HEARTHDESK"]
    if not config.scim_url:
        return None
    return Server(config.scim_url, config.scim_token, is_lenient=config.mode in ("test", "development"))


# --- rows first


@subscribe(LicenseActivated)
def _activated(event: LicenseActivated) -> None:
    _note(event.license_id, "activated", event.at)


@subscribe(LicenseEnded)
def _ended(event: LicenseEnded) -> None:
    _note(event.license_id, "ended", event.at)


@subscribe(LicenseChanged)
def _changed(event: LicenseChanged) -> None:
    _note(event.license_id, "changed", event.at)


@subscribe(LicenseSuspension)
def _suspended(event: LicenseSuspension) -> None:
    _note(event.license_id, event.why, event.at)


def _note(license_id: int, why: str, at: datetime) -> None:
    """In the transaction of what happened. One that waits already says it too, and is held until then: a sender that
    took it now would read the license as it was, and nothing would be left to say the rest. It is due at once."""
    if server() is None:
        return
    whose = select(License.lead_id).where(License.id == license_id).scalar_subquery()
    values = {"license_id": license_id, "lead_id": whose, "why": why, "at": at, "next_at": at}
    fixed = {"state": SendState.PENDING, "attempts": 0, "last_error": ""}
    db.session.flush()
    new = insert(AccountChange).values(**values, **fixed)
    waits = {"why": why, "next_at": at, "attempts": 0}
    its = text("state = 'pending'")
    db.session.execute(new.on_conflict_do_update(index_elements=["license_id"], index_where=its, set_=waits))


# --- then the vendor


def send_all() -> int:
    """What is due, until it is done or the round has lasted long enough. A vendor that does not answer ends the round.
    Safe to run anywhere, any number of times. Returns how many were sent."""
    vendor, began, sent = server(), time.monotonic(), 0
    if vendor is None:
        return 0
    with acting_as(ACTOR):
        _release_stuck(clock.now())
        for _ in range(MOST_AT_ONCE):
            if time.monotonic() - began > LONGEST_ROUND:
                break
            number = _claim(clock.now())
            if number is None:
                break
            told = _exchange(vendor, number)
            _keep(number, told, clock.now())
            sent += told.outcome is Outcome.DONE
            if told.is_silent:
                break
    return sent


def _release_stuck(at: datetime) -> None:
    """Whoever sent these has died. It is sent again, which the external id makes the same account."""
    stuck = (AccountChange.state == SendState.SENDING, AccountChange.claimed_at < at - LEASE)
    waits = aliased(AccountChange)
    newer = exists().where(waits.license_id == AccountChange.license_id, waits.state == SendState.PENDING)
    with unit_of_work() as session:
        session.execute(update(AccountChange).where(*stuck, newer).values(state=SendState.OVERTAKEN))
        session.execute(update(AccountChange).where(*stuck).values(state=SendState.PENDING))


def _claim(at: datetime) -> int | None:
    other = aliased(AccountChange)
    busy = exists().where(other.license_id == AccountChange.license_id, other.state == SendState.SENDING)
    due = select(AccountChange).where(AccountChange.state == SendState.PENDING, AccountChange.next_at <= at, ~busy)
    with unit_of_work() as session:
        query = due.order_by(AccountChange.next_at, AccountChange.id).limit(1)
        row = session.scalar(query.with_for_update(skip_locked=True))
        if row is None:
            return None
        row.state, row.claimed_at, row.attempts = SendState.SENDING, at, row.attempts + 1
        return row.id


@dataclass(frozen=True)
class Told:
    """What came of an exchange. `remote_id` None: the vendor has no such account, and needs none. `former` is the ended
    license whose account it was."""

    outcome: Outcome
    remote_id: str | None = None
    is_active: bool = False
    error: str = ""
    retry_after: str = ""
    is_silent: bool = False
    former: int | None = None


def wanted(license_id: int, at: datetime) -> Account:
    """What the account is to be right now; a license that is suspended or over is an account that is off."""
    query = select(License).where(License.id == license_id)
    query = query.options(joinedload(License.person), joinedload(License.agency))
    held = db.session.scalars(query.execution_options(populate_existing=True)).one()
    return Account(
        rules.external_id(held.id), held.person.email, held.person.name, held.agency.name, held.level,
        is_active=held.is_valid(at),
    )  # fmt: skip


def _exchange(vendor: Server, number: int) -> Told:
    """Outside of any transaction, which would wait for the vendor."""
    with unit_of_work() as session:
        row = session.get_one(AccountChange, number)
        account = wanted(row.license_id, clock.now())
        known = session.get(VendorAccount, row.license_id)
        remote = known.remote_id if known else None
        former = _former(row.license_id)
    try:
        return _bring(vendor, account, remote, former)
    except Unreachable as error:
        return Told(Outcome.AGAIN, error=f"No answer: {error}", is_silent=True)
    except NotAllowed as error:
        return Told(Outcome.NEVER, error=f"Not allowed: {error}")


def _former(license_id: int) -> tuple[int, str] | None:
    """The account that the same person had by a license that has ended, for whoever comes back."""
    held, before = aliased(License), aliased(License)
    query = select(VendorAccount.license_id, VendorAccount.remote_id).join(
        before, before.id == VendorAccount.license_id
    )
    query = query.join(held, and_(held.person_id == before.person_id, held.lead_id == before.lead_id))
    query = query.where(held.id == license_id, before.id != held.id, before.state == LicenseState.ENDED)
    row = db.session.execute(query.order_by(before.id.desc()).limit(1)).first()
    return (row[0], row[1]) if row else None


def _bring(vendor: Server, account: Account, remote: str | None, former: tuple[int, str] | None) -> Told:
    if remote is None:
        found = vendor.found(account.external_id)
        if rules.judged(found.status) is not Outcome.DONE:
            return _failed(found)
        remote = _id_of(found)
    if remote is not None:
        answer = _change(vendor, account, remote)
        if answer.status != 404:
            return _done(answer, account, remote)
        # It is gone over there: an account that is to be off needs nothing, another is made anew.
    if not account.is_active:
        return Told(Outcome.DONE)
    return _make(vendor, account, former)


def _make(vendor: Server, account: Account, former: tuple[int, str] | None) -> Told:
    """A new account. Where the vendor says that there is one, it is this license's, or that of an ended one."""
    answer = vendor.ask("POST", "/Users", account.resource())
    if answer.status == 409 and (taken := _id_of(vendor.found(account.external_id))):
        return _done(_change(vendor, account, taken), account, taken)
    if answer.status == 409 and former is not None:
        again = _change(vendor, account, former[1])
        if again.status != 404:
            return replace(_done(again, account, former[1]), former=former[0])
    return _done(answer, account, str(answer.body.get("id") or ""))


def _change(vendor: Server, account: Account, remote: str) -> Answer:
    path = f"/Users/{quote(remote, safe='')}"
    if account.is_active:
        return vendor.ask("PUT", path, account.resource() | {"id": remote})
    return vendor.ask("PATCH", path, rules.switched_off())


def _id_of(found: Answer) -> str | None:
    rows = found.body.get("Resources")
    first = rows[0] if isinstance(rows, list) and rows else None
    return str(first["id"]) if isinstance(first, dict) and first.get("id") else None


def _done(answer: Answer, account: Account, remote: str) -> Told:
    if rules.judged(answer.status) is not Outcome.DONE:
        return _failed(answer)
    if not remote:
        return Told(Outcome.NEVER, error="The vendor gave the new account no id.")
    return Told(Outcome.DONE, remote, account.is_active)


def _failed(answer: Answer) -> Told:
    """The vendor's own words, shortened; what was sent stands in none of ours."""
    words = " ".join(str(answer.body.get("detail") or "").split())[:200].rstrip(".")
    error = f"The vendor answered {answer.status}{f': {words}' if words else ''}."
    return Told(rules.judged(answer.status), error=error, retry_after=answer.retry_after)


def _keep(number: int, told: Told, at: datetime) -> None:
    with unit_of_work() as session:
        row = session.get_one(AccountChange, number, with_for_update=True, populate_existing=True)
        if row.state is not SendState.SENDING:
            return
        row.last_error = told.error[:300]
        if told.outcome is Outcome.DONE:
            row.state, row.sent_at = SendState.SENT, at
            _remember(row.license_id, told, at)
            record("account.sent", row, data={"license": row.license_id, "active": told.is_active})
        elif told.outcome is Outcome.NEVER or row.attempts >= MOST_TRIES:
            row.state = SendState.DEAD
            record("account.dead", row, data={"license": row.license_id, "error": row.last_error})
        else:
            _wait(row, told, at)


def _wait(row: AccountChange, told: Told, at: datetime) -> None:
    """Behind a newer change of the same license there is nothing left to say."""
    newer = select(AccountChange.id).where(
        AccountChange.license_id == row.license_id, AccountChange.state == SendState.PENDING
    )
    if db.session.scalar(newer) is not None:
        row.state = SendState.OVERTAKEN
        return
    row.state, row.next_at = SendState.PENDING, at + rules.wait(row.attempts, told.retry_after)


def _remember(license_id: int, told: Told, at: datetime) -> None:
    if told.remote_id is None:
        return
    if told.former is not None:
        # It is this license's from now on; what is still to be said of the former one must not switch it off.
        db.session.execute(delete(VendorAccount).where(VendorAccount.license_id == told.former))
    values = {"remote_id": told.remote_id[:300], "is_active": told.is_active, "at": at}
    new = insert(VendorAccount).values(license_id=license_id, **values)
    db.session.execute(new.on_conflict_do_update(index_elements=["license_id"], set_=values))


def again(row: AccountChange, at: datetime) -> None:
    """Somebody has mended what was in the way. The row must be locked."""
    if row.state is not SendState.DEAD:
        raise Conflict(f"This is {row.state}, so that there is nothing to send again.")
    waits = select(AccountChange.id).where(
        AccountChange.license_id == row.license_id, AccountChange.state == SendState.PENDING
    )
    if db.session.scalar(waits) is not None:
        row.state = SendState.OVERTAKEN
    else:
        row.state, row.next_at, row.attempts = SendState.PENDING, at, 0
    record("account.again", row, data={"license": row.license_id})
