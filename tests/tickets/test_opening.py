from __future__ import annotations

import threading
from io import BytesIO

import pytest
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.people.models import Agency, DesignationKind, StaffRole
from core.policy.vocabulary import Tier
from helpdesk.tickets import services, standing
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import Category, Channel, Kind, Priority, State
from tests.support.factories import designate, join, make_agency, make_lead, make_person, make_staff, make_world, member
from tests.support.signing_in import sign_in
from tests.tickets.acting import ask, do, mails, messages_of, nonce, opened, read, stays_of, words

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.mark.rule("SON-HD-1")
def test_sonoma_goes_to_the_agencys_own_administrator_first(client, world):
    ticket = ask(client, world.end_user)
    assert (ticket.tier, ticket.holder_agency_id, ticket.state) == (
        Tier.AGENCY_ADMINISTRATOR,
        world.agency.id,
        State.NEW,
    )
    assert [person.id for person in standing.holders(ticket, clock.now())] == [world.administrator.id]
    page = read(client, world.end_user, f"/tickets/{ticket.id}")
    assert "SON-HD-1" in page
    assert "A request goes to the agency&#39;s own technical administrator first." in page


@pytest.mark.rule("SON-HD-2")
def test_sonoma_what_the_administrator_cannot_resolve_is_forwarded_to_the_lead(client, world):
    ticket = ask(client, world.end_user)
    assert do(client, world.administrator, ticket, "forward").status_code == 302
    first, second = stays_of(ticket)
    assert (first.tier, first.until) == (Tier.AGENCY_ADMINISTRATOR, clock.now())
    assert (second.tier, second.until, second.rule) == (Tier.HMIS_LEAD, None, "SON-HD-2")
    assert (second.moved_by_id, second.reason) == (world.administrator.id, "Not a setting of ours.")


@pytest.mark.rule("SON-HD-2")
def test_an_administrators_own_request_starts_where_it_would_be_forwarded_to(client, world):
    ticket = ask(client, world.administrator)
    assert ticket.tier is Tier.HMIS_LEAD
    assert stays_of(ticket)[0].rule == "SON-HD-2"


@pytest.mark.rule("VT-HD-1")
@pytest.mark.parametrize(
    ("administrators", "tier"), [(0, Tier.HMIS_LEAD), (1, Tier.AGENCY_ADMINISTRATOR), (2, Tier.AGENCY_ADMINISTRATOR)]
)
def test_vermont_agencies_without_an_administrator_start_at_the_lead(app, client, administrators, tier):
    world = make_world("vermont", tz="America/New_York")
    agency = make_agency(world.coc, "Green Door")
    asker = member(agency)
    for _ in range(administrators):
        member(agency, DesignationKind.ADMINISTRATOR)
    ticket = ask(client, asker)
    assert ticket.tier is tier
    assert stays_of(ticket)[0].rule == "VT-HD-1"
    assert "VT-HD-1" in read(client, asker, f"/tickets/{ticket.id}")


@pytest.mark.rule("VT-HD-1")
def test_vermont_an_administrator_counts_until_the_designation_ends(app, client):
    world = make_world("vermont", tz="America/New_York")
    agency = make_agency(world.coc, "Green Door")
    asker, administrator = member(agency), member(agency)
    designation = designate(administrator, agency, DesignationKind.ADMINISTRATOR)
    with unit_of_work():
        designation.ended_at = clock.now()
    assert ask(client, asker).tier is Tier.HMIS_LEAD


@pytest.mark.parametrize("pack", ["missouri", "missouri-bos", "sacramento", "hud-baseline"])
def test_packs_whose_users_ask_the_lead_directly(app, client, pack):
    world = make_world(pack)
    assert ask(client, world.end_user).tier is Tier.HMIS_LEAD


@pytest.mark.rule("SAC-HD-4")
def test_sacramento_a_security_lapse_is_urgent_and_goes_straight_to_the_lead(app, client):
    world = make_world("sacramento")
    ticket = ask(client, world.end_user, "A screen was left open", category="security")
    assert (ticket.tier, ticket.priority) == (Tier.HMIS_LEAD, Priority.URGENT)
    assert stays_of(ticket)[0].rule == "SAC-HD-4"
    assert ask(client, world.end_user, category="problem").priority is Priority.NORMAL


@pytest.mark.rule("SAC-HD-4")
def test_a_security_lapse_skips_the_administrator_where_others_go_there_first(client, world):
    ticket = ask(client, world.end_user, category="security")
    assert (ticket.tier, ticket.priority) == (Tier.HMIS_LEAD, Priority.URGENT)
    assert do(client, world.agent, ticket, "hand-back").status_code == 409


def test_the_requester_is_told_the_number_and_nothing_of_what_they_wrote(client, world):
    ticket = ask(client, world.end_user, "Report is empty", text="The quarterly one, since Tuesday.")
    (mail,) = mails("ticket-received")
    assert mail.address == world.end_user.email
    assert mail.subject == f"[#{ticket.id}] Report is empty"
    assert f"http://hearthdesk.test/tickets/{ticket.id}" in mail.body_text
    assert "quarterly" not in mail.body_text + mail.body_html
    assert mail.reply_to.startswith(world.lead.support_address.split("@")[0] + "+t-")


def test_whoever_has_it_is_told_and_nobody_else(client, world):
    ask(client, world.end_user, text="A word nobody mails: marzipan")
    assert [mail.person_id for mail in mails("ticket-news")] == [world.administrator.id]
    assert all("marzipan" not in mail.body_text for mail in mails())


def test_the_news_says_who_asks_from_where_about_what_and_why_it_came(client, world):
    ask(client, world.end_user, text="A word nobody mails: marzipan")
    (news,) = mails("ticket-news")
    for text in (news.body_text, news.body_html):
        assert all(told in text for told in ("From: Erin Doyle", "Agency: Harbor House", "About: ", "Waiting since: "))
        assert "Why you have it: " in text
        assert "marzipan" not in text


def test_at_the_lead_the_agents_are_told_and_managers_only_where_there_are_none(app, client):
    world = make_world("missouri")
    ask(client, world.end_user)
    assert [mail.person_id for mail in mails("ticket-news")] == [world.agent.id]
    lonely = make_lead()
    manager = make_staff(lonely, StaffRole.MANAGER)
    with unit_of_work():
        services.open_ticket(
            None, "a@b.test", "", "Hello", "x", lead=lonely, agency=None, channel=Channel.EMAIL, at=clock.now()
        )
    assert mails("ticket-news")[-1].person_id == manager.id


def test_a_double_click_makes_one_ticket(client, world):
    once = nonce()
    first = ask(client, world.end_user, nonce=once)
    assert ask(client, world.end_user, nonce=once).id == first.id
    assert db.session.scalar(select(func.count(Ticket.id))) == 1
    assert len(mails("ticket-received")) == 1


def test_two_sendings_at_the_same_instant_make_one_ticket(app, world):
    """The second waits for the first's commit, and then finds its ticket."""
    ids, person_id, agency_id, start = [], world.end_user.id, world.agency.id, threading.Barrier(4)

    def send() -> None:
        with app.app_context():
            start.wait()
            with unit_of_work() as session:
                agency = session.get_one(Agency, agency_id)
                person = session.get_one(type(world.end_user), person_id)
                made = services.open_ticket(
                    person, person.email, person.name, "Once", "x", lead=agency.coc.lead, agency=agency,
                    channel=Channel.WEB, at=clock.now(), nonce="same",
                )  # fmt: skip
                ids.append(made.id)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("text", "client DOB 01/02/1980 is wrong", "01/02/1980"),
        ("text", "her SSN is 123-45-6789", "123-45-6789"),
        ("subject", "SSN 123-45-6789", "123-45-6789"),
    ],
)
def test_a_clients_data_is_refused_marked_and_nothing_typed_is_lost(client, world, field, text, word):
    sign_in(client, world.end_user)
    form = {
        "subject": "A subject",
        "text": "A long description.",
        "category": "how-to",
        "nonce": "kept-nonce",
        field: text,
    }
    answer = client.post("/tickets/new", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "looks like a client&#39;s" in page
    assert "Use the client ID." in page
    assert f"<mark>{word}</mark>" in page
    for kept in (form["subject"], form["text"], "kept-nonce", 'value="how-to" selected', 'selected value="how-to"')[:3]:
        assert kept in page
    assert db.session.scalar(select(func.count(Ticket.id))) == 0
    assert mails() == []


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ssn card.jpg", b"\xff\xd8\xff picture"),
        ("notes.txt", b"client DOB 01/02/1980"),
        ("birth_certificate.pdf", b"%PDF-1.4"),
    ],
)
def test_files_with_a_clients_data_are_refused(client, world, name, content):
    sign_in(client, world.end_user)
    form = {"subject": "A", "text": "B", "category": "other", "nonce": nonce(), "files": (BytesIO(content), name)}
    answer = client.post("/tickets/new", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count(Ticket.id))) == 0


def test_what_comes_by_mail_is_kept_and_masked_everywhere(client, world):
    ticket = opened(
        world, subject="SSN 123-45-6789 is wrong", text="client DOB 01/02/1980", html="<p>client DOB 01/02/1980</p>",
        quoted="> SSN 123-45-6789", channel=Channel.EMAIL,
    )  # fmt: skip
    assert ticket.subject == "SSN [SSN hidden] is wrong"
    (said,) = messages_of(ticket)
    assert said.has_ppi
    assert said.text == "client DOB 01/02/1980"
    for person in (world.end_user, world.administrator, world.agent):
        for url in (f"/tickets/{ticket.id}", "/tickets?view=all", "/search?q=wrong", "/"):
            page = read(client, person, url)
            assert "123-45-6789" not in page
            assert "01/02/1980" not in page
    assert "birth date hidden" in words(read(client, world.agent, f"/tickets/{ticket.id}"))
    everything = " ".join(m.subject + m.body_text + m.body_html for m in mails())
    assert "6789" not in everything
    assert "1980" not in everything


@pytest.mark.parametrize("tier_pack", ["sonoma", "missouri"])
def test_opening_is_audited_with_the_rule(app, client, tier_pack):
    world = make_world(tier_pack)
    ticket = ask(client, world.end_user)
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.action == "ticket.opened"))
    assert (event.subject_id, event.actor_id, event.agency_id) == (ticket.id, world.end_user.id, world.agency.id)
    assert event.data["rule"] == stays_of(ticket)[0].rule


def test_missing_answers_are_named_and_the_rest_is_kept(client, world):
    sign_in(client, world.end_user)
    answer = client.post(
        "/tickets/new", data={"subject": "", "text": "Kept words", "category": "problem", "nonce": nonce()}
    )
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Say in a few words what it is about." in page
    assert "Kept words" in page


def test_a_field_no_form_offers_is_ignored(client, world):
    ticket = ask(
        client,
        world.end_user,
        priority="urgent",
        tier="vendor",
        state="closed",
        agency=world.other_agency.id,
        lead_id=99,
    )
    assert (ticket.priority, ticket.tier, ticket.state) == (Priority.NORMAL, Tier.AGENCY_ADMINISTRATOR, State.NEW)
    assert ticket.agency_id == world.agency.id


def test_somebody_of_two_agencies_chooses_and_cannot_choose_a_third(client, world):
    third = make_agency(world.coc, "Third Street")
    join(world.end_user, world.other_agency)
    assert ask(client, world.end_user, agency=world.other_agency.id).agency_id == world.other_agency.id
    sign_in(client, world.end_user)
    form = {"subject": "A", "text": "B", "category": "other", "nonce": nonce(), "agency": third.id}
    assert client.post("/tickets/new", data=form).status_code == 422


# --- on behalf of a caller -----------------------------------------------------------------------


CALLER = {"channel": "phone", "address": "", "name": "Somebody Calling"}


def test_staff_write_down_what_a_caller_asks(client, world):
    ticket = ask(client, world.agent, **{**CALLER, "address": world.end_user.email.upper(), "channel": "walk-in"})
    assert (ticket.requester_id, ticket.agency_id, ticket.opened_by_id) == (
        world.end_user.id,
        world.agency.id,
        world.agent.id,
    )
    assert ticket.channel is Channel.WALK_IN
    assert ticket.requester_name == world.end_user.name
    assert mails("ticket-received")[0].person_id == world.end_user.id
    (said,) = messages_of(ticket)
    assert (said.kind, said.author_id) == (Kind.REQUESTER, world.end_user.id)


def test_a_caller_nobody_knows_goes_to_the_lead(client, world):
    ticket = ask(client, world.agent, **{**CALLER, "address": "new@elsewhere.test"})
    assert (ticket.requester_id, ticket.agency_id, ticket.coc_id, ticket.tier) == (None, None, None, Tier.HMIS_LEAD)
    assert ticket.requester_name == "Somebody Calling"
    assert "http" not in mails("ticket-received")[0].body_text


def test_a_person_of_another_lead_is_somebody_unknown_here(client, world):
    elsewhere = make_world("vermont")
    ticket = ask(client, world.agent, **{**CALLER, "address": elsewhere.end_user.email})
    assert (ticket.requester_id, ticket.agency_id, ticket.lead_id) == (None, None, world.lead.id)
    assert elsewhere.end_user.name not in read(client, world.agent, f"/tickets/{ticket.id}")


def test_somebody_without_an_agency_is_told_what_to_do(client, world):
    nobody = make_person()
    sign_in(client, nobody)
    assert client.get("/tickets/new").status_code == 403


@pytest.mark.parametrize("category", list(Category))
def test_every_category_can_be_chosen(client, world, category):
    assert ask(client, world.end_user, category=category.value).category is category


def test_the_message_holds_the_files(client, world):
    sign_in(client, world.end_user)
    form = {
        "subject": "A",
        "text": "B",
        "category": "other",
        "nonce": nonce(),
        "files": (BytesIO(b"plain words"), "error.txt"),
    }
    location = client.post("/tickets/new", data=form, content_type="multipart/form-data").location
    said = db.session.scalar(select(TicketMessage))
    (attached,) = said.files
    assert "error.txt" in read(client, world.end_user, location)
    with client.get(f"{location}/files/{attached.id}") as got:
        assert got.data == b"plain words"
        assert got.headers["Content-Disposition"].startswith("attachment")


def test_characters_that_no_database_keeps_are_left_out(client, world):
    assert ask(client, world.end_user, subject="Nul\0l", text="In\0side").subject == "Null"


@pytest.mark.parametrize("nonce", ["", "x" * 65, "a b", "\0"])
def test_a_form_without_its_own_number_is_refused(client, world, nonce):
    sign_in(client, world.end_user)
    form = {"subject": "A", "text": "B", "category": "other", "nonce": nonce}
    assert client.post("/tickets/new", data=form).status_code == 422


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "   ",
        "client Jane Roe\r\nBcc: x@y.test",
        "x" * 5000,
        "SSN 123-45-6789 " * 40,
        "client Jane Roe, DOB 01/02/1980",
    ],
)
def test_any_subject_of_a_mail_makes_a_ticket_and_safe_mails(world, subject):
    ticket = opened(world, subject=subject, channel=Channel.EMAIL)
    assert 0 < len(ticket.subject) <= 300
    for mail in mails():
        assert "Jane" not in mail.subject
        assert "6789" not in mail.subject
        assert "\n" not in mail.subject
