"""Rows first, then the vendor: changes of licenses are written with them, and sent by a job that may die anywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased, joinedload

from core import clock
from core.audit import acting_as, record
from core.db import db, unit_of_work
from core.errors import Conflict
from core.events import subscribe
from core.people.models import Person
from licensing.access.models import License, LicenseState
from licensing.events import LicenseActivated, LicenseChanged, LicenseEnded, LicenseSuspension
from licensing.provisioning import rules
from licensing.provisioning.client import Answer, NotAllowed, Server, Unreachable
from licensing.provisioning.models import WHOSE, AccountChange, VendorAccount
from licensing.provisioning.rules import MOST_TRIES, Account, Grant, Outcome, SendState

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
    db.session.flush()
    said = {"why": why, "next_at": at, "attempts": 0, "license_id": license_id}
    fixed = {"state": SendState.PENDING, "at": at, "last_error": ""}
    values = {name: literal(value, AccountChange.__table__.c[name].type) for name, value in {**said, **fixed}.items()}
    whose = select(License.lead_id, License.person_id, *values.values()).where(License.id == license_id)
    new = insert(AccountChange).from_select([*WHOSE, *values], whose)
    its = text("state = 'pending'")
    db.session.execute(new.on_conflict_do_update(index_elements=WHOSE, index_where=its, set_=said))


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
    newer = exists().where(_same(waits), waits.state == SendState.PENDING)
    with unit_of_work() as session:
        session.execute(update(AccountChange).where(*stuck, newer).values(state=SendState.OVERTAKEN))
        session.execute(update(AccountChange).where(*stuck).values(state=SendState.PENDING))


def _same(other: type[AccountChange]) -> ColumnElement[bool]:
    return and_(other.lead_id == AccountChange.lead_id, other.person_id == AccountChange.person_id)


def _claim(at: datetime) -> int | None:
    other = aliased(AccountChange)
    busy = exists().where(_same(other), other.state == SendState.SENDING)
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
    """What came of an exchange. `remote_id` None: the vendor has no such account, and needs none."""

    outcome: Outcome
    remote_id: str | None = None
    is_active: bool = False
    error: str = ""
    retry_after: str = ""
    is_silent: bool = False


def wanted(lead_id: int, person_id: int, at: datetime) -> Account:
    """What the account is to be right now. A license that is suspended or over gives nothing; with none it is off."""
    person = db.session.get_one(Person, person_id, populate_existing=True)
    query = select(License).where(License.lead_id == lead_id, License.person_id == person_id)
    query = query.where(License.state != LicenseState.ENDED).options(joinedload(License.agency)).order_by(License.id)
    held = db.session.scalars(query.execution_options(populate_existing=True)).all()
    grants = tuple(Grant(row.agency.name, row.level) for row in held if row.is_valid(at))
    return Account(rules.external_id(person_id), person.email, person.name, grants)


def _exchange(vendor: Server, number: int) -> Told:
    """Outside of any transaction, which would wait for the vendor."""
    with unit_of_work() as session:
        row = session.get_one(AccountChange, number)
        account = wanted(row.lead_id, row.person_id, clock.now())
        known = session.get(VendorAccount, (row.lead_id, row.person_id))
        remote = known.remote_id if known else None
    try:
        return _bring(vendor, account, remote)
    except Unreachable as error:
        return Told(Outcome.AGAIN, error=f"No answer: {error}", is_silent=True)
    except NotAllowed as error:
        return Told(Outcome.NEVER, error=f"Not allowed: {error}")


def _bring(vendor: Server, account: Account, remote: str | None) -> Told:
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
    return _make(vendor, account)


def _make(vendor: Server, account: Account) -> Told:
    """A new account. Where the vendor says that there is one, it is only ours when it says so itself."""
    answer = vendor.ask("POST", "/Users", account.resource())
    if answer.status == 409 and (taken := _id_of(vendor.found(account.external_id))):
        return _done(_change(vendor, account, taken), account, taken)
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
            _remember(row, told, at)
            record("account.sent", row, data={"person": row.person_id, "active": told.is_active})
        elif told.outcome is Outcome.NEVER or row.attempts >= MOST_TRIES:
            row.state = SendState.DEAD
            record("account.dead", row, data={"person": row.person_id, "error": row.last_error})
        else:
            _wait(row, told, at)


def _wait(row: AccountChange, told: Told, at: datetime) -> None:
    """Behind a newer change of the same person there is nothing left to say."""
    if _one_waits(row):
        row.state = SendState.OVERTAKEN
        return
    row.state, row.next_at = SendState.PENDING, at + rules.wait(row.attempts, told.retry_after)


def _one_waits(row: AccountChange) -> bool:
    same = (AccountChange.lead_id == row.lead_id, AccountChange.person_id == row.person_id)
    waits = select(AccountChange.id).where(*same, AccountChange.state == SendState.PENDING)
    return db.session.scalar(waits) is not None


def _remember(row: AccountChange, told: Told, at: datetime) -> None:
    if told.remote_id is None:
        return
    values = {"remote_id": told.remote_id[:300], "is_active": told.is_active, "at": at}
    new = insert(VendorAccount).values(lead_id=row.lead_id, person_id=row.person_id, **values)
    db.session.execute(new.on_conflict_do_update(index_elements=WHOSE, set_=values))


def again(row: AccountChange, at: datetime) -> None:
    """Somebody has mended what was in the way. The row must be locked."""
    if row.state is not SendState.DEAD:
        raise Conflict(f"This is {row.state}, so that there is nothing to send again.")
    if _one_waits(row):
        row.state = SendState.OVERTAKEN
    else:
        row.state, row.next_at, row.attempts = SendState.PENDING, at, 0
    record("account.again", row, data={"person": row.person_id})
