"""What somebody completed elsewhere, recorded by the Lead's staff, with what shows it. Rules: SAC-TR-1, MO-LI-2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core import files
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import Person
from core.typed import must_say
from training.courses import completions, queries
from training.courses.completions import Earned
from training.courses.models import Completion, Course, OutsideProof
from training.courses.services import Upload
from training.courses.vocabulary import CourseState, How

OLDEST = date(2000, 1, 1)
NOON = time(12)


@dataclass(frozen=True)
class Elsewhere:
    """When it was completed, in the Lead's zone, and how the Lead knows."""

    done_on: date
    reason: str
    certificate: Upload | None = None


def record_elsewhere(
    course: Course, person: Person, told: Elsewhere, by: Principal, now: datetime, once: str
) -> Completion:
    """The completion, dated to the day it was done. The same form again is the same one. Raises Invalid, Conflict."""
    one_at_a_time(once)
    known = db.session.scalar(select(OutsideProof).where(OutsideProof.once == once))
    if known is not None:
        if (known.course_id, known.person_id) != (course.id, person.id):
            raise KeyUsed
        return _completion_of(known)
    return _record(course, person, told, by, now, once)


def _record(course: Course, person: Person, told: Elsewhere, by: Principal, now: datetime, once: str) -> Completion:
    if course.state is CourseState.DRAFT:
        raise Conflict("The course has no version yet.", "Publish one first, so that it is known what it says.")
    _must_be_past(told.done_on, course, now)
    must_say(told.reason, "For example: certificate of the vendor's course, seen by us.")
    proof = OutsideProof(
        lead_id=course.lead_id, agency_id=queries.agency_for(person.id, course, now), course_id=course.id,
        person_id=person.id, done_on=told.done_on, reason=told.reason, by_id=by.person_id, at=now, once=once,
        file=_kept(told.certificate),
    )  # fmt: skip
    db.session.add(proof)
    db.session.flush()
    at = min(now, datetime.combine(told.done_on, NOON, ZoneInfo(course.lead.tz)))
    earned = Earned(
        How.RECORDED, proof, agency_id=proof.agency_id, minutes=course.minutes, by_id=by.person_id, reason=told.reason
    )
    return completions.complete(person.id, course, earned, at)


def bring_along(course: Course, person: Person, told: Elsewhere, by: Principal, now: datetime, key: str) -> bool:
    """`record_elsewhere` from records that were kept before; `key` is the same for the same completion. Returns whether
    it was new. Whoever brings many in one unit of work sees to it that nobody else does: each would be a lock."""
    known = db.session.scalar(select(OutsideProof.id).where(OutsideProof.once == key))
    if known is None:
        _record(course, person, told, by, now, key)
    return known is None


def course_of_code(lead_id: int, code: str) -> Course | None:
    return db.session.scalar(select(Course).where(Course.lead_id == lead_id, Course.code == code))


def _must_be_past(done_on: date, course: Course, now: datetime) -> None:
    if done_on > now.astimezone(ZoneInfo(course.lead.tz)).date():
        raise Invalid("This day is still to come.", "Give the day on which it was completed.", field="done_on")
    if done_on < OLDEST:
        raise Invalid("This day is too long ago to be meant.", field="done_on")


def _kept(certificate: Upload | None) -> files.StoredFile | None:
    if certificate is None:
        return None
    kept = files.store(certificate.content, certificate.name)
    if kept.held_back:
        said = f"This file has what looks like a client's {kept.held_back}."
        raise Invalid(said, "Take it out, or record it without the file.", "certificate", "MO-HD-5")
    return kept


def _completion_of(proof: OutsideProof) -> Completion:
    its = (Completion.source_type == OutsideProof.__tablename__, Completion.source_id == proof.id)
    return db.session.scalars(select(Completion).where(*its)).one()
