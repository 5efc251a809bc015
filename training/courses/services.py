"""Making a course, writing the draft of a version, publishing it, retiring. Rules: HUD-TR-1, HUD-TR-5, SON-TR-1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from flask import current_app
from sqlalchemy import select

from core import files
from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import CoC, Lead
from core.policy import Policy
from core.typed import must_say, refuse_client_data
from training.courses import captions, queries, rules, videos
from training.courses.models import Course, CourseVersion
from training.courses.rules import Act, TestPlan
from training.courses.vocabulary import CourseKind, CourseState, Credit, VersionState

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,29}")
LONGEST_BODY = 100_000
MOST_CLAUSES = 60
MOST_MINUTES = 24 * 60


@dataclass(frozen=True)
class About:
    """What a course is, whatever its versions say. `coc` None is for all of the Lead."""

    code: str
    title: str
    kind: CourseKind
    summary: str = ""
    credits: Sequence[str] = ()
    topics: Sequence[str] = ()
    minutes: int = 0
    coc: CoC | None = None


@dataclass(frozen=True)
class Content:
    """What a version says; `test` None is none."""

    body: str = ""
    clauses: Sequence[str] = ()
    tolerance: int = 2
    test: TestPlan | None = None


@dataclass(frozen=True)
class Upload:
    """A file that somebody sends, with its name."""

    content: IO[bytes]
    name: str


@dataclass(frozen=True)
class Standing:
    """What publishing asks of a draft, line by line."""

    lines: list[rules.Line] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        return all(line.is_met for line in self.lines)


# ------------------------------------------------------------------ the course


def make(lead: Lead, about: About, by: Principal, now: datetime, once: str) -> Course:
    """The same form again is the same course. Raises Invalid, Conflict for a code that is taken."""
    if about.kind is CourseKind.SERIES:
        raise Invalid("A series is made on its own page.", field="kind")
    one_at_a_time(once)
    known = db.session.scalar(select(Course).where(Course.once == once))
    if known is not None:
        if known.author_id != by.person_id or known.code != about.code:
            raise KeyUsed
        return known
    row = Course(lead_id=lead.id, lead=lead, kind=about.kind, author_id=by.person_id, created_at=now, once=once)
    _describe(row, about, now)
    db.session.add(row)
    db.session.flush()
    record("course.made", row, data={"code": row.code, "title": row.title, "kind": row.kind})
    return row


def change(row: Course, about: About, now: datetime) -> None:
    """What it counts for from now on; who completed it before keeps what they had. The row must be locked."""
    before = {"credits": row.credits, "topics": row.topics, "minutes": row.minutes, "title": row.title}
    _describe(row, about, now)
    if row.state is CourseState.OFFERED:
        _must_still_hold(row, now)
    record("course.changed", row, data={"before": before, "credits": row.credits, "minutes": row.minutes})


def _describe(row: Course, about: About, now: datetime) -> None:
    if not CODE.fullmatch(about.code):
        raise Invalid("Write the code with capitals, digits and dashes.", "Such as SEC-101.", field="code")
    for name in ("title", "summary"):
        refuse_client_data(getattr(about, name), name)
    if about.coc is not None and about.coc.lead_id != row.lead_id:
        raise Invalid("Choose one of your own communities.", field="place")
    if not 0 <= about.minutes <= MOST_MINUTES:
        raise Invalid(f"From 0 to {MOST_MINUTES:,} minutes.", field="minutes")
    _must_be_free(row, about.code)
    row.code, row.title, row.summary = about.code, about.title, about.summary
    row.coc_id, row.coc = (about.coc.id if about.coc else None), about.coc
    row.minutes = about.minutes
    row.credits = _known("credits", about.credits, [str(one) for one in Credit])
    row.topics = _known(
        "topics", about.topics, [*queries.topics_in(queries.policies_of(row, now)), *(row.topics or ())]
    )


def _known(name: str, given: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """Each once, in the order of the list."""
    if strange := [one for one in given if one not in allowed]:
        raise Invalid(f"“{strange[0][:60]}” is not on the list.", field=name)
    return [one for one in dict.fromkeys(allowed) if one in given]


def _must_be_free(row: Course, code: str) -> None:
    taken = select(Course.id).where(Course.lead_id == row.lead_id, Course.code == code)
    if row.id is not None:
        taken = taken.where(Course.id != row.id)
    with db.session.no_autoflush:
        if db.session.scalar(taken) is not None:
            raise Conflict(f"There is a course {code} already.", "Give this one another code.", field="code")


def _must_still_hold(row: Course, now: datetime) -> None:
    """What is offered goes on meeting what publishing asked of it."""
    version = queries.published(row.id)
    assert version is not None, "what is offered has a version"
    missing = [line for line in standing(row, version, now).lines if not line.is_met]
    if missing:
        raise Invalid(
            missing[0].sentence, "It is offered, so it cannot be without.", "minutes", missing[0].rule or None
        )


def _move(row: Course, act: Act) -> None:
    to = rules.TRANSITIONS.get((row.state, act))
    if to is None:
        raise Conflict(f"It is {queries.STATES[row.state].lower()}.", "Load the page again to see what happened.")
    row.state = to


def retire(row: Course, reason: str) -> None:
    """Nobody begins it any more; who has begun may finish, and completions stay. The row must be locked."""
    must_say(reason, "For example: replaced by SEC-201.")
    _move(row, Act.RETIRE)
    record("course.retired", row, data={"reason": reason})


def offer_again(row: Course, now: datetime) -> None:
    _move(row, Act.OFFER)
    _must_still_hold(row, now)
    record("course.offered", row)


# ------------------------------------------------------------------ the draft of a version


def draft(row: Course, by: Principal, now: datetime) -> CourseVersion:
    """The draft there is, or a new one that begins as what is published. The course must be locked."""
    known = queries.draft_of(row.id)
    if known is not None:
        return known
    last = queries.published(row.id)
    version = CourseVersion(
        course_id=row.id, course=row, number=last.number + 1 if last else 1, author_id=by.person_id, created_at=now,
        body=last.body if last else "", clauses=last.clauses if last else [], test=last.test if last else {},
        video=last.video if last else None, captions=last.captions if last else None,
        video_ms=last.video_ms if last else 0, tolerance=last.tolerance if last else 2,
    )  # fmt: skip
    db.session.add(version)
    db.session.flush()
    return version


def write(row: Course, content: Content, by: Principal, now: datetime) -> CourseVersion:
    """The draft says this now; what is published stays as it is. The course must be locked."""
    _must_be_writable(row)
    refuse_client_data(content.body, "body")
    for clause in content.clauses:
        refuse_client_data(clause, "clauses")
    if row.kind is not CourseKind.AGREEMENT and content.clauses:
        raise Invalid("Only an agreement has clauses.", field="clauses")
    if len(content.clauses) > MOST_CLAUSES or len(set(content.clauses)) < len(content.clauses):
        raise Invalid(f"At most {MOST_CLAUSES} clauses, each once.", field="clauses")
    version = draft(row, by, now)
    version.body, version.clauses, version.tolerance = content.body, list(content.clauses), content.tolerance
    version.test = content.test.as_json() if content.test else {}
    version.author_id, version.created_at = by.person_id, now
    record("course.written", row, data={"version": version.number})
    return version


def put_video(row: Course, video: Upload | None, words: Upload | None, by: Principal, now: datetime) -> CourseVersion:
    """A video, its captions, or both, into the draft. Raises Invalid for what is neither. The course must be locked."""
    _must_be_writable(row)
    if video is None and words is None:
        raise Invalid("Choose a video, its captions, or both.", field="video")
    version = draft(row, by, now)
    if video is not None:
        known = _read_video(video)
        kept = files.store(video.content, video.name, limit=current_app.config["HEARTHDESK"].video_limit)
        _refuse_held_back(kept, "video")
        if version.video is None or version.video.sha256 != kept.sha256:
            version.captions = None
        version.video, version.video_ms = kept, known.milliseconds
    if words is not None:
        version.captions = _captions(version, words)
    record("course.filmed", row, data={"version": version.number, "milliseconds": version.video_ms})
    return version


def _read_video(video: Upload) -> videos.Video:
    try:
        found = videos.read(video.content)
    except ValueError as error:
        raise Invalid(str(error), field="video") from error
    video.content.seek(0)
    return found


def _captions(version: CourseVersion, words: Upload) -> files.StoredFile:
    if version.video is None:
        raise Invalid("Give the video first, then its captions.", field="video")
    content = words.content.read(captions.LARGEST + 1)
    try:
        cues = captions.read(content)
    except ValueError as error:
        raise Invalid(str(error), field="captions") from error
    if max(end for _, end, _ in cues) > version.video_ms + 1000:
        raise Invalid("The captions go on after the video ends.", "Choose those of this video.", field="captions")
    for _, _, said in cues:
        refuse_client_data(said, "captions")
    kept = files.store(content, words.name)
    _refuse_held_back(kept, "captions")
    return kept


def _refuse_held_back(kept: files.StoredFile, name: str) -> None:
    if kept.held_back:
        raise Invalid(f"This has what looks like a client's {kept.held_back}.", "Leave it out.", name, "MO-HD-5")


def drop_video(row: Course) -> None:
    """The draft goes without. The course must be locked."""
    version = _must_have_draft(row)
    version.video, version.captions, version.video_ms = None, None, 0
    record("course.written", row, data={"version": version.number, "video": "taken out"})


def discard(row: Course) -> None:
    """The draft is gone; what is published stays. The course must be locked."""
    version = _must_have_draft(row)
    record("course.draft-discarded", row, data={"version": version.number})
    db.session.delete(version)


def _must_have_draft(row: Course) -> CourseVersion:
    version = queries.draft_of(row.id)
    if version is None:
        raise Conflict("There is no draft any more.", "Load the page again to see what happened.")
    return version


def _must_be_writable(row: Course) -> None:
    if row.state is CourseState.RETIRED:
        raise Conflict("The course is retired.", "Offer it again first.")


# ------------------------------------------------------------------ publishing


def standing(row: Course, version: CourseVersion, now: datetime) -> Standing:
    """What publishing asks of the version, and whether it is there."""
    told = rules.Draft(
        kind=row.kind,
        credits=row.credits,
        minutes=row.minutes,
        body=version.body,
        has_video=version.video_id is not None,
        has_captions=version.captions_id is not None,
        plan=TestPlan.of(version.test),
        clauses=version.clauses,
        bank=[question.tag for question in queries.bank(row.id)] if version.test else (),
    )
    return Standing(rules.before_publishing(told, queries.policies_of(row, now)))


def publish(row: Course, changes: str, now: datetime) -> CourseVersion:
    """From now on the draft is what people begin. Raises Invalid for what it lacks. The course must be locked."""
    version = _must_have_draft(row)
    if not changes:
        raise Invalid("Say what changed, in a few words.", "For example: first version.", field="changes")
    refuse_client_data(changes, "changes")
    db.session.flush()
    missing = [line for line in standing(row, version, now).lines if not line.is_met]
    if missing:
        raise Invalid(missing[0].sentence, f"Missing: {missing[0].label.lower()}.", rule=missing[0].rule or None)
    _move(row, Act.PUBLISH)
    version.state, version.published_at, version.changes = VersionState.PUBLISHED, now, changes
    record("course.published", row, data={"version": version.number, "changes": changes, "text": _hash(version)})
    return version


def _hash(version: CourseVersion) -> str:
    return rules.text_hash(version.body, version.clauses)


# ------------------------------------------------------------------ helpers of pages and API


def must_keep(row: Course, by: Principal) -> None:
    """Raises Forbidden for who sees the course and does not keep it."""
    if not queries.may_keep(by, row):
        raise Forbidden(
            "This course is for the whole office; you keep those of your community." if row.coc_id is None
            else "You do not keep this course.",
            "Ask a trainer or an administrator of the HMIS Lead.",
        )  # fmt: skip


def plan_from(typed: Mapping[str, Any]) -> TestPlan:
    """Raises Invalid at the field that is wrong: `draw`, `pass_percent`, `attempts`, `feedback`, `per_tag`."""
    try:
        per_tag = rules.per_tag_of(typed.get("per_tag") or "")
    except ValueError as error:
        raise Invalid(str(error), field="per_tag") from error
    bounds = {"draw": (1, rules.MOST_DRAWN), "pass_percent": (1, 100), "attempts": (0, rules.MOST_ATTEMPTS)}
    for name, (least, most) in bounds.items():
        if not least <= int(-1 if typed.get(name) is None else typed[name]) <= most:
            raise Invalid(f"From {least} to {most}.", field=name)
    if sum(per_tag.values()) > typed["draw"]:
        raise Invalid("The tags ask for more questions than the test draws.", field="per_tag")
    return TestPlan(typed["draw"], typed["pass_percent"], typed["attempts"], rules.Feedback(typed["feedback"]), per_tag)


def quiz_asked_by(row: Course, policies: Sequence[Policy]) -> Policy | None:
    """The pack that wants a quiz before this agreement is signed (HUD-TR-5)."""
    return next((policy for policy in policies if rules.asks_for_quiz(row.kind, row.credits, policy)), None)
