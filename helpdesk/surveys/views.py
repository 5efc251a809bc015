from __future__ import annotations

import csv
import secrets
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement, select
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from core import clock, home
from core.accounts.guard import limiter
from core.authz import Principal, current_principal, found, public, requires
from core.db import db, unit_of_work
from core.deadlines import Deadline
from core.errors import DomainError, Invalid
from core.home import WorkItem
from core.paging import page_of
from core.people.models import Lead
from core.ui.nav import Area, NavItem, register
from helpdesk.surveys import links, rules, services
from helpdesk.surveys.models import Survey, SurveyInvite, SurveySheet
from helpdesk.surveys.permissions import Permission
from helpdesk.surveys.rules import State
from helpdesk.tickets.forms import NONCE, no_client_data

bp = Blueprint("surveys", __name__)
MOST = "60 per hour"  # from one address: a whole agency may sit behind it
RUNS = ("=", "+", "-", "@", "\t", "\r")

register(NavItem(Area.HELPDESK, "Yearly survey", "surveys.index", Permission.SEE, order=62))


class SurveyForm(FlaskForm):
    once = HiddenField(default=lambda: secrets.token_urlsafe(16), validators=[DataRequired(), Regexp(NONCE)])
    title = StringField("Title", validators=[DataRequired("Say what it is about."), Length(max=200), no_client_data])
    intro = TextAreaField("What people should know", validators=[Length(max=2_000), no_client_data])
    questions = TextAreaField(
        "Questions",
        description="One on a line. Begin with scale:, choice: or text:, and give the answers of a choice after |.",
        validators=[DataRequired("Ask at least one question."), Length(max=10_000)],
    )
    is_anonymous = BooleanField("Anonymous: no answer names a person")
    open_days = IntegerField(
        "Open for so many days", [InputRequired("Say how long."), NumberRange(1, 90, "From 1 to 90.")]
    )
    remind_days = IntegerField(
        "Remind after so many days; 0 for never",
        [InputRequired("Say when, or 0."), NumberRange(0, 89, "From 0 to 89.")],
    )


def _reach(principal: Principal) -> ColumnElement[bool]:
    """A survey is the whole Lead's; who works for one CoC sees what came of it too."""
    scope = principal.scope(Permission.SEE)
    leads = {
        g.lead_id for g in principal.grants if g.lead_id and (g.lead_id in scope.lead_ids or g.coc_id in scope.coc_ids)
    }
    return Survey.lead_id.in_(leads)


def _lead(principal: Principal) -> Lead:
    leads = principal.scope(Permission.KEEP).lead_ids
    lead: Lead = found(db.session.scalar(select(Lead).where(Lead.id.in_(leads)).order_by(Lead.id).limit(1)))
    return lead


def _survey(survey_id: int, *, lock: bool = False) -> Survey:
    query = select(Survey).where(Survey.id == survey_id, _reach(current_principal()))
    if lock:
        query = query.with_for_update(of=Survey).execution_options(populate_existing=True)
    row: Survey = found(db.session.scalar(query))
    return row


@bp.get("/surveys")
@requires(Permission.SEE)
def index() -> Any:
    principal = current_principal()
    page = page_of(select(Survey).where(_reach(principal)), [Survey.created_at, Survey.id], descending=True)
    leads = {g.lead_id for g in principal.grants if g.lead_id}
    yearly = select(Deadline).where(
        Deadline.kind == services.YEARLY, Deadline.subject_id.in_(leads), Deadline.closed_at.is_(None)
    )
    return render_template(
        "helpdesk/surveys/index.html",
        page=page,
        yearly=db.session.scalars(yearly.order_by(Deadline.due_at).limit(1)).first(),
        may_keep=bool(principal.scope(Permission.KEEP).lead_ids),
    )


@bp.route("/surveys/new", methods=["GET", "POST"])
@requires(Permission.KEEP)
def new() -> Any:
    """Filled with last year's questions, so that years can be compared."""
    principal, form = current_principal(), SurveyForm()
    lead = _lead(principal)
    if not form.is_submitted():
        last = db.session.scalar(select(Survey).where(Survey.lead_id == lead.id).order_by(Survey.id.desc()).limit(1))
        form.questions.data = "\n".join(q.line() for q in last.asked) if last else rules.USUAL
        form.title.data, form.is_anonymous.data = f"How we helped you in {clock.now():%Y}", True
        form.open_days.data, form.remind_days.data = 21, 10
        return render_template("helpdesk/surveys/new.html", form=form)
    if not form.validate():
        return render_template("helpdesk/surveys/new.html", form=form), 422
    days = form.open_days.data or 0, form.remind_days.data or 0
    try:
        with unit_of_work():
            row = services.make(
                lead, form.title.data or "", form.intro.data or "", form.questions.data or "",
                form.is_anonymous.data, days, principal, form.once.data or "",
            )  # fmt: skip
    except Invalid as error:
        db.session.rollback()
        form[error.field or "questions"].errors = [f"{error.message} {error.advice}".strip()]
        return render_template("helpdesk/surveys/new.html", form=form), error.status
    return redirect(url_for(".show", survey_id=row.id))


def _results(row: Survey) -> list[rules.Tally]:
    """What came of each question. Of an anonymous survey nothing shows before it is over: who answers when is known."""
    if row.is_anonymous and row.state is not State.CLOSED:
        return []
    sheets = list(db.session.scalars(select(SurveySheet.answers).where(SurveySheet.survey_id == row.id)))
    return [rules.tally(place, question, sheets) for place, question in enumerate(row.asked)]


@bp.get("/surveys/<int:survey_id>")
@requires(Permission.SEE)
def show(survey_id: int) -> Any:
    row = _survey(survey_id)
    answered = db.session.scalar(
        select(db.func.count()).select_from(SurveySheet).where(SurveySheet.survey_id == row.id)
    )
    may_keep = current_principal().can(Permission.KEEP, lead_id=row.lead_id)
    return render_template(
        "helpdesk/surveys/show.html", row=row, answered=answered, tallies=_results(row), may_keep=may_keep
    )


def _do(survey_id: int, verb: Callable[[Survey, datetime], None], said: str) -> Any:
    with unit_of_work():
        verb(_survey(survey_id, lock=True), clock.now())
    flash(said, "success")
    return redirect(url_for(".show", survey_id=survey_id))


@bp.post("/surveys/<int:survey_id>/open")
@requires(Permission.KEEP)
def open_it(survey_id: int) -> Any:
    return _do(survey_id, services.open_survey, "It is open; everybody gets a mail with their own link.")


@bp.post("/surveys/<int:survey_id>/close")
@requires(Permission.KEEP)
def close_it(survey_id: int) -> Any:
    return _do(survey_id, services.close, "It is over.")


@bp.get("/surveys/<int:survey_id>/results.csv")
@requires(Permission.SEE)
def results_csv(survey_id: int) -> Any:
    """Every answer and how often it was given; a spreadsheet runs nothing in it."""
    written = StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    out.writerow(("Question", "Answer", "Times"))
    for tally in _results(_survey(survey_id)):
        out.writerows([_cell(tally.question.text), _cell(words), count] for words, count in tally.counts)
        out.writerows([_cell(tally.question.text), _cell(words), 1] for words in tally.texts)
    return Response(written.getvalue(), mimetype="text/csv")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(RUNS) else text


# --- answering, without signing in


@bp.get("/yearly-survey/<token>")
@public
def ask(token: str) -> Any:
    """Opening the link notes nothing."""
    invite, row = _invited(token)
    if row is None or invite is None:
        return render_template("helpdesk/surveys/link_gone.html"), 410
    return _answer_page(row, invite, token, {})


@bp.post("/yearly-survey/<token>")
@public
@limiter.limit(MOST)
def say(token: str) -> Any:
    invite, row = _invited(token)
    if row is None or invite is None:
        return render_template("helpdesk/surveys/link_gone.html"), 410
    try:
        with unit_of_work():
            held = select(SurveyInvite).where(SurveyInvite.id == invite.id).with_for_update()
            invite = db.session.scalars(held.execution_options(populate_existing=True)).one()
            services.answer(row, invite, request.form)
    except DomainError as error:
        db.session.rollback()
        invite, row = _invited(token)
        assert row is not None, "a survey is never deleted"
        assert invite is not None, "nor is who was asked"
        return _answer_page(row, invite, token, request.form, error=f"{error.message} {error.advice}"), error.status
    return _answer_page(row, invite, token, {})


def _invited(token: str) -> tuple[SurveyInvite | None, Survey | None]:
    number = links.read(token)
    invite = db.session.get(SurveyInvite, number) if number else None
    return invite, db.session.get(Survey, invite.survey_id) if invite else None


def _answer_page(row: Survey, invite: SurveyInvite, token: str, typed: Any, error: str = "") -> str:
    is_over = row.state is not State.OPEN or (row.closes_at is not None and clock.now() > row.closes_at)
    return render_template(
        "helpdesk/surveys/answer.html", row=row, invite=invite, token=token, typed=typed, error=error, is_over=is_over
    )


@home.provider
def asked(principal: Principal, _at: datetime, limit: int) -> list[WorkItem]:
    """The open survey that a person has not answered."""
    query = (
        select(SurveyInvite, Survey)
        .join(Survey, Survey.id == SurveyInvite.survey_id)
        .where(SurveyInvite.person_id == principal.person_id, SurveyInvite.has_answered.is_(False))
        .where(Survey.state == State.OPEN)
    )
    return [
        WorkItem(
            row.title,
            f"/yearly-survey/{links.token(invite.id)}",
            "Answer",
            "Help desk",
            "A few questions",
            row.closes_at,
        )
        for invite, row in db.session.execute(query.limit(limit))
    ]
