"""The desk by program: tags, time, watchers, lists and macros, with the refusals of the pages."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import Given, Id, Listing, Model, Paging, Short, TicketDetail
from api.tickets import detail_of
from core import clock
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import Invalid
from core.paging import page_of
from core.people.models import Person
from helpdesk.desk import keeping, listing, macros, queries, rules, services
from helpdesk.desk.models import Macro, SavedView
from helpdesk.desk.permissions import Permission as P
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import Permission as OfTickets

TAG = "The desk"


class DeskOut(Model):
    """What the help desk keeps on a ticket."""

    tags: list[str]
    minutes: int
    watcher_ids: list[int]


class TagGiven(Given):
    tag: Short


class TimeGiven(Given):
    minutes: Annotated[int, Field(ge=1, le=rules.MOST_MINUTES)]


class WatcherGiven(Given):
    """Left out, it is the caller."""

    person_id: Id | None = None


class ViewOut(Model):
    """`owner_id` null: all of the Lead's staff use it. `filters` is what stands in the list's address."""

    id: int
    lead_id: int
    owner_id: int | None
    name: str
    filters: dict[str, str]


class ViewList(Model):
    items: list[ViewOut]


class ViewGiven(Given):
    name: Short
    filters: Annotated[dict[str, Short], Field(max_length=20)]
    shared: bool = False
    lead_id: Id | None = None


class MacroOut(Model):
    id: int
    lead_id: int
    owner_id: int | None
    name: str
    steps: dict[str, str | int]


class MacroList(Paging):
    items: list[MacroOut]


class PlanOut(Model):
    """What a macro will do to this ticket; `refused` says why it cannot be run."""

    lines: list[str]
    answer: str
    refused: str


def _at_desk(ticket_id: int) -> Ticket:
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    services.permit(principal, ticket)
    return ticket


def _desk(ticket: Ticket) -> dict[str, Any]:
    return {
        "tags": queries.tags_of([ticket.id]).get(ticket.id, []),
        "minutes": sum(row.minutes for row in queries.time_of(ticket.id)),
        "watcher_ids": [row.person_id for row in queries.watchers_of(ticket.id)],
    }


@bp.get("/tickets/<int:ticket_id>/desk")
@requires(P.USE)
@bp.output(DeskOut)
@bp.doc(tags=[TAG], summary="Tags, time and watchers of a ticket", security="bearer", responses=failures(404))
def show_desk(ticket_id: int) -> Any:
    return _desk(_at_desk(ticket_id))


@bp.post("/tickets/<int:ticket_id>/tags")
@requires(P.USE)
@bp.input(TagGiven, arg_name="given")
@bp.output(DeskOut, status_code=201)
@bp.doc(tags=[TAG], summary="Add a tag", security="bearer", responses=failures(400, 404, 413, 422))
def add_tag(ticket_id: int, given: TagGiven) -> Any:
    ticket = _at_desk(ticket_id)
    with unit_of_work():
        services.add_tag(ticket, current_principal(), given.tag, clock.now())
    return _desk(ticket)


@bp.post("/tickets/<int:ticket_id>/tags/remove")
@requires(P.USE)
@bp.input(TagGiven, arg_name="given")
@bp.output(DeskOut)
@bp.doc(tags=[TAG], summary="Take a tag off", security="bearer", responses=failures(400, 404, 413, 422))
def remove_tag(ticket_id: int, given: TagGiven) -> Any:
    ticket = _at_desk(ticket_id)
    with unit_of_work():
        services.remove_tag(ticket, current_principal(), rules.tag_named(given.tag))
    return _desk(ticket)


@bp.post("/tickets/<int:ticket_id>/time")
@requires(P.USE)
@bp.input(TimeGiven, arg_name="given")
@bp.output(DeskOut, status_code=201)
@bp.doc(tags=[TAG], summary="Note minutes worked on it", security="bearer", responses=failures(400, 404, 413, 422))
def spend_time(ticket_id: int, given: TimeGiven) -> Any:
    ticket, key = _at_desk(ticket_id), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        services.spend(ticket, current_principal(), given.minutes, clock.now(), nonce=key)
    return _desk(ticket)


@bp.post("/tickets/<int:ticket_id>/watchers")
@requires(OfTickets.TICKET_VIEW)
@bp.input(WatcherGiven, arg_name="given")
@bp.output({}, status_code=204)
@bp.doc(tags=[TAG], summary="Watch it, or let others", security="bearer", responses=failures(400, 404, 413, 422))
def watch_ticket(ticket_id: int, given: WatcherGiven) -> Any:
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    if given.person_id not in (None, principal.person_id):
        services.permit(principal, ticket)
    person = found(db.session.get(Person, given.person_id or principal.person_id))
    with unit_of_work():
        services.watch(ticket, principal, person, clock.now())
    return ""


@bp.post("/tickets/<int:ticket_id>/watchers/remove")
@requires(OfTickets.TICKET_VIEW)
@bp.input(WatcherGiven, arg_name="given")
@bp.output({}, status_code=204)
@bp.doc(tags=[TAG], summary="Watch it no more", security="bearer", responses=failures(400, 404, 413, 422))
def unwatch_ticket(ticket_id: int, given: WatcherGiven) -> Any:
    principal = current_principal()
    ticket = tickets.visible_ticket(principal, ticket_id)
    with unit_of_work():
        services.unwatch(ticket, principal, given.person_id or principal.person_id)
    return ""


# --- lists under a name


@bp.get("/views")
@requires(P.USE)
@bp.output(ViewList)
@bp.doc(tags=[TAG], summary="Lists kept under a name", security="bearer", responses=failures())
def list_views() -> Any:
    return {"items": queries.saved_views(current_principal())}


@bp.post("/views")
@requires(P.USE, P.SHARE)
@bp.input(ViewGiven, arg_name="given")
@bp.output(ViewOut, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Keep a list under a name",
    description="The same name again takes its place.",
    security="bearer",
    responses=failures(400, 413, 422),
)
def keep_view(given: ViewGiven) -> Any:
    unknown = set(given.filters) - {*listing.KEPT, "columns"}
    if unknown:
        known = ", ".join(listing.KEPT)
        raise Invalid(f"A list has no filter `{min(unknown)}`.", f"It takes {known}.", field="filters")
    principal = current_principal()
    lead_id = given.lead_id or min(queries.lead_ids(principal), default=0)
    with unit_of_work():
        values = {"filters": dict(given.filters)}
        return keeping.keep_named(
            SavedView, lead_id, given.name, values, shared=given.shared, by=principal, now=clock.now()
        )


@bp.post("/views/<int:view_id>/remove")
@requires(P.USE)
@bp.output({}, status_code=204)
@bp.doc(tags=[TAG], summary="Remove a list's name", security="bearer", responses=failures(404))
def remove_kept_view(view_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        keeping.remove(queries.visible_view(principal, view_id), principal)
    return ""


# --- macros


@bp.get("/macros")
@requires(P.USE)
@bp.input(Listing, location="query")
@bp.output(MacroList)
@bp.doc(tags=[TAG], summary="Macros one may run", security="bearer", responses=failures(422))
def list_macros(query_data: Listing) -> Any:
    query = db.select(Macro).where(queries.usable(current_principal(), Macro))
    page = page_of(query, [Macro.name, Macro.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/tickets/<int:ticket_id>/macros/<int:macro_id>")
@requires(P.USE)
@bp.output(PlanOut)
@bp.doc(tags=[TAG], summary="What a macro will do to a ticket", security="bearer", responses=failures(404))
def plan_macro(ticket_id: int, macro_id: int) -> Any:
    principal, ticket = current_principal(), _at_desk(ticket_id)
    return macros.plan_of(queries.visible_macro(principal, macro_id), ticket, principal)


@bp.post("/tickets/<int:ticket_id>/macros/<int:macro_id>")
@requires(P.USE)
@bp.output(TicketDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Run a macro: all of it or nothing", security="bearer", responses=failures(404, 409, 422))
def run_macro(ticket_id: int, macro_id: int) -> Any:
    principal, ticket = current_principal(), _at_desk(ticket_id)
    row, key = queries.visible_macro(principal, macro_id), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        macros.run(row, ticket, me(), clock.now(), nonce=key)
    db.session.expire(ticket)
    return detail_of(ticket, principal)
