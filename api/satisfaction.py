from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures
from api.schemas import PLAIN, Given, Listing, Model, Moment, Paging
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from core.paging import page_of
from helpdesk.satisfaction import api as figures_of
from helpdesk.satisfaction import queries, rules, services
from helpdesk.satisfaction.models import Satisfaction
from helpdesk.satisfaction.permissions import Permission as P
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets

TAG = "Satisfaction"
LONGEST = timedelta(days=3_660)


class AnswerOut(Model):
    """How whoever asked says it was, of one closing of the ticket: 5 (very good) to 1 (very poor)."""

    id: int
    ticket_id: int
    agency_id: int | None
    staff_id: int | None
    closed_at: datetime
    mark: int | None
    comment: str
    said_at: datetime | None
    needs_look: bool
    looked_at: datetime | None
    follow_up: str


class AnswerList(Paging):
    items: list[AnswerOut]


class AnswerQuery(Listing):
    view: Literal["all", "look", "low"] = "all"
    mark: Annotated[int, Field(ge=1, le=5)] | None = None


class OwnAnswer(Model):
    """`until` is the last moment at which it is taken or changed."""

    ticket_id: int
    closed_at: datetime
    mark: int | None
    comment: str
    said_at: datetime | None
    until: datetime


class AnswerGiven(Given):
    mark: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, StringConstraints(max_length=rules.LONGEST_COMMENT, pattern=PLAIN)] = ""


class LookGiven(Given):
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=rules.LONGEST_COMMENT, pattern=PLAIN)
    ]


class FigureOut(Model):
    """`closed` counts closings, `asked` those asked about by mail, `said` those marked, `low` the poor ones."""

    key: str | int | None
    label: str
    closed: int
    asked: int
    said: int
    low: int
    mean: float | None


class FiguresOut(Model):
    whole: FigureOut
    items: list[FigureOut]


class FiguresQuery(Listing):
    """Of what closed from `since` until before `until`; left out, the last 365 days. A month is one of UTC."""

    by: figures_of.By = figures_of.By.TIER
    since: Moment | None = None
    until: Moment | None = None


@bp.get("/satisfaction")
@requires(P.SEE)
@bp.input(AnswerQuery, location="query")
@bp.output(AnswerList)
@bp.doc(tags=[TAG], summary="What requesters said", security="bearer", responses=failures(422))
def list_answers(query_data: AnswerQuery) -> Any:
    filters = {"view": query_data.view, "mark": str(query_data.mark or "")}
    order = [Satisfaction.said_at, Satisfaction.id]
    wanted = queries.said(current_principal(), filters)
    page = page_of(wanted, order, descending=query_data.view != "look", after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/satisfaction/figures")
@requires(P.SEE)
@bp.input(FiguresQuery, location="query")
@bp.output(FiguresOut)
@bp.doc(tags=[TAG], summary="Figures of satisfaction", security="bearer", responses=failures(422))
def satisfaction_figures(query_data: FiguresQuery) -> Any:
    until = query_data.until or clock.now()
    since = query_data.since or until - timedelta(days=365)
    if since.tzinfo is None or until.tzinfo is None:
        raise Invalid("A time has its offset, such as 2026-07-01T00:00:00Z.", field="since")
    if not timedelta() <= until - since <= LONGEST:
        raise Invalid("Ask for at most ten years, the first day before the last.", field="since")
    scope = figures_of.reach_of(current_principal())
    items = figures_of.figures(scope, since, until, query_data.by)
    return {"whole": figures_of.overall(scope, since, until), "items": items}


@bp.get("/satisfaction/<int:satisfaction_id>")
@requires(P.SEE)
@bp.output(AnswerOut)
@bp.doc(tags=[TAG], summary="One answer", security="bearer", responses=failures(404))
def show_answer(satisfaction_id: int) -> Any:
    return queries.visible_one(current_principal(), satisfaction_id)


@bp.post("/satisfaction/<int:satisfaction_id>/look")
@requires(P.FOLLOW)
@bp.input(LookGiven, arg_name="given")
@bp.output(AnswerOut)
@bp.doc(
    tags=[TAG],
    summary="Note what came of a low mark",
    description="The same words again change nothing.",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def look_at_answer(satisfaction_id: int, given: LookGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_one(principal, satisfaction_id, lock=True)
        services.look(row, principal, given.text, clock.now())
    return row


def _mine(ticket_id: int) -> Satisfaction:
    """The newest closing of a ticket of one's own. Raises NotFound where there is none, Forbidden for others."""
    principal = current_principal()
    ticket: Ticket = tickets.visible_ticket(principal, ticket_id)
    if ticket.requester_id != principal.person_id:
        raise Forbidden("Only whoever asked says how it was.", "Add a note to the request instead.")
    row: Satisfaction = found(queries.newest_of(ticket.id))
    return row


@bp.get("/tickets/<int:ticket_id>/satisfaction")
@requires(OfTickets.TICKET_VIEW)
@bp.output(OwnAnswer)
@bp.doc(tags=[TAG], summary="What one said of one's own ticket", security="bearer", responses=failures(404))
def show_own_answer(ticket_id: int) -> Any:
    return _mine(ticket_id)


@bp.put("/tickets/<int:ticket_id>/satisfaction")
@requires(OfTickets.TICKET_VIEW)
@bp.input(AnswerGiven, arg_name="given")
@bp.output(OwnAnswer)
@bp.doc(
    tags=[TAG],
    summary="Say how it was",
    description="Said again, the last answer counts.",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def say_how_it_was(ticket_id: int, given: AnswerGiven) -> Any:
    row = _mine(ticket_id)
    with unit_of_work():
        held: Satisfaction = found(queries.with_ticket(row.id, lock=True))
        services.say(held, given.mark, given.comment.strip(), clock.now())
    return held
