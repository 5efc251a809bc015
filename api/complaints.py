from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import PLAIN, Given, Listing, Long, Model, Paging, Short
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from helpdesk.matters.complaints import queries, services
from helpdesk.matters.complaints.models import Complaint
from helpdesk.matters.complaints.rules import Channel, ComplaintState, Kind, Step
from helpdesk.matters.complaints.services import Said
from helpdesk.matters.permissions import Permission as P

TAG = "Complaints"
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=PLAIN)]


class ComplaintOut(Model):
    id: int
    agency_id: int
    kind: Kind
    state: ComplaintState
    step: Step
    filed_at: datetime
    answered_at: datetime | None


class StayOut(Model):
    step: Step
    since: datetime
    rule: str
    because: list[str]


class ComplaintDetail(ComplaintOut):
    """With its way so far; `complainant_id` is none for whoever may not know it."""

    about: str
    when_said: str
    text: str
    answer: str
    complainant_id: int | None
    stays: list[StayOut]


class ComplaintList(Paging):
    items: list[ComplaintOut]


class NewComplaint(Given):
    """`agency` is its name; `when_said` a date or a time in words."""

    kind: Kind = Kind.VIOLATION
    agency: Words = ""
    about: Words = ""
    when_said: Words = ""
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=PLAIN)] = ""
    is_about_lead: bool = False
    is_anonymous: bool = False


class Answered(Given):
    answer: Long


class PassedOn(Given):
    reason: Long
    to: Step | None = Field(default=None, description="One of those above; the next one when it is left out.")


class Named(Given):
    about: Short


@bp.get("/complaints")
@requires(P.COMPLAINT_VIEW)
@bp.input(Listing, location="query")
@bp.output(ComplaintList)
@bp.doc(tags=[TAG], summary="List the complaints you may see, newest first", security="bearer", responses=failures(422))
def list_complaints(query_data: Listing) -> Any:
    query = queries.complaints(current_principal(), {})
    page = page_of(query, [Complaint.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/complaints")
@requires(P.COMPLAINT_FILE)
@bp.input(NewComplaint, arg_name="given")
@bp.output(ComplaintDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Complain of a violation, or for a client of how their privacy was kept",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def file_complaint(given: NewComplaint) -> Any:
    said = Said(**given.model_dump(), once=idempotency_key() or secrets.token_urlsafe(16))
    cocs = queries.communities(current_principal())
    with unit_of_work():
        row = services.file_complaint(said, me(), cocs, Channel.API, clock.now())
    return _detail(row)


@bp.get("/complaints/<int:complaint_id>")
@requires(P.COMPLAINT_VIEW)
@bp.output(ComplaintDetail)
@bp.doc(tags=[TAG], summary="A complaint with its way so far", security="bearer", responses=failures(404))
def show_complaint(complaint_id: int) -> Any:
    return _detail(queries.visible_complaint(current_principal(), complaint_id))


@bp.post("/complaints/<int:complaint_id>/answer")
@requires(P.COMPLAINT_DECIDE)
@bp.input(Answered, arg_name="given")
@bp.output(ComplaintDetail)
@bp.doc(tags=[TAG], summary="Answer it, once", security="bearer", responses=failures(400, 404, 409, 413, 422))
def answer_complaint(complaint_id: int, given: Answered) -> Any:
    with unit_of_work():
        row = queries.visible_complaint(current_principal(), complaint_id, lock=True)
        services.answer(row, given.answer, current_principal(), clock.now())
    return _detail(row)


@bp.post("/complaints/<int:complaint_id>/pass-on")
@requires(P.COMPLAINT_DECIDE)
@bp.input(PassedOn, arg_name="given")
@bp.output(ComplaintDetail)
@bp.doc(
    tags=[TAG],
    summary="Pass on what cannot be settled here",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def pass_complaint_on(complaint_id: int, given: PassedOn) -> Any:
    with unit_of_work():
        row = queries.visible_complaint(current_principal(), complaint_id, lock=True)
        services.pass_up(row, given.to, given.reason, current_principal(), clock.now())
    return _detail(row)


@bp.post("/complaints/<int:complaint_id>/name")
@requires(P.COMPLAINT_DECIDE)
@bp.input(Named, arg_name="given")
@bp.output(ComplaintDetail)
@bp.doc(
    tags=[TAG],
    summary="Say who is meant; from then on they cannot see it",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def name_complained_of(complaint_id: int, given: Named) -> Any:
    with unit_of_work():
        row = queries.visible_complaint(current_principal(), complaint_id, lock=True)
        services.name_subject(row, given.about, current_principal(), clock.now())
    return _detail(row)


def _detail(row: Complaint) -> dict[str, Any]:
    knows = services.knows_complainant(current_principal(), row)
    plain = {name: getattr(row, name) for name in _PLAIN}
    return plain | {"complainant_id": row.complainant_id if knows else None, "stays": row.stays}


_PLAIN = [
    "id",
    "agency_id",
    "kind",
    "state",
    "step",
    "filed_at",
    "answered_at",
    "about",
    "when_said",
    "text",
    "answer",
]
