"""What is read of practicing: tracks, what waits for review, cases, remarks, and who reviews in which language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.errors import Forbidden
from core.people.models import Agency, CoC, Lead, LeadStaff, Membership, Person, StaffRole
from core.people.services import staff_in
from core.search import like
from training.practice import languages
from training.practice.models import (
    PracticeAssignment,
    PracticeAttempt,
    PracticeCase,
    PracticeSegment,
    PracticeSession,
    PracticeStep,
    PracticeTrack,
)
from training.practice.permissions import Permission
from training.practice.rules import TrackState

TRACK_STATES = {
    TrackState.WORKING: "Practicing",
    TrackState.PASSED: "Passed",
    TrackState.REFUSED: "Access refused",
    TrackState.COMMITTEE: "With the committee",
    TrackState.PROVISIONAL: "Provisional access",
    TrackState.KEPT: "Access kept",
    TrackState.DENIED: "Access denied",
    TrackState.WITHDRAWN: "Withdrawn",
}
REVIEWERS = (StaffRole.TRAINER, StaffRole.MANAGER, StaffRole.ADMIN)
BIGGEST = 2**63 - 1


# ------------------------------------------------------------------ tracks


def _whole(query: Select[Any]) -> Select[Any]:
    """With everything that the page of one track reads."""
    segments = selectinload(PracticeTrack.assignments).selectinload(PracticeAssignment.segments)
    attempts = segments.selectinload(PracticeSegment.attempts)
    return query.options(
        joinedload(PracticeTrack.person), joinedload(PracticeTrack.agency).joinedload(Agency.coc),
        joinedload(PracticeTrack.mentor), attempts.selectinload(PracticeAttempt.marks),
        attempts.joinedload(PracticeAttempt.reviewer),
        selectinload(PracticeTrack.assignments).joinedload(PracticeAssignment.version),
        selectinload(PracticeTrack.assignments).joinedload(PracticeAssignment.case).joinedload(PracticeCase.course),
        selectinload(PracticeTrack.steps).joinedload(PracticeStep.by),
    )  # fmt: skip


def visible_track(principal: Principal, track_id: int, *, lock: bool = False) -> PracticeTrack:
    """The person's own, their agency's, or of the staff's reach; anybody else's is not there."""
    reach = or_(principal.scope(Permission.SEE).where(PracticeTrack), PracticeTrack.person_id == principal.person_id)
    return _track(track_id, reach, lock=lock)


def own_track(principal: Principal, track_id: int) -> PracticeTrack:
    """The person's own, locked; nobody else works on it."""
    return _track(track_id, PracticeTrack.person_id == principal.person_id, lock=True)


def staff_track(principal: Principal, track_id: int, permission: Permission) -> PracticeTrack:
    """One that the staff may act on, locked; who only sees it is refused."""
    track = visible_track(principal, track_id, lock=True)
    if not principal.can(permission, agency=track.agency):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
    return track


def _track(track_id: int, reach: ColumnElement[bool], *, lock: bool) -> PracticeTrack:
    query = select(PracticeTrack).where(PracticeTrack.id == min(track_id, BIGGEST), reach)
    if lock:
        held = query.with_for_update(of=PracticeTrack).execution_options(populate_existing=True)
        found(db.session.scalar(held))
    row: PracticeTrack = found(db.session.scalar(_whole(query).execution_options(populate_existing=lock)))
    return row


@dataclass(frozen=True)
class Asked:
    """How a list is narrowed; what is asked wrongly narrows nothing."""

    state: str = ""
    hud_type: str = ""
    text: str = ""


def tracks(principal: Principal, asked: Asked) -> Select[Any]:
    query = select(PracticeTrack).where(principal.scope(Permission.SEE).where(PracticeTrack))
    if asked.state in set(TrackState):
        query = query.where(PracticeTrack.state == TrackState(asked.state))
    if asked.hud_type.isdecimal() and len(asked.hud_type) < 3:
        query = query.where(PracticeTrack.hud_type == int(asked.hud_type))
    if asked.text:
        people = select(Person.id).where(_begins(asked.text))
        agencies = select(Agency.id).where(func.lower(Agency.name).like(like(asked.text)))
        query = query.where(or_(PracticeTrack.person_id.in_(people), PracticeTrack.agency_id.in_(agencies)))
    return query.options(
        joinedload(PracticeTrack.person), joinedload(PracticeTrack.agency),
        selectinload(PracticeTrack.assignments).selectinload(PracticeAssignment.segments),
    )  # fmt: skip


def _begins(text: str) -> ColumnElement[bool]:
    return or_(func.lower(Person.name).like(like(text)), func.lower(Person.email).like(like(text)))


def own_tracks(person_id: int, limit: int = 20) -> list[PracticeTrack]:
    """The person's own, the newest first."""
    query = select(PracticeTrack).where(PracticeTrack.person_id == person_id)
    query = query.options(selectinload(PracticeTrack.assignments).selectinload(PracticeAssignment.segments))
    return list(db.session.scalars(query.order_by(PracticeTrack.id.desc()).limit(limit)))


def sessions_of(track: PracticeTrack) -> list[PracticeSession]:
    query = select(PracticeSession).where(PracticeSession.track_id == track.id)
    return list(db.session.scalars(query.options(joinedload(PracticeSession.trainer)).order_by(PracticeSession.id)))


def waiting_for_case(principal: Principal, limit: int) -> list[PracticeTrack]:
    """Those for whom there is no case yet."""
    has_case = select(PracticeAssignment.id).where(PracticeAssignment.track_id == PracticeTrack.id).exists()
    query = select(PracticeTrack).where(principal.scope(Permission.REVIEW).where(PracticeTrack), ~has_case)
    query = query.where(PracticeTrack.state == TrackState.WORKING).options(joinedload(PracticeTrack.person))
    return list(db.session.scalars(query.order_by(PracticeTrack.id).limit(limit)))


def people_to_give(principal: Principal, text: str, at: datetime, limit: int = 20) -> list[tuple[Person, Agency]]:
    """Who works at an agency of the person's reach, by the beginning of their name or address."""
    query = _members(principal, at).where(_begins(text)).order_by(Person.name, Person.id, Agency.id).limit(limit)
    return [(person, agency) for person, agency in db.session.execute(query)]


def member_to_give(principal: Principal, person_id: int, agency_id: int, at: datetime) -> tuple[Person, Agency] | None:
    """Somebody of the person's reach who works at that agency."""
    query = _members(principal, at).where(Person.id == person_id, Agency.id == agency_id)
    row = db.session.execute(query.limit(1)).first()
    return (row[0], row[1]) if row else None


def _members(principal: Principal, at: datetime) -> Any:
    here = principal.scope(Permission.REVIEW).over_agencies()
    now = and_(Membership.started_on <= at.date(), or_(Membership.ended_at.is_(None), Membership.ended_at > at))
    query = select(Person, Agency).join(Membership, Membership.person_id == Person.id)
    query = query.join(Agency, Agency.id == Membership.agency_id).where(here, now)
    return query.options(joinedload(Agency.coc))


def known_person(lead: Lead, person_id: int) -> int:
    """Somebody who works or worked at one of the Lead's agencies. Raises NotFound."""
    query = select(Membership.person_id).join(Agency, Agency.id == Membership.agency_id)
    query = query.where(Membership.person_id == min(person_id, BIGGEST), Agency.lead_id == lead.id)
    number: int = found(db.session.scalar(query.limit(1)))
    return number


# ------------------------------------------------------------------ the committee


def _of_seat(principal: Principal) -> ColumnElement[bool]:
    """The Leads (all their CoCs) and the CoCs in whose data committee this person sits."""
    held = [one for one in principal.grants if one.seat is StaffRole.DATA_COMMITTEE]
    if not principal.can(Permission.SIT):
        held = []
    leads = {one.lead_id for one in held if one.coc_id is None}
    cocs = {one.coc_id for one in held if one.coc_id is not None}
    return or_(PracticeTrack.lead_id.in_(leads), PracticeTrack.coc_id.in_(cocs))


def before_committee(principal: Principal) -> Select[Any]:
    """What the committee decides, and what it decided: to be read oldest first."""
    decided = (TrackState.COMMITTEE, TrackState.PROVISIONAL, TrackState.DENIED, TrackState.KEPT)
    query = select(PracticeTrack).where(_of_seat(principal), PracticeTrack.state.in_(decided))
    return query.options(joinedload(PracticeTrack.person), joinedload(PracticeTrack.agency))


def committee_track(principal: Principal, track_id: int, *, lock: bool = False) -> PracticeTrack:
    decided = (TrackState.COMMITTEE, TrackState.PROVISIONAL, TrackState.DENIED, TrackState.KEPT)
    return _track(track_id, and_(_of_seat(principal), PracticeTrack.state.in_(decided)), lock=lock)


# ------------------------------------------------------------------ what waits for review


def _waits() -> tuple[ColumnElement[bool], ...]:
    """Handed in and not reviewed; what was out when its track ended is reviewed by nobody."""
    goes_on = select(PracticeTrack.id).where(PracticeTrack.state == TrackState.WORKING)
    return PracticeAttempt.reviewed_at.is_(None), PracticeAttempt.track_id.in_(goes_on)


def queue(principal: Principal, asked: Mapping[str, str]) -> Select[Any]:
    """What was handed in and nobody has reviewed; read oldest first."""
    query = select(PracticeAttempt).where(principal.scope(Permission.QUEUE).where(PracticeAttempt), *_waits())
    if asked.get("shown") == "mine":
        query = query.where(PracticeAttempt.trainer_id == principal.person_id)
    elif asked.get("shown", "unassigned") != "all":
        query = query.where(PracticeAttempt.trainer_id.is_(None))
    if asked.get("language") in {"en", *languages.LANGUAGES}:
        wanted = asked["language"]
        query = query.where(PracticeAttempt.language == ("" if wanted == "en" else wanted))
    return query.options(*_IN_QUEUE)


_IN_QUEUE = (
    joinedload(PracticeAttempt.trainer),
    joinedload(PracticeAttempt.track).joinedload(PracticeTrack.person),
    joinedload(PracticeAttempt.track).joinedload(PracticeTrack.agency),
    joinedload(PracticeAttempt.segment).joinedload(PracticeSegment.assignment).joinedload(PracticeAssignment.case),
)


def to_review(principal: Principal, spoken: Iterable[str]) -> Select[Any]:
    """One's own, and what nobody has taken in a language one speaks; never one's own work."""
    query = select(PracticeAttempt).where(
        principal.scope(Permission.REVIEW).where(PracticeAttempt),
        *_waits(),
        or_(
            PracticeAttempt.trainer_id == principal.person_id,
            and_(PracticeAttempt.trainer_id.is_(None), PracticeAttempt.language.in_(["", *spoken])),
        ),
    )
    own = select(PracticeTrack.id).where(PracticeTrack.person_id == principal.person_id)
    return query.where(PracticeAttempt.track_id.not_in(own)).options(*_IN_QUEUE)


def next_in_queue(principal: Principal, spoken: Iterable[str], *, but: int = 0) -> PracticeAttempt | None:
    """What to review after this one: one's own first, then the oldest that nobody has taken."""
    order = (PracticeAttempt.trainer_id.is_(None), PracticeAttempt.submitted_at, PracticeAttempt.id)
    query = to_review(principal, spoken).where(PracticeAttempt.id != but)
    row: PracticeAttempt | None = db.session.scalar(query.order_by(*order).limit(1))
    return row


def visible_attempt(principal: Principal, attempt_id: int, *, permission: Permission | None = None) -> PracticeAttempt:
    """Raises NotFound beyond one's reach; with a permission the row is locked, and who only sees it is refused."""
    reach = principal.scope(Permission.QUEUE).where(PracticeAttempt)
    query = select(PracticeAttempt).where(PracticeAttempt.id == min(attempt_id, BIGGEST), reach)
    if permission is not None:
        held: PracticeAttempt = found(db.session.scalar(query))
        _track(held.track_id, PracticeTrack.id == held.track_id, lock=True)
        query = query.with_for_update(of=PracticeAttempt).execution_options(populate_existing=True)
    row: PracticeAttempt = found(db.session.scalar(query))
    if permission is not None and not principal.can(permission, agency=row.track.agency):
        raise Forbidden("Your role does not include this here.", "Ask a trainer of the HMIS Lead.")
    return row


def earlier_attempts(attempt: PracticeAttempt) -> list[PracticeAttempt]:
    """Those before it at the same part, the newest first."""
    query = select(PracticeAttempt).where(
        PracticeAttempt.segment_id == attempt.segment_id, PracticeAttempt.number < attempt.number
    )
    query = query.options(selectinload(PracticeAttempt.marks), joinedload(PracticeAttempt.reviewer))
    return list(db.session.scalars(query.order_by(PracticeAttempt.number.desc())))


@dataclass(frozen=True)
class Load:
    """How many wait with a trainer, since when the oldest, and in which other languages they review."""

    person: Person
    held: int
    oldest: datetime | None
    spoken: list[str]


def loads(principal: Principal, at: datetime) -> list[Load]:
    """Each trainer of the person's reach: the least loaded first."""
    scope = principal.scope(Permission.QUEUE)
    lead_ids = leads_of(scope.lead_ids, scope.coc_ids)
    people = {
        person.id: person
        for lead_id in sorted(lead_ids)
        for some in staff_in(lead_id, REVIEWERS, at).values()
        for person in some
    }
    held = select(PracticeAttempt.trainer_id, func.count(), func.min(PracticeAttempt.submitted_at)).where(
        scope.where(PracticeAttempt), *_waits(), PracticeAttempt.trainer_id.is_not(None)
    )
    waits = {one: (count, oldest) for one, count, oldest in db.session.execute(held.group_by("trainer_id"))}
    skills = _skills(people, at)
    told = []
    for person in people.values():
        count, oldest = waits.get(person.id, (0, None))
        told.append(Load(person, count, oldest, languages.spoken(skills.get(person.id, ()))))
    return sorted(told, key=lambda load: (load.held, load.person.name, load.person.id))


def leads_of(lead_ids: Iterable[int], coc_ids: Iterable[int]) -> set[int]:
    of_cocs = select(CoC.lead_id).where(CoC.id.in_(list(coc_ids)))
    return {*lead_ids, *db.session.scalars(of_cocs)}


def _skills(people: Iterable[int], at: datetime) -> dict[int, set[str]]:
    rows = select(LeadStaff).where(
        LeadStaff.person_id.in_(list(people)), or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at)
    )
    told: dict[int, set[str]] = {}
    for row in db.session.scalars(rows):
        told.setdefault(row.person_id, set()).update(row.skills)
    return told


def spoken_by(person_id: int, at: datetime) -> list[str]:
    """The languages besides English in which somebody reviews."""
    return languages.spoken(_skills([person_id], at).get(person_id, ()))


def staff_rows(person_id: int, at: datetime) -> list[LeadStaff]:
    """The person's own places in the office, locked."""
    query = select(LeadStaff).where(
        LeadStaff.person_id == person_id, or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at)
    )
    return list(db.session.scalars(query.order_by(LeadStaff.id).with_for_update()))
