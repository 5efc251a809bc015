"""What is read side by side, and what one after the other."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core import clock
from core.db import db
from helpdesk.mail import services
from helpdesk.mail.lanes import lanes, ties
from helpdesk.mail.models import InboundMessage, InboundState
from helpdesk.mail.services import HANDFUL, HANDFUL_BYTES, MOST_TRIES, keep, read_kept
from helpdesk.mail.tokens import reply_address
from helpdesk.tickets.models import Ticket, TicketMessage
from tests.support.factories import make_world


def mail(sender: str, number: int, *, to: str = "help@lead.test", answers: str = "", text: str = "Words.") -> bytes:
    thread = f"In-Reply-To: <{answers}@there.test>\nReferences: <{answers}@there.test>\n" if answers else ""
    head = f"From: {sender}\nTo: {to}\nMessage-ID: <{number}@there.test>\n{thread}Subject: Number {number}\n"
    return f"{head}\n{text} {number}\n".encode()


def tickets() -> list[Ticket]:
    db.session.expire_all()
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))


def rows() -> list[InboundMessage]:
    db.session.expire_all()
    return list(db.session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


@given(st.lists(st.sets(st.integers(0, 9), min_size=1, max_size=3), max_size=12))
def test_what_shares_anything_is_in_one_lane_in_order_and_nothing_else_is(shared):
    told = lanes(list(enumerate(shared)))
    assert sorted(number for lane in told for number in lane) == list(range(len(shared)))
    assert all(lane == sorted(lane) for lane in told)
    where = {number: n for n, lane in enumerate(told) for number in lane}
    for one in range(len(shared)):
        for other in range(one):
            assert where[one] == where[other] or not shared[one] & shared[other]
    for lane in told:
        for split in range(1, len(lane)):
            left = set().union(*(shared[n] for n in lane[:split]))
            rest = set().union(*(shared[n] for n in lane[split:]))
            assert left & rest or any(shared[n] & left for n in lane[split:])


def test_a_sender_a_thread_and_a_request_each_tie_two_messages_together(app):
    token = reply_address(7, 3, "help@lead.test")
    first = ties(mail("Ada <ada@a.test>", 1))
    assert first & ties(mail("ADA@a.test", 2))
    assert first & ties(mail("bo@b.test", 3, answers="1"))
    assert not first & ties(mail("bo@b.test", 4))
    assert ties(mail("a@a.test", 5, to=token)) & ties(mail("b@b.test", 6, to=token.replace("help", "HELP")))
    assert ties(b"\xff\xfe no headers at all") is not None


def test_a_handful_is_read_and_an_answer_after_what_it_answers(app):
    world = make_world("missouri")
    desk = world.lead.support_address
    for number in range(0, 40, 2):
        keep(mail(f"p{number}@out.test", number, to=desk), "inbox", 1, number + 1)
        keep(mail(f"q{number}@out.test", number + 1, to=desk, answers=str(number)), "inbox", 1, number + 2)
    keep(mail("p0@out.test", 99, to=desk, answers="0", text="And more"), "inbox", 1, 99)
    assert len(rows()) > HANDFUL
    assert read_kept() == 41
    assert {row.state for row in rows()} == {InboundState.DONE}
    own = next(one for one in tickets() if one.requester_address == "p0@out.test")
    said = db.session.scalars(select(TicketMessage.text).where(TicketMessage.ticket_id == own.id)).all()
    assert any(text.startswith("And more") for text in said)
    assert len({row.id for row in tickets()}) == 40


def test_what_ended_its_reader_is_tried_alone_and_the_others_are_not_given_up_with_it(app, monkeypatch):
    world = make_world("missouri")
    for number in range(4):
        keep(mail(f"p{number}@out.test", number, to=world.lead.support_address), "inbox", 1, number + 1)

    class Killed(BaseException):
        pass

    def deadly(row_id: int, **_: object) -> None:
        raise Killed

    monkeypatch.setattr(services, "_read_one_of_many", deadly)
    for _ in range(MOST_TRIES):
        try:
            read_kept()
        except Killed:
            db.session.rollback()
    assert [row.tries for row in rows()] == [MOST_TRIES, 1, 1, 1]
    monkeypatch.undo()
    assert read_kept() == 4
    assert [row.state for row in rows()] == [InboundState.QUARANTINED, *[InboundState.DONE] * 3]


def test_a_handful_is_no_more_than_so_many_bytes(app):
    world = make_world("missouri")
    long = "x" * (HANDFUL_BYTES // 2)
    for number in range(3):
        raw = mail(f"p{number}@out.test", number, to=world.lead.support_address, text=long)
        keep(raw, "inbox", 1, number + 1)
    assert [claim.tries for claim in services._next_kept(0)] == [1]
    assert [row.tries for row in rows()] == [1, 0, 0]
    assert clock.now() - rows()[0].received_at < timedelta(minutes=1)
