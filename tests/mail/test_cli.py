"""`hearthdesk mail receive`: one door for a mail server to hand mail to; and real replies through the same door."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.db import db
from helpdesk.mail.models import InboundMessage, InboundState
from helpdesk.mail.quotes import DELIMITER, is_device_note
from helpdesk.mail.services import receive
from tests.conftest import SHARED
from tests.mail.acting import asked, kept, sent_to, tickets, token_of
from tests.mail.writing import mail
from tests.support.factories import make_world
from tests.tickets.acting import messages_of

ROOT = Path(__file__).resolve().parents[2]
OUTCOMES = {"ticket", "reply", "bounce", "auto-reply", "duplicate", "quarantined"}
OWN = Path(__file__).parent / "replies"
REPLIES = [*sorted(OWN.glob("*")), *sorted((SHARED / "data" / "replies" / "emails").glob("*"))]
PATIENCE = 180


@pytest.fixture
def world(app, at_noon):
    return make_world()


def hand_over(raw: bytes, url: str, folder: Path, *flags: str) -> subprocess.CompletedProcess[bytes]:
    """In a process of its own; `url` is empty for a database that the command brings along."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {"HEARTHDESK_DATA": str(folder), "HEARTHDESK_MODE": "development", "DATABASE_URL": url}
    command = [sys.executable, "-c", "from core.cli import main; main()", "mail", "receive", *flags]
    return subprocess.run(
        command, input=raw, capture_output=True, cwd=ROOT, env=environment, timeout=PATIENCE, check=False
    )


def test_a_fresh_data_folder_keeps_the_mail_and_knows_it_again(tmp_path):
    raw = mail("first@agency.test", subject="Hello")
    first, second = (hand_over(raw, "", tmp_path, "--json") for _ in range(2))
    for done in (first, second):
        assert done.returncode == 0, done.stderr.decode()
        assert b"Traceback" not in done.stderr
    told, again = json.loads(first.stdout), json.loads(second.stdout)
    assert list(told) == list(again) == ["outcome", "ticket", "reason"]
    assert (told["outcome"], told["ticket"]) == ("quarantined", None)
    assert told["reason"] == "No HMIS Lead here has an address that it was sent to."
    assert (again["outcome"], again["ticket"]) == ("duplicate", None)
    assert again["reason"].startswith("the same message came before")


def test_the_answer_in_words(world, database_url, tmp_path):
    done = hand_over(mail(world.end_user.email, to=world.lead.support_address), database_url, tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    (row,) = kept()
    assert done.stdout.decode().strip() == f"ticket #{row.ticket_id}"


def in_headers(file: Path, world, to: str) -> bytes:
    """The words of a real reply as the body of a mail, as they lie in the file."""
    head = (
        f"From: {world.end_user.email}\r\nTo: {to}\r\nSubject: Re: Cannot save\r\n"
        f"Message-ID: <{file.name}@agency.test>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return head.encode() + file.read_bytes()


@pytest.mark.parametrize("file", REPLIES, ids=lambda file: file.name)
def test_a_real_reply_as_it_lies_there_is_kept(world, file):
    raw = file.read_bytes()
    outcome = receive(raw)
    assert outcome.outcome in OUTCOMES
    (row,) = kept()
    assert row.raw == raw
    assert row.state in (InboundState.DONE, InboundState.QUARANTINED)
    assert outcome.outcome == "ticket" or outcome.reason


@pytest.mark.parametrize("file", REPLIES, ids=lambda file: file.name)
def test_a_real_reply_in_a_mail_joins_its_ticket_with_all_its_words(world, file):
    ticket = asked(world)
    raw = in_headers(file, world, token_of(ticket, world.end_user))
    outcome = receive(raw)
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)
    assert kept()[-1].raw == raw
    said = messages_of(ticket)[-1]
    assert words_of(file.read_text()) <= Counter(f"{said.text}\n{said.quoted}".split())


def words_of(text: str) -> Counter[str]:
    """All words but those of rulers and of "Sent from my phone", which nobody misses."""
    lines = text.replace("\r", "\n").split("\n")
    return Counter(
        word for line in lines if not (DELIMITER.match(line) or is_device_note(line)) for word in line.split()
    )


def test_real_replies_one_after_the_other_hold_up_nobody(world):
    ticket = asked(world)
    outcomes = [receive(in_headers(file, world, token_of(ticket, world.end_user))).outcome for file in REPLIES]
    assert set(outcomes) <= OUTCOMES
    assert db.session.scalar(select(func.count()).select_from(InboundMessage)) == len(REPLIES) + 1
    assert tickets() == 1
    assert len(messages_of(ticket)) == 1 + outcomes.count("reply")
    assert len(sent_to(world.end_user.email)) == 1
