"""Keeping what a person answers for: with a day, how it was told, words or a file; taken back, never overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import FileStorage

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.files.models import StoredFile
from core.files.services import store
from core.people.models import Agency
from licensing.access.services import local_day
from licensing.agencies.models import How, Paper


@dataclass(frozen=True)
class Evidence:
    """What was seen: on which day, told how, in what words; a file where there is one."""

    day: date
    how: How
    note: str = ""
    file: FileStorage | None = None


def papers_of(agency: Agency) -> list[Paper]:
    """Everything on record for the agency, the newest first, with who answered for it."""
    query = select(Paper).where(Paper.agency_id == agency.id)
    query = query.options(joinedload(Paper.by), joinedload(Paper.file), joinedload(Paper.taken_back_by))
    return list(db.session.scalars(query.order_by(Paper.id.desc())))


def in_force(papers: list[Paper], kind: str, number: int = 0) -> Paper | None:
    rows = (row for row in papers if row.kind == kind and row.number == number and row.taken_back_at is None)
    return next(rows, None)


def keep(agency: Agency, kind: str, told: Evidence, by: Principal, at: datetime, *, number: int = 0) -> Paper:
    """Raises Invalid for a day that has not come, or without words and file; Conflict where somebody was first."""
    must_be_past(agency, told.day, at)
    if not told.note and not told.file:
        raise Invalid("Say what you saw, or add the file.", "A few words are enough.", field="note")
    query = select(Paper).where(Paper.agency_id == agency.id, Paper.kind == kind, Paper.number == number)
    earlier = db.session.scalar(query.where(Paper.taken_back_at.is_(None)))
    if earlier is not None:
        raise Conflict(f"{earlier.by.name} has confirmed this already.", "Load the page again to see how it stands.")
    row = Paper(
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        kind=kind,
        number=number,
        day=told.day,
        how=told.how,
        note=told.note,
        file_id=kept_file(told.file).id if told.file else None,
        by_id=by.person_id,
        at=at,
    )
    db.session.add(row)
    db.session.flush()
    record("agency.confirmed", row, data={"what": kind, "day": told.day, "how": told.how, "number": number})
    return row


def kept_file(given: FileStorage) -> StoredFile:
    """Raises Invalid for one that holds what looks like a client's personal data (MO-HD-5)."""
    row = store(given.stream, given.filename or "file")
    if row.held_back:
        raise Invalid(
            f"This file has what looks like a client's {row.held_back}.", "Take it out.", field="file", rule="MO-HD-5"
        )
    return row


def must_be_past(agency: Agency, day: date, at: datetime, field: str = "day") -> None:
    if day > local_day(at, agency.tz):
        raise Invalid("That day has not come yet.", "Give the day on which it happened.", field=field)


def take_back(row: Paper, by: Principal, why: str, at: datetime) -> None:
    """It was wrong; it stays on record with the reason."""
    if row.taken_back_at is not None:
        raise Conflict("This was taken back already.", "Load the page again to see how it stands.")
    row.taken_back_at, row.taken_back_by_id, row.taken_back_why = at, by.person_id, why
    record("agency.confirmation_taken_back", row, data={"what": row.kind, "why": why})
