"""What an export of the training site shows of the practice household, compared with the answer key. Pure.

Only the invented household's own rows are looked at. Whoever is anybody else, by two of name, number and birth date,
is a stranger, and then nothing of the file is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from training.practice.content import Content, Line, Member, Part
from training.practice.elements import STAGES, digits, read_day

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
NEEDED = 2
"""So many of name, Social Security number and birth date must be a member's: one may be mistyped."""
LONGEST = 100


class NotPractice(ValueError):
    """Somebody in the file is not of the household; says nothing of whom."""


class Unclear(ValueError):
    """The household is in the file, and which of its entries is meant cannot be told."""


class Found(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """What was entered for one line of the key, and how that compares.

    A wrong name, number or birth date is not repeated: mistyped, it could be somebody's.
    """

    place: str
    entered: str
    found: Found

    def as_json(self) -> dict[str, str]:
        return {"entered": self.entered, "found": self.found}


def member_of(row: Row, content: Content) -> Member | None:
    """Whose row of Client.csv it is; None for a stranger."""
    return next((member for member in content.members if _agreements(row, member) >= NEEDED), None)


def _agreements(row: Row, member: Member) -> int:
    name = f"{row.get('FirstName', '')} {row.get('LastName', '')}"
    born = read_day(row.get("DOB", ""))
    return (
        (_plain(name) == _plain(member.name))
        + (bool(member.ssn) and digits(row.get("SSN", "")) == member.ssn)
        + (born is not None and born == read_day(member.born))
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def members_of(clients: Iterable[Row], content: Content) -> dict[str, Member]:
    """Each client's number with whom it stands for. Raises NotPractice at the first who is nobody of the household."""
    found: dict[str, Member] = {}
    for row in clients:
        member = member_of(row, content)
        if member is None:
            raise NotPractice
        found[row.get("PersonalID", "")] = member
    return found


def compare(part: Part, content: Content, tables: Tables, client_number: str) -> list[Finding]:
    """One finding for each line of the part's key, in its order. Raises NotPractice and Unclear."""
    members = members_of(tables.get("Client", ()), content)
    _only_of(members, tables)
    numbers = _household(members, tables, content, client_number)
    return [_finding(line, part, tables, numbers) for line in part.lines]


def _only_of(members: Mapping[str, Member], tables: Tables) -> None:
    """A row of somebody who is not in Client.csv is somebody else's too."""
    for rows in tables.values():
        if any(row.get("PersonalID", "") not in members for row in rows):
            raise NotPractice


@dataclass(frozen=True)
class _Entry:
    """One member's entry in the training site: their client number, and their stay in the project."""

    person: str
    enrollment: str


def _household(
    members: Mapping[str, Member], tables: Tables, content: Content, client_number: str
) -> dict[str, _Entry]:
    """Each member's entry beside the head's. The same household may be there more than once, of other trainees."""
    head = _head(members, content, client_number)
    stays = _newest_first(tables.get("Enrollment", ()))
    own = next((row for row in stays if row["PersonalID"] == head), None)
    found = {members[head].ref: _Entry(head, own["EnrollmentID"] if own else "")}
    if own is not None:
        for row in stays:
            if row.get("HouseholdID", "") == own.get("HouseholdID", ""):
                found.setdefault(members[row["PersonalID"]].ref, _Entry(row["PersonalID"], row["EnrollmentID"]))
    for number, member in members.items():
        found.setdefault(member.ref, _Entry(number, ""))
    return found


def _head(members: Mapping[str, Member], content: Content, client_number: str) -> str:
    heads = [number for number, member in members.items() if member.is_head]
    named = [number for number in heads if _plain(number) == _plain(client_number)]
    if named or len(heads) == 1:
        return (named or heads)[0]
    if heads:
        raise Unclear("The household is in this export more than once, and none has the client number handed in.")
    raise Unclear(f"Nobody in this export is {content.head.name if content.head else 'the head of the household'}.")


def _newest_first(stays: Iterable[Row]) -> list[Row]:
    return sorted(stays, key=lambda row: row.get("EntryDate", ""), reverse=True)


def _finding(line: Line, part: Part, tables: Tables, numbers: Mapping[str, _Entry]) -> Finding:
    entry = numbers.get(line.ref)
    row = _row(line, part, tables, entry) if entry else None
    return judged(line, row.get(line.element.column, "") if row else "")


def judged(line: Line, entered: str) -> Finding:
    """One value, as an export has it or a trainer read it, against the key's line."""
    entered = entered.strip()
    if any(line.element.same(entered, value) for value in line.expected):
        return Finding(line.place, entered, Found.RIGHT)
    shown = "" if line.element.is_hidden else entered[:LONGEST]
    return Finding(line.place, shown, Found.WRONG if entered else Found.MISSING)


def _row(line: Line, part: Part, tables: Tables, entry: _Entry) -> Row | None:
    """The newest row of the element's file that is about this member, this stay, and this part's stage."""
    element = line.element
    stage = STAGES.get(part.step) if element.has_stage else None
    rows = [
        row
        for row in tables.get(element.file, ())
        if _is_of(row, element.file, entry)
        and (stage is None or row.get("DataCollectionStage") == stage)
        and all(row.get(column) == code for column, code in element.when.items())
    ]
    return max(rows, key=lambda row: row.get("InformationDate", ""), default=None)


def _is_of(row: Row, file: str, entry: _Entry) -> bool:
    if file == "Client":
        return row.get("PersonalID") == entry.person
    return bool(entry.enrollment) and row.get("EnrollmentID") == entry.enrollment
