"""What is read of series: those of a Lead, who is on the way in them, and how a person stands for licensing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.errors import Forbidden
from core.people.models import Agency, CoC, Lead, Membership, Person, StaffRole
from core.people.services import staff_in
from core.policy import policy_for
from core.policy.vocabulary import CycleName
from core.search import Hit, like
from core.search import provider as search_provider
from core.workcalendar import Calendar
from training.courses.models import Completion, CompletionCredit, Course, CourseState
from training.courses.vocabulary import CourseKind, Credit, How
from training.series.models import Enrollment, EnrollmentStep, Purpose, Series, SeriesStep
from training.series.permissions import Permission
from training.series.rules import EnrollmentState, Standing

NEVER = datetime.min.replace(tzinfo=UTC)
STATES = {
    EnrollmentState.ASSIGNED: "Not begun",
    EnrollmentState.RUNNING: "On the way",
    EnrollmentState.COMPLETE: "Complete",
    EnrollmentState.WAIVED: "Waived",
    EnrollmentState.LAPSED: "Ran out of time",
    EnrollmentState.REFUSED: "Refused",
    EnrollmentState.WITHDRAWN: "Withdrawn",
}


def lead_to_keep(principal: Principal) -> Lead:
    """Whose series this person makes. Raises NotFound where they keep none."""
    reach = principal.scope(Permission.KEEP)
    of_cocs = select(CoC.lead_id).where(CoC.id.in_(reach.coc_ids))
    leads = or_(Lead.id.in_(reach.lead_ids), Lead.id.in_(of_cocs))
    lead: Lead = found(db.session.scalar(select(Lead).where(leads).order_by(Lead.id).limit(1)))
    return lead


def cocs_of(principal: Principal, lead: Lead) -> list[CoC]:
    """The CoCs of the Lead that the person keeps series for."""
    scope = principal.scope(Permission.KEEP)
    query = select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.name, CoC.id)
    return [coc for coc in db.session.scalars(query) if lead.id in scope.lead_ids or coc.id in scope.coc_ids]


def _of_staff(principal: Principal) -> ColumnElement[bool]:
    scope = principal.scope(Permission.SEE)
    of_coc = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    whole = Series.coc_id.is_(None) & Series.lead_id.in_(of_coc)
    return or_(Series.lead_id.in_(scope.lead_ids), Series.coc_id.in_(scope.coc_ids), whole)


def series_seen(principal: Principal, state: str = "") -> Select[Series]:
    query = select(Series).where(_of_staff(principal))
    return query.where(Series.state == CourseState(state)) if state in set(CourseState) else query


def visible_series(principal: Principal, series_id: int, *, lock: bool = False) -> Series:
    query = series_seen(principal).where(Series.id == series_id)
    query = query.options(selectinload(Series.steps).joinedload(SeriesStep.course))
    if lock:
        query = query.with_for_update(of=Series).execution_options(populate_existing=True)
    row: Series = found(db.session.scalar(query))
    return row


def may_keep(principal: Principal, row: Series) -> bool:
    """A series of one CoC its own people keep; one for the whole Lead whoever works for all of it."""
    if row.coc is not None:
        return principal.can(Permission.KEEP, coc=row.coc)
    return row.lead_id in principal.scope(Permission.KEEP).lead_ids


def courses_to_choose(lead: Lead) -> list[Course]:
    usable = (Course.lead_id == lead.id, Course.kind != CourseKind.SERIES, Course.state != CourseState.RETIRED)
    return list(db.session.scalars(select(Course).where(*usable).order_by(Course.title, Course.id).limit(500)))


def series_for(coc: CoC) -> Series | None:
    """What a new user of this CoC takes: its own series, else the Lead's."""
    query = select(Series).where(
        Series.lead_id == coc.lead_id,
        Series.purpose == Purpose.NEW_USER,
        Series.state == CourseState.OFFERED,
        or_(Series.coc_id == coc.id, Series.coc_id.is_(None)),
    )
    return db.session.scalar(query.order_by(Series.coc_id.nulls_last(), Series.id).limit(1))


# ------------------------------------------------------------------ who is on the way


def enrollments(principal: Principal, *, state: str = "", trainer: str = "", text: str = "") -> Select[Enrollment]:
    query = select(Enrollment).where(principal.scope(Permission.SEE).where(Enrollment))
    if state in set(EnrollmentState):
        query = query.where(Enrollment.state == EnrollmentState(state))
    if trainer == "mine":
        query = query.where(Enrollment.trainer_id == principal.person_id)
    elif trainer == "nobody":
        query = query.where(Enrollment.trainer_id.is_(None))
    if text:
        people = select(Person.id).where(_begins(text))
        agencies = select(Agency.id).where(func.lower(Agency.name).like(like(text)))
        query = query.where(or_(Enrollment.person_id.in_(people), Enrollment.agency_id.in_(agencies)))
    return query.options(
        joinedload(Enrollment.person), joinedload(Enrollment.agency), joinedload(Enrollment.series),
        joinedload(Enrollment.trainer), selectinload(Enrollment.steps),
    )  # fmt: skip


def _begins(text: str) -> ColumnElement[bool]:
    begins = like(text)
    return or_(func.lower(Person.name).like(begins), func.lower(Person.email).like(begins))


def visible_enrollment(principal: Principal, enrollment_id: int, *, lock: bool = False) -> Enrollment:
    """Of the staff's reach, the agency's own people, or the person's own; anybody else's is not there."""
    reach = or_(principal.scope(Permission.SEE).where(Enrollment), Enrollment.person_id == principal.person_id)
    query = select(Enrollment).where(Enrollment.id == enrollment_id, reach)
    query = query.options(selectinload(Enrollment.steps).joinedload(EnrollmentStep.course))
    if lock:
        query = query.with_for_update(of=Enrollment).execution_options(populate_existing=True)
    row: Enrollment = found(db.session.scalar(query))
    return row


def own_enrollment(principal: Principal, enrollment_id: int) -> Enrollment:
    """The person's own, locked; anybody else's is not theirs to begin."""
    query = select(Enrollment).where(Enrollment.id == enrollment_id, Enrollment.person_id == principal.person_id)
    held = query.with_for_update(of=Enrollment).execution_options(populate_existing=True)
    row: Enrollment = found(db.session.scalar(held))
    return row


def must_hold(principal: Principal, permission: Permission, row: Enrollment) -> None:
    """Raises Forbidden for who sees the row but may not do this to it."""
    if not principal.can(permission, agency=row.agency):
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")


def offered(principal: Principal) -> list[Series]:
    """What somebody of the person's reach can be told to take."""
    query = series_seen(principal, CourseState.OFFERED).order_by(Series.title, Series.id).limit(200)
    return list(db.session.scalars(query))


def own_enrollments(person_id: int, limit: int = 10) -> list[Enrollment]:
    """The person's ways through series, the newest first."""
    query = select(Enrollment).where(Enrollment.person_id == person_id)
    query = query.options(
        selectinload(Enrollment.steps).joinedload(EnrollmentStep.course), joinedload(Enrollment.series)
    )
    return list(db.session.scalars(query.order_by(Enrollment.id.desc()).limit(limit)))


def trainers(row: Enrollment, at: datetime) -> list[Person]:
    """Whom it can be handed to, by name."""
    held = staff_in(
        row.lead_id, (StaffRole.TRAINER, StaffRole.AGENT, StaffRole.MANAGER, StaffRole.ADMIN), at, row.coc_id
    )
    people = {person.id: person for some in held.values() for person in some}
    return sorted(people.values(), key=lambda person: (person.name, person.id))


def people_to_enroll(principal: Principal, text: str, at: datetime, limit: int = 20) -> list[tuple[Person, Agency]]:
    """Who works in the person's reach and whose name or address begins so, each with the agency."""

    scope = principal.scope(Permission.GUIDE)
    query = (
        select(Person, Agency)
        .join(Membership, Membership.person_id == Person.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(scope.over_agencies(), or_(Membership.ended_at.is_(None), Membership.ended_at > at))
        .where(_begins(text))
    )
    return [
        (person, agency) for person, agency in db.session.execute(query.order_by(Person.name, Person.id).limit(limit))
    ]


def worker(principal: Principal, person_id: int, agency_id: int, at: datetime) -> tuple[Person, Agency]:
    """Somebody who works there, in the reach of who asks; else NotFound."""
    query = (
        select(Person, Agency)
        .join(Membership, Membership.person_id == Person.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(principal.scope(Permission.GUIDE).over_agencies(), Person.id == person_id, Agency.id == agency_id)
        .where(or_(Membership.ended_at.is_(None), Membership.ended_at > at))
    )
    row = found(db.session.execute(query.limit(1)).first())
    return row[0], row[1]


# ------------------------------------------------------------------ what licensing asks


@dataclass(frozen=True)
class Ground:
    """A row of another package for which training is taken. `may_wait`: it will begin by itself."""

    number: int
    agency: Agency
    may_wait: bool


def standings(kind: str, grounds: Sequence[Ground], at: datetime) -> dict[int, Standing]:
    """How the training for each ground stands, by its number, in a bounded number of queries.

    Rules: VT-TR-1, MO-TR-1, SAC-TR-1, SON-TR-1.
    """
    rows = _for_grounds(kind, [ground.number for ground in grounds])
    tests, security = _tests_passed(rows.values()), _security_taken(rows.values())
    with_series = _cocs_with_series([g.agency for g in grounds if g.may_wait and g.number not in rows])
    told = {ground.number: _waits(ground.agency.coc_id in with_series) for ground in grounds}
    for ground in grounds:
        row = rows.get(ground.number)
        if row is not None:
            told[ground.number] = Standing(
                True, row.state in (EnrollmentState.COMPLETE, EnrollmentState.WAIVED), _said(row),
                row.state is EnrollmentState.WAIVED or tests.get(row.person_id, NEVER) >= row.assigned_at,
                _still_counts(security.get(row.person_id), ground.agency, at),
            )  # fmt: skip
    return told


def _waits(has_series: bool) -> Standing:
    return Standing(has_series, sentence="The series begins when the request is approved.")


def _for_grounds(kind: str, numbers: Sequence[int]) -> dict[int, Enrollment]:
    """The newest for each."""
    if not numbers:
        return {}
    query = select(Enrollment).where(Enrollment.ground_type == kind, Enrollment.ground_id.in_(numbers))
    query = query.options(selectinload(Enrollment.steps), joinedload(Enrollment.series), joinedload(Enrollment.agency))
    return {row.ground_id or 0: row for row in db.session.scalars(query.order_by(Enrollment.id))}


def _cocs_with_series(agencies: Sequence[Agency]) -> set[int]:
    if not agencies:
        return set()
    query = select(CoC.id).where(CoC.id.in_({agency.coc_id for agency in agencies}))
    offered = (Series.purpose == Purpose.NEW_USER, Series.state == CourseState.OFFERED)
    own = select(Series.id).where(*offered, Series.lead_id == CoC.lead_id)
    return set(
        db.session.scalars(query.where(own.where(or_(Series.coc_id == CoC.id, Series.coc_id.is_(None))).exists()))
    )


def _said(row: Enrollment) -> str:
    zone = ZoneInfo(row.agency.tz)
    day = f"{row.closed_at.astimezone(zone):%B %-d, %Y}" if row.closed_at else ""
    done = sum(step.met_at is not None for step in row.steps)
    match row.state:
        case EnrollmentState.COMPLETE:
            return f"{row.series.title} was completed on {day}."
        case EnrollmentState.WAIVED:
            return f"{row.series.title} was waived on {day}: {row.closed_reason}"
        case EnrollmentState.ASSIGNED:
            return f"{row.series.title} has not been started."
        case EnrollmentState.RUNNING:
            return f"{row.series.title}: {done} of {len(row.steps)} steps are complete."
    return f"{row.series.title} ended on {day}: {row.closed_reason}"


def _tests_passed(rows: Iterable[Enrollment]) -> dict[int, datetime]:
    """When each person last passed a test."""
    people = {row.person_id for row in rows}
    query = select(Completion.person_id, func.max(Completion.at)).where(
        Completion.person_id.in_(people), Completion.how == How.TEST, Completion.revoked_at.is_(None)
    )
    return _by_person(query.group_by(Completion.person_id)) if people else {}


def _security_taken(rows: Iterable[Enrollment]) -> dict[int, datetime]:
    """When each person last took the security training."""
    people = {row.person_id for row in rows}
    query = select(CompletionCredit.person_id, func.max(CompletionCredit.at)).where(
        CompletionCredit.person_id.in_(people), CompletionCredit.credit == Credit.SECURITY
    )
    return _by_person(query.group_by(CompletionCredit.person_id)) if people else {}


def _by_person(query: Select[int, datetime]) -> dict[int, datetime]:
    return {person_id: at for person_id, at in db.session.execute(query)}  # noqa: C416 - a row is no pair


def _still_counts(last: datetime | None, agency: Agency, at: datetime) -> bool:
    """For as long as the manual's cycle lasts, else for good (SON-TR-1)."""
    policy = policy_for(agency.coc, at.astimezone(agency.zone).date())
    if last is None or not policy.has(CycleName.SECURITY_TRAINING):
        return last is not None
    cycle = policy.cycle(CycleName.SECURITY_TRAINING)
    return Calendar(agency.zone, policy.closed, policy.day_ends).due(last, cycle.every).at >= at


@search_provider("Series")
def find_series(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the beginning of the title, or of a word in it; staff only."""
    if not principal.scope(Permission.KEEP).is_staff:
        return []
    title, begins = func.lower(Series.title), like(text)
    query = series_seen(principal).where(or_(title.like(begins), title.like(f"% {begins}")))
    rows = db.session.scalars(query.order_by(Series.title, Series.id).limit(limit))
    return [Hit(row.title, f"/training/series/{row.id}", "Series", row.state) for row in rows]
