"""Who is told what about a change of a license. The Lead hears of each, whoever decided it (SON-LI-3)."""

from __future__ import annotations

from datetime import datetime

from core.outbox import enqueue
from core.people.models import Person
from core.people.services import managers_of
from licensing.changes.models import LicenseChange
from licensing.changes.rules import WORDS


def asked(row: LicenseChange, at: datetime) -> None:
    says = f"{row.requested_by.name} asks for {_what(row)} for {row.license.person.name} at {row.agency.name}."
    for person in managers_of(row.lead_id, at, row.coc_id):
        _send(row, person, "asked", f"A license is to change: {row.license.person.name}", f"{says} {row.reason}")


def wanted(row: LicenseChange, people: list[Person], at: datetime) -> None:
    """To who is named for a protected project. The CoC's managers have read of it already."""
    told = {one.id for one in managers_of(row.lead_id, at, row.coc_id)} | {row.license.person_id}
    says = f"{row.requested_by.name} asks for {_what(row)} for {row.license.person.name}: you approve it. {row.reason}"
    for person in people:
        if person.id not in told:
            _send(row, person, "wanted", f"Your approval is wanted: {_name(row)}", says)


def waits(row: LicenseChange, missing: list[str], at: datetime) -> None:
    words = ", ".join(dict.fromkeys(one.lower() for one in missing))
    says = f"{_what(row, capital=True)} for {row.license.person.name} is approved and waits for: {words}."
    for person in {one.id: one for one in (row.requested_by, row.license.person)}.values():
        _send(row, person, f"waits:{at.isoformat()}", f"Approved, with something to do first: {_name(row)}", says)


def denied(row: LicenseChange, at: datetime) -> None:
    says = f"{_what(row, capital=True)} for {row.license.person.name} was denied: {row.decision_reason}"
    _send(row, row.requested_by, f"denied:{at.isoformat()}", f"Denied: a change for {_name(row)}", says)


def done(row: LicenseChange, at: datetime) -> None:
    """To who asked, the person, and the Lead."""
    says = f"The license of {row.license.person.name} at {row.agency.name} has changed: {_what(row)}."
    people = [row.requested_by, row.license.person, *managers_of(row.lead_id, at, row.coc_id)]
    for person in {one.id: one for one in people}.values():
        _send(row, person, "done", f"A license has changed: {_name(row)}", says)


def _what(row: LicenseChange, *, capital: bool = False) -> str:
    words = WORDS[row.kind]
    words = f"{words} ({', '.join(one.name for one in row.projects)})" if row.projects else words
    return words if capital else words[0].lower() + words[1:]


def _name(row: LicenseChange) -> str:
    return row.license.person.name


def _send(row: LicenseChange, to: Person, once: str, subject: str, says: str) -> None:
    path = "/" if to.id == row.license.person_id else f"/license-changes/{row.id}"
    told = {"subject_words": subject, "says": says, "agency": row.agency, "path": path}
    enqueue("licensing-news", to, key=f"license-change:{row.id}:{once}:{to.id}", context=told, subject=row)
