"""The columns of each kind of sheet, and what a row of it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

from core.tables import Table, told, word

ADDRESS = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>]{2,}")
YES, NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})
LONGEST = 300
OLDEST = date(1990, 1, 1)


class Kind(StrEnum):
    """In the order in which they are brought: each may name what an earlier one has."""

    AGENCIES = "agencies"
    PEOPLE = "people"
    LICENSES = "licenses"
    TRAINING = "training"


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be used, with where it stands."""

    file: str
    line: int
    column: str
    words: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" + (f", column “{self.column}”" if self.column else "")
        return f"{where}: {self.words}"


@dataclass(frozen=True)
class Column:
    """`reads` makes a value of the cell, or raises ValueError with what is expected. `example` is for the template."""

    name: str
    reads: Callable[[str], Any]
    is_needed: bool
    example: str
    says: str


def _words(cell: str) -> str:
    if len(cell) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    return cell


def _address(cell: str) -> str:
    if not cell.isascii() or not ADDRESS.fullmatch(cell):
        raise ValueError("is no e-mail address, such as l.chen@agency.org")
    return cell.lower()


def _zone(cell: str) -> str:
    if cell and cell not in available_timezones():
        raise ValueError("is no time zone, such as America/Chicago")
    return cell


def _day(cell: str) -> date | None:
    if not cell:
        return None
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            found = datetime.strptime(cell, form).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
        if found < OLDEST:
            raise ValueError("is too long ago to be meant")
        return found
    raise ValueError("is no date, such as 11/20/2026 or 2026-11-20")


def _yes(default: bool) -> Callable[[str], bool]:
    def read(cell: str) -> bool:
        plain = word(cell)
        if plain and plain not in YES | NO:
            raise ValueError("is neither yes nor no")
        return plain in YES if plain else default

    return read


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    known = {word(choice): choice for choice in choices}

    def read(cell: str) -> str:
        if not cell:
            return choices[0]
        if word(cell) not in known:
            raise ValueError(f"is none of {', '.join(choices)}")
        return known[word(cell)]

    return read


def _duties(cell: str) -> tuple[str, ...]:
    read = _one_of(DUTIES)
    return tuple(read(part.strip()) for part in re.split(r"[;,]", cell) if part.strip())


DUTIES = ("authorized-representative", "technical-administrator", "security-officer", "executive-director")
EMPLOYMENT = ("paid-staff", "supervised-volunteer", "official-volunteer", "intern", "contractor")
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.AGENCIES: (
        Column("agency", _words, True, "Harbor House", "The agency's name."),
        Column("coc", _words, True, "MO-606", "The code of its CoC, as it is here."),
        Column("time zone", _zone, False, "America/Chicago", "Empty: that of its CoC."),
        Column("view only", _yes(default=False), False, "no", "Whether its people only read."),
    ),
    Kind.PEOPLE: (
        Column("email", _address, True, "l.chen@harbor.org", "Their own; one row for each agency of theirs."),
        Column("name", _words, True, "Lena Chen", "As it is shown."),
        Column("agency", _words, True, "Harbor House", "Where they work."),
        Column("job title", _words, False, "Caseworker", ""),
        Column("employment", _one_of(EMPLOYMENT), False, "paid-staff", f"One of {', '.join(EMPLOYMENT)}."),
        Column("started on", _day, False, "2024-03-01", "Empty: today."),
        Column("duties", _duties, False, "", f"None, or some of {', '.join(DUTIES)}; parted by commas."),
    ),
    Kind.LICENSES: (
        Column("email", _address, True, "l.chen@harbor.org", "Somebody who works at that agency."),
        Column("agency", _words, True, "Harbor House", "The agency for which the license is."),
        Column("level", _words, False, "", "The code of the access level, where the community's manual has levels."),
        Column("since", _day, False, "2024-03-15", "Empty: today."),
        Column("enters data", _yes(default=True), False, "yes", ""),
        Column("reporting add-on", _yes(default=False), False, "no", ""),
    ),
    Kind.TRAINING: (
        Column("email", _address, True, "l.chen@harbor.org", "Who did it."),
        Column("course", _words, True, "security-2026", "The code of a course that is offered here."),
        Column("done on", _day, True, "2026-01-20", "The day on which it was completed."),
    ),
}  # fmt: skip
for _kind, _columns in COLUMNS.items():
    assert len({column.name for column in _columns}) == len(_columns), _kind


@dataclass(frozen=True)
class Row:
    """A row that can be understood: its values by the column's name."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """One kind's rows as they were read; `file` is how problems name it."""

    kind: Kind
    file: str
    rows: list[Row]
    problems: list[Problem]


def kind_of(name: str) -> Kind | None:
    """By a sheet's or a file's name."""
    plain = word(name)
    return next((kind for kind in Kind if word(kind) in plain), None)


def read(kind: Kind, file: str, table: Table) -> Sheet:
    """Every row, and every problem with where it stands; a column that nobody knows is one too."""
    places = {word(title): number for number, title in reversed(list(enumerate(table.header))) if title}
    columns = {word(column.name): column for column in COLUMNS[kind]}
    problems = [
        Problem(file, table.line, column.name, f"this column is missing. Found are: {told(table.header)}.")
        for key, column in columns.items()
        if column.is_needed and key not in places
    ]
    problems += [
        Problem(file, table.line, title, f"this column is not known for {kind}; take it out, or check its name.")
        for title in table.header
        if title and word(title) not in columns
    ]
    if problems:
        return Sheet(kind, file, [], problems)
    rows: list[Row] = []
    for line, cells in table.rows:
        values: dict[str, Any] = {}
        for column, value, problem in _cells(kind, file, line, cells, places):
            if problem is not None:
                problems.append(problem)
            values[column.name] = value
        rows.append(Row(line, values))
    bad = {problem.line for problem in problems}
    return Sheet(kind, file, [row for row in rows if row.line not in bad], problems)


def _cells(
    kind: Kind, file: str, line: int, cells: Sequence[str], places: dict[str, int]
) -> Iterator[tuple[Column, Any, Problem | None]]:
    for column in COLUMNS[kind]:
        at = places.get(word(column.name))
        cell = cells[at].strip() if at is not None and at < len(cells) else ""
        if column.is_needed and not cell:
            yield column, None, Problem(file, line, column.name, "this is empty.")
            continue
        try:
            yield column, column.reads(cell), None
        except ValueError as error:
            yield column, None, Problem(file, line, column.name, f"“{cell[:60]}” {error}.")
