"""Files with a client's personal data are held back, in whatever way they are written, and reading them is bounded."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest

from core.files.models import StoredFile
from tests.files.test_files import PNG, keep

TABLE = "First;Last;Number\r\nJos\u00e9;Mu\u00f1oz;219-09-9999\r\n"
CLEAN = "Case;Opened\r\n4881;2026-11-01\r\n"
RTF = (
    rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 Jos\'e9 is here.\par Her number: 219{\b\cf1 -09}\_9999\par}",
    rb"{\rtf1\ansi client\~name: \u74?ane D\'6fe\par}",
)
WORD = (
    "<w:p><w:r><w:t>Her number is 219-</w:t></w:r><w:r w:rsidR='00A1'><w:rPr><w:b/></w:rPr><w:t>09-</w:t></w:r>"
    "<w:proofErr/><w:r><w:t>9999</w:t></w:r></w:p>"
)
SHEET = "<sst><si><t>Last</t></si><si><t>219-09-9999</t></si><si><t>Opened</t></si></sst>"
MEGABYTE = 1024 * 1024
MOST_MEMORY = 12 * MEGABYTE


def zipped(members: dict[str, str | bytes], way: int = ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", way) as archive:
        for name, content in members.items():
            member = ZipInfo(name)  # of no time: the bytes stand in tests' names
            member.compress_type = way
            archive.writestr(member, content)
    return made.getvalue()


def document(text: str) -> bytes:
    xml = f"<?xml version='1.0'?><w:document><w:body>{text}</w:body></w:document>"
    return zipped({"[Content_Types].xml": "<?xml version='1.0'?><Types/>", "word/document.xml": xml})


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize(
    ("name", "content", "label"),
    [
        ("client Jane Doe roi.pdf", b"%PDF-", "name"),
        ("ssn card.jpg", b"\xff\xd8\xff", "ID document"),
        ("notes.txt", b"SSN 512-60-9981", "SSN"),
        ("notes.txt", "DOB 01/02/1980".encode("utf-16"), "birth date"),
        ("notes.txt", TABLE.encode("utf-16-le"), "SSN"),
        ("notes.txt", TABLE.encode("utf-16-be"), "SSN"),
        ("notes.txt", TABLE.encode("utf-32"), "SSN"),
        ("notes.txt", TABLE.encode("utf-8-sig"), "SSN"),
        ("notes.html", b"<html>client name: Jane Doe", "name"),
        ("notes.html", b"<html><p>219<b>-09</b>&#45;9999", "SSN"),
        ("notes.html", b"<!-- 219-09-9999 --><html>", "SSN"),
        ("list.csv", TABLE.encode("cp1252"), "SSN"),
        ("list.csv", TABLE.encode("latin-1"), "SSN"),
        ("list.csv", CLEAN.encode() * 9_000 + TABLE.encode("cp1252"), "SSN"),
        ("letter.rtf", RTF[0], "SSN"),
        ("letter.rtf", RTF[1], "name"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + TABLE.encode("utf-16-le"), "SSN"),
        ("letter.docx", document(WORD), "SSN"),
        ("list.xlsx", zipped({"xl/sharedStrings.xml": SHEET}, ZIP_STORED), "SSN"),
        ("all.zip", zipped({"a.png": PNG, "list.csv": TABLE.encode("cp1252")}), "SSN"),
    ],
)
def test_a_file_that_gives_a_client_away_is_held_back(app, at_noon, name, content, label):
    assert keep(content, name).held_back == label


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("screenshot.png", PNG),
        ("notes.txt", b"The report is empty."),
        ("notes.txt", CLEAN.encode("utf-16-le")),
        ("list.csv", b"Jos\xe9;4881\r\n"),
        ("letter.rtf", rb"{\rtf1\ansi\deff0 Client 48812 cannot be enrolled.\par}"),
        ("letter.docx", document("<w:p><w:r><w:t>Client 48812 cannot be enrolled.</w:t></w:r></w:p>")),
        ("damaged.docx", document(WORD)[:-30]),
        ("damaged.zip", b"PK\x03\x04" + b"\0" * 200),
        ("empty.zip", zipped({})),
        ("empty.txt", b""),
    ],
)
def test_a_file_without_is_not(app, at_noon, name, content):
    assert keep(content, name).held_back == ""


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("before", [199_990, 240_000, 256 * 1024 - 5, MEGABYTE, 6 * MEGABYTE, 24 * MEGABYTE])
def test_all_of_a_long_file_is_read(app, at_noon, before):
    """Also across the places where one piece ends and the next begins."""
    line = b"The report of the shelter shows what it did\n"
    content = (line * (before // len(line) + 1))[:before] + b" 219-09-9999 "
    assert keep(content, "log.txt").held_back == "SSN"


def measured(content: bytes, name: str) -> tuple[StoredFile, int, float]:
    """The file, how many bytes more than before were held at once, and the processor's seconds."""
    began = time.process_time()
    tracemalloc.start()
    try:
        stored = keep(content, name)
        return stored, tracemalloc.get_traced_memory()[1], time.process_time() - began
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("way", [ZIP_DEFLATED, ZIP_BZIP2], ids=["deflate", "bzip2"])
def test_a_zip_that_grows_a_thousandfold_is_read_only_to_a_bound(app, at_noon, way):
    bomb = zipped({"word/document.xml": b"<?xml ?>" + b" " * (120 * MEGABYTE), "word/more.xml": b"219-09-9999"}, way)
    stored, held, took = measured(bomb, "letter.docx")
    assert (stored.size, stored.held_back) == (len(bomb), "")
    assert held < MOST_MEMORY
    assert took < 20


def test_a_zip_with_a_list_longer_than_any_document_has_is_not_opened(app, at_noon):
    many = zipped({f"{n}.txt": b"" for n in range(30_000)} | {"a.txt": b"219-09-9999"}, ZIP_STORED)
    stored, held, _ = measured(many, "all.zip")
    assert stored.held_back == ""
    assert held < MOST_MEMORY


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_a_picture_is_not_decoded_however_large_it_says_it_is(app, at_noon):
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * (64 * MEGABYTE), 9)
    huge = PNG[:8] + chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    stored, held, took = measured(huge, "screen.png")
    assert (stored.media_type, stored.held_back, stored.size) == ("image/png", "", len(huge))
    assert held < MEGABYTE
    assert took < 1
