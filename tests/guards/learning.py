"""What there is of training at a place, for the table of routes: courses, series, and who is on the way."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from core import clock
from core.db import db, unit_of_work
from core.people.models import Agency, Person
from training.courses.completions import Earned, complete
from training.courses.models import Course, CourseState
from training.courses.vocabulary import CourseKind, How
from training.recertification import opening
from training.recertification.models import Obligation
from training.recertification.rules import Owes
from training.series import services
from training.series.models import Series, SeriesStep
from training.series.services import Wish

_once = count(1)


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


def completion_of(person: Person, agency: Agency, mark: str) -> int:
    """Somebody of the agency completed a course of their Lead."""
    number = next(_once)
    with unit_of_work() as session:
        course = Course(
            lead_id=agency.lead_id, author_id=person.id, created_at=clock.now(), code=f"done-{number}",
            title=f"Done at {mark}", kind=CourseKind.MATERIAL, once=f"done-{number}",
        )  # fmt: skip
        session.add(course)
        session.flush()
        return complete(person.id, course, Earned(How.READ, course, agency_id=agency.id), clock.now()).id


def enrollment_of(person: Person, agency: Agency, mark: str) -> int:
    """Somebody of the agency is to take a series of their CoC."""
    number = next(_once)
    common: dict[str, Any] = {"lead_id": agency.lead_id, "author_id": person.id, "created_at": clock.now()}
    with unit_of_work() as session:
        course = Course(
            **common, coc_id=agency.coc_id, code=f"way-{number}", title=f"Course of {mark}", kind=CourseKind.MATERIAL,
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
            title=f"Way of {mark}",
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
