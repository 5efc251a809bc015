"""What the manuals ask again and again: the plan of it, its campaigns, and who owes what."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, sheets
from core.authz import Principal, current_principal, found, requires, signed_in
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid
from core.once import one_at_a_time
from core.paging import page_of
from core.people.models import CoC, Lead
from core.typed import line, put_error
from core.ui import plots
from core.ui.nav import Area, NavItem, register
from core.ui.times import say_day
from core.ui.viewer import viewer_zone
from training.recertification import opening, queries, rules, services, stopping
from training.recertification.forms import ExcuseForm, StartForm, StopForm
from training.recertification.models import Campaign, Obligation
from training.recertification.permissions import Permission
from training.recertification.queries import AgencyProgress
from training.recertification.rules import CampaignState, Plan

bp = Blueprint("recertification", __name__)
MOST_TICKED = 200
SORTS: dict[str, tuple[list[Any], bool]] = {
    "left": ([AgencyProgress.left, AgencyProgress.agency_id], True),
    "late": ([AgencyProgress.late, AgencyProgress.left, AgencyProgress.agency_id], True),
    "name": ([AgencyProgress.name, AgencyProgress.agency_id], False),
}
CAMPAIGN_STATES = {
    CampaignState.PLANNED: "Begins by itself", CampaignState.OPEN: "Running", CampaignState.OVER: "Over",
}  # fmt: skip

register(NavItem(Area.TRAINING, "Who owes training", "recertification.people", Permission.SEE, order=22))
register(NavItem(Area.TRAINING, "Recertification", "recertification.index", Permission.GUIDE, order=50))


@bp.get("/training/recertification")
@requires(Permission.GUIDE)
def index() -> Any:
    """What each community's pack asks, and whether the Lead has started it."""
    principal, at = current_principal(), clock.now()
    lead = queries.lead_to_guide(principal)
    asked = [
        (coc, plan, opening.running(lead.id, coc.id if coc else None, plan))
        for coc, plan in opening.plans(lead, at)
        if queries.reaches(principal, Permission.GUIDE, lead, coc)
    ]
    past = queries.campaigns(principal).where(Campaign.state == CampaignState.OVER)
    return render_template(
        "training/recertification/index.html",
        lead=lead,
        asked=[(coc, plan, row, _cited(plan), _may_start(principal, lead, coc)) for coc, plan, row in asked],
        past=page_of(past, [Campaign.id], descending=True),
        states=CAMPAIGN_STATES,
    )


def _may_start(principal: Principal, lead: Lead, coc: CoC | None) -> bool:
    return queries.reaches(principal, Permission.KEEP, lead, coc)


def _cited(plan: Plan) -> dict[str, Any]:
    said = [plan.says, *filter(None, [plan.local])]
    return {
        "words": said, "title": plan.manual, "section": plan.section, "rule": plan.rule, "pack": plan.pack,
        "version": plan.version,
    }  # fmt: skip


# ------------------------------------------------------------------ starting a cycle


@bp.get("/training/recertification/start")
@requires(Permission.KEEP)
def start() -> Any:
    lead, coc, plan = _asked_for()
    if running := opening.running(lead.id, coc.id if coc else None, plan):
        return redirect(url_for(".show", campaign_id=running.id))
    form = StartForm.for_plan(plan)
    form.coc.data, form.plan.data = str(coc.id if coc else 0), plan.key
    form.grace_on.data = (clock.now() + timedelta(days=rules.USUAL_DAYS)).astimezone(viewer_zone()).date()
    if form.days:
        form.days.data = rules.USUAL_DAYS
    return _start_page(lead, coc, plan, form)


@bp.post("/training/recertification/start")
@requires(Permission.KEEP)
def begin() -> Any:
    lead, coc, plan = _asked_for()
    form = StartForm.for_plan(plan)
    if not form.validate():
        return _start_page(lead, coc, plan, form), 422
    if request.form.get("preview"):
        return _start_page(lead, coc, plan, form)
    by = current_principal()
    try:
        with unit_of_work():
            row = opening.start(lead, coc, plan, form.chosen(), by, form.once.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _start_page(lead, coc, plan, form), error.status
    flash("It is started. Everybody concerned is told what they owe.", "success")
    return redirect(url_for(".show", campaign_id=row.id))


def _asked_for() -> tuple[Lead, CoC | None, Plan]:
    """The cycle of the address, of a community the person may start it for; else NotFound."""
    principal = current_principal()
    lead = queries.lead_to_guide(principal)
    number, key = request.values.get("coc", ""), request.values.get("plan", "")
    mine = (
        (coc, plan)
        for coc, plan in opening.plans(lead, clock.now())
        if queries.reaches(principal, Permission.KEEP, lead, coc)
    )
    coc, plan = found(
        next((one for one in mine if (str(one[0].id if one[0] else 0), one[1].key) == (number, key)), None)
    )
    return lead, coc, plan


def _start_page(lead: Lead, coc: CoC | None, plan: Plan, form: StartForm) -> str:
    """With what would follow, where the choice makes sense."""
    at, row, ahead = clock.now(), None, None
    if not form.errors:
        try:
            row = opening.draft(lead, coc, plan, form.chosen(), at)
            ahead = queries.look_ahead(row, at)
        except Invalid as error:
            put_error(form, error)
    return render_template(
        "training/recertification/start.html",
        coc=coc, plan=plan, cited=_cited(plan), form=form.fresh(), row=row, ahead=ahead, usual=rules.USUAL_DAYS,
    )  # fmt: skip


# ------------------------------------------------------------------ a campaign


@bp.get("/training/recertification/<int:campaign_id>")
@requires(Permission.GUIDE)
def show(campaign_id: int) -> Any:
    return _campaign_page(queries.visible_campaign(current_principal(), campaign_id), StopForm().fresh())


def _campaign_page(row: Campaign, form: StopForm) -> str:
    sort = request.args.get("sort", "left").lstrip("-")
    order, descending = SORTS.get(sort, SORTS["left"])
    left = queries.burn_down(row, clock.now())
    return render_template(
        "training/recertification/show.html",
        row=row,
        states=CAMPAIGN_STATES,
        counts=queries.by_credit(row),
        page=page_of(queries.by_agency(row), order, descending=descending),
        sort=sort if sort in SORTS else "left",
        left=left,
        plot=_burn_down(left),
        once=secrets.token_urlsafe(16),
        why=row.citation | {"words": _words_of(row), "title": row.citation["manual"]},
        form=form,
        may_stop=row.state is not CampaignState.OVER and _may_start(current_principal(), row.lead, row.coc),
    )


def _words_of(row: Campaign) -> list[str]:
    told = [row.citation["says"], *filter(None, [row.citation.get("local")])]
    if row.days is not None and row.due_on is not None:
        told.append(f"The manual gives no number of days; the HMIS Lead gives {row.days}, until {say_day(row.due_on)}.")
    if row.grace_on is not None:
        told.append(f"The HMIS Lead counts nobody late before {say_day(row.grace_on)}.")
    return told


def _burn_down(left: list[tuple[Any, int]]) -> plots.Plot | None:
    if len(left) < 2:
        return None
    labels, counts = [f"{day:%b} {day.day}" for day, _ in left], [count for _, count in left]
    title = f"{counts[-1]:,} of {counts[0]:,} left after {len(left) - 1} looks"
    if counts[0]:
        title = f"{counts[-1]:,} trainings are left, {counts[0]:,} were on {labels[0]}"
    return plots.lines(title, labels, [("Left to do", counts)], lambda count: f"{count:,.0f}")


@bp.post("/training/recertification/<int:campaign_id>/remind")
@requires(Permission.GUIDE)
def remind(campaign_id: int) -> Any:
    """Whoever owes something gets a mail, once a day at most."""
    with unit_of_work():
        told = services.remind_now(queries.visible_campaign(current_principal(), campaign_id), clock.now())
    if told:
        flash(f"{told:,} people are reminded." if told > 1 else "One person is reminded.", "success")
    else:
        flash("Nobody is left to remind today.", "info")
    return redirect(url_for(".show", campaign_id=campaign_id))


@bp.post("/training/recertification/<int:campaign_id>/stop")
@requires(Permission.KEEP)
def stop(campaign_id: int) -> Any:
    """It goes on no longer; twice is once."""
    by, form = current_principal(), StopForm()
    row = queries.visible_campaign(by, campaign_id)
    if not _may_start(by, row.lead, row.coc):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
    if not form.validate():
        return _campaign_page(row, form), 422
    try:
        with unit_of_work():
            stopping.stop(queries.visible_campaign(by, campaign_id), by, form.reason.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _campaign_page(queries.visible_campaign(by, campaign_id), form), error.status
    flash("It is stopped. Nobody owes it any more, and who was locked out for it has access again.", "success")
    return redirect(url_for(".show", campaign_id=campaign_id))


# ------------------------------------------------------------------ who owes what


def _asked() -> dict[str, str]:
    names = ("state", "agency", "campaign", "credit", "q")
    return {name: line(request.values.get(name, ""))[:80] for name in names}


@bp.get("/training/recertification/people")
@requires(Permission.SEE)
def people() -> Any:
    return _people_page(ExcuseForm().fresh())


def _people_page(form: ExcuseForm, chosen: frozenset[int] = frozenset()) -> str:
    principal, asked = current_principal(), _asked()
    page = page_of(queries.obligations(principal, asked), [Obligation.due_at, Obligation.id])
    campaign = asked["campaign"]
    return render_template(
        "training/recertification/people.html",
        page=page,
        asked=asked,
        states=queries.STATES,
        credits={row.credit: row.words for row in page.rows},
        campaign=queries.visible_campaign(principal, int(campaign[:18]))
        if campaign.isdecimal() and principal.can(Permission.GUIDE)
        else None,
        may_keep=principal.can(Permission.KEEP),
        form=form,
        chosen=chosen,
        ticked=[str(number) for number in chosen],
    )


@bp.get("/training/recertification/people.<form>")
@requires(Permission.SEE)
def people_file(form: str) -> Any:
    found(form if form in sheets.FORMS else None)
    query = queries.obligations(current_principal(), _asked()).order_by(Obligation.due_at, Obligation.id)
    return sheets.download("who-owes-training", form, HEADER, _lines(query), viewer_zone())


HEADER = ("Person", "E-mail", "Agency", "Training", "Campaign", "State", "Due", "Done", "Of", "Done on", "Reason")


def _lines(query: Any) -> Iterator[tuple[Any, ...]]:
    for row in db.session.scalars(query.execution_options(yield_per=1_000)):
        yield (
            row.person.name, row.person.email, row.agency.name if row.agency else row.lead.name, row.words,
            row.campaign.title, queries.STATES[row.state], row.due_at, row.done, row.times, row.met_at,
            row.exempt_reason,
        )  # fmt: skip


@bp.post("/training/recertification/excuse")
@requires(Permission.KEEP)
def excuse_ticked() -> Any:
    """All that are ticked, for one reason, or none of them."""
    form = ExcuseForm()
    numbers = [int(one[:18]) for one in request.form.getlist("obligation")[:MOST_TICKED] if one.isdecimal()]
    try:
        if not form.validate():
            raise Invalid(next(iter(form.reason.errors), "Say it in a few words."), field="reason")
        with unit_of_work():
            count = _excuse_all(numbers, form)
    except DomainError as error:
        db.session.rollback()
        form.reason.errors = [f"{error.message} {error.advice}".strip()]
        return _people_page(form, frozenset(numbers)), error.status
    flash(f"Not owed: {count}." if count != 1 else "It is not owed.", "success")
    asked: dict[str, Any] = {name: value for name, value in _asked().items() if value}
    return redirect(url_for(".people", **asked))


def _excuse_all(numbers: list[int], form: ExcuseForm) -> int:
    """The same form again finds them excused, by the same reason, and leaves them."""
    one_at_a_time(form.once.data or "")
    rows = queries.ticked(current_principal(), numbers)
    if not rows:
        raise Invalid("Tick at least one.", "Each row has its box.")
    reason = form.reason.data or ""
    if all(row.state is rules.Owes.EXEMPT and row.exempt_reason == reason for row in rows):
        return len(rows)
    services.excuse(rows, current_principal(), reason, clock.now())
    return len(rows)


@bp.get("/training/recertification/obligations/<int:obligation_id>")
@signed_in
def obligation(obligation_id: int) -> Any:
    row = queries.visible_obligation(current_principal(), obligation_id)
    return _obligation_page(row, ExcuseForm().fresh())


def _obligation_page(row: Obligation, form: ExcuseForm) -> str:
    principal = current_principal()
    return render_template(
        "training/recertification/obligation.html",
        row=row,
        why=services.explain(row),
        states=queries.STATES,
        may_keep=queries.may_keep(principal, row),
        may_see=principal.can(Permission.SEE),
        form=form,
    )


@bp.post("/training/recertification/obligations/<int:obligation_id>/excuse")
@requires(Permission.KEEP)
def excuse(obligation_id: int) -> Any:
    by, form = current_principal(), ExcuseForm()
    if not form.validate():
        return _obligation_page(_kept(obligation_id), form), 422
    reason = form.reason.data or ""
    try:
        _change(obligation_id, lambda row: services.excuse([row], by, reason, clock.now()))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        put_error(form, error)
        return _obligation_page(_kept(obligation_id), form), error.status
    flash("It is not owed.", "success")
    return redirect(url_for(".obligation", obligation_id=obligation_id))


@bp.post("/training/recertification/obligations/<int:obligation_id>/owe-again")
@requires(Permission.KEEP)
def owe_again(obligation_id: int) -> Any:
    _change(obligation_id, services.owe_again)
    flash("It is owed again.", "success")
    return redirect(url_for(".obligation", obligation_id=obligation_id))


def _change(obligation_id: int, verb: Callable[[Obligation], None]) -> None:
    with unit_of_work():
        verb(_kept(obligation_id, lock=True))


def _kept(obligation_id: int, *, lock: bool = False) -> Obligation:
    row = queries.visible_obligation(current_principal(), obligation_id, lock=lock)
    if not queries.may_keep(current_principal(), row):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
    return row


from training.recertification import today  # noqa: E402, F401 - it puts its items on what is above
