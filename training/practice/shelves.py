"""What is read of the library: its cases, the remarks kept for reviews, and what the search box finds of the room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.errors import Forbidden
from core.people.models import CoC, Lead
from core.search import Hit, like
from core.search import provider as search_provider
from training.courses.models import Course, CourseState
from training.courses.vocabulary import CourseKind
from training.practice.elements import type_words
from training.practice.models import PracticeAssignment, PracticeCase, PracticeRemark, PracticeTrack
from training.practice.permissions import Permission
from training.practice.queries import BIGGEST, TRACK_STATES, Asked, leads_of, tracks

# ------------------------------------------------------------------ remarks


def remarks_for(lead_id: int, elements: Iterable[str]) -> dict[str, list[str]]:
    """The remarks kept for these elements, and under "" those for any."""
    query = select(PracticeRemark.element, PracticeRemark.text).where(
        PracticeRemark.lead_id == lead_id, PracticeRemark.element.in_(["", *elements])
    )
    told: dict[str, list[str]] = {}
    for element, text in db.session.execute(query.order_by(PracticeRemark.element, PracticeRemark.text)):
        told.setdefault(element, []).append(text)
    return told


def remarks(lead: Lead) -> Select[Any]:
    return select(PracticeRemark).where(PracticeRemark.lead_id == lead.id)


def remark_of(lead: Lead, remark_id: int) -> PracticeRemark:
    row: PracticeRemark = found(db.session.scalar(remarks(lead).where(PracticeRemark.id == min(remark_id, BIGGEST))))
    return row


# ------------------------------------------------------------------ the library


def lead_to_keep(principal: Principal, permission: Permission = Permission.KEEP) -> Lead:
    """Whose cases this person writes. Raises NotFound where they keep none."""
    scope = principal.scope(permission)
    ids = leads_of(scope.lead_ids, scope.coc_ids)
    lead: Lead = found(db.session.scalar(select(Lead).where(Lead.id.in_(ids)).order_by(Lead.id).limit(1)))
    return lead


def cocs_to_keep(principal: Principal, lead: Lead) -> list[CoC]:
    scope = principal.scope(Permission.KEEP)
    query = select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.name, CoC.id)
    return [coc for coc in db.session.scalars(query) if lead.id in scope.lead_ids or coc.id in scope.coc_ids]


def may_keep(principal: Principal, row: PracticeCase) -> bool:
    """A case of one CoC its own people write; one for the whole Lead whoever works for all of it."""
    if row.coc is not None:
        return principal.can(Permission.KEEP, coc=row.coc)
    return row.lead_id in principal.scope(Permission.KEEP).lead_ids


def _of_staff(principal: Principal) -> ColumnElement[bool]:
    scope = principal.scope(Permission.KEEP)
    whole = PracticeCase.coc_id.is_(None) & PracticeCase.lead_id.in_(leads_of((), scope.coc_ids))
    return or_(PracticeCase.lead_id.in_(scope.lead_ids), PracticeCase.coc_id.in_(scope.coc_ids), whole)


def cases(principal: Principal, asked: Asked) -> Select[Any]:
    query = select(PracticeCase).where(_of_staff(principal))
    if asked.state in set(CourseState):
        query = query.where(PracticeCase.state == CourseState(asked.state))
    if asked.hud_type.isdecimal() and len(asked.hud_type) < 3:
        query = query.where(PracticeCase.hud_type == int(asked.hud_type))
    return query.options(
        selectinload(PracticeCase.versions), joinedload(PracticeCase.coc), joinedload(PracticeCase.course)
    )


def visible_case(principal: Principal, case_id: int, *, to_keep: bool = False) -> PracticeCase:
    """Raises NotFound beyond one's reach; to keep, the row is locked and who only reads it is refused."""
    query = cases(principal, Asked()).where(PracticeCase.id == min(case_id, BIGGEST))
    if to_keep:
        query = query.with_for_update(of=PracticeCase).execution_options(populate_existing=True)
    row: PracticeCase = found(db.session.scalar(query))
    if to_keep and not may_keep(principal, row):
        raise Forbidden("This case is for all communities of the Lead.", "Ask whoever works for all of them.")
    return row


def courses_to_choose(lead: Lead) -> list[Course]:
    """What an accepted case can give."""
    usable = (Course.lead_id == lead.id, Course.kind == CourseKind.PRACTICE, Course.state != CourseState.RETIRED)
    return list(db.session.scalars(select(Course).where(*usable).order_by(Course.title, Course.id).limit(200)))


def given_counts(case_ids: Iterable[int]) -> dict[int, int]:
    query = select(PracticeAssignment.case_id, func.count()).where(PracticeAssignment.case_id.in_(list(case_ids)))
    return {one: count for one, count in db.session.execute(query.group_by(PracticeAssignment.case_id))}  # noqa: C416 - a row is no pair


@search_provider("Practice cases")
def find_practice(principal: Principal, text: str, limit: int) -> list[Hit]:
    """Cases by the beginning of their title, or of a word in it; who practices by their name. Staff and agencies."""
    hits: list[Hit] = []
    title, begins = func.lower(PracticeCase.title), like(text)
    if principal.can(Permission.KEEP):
        named = cases(principal, Asked()).where(or_(title.like(begins), title.like(f"% {begins}")))
        rows = db.session.scalars(named.order_by(PracticeCase.title, PracticeCase.id).limit(limit))
        hits += [
            Hit(row.title, f"/training/practice/cases/{row.id}", "Practice cases", type_words(row.hud_type))
            for row in rows
        ]
    if principal.can(Permission.SEE):
        on_way = tracks(principal, Asked(text=text)).order_by(PracticeTrack.id.desc()).limit(limit)
        hits += [
            Hit(row.person.name, f"/training/practice/{row.id}", "Practice cases", TRACK_STATES[row.state])
            for row in db.session.scalars(on_way)
        ]
    return hits[:limit]
