"""Making a temporary password and seeing to it that it becomes the person's own. Rules: SON-LI-6, VT-LI-7, MO-LI-7.

The password is a local value that goes into the answer; nothing here writes it anywhere.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, cancel, deadlines_of, meet, open_deadline
from core.errors import Conflict, Invalid
from core.once import one_at_a_time
from core.policy import Policy
from core.policy.values import PasswordRules
from core.policy.vocabulary import ClockName, PasswordName
from core.ui import times
from licensing.access.models import License, LicenseState
from licensing.access.services import policy_in_force
from licensing.credentials import mails, rules
from licensing.credentials.models import HmisCredential
from licensing.credentials.rules import Channel, Names
from licensing.credentials.words import is_word

FIRST_LOGIN, EXPIRY = "hmis-first-login", "hmis-password-expiry"
REMIND_LOGIN = (timedelta(days=2),)
REMIND_EXPIRY = (timedelta(days=14), timedelta(days=3))
# Where the manual names no rules: those that every HMIS takes.
HOUSE = PasswordRules(
    rule="", source="", section="The HMIS Lead's own practice", says="The manual names no rules for HMIS passwords.",
    min_length=12, letters=1, upper=1, lower=1, digits=2, special=0,
    refuses=["user-name", "hmis-name", "vendor-name", "dictionary-word", "backwards"],
    not_reused=0, changed_at_first_login=True, separate_channels=True,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """The person's user name in the HMIS, and by which channels it and the password reach them."""

    user_name: str
    name_by: Channel
    secret_by: Channel
    once: str


def password_rules(policy: Policy) -> PasswordRules:
    return policy.password if policy.has(PasswordName.HMIS) else HOUSE


def make(held: License, told: Wanted, by: Principal, at: datetime) -> tuple[HmisCredential, str]:
    """A temporary password, which whoever calls this shows once. The license must be locked.

    Raises Invalid where user name and password would go the same way, Conflict for a license that is not active, and
    for the same form again: what was shown is not shown twice.
    """
    one_at_a_time(told.once)
    if earlier := db.session.scalar(select(HmisCredential).where(HmisCredential.once == told.once)):
        when = times.say_when(earlier.made_at.astimezone(held.agency.zone))
        raise Conflict(f"This password was shown on {when}, and is kept nowhere.", "Make another one.")
    if not held.is_valid(at):
        state = "suspended" if held.state is LicenseState.SUSPENDED else "ended"
        raise Conflict(f"This license is {state}, so it gets no password.", "It gets one once it is active.")
    policy = policy_in_force(held.agency.coc, at)
    wanted = password_rules(policy)
    _must_differ(told, wanted)
    if not told.user_name:
        raise Invalid("Give the user name in the HMIS.", "The password must not contain it.", field="user_name")
    names = Names(told.user_name, ("hmis", policy.title), held.agency.coc.lead.vendor_name)
    made = rules.make(wanted, names, is_word, secrets.choice)
    row = _write(held, told, by, at)
    record("credentials.made", row, data={"license": held.id, "name_by": told.name_by, "secret_by": told.secret_by})
    _start(row, ClockName.HMIS_FIRST_LOGIN, at)
    if told.name_by is Channel.MAIL:
        mails.user_name(row)
    return row, made


def _must_differ(told: Wanted, wanted: PasswordRules) -> None:
    """Two channels, never one message; the manual's rule is named where it says so (SON-LI-6)."""
    if told.name_by is told.secret_by:
        raise Invalid(
            "User name and password go by two different channels.",
            "For example the user name by e-mail and the password by phone.",
            field="secret_by",
            rule=wanted.rule if wanted.separate_channels and wanted.rule else None,
        )


def _write(held: License, told: Wanted, by: Principal, at: datetime) -> HmisCredential:
    for earlier in in_force(held.id):
        finish(earlier, at, "Another password was made.")
    row = HmisCredential(
        lead_id=held.lead_id, coc_id=held.coc_id, agency_id=held.agency_id, license_id=held.id, license=held,
        person_id=held.person_id, person=held.person, agency=held.agency, user_name=told.user_name,
        name_by=told.name_by, secret_by=told.secret_by, made_by_id=by.person_id, made_at=at, once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def in_force(license_id: int) -> list[HmisCredential]:
    query = select(HmisCredential).where(HmisCredential.license_id == license_id, HmisCredential.over_at.is_(None))
    return list(db.session.scalars(query.order_by(HmisCredential.id)))


def finish(row: HmisCredential, at: datetime, why: str) -> None:
    row.over_at = at
    for clock in deadlines_of(row):
        if clock.is_open:
            cancel(clock, at, why)


def changed(row: HmisCredential, at: datetime) -> None:
    """The person has chosen their own password: at the first sign-in, or anew. The row must be locked.

    Twice on one day is once. From here the manual's days run until the next one is due.
    """
    if row.over_at is not None:
        raise Conflict("This password is no longer in use.", "Load the page again to see how it stands.")
    zone = row.agency.zone
    if row.changed_at is not None and row.changed_at.astimezone(zone).date() == at.astimezone(zone).date():
        return
    for clock in deadlines_of(row):
        if clock.is_open or clock.is_missed:
            meet(clock, at, "The person chose a password of their own.")
    row.first_login_at, row.changed_at = row.first_login_at or at, at
    record("credentials.changed", row, data={"license": row.license_id})
    _start(row, ClockName.HMIS_PASSWORD_EXPIRY, at)


def _start(row: HmisCredential, name: ClockName, at: datetime) -> Deadline | None:
    """The manual's clock, where it has one."""
    policy = policy_in_force(row.agency.coc, at)
    if not policy.has(name):
        return None
    is_first = name is ClockName.HMIS_FIRST_LOGIN
    words = "First sign-in to the HMIS" if is_first else "New HMIS password"
    return open_deadline(
        FIRST_LOGIN if is_first else EXPIRY,
        row,
        policy.due(name, at, row.agency.zone),
        title=f"{words}: {row.person.name}",
        lead_id=row.lead_id,
        coc_id=row.coc_id,
        agency_id=row.agency_id,
        person_id=row.person_id,
        holder="person",
        warn_before=REMIND_LOGIN if is_first else REMIND_EXPIRY,
        occurrence=1 + len(deadlines_of(row)),
    )
