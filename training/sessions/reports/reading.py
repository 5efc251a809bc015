"""From the bytes of a file to the cells of a table. Whatever else the file is, it is refused in a sentence."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from io import StringIO

from core.text import one_line
from training.sessions.reports.report import ReportProblem

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 50_000
LONGEST_LINE = 20_000
LOOKED_AT = 50  # lines among which the delimiter and the header are looked for
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
BINARY = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP file"),
    (b"%PDF-", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
EXPORT = "Export the report as CSV from the conferencing product, and bring that file as it is."


@dataclass(frozen=True)
class Table:
    rows: list[list[str]]
    delimiter: str

    def cell(self, row: int, column: int | None) -> str:
        """ "" where there is no such cell."""
        cells = self.rows[row]
        return cells[column] if column is not None and column < len(cells) else ""


def table(data: bytes) -> Table:
    """Raises ReportProblem for what is no table of text."""
    if not data.strip():
        raise ReportProblem("This file is empty.", EXPORT)
    if len(data) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise ReportProblem(f"This file is larger than {most} MB, which no attendance report is.", EXPORT)
    for mark, words in BINARY:
        if data.startswith(mark):
            raise ReportProblem(f"This is {words}, not a CSV file.", EXPORT)
    return _cells(_lines(_text(data)))


def _text(data: bytes) -> str:
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise ReportProblem("This file holds zero bytes, so it is not text.", EXPORT)
    return text


def _decoded(data: bytes) -> str:
    """By the mark at the beginning; without one, UTF-16 of Latin letters has a zero in every other place."""
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


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if len(lines) > MOST_ROWS:
        raise ReportProblem(f"This file has more than {MOST_ROWS:,} lines, which no attendance report has.", EXPORT)
    for number, one in enumerate(lines, start=1):
        if len(one) > LONGEST_LINE:
            raise ReportProblem(f"Line {number} has {len(one):,} characters, which no attendance report has.", EXPORT)
    return lines


def _cells(lines: list[str]) -> Table:
    head = "\n".join([line for line in lines if line.strip()][:LOOKED_AT])
    delimiter = max("\t,;", key=head.count)
    # Teams separates by tabs and quotes nothing; a quote there is part of a name.
    try:
        rows = list(
            csv.reader(
                StringIO("\n".join(lines)),
                delimiter=delimiter,
                quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL,
            )
        )
    except csv.Error as error:
        raise ReportProblem(f"This is no table that can be read ({error}).", EXPORT) from error
    return Table([[_clean(cell) for cell in row] for row in rows], delimiter)


def _clean(cell: str) -> str:
    plain = one_line(CONTROL.sub(" ", cell))
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == '"' else plain


def word(cell: str) -> str:
    """A header as it is compared: without regard to case, apostrophes and blanks."""
    return cell.casefold().replace("’", "'").replace("\u00a0", " ").strip(" :")


def column(header: list[str], *names: str) -> int | None:
    """Where the first of these headers stands."""
    words = [word(cell) for cell in header]
    return next((words.index(name) for name in names if name in words), None)


def is_blank(row: list[str]) -> bool:
    return not any(row)


def told(header: list[str]) -> str:
    """Headers, to be named in a sentence."""
    return ", ".join(f"“{cell[:40]}”" for cell in header[:8] if cell) or "none"
