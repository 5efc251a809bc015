"""An agency comes to take part: added, its projects set up, each step known or confirmed, then taken in.

Rules: SAC-LI-4, SON-LI-8, SON-LI-10, MO-LI-5, VT-LI-2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import func, select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.people.models import Agency, AgencyStatus, CoC, Designation, DesignationKind, Project
from core.policy import Policy
from core.policy.vocabulary import SwitchName
from core.ui import times
from licensing.access.models import License, LicenseState
from licensing.access.services import hold, local_day, policy_in_force
from licensing.agencies import mails, officers, papers, rules
from licensing.agencies.models import BackgroundCheck, How, Paper
from licensing.agencies.papers import Evidence
from licensing.agencies.permissions import Permission
from licensing.agencies.rules import OF_AGENCY, Known, OnboardingLine, Step, Told
from licensing.agencies.source import agreement_of

TAKEN_IN = "taken-in"


@dataclass(frozen=True)
class NewAgency:
    name: str
    tz: str
    is_view_only: bool = False


def may_view_only(policy: Policy) -> bool:
    """Whether the pack has agencies that take part to view only (SAC-LI-5)."""
    return policy.has(SwitchName.VIEW_ONLY_AGENCIES) and policy.switch(SwitchName.VIEW_ONLY_AGENCIES).on


def add_agency(coc: CoC, told: NewAgency, at: datetime) -> Agency:
    """One that is on the way in. Raises Conflict where the CoC has one of that name."""
    if told.tz not in available_timezones():
        raise Invalid("This is no time zone.", "Choose one of the list.", field="tz")
    if told.is_view_only and not may_view_only(policy_in_force(coc, at)):
        raise Invalid("This community has no agencies that view only.", field="is_view_only")
    db.session.execute(select(CoC.id).where(CoC.id == coc.id).with_for_update(key_share=True))
    same = select(Agency.id).where(Agency.coc_id == coc.id, func.lower(Agency.name) == told.name.lower())
    if db.session.scalar(same.limit(1)):
        raise Conflict(f"{coc.name} has an agency called {told.name} already.", "Look for it first.", field="name")
    row = Agency(
        lead_id=coc.lead_id,
        coc_id=coc.id,
        coc=coc,
        name=told.name,
        tz=told.tz,
        status=AgencyStatus.ONBOARDING,
        is_view_only=told.is_view_only,
        came_at=at,
    )
    db.session.add(row)
    db.session.flush()
    data = {"name": told.name, "coc": coc.code, "view_only": told.is_view_only}
    record("agency.added", row, agency_id=row.id, data=data)
    return row


def add_project(agency: Agency, name: str, hud_type: int, *, is_protected: bool, approver: str = "") -> Project:
    """`approver` is who approves requests for it, where it is protected (`licensing.access.protected`)."""
    hold(agency)
    same = select(Project.id).where(Project.agency_id == agency.id, func.lower(Project.name) == name.lower())
    if db.session.scalar(same.limit(1)):
        raise Conflict(f"{agency.name} has a project called {name} already.", field="name")
    kept = approver if is_protected else ""
    row = Project(agency_id=agency.id, name=name, hud_type=hud_type, is_protected=is_protected, approver=kept)
    db.session.add(row)
    db.session.flush()
    data = {"name": name, "type": hud_type, "protected": is_protected, "approver": kept}
    record("project.added", row, lead_id=agency.lead_id, agency_id=agency.id, data=data)
    return row


# ------------------------------------------------------------------ the checklist


def lines(agency: Agency, at: datetime, kept: list[Paper] | None = None) -> list[OnboardingLine]:
    kept = papers.papers_of(agency) if kept is None else kept
    policy = policy_in_force(agency.coc, at)
    told = {
        row.kind: Told(row.by.name, times.say_day(row.day), row.note)
        for row in kept
        if row.number == 0 and row.taken_back_at is None
    }
    return rules.onboarding(policy, known(agency, at), told)


def known(agency: Agency, at: datetime) -> Known:
    """The answers that nobody ticks: whom the agency has named, what it has signed, its projects."""
    rows = [row for row in officers.history(agency) if officers.holds(row, at)]
    kinds = DesignationKind
    answers = {
        Step.REPRESENTATIVE: _named(rows, kinds.REPRESENTATIVE),
        Step.SECURITY_OFFICER: _named(rows, kinds.SECURITY_OFFICER),
        Step.ADMINISTRATOR: _named(rows, kinds.ADMINISTRATOR),
        Step.LICENSED: _licensed(agency, rows),
        Step.CHECKS: _checks(agency, rows, at),
        Step.PROJECTS: _projects(agency),
    }
    agreement = agreement_of(agency.id, at)
    if agreement is not None:
        signed, counter = agreement.signed_on, agreement.countersigned_on
        answers[Step.SIGNED] = (signed is not None, _on("Signed", signed))
        answers[Step.COUNTERSIGNED] = (counter is not None, _on("Countersigned", counter))
    return Known(answers)


def _on(verb: str, day: object) -> str:
    return f"{verb} on {times.say_day(day)}." if day else f"Not {verb.lower()} yet."  # type: ignore[arg-type]


def _named(rows: Iterable[Designation], kind: DesignationKind) -> tuple[bool, str]:
    names = [f"{row.person.name}, since {times.say_day(row.started_on)}" for row in rows if row.kind is kind]
    return bool(names), f"{'; '.join(names)}." if names else "Nobody is named yet."


def _licensed(agency: Agency, rows: Iterable[Designation]) -> tuple[bool, str]:
    people = {row.person_id: row.person.name for row in rows if row.kind is DesignationKind.ADMINISTRATOR}
    query = select(License.person_id).where(License.agency_id == agency.id, License.state == LicenseState.ACTIVE)
    held = set(db.session.scalars(query.where(License.person_id.in_(people))))
    with_one = [name for number, name in people.items() if number in held]
    return bool(with_one), f"{', '.join(with_one)}." if with_one else "No administrator has a license yet."


def _checks(agency: Agency, rows: Iterable[Designation], at: datetime) -> tuple[bool, str]:
    """Whose background is to be checked, and who has been; a name only, never what was found."""
    policy = policy_in_force(agency.coc, at)
    people = {row.person_id: row.person.name for row in rows if rules.needs_check(policy, row.kind)}
    query = select(BackgroundCheck.person_id).where(BackgroundCheck.agency_id == agency.id)
    done = set(db.session.scalars(query.where(BackgroundCheck.person_id.in_(people))))
    left = [name for number, name in people.items() if number not in done]
    if not people:
        return False, "Nobody is named yet whose background is checked."
    return not left, f"Not yet: {', '.join(left)}." if left else f"Checked: {', '.join(people.values())}."


def _projects(agency: Agency) -> tuple[bool, str]:
    if agency.is_view_only and not agency.projects:
        return True, "It takes part to view only, so it needs no project of its own."
    names = ", ".join(project.name for project in agency.projects)
    return bool(names), f"{names}." if names else "No project is set up yet."


def may_confirm(agency: Agency, step: Step, by: Principal) -> bool:
    if by.can(Permission.KEEP, agency=agency):
        return True
    return step in OF_AGENCY and by.can(Permission.CONFIRM, agency=agency)


def confirm(agency: Agency, step: str, seen: Evidence, by: Principal, at: datetime) -> None:
    """A person answers for a step. Raises Invalid for one that is known by itself, Conflict for one that waits."""
    hold(agency)
    line = next((one for one in lines(agency, at) if one.step == step), None)
    if line is None:
        raise Invalid("This community's onboarding has no such step.")
    if line.is_fact:
        raise Invalid(f"Nobody confirms this: {line.sentence}", "It follows from what the service knows.")
    if not may_confirm(agency, line.step, by):
        raise Forbidden(f"This is confirmed by {line.who[0].lower()}{line.who[1:]}", "Ask them.")
    if line.waits_for:
        raise Conflict(
            f"{line.label} comes later. {line.waits_for}",
            "Do that first; then come back.",
            rule=line.explanation["rule"],
        )
    papers.keep(agency, step, seen, by, at)


def take_back(agency: Agency, step: str, why: str, by: Principal, at: datetime) -> None:
    hold(agency)
    row = papers.in_force(papers.papers_of(agency), step)
    if row is None or step not in set(Step):
        raise Conflict("Nothing is confirmed here.", "Load the page again to see how it stands.")
    if agency.status is not AgencyStatus.ONBOARDING:
        raise Conflict(f"{agency.name} has been taken in since.", "What it rested on stays on record.")
    if row.by_id != by.person_id and not by.can(Permission.KEEP, agency=agency):
        raise Forbidden("Only who confirmed it, or the HMIS Lead, takes it back.")
    papers.take_back(row, by, why, at)


def take_in(agency: Agency, by: Principal, at: datetime) -> None:
    """The agency takes part from now on, once every step is done. Raises Conflict before."""
    hold(agency)
    db.session.refresh(agency)
    if agency.status is not AgencyStatus.ONBOARDING:
        raise Conflict(f"{agency.name} is {agency.status} already.", "Load the page again to see how it stands.")
    missing = [line for line in lines(agency, at) if not line.is_met]
    if missing:
        told = ", ".join(line.label.lower() for line in missing)
        raise Conflict(f"Not yet: {told}.", "The agency is taken in when every step is done.")
    agency.status = AgencyStatus.ACTIVE
    day = local_day(at, agency.tz)
    papers.keep(agency, TAKEN_IN, Evidence(day, How.HERE, "Every step was done."), by, at)
    record("agency.taken_in", agency, agency_id=agency.id, data={"day": day})
    mails.taken_in(agency, at)
    officers.look_at_the_end(agency.id, at)
