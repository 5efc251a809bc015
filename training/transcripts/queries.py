"""What is read of completions: one person's, everybody's in reach, and what a certificate says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core.authz import Principal, found
from core.db import db
from core.people.models import Agency, CoC, LeadStaff, Membership, Person
from core.search import Hit, like
from core.search import provider as search_provider
from training.courses.models import Completion, Course, CourseVersion
from training.courses.vocabulary import How
from training.series.models import Enrollment
from training.series.queries import enrollments, own_enrollments
from training.transcripts.models import Certificate
from training.transcripts.permissions import Permission

HOW = {
    How.TEST: "Test passed",
    How.READ: "Read or watched",
    How.ATTENDANCE: "Attended",
    How.SIGNED: "Signed",
    How.PRACTICE: "Practice case",
    How.SERIES: "Series completed",
    How.RECORDED: "Recorded by staff",
}
WITH_ITS_COURSE = (joinedload(Completion.course), joinedload(Completion.version).load_only(CourseVersion.number))
LISTED = (
    *WITH_ITS_COURSE,
    joinedload(Completion.person),
    joinedload(Completion.agency),
    selectinload(Completion.earned),
)


def reach(principal: Principal) -> ColumnElement[bool]:
    """Completions of people who work now, or did when they earned it, where this person looks after training."""
    scope = principal.scope(Permission.SEE)
    agencies = select(Agency.id).where(scope.over_agencies())
    works = select(Membership.person_id).where(Membership.agency_id.in_(agencies))
    leads = select(Agency.lead_id).where(scope.over_agencies())
    without = (Completion.agency_id.is_(None), Completion.lead_id.in_(leads), Completion.person_id.in_(works))
    there = or_(Completion.agency_id.in_(agencies), and_(*without))
    return or_(Completion.lead_id.in_(scope.lead_ids), there)


def completions(principal: Principal, filters: Mapping[str, str]) -> Select[Completion]:
    """Everybody's in reach, narrowed by what the page's filters say."""
    query = select(Completion).where(reach(principal), *_narrowed(filters))
    return query.options(*LISTED)


def _narrowed(filters: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
    for name, column in (("course", Completion.course_id), ("agency", Completion.agency_id)):
        if filters.get(name, "").isdecimal():
            yield column == int(filters[name][:18])
    if filters.get("how") in set(How):
        yield Completion.how == How(filters["how"])
    zone = ZoneInfo(filters.get("zone") or "America/New_York")
    if since := _day(filters.get("since")):
        yield Completion.at >= datetime.combine(since, time(), zone)
    if until := _day(filters.get("until")):
        yield Completion.at <= datetime.combine(until, time.max, zone)
    if text := filters.get("q", "").replace("\0", "").strip():
        begins = like(text)
        named = or_(func.lower(Person.name).like(begins), func.lower(Person.email).like(begins))
        yield Completion.person_id.in_(select(Person.id).where(named))


def _day(typed: str | None) -> date | None:
    try:
        return date.fromisoformat(typed or "")
    except ValueError:
        return None


def visible_completion(principal: Principal, completion_id: int, *, lock: bool = False) -> Completion:
    """One's own, or one in reach."""
    own = Completion.person_id == principal.person_id
    query = select(Completion).where(Completion.id == completion_id, or_(own, reach(principal)))
    if lock:
        query = query.with_for_update(of=Completion).execution_options(populate_existing=True)
    row: Completion = found(db.session.scalar(query))
    return row


def visible_person(principal: Principal, person_id: int) -> Person:
    """Somebody who works in reach, or for the Lead itself, or has; oneself."""
    scope = principal.scope(Permission.SEE)
    works = select(Membership.person_id).join(Agency).where(scope.over_agencies())
    of_cocs = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    serves = select(LeadStaff.person_id).where(
        or_(LeadStaff.lead_id.in_(scope.lead_ids), LeadStaff.lead_id.in_(of_cocs))
    )
    there = or_(Person.id.in_(works), Person.id.in_(serves), Person.id == principal.person_id)
    row: Person = found(db.session.scalar(select(Person).where(Person.id == person_id, there)))
    return row


def of_person(principal: Principal, person: Person) -> list[Completion]:
    """What the person completed, as far as who asks may know of it; the newest first, revoked ones too."""
    query = select(Completion).where(Completion.person_id == person.id).options(*LISTED)
    if person.id != principal.person_id:
        query = query.where(reach(principal))
    return list(db.session.scalars(query.order_by(Completion.at.desc(), Completion.id.desc()).limit(500)))


def newest_of(person_id: int, limit: int = 5) -> list[Completion]:
    """The person's last completions that count."""
    query = select(Completion).where(Completion.person_id == person_id, Completion.revoked_at.is_(None))
    rows = query.options(*WITH_ITS_COURSE).order_by(Completion.at.desc(), Completion.id.desc())
    return list(db.session.scalars(rows.limit(limit)))


def ways_of(principal: Principal, person: Person) -> list[Enrollment]:
    if person.id == principal.person_id:
        return own_enrollments(person.id)
    query = enrollments(principal).where(Enrollment.person_id == person.id)
    return list(db.session.scalars(query.order_by(Enrollment.id.desc()).limit(20)))


def courses_in(principal: Principal) -> list[Course]:
    """What the list can be narrowed to: the courses of the Leads in reach."""
    scope = principal.scope(Permission.SEE)
    leads = select(Agency.lead_id).where(scope.over_agencies())
    query = select(Course).where(or_(Course.lead_id.in_(scope.lead_ids), Course.lead_id.in_(leads)))
    return list(db.session.scalars(query.order_by(Course.title, Course.id).limit(300)))


def lines_of(query: Select[Completion]) -> Iterator[tuple[object, ...]]:
    """For a spreadsheet, oldest first, read while it is written."""
    rows = db.session.scalars(query.order_by(Completion.at, Completion.id).execution_options(yield_per=500))
    for row in rows:
        yield (
            row.person.name, row.person.email, row.agency.name if row.agency else "", row.course.title,
            row.version.number if row.version else None, row.at, HOW[row.how], row.minutes or None, row.score,
            ", ".join(one.credit for one in row.earned), "revoked" if row.revoked_at else "",
        )  # fmt: skip


def certificate_by(code: str) -> Certificate | None:
    """By what somebody types or scans: spaces, small letters and missing dashes do not matter."""
    letters = "".join(char for char in code.upper() if char.isalnum())
    if len(letters) != 16 or not letters.isascii():
        return None
    told = "-".join(letters[at : at + 4] for at in range(0, 16, 4))
    return db.session.scalar(select(Certificate).where(Certificate.code == told))


def certificate_of(completion: Completion) -> Certificate | None:
    return db.session.scalar(select(Certificate).where(Certificate.completion_id == completion.id))


@search_provider("Training records")
def find_records(principal: Principal, text: str, limit: int) -> list[Hit]:
    """People in reach, by the beginning of a name or an address; each leads to what they have completed."""
    if not principal.can(Permission.SEE):
        return []
    begins, scope = like(text), principal.scope(Permission.SEE)
    works = select(Membership.person_id).join(Agency).where(scope.over_agencies())
    query = select(Person).where(Person.id.in_(works))
    query = query.where(or_(func.lower(Person.name).like(begins), func.lower(Person.email).like(begins)))
    rows = db.session.scalars(query.order_by(Person.name, Person.id).limit(limit))
    return [Hit(row.name, f"/training/people/{row.id}", "Training records", row.email) for row in rows]
