from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline, State, kind_named
from core.files.models import StoredFile
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.office.about import Part, about_agency
from core.people.models import Agency, AgencyStatus, CoC, Designation
from core.search import named
from licensing.agencies import officers, onboarding
from licensing.agencies.models import BackgroundCheck, Paper
from licensing.agencies.officers import STILL_OWED, TAKES_PART, VACANCY
from licensing.agencies.permissions import Permission
from licensing.agencies.rules import OnboardingLine

AREA = "Licensing"


def _in_reach(principal: Principal, permission: Permission = Permission.VIEW) -> Select[Agency]:
    query = select(Agency).where(principal.scope(permission).over_agencies())
    return query.options(joinedload(Agency.coc).joinedload(CoC.lead), selectinload(Agency.projects))


def visible_agency(
    principal: Principal, agency_id: int, permission: Permission = Permission.VIEW, *, lock: bool = False
) -> Agency:
    """Another agency is not there. `lock` is for who is about to change it."""
    query = _in_reach(principal, permission).where(Agency.id == min(agency_id, typed.BIGGEST))
    if lock:
        query = query.with_for_update(of=Agency, key_share=True).execution_options(populate_existing=True)
    row: Agency = found(db.session.scalar(query))
    return row


def designation_of(agency: Agency, designation_id: int) -> Designation:
    query = select(Designation).where(Designation.id == designation_id, Designation.agency_id == agency.id)
    row: Designation = found(db.session.scalar(query.options(joinedload(Designation.person))))
    return row


def file_of(agency: Agency, paper_id: int) -> StoredFile:
    """The file of one of the agency's papers; anything else kept here is not there."""
    query = select(StoredFile).join(Paper, Paper.file_id == StoredFile.id)
    row: StoredFile = found(db.session.scalar(query.where(Paper.id == paper_id, Paper.agency_id == agency.id)))
    return row


def cocs_to_keep(principal: Principal) -> list[CoC]:
    """Where this person may add an agency."""
    scope = principal.scope(Permission.KEEP)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(CoC.code)))


def checks_of(agency: Agency) -> list[BackgroundCheck]:
    query = select(BackgroundCheck).where(BackgroundCheck.agency_id == agency.id)
    query = query.options(joinedload(BackgroundCheck.person), joinedload(BackgroundCheck.by))
    return list(db.session.scalars(query.order_by(BackgroundCheck.id.desc())))


# ------------------------------------------------------------------ where an agency stands


@dataclass(frozen=True)
class Owed:
    """What is owed, by whom, by when and why."""

    what: str
    who: str
    url: str
    due_at: datetime | None = None
    explanation: dict[str, Any] | None = None


WHO = {"agency": "The agency", "lead": "The HMIS Lead", "vendor": "The vendor", "person": "The person"}
OF_LICENSING = ("departure-notice", "deactivation", *VACANCY.values())
_more: list[str] = list(OF_LICENSING)


def is_owed_too(*kinds: str) -> None:
    """A room beside this one has deadlines that an agency's page names among what is owed."""
    _more.extend(kind for kind in kinds if kind not in _more)


def owed(agency: Agency, lines: list[OnboardingLine]) -> list[Owed]:
    """What has a clock first, the soonest first, missed ones among them; then the steps to come in."""
    query = select(Deadline).where(
        Deadline.agency_id == agency.id, Deadline.kind.in_(_more), Deadline.state.in_(STILL_OWED)
    )
    rows = db.session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(20)).all()
    timed = [
        Owed(row.title, WHO.get(row.holder, row.holder), _link(row), row.due_at, row.explanation)
        for row in rows
        if row.state is State.PENDING or row.is_missed
    ]
    steps = f"/agencies/{agency.id}/onboarding"
    return timed + [
        Owed(line.label, line.who.rstrip("."), f"{steps}#{line.step}", None, line.explanation)
        for line in lines
        if not line.is_met
    ]


def _link(row: Deadline) -> str:
    kind = kind_named(row.kind)
    return kind.link(row) if kind and kind.link else f"/deadlines/{row.id}"


@about_agency
def standing(principal: Principal, agency: Agency, at: datetime) -> Part | None:
    """One screen: where the agency stands, what is owed by whom, by when and why."""
    if not principal.can(Permission.VIEW, agency=agency):
        return None
    is_coming = agency.status is AgencyStatus.ONBOARDING
    lines = onboarding.lines(agency, at) if is_coming else []
    found_duties = officers.duties(agency, at)
    return Part(
        "licensing/agencies/_standing.html",
        {
            "lines": lines,
            "owed": owed(agency, lines),
            "duties": found_duties,
            "now": at,
            "today": at.astimezone(agency.zone).date(),
            "may_keep": principal.can(Permission.KEEP, agency=agency),
            "in_stead": officers.lead_in_its_stead(agency, at),
        },
        order=10,
    )


# ------------------------------------------------------------------ for many: the list, today


def keeping(principal: Principal, filters: Mapping[str, str]) -> Select[Agency]:
    """The agencies in reach by name: all, on the way in, or with somebody missing."""
    query = select(Agency).where(principal.scope(Permission.VIEW).over_agencies()).options(joinedload(Agency.coc))
    if filters.get("shown") == "missing":
        query = query.where(_is_missing_somebody().exists())
    elif filters.get("shown") in set(AgencyStatus):
        query = query.where(Agency.status == AgencyStatus(filters["shown"]))
    if asked := filters.get("q", "").strip():
        query = query.where(named(Agency.name, asked[:200]))
    return query


def _is_missing_somebody() -> Select[int]:
    return select(Deadline.id).where(
        Deadline.agency_id == Agency.id, Deadline.kind.in_(VACANCY.values()), Deadline.state.in_(STILL_OWED)
    )


def missing_of(agencies: list[Agency]) -> dict[int, list[Deadline]]:
    """By agency, for whom somebody is missing."""
    found_rows: dict[int, list[Deadline]] = {agency.id: [] for agency in agencies}
    query = select(Deadline).where(
        Deadline.agency_id.in_(found_rows), Deadline.kind.in_(VACANCY.values()), Deadline.state.in_(STILL_OWED)
    )
    for row in db.session.scalars(query.order_by(Deadline.due_at)):
        found_rows[row.agency_id or 0].append(row)
    return found_rows


@today_provider
def agencies_for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """Who is to be named, and who is on the way in."""
    if not principal.can(Permission.VIEW):
        return []
    return [*_vacancies(principal, limit), *_on_the_way(principal, limit)]


def _vacancies(principal: Principal, limit: int) -> list[WorkItem]:
    is_mine = principal.can(Permission.NAME) and not principal.is_lead_staff
    query = select(Deadline).where(
        principal.scope(Permission.VIEW).where(Deadline),
        Deadline.kind.in_(VACANCY.values()),
        Deadline.state.in_(STILL_OWED),
    )
    rows = db.session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(limit))
    return [
        WorkItem(
            title=row.title,
            url=_link(row),
            action="Name somebody" if is_mine else "Open",
            area=AREA,
            detail="The agency must have somebody at all times",
            due_at=row.due_at,
            explanation=row.explanation,
            since=row.opened_at,
            group=Turn.MINE if is_mine else Turn.WAITING,
        )
        for row in rows
    ]


def _on_the_way(principal: Principal, limit: int) -> list[WorkItem]:
    query = select(Agency).where(
        principal.scope(Permission.CONFIRM).over_agencies(), Agency.status == AgencyStatus.ONBOARDING
    )
    rows = db.session.scalars(query.order_by(Agency.id).limit(limit))
    return [
        WorkItem(
            title=f"Onboarding: {agency.name}",
            url=f"/agencies/{agency.id}/onboarding",
            action="Go on",
            area=AREA,
            detail="Steps are to be done before it takes part",
        )
        for agency in rows
    ]


# ------------------------------------------------------------------ for everybody


def partners(filters: Mapping[str, str]) -> Select[Agency]:
    """Everybody's list of the agencies that take part now (SON-LI-10)."""
    query = select(Agency).where(is_partner()).options(joinedload(Agency.coc))
    if code := filters.get("coc", ""):
        query = query.where(Agency.coc_id.in_(select(CoC.id).where(CoC.code == code[:80])))
    if asked := filters.get("q", "").strip():
        query = query.where(named(Agency.name, asked[:200]))
    return query


def is_partner() -> ColumnElement[bool]:
    return Agency.status.in_(TAKES_PART)


def communities() -> list[CoC]:
    query = select(CoC).where(select(Agency.id).where(Agency.coc_id == CoC.id, is_partner()).exists())
    return list(db.session.scalars(query.order_by(CoC.code).limit(1000)))
