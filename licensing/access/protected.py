"""A request for a protected project waits for the approval of whoever is named for that project.

The manuals say that such projects need special privacy, and not who decides: that is a setting of the project.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.people.models import Agency, DesignationKind, Person, Project
from core.people.services import designated, managers_of
from licensing.access.models import AccessRequest, ProtectedApproval
from licensing.access.permissions import Permission
from licensing.access.rules import Protected


class Approver(StrEnum):
    """Who approves a request for a protected project."""

    MANAGER = "lead-manager"
    DIRECTOR = "executive-director"
    SECURITY_OFFICER = "security-officer"


WORDS = {
    Approver.MANAGER: "the HMIS manager of the agency's CoC",
    Approver.DIRECTOR: "the agency's executive director",
    Approver.SECURITY_OFFICER: "the agency's security officer",
}
DUTY = {
    Approver.DIRECTOR: DesignationKind.EXECUTIVE_DIRECTOR,
    Approver.SECURITY_OFFICER: DesignationKind.SECURITY_OFFICER,
}


def approver_of(project: Project) -> Approver:
    """The manager, where nobody else is named."""
    return Approver(project.approver) if project.approver else Approver.MANAGER


def of(request: AccessRequest) -> tuple[Protected, ...]:
    """The protected projects of a request, each with who approves it and who did."""
    done = {one.project_id: one for one in request.protected_approvals}
    return tuple(
        Protected(
            project.id,
            project.name,
            WORDS[approver_of(project)],
            done[project.id].told(request.day_of(done[project.id].at)) if project.id in done else None,
        )
        for project in request.projects
        if project.is_protected
    )


def waiting_for(request: AccessRequest, principal: Principal, at: datetime) -> list[Project]:
    """The protected projects that this person is to approve, and has not yet."""
    done = {one.project_id for one in request.protected_approvals}
    rows = [project for project in request.projects if project.is_protected and project.id not in done]
    return [project for project in rows if may_approve(request, project, principal, at)] if request.is_open else []


class OfAgency(Protocol):
    """Whatever is asked for in an agency's name."""

    @property
    def agency(self) -> Agency: ...


def may_approve(request: OfAgency, project: Project, principal: Principal, at: datetime) -> bool:
    approver = approver_of(project)
    if approver is Approver.MANAGER:
        return principal.can(Permission.DECIDE, agency=request.agency)
    return any(person.id == principal.person_id for person in designated(request.agency.id, DUTY[approver], at))


class OfProjects(OfAgency, Protocol):
    """The same, for projects of the agency."""

    @property
    def lead_id(self) -> int: ...
    @property
    def coc_id(self) -> int: ...
    @property
    def agency_id(self) -> int: ...
    @property
    def projects(self) -> list[Project]: ...


def people(request: OfProjects, at: datetime) -> list[Person]:
    """Who is to be told that their approval is wanted."""
    found: dict[int, Person] = {}
    for project in request.projects:
        if project.is_protected:
            approver = approver_of(project)
            if approver is Approver.MANAGER:
                rows = managers_of(request.lead_id, at, request.coc_id)
            else:
                rows = designated(request.agency_id, DUTY[approver], at)
            found |= {person.id: person for person in rows}
    return list(found.values())


def approve(request: AccessRequest, project_id: int, reason: str, by: Principal, at: datetime) -> None:
    """Raises Invalid for a project that is not protected or not asked for, Forbidden for anybody but who is named."""
    project = next((one for one in request.projects if one.id == project_id and one.is_protected), None)
    if project is None:
        raise Invalid("This request asks for no such protected project.", field="reason")
    if not may_approve(request, project, by, at):
        raise Forbidden(f"Access to {project.name} is approved by {WORDS[approver_of(project)]}.", "Ask them.")
    if not request.is_open:
        raise Conflict("This request is closed.", "Load the page again to see how it stands.")
    if any(one.project_id == project_id for one in request.protected_approvals):
        raise Conflict("This was approved already.", "Load the page again to see how it stands.")
    row = ProtectedApproval(request_id=request.id, project_id=project_id, by_id=by.person_id, at=at, reason=reason)
    db.session.add(row)
    db.session.flush()
    db.session.expire(request, ["protected_approvals"])
    record("access.protected_approved", request, data={"project": project.name, "reason": reason})
