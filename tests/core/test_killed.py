"""What is killed -9 at a random place and done again is done exactly once, in real processes (catalogue 24, 26)."""

from __future__ import annotations

import email
import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select, text

from core.audit import AuditEvent, verify
from core.db import db, unit_of_work
from core.deadlines import Deadline
from core.outbox import OutboxMessage, SendState, enqueue, sending
from helpdesk.bonds.models import TicketMerge
from helpdesk.surveys import services as surveys
from helpdesk.surveys.models import Survey, SurveyInvite
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import State
from helpdesk.vendor.models import Broadcast, BroadcastTicket
from tests.conftest import NOON
from tests.support.dying import killed_and_done, started
from tests.support.factories import make_world, member
from tests.support.smtp import free_port
from tests.surveys.test_surveys import drafted
from tests.tickets.acting import mails, nonce, opened
from tests.vendor.acting import at_lead, case_with

SEED = 20261120
KILLS = 8


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def acts(action: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def over() -> None:
    """Forget what this process has read; and the trail holds, whatever died."""
    db.session.rollback()
    db.session.expire_all()
    assert list(verify()) == []


def test_a_merge_is_one_merge(app, world):
    source, into = (opened(world, subject=subject).id for subject in ("Cannot save", "Cannot save, still"))
    words = {"source": source, "into": into, "by": world.agent.id, "at": NOON.isoformat(), "key": nonce()}
    died = killed_and_done(app, "tests.support.deeds:merge", words, statements=40, kills=KILLS, seed=SEED)
    assert died == KILLS
    over()
    merge = db.session.scalars(select(TicketMerge)).one()
    assert (merge.source_id, merge.target_id, merge.undone_at) == (source, into, None)
    assert db.session.get_one(Ticket, source).state is State.MERGED
    assert (acts("ticket.merged"), acts("ticket.took_in"), len(mails("ticket-merged"))) == (1, 1, 1)


def test_a_survey_is_opened_once_and_everybody_is_asked_once(app, client, world):
    for number in range(20):
        member(world.agency, name=f"User {number}")
    number = drafted(client, world).id
    words = {"survey": number, "at": NOON.isoformat()}
    died = killed_and_done(app, "tests.support.deeds:open_survey", words, statements=14, kills=KILLS, seed=SEED)
    assert died == KILLS
    over()
    asked = db.session.get_one(Survey, number)
    invited = select(func.count(), func.count(SurveyInvite.person_id.distinct())).select_from(SurveyInvite)
    assert tuple(db.session.execute(invited).one()) == (asked.invited, asked.invited)
    assert asked.invited >= 20
    told = [mail.person_id for mail in mails("survey-asked")]
    assert (len(told), len(set(told)), acts("survey.opened")) == (asked.invited, asked.invited, 1)
    for kind in (surveys.CLOSING, surveys.REMINDING):
        assert db.session.scalar(select(func.count()).where(Deadline.kind == kind)) == 1


def test_an_update_to_all_who_wait_is_told_once_to_each(app, world):
    """It is many units of work; whatever died in between, the next goes on from there."""
    tickets = [at_lead(world, subject=f"Cannot save {number}") for number in range(4)]
    case, numbers = case_with(world, *tickets), [ticket.id for ticket in tickets]
    words = {"case": case.id, "by": world.agent.id, "at": NOON.isoformat(), "key": nonce()}
    died = killed_and_done(app, "tests.support.deeds:tell_everybody", words, statements=120, kills=KILLS, seed=SEED)
    assert died >= 1, "those that die late find that an earlier one has done most of it"
    over()
    assert db.session.scalars(select(Broadcast)).one().done_at is not None
    rows = db.session.scalars(select(BroadcastTicket.ticket_id)).all()
    assert sorted(rows) == numbers
    said = select(TicketMessage.ticket_id).where(TicketMessage.text.like("%Saving works again.%"))
    assert sorted(db.session.scalars(said)) == numbers
    answers = [
        mail.subject_id for mail in mails() if "Saving works again." in mail.body_text or "answer" in mail.message
    ]
    assert len(answers) == len(set(answers))


class Killer:
    """A handler of a mail sink: says 250 for the first mail of a process, and kills that process before it can keep so.

    The mail's row is locked meanwhile, so that "before" does not depend on who is faster.
    """

    def __init__(self, engine) -> None:
        self.engine, self.raw, self.pid = engine, [], 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.raw.append(bytes(envelope.content))
        if not self.pid:
            return "250 kept"
        with self.engine.connect() as holding:
            holding.execute(text("select id from outbox_message for update"))
            await server.push("250 kept")
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait(10)
            holding.rollback()
        return "421 too late"


@pytest.fixture
def killer(app):
    handler = Killer(db.engine)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    before = app.config["HEARTHDESK"]
    app.config["HEARTHDESK"] = replace(before, smtp_url=f"smtp://127.0.0.1:{controller.port}")
    yield handler
    app.config["HEARTHDESK"] = before
    controller.stop()


def test_a_sender_killed_between_the_250_and_its_commit_sends_that_mail_once_more_and_no_other(app, killer, at_noon):
    """Catalogue 24: as many duplicates as kills at most, each under the Message-ID of the first."""
    with unit_of_work():
        for number in range(4):
            enqueue("test-note", f"a{number}@agency.test", key=f"k{number}", context={"word": "lantern"})
    kills = 3
    for number in range(kills + 1):
        at = NOON + number * (sending.LEASE + timedelta(seconds=1))
        sender = started(app, "tests.support.deeds:send_mail", {"at": at.isoformat()})
        killer.pid, killer.process = (sender.pid if number < kills else 0), sender
        sender.stdin.close()
        assert sender.wait(60) == (-signal.SIGKILL if number < kills else 0)
    over()
    rows = db.session.scalars(select(OutboxMessage)).all()
    assert {row.state for row in rows} == {SendState.SENT}
    ids = [email.message_from_bytes(raw)["Message-ID"] for raw in killer.raw]
    assert set(ids) == {row.message_id for row in rows}
    assert 0 < len(ids) - len(set(ids)) <= kills
