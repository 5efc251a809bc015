from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid
from core.paging import page_of
from core.people.models import Lead
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.replies import queries, rules, services
from helpdesk.replies.forms import ReplyForm
from helpdesk.replies.models import CannedReply
from helpdesk.replies.permissions import Permission
from helpdesk.replies.services import Worded
from helpdesk.tickets import queries as tickets

bp = Blueprint("replies", __name__, url_prefix="/replies")

register(NavItem(Area.HELPDESK, "Canned replies", "replies.index", Permission.USE, order=50, group=Group.KNOWLEDGE))


@bp.get("")
@requires(Permission.USE)
def index() -> Any:
    query = queries.replies(current_principal(), request.args)
    page = page_of(query, [CannedReply.name, CannedReply.id])
    return render_template("helpdesk/replies/index.html", page=page, whose=request.args.get("whose", ""))


@bp.get("/new")
@requires(Permission.USE)
def new() -> Any:
    form = ReplyForm()
    form.offer(queries.leads_of(current_principal()))
    return _form_page(form)


@bp.post("/new")
@requires(Permission.USE)
def create() -> Any:
    form = ReplyForm()
    leads = queries.leads_of(current_principal())
    form.offer(leads)
    if not form.validate():
        return _form_page(form), 422
    if "preview" in request.form:
        return _form_page(form)
    try:
        with unit_of_work():
            services.keep(_lead(form, leads), _worded(form), current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _form_page(form), error.status
    flash("Kept.", "success")
    return redirect(url_for(".index"))


@bp.get("/<int:reply_id>")
@requires(Permission.USE)
def show(reply_id: int) -> Any:
    reply = queries.visible_reply(current_principal(), reply_id)
    form = ReplyForm(formdata=None, obj=reply)
    form.base.data = str(reply.version)
    return _form_page(form, reply)


@bp.post("/<int:reply_id>")
@requires(Permission.USE)
def change(reply_id: int) -> Any:
    reply = _mine(reply_id)
    form = ReplyForm()
    if not form.validate():
        return _form_page(form, reply), 422
    if "preview" in request.form:
        return _form_page(form, reply)
    try:
        with unit_of_work():
            reply = _mine(reply_id, lock=True)
            worded = Worded(form.name.data, form.text.data, reply.owner_id is None)
            services.change(reply, worded, form.base_version, current_principal(), clock.now())
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        reply = _mine(reply_id)
        form.base.data = str(reply.version)
        form.refuse(error)
        return _form_page(form, reply), error.status
    flash("Saved.", "success")
    return redirect(url_for(".index"))


@bp.post("/<int:reply_id>/remove")
@requires(Permission.USE)
def remove(reply_id: int) -> Any:
    with unit_of_work():
        services.remove(queries.visible_reply(current_principal(), reply_id, lock=True), current_principal())
    flash("Removed.", "success")
    return redirect(url_for(".index"))


@bp.get("/<int:reply_id>/text")
@requires(Permission.USE)
def filled(reply_id: int) -> Any:
    """The words of a reply as they would be sent about a ticket: for the box that they are put into."""
    principal = current_principal()
    reply = queries.visible_reply(principal, reply_id)
    typed = request.args.get("ticket", "")
    ticket = tickets.visible_ticket(principal, int(typed[:18]) if typed.isascii() and typed.isdecimal() else 0)
    words = rules.fill(reply.text, services.facts_of(ticket, principal))
    return words, {"Content-Type": "text/plain; charset=utf-8"}


def _form_page(form: ReplyForm, reply: CannedReply | None = None) -> str:
    principal = current_principal()
    example = {**rules.EXAMPLE, "signature": principal.name}
    shown = "preview" in request.form and not form.errors
    return render_template(
        "helpdesk/replies/edit.html",
        form=form,
        reply=reply,
        may_change=reply is None or queries.may_change(principal, reply),
        may_share=any(principal.can(Permission.SHARE, lead_id=lead.id) for lead in queries.leads_of(principal)),
        placeholders=rules.PLACEHOLDERS,
        preview=rules.fill(form.text.data or "", example) if shown else None,
    )


def _mine(reply_id: int, *, lock: bool = False) -> CannedReply:
    reply = queries.visible_reply(current_principal(), reply_id, lock=lock)
    if not queries.may_change(current_principal(), reply):
        raise Forbidden("This reply is shared by the whole HMIS Lead.", "Keep a copy as your own and change that.")
    return reply


def _lead(form: ReplyForm, leads: list[Lead]) -> Lead:
    if "lead" not in form:
        return leads[0]
    lead = next((lead for lead in leads if lead.id == form.lead.data), None)
    if lead is None:
        raise Invalid("Choose the HMIS Lead.", field="lead")
    return lead


def _worded(form: ReplyForm) -> Worded:
    return Worded(form.name.data, form.text.data, form.whose.data == "shared")
