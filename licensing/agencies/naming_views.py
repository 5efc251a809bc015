"""Whom an agency has named: history, days without, naming and ending, background checks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for

from core import clock
from core.acting import Failed, act
from core.authz import current_principal, requires
from core.errors import Invalid
from core.people.models import Agency, AgencyStatus, DesignationKind
from licensing.access.services import local_day, policy_in_force
from licensing.agencies import naming, officers, papers, queries, rules
from licensing.agencies.forms import HOW, CheckForm, EndForm, NameForm
from licensing.agencies.models import How
from licensing.agencies.permissions import Permission

bp = Blueprint("agency_naming", __name__, url_prefix="/agencies")


@bp.get("/<int:agency_id>/designations")
@requires(Permission.VIEW)
def index(agency_id: int) -> Any:
    return _page(agency_id)


def _page(agency_id: int, failed: Failed | None = None) -> str:
    principal, at = current_principal(), clock.now()
    agency = queries.visible_agency(principal, agency_id)
    may_check = principal.can(Permission.CHECK, agency=agency)
    may_name = principal.can(Permission.NAME, agency=agency) and agency.status is not AgencyStatus.ENDED
    key, form = failed or ("", None)
    found_duties = officers.duties(agency, at)
    open_ends = {f"end-{row.id}" for duty in found_duties for row in duty.rows if not row.ended_at or row.ended_at > at}
    return render_template(
        "licensing/agencies/designations.html",
        agency=agency,
        duties=found_duties,
        lost=form if key.startswith("end-") and key not in open_ends else None,
        papers={(row.kind, row.number): row for row in papers.papers_of(agency) if row.taken_back_at is None},
        how=HOW,
        now=at,
        today=local_day(at, agency.tz),
        name_form=(form if key == "name" else _name_form(agency)) if may_name else None,
        check_form=(form if key == "check" else _check_form(agency)) if may_check and _has_checks(agency) else None,
        end_key=key if key.startswith("end-") else "",
        end_form=lambda number: form if key == f"end-{number}" else _end_form(agency),
        may_end=lambda row: may_name and _is_theirs(agency, row.kind),
        checks=queries.checks_of(agency) if may_check else [],
        in_stead=officers.lead_in_its_stead(agency, at),
    )


def _is_theirs(agency: Agency, kind: DesignationKind) -> bool:
    is_lead = current_principal().can(Permission.KEEP, agency=agency)
    return is_lead or kind is not DesignationKind.EXECUTIVE_DIRECTOR


def _has_checks(agency: Agency) -> bool:
    policy = policy_in_force(agency.coc, clock.now())
    return any(rules.needs_check(policy, kind) for kind in DesignationKind)


def _name_form(agency: Agency, *, sent: bool = False) -> NameForm:
    form = NameForm(prefix="name-") if sent else NameForm(formdata=None, prefix="name-")
    form.offer(naming.people_to_name(agency, clock.now()), [k for k in DesignationKind if _is_theirs(agency, k)])
    if not sent:
        today = local_day(clock.now(), agency.tz)
        form.since.data = form.day.data = today
        form.how.data = How.HERE.value
    return form.fresh()


def _end_form(agency: Agency) -> EndForm:
    form = EndForm(formdata=None, prefix="end-").fresh()
    form.last.data = form.day.data = local_day(clock.now(), agency.tz)
    form.how.data = How.HERE.value
    return form


def _check_form(agency: Agency, *, sent: bool = False) -> CheckForm:
    form = CheckForm(prefix="check-") if sent else CheckForm(formdata=None, prefix="check-")
    form.offer(naming.people_to_name(agency, clock.now()))
    if not sent:
        form.checked_on.data = local_day(clock.now(), agency.tz)
    return form.fresh()


@bp.post("/<int:agency_id>/designations")
@requires(Permission.NAME)
def name(agency_id: int) -> Any:
    principal = current_principal()
    form = _name_form(queries.visible_agency(principal, agency_id), sent=True)

    def change() -> None:
        agency = queries.visible_agency(principal, agency_id, lock=True)
        naming.name_person(agency, form.naming(), form.seen(), principal, clock.now())

    return act(
        change, "Named. They and the HMIS Lead are told in writing.", url_for(".index", agency_id=agency_id),
        form=form, key="name", again=lambda failed: _page(agency_id, failed),
    )  # fmt: skip


@bp.post("/<int:agency_id>/designations/<int:designation_id>/end")
@requires(Permission.NAME)
def end(agency_id: int, designation_id: int) -> Any:
    principal = current_principal()
    queries.designation_of(queries.visible_agency(principal, agency_id), designation_id)
    form = EndForm(prefix="end-")

    def change() -> None:
        agency = queries.visible_agency(principal, agency_id, lock=True)
        row = queries.designation_of(agency, designation_id)
        naming.end_designation(row, form.last.data, form.seen(), principal, clock.now())

    return act(
        change, "Ended. What was done until now stays valid.", url_for(".index", agency_id=agency_id),
        form=form, key=f"end-{designation_id}", again=lambda failed: _page(agency_id, failed),
    )  # fmt: skip


@bp.post("/<int:agency_id>/background-checks")
@requires(Permission.CHECK)
def check(agency_id: int) -> Any:
    principal = current_principal()
    form = _check_form(queries.visible_agency(principal, agency_id), sent=True)

    def change() -> None:
        agency = queries.visible_agency(principal, agency_id, Permission.CHECK, lock=True)
        people = {one.id: one for one in naming.people_to_name(agency, clock.now())}
        if form.person_id not in people:
            raise Invalid("Choose somebody who works at the agency.", field="person")
        has_concern = form.concern.data == "yes"
        naming.record_check(
            agency, people[form.person_id], form.checked_on.data, principal, clock.now(), has_concern=has_concern
        )

    return act(
        change, "The check is on record.", url_for(".index", agency_id=agency_id),
        form=form, key="check", again=lambda failed: _page(agency_id, failed),
    )  # fmt: skip
