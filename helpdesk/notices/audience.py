"""Who an audience comes to, as one query: so that ten people and a hundred thousand cost one statement each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, union
from sqlalchemy.orm import InstrumentedAttribute

from core.authz import Principal
from core.db import db
from core.errors import Invalid
from core.people.models import (
    Agency,
    AgencyStatus,
    CoC,
    Designation,
    DesignationKind,
    Lead,
    LeadStaff,
    Membership,
    Person,
    Project,
)
from core.policy import policy_for
from core.policy.vocabulary import LevelsName
from helpdesk.notices.permissions import Permission
from helpdesk.notices.rules import Audience, Group
from licensing.api import License, LicenseState

MOST_AGENCIES = 1_000
DESIGNATED = {
    Group.REPRESENTATIVES: DesignationKind.REPRESENTATIVE,
    Group.ADMINISTRATORS: DesignationKind.ADMINISTRATOR,
    Group.SECURITY_OFFICERS: DesignationKind.SECURITY_OFFICER,
    Group.DIRECTORS: DesignationKind.EXECUTIVE_DIRECTOR,
}


def people_of(lead_id: int, audience: Audience, at: datetime) -> Select[Any]:
    """The numbers of everybody it comes to at that instant, each once."""
    at_agencies = _members(lead_id, audience, at)
    kinds = [kind for group, kind in DESIGNATED.items() if group in audience.groups]
    parts: list[Select[Any]] = []
    if Group.USERS in audience.groups:
        parts.append(at_agencies)
    elif kinds:
        named = and_(
            Designation.agency_id == Membership.agency_id,
            Designation.person_id == Membership.person_id,
            Designation.kind.in_(kinds),
            _in_force(Designation, at),
        )
        parts.append(at_agencies.where(exists().where(named)))
    if Group.LEAD in audience.groups:
        parts.append(_staff(lead_id, audience, at))
    if not parts:
        return select(Person.id.label("person_id")).where(Person.id.is_(None))
    found = union(*parts).subquery()
    return select(found.c.person_id)


def _members(lead_id: int, audience: Audience, at: datetime) -> Select[Any]:
    places = [Agency.lead_id == lead_id, Agency.status != AgencyStatus.ENDED]
    if not audience.is_everywhere:
        places.append(or_(Agency.coc_id.in_(audience.coc_ids), Agency.id.in_(audience.agency_ids)))
    if audience.project_types:
        of_type = and_(Project.agency_id == Agency.id, Project.hud_type.in_(audience.project_types))
        places.append(exists().where(of_type))
    if audience.levels:
        places.append(_licensed(audience, at))
    return select(Membership.person_id.label("person_id")).join(Agency).where(_in_force(Membership, at), *places)


def _licensed(audience: Audience, at: datetime) -> ColumnElement[bool]:
    held = and_(
        License.person_id == Membership.person_id,
        License.agency_id == Membership.agency_id,
        License.state == LicenseState.ACTIVE,
        License.level.in_(audience.levels),
        or_(License.ended_at.is_(None), License.ended_at > at),
    )
    return exists().where(held)


def _staff(lead_id: int, audience: Audience, at: datetime) -> Select[Any]:
    """The Lead's own people, of the places named those who serve them."""
    there: ColumnElement[bool] = true()
    if not audience.is_everywhere:
        of_agencies = select(Agency.coc_id).where(Agency.id.in_(audience.agency_ids))
        there = or_(
            LeadStaff.coc_id.is_(None), LeadStaff.coc_id.in_(audience.coc_ids), LeadStaff.coc_id.in_(of_agencies)
        )
    works = (LeadStaff.lead_id == lead_id, _in_force(LeadStaff, at), there)
    return select(LeadStaff.person_id.label("person_id")).where(*works)


def still_there(person_id: InstrumentedAttribute[int], lead_id: int, at: datetime) -> ColumnElement[bool]:
    """Whether somebody works at an agency of the Lead's, or for the Lead itself: who has left is not written to."""
    member = and_(
        Membership.person_id == person_id,
        _in_force(Membership, at),
        Agency.id == Membership.agency_id,
        Agency.lead_id == lead_id,
        Agency.status != AgencyStatus.ENDED,
    )
    staff = and_(LeadStaff.person_id == person_id, LeadStaff.lead_id == lead_id, _in_force(LeadStaff, at))
    return or_(exists().where(member), exists().where(staff))


def _in_force(model: Any, at: datetime) -> ColumnElement[bool]:
    return and_(model.started_on <= at.date(), or_(model.ended_at.is_(None), model.ended_at > at))


def count(lead_id: int, audience: Audience, at: datetime) -> int:
    found = people_of(lead_id, audience, at).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def named(lead_id: int, audience: Audience, at: datetime) -> Select[Any]:
    """The people themselves, for a page of them."""
    return select(Person).where(Person.id.in_(people_of(lead_id, audience, at)))


# --- what somebody may choose from


def leads_of(principal: Principal) -> list[Lead]:
    """For whom this person writes notices."""
    scope = principal.scope(Permission.SEND)
    own = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    found = select(Lead).where(or_(Lead.id.in_(scope.lead_ids), Lead.id.in_(own)))
    return list(db.session.scalars(found.order_by(Lead.name)))


def cocs_to_choose(principal: Principal, lead_id: int) -> list[CoC]:
    scope = principal.scope(Permission.SEND)
    reach = or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids))
    return list(db.session.scalars(select(CoC).where(CoC.lead_id == lead_id, reach).order_by(CoC.name)))


def agencies_to_choose(principal: Principal, lead_id: int) -> list[Agency]:
    """The first so many by name; a Lead with more of them chooses by CoC."""
    reach = (principal.scope(Permission.SEND).over_agencies(), Agency.lead_id == lead_id)
    found = select(Agency).where(*reach, Agency.status != AgencyStatus.ENDED)
    return list(db.session.scalars(found.order_by(Agency.name).limit(MOST_AGENCIES)))


def project_types_of(lead_id: int) -> list[int]:
    found = select(Project.hud_type).join(Agency).where(Agency.lead_id == lead_id).distinct()
    return sorted(db.session.scalars(found))


def levels_of(cocs: list[CoC], at: datetime) -> dict[str, str]:
    """The access levels that the communities' manuals know, by their codes."""
    policies = {coc.pack: policy_for(coc, at.date()) for coc in cocs}.values()
    known = [policy.levels.levels for policy in policies if policy.has(LevelsName.ACCESS)]
    return {code: words for levels in known for code, words in levels.items()}


def within_reach(principal: Principal, lead_id: int, audience: Audience) -> Audience:
    """The audience, as far as this person may write: a CoC's manager writes to that CoC where no place is named.

    Raises Invalid for a place that is not theirs.
    """
    whole = lead_id in principal.scope(Permission.SEND).lead_ids
    cocs = {coc.id for coc in cocs_to_choose(principal, lead_id)}
    theirs = (Agency.id.in_(audience.agency_ids), Agency.lead_id == lead_id)
    wanted = db.session.execute(select(Agency.id, Agency.coc_id).where(*theirs))
    agencies = {row.id for row in wanted if whole or row.coc_id in cocs}
    if set(audience.coc_ids) - cocs or set(audience.agency_ids) - agencies:
        raise Invalid("One of the places is not yours to write to.", "Choose from the list.", field="coc_ids")
    if whole or not audience.is_everywhere:
        return audience
    return Audience(audience.groups, tuple(sorted(cocs)), (), audience.project_types, audience.levels)


def cocs_affected(lead_id: int, audience: Audience) -> list[CoC]:
    """The communities whose people are told."""
    query = select(CoC).where(CoC.lead_id == lead_id)
    if not audience.is_everywhere:
        of_agencies = select(Agency.coc_id).where(Agency.id.in_(audience.agency_ids))
        query = query.where(or_(CoC.id.in_(audience.coc_ids), CoC.id.in_(of_agencies)))
    return list(db.session.scalars(query.order_by(CoC.id)))
