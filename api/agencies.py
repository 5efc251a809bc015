"""Agencies: where each stands, whom it names, and the public list of those that take part."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from flask import request
from pydantic import StringConstraints

from api.blueprint import bp, failures, open_failures
from api.schemas import PLAIN, Given, Id, Listing, Model, NoClient, Paging, Short
from core import clock
from core.accounts.guard import limiter
from core.authz import current_principal, public, requires
from core.db import unit_of_work
from core.paging import page_of
from core.people.models import Agency, AgencyStatus, Designation, DesignationKind
from licensing.agencies import naming, officers, onboarding, queries
from licensing.agencies.models import How
from licensing.agencies.naming import Naming
from licensing.agencies.papers import Evidence
from licensing.agencies.permissions import Permission as P
from licensing.agencies.public import MOST, takes_part

TAG = "Agencies"


class PartnerOut(Model):
    """`takes_part`: "enters data" or "view only"."""

    name: str
    coc: str
    coc_name: str
    takes_part: str


class PartnerList(Paging):
    items: list[PartnerOut]


class StepOut(Model):
    """`outcome`: met, missing, or waiting for a step that comes before. `is_fact`: nobody confirms it."""

    step: str
    label: str
    outcome: str
    sentence: str
    who: str
    is_fact: bool
    rule: str


class HolderOut(Model):
    """`ended_at` may lie ahead."""

    designation_id: int
    person_id: int
    name: str
    started_on: date
    ended_at: datetime | None


class GapOut(Model):
    """Days on which nobody held the duty, both included; `last` null: still so."""

    first: date
    last: date | None


class DutyOut(Model):
    """`rule` is there where the policy asks for somebody at all times."""

    duty: DesignationKind
    is_missing: bool
    rule: str | None
    holders: list[HolderOut]
    gaps: list[GapOut]


class OwedOut(Model):
    what: str
    who: str
    due_at: datetime | None
    rule: str | None


class StandingOut(Model):
    agency_id: int
    name: str
    status: AgencyStatus
    is_view_only: bool
    onboarding: list[StepOut]
    duties: list[DutyOut]
    owed: list[OwedOut]


class NamingGiven(Given):
    """Somebody who works there by `person_id`, or somebody new by `name` and `email`. `told_on` and `note` say how the
    Lead learned of it in writing."""

    duty: DesignationKind
    since: date
    person_id: Id | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=PLAIN)] = ""
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=PLAIN)] = ""
    told_on: date
    how: How = How.HERE
    note: Annotated[Short, NoClient]


class EndGiven(Given):
    """`last_day` in the agency's time zone; today ends it now."""

    last_day: date
    told_on: date
    how: How = How.HERE
    note: Annotated[Short, NoClient]


@bp.get("/partners")
@public
@limiter.limit(MOST)
@bp.input(Listing, location="query")
@bp.output(PartnerList)
@bp.doc(
    tags=[TAG],
    summary="The agencies that take part now; open to everybody",
    description="Filter with `coc` and `q`.",
    responses=open_failures(422),
)
def list_partners(query_data: Listing) -> Any:
    page = page_of(queries.partners(request.args), [Agency.name, Agency.id], after=query_data.after or "", before="")
    return {"items": [_partner(row) for row in page.rows], "next": page.next}


def _partner(row: Agency) -> dict[str, str]:
    return {"name": row.name, "coc": row.coc.code, "coc_name": row.coc.name, "takes_part": takes_part(row)}


@bp.get("/agencies/<int:agency_id>/standing")
@requires(P.VIEW)
@bp.output(StandingOut)
@bp.doc(tags=[TAG], summary="Where an agency stands, and what is owed", security="bearer", responses=failures(404))
def show_standing(agency_id: int) -> Any:
    return _standing(queries.visible_agency(current_principal(), agency_id))


def _standing(agency: Agency) -> dict[str, Any]:
    at = clock.now()
    lines = onboarding.lines(agency, at) if agency.status is AgencyStatus.ONBOARDING else []
    return {
        "agency_id": agency.id,
        "name": agency.name,
        "status": agency.status,
        "is_view_only": agency.is_view_only,
        "onboarding": [{**vars(line), "outcome": line.outcome, "rule": line.explanation["rule"]} for line in lines],
        "duties": [_duty(duty, at) for duty in officers.duties(agency, at)],
        "owed": [
            {"what": o.what, "who": o.who, "due_at": o.due_at, "rule": (o.explanation or {}).get("rule")}
            for o in queries.owed(agency, lines)
        ],
    }


def _duty(duty: officers.Duty, at: datetime) -> dict[str, Any]:
    return {
        "duty": duty.kind,
        "is_missing": duty.must is not None and not duty.now(at),
        "rule": duty.must.rule if duty.must else None,
        "holders": [_holder(row) for row in duty.rows],
        "gaps": [vars(gap) for gap in duty.gaps],
    }


def _holder(row: Designation) -> dict[str, Any]:
    told = {"designation_id": row.id, "person_id": row.person_id, "name": row.person.name}
    return {**told, "started_on": row.started_on, "ended_at": row.ended_at}


@bp.post("/agencies/<int:agency_id>/designations")
@requires(P.NAME)
@bp.input(NamingGiven, arg_name="given")
@bp.output(HolderOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Name somebody to a duty, with how it was told in writing", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def name_somebody(agency_id: int, given: NamingGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        agency = queries.visible_agency(principal, agency_id, lock=True)
        told = Naming(given.duty, given.since, given.person_id or 0, given.name, given.email)
        seen = Evidence(given.told_on, given.how, given.note)
        row = naming.name_person(agency, told, seen, principal, clock.now())
    return _holder(row)


@bp.post("/agencies/<int:agency_id>/designations/<int:designation_id>/end")
@requires(P.NAME)
@bp.input(EndGiven, arg_name="given")
@bp.output(HolderOut)
@bp.doc(
    tags=[TAG], summary="A designation ends; it stays in the history", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def end_naming(agency_id: int, designation_id: int, given: EndGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        agency = queries.visible_agency(principal, agency_id, lock=True)
        row = queries.designation_of(agency, designation_id)
        naming.end_designation(
            row, given.last_day, Evidence(given.told_on, given.how, given.note), principal, clock.now()
        )
    return _holder(row)
