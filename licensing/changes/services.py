"""A change of a license: asked for, decided, and written on the license once nothing is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from core.once import KeyUsed
from core.people.models import Agency, AgencyStatus, Membership, Person, Project
from core.policy import Policy, catalog
from core.ui import times
from licensing.access import authority, protected, waiting
from licensing.access.ground import hold, hold_license, policy_in_force
from licensing.access.licenses import set_reporting
from licensing.access.models import License, LicenseState
from licensing.access.permissions import Permission
from licensing.access.rules import Confirmed, Decider, Line, Protected, decision_rule, levels_of
from licensing.access.services import CannotBeGranted
from licensing.agreements import standing
from licensing.changes import mails, practice, rules
from licensing.changes.models import OPEN_STATES, LicenseChange
from licensing.changes.rules import TRANSITIONS, WORDS, Act, ChangeKind, ChangeState, Facts
from licensing.events import LicenseChanged
from licensing.overtaken import overtaken

DECISION_CLOCK = "license-change-decision"
waiting.register(DECISION_CLOCK, "Decision on a change of a license", LicenseChange, "/license-changes")


@dataclass(frozen=True)
class Asked:
    """What the form asks for; `once` is the same however often one form is sent."""

    kind: ChangeKind
    reason: str
    once: str
    level: str = ""
    job_title: str = ""
    project_ids: tuple[int, ...] = ()


def ask(held: License, asked: Asked, by: Person, at: datetime) -> LicenseChange:
    """Write the request, or say at once why it can never be granted (CannotBeGranted, Conflict, Invalid)."""
    hold(held.agency)
    if earlier := db.session.scalar(select(LicenseChange).where(LicenseChange.once == asked.once)):
        return _same_form(earlier, held, by, asked)
    hold_license(held)
    _must_be_changeable(held)
    policy = policy_in_force(held.agency.coc, at)
    projects = [one for one in held.agency.projects if one.id in asked.project_ids and one not in held.projects]
    facts = _facts_asked(held, asked, projects, by, at)
    if told := rules.refusals(facts, policy):
        raise CannotBeGranted(told)
    if not asked.reason:
        raise Invalid("Say why their work needs it, in a few words.", field="reason")
    _must_be_new(held, asked.kind)
    row = _write(held, asked, projects, facts, policy, by, at)
    data = {"kind": row.kind, "license": held.id, "level": row.level, "projects": [one.name for one in projects]}
    record("license.change_asked", row, data=data)
    waiting.open_clock(DECISION_CLOCK, row, row, held.person.name)
    mails.asked(row, at)
    mails.wanted(row, protected.people(row, at), at)
    return row


def _same_form(earlier: LicenseChange, held: License, by: Person, asked: Asked) -> LicenseChange:
    before = (earlier.license_id, earlier.requested_by_id, earlier.kind, earlier.level, earlier.reason)
    is_same = before == (held.id, by.id, asked.kind, _level(asked), asked.reason)
    if not is_same or earlier.job_title != asked.job_title or not _are_same_projects(earlier, held, asked):
        raise KeyUsed
    return earlier


def _are_same_projects(earlier: LicenseChange, held: License, asked: Asked) -> bool:
    """Those that the license had when it was asked for are not on the request."""
    before, now = {one.id for one in earlier.projects}, set(asked.project_ids)
    more = asked.kind is ChangeKind.PROJECTS
    return not more or (before <= now and now - before <= {one.id for one in held.projects})


def _level(asked: Asked) -> str:
    return asked.level if asked.kind is ChangeKind.LEVEL else ""


def _must_be_changeable(held: License) -> None:
    if held.state is LicenseState.ENDED:
        raise Conflict("This license has ended, so it cannot be changed.", "A new one starts with a request.")
    if held.agency.status is not AgencyStatus.ACTIVE:
        told = f"{held.agency.name} does not take part in the HMIS right now ({held.agency.status})."
        raise Conflict(told, "Ask the HMIS Lead.")


def _must_be_new(held: License, kind: ChangeKind) -> None:
    same = (LicenseChange.license_id == held.id, LicenseChange.kind == kind, LicenseChange.state.in_(OPEN_STATES))
    earlier = db.session.scalar(select(LicenseChange).where(*same))
    if earlier is not None:
        raise Conflict(
            f"This was asked for already, in number {earlier.id}.", "Follow that one, or withdraw it first.", "kind"
        )


def _facts_asked(held: License, asked: Asked, projects: list[Project], by: Person, at: datetime) -> Facts:
    return Facts(
        kind=asked.kind,
        requester=by.name,
        is_from_representative=authority.is_representative(held.agency, by.id, at),
        requester_until=authority.until(held.agency, by.id, at),
        is_in_force=held.is_valid(at),
        level=asked.level,
        level_now=held.level,
        job_title=asked.job_title,
        projects=tuple(one.name for one in projects),
        has_foreign_project=bool(set(asked.project_ids) - {one.id for one in held.agency.projects}),
        has_reporting=held.has_reporting,
    )


def _write(
    held: License, asked: Asked, projects: list[Project], facts: Facts, policy: Policy, by: Person, at: datetime
) -> LicenseChange:
    row = LicenseChange(
        lead_id=held.lead_id,
        coc_id=held.coc_id,
        coc=held.agency.coc,
        agency_id=held.agency_id,
        agency=held.agency,
        license_id=held.id,
        license=held,
        kind=asked.kind,
        level=_level(asked),
        was_level=held.level,
        job_title=asked.job_title,
        reason=asked.reason,
        is_from_representative=facts.is_from_representative,
        requested_by_id=by.id,
        requested_by=by,
        requested_at=at,
        projects=projects if asked.kind is ChangeKind.PROJECTS else [],
        pack=policy.pack,
        pack_version=policy.version,
        once=asked.once,
    )
    db.session.add(row)
    db.session.flush()
    return row


# ------------------------------------------------------------------ how it stands


def policy_of(row: LicenseChange, at: datetime) -> Policy:
    """What was decided under one version keeps it; until then the one in force counts."""
    if row.decided_at is None and row.is_open:
        return policy_in_force(row.coc, at)
    return catalog.version(row.pack, row.pack_version)


def facts_of(row: LicenseChange, at: datetime) -> Facts:
    held = row.license
    signed = standing.told([standing.Asked(row.id, row.agency, held.person_id)], at)[row.id]
    owes = practice.owed(held, row, at) if row.is_open and rules.asks_for_practice(policy_of(row, at)) else ()
    return Facts(
        kind=row.kind,
        requester=row.requested_by.name,
        is_from_representative=row.is_from_representative,
        is_in_force=held.state is not LicenseState.ENDED and (held.ended_at is None or held.ended_at > at),
        level=row.level,
        level_now=held.level if row.is_open else row.was_level,
        projects=tuple(one.name for one in row.projects),
        holds=tuple(one.words for one in held.open_holds),
        owed=tuple(practice.words(one) for one in owes),
        protected=_protected(row),
        signed=signed,
        decision=None if row.decided_at is None else row.state is not ChangeState.DENIED,
        decided=_decided(row),
    )


def _decided(row: LicenseChange) -> str:
    if row.decided_by is None:
        return ""
    verb = "Denied" if row.state is ChangeState.DENIED else "Approved"
    return f"{verb} by {row.decided_by.name} on {row.day_of(row.decided_at)}: {row.decision_reason}"


def _protected(row: LicenseChange) -> tuple[Protected, ...]:
    return tuple(
        Protected(one.id, one.name, protected.WORDS[protected.approver_of(one)], _told(row.approvals.get(str(one.id))))
        for one in row.projects
        if one.is_protected
    )


def _told(kept: dict[str, str] | None) -> Confirmed | None:
    return Confirmed(kept["by"], kept["reason"], kept["on"]) if kept else None


def lines(row: LicenseChange, at: datetime) -> list[Line]:
    return rules.lines(facts_of(row, at), policy_of(row, at))


def may_decide(principal: Principal, row: LicenseChange, at: datetime) -> bool:
    """Nobody decides about a license of their own."""
    if principal.person_id == row.license.person_id:
        return False
    if principal.can(Permission.DECIDE, agency=row.agency):
        return True
    who = rules.deciders(policy_of(row, at), facts_of(row, at))
    return Decider.AGENCY_ADMINISTRATOR in who and principal.can(Permission.GRANT, agency=row.agency)


# ------------------------------------------------------------------ decided and done


def decide(row: LicenseChange, principal: Principal, act: Act, reason: str, at: datetime, *, seen: str = "") -> None:
    """Approve or deny under the pack in force; what needs nothing more is done in the same moment.

    `seen` is how the request stood on the page where the person decided: of two at once, the second is told of the
    first, also where they might take back what the first approved.
    """
    hold(row.agency)
    if not may_decide(principal, row, at):
        raise _not_theirs(row, principal, at)
    if not reason:
        raise Invalid("Say why, in a few words.", "The agency reads it.", field="reason")
    if seen and row.state != seen:
        raise _overtaken(row)
    policy, was = policy_of(row, at), row.state
    _move(row, act)
    row.decided_by_id, row.decided_at, row.decision_reason = principal.person_id, at, reason
    row.pack, row.pack_version = policy.pack, policy.version
    db.session.flush()
    db.session.refresh(row, ["decided_by"])
    record(f"license.change_{row.state}", row, data={"kind": row.kind, "reason": reason, "pack": policy.pack})
    waiting.decided(DECISION_CLOCK, row, at)
    if row.state is ChangeState.DENIED:
        row.closed_at = at
        _fell_away(row, was, at)
        mails.denied(row, at)
        return
    if rules.asks_for_practice(policy):
        practice.begin(row.license, row, at)
    if not settle(row, at):
        mails.waits(row, [line.label for line in lines(row, at) if not line.holds], at)


def _not_theirs(row: LicenseChange, principal: Principal, at: datetime) -> Forbidden:
    if principal.person_id == row.license.person_id:
        return Forbidden("This is your own license, so somebody else decides.", "They see it under Today.")
    policy = policy_of(row, at)
    who = " or ".join(sorted(rules.deciders(policy, facts_of(row, at))))
    return Forbidden(f"This is decided by {who}.", "Ask them; they see it under Today.", rule=decision_rule(policy))


def approve_protected(row: LicenseChange, project_id: int, reason: str, by: Principal, at: datetime) -> None:
    """Whoever is named for a protected project approves that the license reaches it."""
    hold(row.agency)
    project = next((one for one in row.projects if one.id == project_id and one.is_protected), None)
    if project is None:
        raise Invalid("This asks for no such protected project.", field="reason")
    if by.person_id == row.license.person_id:
        raise _not_theirs(row, by, at)
    if not protected.may_approve(row, project, by, at):
        who = protected.WORDS[protected.approver_of(project)]
        raise Forbidden(f"Access to {project.name} is approved by {who}.", "Ask them.")
    if not row.is_open or str(project_id) in row.approvals:
        raise Conflict("This was settled already.", "Load the page again to see how it stands.")
    kept = {"by": by.name, "by_id": by.person_id, "on": row.day_of(at), "reason": reason}
    row.approvals = {**row.approvals, str(project_id): kept}
    record("license.change_protected", row, data={"project": project.name, "reason": reason})
    settle(row, at)


def settle(row: LicenseChange, at: datetime) -> bool:
    """Write an approved change on the license when nothing is missing any more; whether it is done."""
    if row.state is not ChangeState.APPROVED:
        return row.state is ChangeState.DONE
    db.session.flush()
    hold_license(row.license)  # before the lines are read: it may be ending right now
    if not all(line.holds for line in lines(row, at)):
        return False
    _apply(row, at)
    return True


def settle_those(at: datetime, *which: ColumnElement[bool]) -> None:
    """Something that approved changes may wait for has come: look at those that are meant, of `License` and change."""
    query = select(LicenseChange).join(License, License.id == LicenseChange.license_id)
    query = query.where(LicenseChange.state == ChangeState.APPROVED, *which)
    for row in db.session.scalars(query.order_by(LicenseChange.license_id, LicenseChange.id)).all():
        lock(row)
        settle(row, at)


def lock(row: LicenseChange) -> None:
    """The license first and then what is asked for it, as whoever ends the license takes them."""
    hold_license(row.license)
    db.session.refresh(row, with_for_update={"of": LicenseChange})


def _apply(row: LicenseChange, at: datetime) -> None:
    held = row.license
    _move(row, Act.APPLY)
    row.closed_at = at
    match row.kind:
        case ChangeKind.LEVEL:
            row.was_level, held.level = held.level, row.level
            _new_job(row, at)
        case ChangeKind.PROJECTS:
            held.projects = sorted({*held.projects, *row.projects}, key=lambda one: one.name)
        case ChangeKind.REPORTING:
            set_reporting(held, on=True)
    names = [one.name for one in row.projects]
    data = {"kind": row.kind, "from": row.was_level, "to": held.level, "projects": names, "change": row.id}
    record("license.changed", held, data=data)
    if row.kind is not ChangeKind.REPORTING:  # the add-on tells of itself, however it comes
        publish(LicenseChanged(held.id, held.agency_id, held.person_id, at))
    mails.done(row, at)


def _new_job(row: LicenseChange, at: datetime) -> None:
    if not row.job_title:
        return
    query = select(Membership).where(
        Membership.person_id == row.license.person_id, Membership.agency_id == row.agency_id
    )
    membership = db.session.scalar(query.order_by(Membership.id.desc()).limit(1))
    if membership is not None and (membership.ended_at is None or membership.ended_at > at):
        membership.job_title = row.job_title


def withdraw(row: LicenseChange, at: datetime, why: str = "") -> None:
    was = row.state
    _move(row, Act.WITHDRAW)
    row.closed_at = at
    _fell_away(row, was, at)
    waiting.over(DECISION_CLOCK, row, at, why or "It was withdrawn.")
    record("license.change_withdrawn", row, data={"why": why})


def _fell_away(row: LicenseChange, was: ChangeState, at: datetime) -> None:
    """Nobody has to practice for it any more (MO-TR-9)."""
    if was is ChangeState.APPROVED:
        practice.end(row, at)


def _move(row: LicenseChange, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise _overtaken(row)
    row.state = following


def _overtaken(row: LicenseChange) -> Conflict:
    if row.decided_by and row.state in (ChangeState.APPROVED, ChangeState.DENIED):
        return overtaken(f"{row.decided_by.name} {row.state} this", row.decided_at, row.agency.zone)
    return overtaken(f"This was {row.state}", row.closed_at, row.agency.zone)


# ------------------------------------------------------------------ in words


def says(row: LicenseChange, policy: Policy) -> str:
    """What it is, in a few words: "Level: Case Manager I to Case Manager II"."""
    if row.kind is ChangeKind.LEVEL:
        return f"Level: {_name(row.was_level, policy)} to {_name(row.level, policy)}"
    if row.kind is ChangeKind.PROJECTS:
        return f"More projects: {', '.join(one.name for one in row.projects)}"
    return WORDS[row.kind]


def _name(level: str, policy: Policy) -> str:
    levels = policy.levels.levels if levels_of(policy) else {}
    return levels.get(level, level) or "none"


def when(row: LicenseChange) -> str:
    return times.say_when(row.requested_at.astimezone(row.agency.zone))


def open_of(person_id: int, agency: Agency) -> list[LicenseChange]:
    """What is under way for the license of one person at an agency, each locked."""
    query = select(LicenseChange).join(License, License.id == LicenseChange.license_id)
    query = query.where(License.person_id == person_id, LicenseChange.agency_id == agency.id)
    query = query.where(LicenseChange.state.in_(OPEN_STATES)).order_by(LicenseChange.id)
    return list(db.session.scalars(query.with_for_update(of=LicenseChange)))
