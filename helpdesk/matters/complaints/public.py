"""A complaint without an account: the same form for everybody, behind a limit and a field that people leave empty."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from core import clock
from core.accounts.guard import limiter
from core.authz import public
from core.db import db, unit_of_work
from core.errors import DomainError
from core.people.models import CoC
from helpdesk.matters.complaints import queries, services
from helpdesk.matters.complaints.forms import PublicForm
from helpdesk.matters.complaints.rules import Channel
from helpdesk.matters.complaints.views import kinds_for, tell

bp = Blueprint("public_complaints", __name__, url_prefix="/complain")

MOST = "10 per hour"  # from one address


@bp.get("")
@public
def new() -> Any:
    form, _ = _form()
    return _page(form)


def _form() -> tuple[PublicForm, list[CoC]]:
    cocs = queries.all_communities()
    form = PublicForm().fresh()
    form.offer(kinds_for(cocs))
    form.offer_communities(cocs)
    return form, cocs


def _page(form: PublicForm) -> str:
    return render_template("helpdesk/matters/complaints/public.html", form=form)


@bp.post("")
@public
@limiter.limit(MOST)
def create() -> Any:
    form, cocs = _form()
    if not form.validate():
        return _page(form), 422
    if form.website.data:  # a program filled it in; it is told the same as everybody
        return redirect(url_for(".sent"))
    chosen = [coc for coc in cocs if coc.id == form.community.data]
    said = form.said(address=form.address.data or "")
    try:
        with unit_of_work():
            services.file_complaint(said, None, chosen, Channel.PUBLIC, clock.now())
    except DomainError as error:
        db.session.rollback()
        tell(form, error)
        return _page(form), error.status
    return redirect(url_for(".sent"))


@bp.get("/sent")
@public
def sent() -> Any:
    return render_template("helpdesk/matters/complaints/sent.html")
