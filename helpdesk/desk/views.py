"""The queue: acts on many tickets, lists and macros under a name, and the time of a month."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Invalid
from core.paging import page_of
from core.people.models import Lead
from core.ui.nav import Area, Group, NavItem, register
from core.ui.viewer import viewer_zone
from helpdesk.desk import bulk as acts
from helpdesk.desk import keeping, listing, news, queries, rules, ticket_views, timeline_views  # noqa: F401 - for what they register
from helpdesk.desk.asked import form_key, numbers
from helpdesk.desk.blueprint import bp as bp
from helpdesk.desk.forms import MacroForm, NamedForm
from helpdesk.desk.macros import Steps, check
from helpdesk.desk.models import Macro, SavedView
from helpdesk.desk.permissions import Permission
from helpdesk.replies import queries as replies
from helpdesk.replies.models import CannedReply

register(NavItem(Area.HELPDESK, "Macros", "desk.macros", Permission.USE, order=55, group=Group.KNOWLEDGE))
register(NavItem(Area.HELPDESK, "Time spent", "desk.time", Permission.USE, order=90, group=Group.REPORTS))
MOST_MONTHS_AGO = 60


# --- many at once --------------------------------------------------------------------------------


@bp.post("/desk/bulk")
@requires(Permission.USE)
def bulk() -> Any:
    told = request.form
    wanted = acts.wanted(told.get("verb", ""), told.get("words", "").replace("\0", "")[:5_000], form_key())
    done = acts.act_on(numbers("ticket"), wanted, current_principal(), clock.now())
    return redirect(url_for(".bulk_done", act_id=done.id))


@bp.get("/desk/bulk/<int:act_id>")
@requires(Permission.USE)
def bulk_done(act_id: int) -> Any:
    act = queries.bulk_act(current_principal(), act_id)
    done, refused = rules.tally(act.results)
    return render_template("helpdesk/desk/bulk.html", act=act, done=done, refused=refused)


# --- lists under a name --------------------------------------------------------------------------


@bp.route("/desk/views/new", methods=["GET", "POST"])
@requires(Permission.USE)
def new_view() -> Any:
    """Keep the list of this address; under a name that is there already it takes its place."""
    principal = current_principal()
    form = NamedForm()
    leads = queries.leads_of(principal)
    form.offer(leads)
    kept = listing.kept_of(request.args)
    if form.validate_on_submit():
        try:
            with unit_of_work():
                row = keeping.keep_named(
                    SavedView,
                    _lead(form, leads).id,
                    form.name.data,
                    {"filters": kept},
                    shared=form.whose.data == "shared",
                    by=principal,
                    now=clock.now(),
                )
        except DomainError as error:
            form.refuse(error)
            return _view_page(form, kept), error.status
        flash(f"Kept as “{row.name}”.", "success")
        return redirect(f"{url_for('tickets.index')}?{urlencode({**kept, 'saved': row.id})}")
    return _view_page(form, kept), 422 if form.is_submitted() else 200


def _view_page(form: NamedForm, kept: dict[str, str]) -> str:
    saved = queries.saved_views(current_principal())
    return render_template("helpdesk/desk/view.html", form=form, kept=kept, saved=saved, **_sharing())


def _sharing() -> dict[str, Any]:
    principal = current_principal()
    leads = queries.lead_ids(principal)
    return {
        "may_share": any(principal.can(Permission.SHARE, lead_id=lead_id) for lead_id in leads),
        "may_change": lambda row: queries.may_change(principal, row),
    }


def _lead(form: NamedForm, leads: list[Lead]) -> Lead:
    chosen = form.lead.data if "lead" in form else leads[0].id
    lead = next((lead for lead in leads if lead.id == chosen), None)
    if lead is None:
        raise Invalid("Choose the HMIS Lead.", field="lead")
    return lead


@bp.post("/desk/views/<int:view_id>/remove")
@requires(Permission.USE)
def remove_view(view_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        keeping.remove(queries.visible_view(principal, view_id), principal)
    flash("Removed.", "success")
    return redirect(url_for("tickets.index"))


# --- macros --------------------------------------------------------------------------------------


@bp.get("/desk/macros")
@requires(Permission.USE)
def macros() -> Any:
    query = db.select(Macro).where(queries.usable(current_principal(), Macro))
    page = page_of(query, [Macro.name, Macro.id])
    return render_template("helpdesk/desk/macros.html", page=page)


@bp.route("/desk/macros/new", methods=["GET", "POST"])
@requires(Permission.USE)
def new_macro() -> Any:
    return _macro(None)


@bp.route("/desk/macros/<int:macro_id>", methods=["GET", "POST"])
@requires(Permission.USE)
def macro(macro_id: int) -> Any:
    return _macro(queries.visible_macro(current_principal(), macro_id))


def _macro(row: Macro | None) -> Any:
    principal, form = current_principal(), MacroForm(data=_values(row) if row else None)
    leads = queries.leads_of(principal)
    form.offer(leads)
    form.offer_replies(_replies(row))
    if form.validate_on_submit():
        try:
            with unit_of_work():
                _keep_macro(form, row, leads)
        except DomainError as error:
            if error.status == 403:
                raise
            form.refuse(error)
            return _macro_page(form, row), error.status
        flash("Kept.", "success")
        return redirect(url_for(".macros"))
    return _macro_page(form, row), 422 if form.is_submitted() else 200


def _macro_page(form: MacroForm, row: Macro | None) -> str:
    return render_template("helpdesk/desk/macro.html", form=form, macro=row, **_sharing())


def _values(row: Macro) -> dict[str, Any]:
    return {**row.steps, "name": row.name, "whose": "mine" if row.owner_id else "shared", "lead": row.lead_id}


def _replies(row: Macro | None) -> list[CannedReply]:
    query = db.select(CannedReply).where(replies.usable(current_principal())).order_by(CannedReply.name)
    if row is not None:
        query = query.where(CannedReply.lead_id == row.lead_id)
    return list(db.session.scalars(query.limit(200)))


def _keep_macro(form: MacroForm, row: Macro | None, leads: list[Lead]) -> None:
    """A macro that is there keeps its place and whose it is; under another name it is another macro."""
    principal = current_principal()
    shared = row.owner_id is None if row else form.whose.data == "shared"
    check(form.steps, principal, shared=shared)
    lead_id = row.lead_id if row else _lead(form, leads).id
    values = {"steps": asdict(form.steps)}
    keeping.keep_named(Macro, lead_id, form.name.data, values, shared=shared, by=principal, now=clock.now())


@bp.post("/desk/macros/<int:macro_id>/remove")
@requires(Permission.USE)
def remove_macro(macro_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        keeping.remove(queries.visible_macro(principal, macro_id), principal)
    flash("Removed.", "success")
    return redirect(url_for(".macros"))


@bp.app_template_global()
def steps_in_words(row: Macro) -> str:
    steps = Steps.of(row)
    told = [
        f"tag {steps.tag}" if steps.tag else "",
        f"priority {steps.priority}" if steps.priority else "",
        {"me": "assign to whoever runs it", "nobody": "assign to nobody"}.get(steps.assign, ""),
        "send a reply" if steps.reply else "",
        "close" if steps.close else "",
    ]
    return ", ".join(part for part in told if part)


# --- time ----------------------------------------------------------------------------------------


@bp.get("/desk/time")
@requires(Permission.USE)
def time() -> Any:
    """What a month's work went to, agency by agency (HUD-HD-4)."""
    typed = request.args.get("ago", "0")
    ago = min(int(typed), MOST_MONTHS_AGO) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0
    since, until = queries.month_around(clock.now().astimezone(viewer_zone()), ago)
    rows = queries.time_by_agency(current_principal(), since, until)
    return render_template(
        "helpdesk/desk/time.html", rows=rows, since=since, ago=ago, most=MOST_MONTHS_AGO, said=rules.minutes_said
    )
