"""Which sessions a person may see or keep, and who comes to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from core.authz import Principal, found
from core.db import db
from core.errors import Forbidden
from core.people.models import Agency, AgencyStatus, CoC, Lead, LeadStaff, Membership, Person, StaffRole
from core.search import Hit, named
from core.search import provider as search_provider
from core.ui.times import say_when
from training.courses.models import Course, CourseState
from training.courses.vocabulary import CourseKind
from training.sessions.models import SessionProposal, SessionRegistration, TrainingSession
from training.sessions.permissions import Permission
from training.sessions.rules import COMING, Registered, Room, State

TAUGHT_LIVE = (CourseKind.LIVE, CourseKind.MEETING)
MOST_PEOPLE = 500
SHOWN = 20


def reach(principal: Principal) -> ColumnElement[bool]:
    """The sessions of wherever somebody works: of the whole Lead, and of their CoC."""
    grants = principal.grants
    whole = {g.lead_id for g in grants if g.lead_id and not g.coc_id}
    leads, cocs = {g.lead_id for g in grants if g.lead_id}, {g.coc_id for g in grants if g.coc_id}
    agencies = Agency.id.in_({g.agency_id for g in grants if g.agency_id})
    own_lead = or_(
        TrainingSession.lead_id.in_(leads), TrainingSession.lead_id.in_(select(Agency.lead_id).where(agencies))
    )
    return or_(
        TrainingSession.lead_id.in_(whole),
        TrainingSession.coc_id.in_(cocs),
        TrainingSession.coc_id.in_(select(Agency.coc_id).where(agencies)),
        and_(TrainingSession.coc_id.is_(None), own_lead),
    )


def kept(principal: Principal) -> ColumnElement[bool]:
    """Those whose planning, attendance and credit is this person's to keep."""
    scope = principal.scope(Permission.KEEP)
    return or_(TrainingSession.lead_id.in_(scope.lead_ids), TrainingSession.coc_id.in_(scope.coc_ids))


def keeps(principal: Principal, session: TrainingSession) -> bool:
    if session.coc is not None:
        return principal.can(Permission.KEEP, coc=session.coc)
    return session.lead_id in principal.scope(Permission.KEEP).lead_ids


def sessions(principal: Principal) -> Select[TrainingSession]:
    query = select(TrainingSession).where(reach(principal))
    return query.options(
        joinedload(TrainingSession.lead),
        joinedload(TrainingSession.coc),
        joinedload(TrainingSession.course),
        joinedload(TrainingSession.trainer),
    )


def visible_session(principal: Principal, session_id: int, *, lock: bool = False) -> TrainingSession:
    """Raises NotFound for what is not there or out of reach."""
    query = sessions(principal).where(TrainingSession.id == session_id)
    if lock:
        query = query.with_for_update(of=TrainingSession).execution_options(populate_existing=True)
    row: TrainingSession = found(db.session.scalar(query))
    return row


def kept_session(principal: Principal, session_id: int, *, lock: bool = False) -> TrainingSession:
    """One that is this person's to keep. Raises NotFound where they see no such session, Forbidden where they only
    see it."""
    row = visible_session(principal, session_id, lock=lock)
    if not keeps(principal, row):
        raise Forbidden("This session is planned by others.", "Ask whoever plans it, or an administrator of the Lead.")
    return row


def room_of(session: TrainingSession) -> Room:
    """As it stands; lock the session first where it decides something."""
    return Room(
        session.state,
        session.starts_at.astimezone(session.zone),
        session.closes_at.astimezone(session.zone) if session.closes_at else None,
        session.capacity,
        taken(session),
        session.has_waiting_list,
        session.needs_approval,
    )


def taken(session: TrainingSession) -> int:
    query = select(func.count()).select_from(SessionRegistration)
    has_place = SessionRegistration.state == Registered.REGISTERED
    return db.session.scalar(query.where(SessionRegistration.session_id == session.id, has_place)) or 0


def taken_of(rows: Sequence[TrainingSession]) -> dict[int, int]:
    query = select(SessionRegistration.session_id, func.count()).where(
        SessionRegistration.session_id.in_([row.id for row in rows]), SessionRegistration.state == Registered.REGISTERED
    )
    return {row[0]: row[1] for row in db.session.execute(query.group_by(SessionRegistration.session_id))}


def own_registration(session: TrainingSession, person_id: int) -> SessionRegistration | None:
    query = select(SessionRegistration).where(
        SessionRegistration.session_id == session.id, SessionRegistration.person_id == person_id
    )
    return db.session.scalar(query.options(joinedload(SessionRegistration.person)))


def own_coming(person_id: int, at: datetime) -> list[SessionRegistration]:
    """What one is to go to, the next first."""
    query = (
        select(SessionRegistration)
        .join(TrainingSession, TrainingSession.id == SessionRegistration.session_id)
        .where(
            SessionRegistration.person_id == person_id,
            SessionRegistration.state.in_(COMING),
            TrainingSession.ends_at > at,
            TrainingSession.state == State.PLANNED,
        )
        .options(contains_eager(SessionRegistration.session))
    )
    return list(db.session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id).limit(SHOWN)))


def own_states(rows: Sequence[TrainingSession], person_id: int) -> dict[int, Registered]:
    query = select(SessionRegistration.session_id, SessionRegistration.state).where(
        SessionRegistration.person_id == person_id, SessionRegistration.session_id.in_([row.id for row in rows])
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def registrations(principal: Principal, session: TrainingSession) -> Select[SessionRegistration]:
    """Whoever this person may see of those who come: an agency its own people."""
    query = select(SessionRegistration).where(
        SessionRegistration.session_id == session.id, principal.scope(Permission.PEOPLE).where(SessionRegistration)
    )
    return query.options(joinedload(SessionRegistration.person), joinedload(SessionRegistration.agency))


def visible_registration(principal: Principal, session: TrainingSession, number: int) -> SessionRegistration:
    row: SessionRegistration = found(
        db.session.scalar(registrations(principal, session).where(SessionRegistration.id == number))
    )
    return row


def coming(session: TrainingSession, *states: Registered) -> list[SessionRegistration]:
    """In the order of the waiting list."""
    query = select(SessionRegistration).where(
        SessionRegistration.session_id == session.id, SessionRegistration.state.in_(states or COMING)
    )
    query = query.options(joinedload(SessionRegistration.person), joinedload(SessionRegistration.agency))
    return list(db.session.scalars(query.order_by(SessionRegistration.queued_at, SessionRegistration.id)))


def agency_for(session: TrainingSession, person_id: int, at: datetime) -> Agency | None:
    """For which agency somebody comes: where they work, of those the session is for, the longest-standing first."""
    return agencies_for(session, [person_id], at).get(person_id)


def agencies_for(session: TrainingSession, people: Sequence[int], at: datetime) -> dict[int, Agency]:
    """The same for several; for which somebody registered is what they come for."""
    query = (
        select(Membership.person_id, Agency)
        .join(Agency, Membership.agency_id == Agency.id)
        .where(
            Membership.person_id.in_(people),
            Agency.lead_id == session.lead_id,
            Agency.status != AgencyStatus.ENDED,
            or_(Membership.ended_at.is_(None), Membership.ended_at > at),
        )
        .order_by(Membership.id)
    )
    if session.coc_id is not None:
        query = query.where(Agency.coc_id == session.coc_id)
    found: dict[int, Agency] = {}
    for person_id, agency in db.session.execute(query.options(joinedload(Agency.coc))):
        found.setdefault(person_id, agency)
    said = select(SessionRegistration.person_id, Agency).join(Agency, Agency.id == SessionRegistration.agency_id)
    said = said.where(SessionRegistration.session_id == session.id, SessionRegistration.person_id.in_(people))
    return found | {row[0]: row[1] for row in db.session.execute(said.options(joinedload(Agency.coc)))}


def people_to_register(principal: Principal, session: TrainingSession, at: datetime, text: str = "") -> list[Person]:
    """Those of one's agencies, or of all the session is for, who do not come yet."""
    there = select(SessionRegistration.person_id).where(
        SessionRegistration.session_id == session.id, SessionRegistration.state.in_(COMING)
    )
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(
            principal.scope(Permission.REGISTER).over_agencies(),
            Agency.lead_id == session.lead_id,
            Agency.status != AgencyStatus.ENDED,
            or_(Membership.ended_at.is_(None), Membership.ended_at > at),
            Person.id.not_in(there),
        )
    )
    if session.coc_id is not None:
        query = query.where(Agency.coc_id == session.coc_id)
    if text:
        query = query.where(named(Person.name, text))
    return list(db.session.scalars(query.distinct().order_by(Person.name, Person.id).limit(MOST_PEOPLE)))


# --- what a session can be of


def leads_to_plan(principal: Principal) -> list[Lead]:
    """Those at which this person plans sessions."""
    scope = principal.scope(Permission.KEEP)
    own = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    query = select(Lead).where(or_(Lead.id.in_(scope.lead_ids), Lead.id.in_(own)))
    return list(db.session.scalars(query.order_by(Lead.name, Lead.id)))


def cocs_to_plan(principal: Principal, lead: Lead) -> list[CoC]:
    scope = principal.scope(Permission.KEEP)
    query = select(CoC).where(CoC.lead_id == lead.id)
    if lead.id not in scope.lead_ids:
        query = query.where(CoC.id.in_(scope.coc_ids))
    return list(db.session.scalars(query.order_by(CoC.name, CoC.id)))


def cocs_of(lead_id: int) -> list[CoC]:
    return list(db.session.scalars(select(CoC).where(CoC.lead_id == lead_id).order_by(CoC.name, CoC.id)))


def courses_to_teach(principal: Principal, lead: Lead) -> list[Course]:
    """Of the whole Lead, and of the communities for which this person plans."""
    query = select(Course).where(
        Course.lead_id == lead.id, Course.kind.in_(TAUGHT_LIVE), Course.state == CourseState.OFFERED
    )
    scope = principal.scope(Permission.KEEP)
    if lead.id not in scope.lead_ids:
        query = query.where(or_(Course.coc_id.is_(None), Course.coc_id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(Course.title, Course.id)))


def trainers_of(lead: Lead, at: datetime) -> list[Person]:
    roles = (StaffRole.TRAINER, StaffRole.MANAGER, StaffRole.ADMIN, StaffRole.AGENT)
    query = (
        select(Person)
        .join(LeadStaff, LeadStaff.person_id == Person.id)
        .where(
            LeadStaff.lead_id == lead.id,
            LeadStaff.role.in_(roles),
            or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at),
        )
    )
    return list(db.session.scalars(query.distinct().order_by(Person.name, Person.id)))


# --- the public calendar


def leads() -> list[Lead]:
    return list(db.session.scalars(select(Lead).order_by(Lead.name, Lead.id).limit(500)))


def public_sessions(lead_id: int | None) -> Select[TrainingSession]:
    query = select(TrainingSession).where(TrainingSession.is_public)
    if lead_id is not None:
        query = query.where(TrainingSession.lead_id == lead_id)
    return query.options(joinedload(TrainingSession.coc), joinedload(TrainingSession.lead))


def public_session(session_id: int) -> TrainingSession:
    query = select(TrainingSession).where(TrainingSession.id == session_id, TrainingSession.is_public)
    row: TrainingSession = found(
        db.session.scalar(query.options(joinedload(TrainingSession.coc), joinedload(TrainingSession.lead)))
    )
    return row


# --- what the help desk asks for


def proposals(principal: Principal) -> Select[SessionProposal]:
    """Those still open, of the Leads at which this person plans."""
    leads = [lead.id for lead in leads_to_plan(principal)]
    return select(SessionProposal).where(
        SessionProposal.lead_id.in_(leads),
        SessionProposal.session_id.is_(None),
        SessionProposal.put_away_at.is_(None),
    )


def open_proposal(principal: Principal, number: int, *, lock: bool = False) -> SessionProposal:
    query = proposals(principal).where(SessionProposal.id == number)
    row: SessionProposal = found(db.session.scalar(query.with_for_update() if lock else query))
    return row


def of_ids(numbers: Iterable[int]) -> dict[int, Person]:
    """People by their numbers."""
    return {row.id: row for row in db.session.scalars(select(Person).where(Person.id.in_(set(numbers))))}


@search_provider("Training")
def find_sessions(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the words of the title, the latest first."""
    if not principal.can(Permission.ATTEND):
        return []
    query = sessions(principal).where(named(TrainingSession.title, text), TrainingSession.state == State.PLANNED)
    rows = db.session.scalars(query.order_by(TrainingSession.starts_at.desc(), TrainingSession.id.desc()).limit(limit))
    return [Hit(row.title, f"/training/sessions/{row.id}", "Training", _when(row)) for row in rows]


def _when(row: TrainingSession) -> str:
    return say_when(row.starts_at.astimezone(row.zone))
