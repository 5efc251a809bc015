"""All that happened with an agency or a person, newest first."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select

from core.authz import current_principal, found, requires
from core.db import db
from core.errors import NotFound
from core.office import queries as office
from core.people.models import Agency, Membership
from helpdesk.desk import timelines
from helpdesk.desk.blueprint import bp
from helpdesk.desk.permissions import Permission


@bp.get("/agencies/<int:agency_id>/timeline")
@requires(Permission.USE)
def agency_timeline(agency_id: int) -> Any:
    principal = current_principal()
    agency = office.visible_agency(principal, agency_id)
    if not principal.can(Permission.USE, agency=agency):
        raise NotFound
    page = timelines.of_agency(principal, agency, _before())
    return _page(page, agency.name, url_for("office.agency", agency_id=agency.id))


@bp.get("/people/<int:person_id>/timeline")
@requires(Permission.USE)
def person_timeline(person_id: int) -> Any:
    principal = current_principal()
    works_in_reach = (
        select(Membership.id)
        .join(Agency)
        .where(Membership.person_id == person_id, principal.scope(Permission.USE).over_agencies())
    )
    found(db.session.scalar(works_in_reach.limit(1)))
    person = office.visible_person(principal, person_id)
    page = timelines.of_person(principal, person, _before())
    return _page(page, person.name, url_for("office.person", person_id=person.id))


def _before() -> int | None:
    typed = request.args.get("after", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and 0 < len(typed) < 19 else None


def _page(page: timelines.Timeline, name: str, back: str) -> str:
    return render_template("helpdesk/desk/timeline.html", timeline=page, name=name, back=back)
