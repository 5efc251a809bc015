"""What there is of training at a place, for the table of routes: courses, series, and who is on the way."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.people.models import Agency, Lead, Person
from training.courses.completions import Earned, complete
from training.courses.models import Course, CourseState
from training.courses.vocabulary import CourseKind, How
from training.practice import library, tracks
from training.practice import services as practice
from training.practice.content import Content, Line, Member, Part
from training.practice.models import PracticeRemark
from training.practice.rules import TrackState
from training.recertification import opening
from training.recertification.models import Obligation
from training.recertification.rules import Owes
from training.series import services
from training.series.models import Series, SeriesStep
from training.series.services import Wish
from training.transcripts.models import Certificate

_once, _done = count(1), count(1)
CODE = "AAAA-BBBB-CCCC-DDDD"


def series_of(lead_id: int, author_id: int, mark: str) -> int:
    """A draft for the whole Lead, of one course."""
    common: dict[str, Any] = {"lead_id": lead_id, "author_id": author_id, "created_at": clock.now()}
    with unit_of_work() as session:
        course = Course(**common, code=f"c-{mark}", title=f"Course {mark}", kind=CourseKind.MATERIAL, once=f"c-{mark}")
        whole = Course(
            **common, code=f"series:{mark}", title=f"Series {mark}", kind=CourseKind.SERIES, once=f"s-{mark}"
        )
        row = Series(**common, code=mark.lower(), title=f"Series {mark}", course=whole, once=f"s-{mark}")
        row.steps = [SeriesStep(position=1, course=course, after=[])]
        session.add(row)
        session.flush()
        return row.id


def completion_of(person: Person, agency: Agency) -> int:
    """Somebody of the agency completed a course of their Lead; the first has a certificate."""
    number = next(_done)
    with unit_of_work() as session:
        course = Course(
            lead_id=agency.lead_id, author_id=person.id, created_at=clock.now(), code=f"done-{number}",
            title="A course that is done", kind=CourseKind.MATERIAL, once=f"done-{number}",
        )  # fmt: skip
        session.add(course)
        session.flush()
        row = complete(person.id, course, Earned(How.READ, course, agency_id=agency.id), clock.now())
        if session.scalar(select(Certificate.id).where(Certificate.code == CODE)) is None:
            issued = {"issued_at": clock.now(), "issued_by_id": person.id, "lead_id": row.lead_id}
            session.add(Certificate(code=CODE, completion_id=row.id, **issued))
        return row.id


def enrollment_of(person: Person, agency: Agency) -> int:
    """Somebody of the agency is to take a series of their CoC."""
    number = next(_once)
    common: dict[str, Any] = {"lead_id": agency.lead_id, "author_id": person.id, "created_at": clock.now()}
    with unit_of_work() as session:
        course = Course(
            **common, coc_id=agency.coc_id, code=f"way-{number}", title="A course on the way", kind=CourseKind.MATERIAL,
            state=CourseState.OFFERED, once=f"way-{number}",
        )  # fmt: skip
        whole = Course(
            **common, coc_id=agency.coc_id, code=f"series:way-{number}", title="Way", kind=CourseKind.SERIES,
            once=f"whole-{number}",
        )  # fmt: skip
        row = Series(
            **common,
            coc_id=agency.coc_id,
            code=f"way-{number}",
            title="A way of the whole CoC",
            course=whole,
            once=f"way-{number}",
        )
        row.steps = [SeriesStep(position=1, course=course, after=[])]
        session.add(row)
        session.flush()
        return services.enroll(row, db.session.get_one(Person, person.id), agency, Wish(), clock.now()).id


def owed_by(person: Person, agency: Agency) -> dict[str, int]:
    """A campaign of the agency's CoC, in which the person owes the security training."""
    now, coc = clock.now(), agency.coc
    asked = next(one for of, one in opening.plans(coc.lead, now) if of is not None and of.id == coc.id)
    with unit_of_work() as session:
        row = opening.running(coc.lead_id, coc.id, asked)
        if row is None:
            row = opening.draft(coc.lead, coc, asked, opening.Choice(), now)
            row.created_at, row.opened_at, row.once = now, now, f"made-{next(_once)}"
            session.add(row)
            session.flush()
        owed = Obligation(
            campaign_id=row.id, lead_id=coc.lead_id, coc_id=coc.id, agency_id=agency.id, person_id=person.id,
            credit="security", number=1, times=1, done=0, since=now, from_at=now, due_at=now + timedelta(days=365),
            state=Owes.OWED, opened_at=now,
        )  # fmt: skip
        session.add(owed)
        session.flush()
        return {"campaign": row.id, "obligation": owed.id}


def practicing_of(person: Person, agency: Agency, mark: str) -> dict[str, int]:
    """Somebody who handed in the first part of a case of their CoC, and a colleague who is before the committee."""
    now, number = clock.now(), next(_once)
    with unit_of_work() as session:
        by = session.get_one(Person, person.id)
        draft = library.Draft(f"Case {number} of {mark}", 1, agency.coc)
        row = library.make(agency.coc.lead, draft, by, now, f"case-{number}")
        key = (Line("A", "Enrollment.LivingSituation", ("116",), f"In her car, says {mark}"),)
        head = Member("A", "Juniper", "Sample", "1988-04-12", "900450001")
        parts = tuple(Part(part.step, part.title, "", key) for part in row.newest.content.parts)
        row.newest.stored = Content((head,), parts).as_json()
        session.flush()
        library.publish(row, now)
        track = practice.assign(by, agency, 1, None, at=now)
        practice.hand_in(track, practice.HandedIn("88412", f"Unsure, says {mark}."), now)
        other = practice.assign(by, agency, 13, None, at=now)
        tracks.close(other, TrackState.COMMITTEE, now)
        return {
            "practice_case": row.id,
            "track": track.id,
            "handed_in": track.current.segments[0].attempts[0].id,  # type: ignore[union-attr]
            "committee": other.id,
        }


def case_of(lead_id: int, author_id: int, mark: str) -> dict[str, int]:
    """A draft for the whole Lead, and a remark."""
    now, number = clock.now(), next(_once)
    with unit_of_work() as session:
        by, lead = session.get_one(Person, author_id), session.get_one(Lead, lead_id)
        row = library.make(lead, library.Draft(f"Draft of {mark}", 1), by, now, f"draft-{number}")
        remark = PracticeRemark(lead_id=lead_id, text=f"Look again, says {mark}", author_id=by.id, at=now)
        session.add(remark)
        session.flush()
        return {"practice_draft": row.id, "remark": remark.id}
