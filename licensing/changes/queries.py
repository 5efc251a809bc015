from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.office.about import Part
from core.people.models import Project
from licensing.access import protected
from licensing.access.about import about_license
from licensing.access.ground import hold
from licensing.access.models import License, LicenseState
from licensing.access.permissions import Permission
from licensing.changes import services
from licensing.changes.models import OPEN_STATES, LicenseChange
from licensing.changes.rules import WORDS, ChangeKind, ChangeState

AREA = "Licensing"
MOST_OF_HISTORY = 20
CLOSED_STATES = tuple(state for state in ChangeState if state not in OPEN_STATES)
SHOWN = {"open": OPEN_STATES, "closed": CLOSED_STATES, "all": tuple(ChangeState)}
WITH_NAMES = (
    joinedload(LicenseChange.agency),
    joinedload(LicenseChange.coc),
    joinedload(LicenseChange.requested_by),
    joinedload(LicenseChange.decided_by),
    joinedload(LicenseChange.license).joinedload(License.person),
    selectinload(LicenseChange.projects),
)


def changes(principal: Principal, filters: Mapping[str, str]) -> Select[LicenseChange]:
    """The changes a person may see, narrowed by what the list's filters say."""
    query = _in_reach(principal).options(*WITH_NAMES)
    query = query.where(LicenseChange.state.in_(SHOWN.get(filters.get("shown", "open"), OPEN_STATES)))
    if filters.get("kind") in set(ChangeKind):
        query = query.where(LicenseChange.kind == ChangeKind(filters["kind"]))
    if filters.get("state") in set(ChangeState):
        query = query.where(LicenseChange.state == ChangeState(filters["state"]))
    return query


def _in_reach(principal: Principal) -> Select[LicenseChange]:
    return select(LicenseChange).where(principal.scope(Permission.VIEW).where(LicenseChange))


def visible_change(principal: Principal, change_id: int, *, lock: bool = False) -> LicenseChange:
    """Another agency's is not there. `lock` is for who is about to change it."""
    query = _in_reach(principal).where(LicenseChange.id == min(change_id, typed.BIGGEST))
    row: LicenseChange = found(db.session.scalar(query))
    if lock:
        hold(row.agency)
        services.lock(row)
    return row


def history(held: License) -> list[LicenseChange]:
    """What was asked for about one license, the newest first."""
    query = select(LicenseChange).where(LicenseChange.license_id == held.id).options(*WITH_NAMES)
    return list(db.session.scalars(query.order_by(LicenseChange.id.desc()).limit(MOST_OF_HISTORY)))


def waiting_for(row: LicenseChange, principal: Principal, at: datetime) -> list[Project]:
    """The protected projects that this person is to approve, and has not yet; none for a license of their own."""
    if not row.is_open or principal.person_id == row.license.person_id:
        return []
    rows = [one for one in row.projects if one.is_protected and str(one.id) not in row.approvals]
    return [one for one in rows if protected.may_approve(row, one, principal, at)]


@today_provider
def changes_for_today(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """To decide or to approve, for who may; for the agency, to wait for."""
    if not principal.can(Permission.VIEW):
        return []
    for_a_project = LicenseChange.projects.any(Project.is_protected)
    waits = or_(LicenseChange.state == ChangeState.REQUESTED, for_a_project)
    query = _in_reach(principal).where(LicenseChange.state.in_(OPEN_STATES), waits).options(*WITH_NAMES)
    rows = db.session.scalars(query.order_by(LicenseChange.id).limit(limit)).all()
    approves = {row.id: bool(waiting_for(row, principal, at)) for row in rows}
    shown = (row for row in rows if approves[row.id] or row.state is ChangeState.REQUESTED)
    return [_work_item(row, principal, approves=approves[row.id]) for row in shown]


def _work_item(row: LicenseChange, principal: Principal, *, approves: bool) -> WorkItem:
    """Whether the pack lets this person decide is asked on the page itself."""
    mine = any(principal.can(one, agency=row.agency) for one in (Permission.DECIDE, Permission.GRANT))
    mine = mine and row.state is ChangeState.REQUESTED and principal.person_id != row.license.person_id
    action = "Decide" if mine else "Approve the protected project" if approves else "Open"
    return WorkItem(
        title=f"{WORDS[row.kind]}: {row.license.person.name}, {row.agency.name}",
        url=f"/license-changes/{row.id}",
        action=action,
        area=AREA,
        detail="Waits for a decision" if row.state is ChangeState.REQUESTED else "Approved, not done yet",
        since=row.requested_at,
        group=Turn.WAITING if action == "Open" else Turn.MINE,
    )


@about_license
def changes_of(principal: Principal, held: License, at: datetime) -> Part | None:
    """The history of a license, and where to ask for more."""
    rows = history(held)
    may_ask = held.state is not LicenseState.ENDED and principal.can(Permission.REQUEST, agency=held.agency)
    if not rows and not may_ask:
        return None
    says = {row.id: services.says(row, services.policy_of(row, at)) for row in rows}
    context = {"rows": rows, "says": says, "may_ask": may_ask, "license_id": held.id}
    return Part("licensing/changes/_license.html", context)


def license_to_change(principal: Principal, license_id: int) -> License:
    """One of an agency that this person may ask for; any other is not there."""
    query = select(License).where(principal.scope(Permission.REQUEST).where(License))
    query = query.where(License.id == min(license_id, typed.BIGGEST))
    row: License = found(db.session.scalar(query.options(joinedload(License.person), joinedload(License.agency))))
    return row
