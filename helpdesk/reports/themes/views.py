from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for

from core import clock, sheets
from core.authz import Principal, current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.paging import page_of
from core.policy.vocabulary import DutyName
from core.typed import put_error
from helpdesk.reports.asking import lead_asked, policy_of
from helpdesk.reports.blueprint import bp
from helpdesk.reports.explaining import explained
from helpdesk.reports.models import Theme, TrainingProposal
from helpdesk.reports.permissions import Permission
from helpdesk.reports.themes import queries, rules, services
from helpdesk.reports.themes.forms import MergeForm, OnceForm, SaidForm
from helpdesk.reports.themes.rules import Act, Sort, State

SORTS = {Sort.CATEGORY: "Category", Sort.TAG: "Tag", Sort.TERM: "Word"}
STATES = {
    State.RISING: ("Rising", "warn"),
    State.DISMISSED: ("Dismissed", "off"),
    State.MERGED: ("Part of another", "off"),
    State.PROPOSED: ("Training proposed", "ok"),
}
SHOWN = {"rising": "Rising", "put-away": "Put away", "over": "No longer rising"}
DEEDS = {
    Act.NOTE: "noted something",
    Act.DISMISS: "dismissed it",
    Act.MERGE: "made it part of another",
    Act.PROPOSE: "proposed training",
    Act.TAKE_UP: "took it up again",
    Act.LOOKED: "looked through all",
}
HEADER = ("Theme", "Kind", "State", "Recent weeks", "Usual", "Weeks before", "Counted on")


@bp.get("/themes")
@requires(Permission.THEMES)
def themes() -> Any:
    """What is asked more often than before, the strongest first, by a measure that is said (HUD-HD-8)."""
    principal, now = current_principal(), clock.now()
    lead = lead_asked(principal, Permission.THEMES, request.args)
    shown = request.args.get("shown", "") if request.args.get("shown") in SHOWN else "rising"
    query = queries.themes(principal, shown).where(Theme.lead_id == lead.id)
    page = page_of(query, [Theme.recent, Theme.id], descending=True)
    policy = policy_of(lead, now)
    duty = policy.duty(DutyName.COMMON_THEMES) if policy and policy.has(DutyName.COMMON_THEMES) else None
    return render_template(
        "helpdesk/reports/themes.html",
        lead=lead,
        page=page,
        shown=shown,
        lists=SHOWN,
        sorts=SORTS,
        states=STATES,
        measure=rules.MEASURE,
        usual=rules.usual,
        explanation=explained(policy, duty, [rules.MEASURE]) if policy and duty else None,
        last=queries.last_look(lead.id),
        reviews=queries.latest_reviews(lead.id),
        deeds=DEEDS,
        once=secrets.token_urlsafe(16),
    )


@bp.get("/themes.<form>")
@requires(Permission.THEMES)
def themes_file(form: str) -> Any:
    found(form if form in sheets.FORMS else None)
    lead = lead_asked(current_principal(), Permission.THEMES, request.args)
    query = queries.themes(current_principal(), "all").where(Theme.lead_id == lead.id)
    rows = (
        (r.label, SORTS[r.sort], STATES[r.state][0], r.recent, round(rules.usual(r.before), 1), r.before, r.counted_on)
        for r in db.session.scalars(query.order_by(Theme.id.desc()).limit(1_000))
    )
    return sheets.download("themes", form, HEADER, rows, ZoneInfo(lead.tz))


@bp.post("/themes/count")
@requires(Permission.THEMES)
def count_themes() -> Any:
    lead = lead_asked(current_principal(), Permission.THEMES, request.args)
    with unit_of_work():
        many = services.count_anew(lead, clock.now())
    flash(f"Counted. {many} {'theme rises' if many == 1 else 'themes rise'}.", "success")
    return redirect(url_for(".themes", lead=request.args.get("lead") or None))


@bp.post("/themes/looked")
@requires(Permission.THEMES)
def looked() -> Any:
    principal, form = current_principal(), OnceForm()
    lead = lead_asked(principal, Permission.THEMES, request.args)
    with unit_of_work():
        services.looked_through(lead, principal, form.key(), clock.now())
    flash("It is noted that you have looked through the themes.", "success")
    return redirect(url_for(".themes", lead=request.args.get("lead") or None))


@bp.get("/themes/<int:theme_id>")
@requires(Permission.THEMES)
def theme(theme_id: int) -> Any:
    return _show(queries.visible_theme(current_principal(), theme_id), {})


def _show(row: Theme, forms: dict[str, Any]) -> str:
    principal, now = current_principal(), clock.now()
    policy = policy_of(row.lead, now)
    duty = policy.duty(DutyName.COMMON_THEMES) if policy and policy.has(DutyName.COMMON_THEMES) else None
    said = services.said_of(row)
    merge = forms.get("merge") or MergeForm(formdata=None, prefix="merge-")
    merge.offer(queries.others(row))
    note = forms.get("note") or SaidForm(formdata=None, prefix="note-")
    dismiss = forms.get("dismiss") or SaidForm(formdata=None, prefix="dismiss-")
    return render_template(
        "helpdesk/reports/theme.html",
        row=row,
        said=said,
        explanation=explained(policy, duty, [said, rules.MEASURE]) if policy and duty else None,
        tickets=queries.tickets_of(principal, row, rules.windows(row.counted_on)),
        merged=queries.merged_here(row),
        reviews=queries.reviews(row),
        may={act.value: rules.after(row.state, act) is not None for act in Act},
        forms={"note": note.fresh(), "dismiss": dismiss.fresh(), "merge": merge.fresh()},
        once=secrets.token_urlsafe(16),
        sorts=SORTS,
        states=STATES,
        deeds=DEEDS,
    )


@bp.post("/themes/<int:theme_id>/note")
@requires(Permission.THEMES)
def note_theme(theme_id: int) -> Any:
    return _say(theme_id, Act.NOTE, "Noted.")


@bp.post("/themes/<int:theme_id>/dismiss")
@requires(Permission.THEMES)
def dismiss_theme(theme_id: int) -> Any:
    return _say(theme_id, Act.DISMISS, "Dismissed. It comes back if it falls and rises again.")


@bp.post("/themes/<int:theme_id>/take-up")
@requires(Permission.THEMES)
def take_up_theme(theme_id: int) -> Any:
    key = OnceForm().key()

    def act(row: Theme, by: Principal) -> None:
        services.review(row, Act.TAKE_UP, "", by, key, clock.now())

    return _do(theme_id, act, "It is among the rising ones again.")


@bp.post("/themes/<int:theme_id>/merge")
@requires(Permission.THEMES)
def merge_theme(theme_id: int) -> Any:
    form = MergeForm(prefix="merge-")
    form.offer(queries.others(queries.visible_theme(current_principal(), theme_id)))

    def act(row: Theme, by: Principal) -> None:
        into = queries.visible_theme(by, form.into.data, lock=True)
        services.merge(row, into, by, form.key(), clock.now())

    return _do(theme_id, act, "Merged.", form, "merge")


@bp.post("/themes/<int:theme_id>/propose")
@requires(Permission.THEMES)
def propose_training(theme_id: int) -> Any:
    """One press: the title, the ground and the counts are there already."""
    key = OnceForm().key()

    def act(row: Theme, by: Principal) -> None:
        services.propose(row, by, key, clock.now())

    return _do(theme_id, act, "Training is proposed.", go="reports.proposals")


def _say(theme_id: int, deed: Act, done: str) -> Any:
    form = SaidForm(prefix=f"{deed}-")

    def act(row: Theme, by: Principal) -> None:
        services.review(row, deed, form.said.data or "", by, form.key(), clock.now())

    return _do(theme_id, act, done, form, deed.value)


def _do(
    theme_id: int,
    act: Callable[[Theme, Principal], None],
    done: str,
    form: Any = None,
    name: str = "",
    go: str | None = None,
) -> Any:
    """A deed on a theme that is held meanwhile; what is refused comes back with what was typed."""
    principal = current_principal()
    row = queries.visible_theme(principal, theme_id)
    if form is not None and not form.validate():
        return _show(row, {name: form}), 422
    try:
        with unit_of_work():
            act(queries.visible_theme(principal, theme_id, lock=True), principal)
    except DomainError as error:
        if form is None or error.field is None:
            raise
        db.session.rollback()
        put_error(form, error)
        return _show(queries.visible_theme(principal, theme_id), {name: form}), error.status
    flash(done, "success")
    return redirect(url_for(".theme", theme_id=theme_id) if go is None else url_for(go))


@bp.get("/training-proposals")
@requires(Permission.THEMES)
def proposals() -> Any:
    page = page_of(queries.proposals(current_principal()), [TrainingProposal.id], descending=True)
    return render_template("helpdesk/reports/proposals.html", page=page)
