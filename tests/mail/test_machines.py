"""Catalogue 29 to 32: machines that write, mail that comes back, and a client's data that must not leave again."""

from __future__ import annotations

import email
import email.policy
import quopri
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.outbox import OutboxMessage, SuppressedAddress, drain
from helpdesk.mail.guards import MOST_AUTOMATIC_REPLIES, MOST_ECHOES
from helpdesk.mail.models import InboundState
from helpdesk.mail.services import receive
from helpdesk.tickets.models import MessageFile
from helpdesk.tickets.rules import Kind
from tests.mail.acting import asked, bounce, kept, sent_to, tickets, token_of, with_the_lead, write
from tests.mail.writing import mail
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import do, fresh, mails, messages_of, read

STRANGER = "someone@elsewhere.test"
GONE = "gone@elsewhere.test"


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


def suppressed() -> set[str]:
    return set(db.session.scalars(select(SuppressedAddress.address)))


def outbox() -> int:
    return len(db.session.scalars(select(OutboxMessage.id)).all())


# --- what could not be delivered -----------------------------------------------------------------


def test_a_bounce_gives_up_the_address_and_is_neither_a_ticket_nor_answered(world):
    ticket = asked(world, GONE)
    before = outbox()
    outcome = receive(bounce(sent_to(GONE)[0], GONE))
    assert (outcome.outcome, outcome.ticket) == ("bounce", ticket.id)
    assert GONE in outcome.reason
    assert suppressed() == {GONE}
    assert (tickets(), outbox(), len(messages_of(ticket))) == (1, before, 1)


def test_nothing_more_is_sent_to_an_address_that_bounced(world, sink):
    asked(world, GONE)
    receive(bounce(sent_to(GONE)[0], GONE))
    asked(world, GONE)
    drain()
    assert GONE not in sink.recipients
    assert world.agent.email in sink.recipients


def plain_bounce(of: OutboxMessage) -> bytes:
    """As the servers write that keep to no standard: the words of qmail, and the mail below them."""
    return "\r\n".join(
        [
            "Return-Path: <>",
            "From: MAILER-DAEMON@mx.elsewhere.test",
            "To: help@hearthdesk.test",
            "Subject: failure notice",
            "",
            "Hi. This is the qmail-send program at mx.elsewhere.test.",
            "I'm afraid I wasn't able to deliver your message to the following addresses.",
            "This is a permanent error; I've given up. Sorry it didn't work out.",
            "",
            f"<{GONE}>:",
            "Sorry, no mailbox here by that name. (#5.1.1)",
            "",
            "--- Below this line is a copy of the message.",
            "",
            f"Message-ID: {of.message_id}",
            f"To: {GONE}",
            "",
        ]
    ).encode()


def test_a_bounce_in_plain_words_counts_too(world):
    asked(world, GONE)
    assert receive(plain_bounce(sent_to(GONE)[0])).outcome == "bounce"
    assert suppressed() == {GONE}
    assert tickets() == 1


@pytest.mark.parametrize(
    "named", ["", "<made-up@hearthdesk.test>", "<0123456789abcdef0123456789abcdef01234567@hearthdesk.test>"]
)
def test_a_forged_bounce_gives_up_nobody(world, named):
    asked(world)
    outcome = receive(bounce(None, world.end_user.email, message_id=named))
    assert (outcome.outcome, outcome.ticket) == ("bounce", None)
    assert suppressed() == set()
    assert tickets() == 1


def test_a_bounce_of_one_persons_mail_gives_up_nobody_else(world):
    asked(world)
    receive(bounce(sent_to(world.end_user.email)[0], world.administrator.email))
    assert suppressed() == set()


def test_a_delay_gives_up_nobody(world):
    asked(world, GONE)
    outcome = receive(bounce(sent_to(GONE)[0], GONE, status="4.4.1"))
    assert outcome.outcome == "bounce"
    assert suppressed() == set()
    assert (tickets(), len(sent_to(GONE))) == (1, 1)


# --- what answers by itself ----------------------------------------------------------------------

AUTOMATIC = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "Auto-Generated; type=vacation"},
    {"Precedence": "auto_reply"},
    {"X_Autoreply": "yes"},
    {"X_Autorespond": "yes"},
    {"X_Auto_Response_Suppress": "All"},
    {"Return_Path": "<>"},
    {"subject": "Automatic reply: Request received"},
    {"subject": "Out of Office: Cannot save"},
    {"subject": "Auto: Out of the office until Monday", "Auto_Submitted": "auto-replied"},
    {"subject": "Respuesta automática: Cannot save"},
    {"subject": "Fuera de la oficina"},
    {"subject": "Réponse automatique : Cannot save"},
    {"subject": "Automatische Antwort: Cannot save"},
    {"subject": "Abwesenheitsnotiz"},
    {"subject": "Risposta automatica: Cannot save"},
    {"subject": "Resposta automática: Cannot save"},
    {"subject": "Automatisch antwoord: Cannot save"},
    {"subject": "Autosvar: Cannot save"},
    {"subject": "Автоматический ответ: Cannot save"},
]


@pytest.mark.parametrize("headers", AUTOMATIC, ids=str)
def test_an_automatic_reply_makes_no_ticket_no_message_and_no_answer(world, headers):
    ticket = asked(world)
    before = outbox()
    alone = write(world, STRANGER, "I am away.", **headers)
    threaded = write(world, world.end_user, "I am away.", to=token_of(ticket, world.end_user), **headers)
    assert (alone.outcome, alone.ticket) == ("auto-reply", None)
    assert (threaded.outcome, threaded.ticket) == ("auto-reply", ticket.id)
    assert alone.reason
    assert (tickets(), outbox(), len(messages_of(ticket))) == (1, before, 1)


PERSONS = [
    {"Auto_Submitted": "no"},
    {"Precedence": "bulk"},
    {"Precedence": "list"},
    {"X_Auto_Response_Suppress": "OOF"},
    {"subject": "Automatic exit"},
]


@pytest.mark.parametrize("headers", PERSONS, ids=str)
def test_a_person_is_not_taken_for_a_machine(world, headers):
    assert write(world, STRANGER, **headers).outcome == "ticket"


def test_two_machines_write_to_each_other_at_most_three_times_an_hour(world, caplog):
    """The other side answers each acknowledgement with a new mail of its own that names none of ours."""
    for number in range(10):
        answered = len(sent_to(STRANGER))
        write(world, STRANGER, f"Your mail number {number} was received.", subject=f"Received {number}")
        if len(sent_to(STRANGER)) == answered:
            break
    assert len(sent_to(STRANGER)) == MOST_AUTOMATIC_REPLIES == 3
    assert "no more automatic replies this hour" in caplog.text
    assert STRANGER not in caplog.text
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        write(world, STRANGER, "An hour later")
    assert len(sent_to(STRANGER)) == 4


def test_two_machines_that_keep_the_thread_are_not_answered_at_all(world):
    ticket = asked(world, STRANGER)
    for number in range(6):
        last = sent_to(STRANGER)[-1]
        write(world, STRANGER, f"Received, number {number}", to=last.reply_to, In_Reply_To=last.message_id)
    assert len(sent_to(STRANGER)) == 1
    assert tickets() == 1
    assert len(messages_of(ticket)) == 7


def test_our_own_mail_looped_back_is_only_noted(world, sink):
    asked(world)
    drain()
    before, loops = outbox(), len(sink.raw)
    assert loops
    for raw in list(sink.raw):
        outcome = receive(b"Received: by a list\r\n" + raw)
        assert outcome.outcome == "auto-reply"
    assert (tickets(), outbox()) == (1, before)


def test_the_same_words_again_and_again_are_an_echo(world, caplog):
    ticket = asked(world)
    before = None
    for _ in range(MOST_ECHOES + 4):
        last = write(world, world.end_user, "We got your mail.", to=token_of(ticket, world.end_user))
        before = before or last
    assert (before.outcome, last.outcome, last.ticket) == ("reply", "auto-reply", ticket.id)
    assert "several times within an hour" in last.reason
    assert len(messages_of(ticket)) == 1 + MOST_ECHOES
    assert world.end_user.email not in caplog.text
    assert write(world, world.end_user, "It works now.", to=token_of(ticket, world.end_user)).outcome == "reply"


# --- the vendor's tracker ------------------------------------------------------------------------


def asked_of_the_vendor(world, client):
    ticket = with_the_lead(asked(world), world)
    assert do(client, world.agent, ticket, "ask-vendor").status_code == 302
    return ticket, mails("ticket-vendor")[-1]


@pytest.mark.rule("SON-HD-4")
@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-generated"}, {"Precedence": "junk"}], ids=str)
def test_a_vendors_tracker_that_calls_itself_automatic_is_heard(world, client, headers):
    ticket, question = asked_of_the_vendor(world, client)
    outcome = write(world, "robot@tracker.test", "Fixed tonight.", to=question.reply_to, **headers)
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)
    assert messages_of(ticket)[-1].kind is Kind.VENDOR_IN
    assert len(mails("ticket-vendor")) == 1


@pytest.mark.parametrize(
    "headers",
    [{"Return_Path": "<>"}, {"subject": "Out of office", "Auto_Submitted": "auto-replied"}],
    ids=str,
)
def test_a_vendors_absence_is_not_its_answer(world, client, headers):
    ticket, question = asked_of_the_vendor(world, client)
    before = len(messages_of(ticket))
    assert write(world, "support@vendor.test", "Away", to=question.reply_to, **headers).outcome == "auto-reply"
    assert len(messages_of(ticket)) == before


def test_without_the_vendors_token_automatic_stays_automatic(world, client):
    ticket, question = asked_of_the_vendor(world, client)
    before = len(messages_of(ticket))
    for headers in (
        {"In_Reply_To": question.message_id},
        {"to": token_of(ticket, world.end_user)},
        {"to": question.reply_to.replace("-0-", "-1-")},
    ):
        outcome = write(world, "support@vendor.test", f"{headers}", Auto_Submitted="auto-generated", **headers)
        assert outcome.outcome == "auto-reply"
    assert len(messages_of(ticket)) == before


# --- files ---------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def with_files(world, *attached: tuple[str, bytes], subject="Cannot save", text="See the file.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = world.end_user.email, world.lead.support_address, subject
    message["Message-ID"] = f"<{abs(hash((subject, attached)))}@agency.test>"
    message.set_content(text)
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def attached_files() -> list[MessageFile]:
    return list(db.session.scalars(select(MessageFile).order_by(MessageFile.id)))


def test_a_file_is_kept_linked_and_given_out_as_it_came(world, client):
    outcome = receive(with_files(world, ("screen.png", PNG), ("../año\u202e.txt", b"<script>alert(1)</script>")))
    picture, page = attached_files()
    assert [(f.file.name, f.file.held_back) for f in (picture, page)] == [("screen.png", ""), ("año.txt", "")]
    for person in (world.end_user, world.agent, world.administrator):
        shown = read(client, person, f"/tickets/{outcome.ticket}")
        assert f"/tickets/{outcome.ticket}/files/{picture.id}" in shown
        answer = client.get(f"/tickets/{outcome.ticket}/files/{picture.id}")
        assert (answer.status_code, answer.data) == (200, PNG)
        answer.close()
    answer = client.get(f"/tickets/{outcome.ticket}/files/{page.id}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "html" not in answer.mimetype
    answer.close()


def test_a_file_is_not_given_to_another_agency(world, client):
    outcome = receive(with_files(world, ("screen.png", PNG)))
    (picture,) = attached_files()
    for person in (world.other_end_user, world.other_representative):
        read(client, person, f"/tickets/{outcome.ticket}/files/{picture.id}", 404)
    own = asked(world, world.other_end_user)
    read(client, world.other_end_user, f"/tickets/{own.id}/files/{picture.id}", 404)


@pytest.mark.rule("MO-HD-5")
def test_a_file_named_after_a_client_is_held_back_and_shown_only_on_purpose(world, client):
    outcome = receive(with_files(world, ("client Jane Doe roi.pdf", b"%PDF-1.7 ")))
    (held,) = attached_files()
    assert held.file.held_back == "name"
    for person in (world.end_user, world.administrator, world.agent):
        assert "Jane Doe" not in read(client, person, f"/tickets/{outcome.ticket}")
        assert "Jane Doe" not in read(client, person, f"/tickets/{outcome.ticket}/files/{held.id}", 403)
    sign_in(client, world.agent)
    answer = client.post(f"/tickets/{outcome.ticket}/files/{held.id}/reveal")
    assert (answer.status_code, answer.data) == (200, b"%PDF-1.7 ")
    answer.close()


def test_too_large_a_file_is_a_person_s_to_decide_and_lost_nowhere(world, app):
    before = app.config["HEARTHDESK"]
    app.config["HEARTHDESK"] = replace(before, upload_limit=1_000)
    try:
        outcome = receive(with_files(world, ("large.bin", b"x" * 2_000)))
    finally:
        app.config["HEARTHDESK"] = before
    assert outcome.outcome == "quarantined"
    assert "larger than" in outcome.reason
    (row,) = kept()
    assert (row.state, tickets()) == (InboundState.QUARANTINED, 0)


# --- a client's data -----------------------------------------------------------------------------

CANARIES = {"512-60-9981", "Zelda Quimby", "02/03/1981", "816-555-0177", "quimby-ssn-card"}
BODY = (
    "Client Zelda Quimby, DOB 02/03/1981, SSN 512-60-9981 is in twice.\n"
    "The client's phone number is 816-555-0177. See quimby-ssn-card.jpg."
)


def seen_in(raw: bytes) -> set[str]:
    """Which canaries a raw mail holds, in whatever way its parts are encoded."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    decoded = (part.get_payload(decode=True) or b"" for part in message.walk())
    ways = [raw, quopri.decodestring(raw), *decoded, *(str(value).encode() for value in message.values())]
    text = " ".join(" ".join(way.decode("utf-8", "replace").split()) for way in ways).casefold()
    return {canary for canary in CANARIES if canary.casefold() in text}


def test_the_look_for_canaries_finds_them():
    for encoding in ("quoted-printable", "base64", "8bit"):
        message = EmailMessage()
        message.set_content(BODY, cte=encoding)
        assert seen_in(message.as_bytes()) == CANARIES


@pytest.mark.rule("MO-HD-5")
def test_no_mail_of_ours_repeats_what_came_about_a_client(world, client, sink):
    subject = "Client Zelda Quimby DOB 02/03/1981 SSN 512-60-9981"
    files = (("quimby-ssn-card.jpg", b"\xff\xd8\xff"), ("client Zelda Quimby.pdf", b"%PDF-"))
    outcome = receive(with_files(world, *files, subject=subject, text=BODY))
    ticket = with_the_lead(fresh(outcome.ticket), world)
    write(world, world.end_user, BODY, to=token_of(ticket, world.end_user), subject=f"Re: {subject}")
    write(world, STRANGER, BODY, to=token_of(ticket, world.end_user), subject=subject)
    write(world, world.agent, BODY, to=token_of(ticket, world.agent), subject=subject)
    write(world, f'"Client Zelda Quimby, SSN 512-60-9981" <{STRANGER}>', BODY, subject=subject)
    for action in ("note", "answer", "ask-vendor", "assign", "close", "reopen"):
        do(client, world.agent, ticket, action)
    drain()
    assert {m["To"] for m in sink.mails} >= {world.end_user.email, world.agent.email, STRANGER, "support@vendor.test"}
    assert [found for raw in sink.raw if (found := seen_in(raw))] == []


@pytest.mark.rule("MO-HD-5")
def test_no_page_shows_what_came_about_a_client_unasked(world, client):
    subject = "Client Zelda Quimby DOB 02/03/1981 SSN 512-60-9981"
    raw = with_files(world, ("quimby-ssn-card.jpg", b"\xff\xd8\xff"), subject=subject, text=BODY)
    number = receive(raw).ticket
    for person in (world.end_user, world.administrator, world.agent, world.manager):
        for url in (f"/tickets/{number}", "/tickets"):
            assert seen_in(read(client, person, url).encode()) == set(), (person.name, url)


def test_a_mail_without_a_sender_cannot_start_a_loop(world):
    before = outbox()
    assert receive(mail("<>", to=world.lead.support_address)).outcome == "quarantined"
    assert (tickets(), outbox()) == (0, before)
