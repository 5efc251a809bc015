from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.office.about import Part, about_person
from core.people.models import Agency, AgencyStatus, Person
from core.search import Hit, like
from core.search import provider as search_provider
from licensing.access import protected, rules, services
from licensing.access.ground import hold, hold_license
from licensing.access.holds import PATHS
from licensing.access.models import (
    OPEN_STATES,
    AccessRequest,
    Confirmation,
    License,
    LicenseHold,
    LicenseState,
    ProtectedApproval,
)
from licensing.access.permissions import Permission
from licensing.access.rules import Line, RequestState

AREA = "Licensing"
CLOSED_STATES = tuple(state for state in RequestState if state not in OPEN_STATES)
SHOWN = {"open": OPEN_STATES, "closed": CLOSED_STATES, "all": tuple(RequestState)}


WITH_ITS_LINES = (
    joinedload(AccessRequest.agency),
    joinedload(AccessRequest.coc),
    joinedload(AccessRequest.requested_by),
    joinedload(AccessRequest.decided_by),
    selectinload(AccessRequest.projects),
    selectinload(AccessRequest.confirmations).joinedload(Confirmation.confirmed_by),
    selectinload(AccessRequest.protected_approvals).joinedload(ProtectedApproval.by),
)


def requests(principal: Principal, filters: Mapping[str, str]) -> Select[AccessRequest]:
    """The requests a person may see, narrowed by what the list's filters say."""
    query = _requests_in_reach(principal).options(*WITH_ITS_LINES)
    states = SHOWN.get(filters.get("shown", "open"), OPEN_STATES)
    query = query.where(AccessRequest.state.in_(states))
    if filters.get("state") in set(RequestState):
        query = query.where(AccessRequest.state == RequestState(filters["state"]))
    if filters.get("agency", "").isdecimal():
        query = query.where(AccessRequest.agency_id == int(filters["agency"][:18]))
    return query


def _requests_in_reach(principal: Principal) -> Select[AccessRequest]:
    return select(AccessRequest).where(principal.scope(Permission.VIEW).where(AccessRequest))


def visible_request(principal: Principal, request_id: int, *, lock: bool = False) -> AccessRequest:
    """Another agency's request is not there. `lock` is for who is about to change it."""
    query = _requests_in_reach(principal).where(AccessRequest.id == min(request_id, typed.BIGGEST))
    if lock:
        query = query.with_for_update(of=AccessRequest).execution_options(populate_existing=True)
    row: AccessRequest = found(db.session.scalar(query))
    return row


def licenses(principal: Principal, filters: Mapping[str, str]) -> Select[License]:
    query = _licenses_in_reach(principal).options(joinedload(License.person), joinedload(License.agency))
    if filters.get("state") in set(LicenseState):
        query = query.where(License.state == LicenseState(filters["state"]))
    if filters.get("agency", "").isdecimal():
        query = query.where(License.agency_id == int(filters["agency"][:18]))
    return query


def _licenses_in_reach(principal: Principal) -> Select[License]:
    return select(License).where(principal.scope(Permission.LICENSE_VIEW).where(License))


def visible_license(principal: Principal, license_id: int, *, lock: bool = False) -> License:
    """Another agency's is not there. `lock`: the agency first and then the license, as everybody takes them."""
    query = _licenses_in_reach(principal).where(License.id == min(license_id, typed.BIGGEST))
    row: License = found(db.session.scalar(query))
    if lock:
        hold(row.agency)
        hold_license(row)
    return row


@about_person
def licenses_of(principal: Principal, person: Person, _at: datetime) -> Part | None:
    """The licenses in the viewer's reach, one's own among them, with what keeps each suspended."""
    reach = or_(principal.scope(Permission.LICENSE_VIEW).where(License), License.person_id == principal.person_id)
    query = select(License).where(License.person_id == person.id, reach)
    query = query.options(joinedload(License.agency), selectinload(License.holds))
    rows = db.session.scalars(query.order_by(License.id.desc()).limit(20)).all()
    return Part("licensing/access/_person.html", {"licenses": rows}) if rows else None


def agencies_to_request_for(principal: Principal) -> list[Agency]:
    """The agencies in which this person may ask for access, by name."""
    ids = principal.scope(Permission.REQUEST).agency_ids
    query = select(Agency).where(Agency.id.in_(ids), Agency.status.in_((AgencyStatus.ACTIVE, AgencyStatus.ONBOARDING)))
    return list(db.session.scalars(query.order_by(Agency.name).options(joinedload(Agency.coc))))


@today_provider
def requests_for_today(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """Open requests: to decide, to complete, to activate; for the agency, to wait for."""
    if not principal.can(Permission.VIEW):
        return []
    query = _requests_in_reach(principal).where(AccessRequest.state.in_(OPEN_STATES))
    rows = db.session.scalars(query.order_by(AccessRequest.id).limit(limit).options(*WITH_ITS_LINES)).all()
    steps = next_steps(rows, principal, at)
    return [_work_item(row, steps[row.id]) for row in rows]


def _work_item(request: AccessRequest, action: str) -> WorkItem:
    return WorkItem(
        title=f"{action or 'Access'}: {request.name}, {request.agency.name}",
        url=f"/access/{request.id}",
        action=action or "Open",
        area=AREA,
        detail="Waits for a decision" if request.state is RequestState.REQUESTED else "Approved, not active yet",
        since=request.requested_at,
        group=Turn.MINE if action else Turn.WAITING,
    )


def next_steps(requests: Sequence[AccessRequest], principal: Principal, at: datetime) -> dict[int, str]:
    """What this person can do now about each request, by its id; empty when it is somebody else's turn."""
    waiting = [request for request in requests if request.is_open]
    lines = services.eligibilities(waiting, at)
    steps = {request.id: _next_step(request, lines[request.id], principal, at) for request in waiting}
    return {request.id: steps.get(request.id, "") for request in requests}


def _next_step(request: AccessRequest, lines: list[Line], principal: Principal, at: datetime) -> str:
    if protected.waiting_for(request, principal, at):
        return "Approve the protected project"
    if request.state is RequestState.REQUESTED and services.may_decide(principal, request, at):
        return "Decide"
    if any(line.confirmable and not line.holds for line in lines):
        return "Confirm what is missing" if principal.can(Permission.CONFIRM, agency=request.agency) else ""
    ready = request.state is RequestState.APPROVED and rules.all_hold(lines)
    return "Activate" if ready and principal.can(Permission.ACTIVATE, agency=request.agency) else ""


@today_provider
def my_locked_licenses(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """One's own licenses that are locked, each with why; where it is one's own move, with the way there."""
    open_ones = select(LicenseHold).join(License).where(
        License.person_id == principal.person_id, License.state == LicenseState.SUSPENDED,
        LicenseHold.lifted_at.is_(None),
    )  # fmt: skip
    query = open_ones.order_by(LicenseHold.id).limit(limit)
    rows = db.session.scalars(query.options(joinedload(LicenseHold.license).joinedload(License.agency)))
    return [
        WorkItem(
            f"Your access to the HMIS is locked, {one.license.agency.name}",
            PATHS.get(one.kind, f"/people/{principal.person_id}"), "See why", AREA, detail=one.words, since=one.at,
            group=Turn.MINE if one.kind in PATHS else Turn.WAITING,
        )
        for one in rows
    ]  # fmt: skip


@search_provider("Licenses")
def find_licenses(principal: Principal, text: str, limit: int) -> list[Hit]:
    named = or_(func.lower(Person.name).like(like(text)), func.lower(Person.email).like(like(text)))
    query = _licenses_in_reach(principal).join(Person, Person.id == License.person_id).where(named)
    query = query.options(joinedload(License.person), joinedload(License.agency))
    rows = db.session.scalars(query.order_by(Person.name, License.id).limit(limit))
    return [Hit(r.person.name, f"/access/licenses/{r.id}", "Licenses", f"{r.agency.name}, {r.state}") for r in rows]


@search_provider("Access requests")
def find_requests(principal: Principal, text: str, limit: int) -> list[Hit]:
    named = or_(func.lower(AccessRequest.name).like(like(text)), func.lower(AccessRequest.email).like(like(text)))
    query = _requests_in_reach(principal).where(named).options(joinedload(AccessRequest.agency))
    rows = db.session.scalars(query.order_by(AccessRequest.id.desc()).limit(limit))
    return [Hit(r.name, f"/access/{r.id}", "Access requests", f"{r.agency.name}, {r.state}") for r in rows]
