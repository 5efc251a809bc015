"""Tables that somebody brings, as CSV or as Excel: read row by row, whatever the file is.

Nothing in a file is computed or run: of a formula the value that was saved with it counts. An Excel file is a ZIP,
and is refused before it is unpacked where it would be larger than an export of people ever is.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import Invalid
from core.files import reading
from core.text import one_line

MOST_BYTES = 40 * 1024 * 1024
MOST_UNPACKED = 300 * 1024 * 1024
MOST_MEMBERS = 2_000
MOST_ROWS = 250_000
MOST_COLUMNS = 200
MOST_CELLS = 5_000_000
LONGEST_CELL = 2_000
LOOKED_AT = 20  # rows among which the header is looked for
EXPORT = "Export it again as CSV or as an Excel workbook (.xlsx), and bring that file as it is."
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
COMMENT, ELEMENT = re.compile(rb"<!--.*?-->", re.DOTALL), re.compile(rb"<[A-Za-z_]")
ZIP = b"PK\x03\x04"
NO_TABLES = (
    (b"%PDF-", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind (.xls), or one with a password"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document"),
)
UNREADABLE = (
    *reading.UNREADABLE, KeyError, TypeError, OSError, AttributeError, IndexError, SyntaxError, InvalidFileException,
)  # fmt: skip
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """`header` stands in `line`; `rows` are those below it, each with its line, without blank ones. `name` is the
    sheet's, empty for CSV."""

    name: str
    line: int
    header: list[str]
    rows: list[Row]


def tables(data: bytes) -> list[Table]:
    """Every sheet that holds anything; of CSV its one. Raises Invalid (field `file`) for what is no table."""
    if not data.strip():
        raise refused("This file is empty.")
    if len(data) > MOST_BYTES:
        raise refused(f"This file is larger than {MOST_BYTES // 1024 // 1024} MB.", "Split it, and bring the parts.")
    for mark, words in NO_TABLES:
        if data.startswith(mark):
            raise refused(f"This is {words}, not a table.")
    found = _of_workbook(data) if data.startswith(ZIP) else [_of_csv(data)]
    whole = [table for table in found if table is not None]
    if not whole:
        raise refused("Nothing is written in this file.")
    return whole


def table(data: bytes) -> Table:
    """The first sheet that holds anything."""
    return tables(data)[0]


def refused(message: str, advice: str = EXPORT) -> Invalid:
    return Invalid(message, advice, field="file")


# --- CSV


def decoded(data: bytes) -> str:
    """By the mark at the beginning; without one, UTF-16 of Latin letters has a zero in every other place. What is
    neither is read as Windows writes it."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        head = data[:4096]
        low, high = head[::2].count(0), head[1::2].count(0)
        if max(low, high) > len(head) // 4 and min(low, high) < len(head) // 20:
            return data.decode("utf-16-le" if high > low else "utf-16-be")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _of_csv(data: bytes) -> Table | None:
    text = decoded(data)
    if "\0" in text:
        raise refused("This file holds zero bytes, so it is not text.")
    head = "\n".join([line for line in text[:20_000].splitlines() if line.strip()][:LOOKED_AT])
    delimiter = max(",;\t|", key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _table("", _numbered(reader))
    except csv.Error as error:
        raise refused(f"Line {reader.line_num} cannot be read as a row of a table ({error}).") from error


def _numbered(reader: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Each row with the line on which it begins; a quoted cell may run over several."""
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


# --- Excel


def _of_workbook(data: bytes) -> list[Table | None]:
    _must_be_small(data)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            return [_of_sheet(sheet) for sheet in book.worksheets]
        finally:
            book.close()
    except Invalid:
        raise
    except UNREADABLE as error:
        raise refused("This Excel workbook is damaged, or no workbook at all.") from error


def _of_sheet(sheet: Any) -> Table | None:
    """How large a sheet says it is, is not believed."""
    sheet.reset_dimensions()
    return _table(sheet.title, enumerate(sheet.iter_rows(values_only=True), start=1))


def _must_be_small(data: bytes) -> None:
    """By what the ZIP's own list says, more than which is never unpacked; and no part may define entities."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
                raise refused("Unpacked, this workbook would be far larger than a list of people ever is.")
            if not any(one.filename.startswith("xl/") for one in members):
                raise refused("This is a ZIP file, not an Excel workbook.")
            for one in members:
                _must_be_plain(archive, one)
    except Invalid:
        raise
    except UNREADABLE as error:
        raise refused("This Excel workbook is damaged, or no workbook at all.") from error


def _must_be_plain(archive: ZipFile, member: ZipInfo) -> None:
    if member.flag_bits & 1 or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise refused("This workbook is protected or packed in an unusual way.")
    if not member.filename.endswith((".xml", ".rels")):
        return
    with archive.open(member) as opened:
        # Whatever stands before the first element: comments may hide nothing behind them, however long they are.
        head = COMMENT.sub(b"", opened.read(4096).replace(b"\0", b""))
        if b"<!" in head or (member.file_size and not ELEMENT.search(head)):
            raise refused("This workbook has parts that no spreadsheet program writes.")


# --- both


def _table(name: str, lines: Iterable[tuple[int, Sequence[Any]]]) -> Table | None:
    """The header is the first row with at least two cells; titles above it are passed over."""
    rows: list[Row] = []
    held = 0
    for line, cells in lines:
        if line > MOST_ROWS:
            raise refused(f"This table has more than {MOST_ROWS:,} lines.", "Split it, and bring the parts.")
        plain = [cell(value) for value in cells[:MOST_COLUMNS]]
        while plain and not plain[-1]:
            plain.pop()
        held += len(plain)
        if held > MOST_CELLS:
            raise refused("This table has far more cells than a list of people.", "Take out columns, or split it.")
        if plain:
            rows.append((line, plain))
    if not rows:
        return None
    at = next((n for n, (_, cells) in enumerate(rows[:LOOKED_AT]) if sum(map(bool, cells)) > 1), 0)
    line, header = rows[at]
    return Table(name, line, header, rows[at + 1 :])


def cell(value: Any) -> str:
    """One line of plain text; days and times as ISO 8601, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return one_line(CONTROL.sub(" ", str(value)[:LONGEST_CELL]))


def word(title: str) -> str:
    """A header as it is compared: without regard to case and to anything but letters and digits."""
    return re.sub(r"[^a-z0-9]+", "", title.casefold())


def told(header: Sequence[str], most: int = 12) -> str:
    """Headers, to be named in a sentence."""
    named = [f"“{title[:40]}”" for title in header if title]
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return (", ".join(named[:most]) + more) or "none"
