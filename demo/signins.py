"""How to sign in to the demo: one person for each role, all with one password and one authenticator secret."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import pyotp
from argon2 import PasswordHasher
from flask import current_app
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import aliased

from core import clock
from core.accounts.models import Account, AccountLink
from core.accounts.rules import CODE_STEP
from core.authz import DESIGNATED_ROLES, STAFF_ROLES, Role
from core.db import db
from core.outbox import OutboxMessage
from core.people.models import Agency, Designation, DesignationKind, LeadStaff, Membership, Person, StaffRole
from licensing.access.models import License, LicenseState

PASSWORD = "copper lantern forty maples"  # noqa: S105 - the demo's, shown to everybody
TOTP_SECRET = "HEARTHDESKDEMO2DEMO3DEMO4DEMO567"  # noqa: S105 - as above
SALT = b"hearthdesk demo."
NO_CODE = "not asked for"
ELSEWHERE = "on the sign-in page"
WINDOW = (0, 1)

NAMES = {
    Role.END_USER: "End user",
    Role.REPRESENTATIVE: "Authorized representative",
    Role.AGENCY_ADMIN: "Technical administrator",
    Role.SECURITY_OFFICER: "Security officer",
    Role.EXECUTIVE_DIRECTOR: "Executive director",
    Role.LEAD_AGENT: "Help desk staff",
    Role.LEAD_TRAINER: "Trainer",
    Role.LEAD_MANAGER: "HMIS manager",
    Role.LEAD_ADMIN: "HMIS Lead administrator",
    Role.OFFICER: "CoC leadership",
}


@lru_cache(maxsize=1)
def password_hash() -> str:
    """The same each time, so that the same seed gives the same rows."""
    return PasswordHasher().hash(PASSWORD, salt=SALT)


def account_for(person: Person, secret: bytes | None, confirmed_at: datetime) -> Account:
    """With the demo's password; a sealed `secret` is a second factor, in use since then."""
    return Account(
        person_id=person.id,
        password_hash=password_hash(),
        totp_secret=secret,
        totp_confirmed_at=confirmed_at if secret else None,
        created_at=person.created_at,
    )


def let_in_the_invited() -> None:
    """Who was invited signs in like everybody else: a link that works once would differ each time."""
    invited = select(AccountLink.id)
    theirs = (OutboxMessage.subject_type == AccountLink.__tablename__, OutboxMessage.subject_id.in_(invited))
    quiet = {"synchronize_session": False}
    db.session.execute(delete(OutboxMessage).where(*theirs).execution_options(**quiet))
    db.session.execute(delete(AccountLink).execution_options(**quiet))
    waits = update(Account).where(Account.password_hash.is_(None) | (Account.password_hash == ""))
    db.session.execute(waits.values(password_hash=password_hash()).execution_options(**quiet))


def sign_ins(*, with_codes: bool = False) -> list[dict[str, str]]:
    """One sign-in for each role, as columns of text; empty where there is no demo data.

    `with_codes` adds the code to type next as the second factor, which is good for about a minute; in
    demo mode only.
    """
    shown = with_codes and current_app.config["HEARTHDESK"].mode == "demo"
    found = [(role, person) for role in NAMES if (person := _person(role)) is not None]
    return [_row(role, account, shown) for role, person in found if (account := _account(person)) is not None]


def current_codes() -> dict[str, str]:
    """By address, the code that the person's second factor takes next; empty outside of demo mode."""
    return {row["email"]: row["code"] for row in sign_ins(with_codes=True) if row["code"] not in (NO_CODE, ELSEWHERE)}


def _row(role: Role, account: Account, with_codes: bool) -> dict[str, str]:
    row = {"role": NAMES[role], "name": account.person.name, "email": account.person.email, "password": PASSWORD}
    if account.totp_confirmed_at is None:
        return row | {"code": NO_CODE}
    return row | {"code": _next_code(account) if with_codes else ELSEWHERE}


def _next_code(account: Account) -> str:
    """None is accepted twice, so after one has been used it is the one after it."""
    step = int(clock.now().timestamp()) // CODE_STEP
    free = [step + offset for offset in WINDOW if step + offset > account.last_totp_step]
    return pyotp.TOTP(TOTP_SECRET).generate_otp(free[0]) if free else "in a moment"


def _account(person: Person) -> Account | None:
    """Only one that the demo made: nobody else's address is to be shown."""
    account = db.session.scalar(select(Account).where(Account.person_id == person.id))
    return account if account and account.password_hash == password_hash() else None


def _person(role: Role) -> Person | None:
    for kind, staff_role in STAFF_ROLES.items():
        if staff_role is role:
            return _of_the_lead(kind)
    for designation, designated_role in DESIGNATED_ROLES.items():
        if designated_role is role:
            return _of_the_agency(designation)
    return _end_user()


def _of_the_lead(role: StaffRole) -> Person | None:
    query = select(Person).join(LeadStaff, LeadStaff.person_id == Person.id)
    return db.session.scalar(query.where(LeadStaff.role == role).order_by(LeadStaff.lead_id, LeadStaff.id).limit(1))


def _shown_agency() -> ColumnElement[int]:
    """The first agency that has a technical administrator."""
    query = select(Agency.id).join(Designation, Designation.agency_id == Agency.id)
    return query.where(Designation.kind == DesignationKind.ADMINISTRATOR).order_by(Agency.id).limit(1).scalar_subquery()


def _of_the_agency(kind: DesignationKind) -> Person | None:
    query = select(Person).join(Designation, Designation.person_id == Person.id)
    named = query.where(
        Designation.agency_id == _shown_agency(), Designation.kind == kind, Designation.ended_at.is_(None)
    )
    return db.session.scalar(named.order_by(Designation.id).limit(1))


def _end_user() -> Person | None:
    """Somebody with a license and no other duty, who is not about to leave."""
    other = aliased(Designation)
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .join(License, License.person_id == Person.id)
        .where(
            Membership.agency_id == _shown_agency(),
            Membership.ended_at.is_(None),
            License.agency_id == Membership.agency_id,
            License.state == LicenseState.ACTIVE,
            License.ended_at.is_(None),
            ~select(other.id).where(other.person_id == Person.id).exists(),
        )
    )
    return db.session.scalar(query.order_by(Person.id).limit(1))
