"""What the sweep looks for: agencies whose period has begun and who have not been asked yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from core import clock
from core.audit import acting_as
from core.db import db, unit_of_work
from core.people.models import Agency, AgencyStatus
from core.people.services import closures_of
from core.policy.vocabulary import CycleName
from licensing.access.models import License, LicenseState
from licensing.access.services import local_day, policy_in_force
from licensing.reviews import rules, services
from licensing.reviews.models import AccessReview, ReviewPlan

ACTOR = "system:reviews"


def open_all() -> int:
    """Of every Lead that has begun its reviews; each agency in a unit of work of its own. Safe to repeat. Returns how
    many were opened."""
    opened = 0
    with acting_as(ACTOR):
        for number in list(_to_ask()):
            with unit_of_work():
                agency = db.session.get_one(Agency, number)
                closed = {date.fromisoformat(day): name for day, name in closures_of(agency.lead_id).items()}
                opened += services.open_review(agency, clock.now(), closed) is not None
    return opened


def _to_ask() -> Iterator[int]:
    """Agencies with users whose last review is of an earlier period than the present one."""
    at = clock.now()
    last = select(AccessReview.agency_id, func.max(AccessReview.period).label("period"))
    last_ones = last.group_by(AccessReview.agency_id).subquery("last_ones")
    used = exists().where(License.agency_id == Agency.id, License.state != LicenseState.ENDED)
    query = select(Agency, last_ones.c.period).outerjoin(last_ones, last_ones.c.agency_id == Agency.id)
    query = query.join(ReviewPlan, ReviewPlan.lead_id == Agency.lead_id).where(ReviewPlan.ended_at.is_(None))
    query = query.where(Agency.status == AgencyStatus.ACTIVE, used).options(joinedload(Agency.coc))
    for agency, period in db.session.execute(query.order_by(Agency.id)).all():
        policy = policy_in_force(agency.coc, at)
        if not policy.has(CycleName.ACCESS_REVIEW):
            continue
        if period is None or period < rules.period_of(policy, local_day(at, agency.tz)):
            yield agency.id
