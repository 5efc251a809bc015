"""An agency on its way in: added, its steps, its projects. Its own page is the office's, to which this room adds."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.files.services import send
from core.paging import page_of
from core.people.models import Agency, AgencyStatus
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from licensing.access.services import local_day, policy_in_force
from licensing.agencies import checks, clocks, onboarding, papers, queries
from licensing.agencies.forms import HOW, AgencyForm, BackForm, EvidenceForm, ProjectForm
from licensing.agencies.models import How
from licensing.agencies.onboarding import NewAgency
from licensing.agencies.permissions import Permission
from licensing.agencies.rules import LABELS, Step

__all__ = ["bp", "checks", "clocks"]

bp = Blueprint("agencies", __name__, url_prefix="/agencies")

register(NavItem(Area.LICENSING, "Agencies", "agencies.index", Permission.VIEW, order=5))
SHOWN = {
    "": "All",
    "onboarding": "Coming in",
    "missing": "Somebody missing",
    "suspended": "Suspended",
    "ended": "Ended",
}


@bp.get("/standing")
@requires(Permission.VIEW)
def index() -> Any:
    """Where the agencies stand, by name."""
    principal = current_principal()
    page = page_of(queries.keeping(principal, request.args), [Agency.name, Agency.id])
    return render_template(
        "licensing/agencies/index.html",
        page=page,
        missing=queries.missing_of(page.rows),
        shown=request.args.get("shown", ""),
        views=SHOWN,
        asked=request.args.get("q", ""),
        may_add=bool(principal.can(Permission.KEEP)),
    )


@bp.get("/new")
@requires(Permission.KEEP)
def new() -> Any:
    return _new_page(_agency_form())


@bp.post("/new")
@requires(Permission.KEEP)
def create() -> Any:
    form = _agency_form()
    if not form.validate():
        return _new_page(form), 422
    coc = found(next((one for one in _cocs() if str(one.id) == form.coc.data), None))
    told = NewAgency(form.name.data or "", form.tz.data, bool(form.is_view_only and form.is_view_only.data))
    try:
        with unit_of_work():
            row = onboarding.add_agency(coc, told, clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _new_page(form), error.status
    flash(f"{row.name} is on its way in. These are its steps.", "success")
    return redirect(url_for(".steps", agency_id=row.id))


def _cocs() -> list[Any]:
    return queries.cocs_to_keep(current_principal())


def _agency_form() -> AgencyForm:
    form, cocs = AgencyForm().fresh(), _cocs()
    form.offer(cocs)
    if not any(onboarding.may_view_only(policy_in_force(coc, clock.now())) for coc in cocs):
        del form.is_view_only
    return form


def _new_page(form: AgencyForm) -> str:
    return render_template("licensing/agencies/new.html", form=form)


# ------------------------------------------------------------------ the steps


@bp.get("/<int:agency_id>/onboarding")
@requires(Permission.VIEW)
def steps(agency_id: int) -> Any:
    return _steps(agency_id)


def _steps(agency_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    agency = queries.visible_agency(principal, agency_id)
    kept = papers.papers_of(agency)
    lines = onboarding.lines(agency, at, kept)
    is_open = agency.status is AgencyStatus.ONBOARDING

    shown = {line.step for line in lines if not line.is_met and not line.is_fact and not line.waits_for}
    lost = failed[1] if failed and failed[0] != "back" and failed[0] not in shown else None

    def form_for(step: str) -> EvidenceForm:
        if failed and failed[0] == step:
            form: EvidenceForm = failed[1]
            return form
        form = EvidenceForm(formdata=None, prefix=f"{step}-").fresh()
        form.day.data, form.how.data = local_day(at, agency.tz), How.HERE.value
        return form

    return render_template(
        "licensing/agencies/onboarding.html",
        agency=agency,
        lines=lines,
        is_open=is_open,
        form_for=form_for,
        lost=lost,
        failed=failed[0] if failed else "",
        may=lambda step: is_open and onboarding.may_confirm(agency, step, principal),
        papers={step: papers.in_force(kept, step) for step in Step},
        back_form=failed[1] if failed and failed[0] == "back" else BackForm(formdata=None, prefix="back-").fresh(),
        taken_back=[row for row in kept if row.taken_back_at is not None],
        labels=LABELS,
        how=HOW,
        may_keep=principal.can(Permission.KEEP, agency=agency),
        may_take_in=is_open and principal.can(Permission.KEEP, agency=agency),
        all_done=all(line.is_met for line in lines),
    )


@bp.post("/<int:agency_id>/onboarding/<step>")
@requires(Permission.CONFIRM)
def confirm(agency_id: int, step: str) -> Any:
    queries.visible_agency(current_principal(), agency_id)
    form = EvidenceForm(prefix=f"{step}-")

    def change() -> None:
        agency = queries.visible_agency(current_principal(), agency_id, lock=True)
        onboarding.confirm(agency, step, form.seen(), current_principal(), clock.now())

    found(step if step in set(Step) else None)
    onward = url_for(".steps", agency_id=agency_id)
    return act(change, "Confirmed.", onward, form=form, key=step, again=lambda failed: _steps(agency_id, failed))


@bp.post("/<int:agency_id>/onboarding/<step>/take-back")
@requires(Permission.CONFIRM)
def take_back(agency_id: int, step: str) -> Any:
    form = BackForm(prefix="back-")

    def change() -> None:
        agency = queries.visible_agency(current_principal(), agency_id, lock=True)
        onboarding.take_back(agency, step, form.reason.data or "", current_principal(), clock.now())

    queries.visible_agency(current_principal(), agency_id)
    onward = url_for(".steps", agency_id=agency_id)
    return act(change, "Taken back.", onward, form=form, key="back", again=lambda failed: _steps(agency_id, failed))


@bp.post("/<int:agency_id>/take-in")
@requires(Permission.KEEP)
def take_in(agency_id: int) -> Any:
    with unit_of_work():
        agency = queries.visible_agency(current_principal(), agency_id, lock=True)
        must_keep(agency)
        onboarding.take_in(agency, current_principal(), clock.now())
    flash("The agency takes part from now on.", "success")
    return redirect(url_for("office.agency", agency_id=agency_id))


def must_keep(agency: Agency) -> None:
    if not current_principal().can(Permission.KEEP, agency=agency):
        raise Forbidden("The HMIS Lead does this.")


# ------------------------------------------------------------------ projects and evidence


@bp.get("/<int:agency_id>/projects/new")
@requires(Permission.KEEP)
def new_project(agency_id: int) -> Any:
    return _project_page(agency_id)


def _project_page(agency_id: int, failed: Failed | None = None) -> str:
    agency = queries.visible_agency(current_principal(), agency_id, Permission.KEEP)
    form = failed[1] if failed else ProjectForm(formdata=None).fresh()
    return render_template("licensing/agencies/project.html", agency=agency, form=form)


@bp.post("/<int:agency_id>/projects/new")
@requires(Permission.KEEP)
def create_project(agency_id: int) -> Any:
    queries.visible_agency(current_principal(), agency_id, Permission.KEEP)
    form = ProjectForm()

    def change() -> None:
        agency = queries.visible_agency(current_principal(), agency_id, Permission.KEEP, lock=True)
        name, hud_type = form.name.data or "", form.hud_type.data
        is_protected, approver = bool(form.is_protected.data), form.approver.data or ""
        onboarding.add_project(agency, name, hud_type, is_protected=is_protected, approver=approver)

    onward = url_for("office.agency", agency_id=agency_id)
    return act(
        change, "The project is set up.", onward, form=form, key="project",
        again=lambda failed: _project_page(agency_id, failed),
    )  # fmt: skip


@bp.get("/<int:agency_id>/papers/<int:paper_id>")
@requires(Permission.VIEW)
def paper(agency_id: int, paper_id: int) -> Any:
    agency = queries.visible_agency(current_principal(), agency_id)
    return send(queries.file_of(agency, paper_id))
