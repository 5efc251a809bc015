from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.files import send
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.matters.letters import queries, services
from helpdesk.matters.letters.forms import LetterForm
from helpdesk.matters.letters.models import ParticipationLetter
from helpdesk.matters.letters.rules import Standing
from helpdesk.matters.permissions import Permission
from helpdesk.matters.places import agency_in_reach, only_agency

bp = Blueprint("letters", __name__, url_prefix="/participation-letters")

register(
    NavItem(
        Area.HELPDESK, "Participation letters", "letters.index", Permission.LETTER_VIEW, order=90, group=Group.REQUESTS
    )
)

STANDINGS = {Standing.PARTICIPANT: "Takes part", Standing.ONBOARDING: "Is onboarding"}


@bp.get("")
@requires(Permission.LETTER_VIEW)
def index() -> Any:
    page = page_of(queries.letters(current_principal(), request.args), [ParticipationLetter.id], descending=True)
    return render_template("helpdesk/matters/letters/index.html", page=page, standings=STANDINGS)


@bp.get("/new")
@requires(Permission.LETTER_ISSUE)
def new() -> Any:
    form = LetterForm().fresh()
    form.agency.data = only_agency(current_principal(), Permission.LETTER_ISSUE)
    return render_template("helpdesk/matters/letters/new.html", form=form)


@bp.post("/new")
@requires(Permission.LETTER_ISSUE)
def create() -> Any:
    principal, form = current_principal(), LetterForm().fresh()
    if not form.validate():
        return render_template("helpdesk/matters/letters/new.html", form=form), 422
    try:
        with unit_of_work():
            agency = agency_in_reach(principal, Permission.LETTER_ISSUE, form.agency.data or "")
            row = services.issue(agency, principal, form.addressee.data or "", form.once.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return render_template("helpdesk/matters/letters/new.html", form=form), error.status
    flash(f"Letter {row.number} is ready.", "success")
    return redirect(url_for(".index", agency=row.agency_id))


@bp.get("/<int:letter_id>/file")
@requires(Permission.LETTER_VIEW)
def file(letter_id: int) -> Any:
    return send(queries.visible_letter(current_principal(), letter_id).file)
