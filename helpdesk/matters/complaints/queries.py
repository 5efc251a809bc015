from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from core.authz import Principal, Role, RoleGrant, found
from core.db import db
from core.home import WorkItem
from core.home import provider as today_provider
from core.people.models import Agency, AgencyStatus, CoC, StaffRole
from core.search import Hit, like
from core.search import provider as search_provider
from core.veil import private
from helpdesk.matters.complaints.models import Complaint, complaint_subject
from helpdesk.matters.complaints.rules import ComplaintState, Office

AREA = "Help desk"
OFFICE_OF_ROLE = {
    Role.REPRESENTATIVE: Office.REPRESENTATIVE,
    Role.SECURITY_OFFICER: Office.SECURITY_OFFICER,
    Role.AGENCY_ADMIN: Office.AGENCY_ADMINISTRATOR,
    Role.EXECUTIVE_DIRECTOR: Office.EXECUTIVE_DIRECTOR,
    Role.LEAD_AGENT: Office.LEAD_AGENT,
    Role.LEAD_MANAGER: Office.LEAD_MANAGER,
    Role.LEAD_ADMIN: Office.LEAD_ADMIN,
}
OFFICE_OF_SEAT = {
    StaffRole.COC_LEADERSHIP: Office.COC_LEADERSHIP,
    StaffRole.DATA_COMMITTEE: Office.DATA_COMMITTEE,
    StaffRole.ADVISORY_COMMITTEE: Office.ADVISORY_COMMITTEE,
    StaffRole.MANAGING_DIRECTOR: Office.MANAGING_DIRECTOR,
}


def office_of(grant: RoleGrant) -> Office | None:
    return OFFICE_OF_SEAT.get(grant.seat) if grant.seat else OFFICE_OF_ROLE.get(grant.role)


def offices_at(principal: Principal, row: Complaint) -> frozenset[Office]:
    """What this person is in the place that a complaint concerns."""
    held = ((office_of(grant), grant) for grant in principal.grants)
    return frozenset(
        office for office, grant in held if office and grant.covers(agency=row.agency, coc=None, lead_id=None)
    )


def _at(grant: RoleGrant) -> ColumnElement[bool]:
    if grant.agency_id is not None:
        return Complaint.agency_id == grant.agency_id
    return Complaint.coc_id == grant.coc_id if grant.coc_id is not None else Complaint.lead_id == grant.lead_id


def visible(principal: Principal) -> ColumnElement[bool]:
    """`rules.may_see`, as a condition; none of it for whoever is complained of (VT-HD-3)."""
    return and_(
        or_(Complaint.complainant_id == principal.person_id, _reached(principal, Complaint.seen_by)),
        _not_about(principal),
    )


def _not_about(principal: Principal) -> ColumnElement[bool]:
    about_me = select(complaint_subject.c.complaint_id).where(complaint_subject.c.person_id == principal.person_id)
    return Complaint.id.not_in(about_me)


def _reached(principal: Principal, offices: InstrumentedAttribute[list[str]]) -> ColumnElement[bool]:
    held = [(office_of(grant), grant) for grant in principal.grants]
    places = [and_(_at(grant), offices.contains([str(office)])) for office, grant in held if office]
    return or_(*places) if places else Complaint.id.is_(None)


def _seen_ids(principal: Principal) -> Select[int]:
    return select(Complaint.id).where(visible(principal))


private(Complaint.__tablename__, _seen_ids)


def complaints(principal: Principal, filters: Mapping[str, str]) -> Select[Complaint]:
    """The complaints a person may see, narrowed by what the list's filters say."""
    query = select(Complaint).where(visible(principal)).options(joinedload(Complaint.agency))
    if filters.get("state") in set(ComplaintState):
        query = query.where(Complaint.state == ComplaintState(filters["state"]))
    if filters.get("shown") == "mine":
        query = query.where(Complaint.complainant_id == principal.person_id)
    return query


def visible_complaint(principal: Principal, complaint_id: int, *, lock: bool = False) -> Complaint:
    """For whom it is not, it is not there. `lock` is for who is about to change it."""
    query = select(Complaint).where(visible(principal), Complaint.id == complaint_id)
    if lock:
        query = query.with_for_update(of=Complaint).execution_options(populate_existing=True)
    row: Complaint = found(db.session.scalar(query))
    return row


def communities(principal: Principal) -> list[CoC]:
    """Where this person may complain of somebody: the CoCs of their agencies, of their Lead, of their seats."""
    grants = principal.grants
    leads = {grant.lead_id for grant in grants if grant.lead_id and not grant.coc_id}
    cocs = {grant.coc_id for grant in grants if grant.coc_id}
    of_agencies = select(Agency.coc_id).where(Agency.id.in_({grant.agency_id for grant in grants if grant.agency_id}))
    query = select(CoC).where(or_(CoC.lead_id.in_(leads), CoC.id.in_(cocs), CoC.id.in_(of_agencies)))
    return list(db.session.scalars(query.options(joinedload(CoC.lead)).order_by(CoC.name)))


def all_communities() -> list[CoC]:
    return list(db.session.scalars(select(CoC).options(joinedload(CoC.lead)).order_by(CoC.name)))


def agency_named(name: str, cocs: list[CoC]) -> Agency | None:
    """The agency of exactly this name, whatever its case, in one of the CoCs."""
    query = select(Agency).where(func.lower(Agency.name) == name.lower(), Agency.coc_id.in_([coc.id for coc in cocs]))
    return db.session.scalar(query.options(joinedload(Agency.coc)).order_by(Agency.id).limit(1))


def agencies_like(name: str, cocs: list[CoC], most: int = 5) -> list[str]:
    """Names that begin like what was typed."""
    query = select(Agency.name).where(
        Agency.coc_id.in_([coc.id for coc in cocs]),
        Agency.status != AgencyStatus.ENDED,
        func.lower(Agency.name).like(like(name[:3])),
    )
    return list(db.session.scalars(query.order_by(Agency.name).limit(most)))


@today_provider
def complaints_for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """The open ones whose next move is this person's."""
    query = select(Complaint).where(
        Complaint.state == ComplaintState.OPEN, _reached(principal, Complaint.acted_by), _not_about(principal)
    )
    rows = db.session.scalars(query.options(joinedload(Complaint.agency)).order_by(Complaint.id).limit(limit))
    return [
        WorkItem(
            title=f"Complaint {row.id}, {row.agency.name}",
            url=f"/complaints/{row.id}",
            action="Read and answer",
            area=AREA,
            detail="Waits for an answer",
            since=row.filed_at,
        )
        for row in rows
    ]


@search_provider("Complaints")
def find_complaints(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By number, or by the beginning of whom it is about."""
    named: ColumnElement[bool] = func.lower(Complaint.about).like(like(text))
    if text.isdecimal():
        named = or_(named, Complaint.id == int(text[:18]))
    query = select(Complaint).where(visible(principal), named).options(joinedload(Complaint.agency))
    rows = db.session.scalars(query.order_by(Complaint.id.desc()).limit(limit))
    return [Hit(f"Complaint {r.id}", f"/complaints/{r.id}", "Complaints", f"{r.agency.name}, {r.state}") for r in rows]
