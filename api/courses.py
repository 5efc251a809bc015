from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, NoClient, Paging, ReasonGiven, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from core.paging import page_of
from core.people.models import CoC, Lead
from core.policy import policy_for
from training.courses import bank, completions, queries, recording, rules, services, takers
from training.courses.bank import Written
from training.courses.models import Completion, Course, CourseQuestion, CourseVersion
from training.courses.permissions import Permission as P
from training.courses.questions import Kind
from training.courses.recording import Elsewhere
from training.courses.rules import Feedback, TestPlan
from training.courses.services import About, Content
from training.courses.vocabulary import CourseKind, CourseState, Credit, How

TAG = "Courses"
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=PLAIN)]
Body = Annotated[str, StringConstraints(max_length=services.LONGEST_BODY, pattern=PLAIN)]
Code80 = Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)]


class CourseOut(Model):
    """`coc_id` null: it is for all of the Lead. `credits` and `topics` are codes of the policy packs."""

    id: int
    lead_id: int
    coc_id: int | None
    code: str
    title: str
    kind: CourseKind
    summary: str
    credits: list[str]
    topics: list[str]
    minutes: int
    state: CourseState


class TestOut(Model):
    """`attempts` 0 is as many as wanted."""

    draw: int
    pass_percent: int
    attempts: int
    feedback: Feedback
    per_tag: dict[str, int]


class VersionOut(Model):
    """`published_at` null: a draft. `text_sha256` is of its exact text, as it is signed."""

    number: int
    published_at: datetime | None
    changes: str
    body: str
    clauses: list[str]
    has_video: bool
    video_ms: int
    has_captions: bool
    test: TestOut | None
    text_sha256: str


class CourseDetail(CourseOut):
    """`version` is what people take now; `draft` is there for the Lead's staff."""

    version: VersionOut | None
    draft: VersionOut | None


class CourseList(Paging):
    items: list[CourseOut]


class CourseQuery(Listing):
    kind: CourseKind | None = None
    credit: Credit | None = None
    topic: Code80 | None = None
    state: CourseState | None = None
    q: Annotated[str, StringConstraints(max_length=200)] | None = None


class CourseGiven(Given):
    code: Short
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
    kind: CourseKind = CourseKind.MATERIAL
    summary: Words = ""
    credits: Annotated[list[Credit], Field(max_length=20)] = []
    topics: Annotated[list[Code80], Field(max_length=50)] = []
    minutes: Annotated[int, Field(ge=0, le=services.MOST_MINUTES)] = 0
    lead_id: Id | None = None
    coc_id: Id | None = None


class TestGiven(Given):
    draw: Annotated[int, Field(ge=1, le=rules.MOST_DRAWN)]
    pass_percent: Annotated[int, Field(ge=1, le=100)]
    attempts: Annotated[int, Field(ge=0, le=rules.MOST_ATTEMPTS)] = 0
    feedback: Feedback = Feedback.ANSWERS_AT_END
    per_tag: dict[Code80, Annotated[int, Field(ge=1, le=rules.MOST_DRAWN)]] = {}


class DraftGiven(Given):
    """The whole text of the draft; its video is put in on the page."""

    body: Body = ""
    clauses: Annotated[list[Words], Field(max_length=services.MOST_CLAUSES)] = []
    tolerance: Annotated[int, Field(ge=0, le=rules.MOST_TOLERANCE)] = 2
    test: TestGiven | None = None


class ChangesGiven(Given):
    changes: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000, pattern=PLAIN)]


class QuestionOut(Model):
    """`lines` are the answers as they are written on the page."""

    id: int
    kind: Kind
    text: str
    lines: str
    tag: str
    feedback: str


class QuestionList(Model):
    items: list[QuestionOut]


class QuestionGiven(Given):
    kind: Kind
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000, pattern=PLAIN)]
    lines: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000, pattern=PLAIN)]
    tag: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=PLAIN)] = ""
    feedback: Words = ""


class CompletionOut(Model):
    """`version` null: it was not of one version. `score` is a percentage where there was a test."""

    id: int
    course_id: int
    person_id: int
    agency_id: int | None
    at: datetime
    how: How
    minutes: int
    score: int | None
    version: int | None
    credits: list[str]
    reason: str
    revoked_at: datetime | None
    revoked_reason: str


class CompletionList(Paging):
    items: list[CompletionOut]


class CompletionGiven(Given):
    person_id: Id
    done_on: date
    reason: Annotated[Words, NoClient]


class CoveredOut(Model):
    code: str
    words: str
    course_ids: list[int]


class PlanOut(Model):
    """What nothing covers has no courses and comes first."""

    coc_id: int
    pack: str
    topics: list[CoveredOut]
    before_access: list[CoveredOut]


class PlanQuery(Listing):
    coc_id: Id | None = None


def _version(row: CourseVersion | None) -> dict[str, Any] | None:
    if row is None:
        return None
    plan = TestPlan.of(row.test)
    return {
        **{name: getattr(row, name) for name in ("number", "published_at", "changes", "body", "clauses", "video_ms")},
        "has_video": row.video_id is not None,
        "has_captions": row.captions_id is not None,
        "test": plan.as_json() if plan else None,
        "text_sha256": rules.text_hash(row.body, row.clauses),
    }


def _detail(row: Course) -> dict[str, Any]:
    is_staff = queries.is_staff_of(current_principal(), row)
    plain = {name: getattr(row, name) for name in CourseOut.model_fields}
    draft = queries.draft_of(row.id) if is_staff else None
    return {**plain, "version": _version(queries.published(row.id)), "draft": _version(draft)}


def _kept(course_id: int, *, lock: bool = False) -> Course:
    row = queries.course_of(current_principal(), course_id, lock=lock)
    services.must_keep(row, current_principal())
    return row


def _staff(course_id: int) -> Course:
    row = queries.course_of(current_principal(), course_id)
    if not queries.is_staff_of(current_principal(), row):
        raise Forbidden("This is for the HMIS Lead's staff.")
    return row


def _place(given: CourseGiven) -> tuple[Lead, CoC | None]:
    """Where it counts; who keeps courses in one place only need not say which."""
    places = queries.keeps_for(current_principal())
    wanted = [
        (lead, coc)
        for lead, coc in places
        if (coc.id if coc else None) == given.coc_id and given.lead_id in (None, lead.id)
    ]
    if not wanted and given.coc_id is None and len(places) == 1:
        return places[0]
    if not wanted:
        raise Invalid("This is no place of yours to keep courses for.", field="coc_id" if given.coc_id else "lead_id")
    return wanted[0]


def _about(given: CourseGiven, coc: CoC | None) -> About:
    return About(
        given.code.upper(), given.title, given.kind, given.summary, given.credits, given.topics, given.minutes, coc
    )


@bp.get("/courses")
@requires(P.OFFERED)
@bp.input(CourseQuery, location="query")
@bp.output(CourseList)
@bp.doc(tags=[TAG], summary="The catalogue, by title", security="bearer", responses=failures(422))
def list_courses(query_data: CourseQuery) -> Any:
    asked = {name: str(value) for name, value in query_data.model_dump().items() if value}
    wanted = queries.courses(current_principal(), asked)
    page = page_of(wanted, [Course.title, Course.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/courses/<int:course_id>")
@requires(P.OFFERED)
@bp.output(CourseDetail)
@bp.doc(tags=[TAG], summary="One with what it says", security="bearer", responses=failures(404))
def show_course(course_id: int) -> Any:
    return _detail(queries.course_of(current_principal(), course_id))


@bp.post("/courses")
@requires(P.KEEP)
@bp.input(CourseGiven, arg_name="given")
@bp.output(CourseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Make one", security="bearer", responses=failures(400, 409, 413, 422))
def make_course(given: CourseGiven) -> Any:
    lead, coc = _place(given)
    key = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = services.make(lead, _about(given, coc), current_principal(), clock.now(), key)
    return _detail(row)


@bp.put("/courses/<int:course_id>")
@requires(P.KEEP)
@bp.input(CourseGiven, arg_name="given")
@bp.output(CourseDetail)
@bp.doc(tags=[TAG], summary="Say anew what it is", security="bearer", responses=failures(400, 404, 409, 413, 422))
def change_course(course_id: int, given: CourseGiven) -> Any:
    """Its kind stays; what somebody completed keeps what it counted for."""
    with unit_of_work():
        row = _kept(course_id, lock=True)
        services.change(row, _about(given, _place(given)[1]), clock.now())
    return _detail(row)


@bp.put("/courses/<int:course_id>/draft")
@requires(P.KEEP)
@bp.input(DraftGiven, arg_name="given")
@bp.output(CourseDetail)
@bp.doc(tags=[TAG], summary="Write the draft", security="bearer", responses=failures(400, 404, 409, 413, 422))
def write_draft(course_id: int, given: DraftGiven) -> Any:
    plan = TestPlan(**given.test.model_dump()) if given.test else None
    if plan and sum(plan.per_tag.values()) > plan.draw:
        raise Invalid("The tags ask for more questions than the test draws.", field="test.per_tag")
    content = Content(given.body, [one for one in given.clauses if one], given.tolerance, plan)
    with unit_of_work():
        row = _kept(course_id, lock=True)
        services.write(row, content, current_principal(), clock.now())
    return _detail(row)


@bp.post("/courses/<int:course_id>/publish")
@requires(P.KEEP)
@bp.input(ChangesGiven, arg_name="given")
@bp.output(CourseDetail)
@bp.doc(tags=[TAG], summary="Publish the draft", security="bearer", responses=failures(400, 404, 409, 413, 422))
def publish_course(course_id: int, given: ChangesGiven) -> Any:
    with unit_of_work():
        row = _kept(course_id, lock=True)
        services.publish(row, given.changes, clock.now())
    return _detail(row)


@bp.post("/courses/<int:course_id>/retire")
@requires(P.KEEP)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(CourseDetail)
@bp.doc(tags=[TAG], summary="Retire it", security="bearer", responses=failures(400, 404, 409, 413, 422))
def retire_course(course_id: int, given: ReasonGiven) -> Any:
    with unit_of_work():
        row = _kept(course_id, lock=True)
        services.retire(row, given.reason)
    return _detail(row)


@bp.post("/courses/<int:course_id>/offer")
@requires(P.KEEP)
@bp.output(CourseDetail)
@bp.doc(tags=[TAG], summary="Offer a retired one again", security="bearer", responses=failures(404, 409, 422))
def offer_course(course_id: int) -> Any:
    with unit_of_work():
        row = _kept(course_id, lock=True)
        services.offer_again(row, clock.now())
    return _detail(row)


@bp.get("/courses/<int:course_id>/questions")
@requires(P.VIEW)
@bp.output(QuestionList)
@bp.doc(tags=[TAG], summary="Its question bank, answers included", security="bearer", responses=failures(404))
def list_questions(course_id: int) -> Any:
    return {"items": [_question(row) for row in queries.bank(_staff(course_id).id)]}


def _question(row: CourseQuestion) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("id", "kind", "text", "tag", "feedback")}
    return {**plain, "lines": row.asked.lines}


@bp.post("/courses/<int:course_id>/questions")
@requires(P.KEEP)
@bp.input(QuestionGiven, arg_name="given")
@bp.output(QuestionOut, status_code=201)
@bp.doc(tags=[TAG], summary="Add a question", security="bearer", responses=failures(400, 404, 409, 413, 422))
def add_question(course_id: int, given: QuestionGiven) -> Any:
    key = idempotency_key() or secrets.token_urlsafe(16)
    written = Written(**given.model_dump())
    with unit_of_work():
        row = bank.add(_kept(course_id, lock=True), written, current_principal(), clock.now(), key)
    return _question(row)


def _completion(row: Completion) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in CompletionOut.model_fields if name not in ("version", "credits")}
    return {
        **plain,
        "version": row.version.number if row.version else None,
        "credits": [one.credit for one in row.earned],
    }


@bp.get("/courses/<int:course_id>/completions")
@requires(P.VIEW)
@bp.input(Listing, location="query")
@bp.output(CompletionList)
@bp.doc(tags=[TAG], summary="Who completed it, newest first", security="bearer", responses=failures(404, 422))
def list_completions(course_id: int, query_data: Listing) -> Any:
    wanted = takers.completions(current_principal(), _staff(course_id))
    order = [Completion.at, Completion.id]
    page = page_of(wanted, order, descending=True, after=query_data.after or "", before="")
    return {"items": [_completion(row) for row in page.rows], "next": page.next}


@bp.post("/courses/<int:course_id>/completions")
@requires(P.KEEP)
@bp.input(CompletionGiven, arg_name="given")
@bp.output(CompletionOut, status_code=201)
@bp.doc(tags=[TAG], summary="Record one from elsewhere", security="bearer", responses=failures(400, 404, 409, 413, 422))
def record_completion(course_id: int, given: CompletionGiven) -> Any:
    row, now = _kept(course_id), clock.now()
    person = takers.person_for(current_principal(), row, given.person_id, now)
    if person is None:
        raise Invalid("Choose somebody of your agencies or your office.", field="person_id")
    key = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        told = Elsewhere(given.done_on, given.reason)
        kept = recording.record_elsewhere(row, person, told, current_principal(), now, key)
    return _completion(kept)


@bp.get("/completions/<int:completion_id>")
@requires(P.VIEW)
@bp.output(CompletionOut)
@bp.doc(tags=[TAG], summary="One completion", security="bearer", responses=failures(404))
def show_completion(completion_id: int) -> Any:
    return _completion(takers.completion_of(current_principal(), completion_id))


@bp.post("/completions/<int:completion_id>/revoke")
@requires(P.KEEP)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(CompletionOut)
@bp.doc(
    tags=[TAG], summary="Revoke one given by mistake", security="bearer", responses=failures(400, 404, 409, 413, 422)
)
def revoke_completion(completion_id: int, given: ReasonGiven) -> Any:
    row = takers.completion_of(current_principal(), completion_id)
    services.must_keep(row.course, current_principal())
    with unit_of_work():
        completions.revoke(row, current_principal().person_id, given.reason, clock.now())
    return _completion(takers.completion_of(current_principal(), completion_id))


@bp.get("/training-plan")
@requires(P.VIEW)
@bp.input(PlanQuery, location="query")
@bp.output(PlanOut)
@bp.doc(tags=[TAG], summary="Topics and the courses that cover them", security="bearer", responses=failures(404, 422))
def training_plan(query_data: PlanQuery) -> Any:
    """Of the first community, or of the one that is asked for (HUD-TR-1)."""
    places = queries.places_to_plan(current_principal())
    coc = found(next((one for one in places if query_data.coc_id in (None, one.id)), None))
    policy, offered = policy_for(coc, clock.now().date()), queries.offered_in(coc)
    plan, before = rules.plan_of_topics(policy, offered), rules.before_access(policy, offered)
    return {"coc_id": coc.id, "pack": policy.pack, "topics": _covered(plan), "before_access": _covered(before)}


def _covered(found_ones: list[rules.Covered]) -> list[dict[str, Any]]:
    return [{"code": one.code, "words": one.words, "course_ids": [c.number for c in one.courses]} for one in found_ones]
