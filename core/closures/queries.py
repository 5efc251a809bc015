from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from core.authz import Principal, found
from core.closures.permissions import Permission
from core.db import db
from core.errors import NotFound
from core.people.models import Closure, CoC, Lead
from core.workcalendar import federal_holidays


@dataclass(frozen=True)
class Day:
    """A day on which the office is closed; `closure` is none for a federal holiday."""

    day: date
    name: str
    closure: Closure | None


def lead_of(principal: Principal, permission: StrEnum = Permission.VIEW) -> Lead:
    """The Lead a staff member works for, also where their part in it is one CoC. Raises NotFound."""
    scope = principal.scope(permission)
    of_cocs = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    query = select(Lead).where(Lead.id.in_(scope.lead_ids) | Lead.id.in_(of_cocs)).order_by(Lead.id).limit(1)
    lead: Lead = found(db.session.scalar(query))
    return lead


def days_of(lead: Lead, years: range) -> list[Day]:
    """All closed days of these years in order, the federal holidays among them."""
    first, last = date(years.start, 1, 1), date(years.stop - 1, 12, 31)
    rows = db.session.scalars(select(Closure).where(Closure.lead_id == lead.id, Closure.day.between(first, last)))
    own = [Day(row.day, row.name, row) for row in rows]
    federal = [Day(day, name, None) for year in years for day, name in federal_holidays(year).items()]
    return sorted([*own, *federal], key=lambda day: day.day)


def closure_of(principal: Principal, closure_id: int, permission: Permission = Permission.KEEP) -> Closure:
    """Raises NotFound for another Lead's as for none."""
    row = db.session.get(Closure, closure_id)
    if row is None or not principal.can(permission, lead_id=row.lead_id):
        raise NotFound
    return row
