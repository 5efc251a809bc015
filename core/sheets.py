"""Tables to take away, as CSV and as Excel: written while they are read, and nothing in them runs (CSV injection).

A cell that a spreadsheet would take for a formula is text: in CSV it gets an apostrophe, in Excel it is a string.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from flask import Response, send_file, stream_with_context

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_ROWS = 1_000_000  # what one sheet of Excel takes, less a little
LONGEST_CELL = 32_000
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = ("csv", "xlsx")

Rows = Iterable[Sequence[Any]]


def download(name: str, form: str, header: Sequence[str], rows: Rows, zone: ZoneInfo) -> Response:
    """The table as a file called `name.form`; `form` is one of FORMS. CSV leaves while the rows are still read."""
    if form == "xlsx":
        return send_file(workbook(header, rows, zone), EXCEL, as_attachment=True, download_name=f"{name}.xlsx")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(stream_with_context(csv_lines(header, rows, zone)), mimetype="text/csv", headers=headers)


def csv_lines(header: Sequence[str], rows: Rows, zone: ZoneInfo) -> Iterator[str]:
    yield _line(header)
    for row in rows:
        yield _line([_cell(value, zone) for value in row])


def _cell(value: Any, zone: ZoneInfo) -> str:
    """Times with their offset; numbers as they are; any other word that would run is text."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    said = _said(value, zone)
    return f"'{said}" if said.startswith(RUNS) else said


def _said(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _line(cells: Iterable[str]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def workbook(header: Sequence[str], rows: Rows, zone: ZoneInfo) -> IO[bytes]:
    """A workbook in a file that is gone once it is read; memory holds one row at a time."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm", "strings_to_formulas": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet, number = None, 0
        for row in rows:
            if sheet is None or number == MOST_ROWS:
                sheet, number = _sheet(book, header, bold), 1
            for column, value in enumerate(row):
                _write(sheet, number, column, value, zone, day)
            number += 1
        if sheet is None:
            _sheet(book, header, bold)
    file.seek(0)
    return file


def _sheet(book: Any, header: Sequence[str], bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 18)
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, bold)
    return sheet


def _write(sheet: Any, row: int, column: int, value: Any, zone: ZoneInfo, day: Any) -> None:
    """Times are local to the zone: Excel knows no offsets."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        sheet.write_string(row, column, _said(value, zone)[:LONGEST_CELL])
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(zone).replace(tzinfo=None, microsecond=0))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a day
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, _said(value, zone)[:LONGEST_CELL])
