"""A license is changed: another level, more projects, the reporting add-on. By API."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import Given, Id, LineOut, Listing, Model, NoClient, Paging, ReasonGiven, Said
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden
from core.paging import page_of
from core.text import one_line
from licensing.access.permissions import Permission as P
from licensing.changes import queries, services
from licensing.changes.models import LicenseChange
from licensing.changes.rules import Act, ChangeKind, ChangeState

TAG = "Licenses"
ACTS = {"approve": Act.APPROVE, "deny": Act.DENY}


class LicenseChangeOut(Model):
    id: int
    license_id: int
    agency_id: int
    kind: ChangeKind
    level: str
    was_level: str
    project_ids: list[int]
    reason: str
    state: ChangeState
    requested_at: datetime
    decided_at: datetime | None
    decision_reason: str
    closed_at: datetime | None
    pack: str


class LicenseChangeDetail(LicenseChangeOut):
    """`lines` is the one explained decision: what holds, what is missing, who can mend it, by which rule."""

    lines: list[LineOut]


class LicenseChangeList(Paging):
    items: list[LicenseChangeOut]


class LicenseChangeQuery(Listing):
    state: ChangeState | None = None
    kind: ChangeKind | None = None


class NewLicenseChange(Given):
    """`level` is for another level, `project_ids` for more projects."""

    kind: ChangeKind
    reason: Said
    level: str = Field("", max_length=80)
    job_title: Annotated[str, Field(max_length=120), NoClient] = ""
    project_ids: list[Id] = Field(default=[], max_length=500)


class LicenseChangeDecided(Given):
    decision: Literal["approve", "deny"]
    reason: Said


@bp.get("/license-changes")
@requires(P.VIEW)
@bp.input(LicenseChangeQuery, location="query")
@bp.output(LicenseChangeList)
@bp.doc(tags=[TAG], summary="Changes of licenses, newest first", security="bearer", responses=failures(422))
def list_license_changes(query_data: LicenseChangeQuery) -> Any:
    given = {"state": query_data.state, "kind": query_data.kind}
    filters = MultiDict({"shown": "all", **{name: str(value) for name, value in given.items() if value}})
    query = queries.changes(current_principal(), filters)
    page = page_of(query, [LicenseChange.id], descending=True, after=query_data.after or "", before="")
    return {"items": [_plain(row) for row in page.rows], "next": page.next}


@bp.post("/licenses/<int:license_id>/changes")
@requires(P.REQUEST)
@bp.input(NewLicenseChange, arg_name="given")
@bp.output(LicenseChangeDetail, status_code=201)
@bp.doc(
    tags=[TAG], summary="Ask that a license be changed, as an authorized representative", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def ask_for_change(license_id: int, given: NewLicenseChange) -> Any:
    held = queries.license_to_change(current_principal(), license_id)
    asked = services.Asked(
        given.kind,
        given.reason,
        idempotency_key() or secrets.token_urlsafe(16),
        given.level,
        one_line(given.job_title),
        tuple(given.project_ids),
    )
    with unit_of_work():
        row = services.ask(held, asked, me(), clock.now())
    return _detail(row)


@bp.get("/license-changes/<int:change_id>")
@requires(P.VIEW)
@bp.output(LicenseChangeDetail)
@bp.doc(tags=[TAG], summary="A change with what it needs, line by line", security="bearer", responses=failures(404))
def show_license_change(change_id: int) -> Any:
    return _detail(queries.visible_change(current_principal(), change_id))


@bp.post("/license-changes/<int:change_id>/decision")
@requires(P.DECIDE, P.GRANT)
@bp.input(LicenseChangeDecided, arg_name="given")
@bp.output(LicenseChangeDetail)
@bp.doc(
    tags=[TAG], summary="Approve or deny; what needs nothing more is done at once", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def decide_license_change(change_id: int, given: LicenseChangeDecided) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_change(principal, change_id, lock=True)
        services.decide(row, principal, ACTS[given.decision], given.reason, clock.now())
    return _detail(row)


@bp.post("/license-changes/<int:change_id>/protected/<int:project_id>")
@requires(P.VIEW)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(LicenseChangeDetail)
@bp.doc(
    tags=[TAG], summary="Approve that the license reaches a protected project, as who is named for it",
    security="bearer", responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def approve_protected_change(change_id: int, project_id: int, given: ReasonGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_change(principal, change_id, lock=True)
        services.approve_protected(row, project_id, given.reason, principal, clock.now())
    return _detail(row)


@bp.post("/license-changes/<int:change_id>/withdrawal")
@requires(P.REQUEST)
@bp.output(LicenseChangeDetail)
@bp.doc(tags=[TAG], summary="Withdraw what was asked for", security="bearer", responses=failures(404, 409))
def withdraw_license_change(change_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_change(current_principal(), change_id, lock=True)
        if not current_principal().can(P.REQUEST, agency=row.agency):
            raise Forbidden("This is withdrawn by who may ask for it.")
        services.withdraw(row, clock.now())
    return _detail(row)


def _plain(row: LicenseChange) -> dict[str, Any]:
    names = (name for name in LicenseChangeOut.model_fields if name != "project_ids")
    return {**{name: getattr(row, name) for name in names}, "project_ids": [one.id for one in row.projects]}


def _detail(row: LicenseChange) -> dict[str, Any]:
    return {**_plain(row), "lines": services.lines(row, clock.now())}
