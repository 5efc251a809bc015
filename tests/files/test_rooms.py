"""Hostile files in the rooms that take files from outside: kept or refused in a sentence, and nothing of them runs."""

from __future__ import annotations

import re
import struct
import time
from email.message import EmailMessage
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile
from zlib import compress, crc32

import pytest
from sqlalchemy import select

from core.accounts.guard import limiter
from core.db import db
from core.files.models import StoredFile
from core.files.rules import LONGEST_NAME
from helpdesk.mail.services import receive
from helpdesk.mail.tokens import case_reply_address
from helpdesk.tickets.models import MessageFile, Ticket
from helpdesk.vendor.models import CaseFile
from tests.accounts.visitor import Visitor
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import nonce
from tests.vendor.acting import at_lead, case_with

pytestmark = pytest.mark.usefixtures("at_noon")
MEGABYTE = 1024 * 1024
SECONDS = 20


def bomb() -> bytes:
    """A few hundred kilobytes that would be three hundred megabytes of a document's text."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as whole:
        whole.writestr("word/document.xml", b"a" * (300 * MEGABYTE))
    return made.getvalue()


def flood() -> bytes:
    """A picture of a few bytes that says it is 65,535 pixels square."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc32(kind + content))

    head = struct.pack(">IIBBBBB", 65_535, 65_535, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", compress(b"\0" * 99)) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
HOSTILE = {
    "zip bomb": (bomb, "report.docx"),
    "pixel flood": (flood, "screen.png"),
    "SVG with a script": (lambda: SVG, "picture.svg"),
    "no bytes at all": (lambda: b"", "empty.txt"),
    "a name without an end": (lambda: b"plain words", "n" * 5_000 + ".txt"),
    "a name that climbs": (lambda: b"plain words", "../../../../etc/cron.d/job"),
}


@pytest.fixture
def world(app, at_noon):
    limiter.reset()
    return make_world("sonoma")


@pytest.fixture(params=HOSTILE)
def hostile(request) -> tuple[bytes, str]:
    content, name = HOSTILE[request.param]
    return content(), name


def downloaded(client, person, url) -> None:
    """A download that no browser runs, whatever it is."""
    sign_in(client, person)
    with client.get(url) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.mimetype not in ("image/svg+xml", "text/html", "application/xhtml+xml")


def safe(stored: StoredFile) -> None:
    assert len(stored.name.encode()) <= LONGEST_NAME
    assert not re.search(r"[/\\]", stored.name)


def test_the_public_form_keeps_it_as_a_download_or_says_why_not(app, client, world, hostile):
    content, name = hostile
    began = time.monotonic()
    form = {
        "community": world.coc.id, "category": "problem", "name": "Sam Poole", "address": "sam@elsewhere.test",
        "subject": "A file", "text": "See the file.", "nonce": nonce(), "files": (BytesIO(content), name),
    }  # fmt: skip
    answer = Visitor(app).submit("/help/ask", **form)
    assert time.monotonic() - began < SECONDS
    assert answer.status_code == 302, answer.get_data(as_text=True)
    ticket = db.session.scalars(select(Ticket)).one()
    for row in db.session.scalars(select(MessageFile)):
        safe(row.file)
        downloaded(client, world.agent, f"/tickets/{ticket.id}/files/{row.id}")


def test_a_vendors_letter_keeps_it_as_a_download(client, world, hostile):
    content, name = hostile
    case = case_with(world, at_lead(world))
    letter = EmailMessage()
    letter["From"], letter["To"] = "vera@vendor.test", case_reply_address(case.id, world.lead.support_address)
    letter["Subject"], letter["Message-ID"] = "The file", "<file@vendor.test>"
    letter.set_content("See the file.")
    letter.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    began = time.monotonic()
    assert receive(letter.as_bytes()).outcome == "vendor-case"
    assert time.monotonic() - began < SECONDS
    row = db.session.scalars(select(CaseFile)).one()
    safe(row.file)
    downloaded(client, world.agent, f"/vendor-cases/{case.id}/files/{row.id}")
