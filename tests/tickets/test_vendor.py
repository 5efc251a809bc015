from __future__ import annotations

import pytest

from core import clock
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from core.outbox import drain
from core.policy.vocabulary import Tier
from helpdesk.mail.tokens import read_token
from helpdesk.tickets import services
from helpdesk.tickets.models import Category
from helpdesk.tickets.rules import Kind, State
from tests.support.factories import make_world
from tests.tickets.acting import do, fresh, mails, messages_of, opened, read, stays_of, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


def ready(pack, **values):
    """A ticket that the Lead has."""
    world = make_world(pack)
    return world, opened(world, category=Category.SECURITY, **values)


@pytest.mark.rule("SON-HD-3")
def test_sonoma_the_lead_takes_to_the_vendor_what_it_cannot_resolve(client):
    world = make_world("sonoma")
    ticket = opened(world)
    do(client, world.administrator, ticket, "forward")
    assert do(client, world.agent, ticket, "ask-vendor").status_code == 302
    after = fresh(ticket.id)
    assert (after.tier, after.state) == (Tier.VENDOR, State.WITH_VENDOR)
    assert [stay.rule for stay in stays_of(ticket)] == ["SON-HD-1", "SON-HD-2", "SON-HD-3"]
    assert mails("ticket-vendor")[0].address == world.lead.vendor_address
    assert "SON-HD-3" in read(client, world.agent, f"/tickets/{ticket.id}")


@pytest.mark.rule("SON-HD-3")
def test_the_ladder_skips_nobody(client):
    world = make_world("sonoma")
    ticket = opened(world)
    assert do(client, world.agent, ticket, "ask-vendor").status_code == 403
    assert mails("ticket-vendor") == []


@pytest.mark.rule("SON-HD-4")
@pytest.mark.rule("SAC-HD-1")
@pytest.mark.parametrize(("pack", "rule"), [("sonoma", "SON-HD-4"), ("sacramento", "SAC-HD-1")])
@pytest.mark.parametrize("role", ["end_user", "representative", "administrator", "security_officer", "director"])
def test_nobody_of_an_agency_reaches_the_vendor_by_any_button(client, pack, rule, role):
    world, ticket = ready(pack)
    answer = do(client, getattr(world, role), ticket, "ask-vendor")
    assert answer.status_code in (403, 404)
    if role == "administrator":
        assert rule in answer.get_data(as_text=True)
    assert "Ask the vendor" not in read(client, world.end_user, f"/tickets/{ticket.id}")
    assert mails("ticket-vendor") == []
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD


@pytest.mark.rule("SON-HD-4")
@pytest.mark.rule("SAC-HD-1")
@pytest.mark.parametrize("pack", ["sonoma", "sacramento"])
@pytest.mark.parametrize("role", ["agent", "manager", "admin"])
def test_lead_staff_reach_the_vendor(client, pack, role):
    world, ticket = ready(pack)
    assert do(client, getattr(world, role), ticket, "ask-vendor").status_code == 302


@pytest.mark.rule("SON-HD-4")
@pytest.mark.parametrize("pack", ["sonoma", "vermont", "missouri", "missouri-bos", "sacramento", "hud-baseline"])
def test_the_service_itself_says_no_whatever_the_community(pack):
    world, ticket = ready(pack)
    with pytest.raises(Forbidden, match="Only the HMIS Lead speaks with the vendor"), unit_of_work():
        services.to_vendor(ticket, world.administrator, "Please help", clock.now())


@pytest.mark.rule("SON-HD-4")
def test_an_administrator_cannot_forward_past_the_lead(client):
    world, ticket = ready("sonoma")
    assert do(client, world.administrator, ticket, "forward").status_code == 403
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD


def test_the_vendor_learns_neither_who_asked_nor_where_they_work(client, sink):
    world, ticket = ready(
        "missouri", subject="Erin Doyle of Harbor House cannot save", message_id="<theirs@agency.test>"
    )
    text = f"erin DOYLE <{world.end_user.email}> at Harbor  House gets error 500. Client ID 4711."
    do(client, world.agent, ticket, "ask-vendor", text=text)
    drain()
    (mail,) = [mail for mail in sink.mails if mail["To"] == world.lead.vendor_address]
    whole = mail.as_string().casefold()
    for hidden in ("erin", "doyle", world.end_user.email, "harbor", "agency.test", "/tickets/"):
        assert hidden not in whole
    assert "error 500. client id 4711." in whole
    assert messages_of(ticket)[-1].text == "[the user] <[the user]> at [the agency] gets error 500. Client ID 4711."


def test_the_vendors_thread_is_its_own(client):
    world, ticket = ready("missouri", message_id="<theirs@agency.test>")
    do(client, world.agent, ticket, "answer")
    do(client, world.agent, ticket, "ask-vendor")
    first = mails("ticket-vendor")[0]
    assert first.headers == {}
    assert read_token([first.reply_to]) == (ticket.id, None)
    with unit_of_work():
        services.add_reply(
            ticket,
            None,
            "support@vendor.test",
            "Fixed tonight",
            at=clock.now(),
            message_id="<v1@vendor.test>",
            from_vendor=True,
        )
    do(client, world.agent, ticket, "ask-vendor", text="Thanks, when?")
    second = mails("ticket-vendor")[1]
    assert second.headers["References"] == f"{first.message_id} <v1@vendor.test>"
    do(client, world.agent, ticket, "answer", text="It will be fixed tonight.")
    assert "vendor" not in mails("ticket-answer")[1].headers["References"]


def test_what_the_vendor_writes_stays_with_the_lead_and_asks_for_its_next_step(client):
    world, ticket = ready("missouri")
    do(client, world.agent, ticket, "ask-vendor", text="Outgoing: turnip")
    with unit_of_work():
        said = services.add_reply(
            ticket, None, "support@vendor.test", "Incoming: parsnip", at=clock.now(), from_vendor=True
        )
    assert (said.kind, said.is_internal) == (Kind.VENDOR_IN, True)
    after = fresh(ticket.id)
    assert (after.state, after.tier) == (State.OPEN, Tier.VENDOR)
    assert "The vendor answered" in mails("ticket-news")[-1].subject
    page = read(client, world.agent, f"/tickets/{ticket.id}")
    assert "turnip" in page
    assert "parsnip" in page
    for person in (world.end_user, world.administrator, world.director):
        page = read(client, person, f"/tickets/{ticket.id}")
        assert "turnip" not in page
        assert "parsnip" not in page
        assert world.lead.vendor_address not in page
    do(client, world.agent, ticket, "hand-back")
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
    assert "Vendor" in words(read(client, world.agent, f"/tickets/{ticket.id}"))


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("text", ["SSN 123-45-6789", "client DOB 01/02/1980", "client Jane Roe cannot be found"])
def test_a_clients_data_never_reaches_the_vendor(client, text):
    world, ticket = ready("missouri")
    answer = do(client, world.agent, ticket, "ask-vendor", text=text)
    assert answer.status_code == 422
    assert mails("ticket-vendor") == []
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD


def test_without_the_vendors_address_nothing_is_sent(client):
    world, ticket = ready("missouri")
    with unit_of_work():
        world.lead.vendor_address = ""
    answer = do(client, world.agent, ticket, "ask-vendor")
    assert answer.status_code == 422
    assert "vendor&#39;s address is not known" in answer.get_data(as_text=True)
    with pytest.raises(Invalid), unit_of_work():
        services.to_vendor(ticket, world.agent, "Please help", clock.now())
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
