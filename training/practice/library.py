"""Writing practice cases: the household, each part's sheet, the answer key, and giving them out. A published version
never changes; the next one begins as its copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from core.audit import record
from core.db import db
from core.errors import Conflict, Invalid
from core.once import one_at_a_time
from core.people.models import CoC, Lead, Person
from core.policy import policy_for
from training.courses.models import Course, CourseState, CourseVersion, VersionState
from training.courses.vocabulary import CourseKind, Credit
from training.practice import content as rules_of
from training.practice import rules
from training.practice.content import MOST_LINES, MOST_MEMBERS, Content, Line, Part
from training.practice.elements import catalog, project_types
from training.practice.models import PracticeCase, PracticeVersion

USUAL = "practice-cases"
"""The code of the course that passing a case gives where nobody chose another."""


@dataclass(frozen=True)
class Draft:
    """A new case: without a `coc` for all of the Lead's communities, without a `course` for the Lead's usual one."""

    title: str
    hud_type: int
    coc: CoC | None = None
    course: Course | None = None


def make(lead: Lead, draft: Draft, by: Person, at: datetime, once: str) -> PracticeCase:
    """The same form again is one case. Its parts are those of the community's manual (MO-TR-4)."""
    one_at_a_time(once)
    known = db.session.scalar(select(PracticeCase).where(PracticeCase.once == once))
    if known is not None:
        return known
    if draft.hud_type not in project_types():
        raise Invalid("Choose one of HUD's project types.", field="hud_type")
    content = Content(parts=tuple(Part(step, rules_of.part_title(step)) for step in _steps(lead, draft.coc, at)))
    return _write(lead, draft, content, by, at, once)


def _steps(lead: Lead, coc: CoC | None, at: datetime) -> Sequence[str]:
    place = coc or db.session.scalar(select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.id).limit(1))
    return rules.steps_of(policy_for(place, at.date())) if place else (rules.HOMEWORK,)


def _write(lead: Lead, draft: Draft, content: Content, by: Person, at: datetime, once: str) -> PracticeCase:
    course = draft.course or _usual_course(lead, by, at)
    row = PracticeCase(
        lead_id=lead.id, lead=lead, coc_id=draft.coc.id if draft.coc else None, coc=draft.coc, course_id=course.id,
        course=course, title=draft.title, hud_type=draft.hud_type, author_id=by.id, created_at=at, once=once,
        versions=[PracticeVersion(number=1, stored=content.as_json(), author_id=by.id, created_at=at)],
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("practice-case.written", row, data={"title": row.title, "hud_type": row.hud_type})
    return row


def _usual_course(lead: Lead, by: Person, at: datetime) -> Course:
    """What passing a practice case gives, where nobody chose otherwise."""
    one_at_a_time(f"{USUAL}:{lead.id}")
    known = db.session.scalar(select(Course).where(Course.lead_id == lead.id, Course.code == USUAL))
    if known is not None:
        return known
    row = Course(
        lead_id=lead.id, code=USUAL, title="Practice cases", kind=CourseKind.PRACTICE, state=CourseState.OFFERED,
        credits=[Credit.PRACTICE_CASES.value], author_id=by.id, created_at=at, once=f"{USUAL}:{lead.id}",
        versions=[
            CourseVersion(
                number=1, state=VersionState.PUBLISHED, body="Entering an invented household into the training site.",
                author_id=by.id, created_at=at, published_at=at,
            )
        ],
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("course.written", row, data={"title": row.title})
    return row


def copy(row: PracticeCase, by: Person, at: datetime, once: str) -> PracticeCase:
    """Another case with the same parts and key, to be made another household's."""
    one_at_a_time(once)
    known = db.session.scalar(select(PracticeCase).where(PracticeCase.once == once))
    if known is not None:
        return known
    draft = Draft(f"{row.title} (copy)"[:200], row.hud_type, row.coc, row.course)
    return _write(row.lead, draft, row.newest.content, by, at, once)


def rename(row: PracticeCase, title: str) -> None:
    row.title = title
    db.session.flush()
    record("practice-case.renamed", row, data={"title": title})


# ------------------------------------------------------------------ changing a draft


def _draft(row: PracticeCase) -> PracticeVersion:
    if row.newest.state is not VersionState.DRAFT:
        raise Conflict("This version is published and stays as it is.", "Begin a new version to change it.")
    return row.newest


def _keep(row: PracticeCase, content: Content) -> None:
    _draft(row).stored = content.as_json()
    db.session.flush()


def add_member(row: PracticeCase, first: str, last: str, born: str, ssn: str, relationship: str) -> None:
    """Somebody of the household, seen to be invented. Raises Invalid with the field that gives no such person."""
    content = _draft(row).content
    if len(content.members) >= MOST_MEMBERS:
        raise Invalid(f"A household has at most {MOST_MEMBERS} members here.", field="first")
    member = rules_of.new_member(content.members, first, last, born, ssn, relationship)
    field, fault = rules_of.member_fault(member)
    if fault:
        raise Invalid(fault, field=field)
    _keep(row, replace(content, members=(*content.members, member)))


def drop_member(row: PracticeCase, ref: str) -> None:
    """With everything that the key says of them."""
    content = _draft(row).content
    parts = tuple(replace(part, lines=tuple(line for line in part.lines if line.ref != ref)) for part in content.parts)
    _keep(row, Content(tuple(member for member in content.members if member.ref != ref), parts))


def tell(row: PracticeCase, position: int, story: str) -> None:
    """What a part's sheet says besides its lines."""
    _change_part(row, position, lambda part: replace(part, story=story))


def add_line(row: PracticeCase, position: int, line: Line) -> None:
    content = _draft(row).content
    part = _part(content, position)
    if len(part.lines) >= MOST_LINES:
        raise Invalid(f"A part has at most {MOST_LINES} lines.", field="expected")
    element = catalog().get(line.code)
    kept = replace(line, expected=tuple(element.kept(value) for value in line.expected)) if element else line
    field, fault = rules_of.line_fault(line, part, content)
    if fault:
        raise Invalid(fault, field=field)
    _change_part(row, position, lambda old: replace(old, lines=(*old.lines, kept)))


def drop_line(row: PracticeCase, position: int, place: str) -> None:
    _change_part(
        row, position, lambda part: replace(part, lines=tuple(line for line in part.lines if line.place != place))
    )


def _part(content: Content, position: int) -> Part:
    if not 1 <= position <= len(content.parts):
        raise Invalid("There is no such part.", field="code")
    return content.parts[position - 1]


def _change_part(row: PracticeCase, position: int, change: Callable[[Part], Part]) -> None:
    content = _draft(row).content
    part = change(_part(content, position))
    parts = tuple(part if place == position else old for place, old in enumerate(content.parts, start=1))
    _keep(row, replace(content, parts=parts))


# ------------------------------------------------------------------ giving it out


def publish(row: PracticeCase, at: datetime) -> None:
    """From now on this version is given to people, and never changes."""
    version = _draft(row)
    if faults := rules_of.faults(version.content):
        raise Conflict("It is not complete yet. " + " ".join(faults), "Complete it, then publish it.")
    version.state, version.published_at = VersionState.PUBLISHED, at
    row.state = CourseState.OFFERED
    db.session.flush()
    record("practice-case.published", row, data={"version": version.number})


def revise(row: PracticeCase, by: Person, at: datetime) -> None:
    """A new draft that begins as the published one; who has that one keeps it."""
    if row.newest.state is VersionState.DRAFT:
        return
    version = PracticeVersion(number=row.newest.number + 1, stored=row.newest.stored, author_id=by.id, created_at=at)
    row.versions.append(version)
    db.session.flush()
    record("practice-case.revised", row, data={"version": version.number})


def retire(row: PracticeCase) -> None:
    """Nobody new gets it."""
    if row.state is CourseState.RETIRED:
        return
    row.state = CourseState.RETIRED
    db.session.flush()
    record("practice-case.retired", row, data={"title": row.title})


def offer_again(row: PracticeCase) -> None:
    if row.published is None:
        raise Conflict("No version of it is published yet.", "Publish it first.")
    row.state = CourseState.OFFERED
    db.session.flush()
    record("practice-case.offered", row, data={"title": row.title})
