from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.deadlines import deadlines_of
from core.errors import DomainError
from core.files import send
from core.paging import page_of
from core.typed import put_error
from helpdesk.reports.asking import lead_asked
from helpdesk.reports.blueprint import bp
from helpdesk.reports.evaluation import queries, services
from helpdesk.reports.evaluation.forms import EvaluationForm
from helpdesk.reports.models import Evaluation
from helpdesk.reports.permissions import Permission


@bp.get("/evaluations")
@requires(Permission.STAFF)
def evaluations() -> Any:
    """What was issued, and when the next is due (HUD-HD-9)."""
    principal = current_principal()
    planned = queries.planned(principal)
    return render_template(
        "helpdesk/reports/evaluations.html",
        page=page_of(queries.issued(principal), [Evaluation.issued_at, Evaluation.id], descending=True),
        planned=[(row, clock_row) for row in planned for clock_row in deadlines_of(row, services.KIND)],
        may_issue=principal.can(Permission.EVALUATE),
    )


@bp.get("/evaluations/new")
@requires(Permission.EVALUATE)
def new_evaluation() -> Any:
    form = EvaluationForm(formdata=None)
    form.begins.data = request.args.get("begins")
    return _new_page(form)


@bp.post("/evaluations/new")
@requires(Permission.EVALUATE)
def issue_evaluation() -> Any:
    principal, now, form = current_principal(), clock.now(), EvaluationForm()
    lead = lead_asked(principal, Permission.EVALUATE, request.args)
    form.offer(services.choices(lead, now))
    if not form.validate():
        return _new_page(form), 422
    try:
        with unit_of_work():
            key = form.once.data or secrets.token_urlsafe(16)
            row = services.issue(
                lead, form.begins.data, form.findings.data or "", form.plans.data or "", principal, key, now
            )
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _new_page(form), error.status
    flash("The evaluation is issued. It stays as it is.", "success")
    return redirect(url_for(".evaluation", evaluation_id=row.id))


def _new_page(form: EvaluationForm) -> str:
    now = clock.now()
    lead = lead_asked(current_principal(), Permission.EVALUATE, request.args)
    spans = services.choices(lead, now)
    form.fresh().offer(spans)
    span = next((one for one in spans if one.begins.isoformat() == form.begins.data), spans[0])
    form.begins.data = span.begins.isoformat()
    return render_template(
        "helpdesk/reports/evaluation_new.html",
        lead=lead,
        form=form,
        span=span,
        spans=spans,
        document=services.preview(lead, span, now),
    )


@bp.get("/evaluations/<int:evaluation_id>")
@requires(Permission.STAFF)
def evaluation(evaluation_id: int) -> Any:
    row = queries.visible_evaluation(current_principal(), evaluation_id)
    return render_template("helpdesk/reports/evaluation.html", row=row, document=row.document)


@bp.get("/evaluations/<int:evaluation_id>/file")
@requires(Permission.STAFF)
def evaluation_file(evaluation_id: int) -> Any:
    return send(found(queries.visible_evaluation(current_principal(), evaluation_id).file))
