"""Mail that somebody sent on, whom it also went to, and what a sender is told about a client's data."""

from __future__ import annotations

import struct
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from core.db import db, unit_of_work
from core.policy.vocabulary import Tier
from helpdesk.desk.models import Watcher
from helpdesk.mail import tnef
from helpdesk.mail.models import CopyState, MailCopy
from helpdesk.mail.services import receive
from helpdesk.tickets.models import MessageFile
from helpdesk.tickets.rules import Kind
from tests.mail.acting import asked, sent_to, tickets, token_of, with_the_lead, write
from tests.support.factories import make_world
from tests.tickets.acting import fresh, mails, messages_of, read
from tests.vendor.acting import named

STRANGER = "someone@elsewhere.test"
VENDOR = "support@vendor.test"
SSN = "512-60-9981"


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


def marked(person, words="It does not save.") -> str:
    return (
        "Can you help her?\n\n---------- Forwarded message ---------\n"
        f"From: {person.name} <{person.email}>\nDate: Fri, Nov 20, 2026\n"
        f"Subject: Saving\nTo: a@agency.test\n\n{words}\n"
    )


def outlook(person, words="It does not save.") -> str:
    return (
        f"Can you help her?\n\nFrom: {person.name} <{person.email}>\nSent: Friday\nTo: Me\nSubject: Saving\n\n{words}\n"
    )


@pytest.mark.parametrize("body", [marked, outlook])
@pytest.mark.parametrize("who", ["agent", "administrator"])
def test_what_staff_or_their_own_administrator_send_on_is_asked_by_who_wrote_it(world, client, body, who):
    sender = getattr(world, who)
    ticket = asked(world, sender, text=body(world.end_user), subject="FW: Saving")
    assert (ticket.requester_id, ticket.agency_id, ticket.subject) == (world.end_user.id, world.agency.id, "Saving")
    assert (ticket.opened_by_id, len(sent_to(world.end_user.email))) == (sender.id, 1)
    first, told, *_ = messages_of(ticket)
    assert (first.kind, first.text, first.author_id) == (Kind.REQUESTER, "It does not save.", world.end_user.id)
    assert told.text == f"Forwarded to the help desk by mail from {sender.name} <{sender.email}>. Can you help her?"
    assert told.is_internal is (who == "agent")
    assert ticket.tier is (Tier.AGENCY_ADMINISTRATOR if who == "agent" else Tier.HMIS_LEAD)
    assert "Forwarded to the help desk" in read(client, world.agent, f"/tickets/{ticket.id}")


def test_a_mail_sent_on_as_a_file_counts_too_and_stays_attached(world):
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = world.end_user.email, world.agent.email, "Saving"
    inner.set_content("It does not save.")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = world.agent.email, world.lead.support_address, "Fwd: Saving"
    outer.set_content("From Erin.")
    outer.add_attachment(inner)
    ticket = fresh(receive(outer.as_bytes()).ticket)
    assert (ticket.requester_id, messages_of(ticket)[0].text) == (world.end_user.id, "It does not save.")
    assert db.session.scalar(select(MessageFile.id)) is not None


@pytest.mark.parametrize("who", ["stranger", "end_user", "other_administrator", "trainer"])
def test_nobody_else_speaks_for_another_by_sending_their_mail_on(world, who):
    """Catalogue 34: whoever is not their administrator or of the Lead's help desk asks for themselves."""
    sender = STRANGER if who == "stranger" else world.other_representative
    sender = {"end_user": world.end_user, "trainer": world.trainer}.get(who, sender)
    ticket = asked(world, sender, text=marked(world.administrator), subject="Fwd: Saving")
    assert ticket.requester_address == (sender if isinstance(sender, str) else sender.email)
    assert ticket.opened_by_id is None
    assert not sent_to(world.administrator.email) or ticket.requester_id == world.end_user.id


# --- To and Cc -----------------------------------------------------------------------------------


def copies() -> dict[str, CopyState]:
    return {row.address: row.state for row in db.session.scalars(select(MailCopy))}


def watchers() -> set[int]:
    return set(db.session.scalars(select(Watcher.person_id)))


def test_who_may_see_it_watches_and_others_are_shown_and_never_written_to(world, client):
    also = [world.director.email, world.other_end_user.email, STRANGER, "no-reply@elsewhere.test"]
    also += [world.lead.support_address, world.end_user.email]
    ticket = asked(world, world.end_user, Cc=", ".join(also))
    assert copies() == {
        world.director.email: CopyState.WATCHING,
        world.other_end_user.email: CopyState.MAY_NOT_SEE,
        STRANGER: CopyState.UNKNOWN,
    }
    assert watchers() == {world.director.id}
    assert STRANGER in read(client, world.agent, f"/tickets/{ticket.id}")
    assert "Also written to" not in read(client, world.end_user, f"/tickets/{ticket.id}")
    write(world, world.end_user, "More", to=token_of(ticket, world.end_user))
    assert len(sent_to(world.director.email)) == 1
    assert sent_to(STRANGER) == sent_to(world.other_end_user.email) == []


def test_a_list_brings_no_watchers_and_very_many_are_bounded(world):
    asked(world, world.end_user, Cc=world.director.email, List_Id="<all.agency.test>")
    assert watchers() == set()
    asked(world, world.end_user, text="Another", Cc=", ".join(f"a{n}@b.test" for n in range(3000)))
    assert len(copies()) == 21


@pytest.mark.rule("SON-HD-4")
def test_one_part_of_a_header_that_is_no_address_takes_no_other_with_it(world):
    asked(world, world.end_user, Cc="one@b.test, two <two@b.test> three@c.test, four@b.test")
    assert {"one@b.test", "four@b.test"} <= set(copies())


@pytest.mark.rule("SON-HD-4")
@pytest.mark.parametrize("field", ["to", "Cc"])
def test_a_vendor_beside_us_is_not_written_to_the_lead_is_told_and_the_sender_kindly(world, field):
    headers = {"Cc": VENDOR} if field == "Cc" else {"to": f"{world.lead.support_address}, {VENDOR}"}
    ticket = asked(world, world.end_user, **headers)
    write(world, world.end_user, "Again", to=token_of(ticket, world.end_user), Cc=VENDOR)
    assert copies() == {VENDOR: CopyState.VENDOR}
    assert sent_to(VENDOR) == []
    (kindly,) = mails("vendor-copied")
    assert (kindly.address, "to us only" in kindly.body_text) == (world.end_user.email, True)
    assert [mail.address for mail in mails("desk-news")] == [world.agent.email]
    assert [m.is_internal for m in messages_of(ticket) if m.kind is Kind.SYSTEM] == [True]


@pytest.mark.rule("SON-HD-4")
def test_somebody_named_at_the_vendor_is_the_vendor_wherever_their_mail_is(world):
    vera = named(world, "Vera Lang", "Account manager", 1)
    with unit_of_work():
        vera.address = "Vera@cedar-group.test"
    asked(world, world.end_user, Cc="vera@cedar-group.test")
    assert copies() == {"vera@cedar-group.test": CopyState.VENDOR}
    assert len(mails("vendor-copied")) == 1


@pytest.mark.rule("SON-HD-4")
def test_the_leads_own_staff_may_write_to_the_vendor(world):
    asked(world, world.agent, Cc=VENDOR)
    assert mails("vendor-copied") == mails("desk-news") == []


# --- another agency's token, and a client's data -------------------------------------------------


def test_somebody_of_another_agency_with_this_ones_token_asks_for_themselves(world):
    """Catalogue 35."""
    ticket = asked(world)
    outcome = write(world, world.other_end_user, "Me too", to=token_of(ticket, world.end_user))
    assert (outcome.outcome, tickets(), len(messages_of(ticket))) == ("ticket", 2, 1)
    assert write(world, world.representative, "I add", to=token_of(ticket, world.end_user)).ticket == ticket.id


@pytest.mark.rule("MO-HD-5")
def test_who_sends_a_clients_data_is_told_once_what_to_do_instead(world):
    ticket = asked(world, world.end_user, text=f"Her SSN is {SSN}.")
    (received,) = sent_to(world.end_user.email)
    assert "client ID from the HMIS alone" in received.body_text
    write(world, world.end_user, f"I mean SSN {SSN}", to=token_of(ticket, world.end_user))
    assert mails("client-data-received") == []
    clean = asked(world, world.end_user, text="It fails.")
    assert "Social Security" not in sent_to(world.end_user.email)[-1].body_text
    for words in (f"SSN {SSN}", f"or SSN {SSN}"):
        write(world, world.end_user, words, to=token_of(clean, world.end_user))
    (told,) = mails("client-data-received")
    assert (told.address, SSN in told.body_text) == (world.end_user.email, False)


@pytest.mark.rule("MO-HD-5")
def test_staff_whose_answer_was_not_sent_for_it_are_told(world):
    ticket = with_the_lead(asked(world), world)
    write(world, world.agent, f"Search for SSN {SSN}.", to=token_of(ticket, world.agent))
    (told,) = mails("client-data-received")
    assert (told.address, "not sent on as your answer" in told.body_text) == (world.agent.email, True)


# --- winmail.dat ---------------------------------------------------------------------------------


def attribute(level: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def prop(kind: int, number: int, data: bytes) -> bytes:
    return struct.pack("<HHII", kind, number, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def packed(body: str = "From Outlook.") -> bytes:
    words = struct.pack("<I", 1) + prop(tnef.UNICODE, tnef.PLAIN, body.encode("utf-16-le") + b"\0\0")
    name = struct.pack("<I", 1) + prop(tnef.UNICODE, tnef.LONG_NAME, "año.txt".encode("utf-16-le") + b"\0\0")
    return b"".join(
        [
            tnef.SIGNATURE + b"\0\0",
            attribute(1, tnef.PROPERTIES, words),
            attribute(2, tnef.BEGINS_FILE, b"\0" * 14),
            attribute(2, tnef.FILE_DATA, b"what was attached"),
            attribute(2, tnef.FILE_PROPERTIES, name),
        ]
    )


def winmail(world, content: bytes, text: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = world.end_user.email, world.lead.support_address, "Saving"
    message.set_content(text)
    message.add_attachment(content, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return message.as_bytes()


def names() -> list[str]:
    return [row.file.name for row in db.session.scalars(select(MessageFile).order_by(MessageFile.id))]


def test_what_outlook_packed_is_taken_out(world):
    outcome = receive(winmail(world, packed()))
    assert messages_of(fresh(outcome.ticket))[0].text == "From Outlook."
    assert names() == ["año.txt"]


def test_what_is_cut_or_botched_anywhere_stays_as_it_came(world):
    whole = packed()
    for cut in range(len(whole)):
        broken = [whole[:cut], whole[:cut] + b"\xff\xff\xff\xff" + whole[cut + 4 :]]
        for raw in broken:
            try:
                tnef.unpack(raw)
            except tnef.Broken:
                continue
    receive(winmail(world, whole[:90], "See the file."))
    assert names() == ["winmail.dat"]
