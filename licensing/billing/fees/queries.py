from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.people.models import Agency, AgencyStatus, CoC
from core.policy.vocabulary import ListName
from core.search import Hit, like, named
from core.search import provider as search_provider
from licensing.access.ground import policy_in_force
from licensing.access.models import License, LicenseState
from licensing.billing.fees.models import AgencyFigures, FeeRelief, FeeSchedule, Payer
from licensing.billing.fees.rules import Year
from licensing.billing.permissions import Permission


def _reach(principal: Principal, permission: Permission) -> ColumnElement[bool]:
    """Of a Lead or of a CoC; an agency sees its prices on its invoices."""
    scope = principal.scope(permission)
    return or_(FeeSchedule.lead_id.in_(scope.lead_ids), FeeSchedule.coc_id.in_(scope.coc_ids))


def schedules(principal: Principal) -> Select[FeeSchedule]:
    query = select(FeeSchedule).where(_reach(principal, Permission.SCHEDULE))
    return query.options(joinedload(FeeSchedule.coc), selectinload(FeeSchedule.items))


def visible_schedule(principal: Principal, number: int, *, lock: bool = False) -> FeeSchedule:
    query = schedules(principal).where(FeeSchedule.id == min(number, typed.BIGGEST))
    if lock:
        query = query.with_for_update(of=FeeSchedule, key_share=True).execution_options(populate_existing=True)
    row: FeeSchedule = found(db.session.scalar(query))
    return row


def cocs(principal: Principal, permission: Permission = Permission.SCHEDULE) -> list[CoC]:
    scope = principal.scope(permission)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(CoC.code)))


def agency_to_bill(principal: Principal, number: int, permission: Permission = Permission.SCHEDULE) -> Agency:
    """An agency of the Lead's whose fees this person keeps."""
    scope = principal.scope(permission)
    reach = or_(Agency.lead_id.in_(scope.lead_ids), Agency.coc_id.in_(scope.coc_ids))
    row: Agency = found(db.session.scalar(select(Agency).where(Agency.id == min(number, typed.BIGGEST), reach)))
    return row


def agencies_of(coc_id: int) -> list[Agency]:
    query = select(Agency).where(Agency.coc_id == coc_id, Agency.status != AgencyStatus.ENDED)
    return list(db.session.scalars(query.order_by(Agency.name)))


MOST_AGENCIES = 50


def agencies(principal: Principal, text: str) -> list[Agency]:
    """The first by name, or those that the text names; one more than are shown says that there are others."""
    scope = principal.scope(Permission.SCHEDULE)
    reach = or_(Agency.lead_id.in_(scope.lead_ids), Agency.coc_id.in_(scope.coc_ids))
    query = select(Agency).where(reach, named(Agency.name, text) if text else Agency.status != AgencyStatus.ENDED)
    return list(db.session.scalars(query.order_by(Agency.name, Agency.id).limit(MOST_AGENCIES + 1)))


def licenses_of(agency: Agency) -> list[License]:
    query = select(License).where(License.agency_id == agency.id, License.state != LicenseState.ENDED)
    return list(db.session.scalars(query.options(joinedload(License.person)).order_by(License.id).limit(500)))


def figures_of(agency: Agency, year: Year) -> AgencyFigures | None:
    query = select(AgencyFigures).where(AgencyFigures.agency_id == agency.id, AgencyFigures.first_day == year.first_day)
    return db.session.scalar(query.execution_options(populate_existing=True))


def payers_of(agency: Agency) -> list[Payer]:
    query = select(Payer).where(Payer.agency_id == agency.id).options(joinedload(Payer.paying_agency))
    return list(db.session.scalars(query.order_by(Payer.id.desc()).limit(100)))


def payer_of(agency: Agency, number: int) -> Payer:
    query = select(Payer).where(Payer.id == min(number, typed.BIGGEST), Payer.agency_id == agency.id)
    row: Payer = found(db.session.scalar(query))
    return row


def reliefs_of(agency: Agency) -> list[FeeRelief]:
    query = select(FeeRelief).where(FeeRelief.agency_id == agency.id)
    return list(db.session.scalars(query.order_by(FeeRelief.id.desc()).limit(100)))


def relief_of(agency: Agency, number: int) -> FeeRelief:
    query = select(FeeRelief).where(FeeRelief.id == min(number, typed.BIGGEST), FeeRelief.agency_id == agency.id)
    row: FeeRelief = found(db.session.scalar(query))
    return row


def factors(row: FeeSchedule, at: datetime) -> list[tuple[str, bool]]:
    """What the manual's fee is made of, and whether this schedule counts it (SON-LI-9)."""
    policy = policy_in_force(row.coc, at)
    if not policy.has(ListName.FEE_FACTORS):
        return []
    used = {str(one.basis) for one in row.items}
    used |= {"licenses"} if "license-type" in used else set()
    return [(words, code in used) for code, words in policy.list(ListName.FEE_FACTORS).items.items()]


@search_provider("Fees")
def find(principal: Principal, text: str, limit: int) -> Sequence[Hit]:
    query = schedules(principal).where(func.lower(FeeSchedule.name).like(like(text)))
    rows = db.session.scalars(query.order_by(FeeSchedule.id.desc()).limit(limit))
    return [Hit(row.name, f"/fees/{row.id}", "Fees", row.coc.code) for row in rows]
