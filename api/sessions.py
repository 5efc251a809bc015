from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key, me
from api.schemas import PLAIN, Given, Id, Listing, Model, Moment, Paging, ReasonGiven, Words200
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Invalid
from core.paging import page_of
from core.people.models import Lead
from training.sessions import queries, registering, services, shown
from training.sessions.attendance import queries as attended
from training.sessions.attendance.queries import Period
from training.sessions.models import Attendance, SessionRegistration, TrainingSession
from training.sessions.permissions import Permission as P
from training.sessions.rules import Meeting, Place, Registered, State
from training.sessions.views import filtered

TAG = "Training sessions"
Code = Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)]


class SessionOut(Model):
    """`coc_id` null: it is for all of the Lead's communities. `kind`, `audience` and `workflow` are the packs' codes;
    `is_evening`: it begins at 5 PM or later where it is, or on a weekend. `registration` is the caller's own."""

    id: int
    lead_id: int
    coc_id: int | None
    course_id: int
    title: str
    about: str
    kind: str
    place: Place
    venue: str
    starts_at: datetime
    ends_at: datetime
    tz: str
    is_evening: bool
    closes_at: datetime | None
    capacity: int | None
    has_waiting_list: bool
    needs_approval: bool
    is_public: bool
    audience: str
    workflow: str
    meeting: Meeting | None
    state: State
    reason: str
    trainer_id: int | None


class SessionDetail(SessionOut):
    """`join_link` is empty for whoever has no place in it."""

    taken: int
    registration: Registered | None
    join_link: str
    agenda: str
    minutes: str


class SessionList(Paging):
    items: list[SessionOut]


class SessionQuery(Listing):
    """`evening` true: only what begins at 5 PM or later where it is, or on a weekend."""

    shown: Literal["coming", "past"] = "coming"
    kind: Words200 | None = None
    audience: Words200 | None = None
    workflow: Words200 | None = None
    evening: bool = False


class SessionGiven(Given):
    """`coc_id` null: for all of the Lead's communities. Times carry their offset; `tz` is where people see them."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
    course_id: Id
    kind: Code
    place: Place
    starts_at: Moment
    ends_at: Moment
    tz: Code
    coc_id: Id | None = None
    about: Annotated[str, StringConstraints(max_length=4_000, pattern=PLAIN)] = ""
    venue: Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)] = ""
    join_link: Annotated[str, StringConstraints(max_length=1_000, pattern=PLAIN)] = ""
    closes_at: Moment | None = None
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    has_waiting_list: bool = True
    needs_approval: bool = False
    is_public: bool = True
    audience: Code = ""
    workflow: Code = ""
    meeting: Meeting | None = None
    agenda: Annotated[str, StringConstraints(max_length=20_000, pattern=PLAIN)] = ""


class RegistrationOut(Model):
    id: int
    session_id: int
    person_id: int
    agency_id: int | None
    state: Registered
    queued_at: datetime
    reason: str


class RegistrationList(Paging):
    items: list[RegistrationOut]


class AttendanceOut(Model):
    """`earns` is what the arithmetic says, `is_credited` what counts. `is_proven` false: a report gave only a total, or
    no time of leaving."""

    id: int
    session_id: int
    session_title: str
    starts_at: datetime
    course_id: int
    person_id: int
    person_name: str
    coc_id: int | None
    agency_id: int | None
    attended_seconds: int
    missed_seconds: int
    is_proven: bool
    earns: bool
    is_credited: bool


class AttendanceDetail(AttendanceOut):
    override_reason: str
    explanation: dict[str, Any]


class AttendanceList(Paging):
    items: list[AttendanceOut]


class AttendanceQuery(Listing):
    """Days with both ends, in `tz`; the last year where none are given."""

    since: date | None = None
    until: date | None = None
    coc_id: Id | None = None
    tz: Words200 = "UTC"


def _detail(row: TrainingSession) -> dict[str, Any]:
    principal = current_principal()
    own = queries.own_registration(row, principal.person_id)
    has_place = queries.keeps(principal, row) or (own is not None and own.state is Registered.REGISTERED)
    plain = {name: getattr(row, name) for name in SessionOut.model_fields}
    more = {"taken": queries.taken(row), "registration": own.state if own else None, "agenda": row.agenda}
    return {**plain, **more, "minutes": row.minutes, "join_link": row.join_link if has_place else ""}


def attendance_out(row: Attendance) -> dict[str, Any]:
    session = row.session
    own = {"session_title": session.title, "course_id": session.course_id, "person_name": row.person.name}
    fields = {*AttendanceDetail.model_fields} - {*own}
    return {**{name: getattr(row, name) for name in fields}, **own}


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise Invalid("This is no time zone.", "Give one such as America/Chicago.", field="tz")
    return ZoneInfo(name)


def _draft(given: SessionGiven, lead: Lead) -> services.Draft:
    principal, now = current_principal(), clock.now()
    course = next((one for one in queries.courses_to_teach(principal, lead) if one.id == given.course_id), None)
    cocs = queries.cocs_to_plan(principal, lead)
    coc = next((one for one in cocs if one.id == given.coc_id), None)
    is_whole = given.coc_id is None and lead.id in principal.scope(P.KEEP).lead_ids
    if course is None:
        raise Invalid("This is no course that you teach live.", field="course_id")
    if coc is None and not is_whole:
        raise Invalid("This is none of your communities.", "Give the one it is for.", field="coc_id")
    for name, items in shown.lists_of(lead.id, now).items():
        if getattr(given, name) not in items and (name == "kind" or getattr(given, name)):
            raise Invalid(f"Choose one of: {', '.join(items)}.", field=name)
    _zone(given.tz)
    same = given.model_dump(exclude={"course_id", "coc_id"})
    return services.Draft(course=course, coc=coc, **same)


def _lead_of(given: SessionGiven) -> Lead:
    """The Lead whose course it is, of those at which the caller plans."""
    principal = current_principal()
    for lead in queries.leads_to_plan(principal):
        if any(course.id == given.course_id for course in queries.courses_to_teach(principal, lead)):
            return lead
    raise Invalid("This is no course that you teach live.", field="course_id")


@bp.get("/training-sessions")
@requires(P.ATTEND)
@bp.input(SessionQuery, location="query")
@bp.output(SessionList)
@bp.doc(tags=[TAG], summary="Sessions in reach", security="bearer", responses=failures(422))
def list_sessions(query_data: SessionQuery) -> Any:
    asked = {name: getattr(query_data, name) or "" for name in ("kind", "audience", "workflow")}
    wanted = queries.sessions(current_principal()).where(*filtered({**asked, "evening": "1" * query_data.evening}))
    is_past, now = query_data.shown == "past", clock.now()
    wanted = wanted.where(TrainingSession.ends_at <= now if is_past else TrainingSession.ends_at > now)
    order = [TrainingSession.starts_at, TrainingSession.id]
    page = page_of(wanted, order, descending=is_past, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/training-sessions/<int:session_id>")
@requires(P.ATTEND)
@bp.output(SessionDetail)
@bp.doc(tags=[TAG], summary="One session", security="bearer", responses=failures(404))
def show_session(session_id: int) -> Any:
    return _detail(queries.visible_session(current_principal(), session_id))


@bp.post("/training-sessions")
@requires(P.KEEP)
@bp.input(SessionGiven, arg_name="given")
@bp.output(SessionDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Plan a session", security="bearer", responses=failures(400, 409, 413, 422))
def plan_session(given: SessionGiven) -> Any:
    lead, key = _lead_of(given), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = services.plan(lead, _draft(given, lead), current_principal(), key, clock.now())
    return _detail(row)


@bp.put("/training-sessions/<int:session_id>")
@requires(P.KEEP)
@bp.input(SessionGiven, arg_name="given")
@bp.output(SessionDetail)
@bp.doc(
    tags=[TAG],
    summary="Change a session: who comes is told",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def change_session(session_id: int, given: SessionGiven) -> Any:
    with unit_of_work():
        row = queries.kept_session(current_principal(), session_id, lock=True)
        services.change(row, _draft(given, row.lead), current_principal(), clock.now())
    return _detail(row)


@bp.post("/training-sessions/<int:session_id>/cancellation")
@requires(P.KEEP)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(SessionDetail)
@bp.doc(
    tags=[TAG],
    summary="Cancel it: who was to come is told",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def cancel_session(session_id: int, given: ReasonGiven) -> Any:
    with unit_of_work():
        row = queries.kept_session(current_principal(), session_id, lock=True)
        services.cancel(row, given.reason, clock.now())
    return _detail(row)


@bp.post("/training-sessions/<int:session_id>/registration")
@requires(P.ATTEND)
@bp.output(SessionDetail)
@bp.doc(tags=[TAG], summary="Register oneself", security="bearer", responses=failures(404, 409))
def register_oneself(session_id: int) -> Any:
    principal, now = current_principal(), clock.now()
    with unit_of_work():
        row = queries.visible_session(principal, session_id, lock=True)
        registering.register(row, me(), queries.agency_for(row, principal.person_id, now), principal, now)
    return _detail(row)


@bp.post("/training-sessions/<int:session_id>/withdrawal")
@requires(P.ATTEND)
@bp.output(SessionDetail)
@bp.doc(tags=[TAG], summary="Withdraw oneself", security="bearer", responses=failures(404, 409))
def withdraw_oneself(session_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_session(principal, session_id, lock=True)
        own = queries.own_registration(row, principal.person_id)
        if own is not None and own.state is not Registered.WITHDRAWN:
            registering.withdraw(own, principal, clock.now())
    return _detail(row)


@bp.get("/training-sessions/<int:session_id>/registrations")
@requires(P.PEOPLE)
@bp.input(Listing, location="query")
@bp.output(RegistrationList)
@bp.doc(tags=[TAG], summary="Who comes, of one's own people or all", security="bearer", responses=failures(404, 422))
def list_registrations(session_id: int, query_data: Listing) -> Any:
    principal = current_principal()
    row = queries.visible_session(principal, session_id)
    order = [SessionRegistration.queued_at, SessionRegistration.id]
    page = page_of(queries.registrations(principal, row), order, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


def _period(asked: AttendanceQuery) -> Period:
    zone = _zone(asked.tz)
    until = asked.until or clock.now().astimezone(zone).date()
    since = asked.since or date(until.year - 1, until.month, min(until.day, 28))
    if not all(1970 <= day.year <= 2100 for day in (since, until)):
        raise Invalid("These days cannot be meant; check them.", field="since")
    return Period(min(since, until), until, zone, asked.coc_id)


@bp.get("/attendance")
@requires(P.PEOPLE)
@bp.input(AttendanceQuery, location="query")
@bp.output(AttendanceList)
@bp.doc(
    tags=[TAG],
    summary="Attendance by community and period, for the sharing out of resources (HUD-TR-3)",
    security="bearer",
    responses=failures(422),
)
def list_attendance(query_data: AttendanceQuery) -> Any:
    wanted = attended.of_people(current_principal()).where(*_period(query_data).within())
    order = [Attendance.starts_at, Attendance.id]
    page = page_of(wanted, order, descending=True, after=query_data.after or "", before="")
    return {"items": list(_items(page.rows)), "next": page.next}


def _items(rows: list[Attendance]) -> Iterator[dict[str, Any]]:
    yield from map(attendance_out, rows)


@bp.get("/attendance/<int:attendance_id>")
@requires(P.ATTEND)
@bp.output(AttendanceDetail)
@bp.doc(tags=[TAG], summary="One, with its arithmetic", security="bearer", responses=failures(404))
def show_attendance(attendance_id: int) -> Any:
    return attendance_out(attended.visible_attendance(current_principal(), attendance_id))
