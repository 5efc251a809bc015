"""What is read of courses: whose they are, who may take them, what is in their bank, and who completed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.people.models import Agency, CoC, Lead, LeadStaff, Membership, Person, StaffRole
from core.people.services import staff_of
from core.policy import Policy, policy_for
from core.policy.vocabulary import ListName
from core.search import Hit, named
from core.search import provider as search_provider
from training.courses import questions, rules
from training.courses.models import (
    Completion,
    Course,
    CourseQuestion,
    CourseVersion,
    Signature,
    Sitting,
    TestAttempt,
)
from training.courses.permissions import Permission
from training.courses.vocabulary import CourseKind, CourseState, VersionState

Home = tuple[int, int | None]  # a Lead, and the CoC of it; no CoC is all of them

NOT_A_SERIES = Course.kind != CourseKind.SERIES  # made with its series and kept there
STATES = {CourseState.DRAFT: "Draft", CourseState.OFFERED: "Offered", CourseState.RETIRED: "Retired"}
TONES = {CourseState.DRAFT: "wait", CourseState.OFFERED: "ok", CourseState.RETIRED: "off"}


# ------------------------------------------------------------------ whose


def homes(principal: Principal) -> set[Home]:
    """Where the person works: what is offered there is theirs to take."""
    staff = {(g.lead_id, g.coc_id) for g in principal.grants if g.lead_id and not g.agency_id}
    agencies = {g.agency_id for g in principal.grants if g.agency_id}
    if agencies:
        rows = db.session.execute(select(Agency.lead_id, Agency.coc_id).where(Agency.id.in_(agencies)))
        staff |= {(lead_id, coc_id) for lead_id, coc_id in rows}
    return staff


def at_homes(places: set[Home]) -> ColumnElement[bool]:
    parts = [_at(*place) for place in sorted(places, key=lambda place: (place[0], place[1] or 0))]
    return or_(*parts) if parts else false()


def _at(lead_id: int, coc_id: int | None) -> ColumnElement[bool]:
    own = Course.lead_id == lead_id
    return and_(own, or_(Course.coc_id.is_(None), Course.coc_id == coc_id)) if coc_id else own


def visible(principal: Principal) -> ColumnElement[bool]:
    """Courses in the catalogue: all of those where one is Lead staff, elsewhere what is offered."""
    seen = principal.scope(Permission.VIEW)
    staff: set[Home] = {(lead_id, None) for lead_id in seen.lead_ids} | {
        (g.lead_id, g.coc_id) for g in principal.grants if g.lead_id and g.coc_id in seen.coc_ids
    }
    if not principal.can(Permission.OFFERED):
        return at_homes(staff)
    return or_(at_homes(staff), and_(Course.state == CourseState.OFFERED, at_homes(homes(principal))))


def may_keep(principal: Principal, course: Course) -> bool:
    """Whoever works for one CoC keeps that CoC's courses, and not those of all."""
    if course.coc is not None:
        return principal.can(Permission.KEEP, coc=course.coc)
    return principal.can(Permission.KEEP, lead_id=course.lead_id)


def is_staff_of(principal: Principal, course: Course) -> bool:
    scope = principal.scope(Permission.VIEW)
    return course.lead_id in scope.lead_ids or any(
        g.coc_id in scope.coc_ids and g.lead_id == course.lead_id and course.coc_id in (None, g.coc_id)
        for g in principal.grants
    )


def keeps_for(principal: Principal) -> list[tuple[Lead, CoC | None]]:
    """The places one may make a course for: the whole Lead, or a CoC."""
    scope = principal.scope(Permission.KEEP)
    leads = list(db.session.scalars(select(Lead).where(Lead.id.in_(scope.lead_ids)).order_by(Lead.name)))
    cocs = select(CoC).where(or_(CoC.id.in_(scope.coc_ids), CoC.lead_id.in_(scope.lead_ids)))
    rows = db.session.scalars(cocs.options(joinedload(CoC.lead)).order_by(CoC.name, CoC.id))
    return [*((lead, None) for lead in leads), *((coc.lead, coc) for coc in rows)]


# ------------------------------------------------------------------ the catalogue


def courses(principal: Principal, asked: Mapping[str, str]) -> Select[Course]:
    """What a person sees of the catalogue, by the filters `kind`, `credit`, `topic`, `state` and `q`."""
    query = select(Course).where(visible(principal), NOT_A_SERIES).options(joinedload(Course.coc))
    if asked.get("kind") in set(CourseKind):
        query = query.where(Course.kind == CourseKind(asked["kind"]))
    if asked.get("state") in set(CourseState):
        query = query.where(Course.state == CourseState(asked["state"]))
    for name, column in (("credit", Course.credits), ("topic", Course.topics)):
        if code := asked.get(name, "").replace("\0", "")[:80]:
            query = query.where(column.cast(JSONB).contains([code]))
    if words := asked.get("q", "").replace("\0", "").strip()[:200]:
        query = query.where(named(Course.title, words))
    return query


def course_of(principal: Principal, course_id: int, *, lock: bool = False) -> Course:
    """A course of the catalogue. Raises NotFound for what this person does not see."""
    query = select(Course).where(Course.id == course_id, visible(principal), NOT_A_SERIES)
    query = query.options(joinedload(Course.lead))
    query = query.options(joinedload(Course.coc))
    if lock:
        query = query.with_for_update(of=Course).execution_options(populate_existing=True)
    row: Course = found(db.session.scalar(query))
    return row


def cocs_of(course: Course) -> list[CoC]:
    """The CoCs a course is for."""
    if course.coc is not None:
        return [course.coc]
    return list(db.session.scalars(select(CoC).where(CoC.lead_id == course.lead_id).order_by(CoC.id)))


def policies_of(course: Course, at: datetime) -> list[Policy]:
    """The packs that the course must satisfy, each once."""
    return policies_in(cocs_of(course), at)


def policies_in(cocs: list[CoC], at: datetime) -> list[Policy]:
    found_packs = {coc.pack: policy_for(coc, at.date()) for coc in cocs}
    return [found_packs[name] for name in sorted(found_packs)]


def topics_in(policies: list[Policy]) -> dict[str, str]:
    """The topics of the packs' lists, code to words."""
    known = [policy.list(ListName.TRAINING_TOPICS).items for policy in policies if policy.has(ListName.TRAINING_TOPICS)]
    return {code: words for items in known for code, words in items.items()}


def places_to_plan(principal: Principal) -> list[CoC]:
    """The CoCs whose training plan this person sees."""
    scope = principal.scope(Permission.VIEW)
    query = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    return list(db.session.scalars(query.order_by(CoC.name, CoC.id)))


def offered_in(coc: CoC) -> list[rules.Offered]:
    query = select(Course.id, Course.title, Course.topics, Course.credits)
    query = query.where(Course.state == CourseState.OFFERED, at_homes({(coc.lead_id, coc.id)}), NOT_A_SERIES)
    return [rules.Offered(*row) for row in db.session.execute(query.order_by(Course.title, Course.id))]


# ------------------------------------------------------------------ versions and the bank


def versions_of(course: Course) -> list[CourseVersion]:
    query = select(CourseVersion).where(CourseVersion.course_id == course.id).options(joinedload(CourseVersion.author))
    return list(db.session.scalars(query.order_by(CourseVersion.number.desc())))


def version_of(course: Course, number: int) -> CourseVersion:
    wanted = (CourseVersion.course_id == course.id, CourseVersion.number == number)
    row: CourseVersion = found(db.session.scalar(select(CourseVersion).where(*wanted)))
    return row


def published(course_id: int) -> CourseVersion | None:
    """The version that is offered now."""
    wanted = (CourseVersion.course_id == course_id, CourseVersion.state == VersionState.PUBLISHED)
    return db.session.scalar(select(CourseVersion).where(*wanted).order_by(CourseVersion.number.desc()).limit(1))


def draft_of(course_id: int) -> CourseVersion | None:
    wanted = (CourseVersion.course_id == course_id, CourseVersion.state == VersionState.DRAFT)
    return db.session.scalar(select(CourseVersion).where(*wanted))


def bank(course_id: int) -> list[CourseQuestion]:
    """The questions that can be drawn."""
    wanted = (CourseQuestion.course_id == course_id, CourseQuestion.retired_at.is_(None))
    return list(db.session.scalars(select(CourseQuestion).where(*wanted).order_by(CourseQuestion.id)))


def question_of(course: Course, question_id: int, *, lock: bool = False) -> CourseQuestion:
    wanted = (CourseQuestion.course_id == course.id, CourseQuestion.id == question_id)
    query = select(CourseQuestion).where(*wanted)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row: CourseQuestion = found(db.session.scalar(query))
    return row


def questions_of(attempt: TestAttempt) -> list[CourseQuestion]:
    """What was asked, in the order in which it was asked."""
    numbers = [one["question"] for one in attempt.drawn]
    rows = {row.id: row for row in db.session.scalars(select(CourseQuestion).where(CourseQuestion.id.in_(numbers)))}
    return [rows[number] for number in numbers]


# ------------------------------------------------------------------ taking


def offered_to(principal: Principal) -> Select[Course]:
    """What the person may take, and what they are in the middle of even when it is no longer offered."""
    mine = select(Sitting.course_id).where(Sitting.person_id == principal.person_id, Sitting.ended_at.is_(None))
    here = at_homes(homes(principal))
    return select(Course).where(here, NOT_A_SERIES, or_(Course.state == CourseState.OFFERED, Course.id.in_(mine)))


def courses_for(person: Person, at: datetime) -> list[Course]:
    """What is offered where the person works, by title: for the rooms above."""
    member = select(Agency.lead_id, Agency.coc_id).join(Membership, Membership.agency_id == Agency.id)
    member = member.where(Membership.person_id == person.id, in_force(Membership, at))
    staff = select(LeadStaff.lead_id, LeadStaff.coc_id).where(LeadStaff.person_id == person.id, in_force(LeadStaff, at))
    places: set[Home] = {(row.lead_id, row.coc_id) for row in [*db.session.execute(member), *db.session.execute(staff)]}
    query = select(Course).where(Course.state == CourseState.OFFERED, at_homes(places), NOT_A_SERIES)
    return list(db.session.scalars(query.order_by(Course.title, Course.id)))


def in_force(model: type[Membership | LeadStaff], at: datetime) -> ColumnElement[bool]:
    return and_(model.started_on <= at.date(), or_(model.ended_at.is_(None), model.ended_at > at))


def course_to_take(principal: Principal, course_id: int) -> Course:
    query = offered_to(principal).where(Course.id == course_id)
    row: Course = found(db.session.scalar(query.options(joinedload(Course.lead), joinedload(Course.coc))))
    return row


def open_sitting(course_id: int, person_id: int, *, lock: bool = False) -> Sitting | None:
    mine = (Sitting.course_id == course_id, Sitting.person_id == person_id, Sitting.ended_at.is_(None))
    query = select(Sitting).where(*mine).options(joinedload(Sitting.version), joinedload(Sitting.course))
    if lock:
        query = query.with_for_update(of=Sitting).execution_options(populate_existing=True)
    return db.session.scalar(query)


def attempt_of(person_id: int, attempt_id: int, *, lock: bool = False) -> TestAttempt:
    """One's own. Raises NotFound for anybody else's."""
    query = select(TestAttempt).where(TestAttempt.id == attempt_id, TestAttempt.person_id == person_id)
    query = query.options(joinedload(TestAttempt.sitting).joinedload(Sitting.version))
    query = query.options(joinedload(TestAttempt.sitting).joinedload(Sitting.course))
    if lock:
        query = query.with_for_update(of=TestAttempt).execution_options(populate_existing=True)
    row: TestAttempt = found(db.session.scalar(query))
    return row


def completions_of(course_id: int, person_id: int) -> list[Completion]:
    """Newest first."""
    mine = (Completion.course_id == course_id, Completion.person_id == person_id)
    query = select(Completion).where(*mine).options(selectinload(Completion.earned), joinedload(Completion.version))
    return list(db.session.scalars(query.order_by(Completion.at.desc(), Completion.id.desc()).limit(20)))


def attempts_of(sitting: Sitting) -> list[TestAttempt]:
    query = select(TestAttempt).where(TestAttempt.sitting_id == sitting.id)
    return list(db.session.scalars(query.order_by(TestAttempt.number)))


def begun(person_id: int) -> list[Sitting]:
    """What somebody is in the middle of, newest first."""
    query = select(Sitting).where(Sitting.person_id == person_id, Sitting.ended_at.is_(None))
    query = query.options(joinedload(Sitting.course)).order_by(Sitting.begun_at.desc(), Sitting.id.desc())
    return list(db.session.scalars(query.limit(20)))


@dataclass(frozen=True)
class HowFar:
    """Where somebody is with a course: in the middle of it, and when they last completed it."""

    is_begun: bool = False
    done_at: datetime | None = None


def how_far(person_id: int, course_ids: list[int]) -> dict[int, HowFar]:
    """For each of the courses, in two questions."""
    begun = set(
        db.session.scalars(
            select(Sitting.course_id).where(
                Sitting.person_id == person_id, Sitting.ended_at.is_(None), Sitting.course_id.in_(course_ids)
            )
        )
    )
    mine = (Completion.person_id == person_id, Completion.course_id.in_(course_ids), Completion.revoked_at.is_(None))
    query = select(Completion.course_id, func.max(Completion.at)).where(*mine).group_by(Completion.course_id)
    done = {row[0]: row[1] for row in db.session.execute(query)}
    return {number: HowFar(number in begun, done.get(number)) for number in course_ids}


@dataclass(frozen=True)
class Marked:
    """One question of a try that is over, as far as it may be shown. `right` is empty while it may not."""

    text: str
    is_right: bool
    given: list[str]
    right: list[str]
    feedback: str


def marked(row: CourseQuestion, order: list[int], answer: Any, *, answers: bool) -> Marked:
    asked = row.asked
    return Marked(
        row.text,
        questions.is_right(asked, order, answer),
        questions.given_words(asked, order, answer),
        questions.right_words(asked) if answers else [],
        row.feedback,
    )


def agency_for(person_id: int, course: Course, at: datetime) -> int | None:
    """The agency for which a course counts: the one where the person works, among those that the course is for."""
    query = select(Membership.agency_id).join(Agency, Agency.id == Membership.agency_id)
    query = query.where(Membership.person_id == person_id, in_force(Membership, at), Agency.lead_id == course.lead_id)
    if course.coc_id:
        query = query.where(Agency.coc_id == course.coc_id)
    return db.session.scalar(query.order_by(Membership.id).limit(1))


def who_can_help(course: Course, at: datetime) -> list[Person]:
    """Who may give another try: the Lead's trainers, and without one its administrators."""
    for role in (StaffRole.TRAINER, StaffRole.ADMIN):
        if people := staff_of(course.lead_id, role, at, course.coc_id):
            return people
    return []


def signature_of(principal: Principal, signature_id: int) -> Signature:
    """One's own, or one of a course where one is Lead staff."""
    query = select(Signature).join(Signature.course).where(Signature.id == signature_id)
    query = query.where(or_(Signature.person_id == principal.person_id, staff_reach(principal)))
    row: Signature = found(db.session.scalar(query.options(contains_eager(Signature.course))))
    return row


def staff_reach(principal: Principal) -> ColumnElement[bool]:
    """Courses whose takers this person sees: those of whom they are Lead staff."""
    scope = principal.scope(Permission.VIEW)
    staff: set[Home] = {(lead_id, None) for lead_id in scope.lead_ids} | {
        (g.lead_id, g.coc_id) for g in principal.grants if g.lead_id and g.coc_id in scope.coc_ids
    }
    return at_homes(staff)


@search_provider("Courses")
def find_courses(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the words of the title: in the catalogue, or to take it."""
    is_catalogue = principal.can(Permission.OFFERED)
    query = courses(principal, {}) if is_catalogue else offered_to(principal)
    rows = db.session.scalars(query.where(named(Course.title, text)).order_by(Course.title, Course.id).limit(limit))
    base = "/training/courses" if is_catalogue else "/training/learn"
    return [Hit(row.title, f"{base}/{row.id}", "Courses", STATES[row.state]) for row in rows]
