from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, once, typed
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.people.models import Agency, Person
from core.ui.nav import Area, NavItem, register
from licensing.access import about, drafts, kinds, practice, protected, queries, rules, services
from licensing.access.forms import ConfirmForm, DecisionForm, ReasonForm, RequestForm
from licensing.access.models import AccessRequest, License, LicenseState
from licensing.access.permissions import Permission
from licensing.access.rules import Act, RequestState
from licensing.access.services import CannotBeGranted

bp = Blueprint("access", __name__, url_prefix="/access")

register(NavItem(Area.LICENSING, "Access requests", "access.index", Permission.VIEW, order=10))
register(NavItem(Area.LICENSING, "Licenses", "access.licenses", Permission.LICENSE_VIEW, order=30))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    principal = current_principal()
    query = queries.requests(principal, request.args)
    page = page_of(query, [AccessRequest.id], descending=True)
    return render_template(
        "licensing/access/index.html",
        page=page,
        steps=queries.next_steps(page.rows, principal, clock.now()),
        states=[(state.value, state.value.capitalize()) for state in RequestState],
        shown=request.args.get("shown", "open"),
        drafts=drafts.drafts_of(principal, clock.now()) if principal.can(Permission.REQUEST) else [],
    )


@bp.get("/new")
@requires(Permission.REQUEST)
def new() -> Any:
    agency = _agency_asked_for()
    if agency is None:
        return _choose_agency()
    form = RequestForm.for_agency(agency, services.policy_in_force(agency.coc, clock.now()))
    wanted = request.args.get("draft", "")
    if wanted.isdecimal():
        form.take_up(drafts.own_draft(current_principal(), int(wanted[:18]), clock.now()))
    return _form_page(agency, form)


@bp.post("/new")
@requires(Permission.REQUEST)
def create() -> Any:
    agency = found(_agency_asked_for())
    form = RequestForm.for_agency(agency, services.policy_in_force(agency.coc, clock.now()))
    is_kept = bool(request.form.get("keep"))
    if not is_kept and not form.validate():
        return _form_page(agency, form), 422
    try:
        with unit_of_work():
            if is_kept:
                drafts.keep(agency, current_principal(), form.typed(), form.once.data or "", clock.now())
            else:
                row = services.request_access(agency, _me(), form.asked(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, once.KeyUsed):
            once.renew_key(form)
        _tell(form, error)
        return _form_page(agency, form), error.status
    if is_kept:
        flash("Kept as a draft. Only you see it; nothing is asked for yet.", "success")
        return redirect(url_for(".index"))
    flash("The request is with the HMIS Lead. You will get a mail when it is decided.", "success")
    return redirect(url_for(".show", request_id=row.id))


@bp.post("/drafts/<int:draft_id>/discard")
@requires(Permission.REQUEST)
def discard_draft(draft_id: int) -> Any:
    with unit_of_work():
        drafts.discard(drafts.own_draft(current_principal(), draft_id, clock.now()))
    flash("The draft is discarded.", "success")
    return redirect(url_for(".index"))


def _agency_asked_for() -> Agency | None:
    """The one in the address, which must be the person's to ask for; else their only one."""
    mine = queries.agencies_to_request_for(current_principal())
    wanted = request.values.get("agency", "")
    if wanted:
        agency: Agency = found(next((agency for agency in mine if str(agency.id) == wanted), None))
        return agency
    return mine[0] if len(mine) == 1 else None


def _choose_agency() -> Any:
    mine = queries.agencies_to_request_for(current_principal())
    return render_template("licensing/access/choose_agency.html", agencies=mine)


def _form_page(agency: Agency, form: RequestForm) -> str:
    return render_template("licensing/access/new.html", agency=agency, form=form)


def _me() -> Person:
    person = db.session.get(Person, current_principal().person_id)
    assert person is not None, "a principal is a person"
    return person


def _tell(form: Any, error: DomainError) -> None:
    """Every reason there is, each where it belongs."""
    if isinstance(error, CannotBeGranted):
        told = [(r.field, r.sentence, r.advice, r.rule) for r in error.refusals]
    else:
        told = [(error.field or "", error.message, error.advice, error.rule)]
    for name, sentence, advice, rule in told:
        typed.put_on(form, name, sentence, advice, f"({rule})" if rule else "")


@bp.get("/<int:request_id>")
@requires(Permission.VIEW)
def show(request_id: int) -> Any:
    return _show(queries.visible_request(current_principal(), request_id))


def _show(row: AccessRequest, failed: tuple[str, Any] | None = None) -> str:
    """The eligibility list, with a button for what this person can do. `failed` is a form that came back."""
    principal, at = current_principal(), clock.now()
    lines = services.eligibility(row, at)
    if failed and failed[0] == "decision":
        failed[1].seen.data = row.state.value
    levels = rules.levels_of(services.policy_of(row, at))
    return render_template(
        "licensing/access/show.html",
        row=row,
        kind=kinds.SAID[row.kind],
        lines=lines,
        is_over=row.state in (RequestState.DENIED, RequestState.WITHDRAWN),
        all_hold=rules.all_hold(lines),
        level=levels.levels.get(row.level, row.level) if levels else "",
        held=db.session.scalar(db.select(License).where(License.request_id == row.id)),
        may_decide=services.may_decide(principal, row, at),
        may_confirm=row.is_open and principal.can(Permission.CONFIRM, agency=row.agency),
        may_activate=row.state is RequestState.APPROVED and principal.can(Permission.ACTIVATE, agency=row.agency),
        may_withdraw=row.is_open and principal.can(Permission.REQUEST, agency=row.agency),
        form_for=lambda key: failed[1] if failed and failed[0] == key else _blank(key, row),
        may_not_apply=rules.MAY_NOT_APPLY,
        protected={f"{rules.PROTECTED}{one.id}": one.id for one in protected.waiting_for(row, principal, at)},
    )


def _blank(key: str, row: AccessRequest) -> Any:
    if key == "decision":
        return DecisionForm(formdata=None, prefix="decision-", seen=row.state.value)
    return ConfirmForm(formdata=None, prefix=f"{key}-")


@bp.post("/<int:request_id>/approve")
@requires(Permission.DECIDE, Permission.GRANT)
def approve(request_id: int) -> Any:
    return _decide(request_id, Act.APPROVE, "Approved. The representative has been told.")


@bp.post("/<int:request_id>/deny")
@requires(Permission.DECIDE, Permission.GRANT)
def deny(request_id: int) -> Any:
    return _decide(request_id, Act.DENY, "Denied. The representative has been told why.")


def _decide(request_id: int, act: Act, done: str) -> Any:
    form = DecisionForm(prefix="decision-")
    principal = current_principal()
    return _with_reason(
        request_id,
        form,
        "decision",
        done,
        lambda row: services.decide(row, principal, act, form.reason.data or "", clock.now(), seen=form.state_seen),
    )


@bp.post("/<int:request_id>/confirm/<line>")
@requires(Permission.CONFIRM)
def confirm(request_id: int, line: str) -> Any:
    form = ConfirmForm(prefix=f"{line}-")
    principal = current_principal()

    def change(row: AccessRequest) -> None:
        _must(principal.can(Permission.CONFIRM, agency=row.agency))
        services.confirm_line(
            row, line, principal, form.reason.data or "", clock.now(), is_needed=not form.not_needed.data
        )

    return _with_reason(request_id, form, line, "Noted on the request.", change)


def _with_reason(
    request_id: int, form: ReasonForm, key: str, done: str, change: Callable[[AccessRequest], None]
) -> Any:
    """Run one change that needs a reason; on an error the page comes back with what was typed."""
    if not form.validate():
        return _show(queries.visible_request(current_principal(), request_id), (key, form)), 422
    try:
        with unit_of_work():
            change(queries.visible_request(current_principal(), request_id, lock=True))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        _tell(form, error)
        return _show(queries.visible_request(current_principal(), request_id), (key, form)), error.status
    flash(done, "success")
    return redirect(url_for(".show", request_id=request_id))


@bp.post("/<int:request_id>/protected/<int:project_id>")
@requires(Permission.VIEW)
def approve_protected(request_id: int, project_id: int) -> Any:
    """Whoever is named for a protected project approves that the request reaches it."""
    key = f"{rules.PROTECTED}{project_id}"
    form, principal = ReasonForm(prefix=f"{key}-"), current_principal()
    queries.visible_request(principal, request_id)

    def change(row: AccessRequest) -> None:
        protected.approve(row, project_id, form.reason.data or "", principal, clock.now())

    return _with_reason(request_id, form, key, "Approved for the protected project.", change)


@bp.post("/<int:request_id>/activate")
@requires(Permission.ACTIVATE)
def activate(request_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_request(current_principal(), request_id, lock=True)
        _must(current_principal().can(Permission.ACTIVATE, agency=row.agency))
        services.activate(row, clock.now())
    flash("The license is active. The person and the representative have been told.", "success")
    return redirect(url_for(".show", request_id=request_id))


@bp.post("/<int:request_id>/withdraw")
@requires(Permission.REQUEST)
def withdraw(request_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_request(current_principal(), request_id, lock=True)
        _must(current_principal().can(Permission.REQUEST, agency=row.agency))
        services.withdraw(row, clock.now())
    flash("The request is withdrawn.", "success")
    return redirect(url_for(".show", request_id=request_id))


def _must(allowed: bool) -> None:
    if not allowed:
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")


@bp.get("/licenses")
@requires(Permission.LICENSE_VIEW)
def licenses() -> Any:
    page = page_of(queries.licenses(current_principal(), request.args), [License.id], descending=True)
    states = [(state.value, state.value.capitalize()) for state in LicenseState]
    return render_template("licensing/access/licenses.html", page=page, states=states)


@bp.get("/licenses/<int:license_id>")
@requires(Permission.LICENSE_VIEW)
def license_page(license_id: int) -> Any:
    row = queries.visible_license(current_principal(), license_id)
    levels = rules.levels_of(services.policy_in_force(row.agency.coc, clock.now()))
    level = levels.levels.get(row.level, row.level) if levels else ""
    may_activate = current_principal().can(Permission.ACTIVATE, agency=row.agency)
    return render_template(
        "licensing/access/license.html", row=row, level=level, now=clock.now(), may_activate=may_activate,
        provisional=practice.clock_of(row), parts=about.parts(current_principal(), row, clock.now()),
    )  # fmt: skip


@bp.post("/licenses/<int:license_id>/reporting")
@requires(Permission.ACTIVATE)
def reporting(license_id: int) -> Any:
    """Give the vendor's reporting add-on with the license, or take it back; twice is once."""
    on = bool(request.form.get("on"))
    with unit_of_work():
        row = queries.visible_license(current_principal(), license_id, lock=True)
        _must(current_principal().can(Permission.ACTIVATE, agency=row.agency))
        services.set_reporting(row, on=on)
    flash("The license has the reporting add-on." if on else "The reporting add-on is taken back.", "success")
    return redirect(url_for(".license_page", license_id=license_id))
