from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, signed_in
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.people.models import CoC, Person
from core.people.services import agencies_of
from core.policy.vocabulary import LadderName
from core.typed import put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.matters.complaints import queries, rules, services
from helpdesk.matters.complaints.forms import AnswerForm, ComplaintForm, NameForm, PassUpForm
from helpdesk.matters.complaints.models import Complaint
from helpdesk.matters.complaints.rules import Channel, ComplaintState, Kind
from helpdesk.matters.complaints.services import SaysTooLittle
from helpdesk.matters.permissions import Permission
from helpdesk.matters.policies import policy_at

bp = Blueprint("complaints", __name__, url_prefix="/complaints")

register(
    NavItem(Area.HELPDESK, "Complaints", "complaints.index", Permission.COMPLAINT_VIEW, order=60, group=Group.REQUESTS)
)


@bp.get("")
@signed_in
def index() -> Any:
    page = page_of(queries.complaints(current_principal(), request.args), [Complaint.id], descending=True)
    return render_template(
        "helpdesk/matters/complaints/index.html",
        page=page,
        shown=request.args.get("shown", ""),
        states=[(state.value, state.value.capitalize()) for state in ComplaintState],
        who=rules.WHO,
    )


@bp.get("/new")
@signed_in
def new() -> Any:
    cocs = queries.communities(current_principal())
    form = _form(cocs)
    places = agencies_of(current_principal().person_id, clock.now())
    form.agency.data = form.agency.data or (places[0].name if len(places) == 1 else "")
    return _form_page(form)


def _form(cocs: list[CoC]) -> ComplaintForm:
    form = ComplaintForm().fresh()
    form.offer(kinds_for(cocs))
    return form


def kinds_for(cocs: list[CoC]) -> list[Kind]:
    """A client's complaint about privacy only where a community's manual has a way for it."""
    now = clock.now()
    has_ladder = any(policy_at(coc, now).has(LadderName.PRIVACY_COMPLAINT) for coc in cocs)
    return [Kind.VIOLATION, Kind.PRIVACY] if has_ladder else [Kind.VIOLATION]


def _form_page(form: ComplaintForm) -> str:
    return render_template("helpdesk/matters/complaints/new.html", form=form)


@bp.post("/new")
@signed_in
def create() -> Any:
    cocs = queries.communities(current_principal())
    form = _form(cocs)
    if not form.validate():
        return _form_page(form), 422
    try:
        with unit_of_work():
            row = services.file_complaint(form.said(), _me(), cocs, Channel.FORM, clock.now())
    except DomainError as error:
        db.session.rollback()
        tell(form, error)
        return _form_page(form), error.status
    flash(f"We have it, as number {row.id}. You can follow it here.", "success")
    return redirect(url_for(".show", complaint_id=row.id))


def tell(form: ComplaintForm, error: DomainError) -> None:
    """Everything that is missing, each where it belongs."""
    if not isinstance(error, SaysTooLittle):
        put_error(form, error)
        return
    for lacking in error.missing:
        put_error(form, DomainError(lacking.sentence, "", lacking.field, lacking.rule or None))


def _me() -> Person:
    return db.session.get_one(Person, current_principal().person_id)


@bp.get("/<int:complaint_id>")
@signed_in
def show(complaint_id: int) -> Any:
    return _show(queries.visible_complaint(current_principal(), complaint_id))


def _show(row: Complaint, failed: tuple[str, Any] | None = None) -> str:
    """The complaint, its way, and what this person can do now. `failed` is a form that came back."""
    principal, at = current_principal(), clock.now()
    way = services.route_of(row, at)
    may_act = services.may_act(principal, row)
    return render_template(
        "helpdesk/matters/complaints/show.html",
        row=row,
        way=way,
        explanation=way.explanation | {"because": row.stays[-1].because} if way else None,
        who=rules.WHO,
        is_final=row.step in rules.FINAL,
        is_handler=bool(queries.offices_at(principal, row) & set(row.seen_by)),
        knows_complainant=services.knows_complainant(principal, row),
        may_act=may_act,
        lost=failed[1] if failed and not may_act else None,
        above=services.steps_up(row) if may_act else (),
        form_for=lambda key: failed[1] if failed and failed[0] == key else _blank(key, row),
    )


def _blank(key: str, row: Complaint) -> Any:
    kinds: dict[str, Any] = {"answer": AnswerForm, "name": NameForm, "pass-on": PassUpForm}
    return _offered(kinds[key](formdata=None, prefix=f"{key}-"), row)


def _offered(form: Any, row: Complaint) -> Any:
    if isinstance(form, PassUpForm):
        form.offer(services.steps_up(row))
    return form


@bp.post("/<int:complaint_id>/answer")
@signed_in
def answer(complaint_id: int) -> Any:
    form = AnswerForm(prefix="answer-")
    return _act(
        complaint_id,
        "answer",
        form,
        "Answered. Whoever complained has been told that there is an answer.",
        lambda row: services.answer(row, form.answer.data or "", current_principal(), clock.now()),
    )


@bp.post("/<int:complaint_id>/pass-on")
@signed_in
def pass_on(complaint_id: int) -> Any:
    form = PassUpForm(prefix="pass-on-")
    return _act(
        complaint_id,
        "pass-on",
        form,
        "Passed on.",
        lambda row: services.pass_up(row, form.step, form.reason.data or "", current_principal(), clock.now()),
    )


@bp.post("/<int:complaint_id>/name")
@signed_in
def name(complaint_id: int) -> Any:
    form = NameForm(prefix="name-")
    return _act(
        complaint_id,
        "name",
        form,
        "Noted. They cannot see it.",
        lambda row: services.name_subject(row, form.about.data or "", current_principal(), clock.now()),
    )


def _act(complaint_id: int, key: str, form: Any, done: str, change: Callable[[Complaint], None]) -> Any:
    """Run one change; on an error the page comes back with what was typed."""
    row = queries.visible_complaint(current_principal(), complaint_id)
    if not _offered(form, row).validate():
        return _show(row, (key, form)), 422
    try:
        with unit_of_work():
            change(queries.visible_complaint(current_principal(), complaint_id, lock=True))
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, Forbidden):
            raise
        put_error(form, error)
        again = queries.visible_complaint(current_principal(), complaint_id)
        return _show(again, (key, form)), error.status
    flash(done, "success")
    return redirect(_after(complaint_id))


def _after(complaint_id: int) -> str:
    """Its page, or the list for somebody for whom it is no longer there."""
    query = queries.complaints(current_principal(), {}).where(Complaint.id == complaint_id)
    still = db.session.scalar(query)
    return url_for(".show", complaint_id=complaint_id) if still else url_for(".index")
