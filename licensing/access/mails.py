"""Who is told what about a request for access. No mail carries credentials."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.outbox import enqueue
from core.people.models import DesignationKind, Person
from core.people.services import designated, managers_of
from licensing.access.models import AccessRequest, License


def lead_managers(lead_id: int, coc_id: int, at: datetime) -> list[Person]:
    return managers_of(lead_id, at, coc_id)


def requested(request: AccessRequest, at: datetime) -> None:
    for manager in lead_managers(request.lead_id, request.coc_id, at):
        _send("access-requested", request, manager)


def protected(request: AccessRequest, people: list[Person]) -> None:
    """To who is named for a protected project: their approval is wanted."""
    names = ", ".join(project.name for project in request.projects if project.is_protected)
    for person in people:
        _send("access-protected", request, person, projects=names)


def decided(request: AccessRequest) -> None:
    _send(f"access-{request.state}", request, request.requested_by, at=request.decided_at)


def activated(request: AccessRequest, person: Person, held: License) -> None:
    _send("license-activated", request, person, license=held, path="/")
    if request.requested_by_id != person.id:
        _send("license-activated-agency", request, request.requested_by, license=held)


def license_news(held: License, once: str, subject: str, says: str, at: datetime, more: Iterable[Person] = ()) -> None:
    """To the person, to those of the agency who answer for its licenses, and to whoever else is named."""
    kinds = (DesignationKind.ADMINISTRATOR, DesignationKind.REPRESENTATIVE)
    people = [held.person, *more, *(person for kind in kinds for person in designated(held.agency_id, kind, at))]
    for person in {one.id: one for one in people}.values():
        path = "/" if person.id == held.person_id else f"/access/licenses/{held.id}"
        told = {"subject_words": subject, "says": says, "agency": held.agency, "path": path}
        enqueue("license-news", person, key=f"license-news:{held.id}:{once}:{person.id}", context=told, subject=held)


def _send(message: str, request: AccessRequest, to: Person, **context: Any) -> None:
    told = {"request": request, "agency": request.agency, "path": f"/access/{request.id}", **context}
    when = f":{context['at'].isoformat()}" if context.get("at") else ""
    enqueue(message, to, key=f"{message}:{request.id}:{to.id}{when}", context=told, subject=request)
