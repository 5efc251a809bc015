"""The sign-in code, the trainer's list, one person's arithmetic, and the figures of a period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, render_template, request, url_for

from core import clock, sheets
from core.accounts.guard import limiter
from core.authz import current_principal, found, principal_or_none, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Invalid
from core.paging import page_of
from core.people.models import Person
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone
from training.sessions import queries as sessions
from training.sessions import rules
from training.sessions.attendance import forms, queries, services
from training.sessions.attendance.forms import DECISIONS, CodeForm, Marked, OverrideForm
from training.sessions.attendance.queries import Period
from training.sessions.attendance.rules import Span
from training.sessions.blueprint import bp
from training.sessions.models import Attendance, AttendanceLine, TrainingSession
from training.sessions.permissions import Permission
from training.sessions.rules import COMING
from training.sessions.views import show_page

register(NavItem(Area.TRAINING, "Attendance", "sessions.attendance", Permission.PEOPLE, order=28))

TRIES = "10 per 10 minutes"
SOURCES = {"code": "Sign-in code", "list": "Trainer's list", "import": "Report"}


def _who() -> str:
    """A room full of people may sit behind one address; each has tries of their own."""
    principal = principal_or_none()
    return f"person:{principal.person_id}" if principal else request.remote_addr or "unknown"


# --- the code


@bp.get("/sessions/<int:session_id>/code")
@requires(Permission.KEEP)
def code(session_id: int) -> Any:
    """For the wall: the code, and how many have used one."""
    row, now = sessions.kept_session(current_principal(), session_id), clock.now()
    is_shown = row.code_from is not None and now < row.ends_at and not row.is_cancelled
    return render_template(
        "training/sessions/code.html",
        row=row,
        code=services.code_at(row, now) if is_shown else "",
        left=rules.CODE_STEP - int(now.timestamp()) % rules.CODE_STEP,
        signed_in=queries.how_many_signed_in(row),
        address=f"{current_app.config['HEARTHDESK'].url}{url_for('.show', session_id=row.id)}",
    )


@bp.post("/sessions/<int:session_id>/code")
@requires(Permission.KEEP)
def show_code(session_id: int) -> Any:
    with unit_of_work():
        services.show_code(sessions.kept_session(current_principal(), session_id, lock=True), clock.now())
    return redirect(url_for(".code", session_id=session_id))


@bp.post("/sessions/<int:session_id>/code/hide")
@requires(Permission.KEEP)
def hide_code(session_id: int) -> Any:
    with unit_of_work():
        services.hide_code(sessions.kept_session(current_principal(), session_id, lock=True))
    return redirect(url_for(".show", session_id=session_id))


@bp.post("/sessions/<int:session_id>/sign-in")
@requires(Permission.ATTEND)
@limiter.limit(TRIES, key_func=_who)
def sign_in(session_id: int) -> Any:
    principal = current_principal()
    row, form = sessions.visible_session(principal, session_id), CodeForm(prefix="code-")
    if not form.validate():
        return show_page(row, {"code": form}), 422
    try:
        with unit_of_work():
            held = sessions.visible_session(principal, session_id, lock=True)
            services.sign_in(held, db.session.get_one(Person, principal.person_id), form.code.data, clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return show_page(sessions.visible_session(principal, session_id), {"code": form}), error.status
    flash("You are signed in.", "success")
    return redirect(url_for(".show", session_id=session_id))


@bp.post("/sessions/<int:session_id>/sign-out")
@requires(Permission.ATTEND)
def sign_out(session_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        held = sessions.visible_session(principal, session_id, lock=True)
        services.sign_out(held, db.session.get_one(Person, principal.person_id), clock.now())
    flash("You are signed out.", "success")
    return redirect(url_for(".show", session_id=session_id))


# --- the list


@bp.get("/sessions/<int:session_id>/attendance")
@requires(Permission.PEOPLE)
def attendance_of(session_id: int) -> Any:
    return _list_page(sessions.visible_session(current_principal(), session_id))


def _list_page(row: TrainingSession, error: DomainError | None = None) -> str:
    principal = current_principal()
    is_keeper = sessions.keeps(principal, row)
    return render_template(
        "training/sessions/attendance.html",
        row=row,
        rows=queries.of_session(principal, row),
        is_keeper=is_keeper,
        is_over=row.ends_at <= clock.now(),
        marked=_marked(row) if is_keeper else [],
        others=sessions.people_to_register(principal, row, clock.now()) if is_keeper else [],
        imports=queries.imports_of(row) if is_keeper else [],
        there=forms.THERE,
        typed=request.form if error else {},
        error=error,
        sources=SOURCES,
    )


def _marked(row: TrainingSession) -> list[Marked]:
    """Everybody who was to come, and whoever the list names besides."""
    known = queries.listed(row)
    coming = {one.person_id: one for one in sessions.coming(row, *COMING)}
    people = sessions.of_ids([*coming, *known])
    agencies = sessions.agencies_for(row, list(people), clock.now())
    return [
        forms.marked_now(row, person, agencies[number].name if number in agencies else "", _span(known.get(number)))
        for number, person in sorted(people.items(), key=lambda pair: (pair[1].name.casefold(), pair[0]))
    ]


def _span(line: AttendanceLine | None) -> Span | None:
    if line is None or line.starts_at is None or line.ends_at is None:
        return None
    return Span(line.starts_at, line.ends_at)


@bp.post("/sessions/<int:session_id>/attendance")
@requires(Permission.KEEP)
def note_list(session_id: int) -> Any:
    principal, row = current_principal(), sessions.kept_session(current_principal(), session_id)
    try:
        with unit_of_work():
            held = sessions.kept_session(principal, session_id, lock=True)
            people = [one.person for one in _marked(held)]
            said = forms.read_list(held, people, request.form) | _added(held)
            is_complete = request.form.get("is_complete") == "y"
            services.note_list(held, said, principal, clock.now(), is_complete=is_complete)
    except Invalid as error:
        db.session.rollback()
        row = sessions.kept_session(principal, session_id)
        return _list_page(row, error), error.status
    flash("Noted, and the credit is reckoned anew.", "success")
    return redirect(url_for(".attendance_of", session_id=row.id))


def _added(row: TrainingSession) -> dict[int, Span | None]:
    """Somebody who came without having registered."""
    wanted = forms.number(request.form.get("added", ""))
    if wanted is None:
        return {}
    there = [p.id for p in sessions.people_to_register(current_principal(), row, clock.now())]
    if wanted not in there:
        raise Invalid("This is nobody who can be added.", "Choose somebody of the list.", field="list")
    return {wanted: Span(row.starts_at, row.ends_at)}


# --- one person


@bp.get("/attendance/<int:attendance_id>")
@requires(Permission.ATTEND)
def one(attendance_id: int) -> Any:
    """The arithmetic, for whoever was there, their agency and the staff (VT-TR-6)."""
    return _one_page(queries.visible_attendance(current_principal(), attendance_id), OverrideForm(formdata=None))


def _one_page(row: Attendance, form: OverrideForm) -> str:
    return render_template(
        "training/sessions/attendance_one.html",
        row=row,
        lines=queries.lines_of(row),
        form=form,
        sources=SOURCES,
        is_keeper=sessions.keeps(current_principal(), row.session),
    )


@bp.post("/attendance/<int:attendance_id>/override")
@requires(Permission.KEEP)
def override(attendance_id: int) -> Any:
    principal, form = current_principal(), OverrideForm()
    row = queries.visible_attendance(principal, attendance_id)
    sessions.kept_session(principal, row.session_id)
    if not form.validate():
        return _one_page(row, form), 422
    try:
        with unit_of_work():
            sessions.kept_session(principal, row.session_id, lock=True)
            held = queries.visible_attendance(principal, attendance_id, lock=True)
            decided = services.override(held, DECISIONS[form.decision.data], form.reason.data, principal, clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _one_page(queries.visible_attendance(principal, attendance_id), form), error.status
    flash("Decided, and on record with the reason.", "success")
    return redirect(url_for(".one", attendance_id=decided.id))


# --- a period


@bp.get("/attendance")
@requires(Permission.PEOPLE)
def attendance() -> Any:
    """By agency and person, for whoever shares out a community's resources (HUD-TR-3)."""
    principal, period = current_principal(), _period()
    page = page_of(
        queries.of_people(principal).where(*period.within()), [Attendance.starts_at, Attendance.id], descending=True
    )
    return render_template(
        "training/sessions/attendance_all.html",
        page=page,
        period=period,
        cocs=queries.cocs_in_reach(principal),
        figures=queries.figures(principal, period),
        chosen={"coc": period.coc_id, "since": period.since.isoformat(), "until": period.until.isoformat()},
    )


@bp.get("/attendance.<form>")
@requires(Permission.PEOPLE)
def attendance_file(form: str) -> Any:
    found(form if form in sheets.FORMS else None)
    principal, period = current_principal(), _period()
    rows = (queries.cells(row) for row in queries.rows_of(principal, period))
    return sheets.download("attendance", form, queries.HEADER, rows, period.zone)


def _period() -> Period:
    """What the address asks for; without dates, the last year up to today."""
    zone: ZoneInfo = viewer_zone()
    today = clock.now().astimezone(zone).date()
    until = _day(request.args.get("until", "")) or today
    since = _day(request.args.get("since", "")) or until - timedelta(days=365)
    return Period(min(since, until), until, zone, forms.number(request.args.get("coc", "")))


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2100 else None
