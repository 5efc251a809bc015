"""Files people send: what they are called, what they are, and how they are handed out again."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pytest

from core import files
from core.db import unit_of_work
from core.errors import Invalid, NotFound
from core.files.models import StoredFile
from core.files.rules import LONGEST_NAME, clean_name, media_type, served_type

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
PAGE = b"<!doctype html><script>alert(1)</script>"


def keep(content: bytes, name: str) -> StoredFile:
    with unit_of_work():
        return files.store(content, name)


def on_disk(app) -> list[str]:
    folder = app.config["HEARTHDESK"].data_dir / "files"
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\fakepath\\a.doc", "a.doc"),
        ("/absolute/path.txt", "path.txt"),
        ("folder/", "folder"),
        ("a\r\nContent-Type: text/html\r\n\r\nb.txt", "html b.txt"),
        ("a\tb\n.txt", "a b.txt"),
        ("a\0b.txt", "ab.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\u200f\u2066b.png", "ab.png"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        ('a<b>:"|?*.txt', "ab.txt"),
        ("...", "file"),
        ("", "file"),
        ("\u202e", "file"),
        (".htaccess", "htaccess"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("reporte año.pdf", "reporte año.pdf"),
        ("\ud800.txt", "txt"),
    ],
)
def test_a_name_is_only_a_name(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize("given", ["x" * 5_000 + ".pdf", "é" * 5_000 + ".pdf", "a." + "b" * 5_000])
def test_a_long_name_is_cut_between_characters_and_keeps_its_ending(given):
    kept = clean_name(given)
    assert len(kept.encode()) <= LONGEST_NAME
    assert clean_name(kept) == kept
    assert kept.endswith(".pdf" if given.endswith(".pdf") else "bbbb")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"MZ\x90\0", "application/x-msdownload"),
        (b"\x7fELF\2", "application/x-elf"),
        (
            b"PK\x03\x04" + b"\0" * 26 + b"xl/workbook.xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (b"PK\x03\x04" + b"\0" * 26 + b"a.txt", "application/zip"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (PAGE, "text/html"),
        (b"  \n<svg onload=alert(1)>", "text/html"),
        ("<script>".encode("utf-16"), "text/html"),
        (b"name,age\nx,1\n", "text/plain"),
        ("ação".encode(), "text/plain"),
        (b"", "text/plain"),
        (b"\0\1\2\3\xfe", "application/octet-stream"),
    ],
)
def test_what_a_file_is_comes_from_its_bytes(content, kind):
    assert media_type(content) == kind


def test_what_a_file_is_does_not_come_from_its_name(app, at_noon):
    stored = [keep(PAGE, "photo.png"), keep(PNG, "page.html"), keep(b"MZ", "report.pdf")]
    assert [one.media_type for one in stored] == ["text/html", "image/png", "application/x-msdownload"]


@pytest.mark.parametrize("kind", ["text/html", "application/x-msdownload", "application/x-elf"])
def test_nothing_is_served_as_something_that_runs(kind):
    assert served_type(kind) == "application/octet-stream"


def test_the_bytes_are_kept_once_and_come_back_as_they_were(app, at_noon):
    first, second = keep(PNG, "one.png"), keep(PNG, "two.png")
    assert (first.sha256, first.size) == (second.sha256, len(PNG))
    assert files.read(first) == files.read(second) == PNG
    assert on_disk(app).count(first.sha256[2:]) == 1


def test_too_large_a_file_is_refused_in_one_sentence_and_leaves_nothing(app, at_noon):
    before, there = app.config["HEARTHDESK"], on_disk(app)
    app.config["HEARTHDESK"] = replace(before, upload_limit=1_048_576)
    try:
        keep(b"x" * 1_048_576, "fits.txt")
        there = on_disk(app)
        with pytest.raises(Invalid) as refused:
            keep(BytesIO(b"y" * 1_048_577), "large.txt")
    finally:
        app.config["HEARTHDESK"] = before
    assert refused.value.message == "This file is larger than 1 MB."
    assert refused.value.advice
    assert on_disk(app) == there


def test_it_is_a_download_that_no_page_can_run(app, at_noon):
    stored = keep(PAGE, "evil\r\nX-Bad: 1\u202e.html")
    with app.test_request_context():
        answer = files.send(stored)
        answer.close()
    told = answer.headers
    assert told["Content-Disposition"].startswith("attachment;")
    assert "\r" not in told["Content-Disposition"]
    assert "X-Bad" not in told
    assert answer.mimetype == "application/octet-stream"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert re.search(r"\bsandbox\b", told["Content-Security-Policy"])
    assert told["Cache-Control"] == "private, no-store"


def test_a_file_that_is_gone_says_so(app, at_noon):
    stored = keep(b"soon gone", "gone.txt")
    (app.config["HEARTHDESK"].data_dir / "files" / stored.sha256[:2] / stored.sha256[2:]).unlink()
    for use in (files.read, files.send):
        with pytest.raises(NotFound, match=r"gone\.txt is no longer there"):
            use(stored)
