"""An agency leaves, is in default or is suspended: one page for all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, render_template, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, found, requires
from core.deadlines import deadlines_of
from core.files.services import send
from core.people.models import Agency, AgencyStatus
from core.policy.vocabulary import ClockName
from licensing.access.services import local_day, policy_in_force
from licensing.agencies import papers
from licensing.agencies.forms import HOW, EvidenceForm
from licensing.agencies.models import How
from licensing.agencies.permissions import Permission
from licensing.agencies.queries import visible_agency
from licensing.endings import clocks, defaults, queries, rules, services
from licensing.endings.forms import DefaultForm, NoticeForm, WhyForm
from licensing.endings.models import Ending
from licensing.endings.rules import DefaultAct, EndingState, Party, Transfer

__all__ = ["bp", "clocks"]

bp = Blueprint("endings", __name__, url_prefix="/agencies/<int:agency_id>")
STEPS = {Transfer.ASKED: "The agency asks", Transfer.PAID: "It has paid", Transfer.DELIVERED: "It has its data"}


@bp.get("/ending")
@requires(Permission.VIEW)
def show(agency_id: int) -> Any:
    return _page(agency_id)


def _page(agency_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    agency = visible_agency(principal, agency_id)
    policy, today = policy_in_force(agency.coc, at), local_day(at, agency.tz)
    row = services.running(agency)
    key, form = failed or ("", None)
    is_lead = principal.can(Permission.KEEP, agency=agency)
    takes_part = agency.status is not AgencyStatus.ENDED
    party = Party.AGENCY if principal.can(Permission.SUSPEND, agency=agency) else Party.LEAD
    may_end = principal.can(Permission.END, agency=agency)
    may_default = takes_part and policy.has(ClockName.DEFAULT_CURE) and defaults.may_give(agency, party, principal)
    may_suspend = principal.can(Permission.SUSPEND, agency=agency)
    suspension, open_ones = defaults.suspended(agency), defaults.open_defaults(agency)
    duty = rules.suspension_duty(policy)
    shown = {
        "notice": may_end and takes_part and row is None,
        "withdraw": row is not None and row.state is EndingState.NOTICE,
        "default": may_default and not any(one.party is party for one in open_ones),
        "suspend": may_suspend and takes_part and suspension is None,
        "lift": may_suspend and suspension is not None,
    }

    of_ending = _of_ending(row, failed, today) if row else {}
    offered = {name for name, is_there in shown.items() if is_there} | of_ending.pop("offered", set())
    offered |= {f"close-{one.id}" for one in open_ones}

    def form_of(name: str, make: Callable[[], Any]) -> Any:
        return form if key == name else make()

    return render_template(
        "licensing/endings/show.html",
        agency=agency,
        row=row,
        today=today,
        now=at,
        shown=shown,
        lost=form if key and key not in offered else None,
        earliest=rules.earliest_end(policy, today, agency.zone),
        notice_why=rules.explain(policy, policy.clock(ClockName.AGREEMENT_TERMINATION_NOTICE))
        if policy.has(ClockName.AGREEMENT_TERMINATION_NOTICE)
        else None,
        notice_form=form_of("notice", lambda: _notice_form(agency, is_lead=is_lead)),
        withdraw_form=form_of("withdraw", lambda: _why("withdraw")),
        suspend_form=form_of("suspend", lambda: _why("suspend")),
        lift_form=form_of("lift", lambda: _why("lift")),
        default_form=form_of("default", lambda: _default_form(today)),
        close_key=key if key.startswith("close-") else "",
        close_form=form,
        party=party,
        is_lead=is_lead,
        suspension=suspension,
        suspensions=defaults.suspensions(agency),
        suspend_why=rules.explain(policy, duty) if duty else None,
        defaults=queries.defaults_of(agency),
        may_close=lambda one: one.state == "open" and defaults.may_give(agency, one.party, principal),
        default_clock=lambda one: next(iter(deadlines_of(one, defaults.CURE)), None),
        earlier=[one for one in queries.endings_of(agency) if row is None or one.id != row.id],
        how=HOW,
        **of_ending,
    )


def _of_ending(row: Ending, failed: Failed | None, today: date) -> dict[str, Any]:
    """The close-out and the data of the ending that is under way or over."""
    principal, at = current_principal(), clock.now()
    kept = papers.papers_of(row.agency)
    key, form = failed or ("", None)
    until = services.window_of(row)

    def form_for(name: str) -> Any:
        return form if key == name else _evidence(name, today)

    done = {one.kind: one for one in kept if one.number == row.id and one.taken_back_at is None}
    found_items, stations = services.items(row, at), services.stations(row)
    may_deliver = stations.paid or not rules.must_be_paid_first(services.policy_of(row, at))
    open_steps = {
        Transfer.ASKED: not stations.asked,
        Transfer.PAID: stations.asked and not stations.paid,
        Transfer.DELIVERED: stations.asked and may_deliver and not stations.delivered,
    }

    def waits(item: str) -> bool:
        return item in rules.AFTER_THE_END and row.state is EndingState.NOTICE

    is_lead = principal.can(Permission.KEEP, agency=row.agency)
    may_step = {s for s, is_open in open_steps.items() if is_open and (is_lead or s is Transfer.ASKED)}
    may_item = {i for i in found_items if i not in done and not waits(i) and services.may_confirm(row, i, principal)}
    return {
        "offered": {*may_item, *may_step},
        "items": found_items,
        "done": done,
        "may_step": may_step,
        "may_item": may_item,
        "form_for": form_for,
        "item_key": key,
        "waits": waits,
        "transfer": services.transfer_of(row, at),
        "until": until,
        "steps": STEPS,
        "end_clock": deadlines_of(row, services.END)[0],
    }


def _notice_form(agency: Agency, *, is_lead: bool, sent: bool = False) -> NoticeForm:
    form = NoticeForm(prefix="notice-") if sent else NoticeForm(formdata=None, prefix="notice-")
    today = local_day(clock.now(), agency.tz)
    if not sent:
        form.noticed_on.data, form.how.data, form.party.data = today, How.LETTER.value, Party.AGENCY.value
        policy = policy_in_force(agency.coc, clock.now())
        form.last_day.data = rules.earliest_end(policy, today, agency.zone)
    return (form if is_lead else form.for_agency()).fresh()


def _why(name: str) -> WhyForm:
    return WhyForm(formdata=None, prefix=f"{name}-").fresh()


def _default_form(today: date) -> DefaultForm:
    form = DefaultForm(formdata=None, prefix="default-").fresh()
    form.given_on.data = today
    return form


def _evidence(name: str, today: date) -> EvidenceForm:
    form = EvidenceForm(formdata=None, prefix=f"{name}-").fresh()
    form.day.data, form.how.data = today, How.HERE.value
    return form


def _do(
    agency_id: int, key: str, form: Any, done: str, change: Callable[[Agency], object], *, lock: bool = True
) -> Any:
    """One deed on this page. Another agency is not there before anything of the form is looked at.

    Not locked where the sweep may be at the same clock, which it takes before the agency.
    """
    visible_agency(current_principal(), agency_id)

    def changed() -> None:
        change(visible_agency(current_principal(), agency_id, lock=lock))

    onward = url_for(".show", agency_id=agency_id)
    return act(changed, done, onward, form=form, key=key, again=lambda failed: _page(agency_id, failed))


@bp.post("/ending")
@requires(Permission.END)
def notice(agency_id: int) -> Any:
    principal, at = current_principal(), clock.now()
    seen = visible_agency(principal, agency_id)
    is_lead = principal.can(Permission.KEEP, agency=seen)
    form = _notice_form(seen, is_lead=is_lead, sent=True)
    today = local_day(at, seen.tz)
    return _do(
        agency_id, "notice", form, "Notice is on record. Both sides are told.",
        lambda agency: services.give_notice(agency, form.notice(today), principal, at),
    )  # fmt: skip


@bp.post("/ending/withdraw")
@requires(Permission.END)
def withdraw(agency_id: int) -> Any:
    form = WhyForm(prefix="withdraw-")

    def change(agency: Agency) -> None:
        row = queries.ending_of(agency, lock=True)
        services.withdraw(row, form.reason.data or "", current_principal(), clock.now())

    return _do(agency_id, "withdraw", form, "Withdrawn. The agency goes on taking part.", change, lock=False)


@bp.post("/ending/items/<item>")
@requires(Permission.CONFIRM)
def confirm(agency_id: int, item: str) -> Any:
    form = EvidenceForm(prefix=f"{item}-")

    def change(agency: Agency) -> None:
        row = queries.ending_of(agency)
        services.confirm(row, item, form.seen(), current_principal(), clock.now())

    return _do(agency_id, item, form, "Confirmed.", change)


@bp.post("/ending/data/<station>")
@requires(Permission.END)
def data(agency_id: int, station: str) -> Any:
    found(station if station in set(STEPS) else None)
    form = EvidenceForm(prefix=f"{station}-")

    def change(agency: Agency) -> None:
        row = queries.ending_of(agency)
        services.move_data(row, Transfer(station), form.seen(), current_principal(), clock.now())

    return _do(agency_id, station, form, "On record.", change)


@bp.get("/ending/letter")
@requires(Permission.VIEW)
def letter(agency_id: int) -> Any:
    agency = visible_agency(current_principal(), agency_id)
    return send(found(queries.ending_of(agency).file))


@bp.post("/default")
@requires(Permission.END)
def give_default(agency_id: int) -> Any:
    form, principal = DefaultForm(prefix="default-"), current_principal()

    def change(agency: Agency) -> None:
        party = Party.AGENCY if principal.can(Permission.SUSPEND, agency=agency) else Party.LEAD
        told, once = form.reason.data or "", form.once.data or ""
        defaults.give(agency, party, told, form.given_on.data, once, principal, clock.now())

    return _do(agency_id, "default", form, "The notice is on record. Both sides are told.", change)


@bp.post("/default/<int:default_id>/<deed>")
@requires(Permission.END)
def close_default(agency_id: int, default_id: int, deed: str) -> Any:
    found(deed if deed in set(DefaultAct) else None)
    form, principal = WhyForm(prefix="close-"), current_principal()
    queries.default_of(visible_agency(principal, agency_id), default_id)

    def change(agency: Agency) -> None:
        row = queries.default_of(agency, default_id)
        if deed == DefaultAct.END:
            defaults.declare_ended(row, form.reason.data or "", form.once.data or "", principal, clock.now())
        else:
            defaults.close(row, DefaultAct(deed), form.reason.data or "", principal, clock.now())

    return _do(agency_id, f"close-{default_id}", form, "On record. Both sides are told.", change)


@bp.post("/suspension")
@requires(Permission.SUSPEND)
def suspend(agency_id: int) -> Any:
    form = WhyForm(prefix="suspend-")
    return _do(
        agency_id, "suspend", form, "Suspended. Nobody of the agency has access from now on.",
        lambda agency: defaults.suspend(agency, form.reason.data or "", current_principal(), clock.now()),
    )  # fmt: skip


@bp.post("/suspension/lift")
@requires(Permission.SUSPEND)
def lift(agency_id: int) -> Any:
    form = WhyForm(prefix="lift-")

    def change(agency: Agency) -> None:
        row = queries.suspension_of(agency)
        defaults.lift(row, form.reason.data or "", current_principal(), clock.now())

    return _do(agency_id, "lift", form, "Lifted. The licenses stand again as they did.", change)
