from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, once, typed
from core.acting import Failed, act
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.people.models import Person
from core.ui.nav import Area, NavItem, register
from licensing.access import rules as access
from licensing.access.forms import ReasonForm
from licensing.access.models import License
from licensing.access.permissions import Permission
from licensing.access.services import CannotBeGranted, policy_in_force
from licensing.changes import following, queries, services
from licensing.changes.forms import ChangeForm, DecideForm
from licensing.changes.models import LicenseChange
from licensing.changes.rules import WORDS, Act, ChangeKind, ChangeState

__all__ = ["bp", "following"]

bp = Blueprint("changes", __name__, url_prefix="/license-changes")

register(NavItem(Area.LICENSING, "Changes of licenses", "changes.index", Permission.VIEW, order=15))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    at = clock.now()
    page = page_of(queries.changes(current_principal(), request.args), [LicenseChange.id], descending=True)
    return render_template(
        "licensing/changes/index.html",
        page=page,
        says={row.id: services.says(row, services.policy_of(row, at)) for row in page.rows},
        kinds=[(kind.value, WORDS[kind]) for kind in ChangeKind],
        shown=request.args.get("shown", "open"),
    )


@bp.get("/new/<int:license_id>")
@requires(Permission.REQUEST)
def new(license_id: int) -> Any:
    held = queries.license_to_change(current_principal(), license_id)
    return _form_page(held, ChangeForm.for_license(held, policy_in_force(held.agency.coc, clock.now())))


@bp.post("/new/<int:license_id>")
@requires(Permission.REQUEST)
def create(license_id: int) -> Any:
    held = queries.license_to_change(current_principal(), license_id)
    form = ChangeForm.for_license(held, policy_in_force(held.agency.coc, clock.now()))
    if not form.validate():
        return _form_page(held, form), 422
    try:
        with unit_of_work():
            row = services.ask(held, form.asked(), _me(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, once.KeyUsed):
            once.renew_key(form)
        _tell(form, error)
        return _form_page(held, form), error.status
    flash("The request is with those who decide. You will get a mail.", "success")
    return redirect(url_for(".show", change_id=row.id))


def _me() -> Person:
    return db.session.get_one(Person, current_principal().person_id)


def _tell(form: ChangeForm, error: DomainError) -> None:
    told = error.refusals if isinstance(error, CannotBeGranted) else []
    for one in told:
        typed.put_on(form, one.field, one.sentence, one.advice, f"({one.rule})" if one.rule else "")
    if not told:
        typed.put_error(form, error)


def _form_page(held: License, form: ChangeForm) -> str:
    levels = access.levels_of(policy_in_force(held.agency.coc, clock.now()))
    level = levels.levels.get(held.level, held.level) if levels else ""
    return render_template("licensing/changes/new.html", held=held, form=form, level=level)


@bp.get("/<int:change_id>")
@requires(Permission.VIEW)
def show(change_id: int) -> Any:
    return _show(change_id)


def _show(change_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    row = queries.visible_change(principal, change_id)
    lines, may_decide = services.lines(row, at), row.is_open and services.may_decide(principal, row, at)
    waiting = {f"{access.PROTECTED}{one.id}": one.id for one in queries.waiting_for(row, principal, at)}
    decision = DecideForm(formdata=None, prefix="decision-")
    if failed and isinstance(failed[1], DecideForm):
        decision = failed[1]
    decision.seen.data = row.state.value  # from here on they decide about what this page shows
    is_shown = failed is not None and (failed[0] in waiting or (failed[0] == "decision" and may_decide))
    return render_template(
        "licensing/changes/show.html",
        row=row,
        lines=lines,
        says=services.says(row, services.policy_of(row, at)),
        kind=WORDS[row.kind],
        is_over=row.state in (ChangeState.DENIED, ChangeState.WITHDRAWN),
        may_decide=may_decide,
        lost=failed[1] if failed and not is_shown else None,
        may_withdraw=row.is_open and principal.can(Permission.REQUEST, agency=row.agency),
        form_for=lambda key: failed[1] if failed and failed[0] == key else ReasonForm(formdata=None, prefix=f"{key}-"),
        decision=decision,
        protected=waiting,
    )


@bp.post("/<int:change_id>/approve")
@requires(Permission.DECIDE, Permission.GRANT)
def approve(change_id: int) -> Any:
    return _decide(change_id, Act.APPROVE, "Approved. Who asked has been told.")


@bp.post("/<int:change_id>/deny")
@requires(Permission.DECIDE, Permission.GRANT)
def deny(change_id: int) -> Any:
    return _decide(change_id, Act.DENY, "Denied. Who asked has been told why.")


def _decide(change_id: int, what: Act, done: str) -> Any:
    form = DecideForm(prefix="decision-")
    seen = form.seen.data or ""

    def change(row: LicenseChange, reason: str) -> None:
        services.decide(row, current_principal(), what, reason, clock.now(), seen=seen)

    return _with_reason(change_id, "decision", done, change, form)


@bp.post("/<int:change_id>/protected/<int:project_id>")
@requires(Permission.VIEW)
def approve_protected(change_id: int, project_id: int) -> Any:
    """Whoever is named for a protected project approves that the license reaches it."""

    def change(row: LicenseChange, reason: str) -> None:
        services.approve_protected(row, project_id, reason, current_principal(), clock.now())

    return _with_reason(change_id, f"{access.PROTECTED}{project_id}", "Approved for the protected project.", change)


def _with_reason(
    change_id: int, key: str, done: str, change: Callable[[LicenseChange, str], None], form: ReasonForm | None = None
) -> Any:
    form = form or ReasonForm(prefix=f"{key}-")
    queries.visible_change(current_principal(), change_id)
    reason = form.reason.data or ""
    return act(
        lambda: change(queries.visible_change(current_principal(), change_id, lock=True), reason),
        done,
        url_for(".show", change_id=change_id),
        form=form,
        key=key,
        again=lambda failed: _show(change_id, failed),
    )


@bp.post("/<int:change_id>/withdraw")
@requires(Permission.REQUEST)
def withdraw(change_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_change(current_principal(), change_id, lock=True)
        if not current_principal().can(Permission.REQUEST, agency=row.agency):
            raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
        services.withdraw(row, clock.now())
    flash("The request is withdrawn.", "success")
    return redirect(url_for(".show", change_id=change_id))
