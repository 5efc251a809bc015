"""Training sessions of the world in which every role tries every route."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import Agency, CoC, Person
from training.courses.models import Course, CourseState
from training.courses.vocabulary import CourseKind
from training.sessions import queries, registering, services
from training.sessions.attendance import services as attending
from training.sessions.attendance.rules import Span
from training.sessions.importing import services as importing
from training.sessions.models import Attendance, SessionProposal, TrainingSession
from training.sessions.rules import Place

AHEAD = timedelta(days=20)
NOT_FROM_HERE = 1_000_000  # what the routes propose gets lower numbers


def one_of_each(coc: CoC, mark: str, by: Person, once: str) -> dict[str, int]:
    """A live course of the CoC's Lead, a session of the CoC that teaches it, and a proposal of the help desk's."""
    now = clock.now()
    with unit_of_work() as session:
        values = {"kind": CourseKind.LIVE, "state": CourseState.OFFERED, "author_id": by.id, "created_at": now}
        course = Course(
            lead_id=coc.lead_id, coc_id=coc.id, code=f"live-{mark}", title=f"Live at {mark}", once=once, **values
        )
        known = session.scalar(select(SessionProposal).where(SessionProposal.lead_id == coc.lead_id))
        asked = known or SessionProposal(
            proposal_id=NOT_FROM_HERE + coc.id, lead_id=coc.lead_id, title=f"Refresher at {mark}",
            reason="Asked often.", links=[], at=now,
        )  # fmt: skip
        session.add_all([course, asked])
        session.flush()
        starts = now + AHEAD
        draft = services.Draft(
            f"Session at {mark}", course, "group", Place.WEBINAR, starts, starts + timedelta(hours=1), coc.tz, coc=coc,
            join_link="https://meet.test/1",
        )  # fmt: skip
        row = services.plan(coc.lead, draft, principal_for(by, now), f"session-{once}", now)
    held = _held(coc, course, mark, by, once)
    return {"training_session": row.id, **held, "live_course": course.id, "proposal": asked.id, "coc": coc.id}


def _held(coc: CoC, course: Course, mark: str, by: Person, once: str) -> dict[str, int]:
    """A session that is over, and a report of it that nobody has committed yet."""
    now = clock.now()
    starts, office = now - AHEAD, principal_for(by, now)
    draft = services.Draft(
        f"Held at {mark}", course, "group", Place.WEBINAR, starts, starts + timedelta(hours=1), coc.tz, coc=coc
    )
    with clock.frozen(starts - AHEAD), unit_of_work():
        row = services.plan(coc.lead, draft, office, f"held-{once}", clock.now())
    at = f"{starts:%Y-%m-%d %H:%M:%S},{starts + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    report = f"Name (original name),Email,Join time,Leave time\nNobody {mark},,{at}\n".encode()
    with unit_of_work():
        made = importing.bring(row, importing.Brought(report, f"{mark}.csv", "UTC"), office, f"import-{once}", now)
    return {"held": row.id, "import": made.id, "imported": made.people[0].id}


def somebody_comes(numbers: dict[str, int], agency: Agency, by: Person) -> dict[str, int]:
    """The agency's colleague is registered, and was at the session that is over."""
    now = clock.now()
    with unit_of_work():
        row = db.session.get_one(TrainingSession, numbers["training_session"])
        person = db.session.get_one(Person, numbers["person"])
        agency_of = queries.agency_for(row, person.id, now)
        assert agency_of is not None, "the colleague works there"
        assert agency_of.id == agency.id, "and nowhere else"
        office = principal_for(by, now)
        comes = registering.register(row, person, agency_of, office, now)
        held = db.session.get_one(TrainingSession, numbers["held"])
        attending.note_list(held, {person.id: Span(held.starts_at, held.ends_at)}, office, now, is_complete=False)
        there = db.session.scalars(select(Attendance.id).where(Attendance.person_id == person.id)).one()
        return {"registration": comes.id, "attendance": there}
