"""What the Lead's staff reads of those who take a course: who completed it, who is stuck, who can be recorded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.people.models import Agency, LeadStaff, Membership, Person
from core.search import named
from training.courses import rules
from training.courses.models import Completion, Course, OutsideProof, Sitting
from training.courses.permissions import Permission
from training.courses.queries import in_force, staff_reach


def completions(principal: Principal, course: Course) -> Select[Completion]:
    """Those of a course; who works for one CoC sees that CoC's people."""
    query = select(Completion).where(Completion.course_id == course.id, _people_in_reach(principal, Completion))
    return query.options(joinedload(Completion.person), joinedload(Completion.agency), joinedload(Completion.version))


def _people_in_reach(principal: Principal, model: type[Completion | Sitting]) -> ColumnElement[bool]:
    scope = principal.scope(Permission.VIEW)
    there = select(Agency.id).where(Agency.coc_id.in_(scope.coc_ids))
    return or_(model.lead_id.in_(scope.lead_ids), model.agency_id.in_(there))


def completion_of(principal: Principal, completion_id: int) -> Completion:
    query = select(Completion).join(Completion.course).where(Completion.id == completion_id)
    query = query.where(staff_reach(principal), _people_in_reach(principal, Completion))
    row: Completion = found(db.session.scalar(query.options(contains_eager(Completion.course))))
    return row


def proof_of(row: Completion) -> OutsideProof | None:
    if row.source_type != OutsideProof.__tablename__:
        return None
    return db.session.get(OutsideProof, row.source_id)


def out_of_tries(principal: Principal, course: Course) -> list[Sitting]:
    """Who began, has no try left and has not passed; those who wait longest first."""
    query = select(Sitting).where(Sitting.course_id == course.id, Sitting.ended_at.is_(None))
    query = query.where(_people_in_reach(principal, Sitting)).order_by(Sitting.begun_at, Sitting.id).limit(200)
    loaded = query.options(
        joinedload(Sitting.person),
        joinedload(Sitting.version),
        selectinload(Sitting.attempts),
        selectinload(Sitting.grants),
    )
    return [row for row in db.session.scalars(loaded) if _is_out(row)]


def _is_out(row: Sitting) -> bool:
    plan = rules.TestPlan.of(row.version.test)
    is_open = any(attempt.ended_at is None for attempt in row.attempts)
    return plan is not None and not is_open and rules.tries_left(plan, len(row.attempts), len(row.grants)) == 0


def sitting_of(principal: Principal, course: Course, sitting_id: int, *, lock: bool = False) -> Sitting:
    query = select(Sitting).where(Sitting.id == sitting_id, Sitting.course_id == course.id)
    query = query.where(_people_in_reach(principal, Sitting))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row: Sitting = found(db.session.scalar(query))
    return row


def people_for(principal: Principal, course: Course, words: str, at: datetime) -> list[Person]:
    """Who works where the course counts and is named so: for recording what they did elsewhere."""
    scope = principal.scope(Permission.KEEP)
    member = select(Membership.person_id).join(Agency).where(in_force(Membership, at), scope.over_agencies())
    member = member.where(Agency.lead_id == course.lead_id)
    if course.coc_id:
        member = member.where(Agency.coc_id == course.coc_id)
    staff = select(LeadStaff.person_id).where(in_force(LeadStaff, at), scope.where(LeadStaff))
    staff = staff.where(LeadStaff.lead_id == course.lead_id)
    query = select(Person).where(or_(Person.id.in_(member), Person.id.in_(staff)))
    if words:
        query = query.where(named(Person.name, words))
    return list(db.session.scalars(query.order_by(Person.name, Person.id).limit(25)))


def person_for(principal: Principal, course: Course, person_id: int, at: datetime) -> Person | None:
    scope = principal.scope(Permission.KEEP)
    works = select(Membership.id).join(Agency).where(Membership.person_id == person_id, scope.over_agencies())
    works = works.where(Agency.lead_id == course.lead_id, in_force(Membership, at))
    if course.coc_id:
        works = works.where(Agency.coc_id == course.coc_id)
    serves = select(LeadStaff.id).where(LeadStaff.person_id == person_id, in_force(LeadStaff, at))
    serves = serves.where(LeadStaff.lead_id == course.lead_id, scope.where(LeadStaff))
    wanted = select(Person).where(Person.id == person_id, or_(works.exists(), serves.exists()))
    return db.session.scalar(wanted)


def counts_of(course: Course) -> tuple[int, int]:
    """How many completions count, and how many are in the middle of it."""
    done = select(func.count()).where(Completion.course_id == course.id, Completion.revoked_at.is_(None))
    begun = select(func.count()).where(Sitting.course_id == course.id, Sitting.ended_at.is_(None))
    return db.session.scalar(done) or 0, db.session.scalar(begun) or 0
