"""The roster by API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from api.blueprint import bp, failures
from api.schemas import PLAIN, Given, Id, Listing, Model, NoClient, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from core.people.models import Agency
from licensing.roster import queries, services
from licensing.roster.permissions import Permission as P
from licensing.roster.rules import Column, Mark

TAG = "Roster"


class RosterCell(Model):
    column: Column
    mark: Mark
    words: str
    rule: str


class RosterLine(Model):
    agency_id: int
    agency: str
    coc_id: int
    is_out: bool
    why: str
    cells: list[RosterCell]


class RosterList(Paging):
    items: list[RosterLine]


class RosterAsked(Listing):
    """`shown`: all, `out` (of compliance), `in` (order), or the column in which they are out; `on`: as of that day."""

    shown: Annotated[str, Field(max_length=20)] = ""
    on: date | None = None


class SignOffGiven(Given):
    """`month` is any day of the month that the report is about."""

    agency_id: Id
    month: date
    signed_on: date
    note: Annotated[str, Field(max_length=2000, pattern=PLAIN), NoClient] = ""


class SignOffOut(Model):
    id: int
    agency_id: int
    period: date
    signed_on: date


@bp.get("/roster")
@requires(P.VIEW)
@bp.input(RosterAsked, location="query")
@bp.output(RosterList)
@bp.doc(tags=[TAG], summary="Each agency as it stood on a day", security="bearer", responses=failures(422))
def show_roster(query_data: RosterAsked) -> Any:
    principal, now = current_principal(), clock.now()
    zone = ZoneInfo(principal.tz or "UTC")
    day = min(query_data.on or now.astimezone(zone).date(), now.astimezone(zone).date())
    at = queries.end_of(max(day, date(2000, 1, 1)), zone, now)
    query = queries.agencies(principal, {"shown": query_data.shown}, at)
    page = page_of(query, [Agency.name, Agency.id], after=query_data.after or "", before="")
    return {"items": [_told(one) for one in queries.lines(page.rows, at)], "next": page.next}


def _told(one: queries.Line) -> dict[str, Any]:
    cells = [
        {"column": column, "mark": cell.mark, "words": cell.words, "rule": cell.rule}
        for column, cell in one.cells.items()
    ]
    agency = one.agency
    whose = {"agency_id": agency.id, "agency": agency.name, "coc_id": agency.coc_id}
    return whose | {"is_out": one.is_out, "why": one.why, "cells": cells}


@bp.post("/roster/sign-offs")
@requires(P.SIGN_OFF)
@bp.input(SignOffGiven, arg_name="given")
@bp.output(SignOffOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="An agency signed off its data quality report", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def enter_sign_off(given: SignOffGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        agency = queries.agency_to_sign_off(principal, given.agency_id)
        return services.sign_off(agency, given.month, given.signed_on, given.note, principal, clock.now())
