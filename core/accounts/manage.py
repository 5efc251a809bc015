"""Whose sign-in a person may look after: of those who work nowhere but in their reach, and do not stand above them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from core.accounts.models import Account
from core.accounts.permissions import Permission
from core.authz import Principal, Role, RoleGrant, found, principal_for
from core.db import db
from core.errors import Forbidden
from core.people.models import Agency, LeadStaff, Membership, Person


def people(by: Principal, at: datetime, text: str = "", only_locked: bool = False) -> Select[Person]:
    """Those in reach."""
    scope = by.scope(Permission.ACCOUNT_MANAGE)
    works = (
        select(Membership.person_id)
        .join(Agency)
        .where(
            or_(Agency.lead_id.in_(scope.lead_ids), Agency.coc_id.in_(scope.coc_ids), Agency.id.in_(scope.agency_ids)),
            or_(Membership.ended_at.is_(None), Membership.ended_at > at),
        )
    )
    serves = select(LeadStaff.person_id).where(
        or_(LeadStaff.lead_id.in_(scope.lead_ids), LeadStaff.coc_id.in_(scope.coc_ids)),
        or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
    )
    query = select(Person).where(or_(Person.id.in_(works), Person.id.in_(serves)))
    if words := text.replace("\0", "").strip().lower():
        columns = (func.lower(Person.name), func.lower(Person.email))
        query = query.where(or_(*(column.contains(words, autoescape=True) for column in columns)))
    if only_locked:
        lasts = or_(Account.locked_until.is_(None), Account.locked_until > at)
        query = query.where(Person.id.in_(select(Account.person_id).where(Account.locked_at.is_not(None), lasts)))
    return query


def accounts_of(rows: Iterable[Person]) -> dict[int, Account]:
    """By person; those who were never invited have none."""
    query = select(Account).where(Account.person_id.in_([person.id for person in rows]))
    return {account.person_id: account for account in db.session.scalars(query)}


def person_in_reach(by: Principal, person_id: int, at: datetime) -> Person:
    """The person, or NotFound; Forbidden for oneself, for whoever stands above, and for whoever works elsewhere too."""
    person: Person = found(db.session.scalar(people(by, at).where(Person.id == person_id)))
    if not may_manage(by, principal_for(person, at)):
        raise Forbidden(
            "You cannot look after this sign-in.",
            "Somebody can who looks after every place where this person works: an administrator of the HMIS Lead.",
        )
    return person


def may_manage(by: Principal, other: Principal) -> bool:
    """Whether one's own reach holds everything the other's sign-in opens; nobody does their own from here.

    A sign-in is one key to all the places a person works at. Whoever may look after it at one of them only would
    otherwise hold the key to the others.
    """
    if by.person_id == other.person_id:
        return False
    staff = [grant for grant in other.grants if not grant.agency_id]
    agency_ids = {grant.agency_id for grant in other.grants if grant.agency_id}
    return all(_administers(by, grant) for grant in staff) and _holds_agencies(by, agency_ids)


def _administers(by: Principal, staff: RoleGrant) -> bool:
    """Only an administrator of that Lead touches the sign-in of its staff; one of a CoC, of the staff of that CoC."""
    return any(
        own.role is Role.LEAD_ADMIN and own.lead_id == staff.lead_id and own.coc_id in (None, staff.coc_id)
        for own in by.grants
    )


def _holds_agencies(by: Principal, agency_ids: set[int]) -> bool:
    scope = by.scope(Permission.ACCOUNT_MANAGE)
    rest = agency_ids - scope.agency_ids
    if not rest:
        return True
    held = select(func.count()).select_from(Agency).where(Agency.id.in_(rest), scope.over_agencies())
    return db.session.scalar(held) == len(rest)
