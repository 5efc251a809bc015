"""Reading a HUD HMIS CSV export from the training site: a ZIP or its files, within bounds, and into memory only.

Nothing of it is written to the disk, to the database or to a log, whatever is in it; a sentence that says why it
cannot be used holds none of its words.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from core.errors import Invalid
from core.files import reading
from training.practice.compare import NotPractice, Tables, member_of
from training.practice.content import Content
from training.practice.elements import catalog

FIRST = "Client"
FILES = {FIRST, "Enrollment", *(element.file for element in catalog().values())}
LARGEST = 8 * 1024 * 1024
LARGEST_TOGETHER = 24 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, MOST_MEMBERS = 5_000, 250, 200
LONGEST_CELL = 4_000
UNREADABLE = (*reading.UNREADABLE, OSError)

STRANGER = (
    "This export has somebody who is not of the practice household, so it was not read any further "
    "and nothing of it was kept."
)
ONLY_TRAINING = "Export only the practice household, from the training site, without hashing. Never from the live HMIS."
KEY_OF = {"Client": "PersonalID", "Enrollment": "EnrollmentID"}


@dataclass(frozen=True)
class Upload:
    """One file as it was sent."""

    name: str
    content: IO[bytes]


def read(uploads: Iterable[Upload], content: Content) -> Tables:
    """The rows of the files that an answer key can name. Raises Invalid with a sentence for whoever sent it.

    Client.csv is read first; at the first person of it who is nobody of the household nothing more is read.
    """
    sent = list(uploads)
    first = _texts(sent, {FIRST})
    if FIRST not in first:
        raise _refused("There is no Client.csv in it.", "Send the whole export, or Client.csv with the others.")
    clients = []
    for row in _rows(FIRST, first[FIRST]):
        if member_of(row, content) is None:
            raise _stranger()
        clients.append(row)
    rest = {name: list(_rows(name, text)) for name, text in _texts(sent, FILES - {FIRST}).items()}
    return {FIRST: clients, **rest}


def _stranger() -> Invalid:
    return _refused(STRANGER, ONLY_TRAINING)


def refusal(error: ValueError) -> Invalid:
    """What comparing could not do, as a sentence at the file."""
    return _stranger() if isinstance(error, NotPractice) else _refused(str(error), ONLY_TRAINING)


def _refused(sentence: str, advice: str = "Export it again and send it as it comes.") -> Invalid:
    return Invalid(sentence, advice, field="export")


# ------------------------------------------------------------------ files


def _texts(uploads: list[Upload], wanted: set[str]) -> dict[str, str]:
    """The text of the files that are wanted; what else there is stays unopened."""
    found: dict[str, str] = {}
    left = LARGEST_TOGETHER
    for name, raw in _members(uploads, wanted):
        if name in found:
            raise _refused(f"{name}.csv is in it twice.")
        left -= len(raw)
        if left < 0:
            raise _refused("Together the files are larger than a practice household's can be.")
        found[name] = _decoded(raw, name)
    return found


def _members(uploads: list[Upload], wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    for upload in uploads:
        upload.content.seek(0)
        head = upload.content.read(4)
        upload.content.seek(0)
        if head.startswith(b"PK"):
            yield from _unzipped(upload.content, wanted)
        elif (name := _table(upload.name)) in wanted:
            yield name, _bounded(upload.content, name)


def _table(path: str) -> str:
    """The HUD file that a path names, whatever folder it lies in; "" for any other."""
    last = PurePosixPath(path.replace("\\", "/")).name
    stem, dot, ending = last.rpartition(".")
    wanted = stem.casefold() if dot and ending.casefold() == "csv" else ""
    return next((name for name in FILES if name.casefold() == wanted), "")


def _unzipped(content: IO[bytes], wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    try:
        with ZipFile(content) as archive:
            listed = archive.infolist()
            if len(listed) > MOST_MEMBERS:
                raise _refused("There are more files in it than an export has.")
            for member in listed:
                _must_be_plain(member)
                if (name := _table(member.filename)) in wanted:
                    with archive.open(member) as opened:
                        yield name, _bounded(opened, name)
    except UNREADABLE:
        raise _refused("This ZIP cannot be opened.") from None


def _must_be_plain(member: ZipInfo) -> None:
    """No way out of the folder, no password, and no way to pack that unpacks without a bound."""
    path = member.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or ":" in path:
        raise _refused("A file in this ZIP has a path that leads out of it.")
    if member.flag_bits & 1:
        raise _refused("This ZIP is locked with a password.", "Send it without one.")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise _refused("This ZIP is packed in a way that is not read here.")


def _bounded(content: IO[bytes], name: str) -> bytes:
    raw = content.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise _refused(f"{name}.csv is larger than a practice household's can be.")
    return raw


def _decoded(raw: bytes, name: str) -> str:
    """UTF-8, UTF-16 with its mark, or as Windows writes it."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _tried(raw, "utf-16", name)
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise _refused(f"{name}.csv is not text.")
    return text


def _tried(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise _refused(f"{name}.csv is not text.") from None


# ------------------------------------------------------------------ rows


def _rows(name: str, text: str) -> Iterator[dict[str, str]]:
    """The rows that are not deleted, each by its columns' names; a line break inside quotes is part of a value."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [column.strip() for column in next(reader, [])]
        _must_have(header, name)
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS:
                raise _refused(f"{name}.csv has more than {MOST_ROWS:,} rows: export only the practice household.")
            if any(len(cell) > LONGEST_CELL for cell in cells) or len(cells) > MOST_COLUMNS:
                raise _refused(f"Row {number} of {name}.csv is longer than an export's.")
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            if any(row.values()) and not row.get("DateDeleted"):
                yield row
    except csv.Error:
        raise _refused(f"{name}.csv is not a table that can be read.") from None


def _must_have(header: list[str], name: str) -> None:
    if len(header) > MOST_COLUMNS or len(set(header)) != len(header):
        raise _refused(f"The first line of {name}.csv does not name its columns.")
    needed = {"PersonalID", KEY_OF.get(name, "EnrollmentID"), *(("FirstName", "LastName") if name == FIRST else ())}
    if missing := sorted(needed - set(header)):
        raise _refused(f"{name}.csv has no column {missing[0]}.", "Send the files of HUD's CSV export as they come.")
