"""Catalogue 26 and 27: whatever breaks off, each message is one ticket and none is lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from bench.imap_server import running_imap
from core.db import db
from helpdesk.mail import fetch
from helpdesk.mail.models import InboundMessage, InboundState
from helpdesk.mail.services import keep
from tests.mail.acting import kept, tickets
from tests.mail.writing import mail
from tests.support.factories import make_world


@pytest.fixture
def world(app, at_noon):
    return make_world()


@pytest.fixture
def box(app, world):
    before = app.config["HEARTHDESK"]
    with running_imap() as running:
        app.config["HEARTHDESK"] = replace(before, imap_url=running.url)
        fetch._rounds.clear()
        yield running
    app.config["HEARTHDESK"] = before
    fetch._rounds.clear()


def fill(box, world, count=3):
    for number in range(count):
        box.put(mail(world.end_user.email, to=world.lead.support_address, text=f"Number {number}"))


def finish(threads):
    for thread in threads:
        thread.join(30)


def asks_for(command, *numbers):
    """Whether these are among the messages that a command wants to have."""
    named = command.split(" ")[2].split(",") if command.startswith("UID FETCH") and "PEEK" in command else []
    return any(str(number) in named for number in numbers)


def once(text):
    """True the first time a command begins like this."""
    left = [text]
    return lambda command: bool(left) and command.upper().startswith(left[0]) and bool(left.pop())


def test_everything_new_is_taken_in_and_marked_only_then(box, world):
    fill(box, world)
    states, engine = [], db.engine

    def look(command):
        if command.startswith("UID STORE"):
            with engine.connect() as other:
                states.append(other.scalar(select(func.count()).select_from(InboundMessage)))
        return False

    box.hang_up = look
    assert fetch.fetch_mail() == 3
    assert states == [3]
    assert (tickets(), box.seen) == (3, {1, 2, 3})
    assert [row.raw for row in kept()] == list(box.messages.values())
    assert fetch.fetch_mail() == 0
    assert all("PEEK" in command or "SIZE" in command for command in box.commands if "FETCH" in command)


def test_several_come_at_once_and_large_ones_alone(box, world, monkeypatch):
    monkeypatch.setattr(fetch, "HANDFUL", 3)
    monkeypatch.setattr(fetch, "TOGETHER", 5_000)
    fill(box, world, 4)
    box.put(mail(world.end_user.email, to=world.lead.support_address, text="x" * 6_000))
    fill(box, world, 1)
    assert fetch.fetch_mail() == 6
    asked = [command.split(" ")[2] for command in box.commands if command.startswith("UID FETCH") and "PEEK" in command]
    assert asked == ["1,2,3", "4", "5", "6"]
    assert (tickets(), box.seen) == (6, {1, 2, 3, 4, 5, 6})


def test_a_server_that_tells_no_sizes_is_asked_for_one_after_the_other(box, world):
    fill(box, world, 2)
    box.refuse = lambda command: "RFC822.SIZE" in command
    assert fetch.fetch_mail() == 2
    assert [c.split(" ")[2] for c in box.commands if c.startswith("UID STORE")] == ["1", "2"]


@pytest.mark.parametrize(
    "at", ["LOGIN", "SELECT", "STATUS", "UID SEARCH", "UID FETCH 1,2,3 (R", "UID FETCH 1,2,3 (B", "UID STORE"]
)
def test_a_connection_that_breaks_anywhere_loses_nothing_and_doubles_nothing(box, world, at):
    fill(box, world)
    box.hang_up = once(at)
    with pytest.raises(fetch.MailboxAway):
        fetch.fetch_mail()
    fetch.fetch_mail()
    assert (tickets(), len(kept()), box.seen) == (3, 3, {1, 2, 3})


def test_a_process_that_died_after_the_commit_left_nothing_twice(box, world):
    fill(box, world, 2)
    keep(box.messages[1], "INBOX of desk at 127.0.0.1", 1, 1)
    assert fetch.fetch_mail() == 2
    assert (tickets(), len(kept()), box.seen) == (2, 2, {1, 2})


def test_what_a_person_has_looked_at_before_the_service_did_is_taken_in_too(box, world):
    fill(box, world, 1)
    fetch.fetch_mail()
    fill(box, world, 2)
    box.seen = {1, 2}
    assert fetch.fetch_mail() == 2
    assert (tickets(), box.seen) == (3, {1, 2, 3})
    assert fetch.fetch_mail() == 0


def test_a_mailbox_that_was_in_use_before_does_not_bring_its_past(box, world):
    fill(box, world, 3)
    box.seen = {1, 2}
    assert fetch.fetch_mail() == 1
    assert tickets() == 1


def test_two_fetchers_at_once(app, box, world):
    fill(box, world, 12)

    def run():
        with app.app_context():
            fetch.fetch_mail()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (tickets(), len(kept()), len(box.seen)) == (12, 12, 12)


def test_a_mailbox_that_numbers_anew_brings_no_ticket_twice(box, world):
    fill(box, world, 2)
    fetch.fetch_mail()
    box.uidvalidity, box.seen = 2, set()
    fetch.fetch_mail()
    assert (tickets(), len(kept())) == (2, 4)
    assert [row.outcome for row in kept()] == ["ticket", "ticket", "duplicate", "duplicate"]


def test_a_poisonous_message_holds_up_nobody(box, world):
    box.put(b"\0" * 50)
    fill(box, world, 1)
    fetch.fetch_mail()
    assert [row.state for row in kept()] == [InboundState.QUARANTINED, InboundState.DONE]


def test_what_the_server_does_not_hand_over_stays_unmarked(box, world):
    fill(box, world, 2)
    box.refuse = lambda command: asks_for(command, 1)
    assert fetch.fetch_mail() == 1
    assert box.seen == {2}
    box.refuse = lambda command: False
    assert fetch.fetch_mail() == 1
    assert tickets() == 2


@pytest.mark.parametrize("wrong", ["password", "server"])
def test_a_mailbox_that_is_away_is_one_line_and_then_left_alone_for_a_while(app, box, world, caplog, wrong):
    before = app.config["HEARTHDESK"]
    url = box.url.replace("maple", "oak") if wrong == "password" else "imap://a:b@127.0.0.1:1/INBOX"
    app.config["HEARTHDESK"] = replace(before, imap_url=url)
    keep(mail(world.end_user.email, to=world.lead.support_address), "stdin", 0, None)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            finish(fetch.start_rounds())
    (line,) = [r for r in caplog.records if r.name == fetch.log.name]
    assert line.getMessage().startswith("the mailbox is asked again in 15 s: 127.0.0.1")
    assert line.exc_info is None
    assert tickets() == 1
    app.config["HEARTHDESK"] = before


def test_a_mailbox_that_filled_up_meanwhile_is_emptied_in_one_round(box, world):
    fill(box, world, fetch.MOST + 1)
    finish(fetch.start_rounds())
    assert (len(kept()), len(box.seen)) == (fetch.MOST + 1, fetch.MOST + 1)
    assert box.commands.count("LOGIN") == 2


@pytest.fixture
def second_box(app, box):
    """Another account, on a server of its own."""
    before = app.config["HEARTHDESK"]
    with running_imap() as running:
        running.url = running.url.replace("desk:", "training:")
        app.config["HEARTHDESK"] = replace(before, imap_url=f"{box.url}, {running.url}\n")
        yield running
    app.config["HEARTHDESK"] = before


def test_several_mailboxes_are_fetched_and_the_same_number_in_each_is_two_messages(box, second_box, world):
    fill(box, world, 2)
    fill(second_box, world, 1)
    assert fetch.fetch_mail() == 3
    names = [row.mailbox for row in kept()]
    assert names == ["INBOX of desk at 127.0.0.1"] * 2 + ["INBOX of training at 127.0.0.1"]
    assert (tickets(), box.seen, second_box.seen) == (3, {1, 2}, {1})


@pytest.mark.parametrize("how", ["refuses", "breaks off"])
def test_one_mailbox_that_fails_holds_up_no_other_and_is_left_alone_by_itself(box, second_box, world, caplog, how):
    setattr(box, "refuse" if how == "refuses" else "hang_up", lambda command: command == "LOGIN")
    fill(box, world, 1)
    for number in range(2):
        fill(second_box, world, 1)
        finish(fetch.start_rounds())
        assert tickets() == number + 1
    assert box.commands.count("LOGIN") == 1
    with pytest.raises(fetch.MailboxAway, match="127"):
        fetch.fetch_mail()
    assert tickets() == 2


def test_one_mailbox_that_says_nothing_holds_up_no_other(box, second_box, world):
    """A round that is under way is left to itself; the other mailbox has its rounds meanwhile."""
    goes_on = Event()
    box.hang_up = lambda command: command == "LOGIN" and not goes_on.wait(20)
    fill(box, world, 1)
    for number in range(2):
        fill(second_box, world, 1)
        finish([thread for thread in fetch.start_rounds() if thread is not fetch._rounds[first_of(box)].thread])
        assert tickets() == number + 1
    goes_on.set()
    finish([fetch._rounds[first_of(box)].thread])
    assert tickets() == 3


def first_of(box):
    return next(known for known in fetch._rounds if known.port == int(box.url.rsplit(":", 1)[1].split("/")[0]))


def test_what_a_server_refuses_to_give_does_not_stand_before_the_rest_for_ever(box, world, monkeypatch):
    """As many as a round takes at the front are refused; the next round begins behind them, and asks for them last."""
    monkeypatch.setattr(fetch, "MOST", 2)
    fill(box, world, 5)
    box.refuse = lambda command: asks_for(command, 1, 2)
    assert [fetch.fetch_mail() for _ in range(4)] == [0, 2, 1, 0]
    assert (tickets(), box.seen) == (3, {3, 4, 5})
    box.refuse = lambda command: False
    assert fetch.fetch_mail() == 2
    assert (tickets(), box.seen) == (5, {1, 2, 3, 4, 5})
