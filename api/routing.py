from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key
from api.schemas import Given, Id, Listing, Model, Paging
from core import clock
from core.authz import current_principal, found, requires
from core.closures.queries import lead_of
from core.db import db, unit_of_work
from core.paging import page_of
from core.people.models import Agency, Person
from helpdesk.routing import handing, keeping, queries
from helpdesk.routing.models import Absence, AgencyAssignment
from helpdesk.routing.permissions import Permission as P
from helpdesk.routing.services import today_of
from helpdesk.tickets.rules import Category

TAG = "Staff and cover"


class AssignmentOut(Model):
    """`person_id` is null where nobody looks after the agency."""

    agency_id: int
    name: str
    person_id: int | None
    since: date | None


class AssignmentList(Paging):
    items: list[AssignmentOut]


class AssignmentQuery(Listing):
    show: Literal["all", "nobody"] = "all"
    person_id: Id | None = None


class Assigned(Given):
    """`person_id` null: nobody looks after them any more."""

    agency_ids: Annotated[list[Id], Field(min_length=1, max_length=keeping.MOST_AT_ONCE)]
    person_id: Id | None


class Changed(Model):
    changed: int


class PastAssignment(Model):
    person_id: int
    since: date
    ended_at: datetime | None


class History(Paging):
    items: list[PastAssignment]


class ColleagueOut(Model):
    """`lacks_backup`: they look after agencies and nobody stands in when they are away (HUD-HD-4)."""

    person_id: int
    name: str
    skills: list[str]
    agencies: int
    open_requests: int
    backup_id: int | None
    is_away: bool
    lacks_backup: bool


class ColleagueList(Model):
    items: list[ColleagueOut]


class StaffGiven(Given):
    skills: Annotated[list[Category], Field(max_length=len(Category))]
    backup_id: Id | None = None


class AbsenceOut(Model):
    """`stands_in_id` is who was named, else their backup; null where that person is away on such a day too."""

    id: int
    person_id: int
    from_on: date
    until_on: date
    cover_id: int | None
    stands_in_id: int | None


class AbsenceList(Paging):
    items: list[AbsenceOut]


class AbsenceQuery(Listing):
    show: Literal["open", "past"] = "open"


class NewAbsence(Given):
    person_id: Id
    from_on: date
    until_on: date
    cover_id: Id | None = None


class CoverGiven(Given):
    cover_id: Id


class HandedTicket(Model):
    """`refused` is empty for one that went over."""

    ticket_id: int
    refused: str


class HandedOut(Model):
    to_id: int
    items: list[HandedTicket]


@bp.get("/assignments")
@requires(P.VIEW)
@bp.input(AssignmentQuery, location="query")
@bp.output(AssignmentList)
@bp.doc(tags=[TAG], summary="Who looks after which agency", security="bearer", responses=failures(422))
def list_assignments(query_data: AssignmentQuery) -> Any:
    wanted = queries.agencies(current_principal(), show=query_data.show, person_id=query_data.person_id)
    page = page_of(wanted, [Agency.name, Agency.id], after=query_data.after or "", before="")
    items = [
        {
            "agency_id": row.agency.id,
            "name": row.agency.name,
            "person_id": row.assignment.person_id if row.assignment else None,
            "since": row.assignment.since if row.assignment else None,
        }
        for row in queries.looked_after(page.rows)
    ]
    return {"items": items, "next": page.next}


@bp.post("/assignments")
@requires(P.KEEP)
@bp.input(Assigned, arg_name="given")
@bp.output(Changed)
@bp.doc(
    tags=[TAG],
    summary="Give agencies to somebody to look after",
    description="All of them or none. Sent again it changes nothing.",
    security="bearer",
    responses=failures(400, 404, 413, 422),
)
def give_agencies(given: Assigned) -> Any:
    with unit_of_work():
        rows = queries.chosen_agencies(current_principal(), given.agency_ids)
        person = _person(given.person_id)
        return {"changed": keeping.look_after_all(rows, person, current_principal(), clock.now())}


@bp.get("/assignments/<int:agency_id>")
@requires(P.VIEW)
@bp.input(Listing, location="query")
@bp.output(History)
@bp.doc(tags=[TAG], summary="Who looked after an agency, latest first", security="bearer", responses=failures(404, 422))
def list_past_assignments(agency_id: int, query_data: Listing) -> Any:
    agency = queries.visible_agency(current_principal(), agency_id)
    order = [AgencyAssignment.id]
    page = page_of(queries.history(agency), order, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/staff")
@requires(P.VIEW)
@bp.output(ColleagueList)
@bp.doc(tags=[TAG], summary="The help desk's people and their cover", security="bearer", responses=failures(404))
def list_staff() -> Any:
    return _staff()


def _staff() -> dict[str, Any]:
    lead, now = lead_of(current_principal(), P.VIEW), clock.now()
    plain = ("skills", "agencies", "open_requests", "is_away", "lacks_backup")
    return {
        "items": [
            {
                "person_id": row.person.id,
                "name": row.person.name,
                "backup_id": row.backup.id if row.backup else None,
                **{name: getattr(row, name) for name in plain},
            }
            for row in queries.colleagues(lead, today_of(lead, now), now)
        ]
    }


@bp.put("/staff/<int:staff_id>")
@requires(P.KEEP)
@bp.input(StaffGiven, arg_name="given")
@bp.output(ColleagueList)
@bp.doc(
    tags=[TAG],
    summary="What somebody works on, and their backup",
    security="bearer",
    responses=failures(400, 404, 413, 422),
)
def keep_staff(staff_id: int, given: StaffGiven) -> Any:
    lead, now = lead_of(current_principal(), P.KEEP), clock.now()
    person = queries.visible_colleague(lead, staff_id, now)
    with unit_of_work():
        keeping.keep_staff(lead, person, given.skills, _person(given.backup_id), current_principal(), now)
    return _staff()


@bp.get("/absences")
@requires(P.VIEW)
@bp.input(AbsenceQuery, location="query")
@bp.output(AbsenceList)
@bp.doc(tags=[TAG], summary="Who is away, now and later, or was", security="bearer", responses=failures(404, 422))
def list_absences(query_data: AbsenceQuery) -> Any:
    lead, past = lead_of(current_principal(), P.VIEW), query_data.show == "past"
    wanted = queries.absences(lead, today_of(lead, clock.now()), past=past)
    order = [Absence.until_on, Absence.id]
    page = page_of(wanted, order, descending=past, after=query_data.after or "", before="")
    return {"items": _absences(page.rows), "next": page.next}


@bp.post("/absences")
@requires(P.AWAY)
@bp.input(NewAbsence, arg_name="given")
@bp.output(AbsenceOut, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Say that somebody is away",
    description="The same days of the same person again are one act.",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def tell_absence(given: NewAbsence) -> Any:
    lead, days, now = lead_of(current_principal(), P.AWAY), (given.from_on, given.until_on), clock.now()
    person = queries.visible_colleague(lead, given.person_id, now)
    with unit_of_work():
        row = keeping.tell_absence(lead, person, days, _person(given.cover_id), current_principal(), now)
    return _absences([row])[0]


@bp.post("/absences/<int:absence_id>/cover")
@requires(P.AWAY)
@bp.input(CoverGiven, arg_name="given")
@bp.output(AbsenceOut)
@bp.doc(
    tags=[TAG],
    summary="Name who stands in",
    description="The same person again changes nothing.",
    security="bearer",
    responses=failures(400, 404, 413, 422),
)
def cover_absence(absence_id: int, given: CoverGiven) -> Any:
    row = queries.visible_absence(current_principal(), absence_id)
    with unit_of_work():
        cover = found(db.session.get(Person, given.cover_id))
        keeping.cover_absence(row, cover, current_principal(), clock.now())
    return _absences([row])[0]


@bp.post("/absences/<int:absence_id>/hand-over")
@requires(P.VIEW)
@bp.output(HandedOut)
@bp.doc(
    tags=[TAG],
    summary="Hand the open requests they hold to whoever stands in",
    description="Each by itself: `refused` says why one stays. Whoever stands in gets one mail of them all.",
    security="bearer",
    responses=failures(404, 409, 422),
)
def hand_over_absence(absence_id: int) -> Any:
    principal, key = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    row = queries.visible_absence(principal, absence_id)
    done = handing.hand_over(row, principal, key, clock.now())
    items = [{"ticket_id": one["ticket"], "refused": one["refused"]} for one in done.results]
    return {"to_id": int(done.value), "items": items}


@bp.post("/absences/<int:absence_id>/take-back")
@requires(P.AWAY)
@bp.output({}, status_code=204)
@bp.doc(tags=[TAG], summary="They are there after all", security="bearer", responses=failures(404))
def take_absence_back(absence_id: int) -> Any:
    row = queries.visible_absence(current_principal(), absence_id)
    with unit_of_work():
        keeping.take_absence_back(row, current_principal())
    return ""


def _person(number: int | None) -> Person | None:
    return found(db.session.get(Person, number)) if number else None


def _absences(rows: list[Absence]) -> list[dict[str, Any]]:
    stands = queries.stand_ins(rows, queries.backups_of(rows[0].lead_id)) if rows else {}
    plain = ("id", "person_id", "from_on", "until_on", "cover_id")
    return [
        {**{name: getattr(row, name) for name in plain}, "stands_in_id": one.id if (one := stands[row.id]) else None}
        for row in rows
    ]
