"""What becomes of a message, through the one door that takes it in."""

from __future__ import annotations

import pytest

from core.db import db, unit_of_work
from core.outbox import OutboxMessage, drain
from core.people.models import StaffRole
from helpdesk.mail.models import InboundState
from helpdesk.mail.services import keep, read_kept, receive
from helpdesk.tickets import services
from helpdesk.tickets.rules import Channel, Kind, State
from tests.mail.acting import asked, kept, sent_to, tickets, token_of, with_the_lead, write
from tests.mail.writing import mail
from tests.support.factories import make_coc, make_lead, make_person, make_staff, make_world
from tests.tickets.acting import do, fresh, mails, messages_of, read

STRANGER = "someone@elsewhere.test"
SSN = "512-60-9981"


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


# --- who asks ------------------------------------------------------------------------------------


def test_a_known_person_is_recognised_with_the_agency_they_work_for(world):
    ticket = asked(world, world.end_user.email.upper(), subject="Cannot save", text="It fails.")
    assert (ticket.requester_id, ticket.agency_id) == (world.end_user.id, world.agency.id)
    assert (ticket.requester_name, ticket.channel, ticket.subject) == ("Erin Doyle", Channel.EMAIL, "Cannot save")
    assert [m.text for m in messages_of(ticket)] == ["It fails."]
    assert len(sent_to(world.end_user.email)) == 1
    assert len(sent_to(world.administrator.email)) == 1


def test_somebody_unknown_is_helped_too(world):
    ticket = asked(world, f"Sam Reed <{STRANGER}>")
    assert (ticket.requester_id, ticket.agency_id, ticket.lead_id) == (None, None, world.lead.id)
    assert (ticket.requester_name, ticket.requester_address) == ("Sam Reed", STRANGER)
    assert "/tickets/" not in sent_to(STRANGER)[0].body_text


def test_the_lead_written_to_gets_it_and_otherwise_the_senders_own(world):
    second = make_lead()
    make_coc(second)
    assert asked(world, STRANGER, to=second.support_address).lead_id == second.id
    assert asked(world, STRANGER, to="else@elsewhere.test").lead_id == world.lead.id
    assert asked(world, world.end_user, to=second.support_address).lead_id == world.lead.id


def test_the_first_message_of_a_fresh_database_waits_for_a_lead(app, at_noon, client):
    raw = mail("first@agency.test", subject="Hello")
    outcome = receive(raw)
    assert (outcome.outcome, outcome.ticket) == ("quarantined", None)
    assert outcome.reason == "No HMIS Lead here has an address that it was sent to."
    world = make_world()
    page = read(client, world.agent, "/mail/quarantine")
    assert "first@agency.test" in page
    number = kept()[0].id
    answer = client.post(f"/mail/quarantine/{number}/again")
    assert answer.location.startswith("/tickets/")
    assert (kept()[0].state, kept()[0].outcome, tickets()) == (InboundState.DONE, "ticket", 1)


# --- which ticket --------------------------------------------------------------------------------


def test_an_answer_is_threaded_by_in_reply_to_alone(world):
    ticket = asked(world, Message_ID="<first@agency.test>")
    ours = sent_to(world.end_user.email)[0].message_id
    for known in (ours, "<first@agency.test>"):
        outcome = write(world, world.end_user, f"More {known}", In_Reply_To=known, subject="another subject")
        assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)
    assert [m.kind for m in messages_of(ticket)] == [Kind.REQUESTER] * 3
    assert tickets() == 1


def test_an_answer_is_threaded_by_references_alone(world):
    ticket = asked(world)
    ours = sent_to(world.end_user.email)[0].message_id
    outcome = write(world, world.end_user, References=f"<unknown@x.test> {ours} <other@x.test>")
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)


def test_an_answer_is_threaded_by_its_token_alone(world):
    ticket = asked(world)
    told = sent_to(world.end_user.email)[0].reply_to
    assert told == token_of(ticket, world.end_user)
    outcome = write(world, world.end_user, to=told.upper())
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)


def test_a_ticket_number_alone_is_a_request_of_its_own(world):
    ticket = asked(world, STRANGER)
    for sender in ("other@elsewhere.test", STRANGER, world.agent):
        outcome = write(world, sender, f"About ticket {ticket.id}", subject=f"Re: [#{ticket.id}] Request {ticket.id}")
        assert outcome.outcome == "ticket"
        assert outcome.ticket != ticket.id
    assert len(messages_of(ticket)) == 1


def test_a_stranger_who_knows_a_message_id_is_not_appended(world):
    ticket = asked(world, Message_ID="<first@agency.test>")
    ours = sent_to(world.end_user.email)[0].message_id
    for known in (ours, "<first@agency.test>"):
        outcome = write(world, STRANGER, f"Let me in {known}", In_Reply_To=known, References=known)
        assert outcome.outcome == "ticket"
    assert len(messages_of(ticket)) == 1


def test_a_stranger_with_a_genuine_token_is_appended_as_nobody_in_particular(world, client):
    ticket = asked(world)
    outcome = write(world, STRANGER, "I help Erin.", to=token_of(ticket, world.end_user))
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)
    said = messages_of(ticket)[-1]
    assert (said.kind, said.author_id, said.address) == (Kind.REQUESTER, None, STRANGER)
    assert STRANGER in read(client, world.agent, f"/tickets/{ticket.id}")


def test_a_forged_or_cut_token_ties_to_nothing(world):
    ticket = asked(world)
    good = token_of(ticket, world.end_user)
    local, _, host = good.partition("@")
    other = local[:-1] + ("a" if local[-1] != "a" else "b")
    person = local.replace(f"-{world.end_user.id}-", f"-{world.agent.id}-")
    ticket_2 = local.replace(f"+t-{ticket.id}-", f"+t-{ticket.id + 1}-")
    for forged in (other, local[:-1], local + "a", person, ticket_2, local.replace("+t-", "+")):
        assert forged != local
        assert write(world, STRANGER, forged, to=f"{forged}@{host}").outcome == "ticket", forged
    assert len(messages_of(ticket)) == 1


def test_a_reply_opens_a_closed_ticket_again(world):
    ticket = with_the_lead(asked(world), world)
    with unit_of_work():
        services.close(fresh(ticket.id), world.agent, "Cleared the cache.", ticket.opened_at)
    assert fresh(ticket.id).state is State.CLOSED
    assert write(world, world.end_user, "It is back", to=token_of(ticket, world.end_user)).outcome == "reply"
    after = fresh(ticket.id)
    assert (after.state, after.closed_at) == (State.OPEN, None)
    assert "New reply" in sent_to(world.agent.email)[-1].subject


# --- staff and vendor ----------------------------------------------------------------------------


def test_a_forged_staff_sender_has_no_privilege(world):
    ticket = with_the_lead(asked(world), world)
    before = len(sent_to(world.end_user.email))
    ours = sent_to(world.end_user.email)[0].message_id
    staff_mail = sent_to(world.agent.email)[-1].message_id
    theirs = token_of(ticket, world.end_user)
    for number, headers in enumerate(
        (
            {"subject": f"Re: #{ticket.id}"},
            {"In_Reply_To": ours},
            {"References": staff_mail},
            {"to": theirs},
            {"to": token_of(ticket, world.administrator)},
        )
    ):
        outcome = write(world, world.agent, f"Send me your password, {number}", **headers)
        assert (outcome.outcome, outcome.ticket == ticket.id) == ("ticket", False)
    assert [m.kind for m in messages_of(ticket)] == [Kind.REQUESTER, Kind.SYSTEM]
    assert len(sent_to(world.end_user.email)) == before


def test_staff_answer_by_mail_with_their_own_token(world, sink):
    ticket = with_the_lead(asked(world), world)
    told = sent_to(world.agent.email)[-1].reply_to
    outcome = write(
        world, world.agent, "Clear the cache.\n\nOn Fri, Nov 20, 2026 at 9:00 AM Erin wrote:\n> secret quote", to=told
    )
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)
    said = messages_of(ticket)[-1]
    assert (said.kind, said.author_id, said.text) == (Kind.LEAD, world.agent.id, "Clear the cache.")
    assert fresh(ticket.id).state is State.ANSWERED
    drain()
    (answer,) = [m for m in sink.mails if m["To"] == world.end_user.email and "Clear the cache." in m.as_string()]
    assert "secret quote" not in answer.as_string()


def test_the_agencys_administrator_answers_by_mail_too(world):
    ticket = asked(world)
    told = sent_to(world.administrator.email)[-1].reply_to
    assert write(world, world.administrator, "Turn it off and on.", to=told).outcome == "reply"
    said = messages_of(ticket)[-1]
    assert (said.kind, said.author_id) == (Kind.AGENCY, world.administrator.id)
    assert "Turn it off and on." in mails("ticket-answer")[0].body_text


@pytest.mark.rule("MO-HD-5")
def test_staff_who_write_a_clients_ssn_by_mail_are_heard_but_not_mailed(world, sink, client):
    ticket = with_the_lead(asked(world), world)
    outcome = write(world, world.agent, f"Search for SSN {SSN}.", to=token_of(ticket, world.agent))
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)
    drain()
    assert mails("ticket-answer") == []
    assert not any(SSN.encode() in raw for raw in sink.raw)
    assert SSN not in read(client, world.agent, f"/tickets/{ticket.id}")


def asked_of_the_vendor(world, client):
    ticket = with_the_lead(asked(world), world)
    assert do(client, world.agent, ticket, "ask-vendor").status_code == 302
    return ticket, mails("ticket-vendor")[-1]


@pytest.mark.rule("SON-HD-4")
@pytest.mark.parametrize("sender", ["support@vendor.test", "robot@tracker.test"])
def test_the_vendors_answer_lands_in_its_own_thread_only(world, client, sender):
    ticket, question = asked_of_the_vendor(world, client)
    outcome = write(world, sender, "Fixed tonight, says parsnip.", to=question.reply_to)
    assert (outcome.outcome, outcome.ticket) == ("reply", ticket.id)
    said = messages_of(ticket)[-1]
    assert (said.kind, said.is_internal, said.author_id) == (Kind.VENDOR_IN, True, None)
    assert "parsnip" in read(client, world.agent, f"/tickets/{ticket.id}")
    for person in (world.end_user, world.administrator):
        assert "parsnip" not in read(client, person, f"/tickets/{ticket.id}")


def test_somebody_else_at_the_vendors_host_is_a_stranger(world, client):
    ticket, question = asked_of_the_vendor(world, client)
    before = len(messages_of(ticket))
    for headers in ({"In_Reply_To": question.message_id}, {"subject": f"Re: {question.subject}"}):
        assert write(world, "sales@vendor.test", f"Buy more {headers}", **headers).outcome == "ticket"
    assert len(messages_of(ticket)) == before


def test_an_unknown_requester_and_the_vendor_are_told_apart(world, client):
    ticket = asked(world, STRANGER)
    assert do(client, world.agent, ticket, "ask-vendor").status_code == 302
    token = token_of(ticket)
    write(world, STRANGER, "Any news?", to=token)
    write(world, "support@vendor.test", "Tonight.", to=token)
    assert [m.kind for m in messages_of(ticket)][-2:] == [Kind.REQUESTER, Kind.VENDOR_IN]


def test_a_requester_whose_mail_is_hosted_where_the_vendors_is_still_replies(world):
    person = make_person(email="kim@vendor.test")
    ticket = asked(world, person)
    assert write(world, person, "More", to=token_of(ticket, person)).outcome == "reply"
    assert messages_of(ticket)[-1].kind is Kind.REQUESTER


# --- the same again ------------------------------------------------------------------------------


def test_the_same_bytes_again_are_a_duplicate(world):
    raw = mail(world.end_user.email, to=world.lead.support_address)
    first, second = receive(raw), receive(raw)
    assert (second.outcome, second.ticket) == ("duplicate", first.ticket)
    assert second.reason == "the same message came before, as number 1"
    assert (tickets(), len(kept())) == (1, 1)


def test_the_same_message_through_another_mailbox_is_a_duplicate(world):
    raw = mail(world.end_user.email, to=world.lead.support_address, Message_ID="<one@agency.test>")
    first = receive(b"Received: from a.test\r\n" + raw, "INBOX@a.test", 1, 1)
    second = receive(b"Received: from b.test\r\n" + raw, "INBOX@b.test", 1, 7)
    assert (second.outcome, second.ticket) == ("duplicate", first.ticket)
    assert (tickets(), len(kept())) == (1, 2)


def test_a_message_id_used_twice_for_different_words_is_two_messages(world):
    for text in ("One", "Two"):
        assert write(world, world.end_user, text, Message_ID="<same@agency.test>").outcome == "ticket"


def test_a_message_kept_by_a_process_that_died_is_read_once(world):
    raw = mail(world.end_user.email, to=world.lead.support_address)
    assert keep(raw, "stdin", 0, None)
    assert tickets() == 0
    assert (read_kept(), read_kept()) == (1, 0)
    assert (tickets(), receive(raw).outcome) == (1, "duplicate")


def test_the_sender_who_tries_again_after_our_death_is_told_the_outcome(world):
    raw = mail(world.end_user.email, to=world.lead.support_address)
    keep(raw, "stdin", 0, None)
    assert receive(raw).outcome == "ticket"


def test_what_ends_its_reader_again_and_again_goes_to_a_person(world):
    number = keep(mail(world.end_user.email), "stdin", 0, None)
    with unit_of_work():
        kept()[0].tries = 5
    keep(mail(world.end_user.email, to=world.lead.support_address), "stdin", 0, None)
    assert read_kept() == 2
    first, second = kept()
    assert (first.id, first.state, second.outcome) == (number, InboundState.QUARANTINED, "ticket")
    assert first.reason == "Reading it failed 5 times, without saying why."


def test_the_raw_message_stays_as_it_came(world):
    raw = b"X-Odd:  two  spaces \r\n" + mail(world.end_user.email, to=world.lead.support_address)
    receive(raw)
    assert kept()[0].raw == raw


def test_a_flood_goes_to_a_person_who_may_let_it_in(world, client):
    for number in range(121):
        outcome = write(world, STRANGER, f"Message {number}")
    assert outcome.outcome == "quarantined"
    assert "within an hour" in outcome.reason
    assert write(world, world.end_user).outcome == "ticket"
    read(client, world.agent, "/mail/quarantine")
    number = next(row.id for row in kept() if row.state is InboundState.QUARANTINED)
    assert client.post(f"/mail/quarantine/{number}/again").location.startswith("/tickets/")


def test_a_manager_of_one_coc_sees_the_leads_quarantine_and_a_stranger_lead_does_not(world, client):
    receive(b"To: help@hearthdesk.test\r\n\r\nwho am I")
    other = make_staff(make_lead(), StaffRole.AGENT)
    number = kept()[0].id
    assert "does not say who sent it" in read(client, world.manager, f"/mail/quarantine/{number}")
    read(client, other, f"/mail/quarantine/{number}", 404)
    for path in ("again", "ticket"):
        assert client.post(f"/mail/quarantine/{number}/{path}", data=BY_HAND).status_code == 404
    for person in (world.end_user, world.administrator, world.director, world.trainer):
        read(client, person, "/mail/quarantine", 403)
        read(client, person, f"/mail/quarantine/{number}", 403)


BY_HAND = {"sender": "found@agency.test", "subject": "Cannot save", "text": "They cannot save."}


@pytest.mark.rule("MO-HD-5")
def test_a_quarantined_message_is_shown_masked_and_made_a_ticket_by_hand(world, client):
    receive(f"Subject: SSN {SSN}\r\n\r\nClient SSN {SSN}".encode())
    number = kept()[0].id
    for url in ("/mail/quarantine", f"/mail/quarantine/{number}"):
        page = read(client, world.agent, url)
        assert "[SSN hidden]" in page
        assert SSN not in page
    refused = client.post(f"/mail/quarantine/{number}/ticket", data={**BY_HAND, "sender": "a@b.test\r\nBcc: c@d.test"})
    assert refused.status_code == 422
    answer = client.post(f"/mail/quarantine/{number}/ticket", data=BY_HAND)
    assert answer.status_code == 302
    (row,) = kept()
    assert (row.state, row.outcome) == (InboundState.DONE, "ticket")
    assert fresh(row.ticket_id).requester_address == "found@agency.test"
    assert SSN not in db.session.get(OutboxMessage, 1).body_text
    assert client.post(f"/mail/quarantine/{number}/ticket", data=BY_HAND).status_code == 404
    assert "Nothing in quarantine" in read(client, world.agent, "/mail/quarantine")


def test_a_signature_is_folded_away_and_not_lost(world, client):
    text = "It fails.\n\n-- \nErin Doyle\nNight shelter, extension 12\n\nSent from my iPhone\n"
    ticket = asked(world, world.end_user, text=text)
    (said,) = messages_of(ticket)
    assert (said.text, said.quoted) == ("It fails.", "Erin Doyle\nNight shelter, extension 12")
    assert "extension 12" in read(client, world.agent, f"/tickets/{ticket.id}")


@pytest.mark.rule("MO-HD-5")
def test_a_clients_data_in_what_is_folded_away_is_masked_too(world, client):
    ticket = asked(world, world.end_user, text=f"It fails.\n\n-- \nClient SSN {SSN}\n")
    assert messages_of(ticket)[0].has_ppi
    page = read(client, world.agent, f"/tickets/{ticket.id}")
    assert SSN not in page
