"""Taking a course: beginning, watching, confirming, trying the test, signing. Rules: MO-TR-2, HUD-TR-5, SAC-TR-1.

Whoever began a version finishes that version, whatever is published meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom
from typing import Any

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.events import publish
from core.once import KeyUsed, one_at_a_time
from core.people.models import Person
from core.policy.vocabulary import SwitchName
from core.typed import must_say
from training.courses import completions, queries, questions, rules, spans
from training.courses.completions import Earned
from training.courses.models import AttemptGrant, Completion, Course, Signature, Sitting, TestAnswer, TestAttempt
from training.courses.questions import Given
from training.courses.rules import TestPlan
from training.courses.services import quiz_asked_by
from training.courses.vocabulary import CourseKind, CourseState, How
from training.events import AgreementSigned

RNG = SystemRandom()


# ------------------------------------------------------------------ beginning


def begin(course: Course, by: Principal, now: datetime) -> Sitting:
    """The sitting that is open, or a new one of what is offered now. Raises Conflict where it is not taken here."""
    one_at_a_time(f"sitting:{course.id}:{by.person_id}")
    known = queries.open_sitting(course.id, by.person_id)
    if known is not None:
        return known
    version = queries.published(course.id)
    if course.state is not CourseState.OFFERED or version is None:
        raise Conflict("This course is not offered any more.", "Ask your trainer what to take instead.")
    if course.kind not in rules.TAKEN_HERE:
        raise Conflict("This course is not taken on its own.", "Your trainer tells you when and where.")
    agency_id = queries.agency_for(by.person_id, course, now)
    row = Sitting(
        lead_id=course.lead_id, course_id=course.id, course=course, version_id=version.id, version=version,
        person_id=by.person_id, agency_id=agency_id, begun_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("course.begun", row, data={"course": course.code, "version": version.number})
    return row


def begin_anew(row: Sitting, by: Principal, now: datetime) -> Sitting:
    """Leave the version one began for the one that is offered now. Raises Conflict where there is none, or an open try.

    The sitting must be locked.
    """
    newer = queries.published(row.course_id)
    if newer is None or newer.id == row.version_id:
        raise Conflict("There is no newer version.", "Go on where you are.")
    if _open_attempt(row) is not None:
        raise Conflict("You are in the middle of the test.", "Finish it first; it counts.")
    row.ended_at = now
    db.session.flush()
    return begin(row.course, by, now)


# ------------------------------------------------------------------ watching and reading


def watch(row: Sitting, reported: Any, position: Any, now: datetime) -> None:
    """What a player says was watched since its last report; the first one only starts the clock.

    Raises Invalid for what no player sends. The sitting must be locked.
    """
    duration = row.version.video_ms
    if not duration:
        raise Conflict("There is no video to watch.")
    try:
        given = spans.read(reported, duration)
    except ValueError as error:
        raise Invalid(str(error)) from error
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position <= duration + 1000:
        raise Invalid("The position is a time within the video, in milliseconds.")
    if row.reported_at is not None:
        kept = spans.believed(given, now - row.reported_at)
        row.spans = [list(span) for span in spans.union([*row.spans, *kept])]
    row.position, row.reported_at = min(position, duration), now


def has_watched(row: Sitting) -> bool:
    version = row.version
    return not version.video_ms or spans.is_watched(row.spans, version.video_ms, version.tolerance)


def _must_have_watched(row: Sitting) -> None:
    if not has_watched(row):
        seen = spans.percent(row.spans, row.version.video_ms)
        raise Conflict(
            f"You have watched {seen} % of the video; {100 - row.version.tolerance} % are needed.",
            "Watch what is left; skipping ahead does not count.",
            rule="MO-TR-2",
        )


def confirm_read(row: Sitting, now: datetime) -> Completion | None:
    """The person says that they read it. That completes a course without a test or clauses. The row must be locked."""
    _must_be_open(row)
    _must_have_watched(row)
    row.read_at = row.read_at or now
    if row.version.test or row.course.kind is CourseKind.AGREEMENT:
        return None
    return _complete(row, Earned(How.READ, row, row.version, row.agency_id, row.course.minutes), now)


def _must_be_open(row: Sitting) -> None:
    if row.ended_at is not None:
        raise Conflict("You have finished this course.", "Begin it again to take it once more.")


def _complete(row: Sitting, earned: Earned, now: datetime) -> Completion:
    row.ended_at = now
    db.session.flush()
    return completions.complete(row.person_id, row.course, earned, now)


# ------------------------------------------------------------------ the test


def _open_attempt(row: Sitting) -> TestAttempt | None:
    mine = (TestAttempt.sitting_id == row.id, TestAttempt.ended_at.is_(None))
    return db.session.scalar(select(TestAttempt).where(*mine))


def plan_of(row: Sitting) -> TestPlan:
    plan = TestPlan.of(row.version.test)
    if plan is None:
        raise Conflict("This course has no test.")
    return plan


@dataclass(frozen=True)
class Tries:
    """How a person stands with the test of their sitting. `left` None is no limit."""

    used: int
    left: int | None
    open: TestAttempt | None
    is_passed: bool


def tries(row: Sitting) -> Tries:
    attempts = list(db.session.scalars(select(TestAttempt).where(TestAttempt.sitting_id == row.id)))
    granted = len(list(db.session.scalars(select(AttemptGrant.id).where(AttemptGrant.sitting_id == row.id))))
    now_open = next((one for one in attempts if one.ended_at is None), None)
    left = rules.tries_left(plan_of(row), len(attempts), granted)
    return Tries(len(attempts), left, now_open, any(one.is_passed for one in attempts))


def begin_attempt(row: Sitting, now: datetime, rng: Random = RNG) -> TestAttempt:
    """The try that is open, or a new one with questions drawn for it. The sitting must be locked.

    Raises Conflict for who has not watched the video, has passed, or has no try left, with who can give another.
    """
    _must_be_open(row)
    plan, standing = plan_of(row), tries(row)
    if standing.open is not None:
        return standing.open
    if standing.is_passed:
        raise Conflict("You have passed this test.", "There is nothing more to answer.")
    _must_have_watched(row)
    if standing.left == 0:
        raise Conflict(f"You have used {_counted(standing.used)}.", who_gives_another(row.course, now))
    attempt = TestAttempt(
        sitting_id=row.id, lead_id=row.lead_id, course_id=row.course_id, person_id=row.person_id,
        number=standing.used + 1, begun_at=now, drawn=_draw(row.course, plan, rng), answers={},
    )  # fmt: skip
    db.session.add(attempt)
    db.session.flush()
    record("course.test-begun", attempt, data={"course": row.course.code, "try": attempt.number})
    return attempt


def _counted(used: int) -> str:
    return "your one try" if used == 1 else f"all {used} tries"


def who_gives_another(course: Course, now: datetime) -> str:
    names = [f"{person.name} ({person.email})" for person in queries.who_can_help(course, now)[:3]]
    return f"Another try can be given by {' or '.join(names) or 'the HMIS Lead'}."


def _draw(course: Course, plan: TestPlan, rng: Random) -> list[dict[str, Any]]:
    bank = {question.id: question for question in queries.bank(course.id)}
    if lacking := plan.lacks([question.tag for question in bank.values()]):
        raise Conflict(f"The test cannot be given now. {lacking}", "Your trainer has to add questions.")
    chosen = rules.drawn(plan, [(number, question.tag) for number, question in bank.items()], rng)
    return [{"question": number, "order": questions.shown_order(bank[number].asked, rng)} for number in chosen]


def lock_sitting(sitting_id: int) -> None:
    """Always before its attempt, so that two requests never wait for each other."""
    db.session.execute(select(Sitting.id).where(Sitting.id == sitting_id).with_for_update())


def keep(attempt: TestAttempt, given: Given, now: datetime) -> None:
    """What is answered so far is there when the person comes back. The attempt must be locked."""
    _must_not_be_scored(attempt)
    attempt.answers, attempt.kept_at = _answers(attempt, given), now


def _must_not_be_scored(attempt: TestAttempt) -> None:
    if attempt.ended_at is not None:
        raise Conflict("This try is over.", "What you answered was scored.")


def _answers(attempt: TestAttempt, given: Given) -> dict[str, Any]:
    """By the question's place. Raises Invalid at the question whose answer cannot be one."""
    answers: dict[str, Any] = {}
    for place, row in enumerate(queries.questions_of(attempt)):
        try:
            answers[str(place)] = questions.answer_of(row.asked, f"q{place}", given)
        except ValueError as error:
            raise Invalid(f"Question {place + 1}: {error}", field=f"q{place}") from error
    return answers


def submit(attempt: TestAttempt, given: Given, now: datetime) -> TestAttempt:
    """Score what was answered, once; a pass completes the course, or opens an agreement for its signature.

    Raises Invalid for a question left open. The sitting, then the attempt, must be locked.
    """
    if attempt.ended_at is not None:
        return attempt
    answers = _answers(attempt, given)
    asked = queries.questions_of(attempt)
    for place, row in enumerate(asked):
        if not questions.is_answered(row.asked, answers[str(place)]):
            raise Invalid(f"Question {place + 1} has no answer yet.", "Answer each one.", field=f"q{place}")
    attempt.answers, attempt.ended_at = answers, now
    marks = [
        questions.is_right(row.asked, attempt.drawn[place]["order"], answers[str(place)])
        for place, row in enumerate(asked)
    ]
    attempt.right = sum(marks)
    _keep_marks(attempt, [row.id for row in asked], marks, now)
    _judge(attempt, len(asked), now)
    return attempt


def _keep_marks(attempt: TestAttempt, numbers: Sequence[int], marks: Sequence[bool], now: datetime) -> None:
    """One row for each question, for the figures."""
    sitting = attempt.sitting
    db.session.add_all(
        TestAnswer(
            attempt_id=attempt.id, question_id=number, lead_id=sitting.lead_id, agency_id=sitting.agency_id,
            course_id=sitting.course_id, version_id=sitting.version_id, is_right=is_right, at=now,
        )
        for number, is_right in dict(zip(numbers, marks, strict=True)).items()
    )  # fmt: skip


def _judge(attempt: TestAttempt, total: int, now: datetime) -> None:
    row, right = attempt.sitting, attempt.right or 0
    attempt.score = rules.score(right, total)
    attempt.is_passed = rules.is_pass(right, total, plan_of(row).pass_percent)
    db.session.flush()
    told = {"course": row.course.code, "score": attempt.score, "passed": attempt.is_passed}
    record("course.test-scored", attempt, data=told)
    if attempt.is_passed and row.course.kind is not CourseKind.AGREEMENT:
        earned = Earned(How.TEST, attempt, row.version, row.agency_id, row.course.minutes, attempt.score)
        _complete(row, earned, now)


def give_another(row: Sitting, reason: str, by: Principal, now: datetime, once: str) -> AttemptGrant:
    """One more try. The same form again gives one. The sitting must be locked."""
    one_at_a_time(once)
    known = db.session.scalar(select(AttemptGrant).where(AttemptGrant.once == once))
    if known is not None:
        if known.sitting_id != row.id:
            raise KeyUsed
        return known
    must_say(reason, "For example: we went through it together on the phone.")
    _must_be_open(row)
    if tries(row).left != 0:
        raise Conflict("They have a try left.", "Give another one when it is used.")
    grant = AttemptGrant(sitting_id=row.id, by_id=by.person_id, at=now, reason=reason, once=once)
    db.session.add(grant)
    db.session.flush()
    record("course.try-given", row, data={"course": row.course.code, "reason": reason})
    return grant


# ------------------------------------------------------------------ signing


@dataclass(frozen=True)
class Signing:
    """What somebody sends to sign: the clauses they ticked, the name they typed, from where."""

    ticked: Sequence[str]
    name: str
    address: str


def quiz_missing(row: Sitting, now: datetime) -> str:
    """Why a quiz stands before the signature; empty when none does (HUD-TR-5)."""
    pack = quiz_asked_by(row.course, queries.policies_of(row.course, now))
    if row.version.test:
        return "" if tries(row).is_passed else "Pass the quiz on the policies first, then sign."
    return "Your community asks for a quiz before this is signed, and this version has none yet." if pack else ""


def sign(row: Sitting, signing: Signing, now: datetime) -> Signature:
    """Each clause ticked, then signed (MO-TR-2). Signing twice is once. The sitting must be locked."""
    known = db.session.scalar(select(Signature).where(Signature.sitting_id == row.id))
    if known is not None:
        return known
    _must_be_open(row)
    version = row.version
    if row.course.kind is not CourseKind.AGREEMENT:
        raise Conflict("This course is not signed.")
    _must_have_watched(row)
    if why := quiz_missing(row, now):
        raise Conflict(why, "" if version.test else who_adds_quiz(row.course, now), rule="HUD-TR-5")
    wanted = {str(place) for place in range(len(version.clauses))}
    if left := sorted(wanted - set(signing.ticked), key=int):
        number = int(left[0]) + 1
        raise Invalid(f"Tick clause {number}.", "Each one is ticked before you sign.", "clauses", "MO-TR-2")
    person = db.session.get_one(Person, row.person_id)
    if not rules.is_name(signing.name, person.name):
        raise Invalid(f"Type your name as it is written here: {person.name}.", field="name")
    return _signed(row, signing, person, now)


def who_adds_quiz(course: Course, now: datetime) -> str:
    names = [f"{person.name} ({person.email})" for person in queries.who_can_help(course, now)[:3]]
    return f"It is added by {' or '.join(names) or 'the HMIS Lead'}."


def _signed(row: Sitting, signing: Signing, person: Person, now: datetime) -> Signature:
    version = row.version
    signature = Signature(
        sitting_id=row.id, lead_id=row.lead_id, agency_id=row.agency_id, course_id=row.course_id, course=row.course,
        version_id=version.id, version=version, person_id=row.person_id, person=person, at=now,
        address=signing.address[:80], name=person.name, intent=rules.INTENT,
        text_sha256=rules.text_hash(version.body, version.clauses), clauses=list(version.clauses),
    )  # fmt: skip
    db.session.add(signature)
    db.session.flush()
    record("course.signed", signature, data={"course": row.course.code, "text": signature.text_sha256})
    passed = max((one.score or 0 for one in row.attempts if one.is_passed), default=None)
    _complete(row, Earned(How.SIGNED, signature, version, row.agency_id, row.course.minutes, passed), now)
    publish(
        AgreementSigned(
            signature_id=signature.id, lead_id=row.lead_id, agency_id=row.agency_id, person_id=row.person_id,
            course_id=row.course_id, credits=tuple(row.course.credits), title=row.course.title, body=version.body,
            clauses=tuple(version.clauses), text_sha256=signature.text_sha256, name=signature.name,
            address=signature.address, intent=signature.intent, at=now,
        )
    )  # fmt: skip
    return signature


def explanation_of_quiz(row: Course, now: datetime) -> Mapping[str, str]:
    """The manual that wants the quiz; empty where none does."""
    pack = quiz_asked_by(row, queries.policies_of(row, now))
    return rules.cited(pack, pack.switch(SwitchName.RENEWAL_QUIZ)) if pack else {}
