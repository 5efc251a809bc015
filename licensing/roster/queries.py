"""The roster as of a day: five statements for a page of agencies, whatever they have; the whole in such pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import among, db
from core.people.models import Agency, AgencyStatus, CoC
from core.policy import Policy, policy_for
from core.search import named
from core.ui import times
from licensing.access.models import License, LicenseHold
from licensing.agreements.models import Agreement
from licensing.agreements.rules import Kind
from licensing.roster import hooks, rules
from licensing.roster.models import DataSignOff
from licensing.roster.permissions import Permission
from licensing.roster.rules import Cell, Column, Facts
from training.api import is_behind, people_behind

CHUNK = 500
MOST_ON_PAPER = 2_000


@dataclass(frozen=True)
class Line:
    agency: Agency
    cells: dict[Column, Cell]

    @property
    def is_out(self) -> bool:
        return rules.is_out(self.cells)

    @property
    def why(self) -> str:
        return rules.why_out(self.cells)


def end_of(day: date, zone: ZoneInfo, now: datetime) -> datetime:
    """The instant as of which the roster of that day stands, in that zone: its end, or now while it lasts."""
    return min(now.astimezone(zone), datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(seconds=1))


def agencies(principal: Principal, filters: Mapping[str, str], at: datetime) -> Select[Agency]:
    """In reach, by what the filters say. Who has ended since stands on the roster of a day when they had licenses, and
    who came later on none before."""
    had_licenses = exists().where(License.agency_id == Agency.id, _held(at))
    there = or_(Agency.status != AgencyStatus.ENDED, had_licenses)
    had_come = or_(Agency.came_at.is_(None), Agency.came_at <= at)
    query = select(Agency).where(principal.scope(Permission.VIEW).over_agencies(), there, had_come)
    query = query.options(joinedload(Agency.coc).joinedload(CoC.lead))
    if filters.get("coc", "").isdecimal():
        query = query.where(Agency.coc_id == int(filters["coc"][:18]))
    if filters.get("q"):
        query = query.where(named(Agency.name, filters["q"]))
    shown = filters.get("shown", "")
    if shown == "out":
        return query.where(or_(*_out(principal, at).values()))
    if shown == "in":
        return query.where(not_(or_(*_out(principal, at).values())))
    return query.where(_out(principal, at).get(Column(shown), false())) if shown in set(Column) else query


def _held(at: datetime) -> ColumnElement[bool]:
    """A license that was there at the instant, suspended or not."""
    return and_(License.since <= at, or_(License.ended_at.is_(None), License.ended_at > at))


def _suspended(at: datetime) -> ColumnElement[bool]:
    """While it is not in the past, by its state; before, by the reasons that stood then."""
    return exists().where(
        LicenseHold.license_id == License.id,
        LicenseHold.at <= at,
        or_(LicenseHold.lifted_at.is_(None), LicenseHold.lifted_at > at),
    )


def _out(principal: Principal, at: datetime) -> dict[Column, ColumnElement[bool]]:
    """What `rules.line` holds against an agency, for the database."""
    agreed = exists().where(Agreement.agency_id == Agency.id, Agreement.kind == Kind.AGENCY, Agreement.in_force(at))
    suspended = exists().where(License.agency_id == Agency.id, _held(at), _suspended(at))
    owed = [
        and_(Agency.coc_id == coc.id, _not_signed_off(period, at))
        for coc in cocs(principal)
        if (period := rules.period_owed(*_policy(coc, at))) is not None
    ]
    return {
        Column.LICENSES: suspended,
        Column.TRAINING: is_behind(Agency.id, at),
        Column.AGREEMENT: not_(agreed),
        Column.DATA: or_(*owed) if owed else false(),
        **hooks.conditions(at),
    }


def _not_signed_off(period: date, at: datetime) -> ColumnElement[bool]:
    done = exists().where(
        DataSignOff.agency_id == Agency.id, DataSignOff.period >= period, DataSignOff.signed_on <= at.date()
    )
    return not_(done)


def _policy(coc: CoC, at: datetime) -> tuple[Policy, date]:
    today = at.astimezone(ZoneInfo(coc.tz)).date()
    return policy_for(coc, today), today


def cocs(principal: Principal, permission: Permission = Permission.VIEW) -> list[CoC]:
    scope = principal.scope(permission)
    of_agencies = select(Agency.coc_id).where(Agency.id.in_(scope.agency_ids))
    mine = or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids), CoC.id.in_(of_agencies))
    return list(db.session.scalars(select(CoC).where(mine).order_by(CoC.code)))


def lines(rows: Sequence[Agency], at: datetime) -> list[Line]:
    facts = _facts(rows, at)
    known: dict[int, tuple[Policy, date]] = {}
    for agency in rows:
        if agency.coc_id not in known:
            known[agency.coc_id] = _policy(agency.coc, at)
    return [Line(agency, rules.line(facts[agency.id], *known[agency.coc_id])) for agency in rows]


def _facts(rows: Sequence[Agency], at: datetime) -> dict[int, Facts]:
    ids = [agency.id for agency in rows]
    held, behind, agreed, signed = _licenses(ids, at), people_behind(ids, at), _agreements(ids, at), _signed(ids, at)
    more = hooks.told(rows, at)
    return {
        agency.id: Facts(
            licenses=held.get(agency.id, (0, 0))[0],
            suspended=held.get(agency.id, (0, 0))[1],
            behind=behind.get(agency.id, 0),
            has_agreement=agency.id in agreed,
            agreement_until=_day(agreed.get(agency.id), agency.zone),
            signed_off=signed.get(agency.id),
            more=more[agency.id],
        )
        for agency in rows
    }


def _day(until: datetime | None, zone: ZoneInfo) -> str:
    return times.say_day(until.astimezone(zone).date()) if until else ""


def _licenses(ids: list[int], at: datetime) -> dict[int, tuple[int, int]]:
    """By agency, how many there were and how many of them suspended."""
    stopped = select(LicenseHold.license_id).join(License, License.id == LicenseHold.license_id)
    stopped = stopped.where(among(License.agency_id, ids), LicenseHold.at <= at)
    stopped = stopped.where(or_(LicenseHold.lifted_at.is_(None), LicenseHold.lifted_at > at)).distinct()
    off = stopped.subquery()
    query = select(License.agency_id, func.count(), func.count(off.c.license_id))
    query = query.outerjoin(off, off.c.license_id == License.id).where(among(License.agency_id, ids), _held(at))
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query.group_by(License.agency_id))}


def _agreements(ids: list[int], at: datetime) -> dict[int, datetime | None]:
    """By agency with an agreement in force, until when; None where no end is known."""
    query = select(Agreement.agency_id, func.max(func.coalesce(Agreement.ends_at, FAR)))
    query = query.where(among(Agreement.agency_id, ids), Agreement.kind == Kind.AGENCY, Agreement.in_force(at))
    rows = db.session.execute(query.group_by(Agreement.agency_id))
    return {row[0]: None if row[1] == FAR else row[1] for row in rows}


FAR = datetime(9999, 1, 1, tzinfo=ZoneInfo("UTC"))


def _signed(ids: list[int], at: datetime) -> dict[int, date]:
    query = select(DataSignOff.agency_id, func.max(DataSignOff.period))
    query = query.where(among(DataSignOff.agency_id, ids), DataSignOff.signed_on <= at.date())
    return {row[0]: row[1] for row in db.session.execute(query.group_by(DataSignOff.agency_id))}


def everything(query: Select[Agency], at: datetime) -> Iterator[Line]:
    """All agencies of the query, by name, a chunk at a time."""
    last: tuple[str, int] | None = None
    while True:
        chunk = query.order_by(Agency.name, Agency.id).limit(CHUNK)
        if last is not None:
            chunk = chunk.where(or_(Agency.name > last[0], and_(Agency.name == last[0], Agency.id > last[1])))
        rows = db.session.scalars(chunk).all()
        yield from lines(rows, at)
        if len(rows) < CHUNK:
            return
        last = rows[-1].name, rows[-1].id


def agency_to_sign_off(principal: Principal, agency_id: int) -> Agency:
    reach = principal.scope(Permission.SIGN_OFF).over_agencies()
    row: Agency = found(db.session.scalar(select(Agency).where(Agency.id == agency_id, reach)))
    return row


def agencies_to_sign_off(principal: Principal) -> list[Agency]:
    reach = principal.scope(Permission.SIGN_OFF).over_agencies()
    query = select(Agency).where(reach, Agency.status != AgencyStatus.ENDED).order_by(Agency.name)
    return list(db.session.scalars(query))
