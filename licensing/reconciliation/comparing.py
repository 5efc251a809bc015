"""The list against the licenses, in statements over all of its rows: 50,000 accounts take seconds. Rule: HUD-LI-5."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import aliased

from core.db import db
from core.people.models import Agency, LeadStaff, Membership, Person
from licensing.access.models import License, LicenseState
from licensing.inactivity.services import seen_by
from licensing.reconciliation.models import HmisAccount, Reconciliation
from licensing.reconciliation.rules import Account, Kind

BATCH = 5_000
KEYS = ("email", "account", "name", "said_level", "line", "last_login", "person_id", "agency_id", "license_id")


def write(row: Reconciliation, accounts: list[Account]) -> None:
    for start in range(0, len(accounts), BATCH):
        values = [
            {
                "reconciliation_id": row.id, "line": one.line, "email": one.email, "account": one.account,
                "name": one.name, "agency": one.agency, "level": one.level, "said_level": one.said_level,
                "is_active": one.is_active, "last_login": one.last_login,
            }
            for one in accounts[start : start + BATCH]
        ]  # fmt: skip
        db.session.execute(insert(HmisAccount), values)


def match(row: Reconciliation) -> None:
    """Say of every account whose it is: the person by the address, the agency by its name, the license by both. Only
    people of this Lead's are known here."""
    mine = HmisAccount.reconciliation_id == row.id
    fresh = update(HmisAccount).where(mine)
    quiet: dict[str, Any] = {"synchronize_session": False}
    db.session.execute(fresh.values(person_id=null(), agency_id=null(), license_id=null()), execution_options=quiet)
    who = fresh.where(func.lower(Person.email) == HmisAccount.email, HmisAccount.email != "", _is_ours(row.lead_id))
    db.session.execute(who.values(person_id=Person.id), execution_options=quiet)
    named = func.lower(Agency.name) == func.lower(HmisAccount.agency)
    where = fresh.where(Agency.lead_id == row.lead_id, HmisAccount.agency != "", named)
    db.session.execute(where.values(agency_id=Agency.id), execution_options=quiet)
    db.session.execute(_licensed(row), execution_options=quiet)
    # Without a look at what has just been written, the next statements are planned for a few rows.
    db.session.execute(db.text("analyze hmis_account"))


def _is_ours(lead_id: int) -> ColumnElement[bool]:
    """Works or worked at one of the Lead's agencies, or in its office, or holds or held a license there."""
    agencies = select(Agency.id).where(Agency.lead_id == lead_id)
    return or_(
        exists().where(Membership.person_id == Person.id, Membership.agency_id.in_(agencies)),
        exists().where(License.person_id == Person.id, License.lead_id == lead_id),
        exists().where(LeadStaff.person_id == Person.id, LeadStaff.lead_id == lead_id),
    )


def _licensed(row: Reconciliation) -> Any:
    """The license that the account is for: the agency's that the list names; where it names none that is known, any of
    theirs. Of several the one in force, then the newest."""
    in_force = case((License.state == LicenseState.ACTIVE, 0), (License.state == LicenseState.SUSPENDED, 1), else_=2)
    best = (
        select(HmisAccount.id.label("account"), License.id.label("license"), License.agency_id.label("agency"))
        .ext(distinct_on(HmisAccount.id))
        .join(License, and_(License.person_id == HmisAccount.person_id, License.lead_id == row.lead_id))
        .where(HmisAccount.reconciliation_id == row.id)
        .where(or_(HmisAccount.agency_id.is_(None), License.agency_id == HmisAccount.agency_id))
        .order_by(HmisAccount.id, in_force, License.id.desc())
        .subquery("best")
    )
    found = update(HmisAccount).where(HmisAccount.id == best.c.account)
    return found.values(license_id=best.c.license, agency_id=best.c.agency)


def findings(row: Reconciliation, at: datetime) -> Any:
    """Every finding of the list as a row: its kind, its key, and what it is about."""
    mine, held = HmisAccount, aliased(License)
    base = select(mine).outerjoin(held, held.id == mine.license_id)
    on = and_(mine.reconciliation_id == row.id, mine.is_active)
    over = or_(held.state != LicenseState.ACTIVE, held.ended_at <= at)
    active = and_(held.state == LicenseState.ACTIVE, or_(held.ended_at.is_(None), held.ended_at > at))
    staff = exists().where(
        LeadStaff.person_id == mine.person_id, LeadStaff.lead_id == row.lead_id,
        or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
    )  # fmt: skip
    which: dict[Kind, ColumnElement[bool]] = {
        Kind.ALIVE: and_(mine.license_id.is_not(None), over),
        Kind.UNLICENSED: and_(mine.person_id.is_not(None), mine.license_id.is_(None), ~staff),
        Kind.UNKNOWN: mine.person_id.is_(None),
        Kind.LEVEL: and_(active, mine.level != "", held.level != "", mine.level != held.level),
        Kind.DUPLICATE: and_(mine.person_id.is_not(None), mine.id.in_(_not_first(row))),
    }
    parts = [_of_kind(kind, base.where(on, condition)) for kind, condition in which.items()]
    whole = union_all(*parts).subquery("findings")
    # Of rows that are alike the first counts, so that one thing is one finding.
    return select(whole).ext(distinct_on(whole.c.key)).order_by(whole.c.key, whole.c.line).subquery("distinct_findings")


def _of_kind(kind: Kind, query: Select[Any]) -> Select[Any]:
    mine = HmisAccount
    who = case((mine.email != "", mine.email), else_=func.lower(mine.account))
    # One person's second account is told by its own name.
    more = func.lower(mine.account) if kind is Kind.DUPLICATE else literal("")
    key = func.concat_ws("|", literal(kind.value), who, _place(), more)
    return query.with_only_columns(
        literal(kind.value).label("kind"), key.label("key"), mine.agency.label("agency_said"),
        *(getattr(mine, name).label(name) for name in KEYS),
    )  # fmt: skip


def _place() -> ColumnElement[str]:
    """The agency as part of a key: its number here, or else the name that the list gives."""
    number = func.concat("#", HmisAccount.agency_id)
    return case((HmisAccount.agency_id.is_not(None), number), else_=func.lower(HmisAccount.agency))


def _not_first(row: Reconciliation) -> Select[Any]:
    """Every active account of a person at an agency but the one that signed in last."""
    place = _place()
    order = (HmisAccount.last_login.desc().nulls_last(), HmisAccount.line)
    rank = func.row_number().over(partition_by=(HmisAccount.person_id, place), order_by=order)
    ranked = select(HmisAccount.id, rank.label("rank")).where(
        HmisAccount.reconciliation_id == row.id, HmisAccount.is_active, HmisAccount.person_id.is_not(None)
    )
    inner = ranked.subquery("ranked")
    return select(inner.c.id).where(inner.c.rank > 1)


def counted(row: Reconciliation, at: datetime) -> dict[str, int]:
    """How many findings of each kind there are."""
    told = findings(row, at)
    query = select(told.c.kind, func.count()).group_by(told.c.kind)
    return {row[0]: row[1] for row in db.session.execute(query)}


def keep_last_seen(row: Reconciliation) -> int:
    """When each license was last used, as far as the list says something newer. Returns how many that was."""
    newest = (
        select(HmisAccount.license_id.label("id"), func.max(HmisAccount.last_login).label("at"))
        .where(HmisAccount.reconciliation_id == row.id, HmisAccount.license_id.is_not(None))
        .where(HmisAccount.last_login.is_not(None))
        .group_by(HmisAccount.license_id)
    )
    return seen_by(newest)
