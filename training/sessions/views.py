from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Select, select

from core import clock
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.paging import Page, page_of
from core.people.models import Lead
from core.typed import put_error, text
from core.ui.nav import Area, NavItem, register
from training.sessions import queries, rules, services, shown, today
from training.sessions.attendance import queries as attended
from training.sessions.attendance.forms import CodeForm
from training.sessions.blueprint import bp
from training.sessions.forms import ReasonForm, RecordsForm, RegisterForm, SessionForm
from training.sessions.models import SessionProposal, SessionRegistration, TrainingSession
from training.sessions.permissions import Permission
from training.sessions.rules import COMING

__all__ = ["bp", "today"]

register(NavItem(Area.TRAINING, "Sessions", "sessions.index", Permission.ATTEND, order=24))

TABS = {"coming": "Coming", "mine": "Mine", "past": "Past"}
FILTERS = ("kind", "audience", "workflow")


@bp.get("/sessions")
@requires(Permission.ATTEND)
def index() -> Any:
    principal, now = current_principal(), clock.now()
    shown_now = request.args.get("shown", "") if request.args.get("shown") in TABS else "coming"
    query = queries.sessions(principal).where(*filtered(request.args))
    page = _page(query, shown_now, principal.person_id, now)
    return render_template(
        "training/sessions/index.html",
        page=page,
        shown=shown_now,
        tabs=TABS,
        lists=_lists_around(page.rows, now),
        taken=queries.taken_of(page.rows),
        own=queries.own_states(page.rows, principal.person_id),
        words=rules.WORDS,
        places=shown.PLACES,
        may_keep=principal.can(Permission.KEEP),
        proposed=page_of(queries.proposals(principal), [SessionProposal.id], descending=True, after="", before="")
        if principal.can(Permission.KEEP)
        else Page([]),
    )


def filtered(asked: Any) -> list[ColumnElement[bool]]:
    """What the address asks for, of the filters that the calendar and the list share (HUD-TR-2)."""
    wanted: list[ColumnElement[bool]] = [
        getattr(TrainingSession, name) == asked.get(name, "").replace("\0", "")[:80]
        for name in FILTERS
        if asked.get(name)
    ]
    return [*wanted, TrainingSession.is_evening.is_(True)] if asked.get("evening") == "1" else wanted


def _page(query: Select[TrainingSession], tab: str, person_id: int, now: datetime) -> Page[TrainingSession]:
    order = [TrainingSession.starts_at, TrainingSession.id]
    if tab == "coming":
        return page_of(query.where(TrainingSession.ends_at > now), order)
    if tab == "mine":
        mine = select(SessionRegistration.session_id).where(
            SessionRegistration.person_id == person_id, SessionRegistration.state.in_(COMING)
        )
        return page_of(query.where(TrainingSession.id.in_(mine)), order, descending=True)
    return page_of(query.where(TrainingSession.ends_at <= now), order, descending=True)


def _lists_around(rows: list[TrainingSession], now: datetime) -> dict[str, dict[str, str]]:
    """The words for the codes of all the Leads on the page, and of the viewer's own."""
    leads = {row.lead_id for row in rows} | {lead.id for lead in queries.leads_to_plan(current_principal())}
    told: dict[str, dict[str, str]] = {name: {} for name in FILTERS}
    for lead_id in sorted(leads):
        for name, items in shown.lists_of(lead_id, now).items():
            told[name] |= items
    return told


# --- planning


def _lead_asked() -> Lead:
    asked, leads = request.args.get("lead", ""), queries.leads_to_plan(current_principal())
    lead: Lead = found(next((lead for lead in leads if not asked or str(lead.id) == asked), None))
    return lead


def _form_for(lead: Lead, row: TrainingSession | None = None, *, blank: bool = False) -> SessionForm:
    principal, now = current_principal(), clock.now()
    form, cocs = SessionForm(formdata=None) if blank else SessionForm(), queries.cocs_to_plan(principal, lead)
    form.offer(
        _courses(lead, row),
        shown.lists_of(lead.id, now),
        shown.zones(lead),
        (cocs, lead.id in principal.scope(Permission.KEEP).lead_ids),
        queries.trainers_of(lead, now),
        shown.meetings(cocs, now),
    )
    return form


def _courses(lead: Lead, row: TrainingSession | None) -> list[Any]:
    """Those offered, and the one it was planned for while that was offered."""
    courses = queries.courses_to_teach(current_principal(), lead)
    return [*courses, row.course] if row and row.course not in courses else courses


@bp.get("/sessions/new")
@requires(Permission.KEEP)
def new() -> Any:
    lead = _lead_asked()
    form = _form_for(lead, blank=True)
    local = clock.now().astimezone(ZoneInfo(lead.tz)).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    form.starts.data = (local + timedelta(days=14)).replace(hour=10)
    form.ends.data = form.starts.data + timedelta(hours=1)
    form.tz.data, form.is_public.data, form.has_waiting_list.data = lead.tz, True, True
    form.trainer.data = current_principal().person_id
    if (proposal := _proposal_asked()) is not None:
        form.title.data, form.about.data = proposal.title[:200], ""
    return _form_page(form.fresh(), lead)


def _proposal_asked(*, lock: bool = False) -> SessionProposal | None:
    asked = request.args.get("proposal", "")
    return queries.open_proposal(current_principal(), int(asked), lock=lock) if _is_number(asked) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 19


@bp.post("/sessions/new")
@requires(Permission.KEEP)
def create() -> Any:
    lead = _lead_asked()
    form = _form_for(lead)

    def plan(draft: services.Draft) -> TrainingSession:
        row = services.plan(lead, draft, current_principal(), form.key(), clock.now())
        if (proposal := _proposal_asked(lock=True)) is not None:
            services.take_up(proposal, row, clock.now())
        return row

    return _save(form, lead, None, plan, "Planned.")


@bp.get("/sessions/<int:session_id>/edit")
@requires(Permission.KEEP)
def edit(session_id: int) -> Any:
    row = queries.kept_session(current_principal(), session_id)
    form = _form_for(row.lead, row, blank=True)
    form.show(row)
    return _form_page(form.fresh(), row.lead, row)


@bp.post("/sessions/<int:session_id>/edit")
@requires(Permission.KEEP)
def change(session_id: int) -> Any:
    row = queries.kept_session(current_principal(), session_id)
    form = _form_for(row.lead, row)

    def changed(draft: services.Draft) -> TrainingSession:
        held = queries.kept_session(current_principal(), session_id, lock=True)
        told = services.change(held, draft, current_principal(), clock.now())
        if told:
            flash(f"{told} {'person gets' if told == 1 else 'people get'} the new entry by mail.", "info")
        return held

    return _save(form, row.lead, row, changed, "Saved.")


def _save(
    form: SessionForm,
    lead: Lead,
    row: TrainingSession | None,
    write: Callable[[services.Draft], TrainingSession],
    done: str,
) -> Any:
    if not form.validate():
        return _form_page(form, lead, row), 422
    draft, notes = form.draft(_courses(lead, row), queries.cocs_to_plan(current_principal(), lead), row)
    try:
        with unit_of_work():
            saved = write(draft)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _form_page(form, lead, row), error.status
    for note in notes:
        flash(note, "warning")
    flash(done, "success")
    return redirect(url_for(".show", session_id=saved.id))


def _form_page(form: SessionForm, lead: Lead, row: TrainingSession | None = None) -> str:
    leads = queries.leads_to_plan(current_principal())
    return render_template(
        "training/sessions/edit.html", form=form, lead=lead, row=row, leads=leads, proposal=_proposal_asked()
    )


# --- one session


@bp.get("/sessions/<int:session_id>")
@requires(Permission.ATTEND)
def show(session_id: int) -> Any:
    return show_page(queries.visible_session(current_principal(), session_id), {})


def show_page(row: TrainingSession, forms: dict[str, Any]) -> str:
    """The page of a session; `forms` are those that were just refused, with what was typed in them."""
    principal, now = current_principal(), clock.now()
    own = queries.own_registration(row, principal.person_id)
    is_keeper = queries.keeps(principal, row)
    sees_people = principal.can(Permission.PEOPLE)
    others = RegisterForm(formdata=None, prefix="others-")
    may_register = principal.can(Permission.REGISTER) and now < row.starts_at and not row.is_cancelled
    others.offer(queries.people_to_register(principal, row, now) if may_register else [])
    records = RecordsForm(formdata=None, prefix="records-", obj=row)
    room = queries.room_of(row)
    return render_template(
        "training/sessions/show.html",
        row=row,
        own=own,
        has_place=is_keeper or (own is not None and own.state is rules.Registered.REGISTERED),
        comes=own is not None and own.state in COMING,
        refusal=rules.refusal(room, now),
        room=room,
        is_keeper=is_keeper,
        may_register=may_register,
        people=_people(row) if sees_people else None,
        is_over=row.ends_at <= now,
        has_begun=row.starts_at <= now,
        lists=shown.lists_of(row.lead_id, now),
        places=shown.PLACES,
        meetings=shown.MEETINGS,
        words=rules.WORDS,
        attended=attended.own(row, principal.person_id),
        is_signed_in=attended.is_signed_in(row, principal.person_id, now),
        can_sign_in=row.code_from is not None and now < row.ends_at and not row.is_cancelled,
        forms={
            "code": CodeForm(formdata=None, prefix="code-"),
            "others": others,
            "cancel": ReasonForm(formdata=None, prefix="cancel-"),
            "records": records,
        }
        | forms,
    )


def _people(row: TrainingSession) -> Page[SessionRegistration]:
    order = [SessionRegistration.queued_at, SessionRegistration.id]
    return page_of(queries.registrations(current_principal(), row), order, size=100)


@bp.post("/sessions/<int:session_id>/cancel")
@requires(Permission.KEEP)
def cancel(session_id: int) -> Any:
    row, form = queries.kept_session(current_principal(), session_id), ReasonForm(prefix="cancel-")
    if not form.validate():
        return show_page(row, {"cancel": form}), 422
    try:
        with unit_of_work():
            held = queries.kept_session(current_principal(), session_id, lock=True)
            told = services.cancel(held, form.reason.data, clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        row = queries.kept_session(current_principal(), session_id)
        return show_page(row, {"cancel": form}), error.status
    flash(f"Cancelled. {told} {'person is' if told == 1 else 'people are'} told by mail.", "success")
    return redirect(url_for(".show", session_id=row.id))


@bp.post("/sessions/proposals/<int:proposal_id>/put-away")
@requires(Permission.KEEP)
def put_away(proposal_id: int) -> Any:
    reason = text(request.form.get("reason"))[:2_000]
    with unit_of_work():
        row = queries.open_proposal(current_principal(), proposal_id, lock=True)
        services.put_away(row, reason, current_principal(), clock.now())
    flash("Put away; the help desk sees that it was looked at.", "success")
    return redirect(url_for(".index"))


@bp.post("/sessions/<int:session_id>/records")
@requires(Permission.KEEP)
def records(session_id: int) -> Any:
    row, form = queries.kept_session(current_principal(), session_id), RecordsForm(prefix="records-")
    if not form.validate():
        return show_page(row, {"records": form}), 422
    with unit_of_work():
        held = queries.kept_session(current_principal(), session_id, lock=True)
        services.write_records(held, form.agenda.data or "", form.minutes.data or "")
    flash("Saved.", "success")
    return redirect(url_for(".show", session_id=row.id))
