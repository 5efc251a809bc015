"""A list of people as a CSV file: read, and each row made into what the form would ask. Nothing is guessed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core import ppi, typed
from core.errors import DomainError, Invalid
from core.people.addresses import usable
from core.people.models import Agency, EmploymentKind
from core.policy import Policy
from licensing.access.rules import RequestKind, levels_of
from licensing.access.services import Asked

COLUMNS = ("name", "email", "job_title", "employment", "level", "projects", "enters_data", "is_of_age", "kind")
NEEDED = ("name", "email", "employment", "projects")
MOST_ROWS = 500
MOST_BYTES = 1024 * 1024
LONGEST = 300
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
EXAMPLE = (
    "name,email,job_title,employment,level,projects,enters_data,is_of_age,kind",
    "Lena Chen,l.chen@agency.test,Caseworker,paid-staff,,Night shelter; Day center,yes,yes,new",
)


@dataclass(frozen=True)
class Read:
    """`line` is the line of the file, as an editor counts them. `refused` are the columns that were emptied, each with
    what of a client's it seemed to have."""

    line: int
    values: dict[str, str]
    refused: dict[str, str] = field(default_factory=dict)


def read(raw: bytes) -> list[Read]:
    """Raises Invalid naming what is wrong with the file as a whole, and what was found."""
    if len(raw) > MOST_BYTES:
        raise Invalid("This file is larger than 1 MB.", "Send the list in parts.", "file")
    text = _decoded(raw)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [one.strip().lower().replace(" ", "_") for one in next(lines, [])]
        _must_have(header)
        found = [_row(header, row, lines.line_num) for row in lines if any(map(str.strip, row))]
    except csv.Error as error:
        raise Invalid(f"Line {lines.line_num} cannot be read: {error}.", "Save it as CSV again.", "file") from error
    if not found:
        raise Invalid("There are no rows under the first line.", "Write one person on each line.", "file")
    if len(found) > MOST_ROWS:
        raise Invalid(f"These are {len(found)} rows; {MOST_ROWS} are taken at once.", "Send them in parts.", "file")
    return [Read(one.line, clean(one.values)) for one in found]


def _row(header: Sequence[str], row: Sequence[str], line: int) -> Read:
    """A comma in a name that is not quoted moves every cell after it, so nothing is read from such a row."""
    if any(map(str.strip, row[len(header) :])):
        raise Invalid(
            f"Line {line} has more cells than the first line.", "Put quotes around what has a comma in it.", "file"
        )
    return Read(line, dict(zip(header, row, strict=False)))


def clean(values: Mapping[str, str]) -> dict[str, str]:
    """The columns there are, each on one line and not endless."""
    return {name: typed.line(values.get(name))[:LONGEST] for name in COLUMNS}


def kept(row: Read) -> Read:
    """Without the cells that have what looks like a client's personal data (MO-HD-5). Names count where people are
    named: a project may be called after somebody."""
    found = {}
    for column, said in row.values.items():
        of_client = [one for one in ppi.find(said) if one.kind is not ppi.Kind.NAME or column in ("name", "job_title")]
        if of_client:
            found[column] = of_client[0].label
    return replace(row, values=row.values | dict.fromkeys(found, ""), refused=found)


def refused(column: str, label: str) -> dict[str, str]:
    says = f"This has what looks like a client's {label}, so it was not kept."
    return {"column": column, "says": says, "advice": "Leave it out.", "rule": "MO-HD-5"}


def _decoded(raw: bytes) -> str:
    """Excel writes UTF-8 with a mark, UTF-16, or the Windows code page."""
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    named = next((name for mark, name in marks if raw.startswith(mark)), "utf-8")
    for name in (named, "cp1252"):
        try:
            text = raw.decode(name)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("This is not a CSV file.", "In Excel, save it as “CSV UTF-8”.", "file")


def _must_have(header: Sequence[str]) -> None:
    twice = next((name for name, times in Counter(header).items() if times > 1 and name in COLUMNS), None)
    if twice is not None:
        raise Invalid(f"The first line has the column {twice} twice.", "Keep one of them.", "file")
    missing = [name for name in NEEDED if name not in header]
    if missing:
        seen = ", ".join(name for name in header if name)[:200] or "nothing"
        raise Invalid(
            f"The first line has no column {missing[0]}.", f"It has: {seen}. Write: {', '.join(COLUMNS)}.", "file"
        )


# ------------------------------------------------------------------ one row


def asked(values: Mapping[str, str], agency: Agency, policy: Policy, once: str) -> Asked:
    """What the form would ask for. Raises Invalid with the column as its field."""
    name = values["name"]
    if not name:
        raise Invalid("The name is missing.", "Give the person's full name.", "name")
    for column in ("name", "job_title"):
        typed.refuse_client_data(values[column], column)
    return Asked(
        name=name[:120],
        email=usable(values["email"], "email"),
        employment=_employment(values["employment"]),
        project_ids=_projects(values["projects"], agency),
        once=once,
        job_title=values["job_title"][:120],
        level=_level(values["level"], policy),
        enters_data=_yes(values, "enters_data", empty=True),
        is_of_age=_yes(values, "is_of_age", empty=False),
        kind=_kind(values["kind"]),
    )


def _employment(said: str) -> str:
    code = said.strip().lower().replace(" ", "-")
    if code not in set(EmploymentKind):
        codes = ", ".join(one.value for one in EmploymentKind)
        raise Invalid(f"“{said[:60]}” is no kind of employment.", f"Write one of: {codes}.", "employment")
    return code


def _level(said: str, policy: Policy) -> str:
    """The code or the words of the manual's list; what is in neither is for the rules to refuse."""
    levels = levels_of(policy)
    if levels is None:
        return ""
    return next(
        (code for code, words in levels.levels.items() if said.casefold() in (code, words.casefold())), said[:80]
    )


def _projects(said: str, agency: Agency) -> tuple[int, ...]:
    by_name = {one.name.casefold(): one.id for one in agency.projects}
    wanted = [one.strip() for one in said.split(";") if one.strip()]
    unknown = next((one for one in wanted if one.casefold() not in by_name), None)
    if unknown is not None:
        raise Invalid(f"Your agency has no project “{unknown[:60]}”.", "Put a semicolon between two.", "projects")
    return tuple(by_name[one.casefold()] for one in wanted)


def _yes(values: Mapping[str, str], column: str, *, empty: bool) -> bool:
    said = values[column].strip().lower()
    if said not in (*YES, *NO, ""):
        raise Invalid(f"“{said[:60]}” is neither yes nor no.", "Write yes or no.", column)
    return said in YES if said else empty


def _kind(said: str) -> RequestKind:
    if said.strip().lower() not in ("", RequestKind.NEW, RequestKind.TRANSFER):
        raise Invalid(f"“{said[:60]}” is no kind of request.", "Write new or transfer.", "kind")
    return RequestKind.TRANSFER if said.strip().lower() == RequestKind.TRANSFER else RequestKind.NEW


def problem(error: DomainError) -> dict[str, str]:
    return {
        "column": error.field or "", "says": error.message, "advice": error.advice or "", "rule": error.rule or ""
    }  # fmt: skip
