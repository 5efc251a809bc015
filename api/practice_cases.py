from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import PLAIN, Given, Id, Listing, Model, Moment, Paging, Said
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Invalid
from core.paging import page_of
from training.courses.models import CourseState
from training.practice import checking, ending, queries, reviewing, services, shelves, tracks
from training.practice.compare import Found
from training.practice.ending import Deed, Held
from training.practice.models import PracticeAttempt, PracticeCase, PracticeTrack
from training.practice.permissions import Permission as P
from training.practice.queries import Asked
from training.practice.rules import SegmentState, TrackState, Verdict
from training.practice.services import Giving

TAG = "Practice cases"


class CaseOut(Model):
    """`hud_type` is HUD's project type (2.02.6); `coc_id` null: it is for all of the Lead's communities."""

    id: int
    lead_id: int
    coc_id: int | None
    course_id: int
    title: str
    hud_type: int
    state: CourseState


class CaseList(Paging):
    items: list[CaseOut]


class PartOut(Model):
    """`attempts` counts what was handed in, `failed` what came back with corrections."""

    position: int
    step: str
    title: str
    state: SegmentState
    attempts: int
    failed: int


class TrackOut(Model):
    """`until` is the last second of provisional access, or of the wait before another try."""

    id: int
    lead_id: int
    coc_id: int
    agency_id: int
    person_id: int
    enrollment_id: int | None
    hud_type: int
    state: TrackState
    begun_at: datetime
    closed_at: datetime | None
    until: datetime | None
    mentor_id: int | None


class TrackDetail(TrackOut):
    """`case` counts the cases given, 0 for none yet. `next` is the ladder's next step, where there is one (MO-TR-7)."""

    case: int
    parts: list[PartOut]
    sessions: int
    next: str | None


class TrackList(Paging):
    items: list[TrackOut]


class TrackQuery(Listing):
    state: TrackState | None = None


class GivenTrack(Given):
    """Somebody who works at one of your agencies is to practice for a kind of project, and why."""

    person_id: Id
    agency_id: Id
    hud_type: Annotated[int, Field(ge=0, le=99)]
    reason: Said


class SessionGiven(Given):
    held_at: Moment
    minutes: Annotated[int, Field(ge=1, le=600)]
    about: Said


class WaitingOut(Model):
    id: int
    track_id: int
    agency_id: int
    number: int
    language: str
    submitted_at: datetime
    trainer_id: int | None


class WaitingList(Paging):
    items: list[WaitingOut]


class MarkGiven(Given):
    """`place` names the line of the answer key, as `GET` of what was handed in gives it."""

    place: Annotated[str, Field(min_length=1, max_length=80)]
    verdict: Verdict
    remark: Annotated[str, Field(max_length=300)] = ""


class ValueGiven(Given):
    """What was read for one line: `entered` as the training site has it (a code where the element has a list; empty:
    nothing), or of a name, number or birth date only how it compares, as `found`."""

    place: Annotated[str, Field(min_length=1, max_length=80)]
    entered: Annotated[str, Field(max_length=100, pattern=PLAIN)] = ""
    found: Found | None = None


class ValuesGiven(Given):
    values: Annotated[list[ValueGiven], Field(min_length=1, max_length=300)]


class ReviewGiven(Given):
    is_accepted: bool
    summary: Annotated[str, Field(max_length=4_000)] = ""
    marks: Annotated[list[MarkGiven], Field(max_length=300)]


class LineOut(Model):
    """One line of the key: what the form says, what is right, what an export showed (`found` empty: nothing yet)."""

    place: str
    element: str
    name: str
    form_says: str
    right: str
    found: str


class AttemptOut(WaitingOut):
    client_number: str
    note: str
    is_accepted: bool | None
    reviewed_at: datetime | None
    summary: str
    lines: list[LineOut]


class PracticedOut(Model):
    hud_types: list[int]


def _detail(row: PracticeTrack) -> dict[str, Any]:
    way = tracks.way_of(row)
    parts = row.current.segments if row.current else []
    return {
        **{name: getattr(row, name) for name in TrackOut.model_fields},
        "case": len(row.assignments),
        "parts": [
            {
                **{name: getattr(part, name) for name in ("position", "step", "title", "state", "failed")},
                "attempts": len(part.attempts),
            }
            for part in parts
        ],
        "sessions": tracks.tried(row).sessions,
        "next": way.next.value if way else None,
    }


def _attempt(row: PracticeAttempt) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in AttemptOut.model_fields if name != "lines"},
        "lines": [
            {
                "place": line.place,
                "element": line.element.number,
                "name": line.element.name,
                "form_says": line.form_says,
                "right": line.right,
                "found": row.found.get(line.place, {}).get("found", ""),
            }
            for line in reviewing.lines_of(row)
        ],
    }


@bp.get("/training/practice-cases")
@requires(P.KEEP)
@bp.input(Listing, location="query")
@bp.output(CaseList)
@bp.doc(tags=[TAG], summary="The library by title", security="bearer", responses=failures(422))
def list_practice_cases(query_data: Listing) -> Any:
    wanted = shelves.cases(current_principal(), Asked())
    page = page_of(wanted, [PracticeCase.title, PracticeCase.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/training/practice")
@requires(P.SEE)
@bp.input(TrackQuery, location="query")
@bp.output(TrackList)
@bp.doc(tags=[TAG], summary="Who practices, newest first", security="bearer", responses=failures(422))
def list_practicing(query_data: TrackQuery) -> Any:
    wanted = queries.tracks(current_principal(), Asked(state=query_data.state or ""))
    page = page_of(wanted, [PracticeTrack.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/training/practice/<int:track_id>")
@requires(P.SEE)
@bp.output(TrackDetail)
@bp.doc(tags=[TAG], summary="How far somebody is", security="bearer", responses=failures(404))
def show_practicing(track_id: int) -> Any:
    return _detail(queries.visible_track(current_principal(), track_id))


@bp.post("/training/practice")
@requires(P.REVIEW)
@bp.input(GivenTrack, arg_name="given")
@bp.output(TrackDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Have somebody practice; who is at it already goes on there",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def give_practice_case(given: GivenTrack) -> Any:
    principal, now = current_principal(), clock.now()
    place = queries.member_to_give(principal, given.person_id, given.agency_id, now)
    if place is None:
        raise Invalid("Nobody of your reach works there with that number.", field="person_id")
    how = Giving(principal.person_id, given.reason, once=idempotency_key() or secrets.token_urlsafe(16))
    with unit_of_work():
        row = services.assign(*place, given.hud_type, None, at=now, giving=how)
    return _detail(row)


@bp.post("/training/practice/<int:track_id>/sessions")
@requires(P.REVIEW)
@bp.input(SessionGiven, arg_name="given")
@bp.output(TrackDetail)
@bp.doc(
    tags=[TAG],
    summary="Record one-on-one training",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def record_practice_session(track_id: int, given: SessionGiven) -> Any:
    with unit_of_work():
        row = queries.staff_track(current_principal(), track_id, P.REVIEW)
        deed = Deed(me(), clock.now(), once=idempotency_key() or secrets.token_urlsafe(16))
        ending.hold_session(row, Held(given.held_at, given.minutes, given.about), deed)
    return _detail(queries.visible_track(current_principal(), track_id))


@bp.get("/training/practice-reviews")
@requires(P.QUEUE)
@bp.input(Listing, location="query")
@bp.output(WaitingList)
@bp.doc(tags=[TAG], summary="What waits for a review, oldest first", security="bearer", responses=failures(422))
def list_practice_reviews(query_data: Listing) -> Any:
    wanted = queries.queue(current_principal(), {"shown": "all"})
    order = [PracticeAttempt.submitted_at, PracticeAttempt.id]
    page = page_of(wanted, order, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/training/practice-reviews/<int:attempt_id>")
@requires(P.QUEUE)
@bp.output(AttemptOut)
@bp.doc(tags=[TAG], summary="What was handed in, line by line", security="bearer", responses=failures(404))
def show_practice_review(attempt_id: int) -> Any:
    return _attempt(queries.visible_attempt(current_principal(), attempt_id))


@bp.post("/training/practice-reviews/<int:attempt_id>/values")
@requires(P.REVIEW)
@bp.input(ValuesGiven, arg_name="given")
@bp.output(AttemptOut)
@bp.doc(
    tags=[TAG], summary="What was read in the training site, compared with the key", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def read_practice_values(attempt_id: int, given: ValuesGiven) -> Any:
    read = {one.place: checking.ReadValue(one.entered.strip(), one.found) for one in given.values}
    with unit_of_work():
        row = queries.visible_attempt(current_principal(), attempt_id, permission=P.REVIEW)
        found = checking.as_read(row.segment, read)
        reviewing.checked(row, {**row.found, **found}, me(), clock.now())
    return _attempt(queries.visible_attempt(current_principal(), attempt_id))


@bp.post("/training/practice-reviews/<int:attempt_id>")
@requires(P.REVIEW)
@bp.input(ReviewGiven, arg_name="given")
@bp.output(AttemptOut)
@bp.doc(
    tags=[TAG],
    summary="Review it: accept it, or return it to be corrected",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def review_practice(attempt_id: int, given: ReviewGiven) -> Any:
    said = reviewing.Review(
        marks={one.place: reviewing.Mark(one.verdict, one.remark) for one in given.marks},
        is_accepted=given.is_accepted,
        summary=given.summary,
        once=idempotency_key() or secrets.token_urlsafe(16),
    )
    with unit_of_work():
        row = queries.visible_attempt(current_principal(), attempt_id, permission=P.REVIEW)
        reviewing.review(row, said, me(), clock.now())
    return _attempt(queries.visible_attempt(current_principal(), attempt_id))


@bp.get("/training/people/<int:person_id>/practiced")
@requires(P.REVIEW)
@bp.output(PracticedOut)
@bp.doc(
    tags=[TAG],
    summary="For which of HUD's project types somebody has practiced here",
    security="bearer",
    responses=failures(404),
)
def show_practiced(person_id: int) -> Any:
    lead = shelves.lead_to_keep(current_principal(), P.REVIEW)
    return {"hud_types": sorted(services.practised_types(queries.known_person(lead, person_id), lead.id))}
