from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import clock
from core.running import mailsink

FIRST = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
BOTH = b"""Subject: =?utf-8?q?Caf=C3=A9?=\r
From: Desk <desk@example.org>\r
Content-Type: multipart/alternative; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
plain words\r
--b\r
Content-Type: text/html\r
\r
<p>rich words</p>\r
--b--\r
"""


def keep(data_dir: Path, content: bytes, at: datetime) -> None:
    folder = data_dir / "mail"
    folder.mkdir(exist_ok=True)
    with clock.frozen(at):
        mailsink.keep(folder, "desk@example.org", ["a@example.org", "hidden@example.org"], content)


def test_newest_first_with_the_envelope_and_the_bytes_as_they_came(data_dir: Path) -> None:
    keep(data_dir, BOTH, FIRST)
    keep(data_dir, b"Subject: Second\r\n\r\n.\r\n", FIRST + timedelta(seconds=1))
    second, first = mailsink.messages(data_dir)
    assert (second.subject, first.subject) == ("Second", "Café")
    assert (first.sender, first.recipients) == ("desk@example.org", ("a@example.org", "hidden@example.org"))
    assert (first.received_at, first.raw) == (FIRST, BOTH)
    assert first.text("plain").strip() == "plain words"
    assert first.text("html").strip() == "<p>rich words</p>"
    assert mailsink.read(data_dir, first.id) == first


def test_an_id_cannot_lead_out_of_the_folder(data_dir: Path) -> None:
    keep(data_dir, BOTH, FIRST)
    (data_dir / "secret.eml").write_text("x")
    assert mailsink.read(data_dir, "../secret") is None
    assert mailsink.read(data_dir, "no-such") is None


def test_no_folder_is_no_mail(data_dir: Path) -> None:
    assert mailsink.messages(data_dir) == []
