from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from api.blueprint import bp, failures, idempotency_key
from api.complaints import Words
from api.schemas import DeadlineOut, Given, Id, Listing, Long, Model, Paging, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.deadlines import deadlines_of
from core.errors import Forbidden
from core.paging import page_of
from helpdesk.matters.changes import queries, services
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery
from helpdesk.matters.changes.rules import ChangeState, Choice
from helpdesk.matters.permissions import Permission as P

TAG = "Policy changes"
CHANGES = failures(400, 404, 409, 413, 422)


class ChangeOut(Model):
    id: int
    coc_id: int
    agency_id: int | None
    title: str
    state: ChangeState
    proposed_at: datetime


class TallyOut(Model):
    """`needed` is a majority of the members; `outcome` is none while the vote is open."""

    members: int
    in_favor: int
    against: int
    abstained: int
    needed: int


class ChangeDetail(ChangeOut):
    text: str
    put_to_vote_at: datetime | None
    voted_at: datetime | None
    adopted_at: datetime | None
    forwarded_at: datetime | None
    tally: TallyOut
    deadlines: list[DeadlineOut]


class ChangeList(Paging):
    items: list[ChangeOut]


class DeliveryOut(Model):
    id: int
    agency_id: int
    delivered_at: datetime | None
    acknowledged_at: datetime | None


class DeliveryList(Paging):
    items: list[DeliveryOut]


class NewChange(Given):
    coc_id: Id
    title: Short
    text: Long


class Vote(Given):
    choice: Choice


class BoardDecision(Given):
    approves: bool
    day: date
    note: Words = ""


@bp.get("/policy-changes")
@requires(P.CHANGE_VIEW, P.SIT)
@bp.input(Listing, location="query")
@bp.output(ChangeList)
@bp.doc(tags=[TAG], summary="List proposed and adopted changes", security="bearer", responses=failures(422))
def list_changes(query_data: Listing) -> Any:
    query = queries.changes(current_principal(), {})
    page = page_of(query, [PolicyChange.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/policy-changes")
@requires(P.CHANGE_PROPOSE)
@bp.input(NewChange, arg_name="given")
@bp.output(ChangeDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Propose a change", security="bearer", responses=CHANGES)
def propose_change(given: NewChange) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    places = queries.communities(principal)
    coc, agency = found(next((place for place in places if place[0].id == given.coc_id), None))
    with unit_of_work():
        row = services.propose(coc, agency, principal, given.title, given.text, once, clock.now())
    return _detail(row)


@bp.get("/policy-changes/<int:change_id>")
@requires(P.CHANGE_VIEW, P.SIT)
@bp.output(ChangeDetail)
@bp.doc(tags=[TAG], summary="A change with its vote and its clock", security="bearer", responses=failures(404))
def show_change(change_id: int) -> Any:
    return _detail(queries.visible_change(current_principal(), change_id))


@bp.post("/policy-changes/<int:change_id>/put-to-vote")
@requires(P.CHANGE_KEEP)
@bp.output(ChangeDetail)
@bp.doc(tags=[TAG], summary="Put it to the data committee's vote", security="bearer", responses=failures(404, 409))
def put_change_to_vote(change_id: int) -> Any:
    with unit_of_work():
        row = _kept(change_id)
        services.put_to_vote(row, clock.now())
    return _detail(row)


@bp.post("/policy-changes/<int:change_id>/vote")
@requires(P.CHANGE_VIEW, P.SIT)
@bp.input(Vote, arg_name="given")
@bp.output(ChangeDetail)
@bp.doc(tags=[TAG], summary="Vote, as a member of the data committee", security="bearer", responses=CHANGES)
def vote_on_change(change_id: int, given: Vote) -> Any:
    with unit_of_work():
        row = queries.visible_change(current_principal(), change_id, lock=True)
        services.vote(row, current_principal(), given.choice, clock.now())
    return _detail(row)


@bp.post("/policy-changes/<int:change_id>/board")
@requires(P.CHANGE_KEEP)
@bp.input(BoardDecision, arg_name="given")
@bp.output(ChangeDetail)
@bp.doc(tags=[TAG], summary="Write down what the CoC's board decided", security="bearer", responses=CHANGES)
def board_decided(change_id: int, given: BoardDecision) -> Any:
    with unit_of_work():
        row = _kept(change_id)
        by, at = current_principal(), clock.now()
        services.board_decides(row, by, given.day, given.note, at, approves=given.approves)
    return _detail(row)


@bp.post("/policy-changes/<int:change_id>/forward")
@requires(P.CHANGE_KEEP)
@bp.output(ChangeDetail)
@bp.doc(tags=[TAG], summary="Forward it to every executive director", security="bearer", responses=failures(404, 409))
def forward_change(change_id: int) -> Any:
    with unit_of_work():
        row = _kept(change_id)
        services.forward(row, clock.now())
    return _detail(row)


@bp.get("/policy-changes/<int:change_id>/deliveries")
@requires(P.CHANGE_VIEW)
@bp.input(Listing, location="query")
@bp.output(DeliveryList)
@bp.doc(tags=[TAG], summary="Who has it, and who has acknowledged it", security="bearer", responses=failures(404, 422))
def list_deliveries(change_id: int, query_data: Listing) -> Any:
    row = queries.visible_change(current_principal(), change_id)
    query = queries.deliveries(current_principal(), row, {})
    page = page_of(query, [PolicyDelivery.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/policy-changes/deliveries/<int:delivery_id>/acknowledge")
@requires(P.CHANGE_ACKNOWLEDGE)
@bp.output(DeliveryOut)
@bp.doc(tags=[TAG], summary="Acknowledge it for your agency", security="bearer", responses=failures(404, 409))
def acknowledge_delivery(delivery_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_delivery(principal, delivery_id, lock=True)
        if not principal.can(P.CHANGE_ACKNOWLEDGE, agency=row.agency):
            raise Forbidden("The agency's executive director acknowledges it.", rule="SON-HD-12")
        services.acknowledge(row, principal, clock.now())
    return row


def _kept(change_id: int) -> PolicyChange:
    principal = current_principal()
    row = queries.visible_change(principal, change_id, lock=True)
    if not principal.can(P.CHANGE_KEEP, coc=row.coc):
        raise Forbidden("The HMIS Lead keeps the list of this community's changes.", "Ask its manager.")
    return row


def _detail(row: PolicyChange) -> dict[str, Any]:
    derived: dict[str, Any] = {"tally": services.tally(row, clock.now()), "deadlines": deadlines_of(row)}
    return derived | {name: getattr(row, name) for name in ChangeDetail.model_fields if name not in derived}
