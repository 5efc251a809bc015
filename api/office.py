from __future__ import annotations

from typing import Any

from api.blueprint import bp, failures
from api.schemas import DeadlineList, DeadlineOut, DeadlineQuery, Me
from core import clock
from core.accounts.tokens import permissions_of
from core.authz import current_principal, requires, signed_in
from core.deadlines import Deadline
from core.office import queries
from core.paging import page_of
from core.people.permissions import Permission as P


@bp.get("/me")
@signed_in
@bp.output(Me)
@bp.doc(tags=["You"], summary="Whom the token speaks for, and what it may do", security="bearer", responses=failures())
def who_am_i() -> Any:
    principal = current_principal()
    return {
        "person_id": principal.person_id,
        "name": principal.name,
        "email": principal.email,
        "roles": sorted(principal.roles),
        "may": sorted(permissions_of(principal)),
    }


@bp.get("/deadlines")
@requires(P.DEADLINE_VIEW)
@bp.input(DeadlineQuery, location="query")
@bp.output(DeadlineList)
@bp.doc(tags=["Deadlines"], summary="What is due, by whom, and why", security="bearer", responses=failures(422))
def list_deadlines(query_data: DeadlineQuery) -> Any:
    query = queries.deadlines(current_principal(), {"shown": query_data.shown}, clock.now())
    order = [Deadline.due_at, Deadline.id]
    page = page_of(query, order, descending=query_data.shown == "past", after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/deadlines/<int:deadline_id>")
@requires(P.DEADLINE_VIEW)
@bp.output(DeadlineOut)
@bp.doc(tags=["Deadlines"], summary="One deadline with its explanation", security="bearer", responses=failures(404))
def show_deadline(deadline_id: int) -> Any:
    return queries.visible_deadline(current_principal(), deadline_id)
