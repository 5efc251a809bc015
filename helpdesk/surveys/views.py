from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from core import clock, home, sheets
from core.accounts.guard import limiter
from core.authz import Principal, current_principal, found, public, requires
from core.db import db, unit_of_work
from core.deadlines import Deadline
from core.errors import Conflict, DomainError, Invalid
from core.home import WorkItem
from core.paging import page_of
from core.people.models import CoC
from core.ui import plots
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.surveys import links, queries, rules, services
from helpdesk.surveys.models import Survey, SurveyInvite
from helpdesk.surveys.permissions import Permission
from helpdesk.surveys.rules import State
from helpdesk.tickets.forms import NONCE, no_client_data

bp = Blueprint("surveys", __name__)
MOST = "60 per hour"  # from one address: a whole agency may sit behind it

register(NavItem(Area.HELPDESK, "Yearly survey", "surveys.index", Permission.SEE, order=62, group=Group.REPORTS))


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
    coc = SelectField("Which community", coerce=int, default=0)
    open_days = IntegerField(
        "Open for so many days", [InputRequired("Say how long."), NumberRange(1, 90, "From 1 to 90.")]
    )
    remind_days = IntegerField(
        "Remind after so many days; 0 for never",
        [InputRequired("Say when, or 0."), NumberRange(0, 89, "From 0 to 89.")],
    )
    least_answers = IntegerField(
        "Show anonymous answers from so many on",
        [
            InputRequired("Say how many."),
            NumberRange(rules.LEAST, rules.MOST_LEAST, f"From {rules.LEAST} to {rules.MOST_LEAST}."),
        ],
        default=rules.LEAST,
    )


@bp.get("/surveys")
@requires(Permission.SEE)
def index() -> Any:
    principal = current_principal()
    page = page_of(queries.surveys(principal), [Survey.created_at, Survey.id], descending=True)
    leads = {g.lead_id for g in principal.grants if g.lead_id}
    yearly = select(Deadline).where(
        Deadline.kind == services.YEARLY, Deadline.subject_id.in_(leads), Deadline.closed_at.is_(None)
    )
    return render_template(
        "helpdesk/surveys/index.html",
        page=page,
        states=queries.STATES,
        yearly=db.session.scalars(yearly.order_by(Deadline.due_at).limit(1)).first(),
        may_keep=bool(principal.scope(Permission.KEEP).lead_ids),
    )


def _form_for(cocs: list[CoC]) -> SurveyForm:
    form = SurveyForm()
    form.coc.choices = {"0": "All of them", **{str(coc.id): coc.name for coc in cocs}}
    if len(cocs) < 2:
        del form.coc
    return form


def _draft_of(form: SurveyForm, cocs: list[CoC]) -> services.Draft:
    chosen = form.coc.data if "coc" in form else 0
    return services.Draft(
        title=form.title.data or "",
        lines=form.questions.data or "",
        intro=form.intro.data or "",
        is_anonymous=form.is_anonymous.data,
        open_days=form.open_days.data or 0,
        remind_days=form.remind_days.data or 0,
        least_answers=form.least_answers.data or 0,
        coc=next((coc for coc in cocs if coc.id == chosen), None),
    )


@bp.route("/surveys/new", methods=["GET", "POST"])
@requires(Permission.KEEP)
def new() -> Any:
    """Filled with last year's questions, so that years can be compared."""
    principal = current_principal()
    lead = queries.lead_to_keep(principal)
    cocs = queries.cocs_of(lead)
    form = _form_for(cocs)
    if not form.is_submitted():
        last = db.session.scalar(select(Survey).where(Survey.lead_id == lead.id).order_by(Survey.id.desc()).limit(1))
        form.questions.data = "\n".join(q.line() for q in last.asked) if last else rules.USUAL
        form.title.data, form.is_anonymous.data = f"How we helped you in {clock.now():%Y}", True
        form.open_days.data, form.remind_days.data, form.least_answers.data = 21, 10, rules.LEAST
        return _form_page(form)
    return _keep(form, lambda: services.make(lead, _draft_of(form, cocs), principal, form.once.data or ""))


@bp.route("/surveys/<int:survey_id>/edit", methods=["GET", "POST"])
@requires(Permission.KEEP)
def edit(survey_id: int) -> Any:
    """A draft is written until it is opened."""
    row = queries.visible_survey(current_principal(), survey_id)
    cocs = queries.cocs_of(row.lead)
    form = _form_for(cocs)
    if not form.is_submitted():
        for name in ("title", "intro", "is_anonymous", "open_days", "remind_days", "least_answers"):
            form[name].data = getattr(row, name)
        form.questions.data = "\n".join(question.line() for question in row.asked)
        if "coc" in form:
            form.coc.data = row.coc_id or 0
        return _form_page(form, row)

    def change() -> Survey:
        held = queries.visible_survey(current_principal(), survey_id, lock=True)
        services.change(held, _draft_of(form, cocs))
        return held

    return _keep(form, change, row)


def _keep(form: SurveyForm, verb: Callable[[], Survey], row: Survey | None = None) -> Any:
    if not form.validate():
        return _form_page(form, row), 422
    try:
        with unit_of_work():
            kept = verb()
    except (Invalid, Conflict) as error:
        db.session.rollback()
        field = form[error.field] if error.field and error.field in form else form.questions
        field.errors = [*field.errors, f"{error.message} {error.advice}".strip()]
        return _form_page(form, row), error.status
    return redirect(url_for(".show", survey_id=kept.id))


def _form_page(form: SurveyForm, row: Survey | None = None) -> str:
    return render_template("helpdesk/surveys/new.html", form=form, row=row)


@bp.get("/surveys/<int:survey_id>")
@requires(Permission.SEE)
def show(survey_id: int) -> Any:
    row = queries.visible_survey(current_principal(), survey_id)
    tallies = queries.results(row)
    return render_template(
        "helpdesk/surveys/show.html",
        row=row,
        answered=queries.answered(row),
        tallies=tallies,
        are_too_few=row.state is State.CLOSED and queries.are_too_few(row),
        plots=[_plot(tally) for tally in tallies],
        may_keep=current_principal().can(Permission.KEEP, lead_id=row.lead_id),
    )


def _plot(tally: rules.Tally) -> plots.Plot | None:
    """Of a scale that somebody used; its table stands beside."""
    if tally.mean is None:
        return None
    labels, counts = zip(*tally.counts, strict=True)
    said, well = sum(counts), sum(counts[:2])
    title = f"{well:,} of {said:,} say {labels[0].lower()} or {labels[1].lower()}; on average {tally.mean:.1f} of 5"
    return plots.bars(title, labels, [("Times", counts)], lambda times: f"{times:,.0f}")


def _do(survey_id: int, verb: Callable[[Survey, datetime], None], said: str) -> Any:
    with unit_of_work():
        verb(queries.visible_survey(current_principal(), survey_id, lock=True), clock.now())
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


@bp.post("/surveys/<int:survey_id>/discard")
@requires(Permission.KEEP)
def discard(survey_id: int) -> Any:
    with unit_of_work():
        services.discard(queries.visible_survey(current_principal(), survey_id, lock=True))
    flash("The draft is gone.", "success")
    return redirect(url_for(".index"))


@bp.get("/surveys/<int:survey_id>/results.<form>")
@requires(Permission.SEE)
def results_file(survey_id: int, form: str) -> Any:
    """Every answer and how often it was given; a spreadsheet runs nothing in it."""
    found(form if form in sheets.FORMS else None)
    row = queries.visible_survey(current_principal(), survey_id)
    lines = queries.lines_of(queries.results(row))
    return sheets.download(f"survey-{row.id}", form, ("Question", "Answer", "Times"), lines, ZoneInfo(row.lead.tz))


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
    is_over = rules.is_over(row.state, row.closes_at, clock.now())
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
