"""Pages of the desk's people: who looks after which agency, who knows what, who is away and who stands in."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.closures.queries import lead_of
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.paging import page_of
from core.people.models import Agency, Lead, Person
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.desk.asked import form_key, number, numbers
from helpdesk.desk.rules import MOST_AT_ONCE
from helpdesk.routing import handing, keeping, queries, today  # noqa: F401 - the last is there for what it registers
from helpdesk.routing.forms import AbsenceForm, CoverForm, StaffForm, people
from helpdesk.routing.models import Absence, AgencyAssignment
from helpdesk.routing.permissions import Permission
from helpdesk.routing.services import today_of

bp = Blueprint("routing", __name__)

register(
    NavItem(Area.HELPDESK, "Who looks after whom", "routing.assignments", Permission.VIEW, order=60, group=Group.STAFF)
)
register(NavItem(Area.HELPDESK, "Staff and cover", "routing.staff", Permission.VIEW, order=61, group=Group.STAFF))
register(NavItem(Area.HELPDESK, "Absences", "routing.absences", Permission.VIEW, order=62, group=Group.STAFF))


def _lead() -> Lead:
    return lead_of(current_principal(), Permission.VIEW)


# --- agencies ------------------------------------------------------------------------------------


@bp.get("/assignments")
@requires(Permission.VIEW)
def assignments() -> Any:
    """Agencies that nobody looks after come first: while there are any, they are what this page opens with."""
    return _assignments()


def _assignments(refused: str = "", chosen: frozenset[int] = frozenset()) -> str:
    principal, lead, now = current_principal(), _lead(), clock.now()
    without = queries.are_without(principal)
    show = request.values.get("show", "")
    show = show if show in ("all", "nobody") else "nobody" if without else "all"
    person_id = number(request.values.get("person", ""))
    page = page_of(queries.agencies(principal, show=show, person_id=person_id or None), [Agency.name, Agency.id])
    return render_template(
        "helpdesk/routing/assignments.html",
        page=page,
        rows=queries.looked_after(page.rows),
        show=show,
        person_id=person_id,
        without=without,
        people=queries.desk_of(lead.id, now),
        may_keep=principal.can(Permission.KEEP),
        refused=refused,
        chosen=chosen,
    )


@bp.post("/assignments")
@requires(Permission.KEEP)
def assign() -> Any:
    """Several agencies to one person, or to nobody; sent again it changes nothing."""
    principal, now = current_principal(), clock.now()
    ids, wanted = numbers("agency"), number(request.form.get("to", ""))
    try:
        with unit_of_work():
            rows = queries.chosen_agencies(principal, ids)
            person = found(db.session.get(Person, wanted)) if wanted else None
            moved = keeping.look_after_all(rows, person, principal, now)
    except Invalid as error:
        return _assignments(f"{error.message} {error.advice}".strip(), frozenset(ids)), error.status
    whose = f"{person.name} looks after" if person else "Nobody looks after"
    flash(f"{whose} {moved} more {'agency' if moved == 1 else 'agencies'} now.", "success")
    return redirect(url_for(".assignments", show=request.form.get("show") or None))


@bp.get("/assignments/<int:agency_id>")
@requires(Permission.VIEW)
def history(agency_id: int) -> Any:
    agency = queries.visible_agency(current_principal(), agency_id)
    page = page_of(queries.history(agency), [AgencyAssignment.id], descending=True)
    return render_template("helpdesk/routing/history.html", agency=agency, page=page)


# --- staff ---------------------------------------------------------------------------------------


@bp.get("/staff")
@requires(Permission.VIEW)
def staff() -> Any:
    principal, lead, now = current_principal(), _lead(), clock.now()
    return render_template(
        "helpdesk/routing/staff.html",
        rows=queries.colleagues(lead, today_of(lead, now), now),
        may_keep=lead.id in queries.leads_kept(principal),
    )


@bp.route("/staff/<int:staff_id>", methods=["GET", "POST"])
@requires(Permission.KEEP)
def colleague(staff_id: int) -> Any:
    principal, lead, now = current_principal(), _lead(), clock.now()
    person = queries.visible_colleague(lead, staff_id, now)
    row = next(one for one in queries.colleagues(lead, today_of(lead, now), now) if one.person.id == person.id)
    form = StaffForm(skills=row.skills, cover=row.backup.id if row.backup else 0)
    form.cover.choices = people([one for one in queries.desk_of(lead.id, now) if one.id != person.id])
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with unit_of_work():
                cover = db.session.get(Person, form.cover.data) if form.cover.data else None
                keeping.keep_staff(lead, person, form.skills.data or [], cover, principal, now)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"Kept for {person.name}.", "success")
            return redirect(url_for(".staff"))
    return render_template("helpdesk/routing/colleague.html", form=form, row=row), status


# --- absences ------------------------------------------------------------------------------------


@bp.route("/absences", methods=["GET", "POST"])
@requires(Permission.AWAY)
def absences() -> Any:
    """Who is away and will be, and the form to say so; `past` is what is over."""
    principal, lead, now = current_principal(), _lead(), clock.now()
    form = AbsenceForm(data={"person": principal.person_id})
    colleagues = queries.desk_of(lead.id, now)
    keeps = lead.id in queries.leads_kept(principal)
    form.person.choices = {str(p.id): p.name for p in colleagues if keeps or p.id == principal.person_id}
    form.cover.choices = people(colleagues, "Their backup, if they have one")
    if form.validate_on_submit():
        try:
            with unit_of_work():
                row = _told(lead, form)
        except (Invalid, Conflict) as error:
            form.refuse(error)
            return _absences_page(form, lead), error.status
        flash(f"{row.person.name} is away then.", "success")
        return redirect(url_for(".absence", absence_id=row.id))
    return _absences_page(form, lead), 422 if form.is_submitted() else 200


def _told(lead: Lead, form: AbsenceForm) -> Absence:
    person = found(db.session.get(Person, form.person.data))
    cover = db.session.get(Person, form.cover.data) if form.cover.data else None
    days = (form.from_on.data, form.until_on.data)
    return keeping.tell_absence(lead, person, days, cover, current_principal(), clock.now())


def _absences_page(form: AbsenceForm, lead: Lead) -> str:
    day, past = today_of(lead, clock.now()), request.args.get("show") == "past"
    order = [Absence.until_on, Absence.id]
    page = page_of(queries.absences(lead, day, past=past), order, descending=past)
    return render_template(
        "helpdesk/routing/absences.html",
        form=form,
        page=page,
        stand_ins=queries.stand_ins(page.rows, queries.backups_of(lead.id)),
        past=past,
        day=day,
    )


@bp.get("/absences/<int:absence_id>")
@requires(Permission.VIEW)
def absence(absence_id: int) -> Any:
    return _absence_page(queries.visible_absence(current_principal(), absence_id))


def _absence_page(row: Absence, form: CoverForm | None = None) -> str:
    principal, now = current_principal(), clock.now()
    stand_in = queries.stand_ins([row], queries.backups_of(row.lead_id))[row.id]
    held = queries.in_their_hands(row, MOST_AT_ONCE + 1)
    mine = row.person_id == principal.person_id or row.lead_id in queries.leads_kept(principal)
    return render_template(
        "helpdesk/routing/absence.html",
        row=row,
        stand_in=stand_in,
        held=held[:MOST_AT_ONCE],
        more=len(held) > MOST_AT_ONCE,
        form=(form or _cover_form(row)) if mine else None,
        nonce=secrets.token_urlsafe(16),
        is_over=row.until_on < today_of(db.session.get_one(Lead, row.lead_id), now),
    )


def _cover_form(row: Absence) -> CoverForm:
    form = CoverForm(data={"cover": row.cover_id or 0})
    colleagues = queries.desk_of(row.lead_id, clock.now())
    form.cover.choices = {str(p.id): p.name for p in colleagues if p.id != row.person_id}
    return form


@bp.post("/absences/<int:absence_id>/cover")
@requires(Permission.AWAY)
def cover(absence_id: int) -> Any:
    row = queries.visible_absence(current_principal(), absence_id)
    form = _cover_form(row)
    if not form.validate_on_submit():
        return _absence_page(row, form), 422
    try:
        with unit_of_work():
            chosen = found(db.session.get(Person, form.cover.data))
            keeping.cover_absence(row, chosen, current_principal(), clock.now())
    except Invalid as error:
        form.refuse(error)
        return _absence_page(row, form), error.status
    flash(f"{chosen.name} stands in.", "success")
    return redirect(url_for(".absence", absence_id=row.id))


@bp.post("/absences/<int:absence_id>/take-back")
@requires(Permission.AWAY)
def take_back(absence_id: int) -> Any:
    row = queries.visible_absence(current_principal(), absence_id)
    name = row.person.name
    with unit_of_work():
        keeping.take_absence_back(row, current_principal())
    flash(f"{name} is there after all.", "success")
    return redirect(url_for(".absences"))


@bp.post("/absences/<int:absence_id>/hand-over")
@requires(Permission.VIEW)
def hand_over(absence_id: int) -> Any:
    principal = current_principal()
    row = queries.visible_absence(principal, absence_id)
    done = handing.hand_over(row, principal, form_key(), clock.now())
    return redirect(url_for("desk.bulk_done", act_id=done.id))
