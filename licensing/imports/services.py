"""Bringing an office's agencies, people, licenses and training dates: checked whole first, then written chunk by chunk.

A chunk and its line in the ledger are one transaction, so that whoever is killed goes on where it stopped. Each row is
looked for by its own key before it is written, so that the same sheets again change nothing, whatever the ledger says.
What has ended here since stays over: an old sheet gives nobody their access or duty back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db, unit_of_work
from core.errors import DomainError
from core.events import publish
from core.once import one_at_a_time
from core.people.models import (
    Agency,
    AgencyStatus,
    CoC,
    Designation,
    DesignationKind,
    EmploymentKind,
    Lead,
    Membership,
    Person,
)
from core.people.services import person_by_email
from licensing.access.models import License
from licensing.access.rules import levels_of
from licensing.access.services import license_held, local_day, policy_in_force
from licensing.events import LicenseActivated
from licensing.imports.models import ImportChunk
from licensing.imports.rules import Kind, Problem, Row, Sheet
from training.api import Elsewhere, bring_along, course_of_code

CHUNK = 200
MIDNIGHT = time(0)
NEW, SAME, OVER = "new", "same", "over"


@dataclass
class Outcome:
    """How many rows of each kind were new, were there already, or are over here; what is in the way."""

    counts: dict[Kind, Counter[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class RowProblem(Exception):
    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column, self.words = column, words


@dataclass(frozen=True)
class Office:
    """Whose it is, who brings it, and when."""

    lead: Lead
    by: Principal
    at: datetime


class _Undone(Exception):
    """Nothing of this unit of work stays."""


def check(office: Office, sheets: Sequence[Sheet]) -> Outcome:
    """Do it all and undo it: what would be new, and every row that cannot be, in one go."""
    outcome = Outcome(problems=[problem for sheet in sheets for problem in sheet.problems])
    try:
        with unit_of_work():
            for sheet in sheets:
                outcome.counts[sheet.kind] = _tried(office, sheet, outcome.problems)
            raise _Undone
    except _Undone:
        db.session.expire_all()
    return outcome


def _tried(office: Office, sheet: Sheet, problems: list[Problem]) -> Counter[str]:
    told: Counter[str] = Counter()
    for row in sheet.rows:
        try:
            told[WRITERS[sheet.kind](office, row.values)] += 1
        except RowProblem as problem:
            problems.append(Problem(sheet.file, row.line, problem.column, problem.words))
        except DomainError as error:
            problems.append(
                Problem(
                    sheet.file,
                    row.line,
                    (error.field or "").replace("_", " "),
                    f"{error.message} {error.advice}".strip(),
                )
            )
    return told


def bring(office: Office, sheets: Sequence[Sheet]) -> Outcome:
    """Write every sheet, chunk by chunk; what an earlier run has brought is passed over. Call `check` first: a row that
    cannot be used stops here with its problem, and the chunks before it stay."""
    outcome = Outcome()
    for sheet in sheets:
        told = outcome.counts.setdefault(sheet.kind, Counter())
        digest = hashlib.sha256(repr([row.values for row in sheet.rows]).encode()).hexdigest()
        for number, rows in enumerate(_chunks(sheet.rows)):
            try:
                with unit_of_work():
                    told.update(_chunk(office, sheet, (digest, number), rows, outcome.problems))
            except _Undone:
                return outcome
            db.session.expire_all()
    return outcome


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _chunk(
    office: Office, sheet: Sheet, which: tuple[str, int], rows: Sequence[Row], problems: list[Problem]
) -> Counter[str]:
    one_at_a_time(f"import:{office.lead.id}")
    digest, number = which
    mine = (ImportChunk.lead_id == office.lead.id, ImportChunk.kind == sheet.kind)
    done = select(ImportChunk.id).where(*mine, ImportChunk.sha256 == digest, ImportChunk.number == number)
    if db.session.scalar(done) is not None:
        return Counter({SAME: len(rows)})
    told = _tried(office, Sheet(sheet.kind, sheet.file, list(rows), []), problems)
    if problems:
        raise _Undone
    chunk = ImportChunk(
        lead_id=office.lead.id, kind=sheet.kind, sha256=digest, number=number, counts=dict(told), at=office.at
    )
    db.session.add(chunk)
    db.session.flush()
    if told[NEW]:
        record("import.chunk", chunk, data={"kind": sheet.kind, "file": sheet.file, "counts": dict(told)})
    return told


# --- one row of each kind; says whether it was new


def _agency(office: Office, told: dict[str, Any]) -> str:
    coc = db.session.scalar(select(CoC).where(CoC.lead_id == office.lead.id, CoC.code == told["coc"]))
    if coc is None:
        raise RowProblem("coc", f"“{told['coc']}” is no CoC of {office.lead.name}.")
    found = _agency_named(office, told["agency"])
    if found is not None:
        if found.coc_id != coc.id:
            raise RowProblem("coc", f"{found.name} is in another CoC here.")
        return SAME
    values = {"name": told["agency"], "tz": told["time zone"] or coc.tz, "is_view_only": told["view only"]}
    row = Agency(lead_id=office.lead.id, coc_id=coc.id, **values)
    db.session.add(row)
    db.session.flush()
    record("agency.imported", row, agency_id=row.id, data=values)
    return NEW


def _agency_named(office: Office, name: str) -> Agency | None:
    query = select(Agency).where(Agency.lead_id == office.lead.id, func.lower(Agency.name) == name.lower())
    return db.session.scalar(query.order_by(Agency.id).limit(1))


def _agency_of(office: Office, told: dict[str, Any]) -> Agency:
    found = _agency_named(office, told["agency"])
    if found is None:
        raise RowProblem("agency", f"“{told['agency']}” is no agency of {office.lead.name}, nor in this import.")
    return found


def _person(office: Office, told: dict[str, Any]) -> str:
    agency, is_new = _agency_of(office, told), False
    person = person_by_email(told["email"])
    if person is not None and person.name.casefold() != told["name"].casefold():
        raise RowProblem("name", f"The person of {told['email']} has another name here.")
    if person is None:
        values = {"name": told["name"], "email": told["email"], "phone": "", "tz": "", "created_at": office.at}
        db.session.execute(insert(Person).values(**values).on_conflict_do_nothing())
        person = person_by_email(told["email"])
        assert person is not None, "it was there, or it has just been written"
        record("person.imported", person, lead_id=office.lead.id, agency_id=agency.id)
        is_new = True
    if not is_new and _works_at(person, agency, office.at) is None and _worked_at(person, agency):
        return OVER
    if _works_at(person, agency, office.at) is None:
        _must_take_part(agency)
        started_on = _past(told["started on"], "started on", agency, office.at)
        row = Membership(
            person_id=person.id, agency_id=agency.id, employment=EmploymentKind(told["employment"]),
            job_title=told["job title"], started_on=started_on,
        )  # fmt: skip
        db.session.add(row)
        is_new = True
    for duty in told["duties"]:
        is_new = _designated(person, agency, DesignationKind(duty), office.at) or is_new
    db.session.flush()
    return NEW if is_new else SAME


def _past(day: date | None, column: str, agency: Agency, at: datetime) -> date:
    today = local_day(at, agency.tz)
    if day is not None and day > today:
        raise RowProblem(column, "This day is still to come.")
    return day or today


def _works_at(person: Person, agency: Agency, at: datetime) -> Membership | None:
    now = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    mine = (Membership.person_id == person.id, Membership.agency_id == agency.id)
    return db.session.scalar(select(Membership).where(*mine, now).limit(1))


def _worked_at(person: Person, agency: Agency) -> bool:
    mine = (Membership.person_id == person.id, Membership.agency_id == agency.id)
    return db.session.scalar(select(Membership.id).where(*mine).limit(1)) is not None


def _must_take_part(agency: Agency) -> None:
    if agency.status is AgencyStatus.ENDED:
        raise RowProblem("agency", f"{agency.name} takes no part any more.")


def _designated(person: Person, agency: Agency, kind: DesignationKind, at: datetime) -> bool:
    mine = (Designation.person_id == person.id, Designation.agency_id == agency.id, Designation.kind == kind)
    if db.session.scalar(select(Designation.id).where(*mine).limit(1)) is not None:
        return False
    row = Designation(person_id=person.id, agency_id=agency.id, kind=kind, started_on=local_day(at, agency.tz))
    db.session.add(row)
    db.session.flush()
    record("designation.imported", row, lead_id=agency.lead_id, agency_id=agency.id, data={"kind": kind})
    return True


def _license(office: Office, told: dict[str, Any]) -> str:
    """A license that stands already, brought with its day: nobody is asked anew whether it may be given."""
    agency = _agency_of(office, told)
    person = person_by_email(told["email"])
    if person is not None and license_held(person.id, agency.id) is None and _had_license(person, agency):
        return OVER
    if person is None or _works_at(person, agency, office.at) is None:
        raise RowProblem("email", f"{told['email']} does not work at {agency.name}; bring them under people first.")
    known = levels_of(policy_in_force(agency.coc, office.at))
    if told["level"] and known is not None and told["level"] not in known.levels:
        raise RowProblem("level", f"“{told['level']}” is none of the levels {', '.join(known.levels)}.")
    held = license_held(person.id, agency.id)
    if held is not None:
        if held.level != told["level"]:
            raise RowProblem("level", f"The license that is here has the level “{held.level or 'none'}”.")
        return SAME
    _must_take_part(agency)
    since = _past(told["since"], "since", agency, office.at)
    began = min(office.at, datetime.combine(since, MIDNIGHT, ZoneInfo(agency.tz)))
    row = License(
        lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, person_id=person.id, level=told["level"],
        enters_data=told["enters data"], has_reporting=told["reporting add-on"], since=began,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("license.imported", row, data={"person": person.id, "level": row.level, "since": since})
    publish(LicenseActivated(row.id, row.agency_id, person.id, office.at))
    return NEW


def _had_license(person: Person, agency: Agency) -> bool:
    mine = (License.person_id == person.id, License.agency_id == agency.id)
    return db.session.scalar(select(License.id).where(*mine).limit(1)) is not None


def _training(office: Office, told: dict[str, Any]) -> str:
    person = person_by_email(told["email"])
    if person is None:
        raise RowProblem("email", f"Nobody here has the address {told['email']}; bring them under people first.")
    course = course_of_code(office.lead.id, told["course"])
    if course is None:
        raise RowProblem("course", f"“{told['course']}” is no course of {office.lead.name}.")
    key = f"{office.lead.id}:{course.id}:{person.id}:{told['done on']}"
    once = f"import-{hashlib.sha256(key.encode()).hexdigest()[:40]}"
    said = Elsewhere(told["done on"], "Brought along from the records kept before.")
    return NEW if bring_along(course, person, said, office.by, office.at, once) else SAME


WRITERS: dict[Kind, Callable[[Office, dict[str, Any]], str]] = {
    Kind.AGENCIES: _agency,
    Kind.PEOPLE: _person,
    Kind.LICENSES: _license,
    Kind.TRAINING: _training,
}
