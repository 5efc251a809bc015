"""Making a series, changing it, and offering it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from core import clock
from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.once import one_at_a_time
from core.people.models import CoC, Lead
from core.policy import Policy, policy_for
from core.policy.vocabulary import LadderName
from core.typed import refuse_client_data
from training.courses.models import Course, CourseState
from training.courses.vocabulary import CourseKind, Credit
from training.series import rules
from training.series.models import Purpose, Series, SeriesStep
from training.series.rules import StepKind

MOST_STEPS = 20
KINDS = {Credit.USER_AGREEMENT: CourseKind.AGREEMENT, Credit.PRACTICE_CASES: CourseKind.PRACTICE}


@dataclass(frozen=True)
class Draft:
    """What somebody writes. `steps` are courses with the positions each opens after, counted from 1."""

    title: str
    code: str
    steps: Sequence[tuple[Course, Sequence[int]]]
    summary: str = ""
    purpose: Purpose = Purpose.OTHER
    credits: Sequence[str] = ()
    coc: CoC | None = None


def make(lead: Lead, draft: Draft, by: Principal, once: str) -> Series:
    """The same form again is one series. Raises Invalid for steps that could never open."""
    one_at_a_time(once)
    known = db.session.scalar(select(Series).where(Series.once == once))
    if known is not None:
        return known
    _must_be_free(lead, draft.code)
    whole = Course(
        lead_id=lead.id, coc_id=draft.coc.id if draft.coc else None, code=f"series:{draft.code}", title=draft.title,
        kind=CourseKind.SERIES, state=CourseState.OFFERED, author_id=by.person_id, created_at=clock.now(),
        once=f"series:{once}"[:80],
    )  # fmt: skip
    row = Series(
        lead_id=lead.id, lead=lead, code=draft.code, course=whole, author_id=by.person_id,
        created_at=clock.now(), once=once,
    )  # fmt: skip
    _write(row, draft)
    db.session.add(row)
    db.session.flush()
    record("series.written", row, data={"title": row.title, "steps": len(row.steps)})
    return row


def change(row: Series, draft: Draft) -> None:
    """Those who began keep the steps they began with; the row must be locked."""
    if row.state is CourseState.RETIRED:
        raise Conflict("This series is no longer offered.", "Write a new one.")
    if draft.code != row.code:
        _must_be_free(row.lead, draft.code)
        row.code = draft.code
    db.session.execute(delete(SeriesStep).where(SeriesStep.series_id == row.id))
    db.session.expire(row, ["steps"])
    _write(row, draft)
    db.session.flush()
    if row.state is CourseState.OFFERED:
        _must_have_all(row)
    record("series.rewritten", row, data={"title": row.title, "steps": len(row.steps)})


def _must_be_free(lead: Lead, code: str) -> None:
    if db.session.scalar(select(Series.id).where(Series.lead_id == lead.id, Series.code == code)):
        raise Invalid("Another series has this short name.", "Choose another one.", field="code")


def _write(row: Series, draft: Draft) -> None:
    for name, words in (("title", draft.title), ("summary", draft.summary)):
        refuse_client_data(words, name)
    if not 1 <= len(draft.steps) <= MOST_STEPS:
        raise Invalid(f"Choose from 1 to {MOST_STEPS} courses.", field="steps")
    if len({course.id for course, _ in draft.steps}) < len(draft.steps):
        raise Invalid("A course stands in a series once.", "Take the second one out.", field="steps")
    if not rules.is_cycle_free({place: after for place, (_, after) in enumerate(draft.steps, start=1)}):
        raise Invalid("A step opens after steps that stand before it.", "Look at the numbers again.", field="steps")
    if any(course.lead_id != row.lead_id for course, _ in draft.steps):
        raise Invalid("Choose among your own courses.", field="steps")
    row.title, row.summary, row.purpose, row.coc = draft.title, draft.summary, draft.purpose, draft.coc
    row.course.title, row.course.credits = draft.title, sorted(draft.credits)
    row.course.coc_id = draft.coc.id if draft.coc else None
    row.steps = [
        SeriesStep(position=place, kind=_kind(course), key=_key(course), course=course, after=list(after))
        for place, (course, after) in enumerate(draft.steps, start=1)
    ]


def _kind(course: Course) -> StepKind:
    return StepKind.PRACTICE if course.kind is CourseKind.PRACTICE else StepKind.COURSE


def _key(course: Course) -> str:
    return course.credits[0] if course.credits else ""


def offer(row: Series) -> None:
    """Give it to whoever needs it from now on; the row must be locked.

    Raises Conflict, with the manual's rule, where it lacks what new users must have; a CoC has one for new users.
    """
    if row.state is not CourseState.DRAFT:
        raise Conflict("It is not a draft any more.")
    _must_have_all(row)
    for course in (step.course for step in row.steps):
        if course.state is not CourseState.OFFERED:
            raise Conflict(f"The course “{course.title}” is not offered yet.", "Publish it first.", field="steps")
    if row.purpose is Purpose.NEW_USER:
        _retire_others(row)
    row.state = CourseState.OFFERED
    record("series.offered", row, data={"title": row.title})


def _retire_others(row: Series) -> None:
    """Whoever is on the way in the one before goes on there."""
    same = (Series.lead_id == row.lead_id, Series.coc_id.is_not_distinct_from(row.coc_id), Series.id != row.id)
    query = select(Series).where(*same, Series.purpose == Purpose.NEW_USER, Series.state == CourseState.OFFERED)
    for other in db.session.scalars(query.with_for_update(of=Series)):
        retire(other)


def retire(row: Series) -> None:
    row.state = CourseState.RETIRED
    record("series.retired", row, data={"title": row.title})


def _must_have_all(row: Series) -> None:
    if lack := next(iter(lacks_of(row)), None):
        raise Conflict(lack.sentence, "Add the step, then offer it.", rule=lack.rule)


def lacks_of(row: Series) -> list[rules.Lack]:
    """What the manuals of the CoCs it is for ask of a series for new users, and it has not."""
    if row.purpose is not Purpose.NEW_USER:
        return []
    steps = [frozenset(step.course.credits) for step in row.steps]
    found = [lack for policy in policies_of(row) for lack in rules.lacks(steps, policy)]
    return list(dict.fromkeys(found))


def policies_of(row: Series) -> list[Policy]:
    """The packs in force for whom it is meant: its CoC's, or those of every CoC that has no series of its own."""
    own = select(Series.coc_id).where(
        Series.purpose == Purpose.NEW_USER, Series.state == CourseState.OFFERED, Series.coc_id.is_not(None)
    )
    cocs = select(CoC).where(CoC.lead_id == row.lead_id, CoC.id.not_in(own)).order_by(CoC.id)
    mine = [row.coc] if row.coc else db.session.scalars(cocs).all()
    packs = {coc.pack: policy_for(coc, clock.now().date()) for coc in mine}
    return list(packs.values())


def has_steps(coc: CoC) -> bool:
    """Whether the CoC's manual lists the steps of new users."""
    return policy_for(coc, clock.now().date()).has(LadderName.NEW_USER_SERIES)


def from_manual(lead: Lead, coc: CoC, by: Principal, once: str) -> Series:
    """The manual's own steps (MO-TR-2) as a draft, with a draft of each course that is not there yet.

    Raises Conflict where the manual has no such list.
    """
    policy = policy_for(coc, clock.now().date())
    if not policy.has(LadderName.NEW_USER_SERIES):
        raise Conflict("The manual lists no steps for new users.", "Write the series yourself.")
    ladder = policy.ladder(LadderName.NEW_USER_SERIES)
    steps = [
        (_course_for(lead, step.step, step.says, by), (place,) if place else ())
        for place, step in enumerate(ladder.steps)
    ]
    draft = Draft(
        f"New users: {coc.name}", f"new-users-{coc.code.lower()}", steps, ladder.says, Purpose.NEW_USER,
        (Credit.NEW_USER_SERIES, Credit.GENERAL), coc,
    )  # fmt: skip
    return make(lead, draft, by, once)


def _course_for(lead: Lead, code: str, says: str, by: Principal) -> Course:
    known = select(Course).where(
        Course.lead_id == lead.id, Course.credits.contains([code]), Course.kind != CourseKind.SERIES
    )
    found = db.session.scalar(known.where(Course.state != CourseState.RETIRED).order_by(Course.id).limit(1))
    if found is not None:
        return found
    words = code.replace("-", " ")
    row = Course(
        lead_id=lead.id, code=code, title=f"{words[0].upper()}{words[1:]}", summary=says,
        kind=KINDS.get(Credit(code), CourseKind.MATERIAL), credits=[code, *_also(code)], author_id=by.person_id,
        created_at=clock.now(), once=f"manual:{lead.id}:{code}",
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("course.written", row, data={"title": row.title})
    return row


def _also(code: str) -> list[str]:
    """What HUD asks before first access, by the step of the manual that teaches it (HUD-TR-1)."""
    taught = {
        Credit.SECURITY_AND_PRIVACY: [Credit.SECURITY, Credit.DATA_SECURITY, Credit.CONFIDENTIALITY_AND_PRIVACY],
        Credit.SOFTWARE_BASICS: [Credit.SOFTWARE],
    }
    return [str(credit) for credit in taught.get(Credit(code), [])]
