"""Who takes a series: enrolling, starting, each step, and how it ends.

Rules: VT-TR-2, VT-TR-3, VT-TR-5, VT-TR-10, MO-TR-1, MO-TR-3, MO-TR-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import Base, db
from core.errors import Conflict
from core.events import publish, subscribe
from core.once import one_at_a_time
from core.people.models import Agency, Person
from core.policy import Policy, catalog, policy_for
from core.policy.vocabulary import LimitName
from core.typed import must_say, refuse_client_data
from training.courses.completions import Earned, complete, revoke
from training.courses.models import Completion
from training.courses.vocabulary import How
from training.events import (
    AccessRefused,
    CompletionRevoked,
    CourseCompleted,
    PracticeCasePassed,
    PracticeReturned,
    PracticeSubmitted,
    ProvisionalAccess,
    RepeatOrdered,
    SeriesBegun,
    SeriesCompleted,
    SeriesLapsed,
    SeriesWithdrawn,
)
from training.holders import administrator_of
from training.practice import services as practice
from training.series import mails, queries, rules, windows
from training.series.models import Enrollment, EnrollmentStep, Series
from training.series.rules import TRANSITIONS, Act, EnrollmentState, Step, StepKind, StepState

OPEN = (EnrollmentState.ASSIGNED, EnrollmentState.RUNNING)
NOT_NEEDED = "This license enters no data, so no practice case is needed."


@dataclass(frozen=True)
class Wish:
    """Why somebody is to take a series: for which kinds of project, on what ground, and who says so."""

    hud_types: Sequence[int] = ()
    is_returning: bool = False
    ground: Base | None = None
    reason: str = ""


def policy_of(row: Enrollment) -> Policy:
    """What it began under stays."""
    return catalog.version(row.pack, row.pack_version)


def enroll(series: Series, person: Person, agency: Agency, wish: Wish, at: datetime) -> Enrollment:
    """The person is to take the series; who is on the way in it already goes on there, for the new ground too."""
    refuse_client_data(wish.reason, "reason")
    one_at_a_time(f"enroll:{series.id}:{person.id}:{agency.id}")
    row = _open_one(series, person, agency)
    if row is None:
        row = _write(series, person, agency, wish, at)
        record("series.assigned", row, data={"series": series.code, "person": person.id, "reason": wish.reason})
        mails.assigned(row, at)
    elif wish.ground is not None:
        row.ground_type, row.ground_id = _named(wish.ground)
        row.hud_types = sorted({*row.hud_types, *wish.hud_types})
    return row


def _open_one(series: Series, person: Person, agency: Agency) -> Enrollment | None:
    same = (Enrollment.series_id == series.id, Enrollment.person_id == person.id, Enrollment.agency_id == agency.id)
    return db.session.scalar(select(Enrollment).where(*same, Enrollment.state.in_(OPEN)).with_for_update(of=Enrollment))


def _named(ground: Base | None) -> tuple[str, int | None]:
    return (ground.__tablename__, getattr(ground, "id")) if ground is not None else ("", None)  # noqa: B009 - as in core


def _write(
    series: Series, person: Person, agency: Agency, wish: Wish, at: datetime, before: Enrollment | None = None
) -> Enrollment:
    policy = policy_for(agency.coc, at.astimezone(agency.zone).date())
    kind, number = _named(wish.ground)
    row = Enrollment(
        lead_id=agency.lead_id, coc_id=agency.coc_id, coc=agency.coc, agency_id=agency.id, agency=agency,
        person_id=person.id, person=person, series_id=series.id, series=series, trainer_id=administrator_of(agency.id),
        hud_types=sorted(set(wish.hud_types)), is_returning=wish.is_returning, assigned_at=at, ground_type=kind,
        ground_id=number, number=before.number + 1 if before else 1, previous_id=before.id if before else None,
        reason=wish.reason, pack=policy.pack, pack_version=policy.version,
        steps=[
            EnrollmentStep(
                position=step.position, kind=step.kind, key=step.key, course_id=step.course_id, course=step.course,
                title=step.course.title, after=list(step.after), hud_types=[],
            )
            for step in series.steps
        ],
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def start(row: Enrollment, at: datetime) -> None:
    """The person begins: from here on the manual's days count (VT-TR-2). A second time it has begun already."""
    if row.state is EnrollmentState.RUNNING:
        return
    _move(row, Act.START)
    row.started_at = at
    for step in row.steps:
        if step.kind is StepKind.PRACTICE and not row.hud_types:
            step.state, step.met_at = StepState.MET, at
    db.session.flush()
    record("series.started", row, data={"series": row.series.code})
    windows.open_all(row, policy_of(row), at)
    publish(SeriesBegun(row.id, row.person_id, row.agency_id, at))
    _give_cases(row, at)


def _move(row: Enrollment, act: Act) -> None:
    following = TRANSITIONS.get((row.state, act))
    if following is None:
        raise Conflict(f"This is over ({row.state}).", "Load the page again to see how it ended.")
    row.state = following


def waive(row: Enrollment, by: Principal, reason: str, at: datetime) -> None:
    """The Lead excuses a returning user, with a reason (VT-TR-5). Raises Conflict where the manual knows no waiver."""
    must_say(reason, "How well they know the HMIS, and what has changed in it since.")
    if refused := rules.may_waive(policy_of(row), is_returning=row.is_returning):
        raise Conflict(refused, "Let them take it.", field="reason", rule="VT-TR-5")
    _close(row, Act.WAIVE, at, reason, by)
    said = f"need not take {row.series.title}: {reason}"
    mails.tell(row, at, "waived", f"{row.person.name} {said}", own=f"You {said}")
    publish(SeriesCompleted(row.id, row.person_id, row.agency_id, True, at))


def withdraw(row: Enrollment, by: Principal | None, reason: str, at: datetime) -> None:
    """It is no longer needed."""
    must_say(reason, "For example that the request was withdrawn.")
    _close(row, Act.WITHDRAW, at, reason, by)
    publish(SeriesWithdrawn(row.id, row.person_id, row.agency_id, reason, at))


def withdraw_for(ground: Base, reason: str, at: datetime) -> None:
    """What is still open for this ground is no longer needed."""
    kind, number = _named(ground)
    query = select(Enrollment).where(Enrollment.ground_type == kind, Enrollment.ground_id == number)
    for row in db.session.scalars(query.where(Enrollment.state.in_(OPEN)).with_for_update(of=Enrollment)):
        withdraw(row, None, reason, at)


def refuse(row: Enrollment, reason: str, at: datetime) -> None:
    """The practice cases ended in a refusal (VT-TR-4, MO-TR-6)."""
    _close(row, Act.REFUSE, at, reason, None)


def lapse(row: Enrollment, at: datetime) -> Enrollment:
    """The window closed before everything was done: the series is taken again, from its first step (VT-TR-3)."""
    _close(row, Act.LAPSE, at, "Not everything was complete when the window closed.", None)
    again = _again(row, "The series before ran out of time.", at)
    over = f"The time for {row.series.title} is over before everything was complete:"
    mails.tell(row, at, "lapsed", f"{over} {row.person.name} takes it again.", own=f"{over} you take it again.")
    publish(SeriesLapsed(row.id, row.person_id, row.agency_id, at))
    return again


def _again(row: Enrollment, reason: str, at: datetime) -> Enrollment:
    """Another way through the same series, for the same ground."""
    again = _write(
        row.series, row.person, row.agency, Wish(row.hud_types, row.is_returning, None, reason), at, before=row
    )
    again.ground_type, again.ground_id, again.trainer_id = row.ground_type, row.ground_id, row.trainer_id
    record("series.assigned", again, data={"series": row.series.code, "person": row.person_id, "again": row.id})
    return again


def _close(row: Enrollment, act: Act, at: datetime, reason: str, by: Principal | None) -> None:
    _move(row, act)
    row.closed_at, row.closed_reason, row.closed_by_id = at, reason, by.person_id if by else None
    windows.close_all(row, at, reason)
    db.session.flush()
    record(f"series.{row.state}", row, data={"reason": reason})


def order_again(
    series: Series, person: Person, agency: Agency, reason: str, at: datetime, hud_types: Sequence[int] = ()
) -> Enrollment:
    """The Lead tells somebody to take it (again), for what their data shows (VT-TR-10, VT-TR-4)."""
    must_say(reason, "For example what the data quality report shows.")
    if _open_one(series, person, agency) is not None:
        raise Conflict(f"{person.name} is on the way in this series already.", "Follow that one.")
    return enroll(series, person, agency, Wish(hud_types, reason=reason), at)


def hand_to(row: Enrollment, trainer: Person | None) -> None:
    row.trainer_id = trainer.id if trainer else None
    db.session.flush()
    record("series.handed", row, data={"trainer": row.trainer_id})


# ------------------------------------------------------------------ steps


def steps_of(row: Enrollment) -> list[Step]:
    return [Step(step.position, step.state, tuple(step.after)) for step in row.steps]


def _waiting(person_id: int, lead_id: int, at: datetime) -> list[Enrollment]:
    """The person's open ways under this Lead, each locked; those assigned after `at` began later."""
    query = select(Enrollment).where(Enrollment.person_id == person_id, Enrollment.lead_id == lead_id)
    open_ones = query.where(Enrollment.state.in_(OPEN), Enrollment.assigned_at <= at).order_by(Enrollment.id)
    return list(db.session.scalars(open_ones.with_for_update(of=Enrollment)))


@subscribe(CourseCompleted)
def _course_completed(event: CourseCompleted) -> None:
    """Meets the step of that course wherever the person is on the way. What they did before they were enrolled is
    not taken over: whoever takes a series takes all of it (MO-TR-10)."""
    for row in _waiting(event.person_id, event.lead_id, event.at):
        step = next((s for s in row.steps if s.course_id == event.course_id and s.kind is StepKind.COURSE), None)
        if step is not None and step.state is not StepState.MET:
            start(row, event.at)
            _meet(step, event.completion_id, event.at)
            _go_on(row, event.at)


def _meet(step: EnrollmentStep, completion_id: int | None, at: datetime) -> None:
    step.state, step.met_at, step.completion_id = StepState.MET, at, completion_id
    db.session.flush()
    record("series.step-met", step.enrollment, data={"step": step.position, "title": step.title})


def _go_on(row: Enrollment, at: datetime) -> None:
    steps = steps_of(row)
    if rules.did_own_part(steps):
        windows.own_part_done(row, at)
    if rules.is_whole(steps):
        _complete(row, at)
    else:
        _give_cases(row, at)


def _complete(row: Enrollment, at: datetime) -> None:
    _close(row, Act.COMPLETE, at, "Every step is complete.", None)
    complete(row.person_id, row.series.course, Earned(How.SERIES, row, agency_id=row.agency_id), at)
    done = f"completed {row.series.title}."
    mails.tell(row, at, "complete", f"{row.person.name} has {done}", own=f"You have {done}")
    publish(SeriesCompleted(row.id, row.person_id, row.agency_id, False, at))


@subscribe(CompletionRevoked)
def _completion_revoked(event: CompletionRevoked) -> None:
    """What met a step is gone: it is to be done again, and a series that was complete by it is not."""
    query = select(EnrollmentStep).where(EnrollmentStep.completion_id == event.completion_id)
    for step in db.session.scalars(query.order_by(EnrollmentStep.id)):
        row = db.session.get_one(Enrollment, step.enrollment_id, with_for_update=True, populate_existing=True)
        step.state, step.met_at, step.completion_id = StepState.TO_DO, None, None
        db.session.flush()
        if row.state is EnrollmentState.COMPLETE and _open_one(row.series, row.person, row.agency) is None:
            _reopen(row, event.at)


def _reopen(row: Enrollment, at: datetime) -> None:
    _move(row, Act.REOPEN)
    row.closed_at, row.closed_reason = None, ""
    db.session.flush()
    record("series.reopened", row, data={"series": row.series.code})
    windows.open_all(row, policy_of(row), at, f"A step of {row.series.title} no longer counts for {row.person.name}")
    earned = select(Completion).where(
        Completion.source_type == row.__tablename__, Completion.source_id == row.id, Completion.revoked_at.is_(None)
    )
    for completion in db.session.scalars(earned):
        revoke(completion, completion.by_id or row.person_id, "A step of the series no longer counts.", at)
    mails.tell(
        row, at, f"reopened:{at.isoformat()}", f"A step of {row.series.title} no longer counts for {row.person.name}."
    )


# ------------------------------------------------------------------ practice cases


@subscribe(PracticeCasePassed)
def _case_passed(event: PracticeCasePassed) -> None:
    """The step is met when each kind of project has as many accepted cases as the manual asks (MO-TR-3)."""
    for row in _waiting(event.person_id, event.lead_id, event.at):
        step = next((s for s in row.steps if s.kind is StepKind.PRACTICE and s.state is not StepState.MET), None)
        if step is None or event.enrollment_id not in (None, row.id):
            continue
        start(row, event.at)
        step.hud_types = [*step.hud_types, event.hud_type]
        if rules.practised_enough(row.hud_types, step.hud_types, cases_wanted(policy_of(row))):
            _meet(step, None, event.at)
        else:
            step.state = StepState.TO_DO
        windows.go_on(row, at=event.at)
        _go_on(row, event.at)


def _give_cases(row: Enrollment, at: datetime) -> None:
    """Once the step is open: a case for each kind of project that still wants one (MO-TR-3). Nobody gets one while
    they are denied access."""
    step = next((s for s in row.steps if s.kind is StepKind.PRACTICE and s.state is StepState.TO_DO), None)
    if step is None or step.position not in rules.open_positions(steps_of(row)):
        return
    if practice.denied_until(row.person_id, row.lead_id, at) is None:
        wanted = cases_wanted(policy_of(row))
        for hud_type in sorted({one for one in row.hud_types if step.hud_types.count(one) < wanted}):
            practice.assign(row.person, row.agency, hud_type, row.id, at=at)


def cases_wanted(policy: Policy) -> int:
    """How many practice cases for each kind of project; one where the manual gives no number."""
    return policy.limit(LimitName.PRACTICE_CASES).number if policy.has(LimitName.PRACTICE_CASES) else 1


@subscribe(PracticeSubmitted)
def _in_review(event: PracticeSubmitted) -> None:
    """The person has handed in what is reviewed now; where the pack says so the clocks rest meanwhile."""
    at = event.at
    row, step = _practice_step(event.enrollment_id)
    if step is not None and step.state is StepState.TO_DO:
        step.state = StepState.REVIEW
        db.session.flush()
        if rules.did_own_part(steps_of(row)):
            windows.own_part_done(row, at)
        windows.rest(row, policy_of(row), at)


@subscribe(PracticeReturned)
def _back_to_person(event: PracticeReturned) -> None:
    """Something is to be corrected or the next part is out: it is the person's turn again."""
    at = event.at
    row, step = _practice_step(event.enrollment_id)
    if step is not None and step.state is StepState.REVIEW:
        step.state = StepState.TO_DO
        db.session.flush()
        windows.go_on(row, at=at)


def _practice_step(enrollment_id: int) -> tuple[Enrollment, EnrollmentStep | None]:
    row = db.session.get_one(Enrollment, enrollment_id, with_for_update=True, populate_existing=True)
    step = next((s for s in row.steps if s.kind is StepKind.PRACTICE), None)
    return row, step if row.state is EnrollmentState.RUNNING else None


@subscribe(AccessRefused)
def _access_refused(event: AccessRefused) -> None:
    if event.enrollment_id is None:
        return
    row = db.session.get_one(Enrollment, event.enrollment_id, with_for_update=True, populate_existing=True)
    if row.is_open:
        refuse(row, event.reason, event.at)


@subscribe(ProvisionalAccess)
def _provisional(event: ProvisionalAccess) -> None:
    """The committee lets them have access for a time: what else the series asks is asked still (MO-TR-7)."""
    for row in _waiting(event.person_id, event.lead_id, event.at):
        step = next((s for s in row.steps if s.kind is StepKind.PRACTICE and s.state is not StepState.MET), None)
        if step is not None and event.enrollment_id in (None, row.id):
            _meet(step, None, event.at)
            windows.go_on(row, at=event.at)
            _go_on(row, event.at)


@subscribe(RepeatOrdered)
def _repeat_ordered(event: RepeatOrdered) -> None:
    """From its first step, for what the practice cases show (VT-TR-4, MO-TR-6)."""
    if event.enrollment_id is None:
        person, agency = db.session.get_one(Person, event.person_id), db.session.get_one(Agency, event.agency_id)
        if (series := queries.series_for(agency.coc)) is not None:
            enroll(series, person, agency, Wish(reason=event.reason), event.at)
        return
    row = db.session.get_one(Enrollment, event.enrollment_id, with_for_update=True, populate_existing=True)
    if row.is_open:
        _close(row, Act.WITHDRAW, event.at, event.reason, None)
        _again(row, event.reason, event.at)
    else:
        enroll(row.series, row.person, row.agency, Wish(row.hud_types, row.is_returning, reason=event.reason), event.at)
