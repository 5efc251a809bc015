"""Bringing a report in: it is kept as it came, looked at, and nobody's attendance changes before it is committed.

Whoever calls has the session's row locked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.files import read as read_file
from core.files import store
from core.once import KeyUsed, one_at_a_time
from core.people.models import Agency, LeadStaff, Membership, Person
from training.sessions.attendance import services as attendance
from training.sessions.attendance.services import Source
from training.sessions.importing.matching import Known, key_of, match, names_of, plain
from training.sessions.importing.states import MATCHED, OPEN, Found, ImportState
from training.sessions.models import AttendanceImport, AttendanceLine, ImportedPerson, KnownIdentity, TrainingSession
from training.sessions.reports.report import AmbiguousDates, Entry, Product, Raw, Report, ReportProblem, Sort
from training.sessions.reports.resolving import Window, misses, recognized, resolved
from training.sessions.reports.times import Order

UNPROVEN = (Sort.TOTAL, Sort.SPAN, Sort.OPEN)
MOST_CANDIDATES = 20
Chosen = dict[str, tuple[Found, int | None]]


@dataclass(frozen=True)
class Brought:
    """The file, and what somebody says of it: the zone of its times always, the rest where it is asked."""

    content: bytes
    name: str
    tz: str
    product: Product | None = None
    order: Order | None = None


def bring(session: TrainingSession, brought: Brought, by: Principal, once: str, at: datetime) -> AttendanceImport:
    """A preview. The same form again is the same import. Raises Invalid for a file that is no report known here, which
    is not kept; one that is gets kept, whatever there is to ask about it."""
    one_at_a_time(once)
    known = db.session.scalar(select(AttendanceImport).where(AttendanceImport.once == once))
    if known is not None:
        if known.session_id != session.id or known.by_id != by.person_id:
            raise KeyUsed
        return known
    attendance.must_be_over(session, at)
    try:
        raw = recognized(brought.content, brought.product)
    except ReportProblem as problem:
        raise Invalid(problem.message, problem.advice, field="file") from problem
    row = AttendanceImport(
        lead_id=session.lead_id, coc_id=session.coc_id, session=session, file=store(brought.content, brought.name),
        product=raw.product, tz=brought.tz, day_order=brought.order or "", by_id=by.person_id, at=at, once=once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("import.brought", row, data={"session": session.id, "product": row.product, "sha256": row.file.sha256})
    _look(row, raw)
    return row


def answer(row: AttendanceImport, tz: str, order: Order | None) -> None:
    """The zone, or which number of a date is the month, is another one; people already chosen stay so."""
    _must_be_preview(row)
    row.tz, row.day_order = tz, order or ""
    chosen: Chosen = {
        one.key: (one.found, one.person_id) for one in row.people if one.found in (Found.CHOSEN, Found.NOT_OURS)
    }
    db.session.execute(delete(ImportedPerson).where(ImportedPerson.import_id == row.id))
    db.session.expire(row, ["people"])
    _look(row, recognized(read_file(row.file), row.product), chosen)


def _look(row: AttendanceImport, raw: Raw, chosen: Chosen | None = None) -> None:
    """Read the times, and say who everybody is; or what has to be said first."""
    zone, window = ZoneInfo(row.tz), Window(row.session.starts_at, row.session.ends_at)
    order = Order(row.day_order) if row.day_order else None
    row.question, row.problem, row.notes = "", "", list(raw.notes)
    try:
        report = resolved(raw, zone, window, order)
    except AmbiguousDates as doubt:
        row.question = f"{doubt.message} {doubt.advice}"
        return
    except ReportProblem as problem:
        row.problem = f"{problem.message} {problem.advice}".strip()
        return
    row.notes, row.problem = report.notes, misses(report, raw, zone, window, order)
    db.session.add_all(_people(row, report, chosen or {}))
    db.session.flush()
    db.session.expire(row, ["people"])


def _people(row: AttendanceImport, report: Report, chosen: Chosen) -> list[ImportedPerson]:
    grouped: dict[str, list[Entry]] = {}
    for entry in report.entries:
        grouped.setdefault(key_of(entry.name, entry.email), []).append(entry)
    known = _known(row.session, [entries[0] for entries in grouped.values()])
    made = []
    for key, entries in grouped.items():
        first, found = entries[0], match(entries[0].name, entries[0].email, known)
        how, person_id = chosen.get(key, (found.found, found.person_id))
        made.append(
            ImportedPerson(
                import_id=row.id, key=key, name=(first.name or first.email)[:300], email=first.email[:300],
                entries=[_kept(entry) for entry in entries], candidates=list(found.candidates[:MOST_CANDIDATES]),
                found=how, person_id=person_id,
            )
        )  # fmt: skip
    return made


def _kept(entry: Entry) -> dict[str, Any]:
    times = {name: at.isoformat() if at else None for name, at in (("joined", entry.joined), ("left", entry.left))}
    return {"sort": entry.sort.value, "seconds": entry.seconds, **times}


def _known(session: TrainingSession, entries: Iterable[Entry]) -> Known:
    """Everybody whom the report may mean, of those who work, or worked, at the Lead or its agencies."""
    wanted = list(entries)
    emails = {plain(entry.email) for entry in wanted if entry.email}
    names = {name for entry in wanted for name in names_of(entry.name)}
    keys = {key_of(entry.name, entry.email) for entry in wanted}
    people = select(Person.id, func.lower(Person.email), func.lower(Person.name)).where(
        or_(func.lower(Person.email).in_(emails), func.lower(Person.name).in_(names)), Person.id.in_(ours(session))
    )
    by_email, by_name = dict[str, int](), dict[str, list[int]]()
    for number, email, name in db.session.execute(people.order_by(Person.id)):
        by_email[email] = number
        by_name.setdefault(plain(name), []).append(number)
    confirmed = select(KnownIdentity.key, KnownIdentity.person_id).where(
        KnownIdentity.lead_id == session.lead_id, KnownIdentity.key.in_(keys)
    )
    return Known({row[0]: row[1] for row in db.session.execute(confirmed)}, by_email, by_name)


def ours(session: TrainingSession) -> Any:
    """The numbers of the people of the session's Lead: at its agencies, and its own."""
    agencies = select(Agency.id).where(Agency.lead_id == session.lead_id)
    members = select(Membership.person_id).where(Membership.agency_id.in_(agencies))
    return members.union(select(LeadStaff.person_id).where(LeadStaff.lead_id == session.lead_id))


# --- who is who


def choose(one: ImportedPerson, person: Person | None, by: Principal) -> None:
    """The staff says who it is, or (None) that it is none of ours. The import must be locked."""
    _must_be_preview(one.brought)
    if (
        person is not None
        and db.session.scalar(select(Person.id).where(Person.id == person.id, Person.id.in_(ours(one.brought.session))))
        is None
    ):
        raise Invalid("This is nobody of yours.", "Choose one of your people, or say that it is none of yours.")
    one.found, one.person_id = (Found.CHOSEN, person.id) if person else (Found.NOT_OURS, None)
    record("import.chosen", one.brought, data={"said": one.name, "person": one.person_id, "by": by.person_id})


# --- making it so


def accept(row: AttendanceImport, by: Principal, at: datetime) -> int:
    """Everybody's times become attendance, in the place of what an earlier import of this session said; returns how
    many people were there. Both rows must be locked."""
    _must_be_preview(row)
    if row.question or row.problem:
        raise Conflict(row.question or row.problem, "Nothing was saved.")
    left = [one.name for one in row.people if one.found in OPEN]
    if left:
        raise Conflict(
            f"It is not said yet who {_named(left)} {'is' if len(left) == 1 else 'are'}.",
            "Choose a person, or say that it is none of yours. Nothing was saved.",
        )
    session, before = row.session, _people_of_imports(row.session)
    _replace_earlier(row)
    for one in row.people:
        if one.person_id is not None:
            db.session.add_all(_line(row, one, entry, by, at) for entry in one.entries)
    _remember(row, by, at)
    row.state, row.committed_at = ImportState.COMMITTED, at
    db.session.flush()
    there = {one.person_id for one in row.people if one.person_id is not None}
    record("import.committed", row, data={"session": session.id, "people": len(there)})
    attendance.reckon(session, before | there, at, by.person_id)
    attendance.settle(session, at)
    return len(there)


def _named(names: list[str]) -> str:
    shown = ", ".join(f"“{name[:60]}”" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _people_of_imports(session: TrainingSession) -> set[int]:
    query = select(AttendanceLine.person_id).where(
        AttendanceLine.session_id == session.id, AttendanceLine.source == Source.IMPORT
    )
    return set(db.session.scalars(query))


def _replace_earlier(row: AttendanceImport) -> None:
    earlier = select(AttendanceImport).where(
        AttendanceImport.session_id == row.session_id, AttendanceImport.state == ImportState.COMMITTED
    )
    for one in db.session.scalars(earlier):
        one.state = ImportState.REPLACED
    db.session.execute(
        delete(AttendanceLine).where(
            AttendanceLine.session_id == row.session_id, AttendanceLine.source == Source.IMPORT
        )
    )


def _line(
    row: AttendanceImport, one: ImportedPerson, entry: dict[str, Any], by: Principal, at: datetime
) -> AttendanceLine:
    joined, left = (datetime.fromisoformat(entry[name]) if entry[name] else None for name in ("joined", "left"))
    sort = Sort(entry["sort"])
    return AttendanceLine(
        session_id=row.session_id, person_id=one.person_id, source=Source.IMPORT, import_id=row.id, starts_at=joined,
        ends_at=left, seconds=entry["seconds"] if sort in (Sort.TOTAL, Sort.SPAN) else None,
        is_proven=sort not in UNPROVEN, said=f"{one.name} {one.email}".strip()[:300], noted_by_id=by.person_id,
        noted_at=at,
    )  # fmt: skip


def _remember(row: AttendanceImport, by: Principal, at: datetime) -> None:
    """The next report that names them so finds them by itself."""
    said = {"lead_id": row.lead_id, "by_id": by.person_id, "at": at}
    values = [{"key": one.key, "person_id": one.person_id, **said} for one in row.people if one.person_id is not None]
    if values:
        new = insert(KnownIdentity).values(values)
        known = {name: new.excluded[name] for name in ("person_id", "by_id", "at")}
        db.session.execute(new.on_conflict_do_update(index_elements=["lead_id", "key"], set_=known))


def discard(row: AttendanceImport) -> None:
    _must_be_preview(row)
    row.state = ImportState.DISCARDED
    record("import.discarded", row, data={"session": row.session_id})


def _must_be_preview(row: AttendanceImport) -> None:
    if row.state is not ImportState.PREVIEW:
        raise Conflict(f"This import is {row.state} already.", "Bring the report again to change what it did.")


def counts(row: AttendanceImport) -> dict[str, int]:
    """How many are recognized, how many several people may be, how many nobody is known for, how many are not ours."""
    found = [one.found for one in row.people]
    return {
        "matched": sum(one in MATCHED for one in found),
        "ambiguous": found.count(Found.AMBIGUOUS),
        "unmatched": found.count(Found.UNMATCHED),
        "not_ours": found.count(Found.NOT_OURS),
    }
