"""What accounts tell: the audit trail of the person's Lead, and the person, when it is about their safety."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core import clock
from core.accounts.models import Account
from core.audit import acting_as, record
from core.authz import Principal, principal_for
from core.db import Base, db
from core.outbox import enqueue
from core.people.models import Agency

STRANGER = "somebody not signed in"


def tell(action: str, account: Account, subject: Base | None = None, **data: Any) -> None:
    """Audit something about an account, on the chain of the Lead that its person belongs to."""
    person = principal_for(account.person, clock.now())
    record(action, subject or account, lead_id=lead_of(person), data={"person_id": account.person_id, **data})


def tell_as_owner(action: str, account: Account, subject: Base | None = None, **data: Any) -> None:
    """The same, for what the account's own person did while the service did not yet know them."""
    with acting_as(account.person.name, account.person_id):
        tell(action, account, subject, **data)


def tell_as_stranger(action: str, account: Account | None, **data: Any) -> None:
    """The same, for somebody who has proved nothing. An account that is not there costs as much to write about."""
    with acting_as(STRANGER):
        if account is None:
            record(action, Account(id=0), data={"person_id": None, **data})
        else:
            tell(action, account, **data)


def lead_of(person: Principal) -> int | None:
    for grant in person.grants:
        if grant.lead_id:
            return grant.lead_id
    agencies = [grant.agency_id for grant in person.grants if grant.agency_id]
    return db.session.scalar(select(Agency.lead_id).where(Agency.id.in_(agencies)).order_by(Agency.id).limit(1))


def warn(account: Account, what: str) -> None:
    """Mail the person that something about their sign-in has changed, so that they can object."""
    at = clock.now()
    enqueue(
        "account-changed",
        account.person,
        key=f"account-changed:{account.id}:{what[:120]}:{at.isoformat()}",
        context={"what": what, "at": at},
        subject=account,
        lead_id=lead_of(principal_for(account.person, at)),
    )
