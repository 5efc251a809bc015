"""Hostile and honest files: what cannot be read is told in a sentence, and nothing in a file is computed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from core import tables
from core.errors import Invalid
from licensing.reconciliation import rules
from licensing.reconciliation.rules import VENDORS, Columns, Field, Vendor

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
LINES = "Email,Name,Last Login\nzoë@a.test,Zoë Müller,11/19/2026 4:30 PM\n"


def workbook(*rows) -> bytes:
    book, kept = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(kept)
    return kept.getvalue()


ANY = Columns(Vendor.OTHER)


def read(data: bytes, columns=ANY):
    table = tables.table(data)
    return rules.read(columns, table.header, table.rows, CHICAGO, NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_says_the_same(encoding, delimiter):
    [one] = read(LINES.replace(",", delimiter).encode(encoding)).accounts
    assert (one.email, one.name) == ("zoë@a.test", "Zoë Müller")
    assert one.last_login == datetime(2026, 11, 19, 16, 30, tzinfo=CHICAGO)


def test_a_workbook_says_the_same_as_csv():
    data = workbook(["Users of the HMIS"], ["Email", "Active", "Last Login"], ["A@a.test", "No", datetime(2026, 11, 1)])
    [one] = read(data).accounts
    assert (one.email, one.is_active, one.line) == ("a@a.test", False, 3)
    assert one.last_login == datetime(2026, 11, 1, tzinfo=CHICAGO)


def test_a_formula_is_not_computed():
    data = workbook(["Email", "Name"], ["a@a.test", '=HYPERLINK("http://evil.test","x")'])
    assert read(data).accounts[0].name == "", "a formula that was never computed has no value"
    assert read(b"Email,Name\na@a.test,=1+1\n").accounts[0].name == "=1+1"


def bomb() -> bytes:
    kept = BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(400):
                part.write(b" " * 1024 * 1024)
    return kept.getvalue()


def with_entities(before: bytes = b"") -> bytes:
    kept = BytesIO()
    with ZipFile(BytesIO(workbook(["Email", "Name"], ["a@a.test", "A"]))) as source, ZipFile(kept, "w") as archive:
        for name in source.namelist():
            text = source.read(name)
            if name == "xl/workbook.xml":
                kinds = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
                text = b'<?xml version="1.0"?>' + before + kinds + text
            archive.writestr(name, text)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"%PDF-1.7", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1", "old kind"),
        (b"PK\x03\x04nonsense", "damaged"),
        (bomb(), "far larger"),
        (with_entities(), "no spreadsheet program"),
        (b"Email,Name\n" + b"a@a.test,\0\0", "zero bytes"),
        (workbook(), "Nothing is written"),
        (b"Email\n" * (tables.MOST_ROWS + 2), "lines"),
        (with_entities(b"<!--" + b"-" * 2 + b">" + b"<!--" + b"x" * 9_000 + b"-->"), "no spreadsheet program"),
        (with_entities(b" " * 9_000), "no spreadsheet program"),
        ((b"a," * 199 + b"a\n") * 26_000, "far more cells"),
    ],
)
def test_a_hostile_file_is_refused_in_a_sentence(data, words):
    with pytest.raises(Invalid) as refused:
        tables.table(data)
    assert words in refused.value.message
    assert refused.value.field == "file"


def test_a_missing_column_is_named_with_what_was_found():
    with pytest.raises(rules.MappingProblem) as problem:
        read(b"Login,Provider\nx,y\n", Columns(Vendor.WELLSKY))
    assert "“Email”" in problem.value.message
    assert "“Login”, “Provider”" in problem.value.message
    with pytest.raises(rules.MappingProblem, match="“Rolle”"):
        read(LINES.encode(), Columns(Vendor.OTHER, {"level": "Rolle"}))


@pytest.mark.parametrize("vendor", list(Vendor))
def test_each_preset_reads_its_own_first_names(vendor):
    """Each field's own guesses; the Lead's own title goes before them."""
    header = [rules.candidates(Columns(vendor), what)[0] for what in Field]
    assert list(rules.columns(Columns(vendor), header)) == list(Field), VENDORS[vendor]
    assert rules.candidates(Columns(vendor, {"email": "Adresse"}), Field.EMAIL) == ("Adresse",)


@pytest.mark.parametrize(
    ("title", "said", "works"),
    [
        ("Status", "Active", True),
        ("Status", "Locked", False),
        ("Status", "", True),
        ("Active", "No", False),
        ("User Inactive", "No", True),
        ("User Inactive", "Yes", False),
        ("User Inactive", "", True),
        ("Status", "Frozen", True),
    ],
)
def test_whether_an_account_works(title, said, works):
    vendor = Vendor.WELLSKY if title == "User Inactive" else Vendor.OTHER
    told = read(f"Email,{title}\na@a.test,{said}\n".encode(), Columns(vendor))
    assert told.accounts[0].is_active is works
    assert bool(told.notes) == (said == "Frozen"), "a word that is not known is said, and counts as active"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=CHICAGO)),
        ("11/1/26", datetime(2026, 11, 1, tzinfo=CHICAGO)),
        ("11/01/2026 12:05 am", datetime(2026, 11, 1, 0, 5, tzinfo=CHICAGO)),
        ("11/01/2026 01:30", datetime(2026, 11, 1, 1, 30, tzinfo=CHICAGO)),  # comes twice: the first
        ("2026-03-08 02:30", datetime(2026, 3, 8, 3, 30, tzinfo=CHICAGO)),  # never comes
        ("2026-11-01T06:00:00Z", datetime(2026, 11, 1, 6, 0, tzinfo=UTC)),
        ("13/13/2026", None),
        ("yesterday", None),
        ("0001-01-01", None),
        ("11/31/2026", None),
    ],
)
def test_a_last_sign_in_is_read_by_the_lead_s_clocks(said, found):
    assert rules.moment(said, CHICAGO) == found


@given(st.text(max_size=60))
def test_no_words_break_the_reading_of_a_day(said):
    found = rules.moment(said, CHICAGO)
    assert found is None or found.tzinfo is not None


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading_of_a_table(data):
    with suppress(Invalid):
        assert all(isinstance(cell, str) for _, cells in tables.table(data).rows for cell in cells)


def test_empty_cells_at_the_end_of_rows_take_no_room():
    read_back = tables.table(b"Email,Name,,\na@a.test,A" + b"," * 190 + b"\n")
    assert (read_back.header, read_back.rows) == (["Email", "Name"], [(2, ["a@a.test", "A"])])
