from __future__ import annotations

import smtplib
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.outbox import OutboxMessage, SendState, drain, enqueue, relevant_while, sending, services, suppress
from core.outbox.services import message_id, send_again
from tests.support.factories import make_person

pytestmark = pytest.mark.usefixtures("app", "at_noon")


def write(key="k1", to="a@agency.test", word="lantern", **values):
    with unit_of_work():
        return enqueue("test-note", to, key=key, context={"word": word}, **values)


def the_row(key="k1"):
    return db.session.scalar(
        select(OutboxMessage).where(OutboxMessage.key == key).execution_options(populate_existing=True)
    )


def test_a_mail_is_sent_once_with_its_message_id_and_its_thread(sink):
    write(in_reply_to="<first@agency.test>", references=["<zero@agency.test>"], reply_to="help+1@hearthdesk.test")
    assert (drain(), drain()) == (1, 0)
    (mail,) = sink.mails
    assert mail["Subject"] == "A note about lantern"
    assert mail["To"] == "a@agency.test"
    assert mail["Message-ID"] == message_id("k1")
    assert mail["In-Reply-To"] == "<first@agency.test>"
    assert mail["References"] == "<zero@agency.test> <first@agency.test>"
    assert mail["Reply-To"] == "help+1@hearthdesk.test"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert the_row().state is SendState.SENT


def test_the_same_key_is_the_same_mail(sink):
    assert write() is not None
    assert write() is None
    assert drain() == 1


def test_a_person_is_written_to_at_their_address(sink):
    write(to=make_person(email="robin@agency.test"))
    drain()
    assert sink.recipients == ["robin@agency.test"]


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("word", ["SSN 123-45-6789", "client DOB 01/02/1980"])
def test_personal_data_is_refused_when_written(word):
    with pytest.raises(Invalid, match="looks like a client's"):
        write(word=word)


@pytest.mark.rule("MO-HD-5")
def test_personal_data_that_got_into_a_row_is_stopped_at_the_door(sink):
    row = write()
    with unit_of_work() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == row.id).values(body_text="SSN 123-45-6789"))
    assert drain() == 0
    assert sink.raw == []
    assert the_row().state is SendState.DROPPED


@pytest.mark.parametrize("field", ["to", "reply_to"])
def test_a_line_break_in_a_header_is_refused(field):
    """Catalogue 33."""
    with pytest.raises(Invalid, match="line break"):
        write(**{field: "a@agency.test\r\nBcc: b@agency.test"})


def test_what_is_no_longer_relevant_is_not_sent(sink):
    write()
    relevant_while("test-note", lambda row: False)
    try:
        assert drain() == 0
    finally:
        relevant_while("test-note", lambda row: True)
    assert the_row().state is SendState.DROPPED
    assert the_row().last_error == "no longer relevant"


def test_an_address_that_bounced_gets_nothing(sink):
    with unit_of_work():
        suppress("A@agency.test", "550 no such user")
    write()
    drain()
    assert sink.raw == []


def test_a_temporary_refusal_is_tried_again_later_with_the_same_message_id(sink, at_noon, travel):
    write()
    sink.answer = lambda envelope: "451 later"
    assert drain() == 0
    assert the_row().state is SendState.QUEUED
    assert the_row().next_try_at > at_noon
    sink.answer = lambda envelope: None
    assert drain() == 0, "its time has not come"
    travel(at_noon + timedelta(minutes=2))
    assert drain() == 1
    assert sink.mails[0]["Message-ID"] == message_id("k1")


def test_a_permanent_refusal_is_dead_at_once_and_a_person_may_send_again(sink):
    write()
    sink.answer = lambda envelope: "550 no such user"
    drain()
    row = the_row()
    assert row.state is SendState.DEAD
    assert db.session.scalar(select(AuditEvent.id).where(AuditEvent.action == "outbox.dead")) is not None
    sink.answer = lambda envelope: None
    with unit_of_work():
        send_again(row)
    assert drain() == 1


def test_one_mail_that_is_refused_does_not_stop_the_next(sink):
    write("k1", to="bad@agency.test")
    write("k2", to="good@agency.test")
    sink.answer = lambda envelope: "550 no" if "bad@agency.test" in envelope.rcpt_tos else None
    assert drain() == 1
    assert sink.recipients == ["good@agency.test"]


def test_a_sender_that_died_after_its_claim_is_replaced_when_its_lease_ends(sink, at_noon, travel):
    write()
    sending._claim()
    assert drain() == 0
    travel(at_noon + sending.LEASE)
    assert drain() == 1


def test_a_sender_that_slept_past_its_lease_sends_nothing(sink, at_noon, travel):
    """Catalogue 8: the stale token is refused."""
    write()
    token, ids = sending._claim()
    travel(at_noon + sending.LEASE + timedelta(seconds=1))
    assert drain() == 1
    assert sending._send_batch(token, ids) == 0
    assert len(sink.raw) == 1


@pytest.fixture
def secret_note(monkeypatch):
    monkeypatch.setattr(services, "_secret", {"test-note"})


def texts():
    row = the_row()
    return row.state, "lantern" in row.body_text, "lantern" in row.body_html


def test_the_text_of_a_secret_goes_once_it_is_sent(sink, secret_note):
    write()
    assert texts() == (SendState.QUEUED, True, True)
    drain()
    assert "lantern" in sink.mails[0].get_body().get_content()
    assert texts() == (SendState.SENT, False, False)


def test_the_text_of_other_mail_stays(sink):
    write()
    drain()
    assert texts() == (SendState.SENT, True, True)


def test_the_text_of_a_secret_stays_while_it_is_tried_again_and_goes_when_it_is_given_up_on(
    sink, secret_note, at_noon, travel
):
    write()
    sink.answer = lambda envelope: "451 later"
    drain()
    assert texts() == (SendState.QUEUED, True, True)
    travel(at_noon + timedelta(minutes=2))
    sink.answer = lambda envelope: "550 no such user"
    drain()
    assert texts() == (SendState.DEAD, False, False)
    with pytest.raises(Conflict, match="no longer kept"), unit_of_work():
        send_again(the_row())


def test_the_text_of_a_secret_that_is_dropped_goes_too(sink, secret_note):
    with unit_of_work():
        suppress("a@agency.test", "550 no such user")
    write()
    drain()
    assert texts() == (SendState.DROPPED, False, False)


def test_a_sender_that_lost_its_lease_blanks_nothing(sink, secret_note, at_noon, travel):
    """The other sender still needs the text."""
    write()
    token, _ids = sending._claim()
    row = the_row()
    travel(at_noon + sending.LEASE + timedelta(seconds=1))
    assert sending._claim() is not None
    sending._finish(row, token, state=SendState.SENT)
    assert texts() == (SendState.INFLIGHT, True, True)


@pytest.mark.parametrize("message", ["account-invitation", "account-reset"])
def test_mails_with_a_link_for_one_person_are_secret(message):
    assert services.is_secret(message)


def test_a_closed_port_loses_nothing(app, sink, at_noon, travel):
    write()
    good = app.config["MAIL_PORT"]
    app.extensions["mail"].port = 1
    assert drain() == 0
    app.extensions["mail"].port = good
    travel(at_noon + timedelta(minutes=2))
    assert drain() == 1


def test_an_address_that_cannot_be_written_fails_alone(sink):
    write("k1", to="jösé@agency.test")
    write("k2", to="good@agency.test")
    assert drain() == 1
    assert sink.recipients == ["good@agency.test"]
    assert the_row("k1").state is SendState.DEAD


def test_a_server_that_breaks_off_before_it_says_it_has_it_gets_it_again_under_the_same_id(sink, at_noon, travel):
    """Catalogue 25: at most once more for each time, and the reader's program knows it for the same mail."""
    write()
    sink.hangs_up = True
    drain()
    assert len(sink.raw) == 1
    sink.hangs_up = False
    travel(at_noon + timedelta(hours=1))
    drain()
    drain()
    assert len(sink.raw) == 2
    assert len({mail["Message-ID"] for mail in sink.mails}) == 1


@pytest.fixture
def impatient(app):
    before = app.config["HEARTHDESK"]
    app.config["HEARTHDESK"] = replace(before, smtp_timeout=0.3)
    yield
    app.config["HEARTHDESK"] = before


def test_a_server_that_hangs_after_it_took_a_mail_holds_up_only_so_long_and_gets_it_once_more(
    sink, impatient, at_noon, travel
):
    """Catalogue 25: the wait is SMTP_TIMEOUT, the next mail of the batch leaves, and the repeat has the same id."""
    write("k1", to="slow@agency.test")
    write("k2", to="good@agency.test")
    sink.hangs_for = lambda envelope: 1.0 if "slow@agency.test" in envelope.rcpt_tos else 0.0
    began = time.monotonic()
    assert drain() == 1
    assert time.monotonic() - began < 10
    assert (the_row("k1").state, the_row("k2").state) == (SendState.QUEUED, SendState.SENT)
    assert "imeout" in the_row("k1").last_error or "timed out" in the_row("k1").last_error
    sink.hangs_for = lambda envelope: 0.0
    travel(at_noon + timedelta(hours=1))
    assert (drain(), drain()) == (1, 0)
    ids = [mail["Message-ID"] for mail in sink.mails]
    assert sorted(ids) == sorted([message_id("k1")] * 2 + [message_id("k2")])


@pytest.mark.parametrize("reply", ["421 going down", "451 later", "452 full", "500 what", "503 out of order"])
def test_a_refusal_that_may_pass_is_tried_eight_times_and_then_seen_by_people(sink, at_noon, travel, reply):
    write()
    sink.answer = lambda envelope: reply
    for number in range(1, sending.MOST_TRIES + 1):
        assert the_row().state is SendState.QUEUED
        travel(at_noon + timedelta(days=number))
        drain()
    assert (the_row().state, the_row().attempts, sink.raw) == (SendState.DEAD, sending.MOST_TRIES, [])


@pytest.mark.parametrize("reply", ["550 no such user", "552 too large", "554 no"])
def test_a_refusal_for_good_is_not_tried_again(sink, reply):
    write()
    sink.answer = lambda envelope: reply
    drain()
    assert (the_row().state, the_row().attempts) == (SendState.DEAD, 1)


def test_a_farewell_that_nobody_answers_takes_nothing_back(sink, impatient, monkeypatch):
    write()

    def silent(self):
        raise TimeoutError("timed out")

    monkeypatch.setattr(smtplib.SMTP, "quit", silent)
    assert drain() == 1
    assert the_row().state is SendState.SENT
