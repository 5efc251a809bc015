"""The agency somebody means, among those for which they may act."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from core.authz import LEAD_ROLES, Principal
from core.db import db
from core.errors import Invalid
from core.people.models import Agency, CoC
from core.search import like

ALIKE = 5


def agency_in_reach(principal: Principal, permission: StrEnum, name: str) -> Agency:
    """The one of this name; without a name, the only one there is. Raises Invalid with those that are alike."""
    query = select(Agency).where(principal.scope(permission).over_agencies())
    query = query.options(joinedload(Agency.coc).joinedload(CoC.lead)).order_by(Agency.id)
    if not name:
        mine = list(db.session.scalars(query.limit(2)))
        if len(mine) == 1:
            return mine[0]
        raise Invalid("Name the agency.", field="agency")
    agency = db.session.scalar(query.where(func.lower(Agency.name) == name.lower()).limit(1))
    if agency is None:
        begun = query.where(func.lower(Agency.name).like(like(name[:3]))).limit(ALIKE)
        alike = " or ".join(row.name for row in db.session.scalars(begun))
        advice = f"Did you mean {alike}?" if alike else "Write its name as its page shows it."
        raise Invalid("You have no agency of that name.", advice, field="agency")
    return agency


def only_agency(principal: Principal, permission: StrEnum) -> str:
    """Its name, where there is only one, so that nobody has to type it."""
    query = select(Agency.name).where(principal.scope(permission).over_agencies()).order_by(Agency.id).limit(2)
    names = list(db.session.scalars(query))
    return names[0] if len(names) == 1 else ""


def is_of_the_lead(principal: Principal, agency: Agency) -> bool:
    """Whether this person works for the Lead, in the place where the agency is."""
    staff = (grant for grant in principal.grants if grant.role in LEAD_ROLES)
    return any(grant.covers(agency=agency, coc=None, lead_id=None) for grant in staff)
