from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.events import publish
from core.once import KeyUsed
from core.people.models import (
    Agency,
    EmploymentKind,
    Membership,
    Person,
    Project,
)
from core.people.services import person_by_email
from core.policy import Policy
from core.ui import times
from licensing.access import drafts, kinds, mails, protected, rules, training, waiting
from licensing.access.eligible import eligibilities, eligibility
from licensing.access.ground import hold, license_held, local_day, policy_in_force, policy_of
from licensing.access.licenses import end_license, new_license, set_reporting
from licensing.access.models import AccessRequest, Confirmation, License
from licensing.access.permissions import Permission
from licensing.access.possible import CannotBeGranted, Known, must_be_open_for_requests, must_be_possible
from licensing.access.rules import TRANSITIONS, Act, Decider, RequestKind, RequestState
from licensing.agreements import leaving, sending, standing
from licensing.events import AccessApproved, AccessClosed, LicenseActivated
from licensing.overtaken import overtaken
from training.api import series_for

__all__ = [
    "Asked",
    "CannotBeGranted",
    "Known",
    "activate",
    "confirm_line",
    "decide",
    "eligibilities",
    "eligibility",
    "end_license",
    "hold",
    "license_held",
    "local_day",
    "may_decide",
    "must_be_possible",
    "policy_in_force",
    "policy_of",
    "request_access",
    "set_reporting",
    "withdraw",
]


DECISION_CLOCK = "access-decision"
waiting.register(DECISION_CLOCK, "Decision on a request for access", AccessRequest, "/access")


@dataclass(frozen=True)
class Asked:
    """What the form asks for; `once` is the same however often one form is sent."""

    name: str
    email: str
    employment: str
    project_ids: tuple[int, ...]
    once: str
    job_title: str = ""
    level: str = ""
    enters_data: bool = True
    is_of_age: bool = False
    kind: RequestKind = RequestKind.NEW


def request_access(agency: Agency, by: Person, asked: Asked, at: datetime, known: Known | None = None) -> AccessRequest:
    """Write the request, or say at once why it can never be granted (CannotBeGranted, Conflict, Invalid). `known` is
    for who asks for many, as in `must_be_possible`."""
    hold(agency)
    if earlier := db.session.scalar(select(AccessRequest).where(AccessRequest.once == asked.once)):
        return _same_form(earlier, agency, by, asked)
    policy = policy_in_force(agency.coc, at)
    projects = must_be_possible(agency, by, asked, at, known)
    request = _write(agency, by, asked, projects, policy, at)
    drafts.sent(by.id, asked.once)
    record(
        "access.requested",
        request,
        data={"name": asked.name, "kind": request.kind, "level": asked.level, "pack": policy.pack},
    )
    waiting.open_clock(DECISION_CLOCK, request, request, request.name)
    mails.requested(request, at)
    mails.protected(request, protected.people(request, at))
    return request


def _same_form(earlier: AccessRequest, agency: Agency, by: Person, asked: Asked) -> AccessRequest:
    words = ("name", "email", "employment", "job_title", "level", "enters_data", "is_of_age")
    before = (earlier.agency_id, earlier.requested_by_id, {project.id for project in earlier.projects})
    is_same = before == (agency.id, by.id, set(asked.project_ids))
    if not is_same or any(getattr(earlier, word) != getattr(asked, word) for word in words):
        raise KeyUsed
    return earlier


def _write(
    agency: Agency, by: Person, asked: Asked, projects: list[Project], policy: Policy, at: datetime
) -> AccessRequest:
    known = person_by_email(asked.email)
    kind, former = kinds.kind_of(agency, asked.email, asked.kind)
    request = AccessRequest(
        kind=kind,
        former_license_id=former.id if former else None,
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        agency=agency,
        coc=agency.coc,
        requested_by_id=by.id,
        requested_by=by,
        requested_at=at,
        person_id=known.id if known else None,
        name=asked.name,
        email=asked.email,
        job_title=asked.job_title,
        employment=EmploymentKind(asked.employment),
        level=asked.level,
        enters_data=asked.enters_data,
        is_of_age=asked.is_of_age,
        projects=projects,
        state=RequestState.REQUESTED,
        pack=policy.pack,
        pack_version=policy.version,
        once=asked.once,
    )
    db.session.add(request)
    db.session.flush()
    return request


def may_decide(principal: Principal, request: AccessRequest, at: datetime) -> bool:
    """The manager of the agency's CoC; up to the pack's ceiling also the agency's administrator (MO-LI-3, VT-LI-6).
    Nobody for a license of their own."""
    if _is_own(principal, request):
        return False
    if principal.can(Permission.DECIDE, agency=request.agency):
        return True
    grants_itself = Decider.AGENCY_ADMINISTRATOR in rules.deciders(policy_of(request, at), request.level)
    return grants_itself and principal.can(Permission.GRANT, agency=request.agency)


def _is_own(principal: Principal, request: AccessRequest) -> bool:
    return request.person_id is not None and request.person_id == principal.person_id


def decide(
    request: AccessRequest,
    principal: Principal,
    act: Act,
    reason: str,
    at: datetime,
    *,
    seen: RequestState = RequestState.REQUESTED,
) -> None:
    """Approve or deny, under the pack in force now, which the request keeps from here on.

    `seen` is how the request stood when the person decided; of two at once, the second is told of the first.
    """
    if _is_own(principal, request):
        told = "This would be your own license, so somebody else decides."
        raise Forbidden(told, "They see it under Today.")
    if not may_decide(principal, request, at):
        policy = policy_of(request, at)
        who = " or ".join(sorted(rules.deciders(policy, request.level)))
        rule = rules.decision_rule(policy)
        raise Forbidden(f"This is decided by {who}.", "Ask them; they see it under Today.", rule=rule)
    if not reason:
        raise Invalid("Say why, in a few words.", "The agency reads it.", field="reason")
    if request.state is not seen:
        raise _overtaken(request)
    policy = policy_in_force(request.coc, at) if request.decided_at is None else policy_of(request, at)
    _move(request, act)
    request.decided_by_id, request.decided_at, request.decision_reason = principal.person_id, at, reason
    request.pack, request.pack_version = policy.pack, policy.version
    db.session.flush()
    db.session.refresh(request)
    record(f"access.{request.state}", request, data={"reason": reason, "pack": policy.pack, "version": policy.version})
    waiting.decided(DECISION_CLOCK, request, at)
    if request.state is RequestState.APPROVED:
        publish(AccessApproved(request.id, request.agency_id, request.email, at))
        _begin_training(request, at)
    else:
        request.closed_at = at
        _nothing_to_do_for(request, at)
    mails.decided(request)


def _begin_training(request: AccessRequest, at: datetime) -> None:
    """Where the community has a series, or something that each user signs: the person exists from here on and works
    there, because they are to sign in, learn and sign; the license waits (MO-TR-1, MO-LI-1)."""
    series, signs = series_for(request.coc), standing.asks_persons(request.coc, at)
    if series is None and not signs:
        return
    person = person_by_email(request.email) or _new_person(request, at)
    request.membership_id = _works_there(person, request, at)
    request.person_id = person.id
    db.session.flush()
    if series is not None:
        training.begin(request, person, series, at)
    training.let_in(person, at)
    if signs:
        sending.send_to_person(request.agency, person.id, at)


def _nothing_to_do_for(request: AccessRequest, at: datetime) -> None:
    """It is denied or withdrawn: what the person was to learn and to sign for it goes."""
    training.end(request, at)
    if request.person_id is not None:
        leaving.no_longer_needed(request.person_id, request.agency_id, at)
    publish(AccessClosed(request.id, request.agency_id, at))


def confirm_line(
    request: AccessRequest, line: str, by: Principal, reason: str, at: datetime, *, is_needed: bool = True
) -> None:
    """The Lead's staff answers for a line, with the ground; a second time corrects the first."""
    _move(request, Act.CONFIRM)
    if line not in {one.key for one in eligibility(request, at) if one.confirmable}:
        raise Invalid("Nobody confirms this line: it follows from what the service knows.")
    if not reason:
        raise Invalid("Say what you saw, in a few words.", "For example the date of the certificate.", field="reason")
    if not is_needed and line not in rules.MAY_NOT_APPLY:
        raise Invalid("This line always applies.", "Confirm it once it holds.", field="reason")
    values = {"is_needed": is_needed, "reason": reason, "confirmed_by_id": by.person_id, "at": at}
    told = insert(Confirmation).values(request_id=request.id, line=line, **values)
    db.session.execute(told.on_conflict_do_update(index_elements=["request_id", "line"], set_=values))
    db.session.expire(request, ["confirmations"])
    record("access.confirmed", request, data={"line": line, "reason": reason, "needed": is_needed})


def withdraw(request: AccessRequest, at: datetime) -> None:
    _move(request, Act.WITHDRAW)
    request.closed_at = at
    waiting.over(DECISION_CLOCK, request, at, "It was withdrawn.")
    _nothing_to_do_for(request, at)
    record("access.withdrawn", request)


def activate(request: AccessRequest, at: datetime) -> License:
    """Give the license, when every line holds (MO-LI-1, SON-LI-1, SAC-LI-1, VT-TR-1): person, membership and
    license come into being together."""
    hold(request.agency)
    if not request.is_open:
        raise _overtaken(request)
    missing = [line.label.lower() for line in eligibility(request, at) if not line.holds]
    if missing:
        raise Conflict(f"Not yet: {', '.join(missing)}.", "The license can be activated when every line holds.")
    _move(request, Act.ACTIVATE)
    must_be_open_for_requests(request.agency, request.email, at)
    person = person_by_email(request.email) or _new_person(request, at)
    _works_there(person, request, at)
    if license_held(person.id, request.agency_id):
        raise Conflict(f"{person.name} has a license at {request.agency.name} already.")
    held = new_license(request, person, at)
    request.person_id, request.closed_at = person.id, at
    record("access.activated", request, data={"license": held.id, "person": person.id})
    record("license.activated", held, data={"level": held.level, "person": person.id, "request": request.id})
    publish(LicenseActivated(held.id, held.agency_id, person.id, at))
    mails.activated(request, person, held)
    return held


def _new_person(request: AccessRequest, at: datetime) -> Person:
    """Once each, also when two agencies' licenses for the same person are activated at one time (MO-CO-4)."""
    values = {"name": request.name, "email": request.email, "phone": "", "tz": "", "created_at": at}
    db.session.execute(insert(Person).values(**values).on_conflict_do_nothing())
    person = person_by_email(request.email)
    if person is None:
        raise Conflict("Somebody is changing this person right now.", "Try again.")
    record("person.added", person, lead_id=request.lead_id, agency_id=request.agency_id)
    return person


def _works_there(person: Person, request: AccessRequest, at: datetime) -> int | None:
    """Who does not work at the agency yet does from today: that membership is returned. Who has announced to leave
    gets no license."""
    now_or_later = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    query = select(Membership).where(
        Membership.person_id == person.id, Membership.agency_id == request.agency_id, now_or_later
    )
    membership = db.session.scalar(query.order_by(Membership.id.desc()).limit(1))
    if membership is None:
        started_on = local_day(at, request.agency.tz)
        values = {"employment": request.employment, "job_title": request.job_title, "started_on": started_on}
        membership = Membership(person_id=person.id, agency_id=request.agency_id, **values)
        db.session.add(membership)
        db.session.flush()
        return membership.id
    if membership.ended_at is not None:
        day = times.say_day(local_day(membership.ended_at, request.agency.tz))
        raise Conflict(f"{person.name} is leaving {request.agency.name} on {day}.", "Undo the departure first.")
    return None


def _overtaken(request: AccessRequest) -> Conflict:
    if request.decided_by and request.state in (RequestState.APPROVED, RequestState.DENIED):
        told = f"{request.decided_by.name} {request.state} this request"
        return overtaken(told, request.decided_at, request.agency.zone)
    return overtaken(f"This request was {request.state}", request.closed_at, request.agency.zone)


def _move(request: AccessRequest, act: Act) -> None:
    following = TRANSITIONS.get((request.state, act))
    if following is None:
        raise _overtaken(request)
    request.state = following
