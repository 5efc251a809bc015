"""One course of each CoC with everything that hangs on it, and everybody in the middle of it who may take it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from itertools import count
from typing import Any

from core import clock
from core.authz import Principal, principal_for
from core.db import unit_of_work
from core.people.models import Agency, Person
from tests.training.courses.films import CAPTIONS, mp4
from training.courses import bank, recording, services, taking
from training.courses.bank import Written
from training.courses.models import Course, Signature
from training.courses.questions import Kind
from training.courses.recording import Elsewhere
from training.courses.rules import TestPlan
from training.courses.services import About, Content, Upload
from training.courses.vocabulary import CourseKind

_once = count(1)


def furnish(agency: Agency, mark: str, by: Person, colleague: Person, takers: Iterable[Person]) -> dict[str, Any]:
    """The numbers of things at this place; each of `takers` has begun the course."""
    now, office = clock.now(), principal_for(by, clock.now())
    with unit_of_work() as session:
        row = _offered(agency, mark, office)
        stuck = taking.begin(row, principal_for(colleague, now), now)
        for person in takers:
            taking.begin(row, principal_for(person, now), now)
        told = Elsewhere(date(2026, 11, 2), f"Seen by {mark}.", Upload(BytesIO(b"plain words"), f"{mark}.txt"))
        done = recording.record_elsewhere(row, colleague, told, office, now, f"made-course-{next(_once)}")
        version = stuck.version
        signature = Signature(
            sitting_id=stuck.id, lead_id=row.lead_id, agency_id=agency.id, course_id=row.id, version_id=version.id,
            person_id=colleague.id, at=now, address="127.0.0.1", name=f"Name of {mark}", intent="I sign.",
            text_sha256="0" * 64, clauses=[],
        )  # fmt: skip
        session.add(signature)
        session.flush()
        asked = bank.add(row, _question(mark), office, now, f"made-course-{next(_once)}")
        made = {"sitting": stuck, "completion": done, "signature": signature, "question": asked}
        return {"course": row.id, **{name: one.id for name, one in made.items()}}


def _question(mark: str) -> Written:
    return Written(Kind.NUMBER, f"How many hours, says {mark}?", "24")


def _offered(agency: Agency, mark: str, office: Principal) -> Course:
    now = clock.now()
    about = About(f"C-{next(_once)}", f"Course of {mark}", CourseKind.MATERIAL, coc=agency.coc)
    row = services.make(agency.coc.lead, about, office, now, f"made-course-{next(_once)}")
    bank.add(row, _question(mark), office, now, f"made-course-{next(_once)}")
    services.write(row, Content(f"Words of {mark}.", test=TestPlan(1, 50)), office, now)
    film = Upload(BytesIO(mp4(60)), f"{mark}.mp4")
    services.put_video(row, film, Upload(BytesIO(CAPTIONS), f"{mark}.vtt"), office, now)
    services.publish(row, "First.", now)
    services.draft(row, office, now)
    return row


def attempt_of(person: Person, course_id: int) -> int:
    """An open try of one's own, as if the video had been watched."""
    now = clock.now()
    with unit_of_work() as session:
        row = taking.begin(session.get_one(Course, course_id), principal_for(person, now), now)
        row.spans = [[0, row.version.video_ms]]
        return taking.begin_attempt(row, now).id
