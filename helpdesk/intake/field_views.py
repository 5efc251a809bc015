from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.errors import Conflict, Invalid
from core.people.models import Lead
from core.text import one_line
from core.ui.nav import Area, NavItem, register
from helpdesk.intake import keeping, queries
from helpdesk.intake.forms import FieldForm
from helpdesk.intake.keeping import Worded
from helpdesk.intake.models import CustomField
from helpdesk.intake.permissions import Permission
from helpdesk.intake.questions import KEEPABLE, FieldKind
from helpdesk.tickets.forms import CATEGORIES
from helpdesk.tickets.rules import Category

bp = Blueprint("request_fields", __name__, url_prefix="/request-fields")

register(NavItem(Area.ADMIN, "Questions of the form", "request_fields.index", Permission.FIELDS_KEEP, order=60))

KINDS = {
    FieldKind.TEXT: "Words",
    FieldKind.NUMBER: "A number",
    FieldKind.DATE: "A date",
    FieldKind.CHOICE: "One of several choices",
    FieldKind.YES_NO: "Yes or no",
}


def _lead() -> Lead:
    """The one named in the address, else the first that this person keeps."""
    leads = queries.leads_kept(current_principal())
    wanted = request.args.get("lead", "")
    named = next((lead for lead in leads if str(lead.id) == wanted), None)
    lead: Lead = found(named if wanted else next(iter(leads), None))
    return lead


@bp.get("")
@requires(Permission.FIELDS_KEEP)
def index() -> Any:
    lead = _lead()
    rows = queries.all_fields(lead.id)
    return render_template(
        "helpdesk/intake/fields.html",
        lead=lead,
        leads=queries.leads_kept(current_principal()),
        groups=[(CATEGORIES[category], list(group)) for category, group in groupby(rows, lambda row: row.category)],
        kinds=KINDS,
    )


@bp.get("/new")
@requires(Permission.FIELDS_KEEP)
def new() -> Any:
    form = _form()
    wanted = request.args.get("category")
    form.category.data = wanted if wanted in set(Category) else Category.PROBLEM.value
    return _page(form, _lead())


def _form() -> FieldForm:
    form = FieldForm()
    form.kind.choices = {kind.value: KINDS[kind] for kind in KEEPABLE}
    return form


def _page(form: FieldForm, lead: Lead, row: CustomField | None = None) -> str:
    return render_template("helpdesk/intake/field.html", form=form, lead=lead, row=row, kinds=KINDS, labels=CATEGORIES)


@bp.post("/new")
@requires(Permission.FIELDS_KEEP)
def create() -> Any:
    lead, form = _lead(), _form()

    def make() -> None:
        keeping.add(lead, Category(form.category.data), FieldKind(form.kind.data), _worded(form))

    return _kept(form, make, lambda: _page(form, lead), lead)


def _worded(form: FieldForm) -> Worded:
    lines = (one_line(line) for line in (form.choices.data or "").splitlines())
    choices = tuple(dict.fromkeys(line for line in lines if line))
    return Worded(form.label.data or "", choices, form.hint.data or "", form.is_required.data == "yes")


def _kept(form: FieldForm, change: Callable[[], None], again: Callable[[], str], lead: Lead) -> Any:
    if not form.validate():
        return again(), 422
    try:
        with unit_of_work():
            change()
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return again(), error.status
    flash("Kept. It is asked from now on.", "success")
    return redirect(url_for(".index", lead=lead.id))


@bp.get("/<int:field_id>")
@requires(Permission.FIELDS_KEEP)
def show(field_id: int) -> Any:
    row = queries.kept_field(current_principal(), field_id)
    form = _form()
    form.label.data, form.hint.data, form.choices.data = row.label, row.hint, "\n".join(row.choices)
    form.is_required.data = "yes" if row.is_required else "no"
    return _page(form, row.lead, row)


@bp.post("/<int:field_id>")
@requires(Permission.FIELDS_KEEP)
def change(field_id: int) -> Any:
    row, form = queries.kept_field(current_principal(), field_id), _form()
    del form.category, form.kind
    lead = row.lead

    def put() -> None:
        keeping.change(queries.kept_field(current_principal(), field_id, lock=True), _worded(form))

    return _kept(form, put, lambda: _page(form, lead, row), lead)


def _deed(field_id: int, verb: Callable[[CustomField], None], told: str) -> Any:
    with unit_of_work():
        row = queries.kept_field(current_principal(), field_id, lock=True)
        verb(row)
        lead_id = row.lead_id
    flash(told, "success")
    return redirect(url_for(".index", lead=lead_id))


@bp.post("/<int:field_id>/retire")
@requires(Permission.FIELDS_KEEP)
def retire(field_id: int) -> Any:
    return _deed(field_id, lambda row: keeping.retire(row, clock.now()), "Retired. What was answered to it stays.")


@bp.post("/<int:field_id>/bring-back")
@requires(Permission.FIELDS_KEEP)
def bring_back(field_id: int) -> Any:
    return _deed(field_id, keeping.bring_back, "It is asked again.")


@bp.post("/<int:field_id>/up")
@requires(Permission.FIELDS_KEEP)
def up(field_id: int) -> Any:
    return _deed(field_id, keeping.move_up, "Moved up.")
