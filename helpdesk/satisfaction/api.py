"""What other rooms may ask about how requests were: figures in one statement each, and what waits on Today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, select

from core import home
from core.authz import Principal, Scope
from core.db import db
from core.home import WorkItem
from core.people.models import Agency, Person
from helpdesk.satisfaction import queries, rules
from helpdesk.satisfaction.models import Satisfaction
from helpdesk.satisfaction.permissions import Permission

__all__ = ["By", "Figure", "Permission", "figures", "overall", "reach_of"]

AREA = "Help desk"


class By(StrEnum):
    """What figures are told apart by. A month is one of the zone that is asked for."""

    TIER = "tier"
    AGENCY = "agency"
    CATEGORY = "category"
    STAFF = "staff"
    MONTH = "month"


@dataclass(frozen=True)
class Figure:
    """`key` is the tier, category or month (YYYY-MM), or the number of the agency or person (none: not known).

    `closed` counts closings, `asked` those the closing mail asked about, `said` those that somebody marked, `low`
    the poor and very poor of them; `mean` is of 1 to 5, none where nobody said anything.
    """

    key: Any
    label: str
    closed: int
    asked: int
    said: int
    low: int
    mean: float | None


def reach_of(principal: Principal) -> Scope:
    return principal.scope(Permission.SEE)


def figures(scope: Scope, since: datetime, until: datetime, by: By, zone: str = "UTC") -> list[Figure]:
    """Of the closings from `since` until before `until`, one figure for each of what they are told apart by."""
    month = func.to_char(func.timezone(zone, Satisfaction.closed_at), "YYYY-MM")
    keys: dict[By, tuple[Any, Any]] = {
        By.TIER: (Satisfaction.tier, Satisfaction.tier),
        By.AGENCY: (Satisfaction.agency_id, Agency.name),
        By.CATEGORY: (Satisfaction.category, Satisfaction.category),
        By.STAFF: (Satisfaction.staff_id, Person.name),
        By.MONTH: (month, month),
    }
    key, label = keys[by]
    query = select(key.label("key"), func.min(label).label("label"), *_counts()).where(*_of(scope, since, until))
    if by is By.AGENCY:
        query = query.outerjoin(Agency, Agency.id == Satisfaction.agency_id)
    if by is By.STAFF:
        query = query.outerjoin(Person, Person.id == Satisfaction.staff_id)
    rows = db.session.execute(query.group_by("key").order_by("label"))
    return [Figure(row.key, str(row.label or "Not known"), *row[2:]) for row in rows]


def overall(scope: Scope, since: datetime, until: datetime) -> Figure:
    """The same of all of them together."""
    row = db.session.execute(select(*_counts()).where(*_of(scope, since, until))).one()
    return Figure(None, "All", *row)


def _of(scope: Scope, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return scope.where(Satisfaction), Satisfaction.closed_at >= since, Satisfaction.closed_at < until


def _counts() -> tuple[ColumnElement[Any], ...]:
    return (
        func.count(),
        func.count(Satisfaction.asked_at),
        func.count(Satisfaction.mark),
        func.count().filter(Satisfaction.mark <= rules.LOW),
        cast(func.avg(Satisfaction.mark), Float),
    )


@home.provider
def low_marks(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """The low marks that a manager has not looked at yet."""
    if not principal.can(Permission.FOLLOW):
        return []
    return [
        WorkItem(
            title=f"“{rules.MARKS[row.mark or 1]}” for request #{row.ticket_id}",
            url=f"/satisfaction/{row.id}",
            action="Look at it",
            area=AREA,
            detail=row.agency.name if row.agency else "Agency not known",
            since=row.said_at,
        )
        for row in queries.to_look_at(principal, limit)
    ]
