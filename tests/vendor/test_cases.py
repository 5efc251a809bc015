from __future__ import annotations

import pytest

from core import clock
from core.db import unit_of_work
from core.outbox import drain
from core.policy.vocabulary import Tier
from helpdesk.tickets import services as tickets
from helpdesk.tickets.rules import State
from helpdesk.vendor.models import CaseTicket
from helpdesk.vendor.rules import Act, CaseState, after
from tests.support.counting import queries
from tests.support.factories import make_person, make_world
from tests.tickets.acting import do, fresh, mails, nonce, opened, read, words
from tests.vendor.acting import (
    act,
    again,
    at_lead,
    case_with,
    digest_in,
    history,
    new_case,
    post,
    previewed,
    thread,
    write,
)

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.mark.rule("HUD-HD-3")
@pytest.mark.rule("SON-HD-3")
def test_a_case_is_made_from_a_request_and_others_join_it(client):
    world = make_world("sonoma")
    first, second = at_lead(world), at_lead(world, world.other_end_user, agency=world.other_agency)
    case = new_case(client, world.agent, first, title="Move-in date cannot be saved")
    page = read(client, world.agent, f"/vendor-cases/{case.id}?ticket={first.id}")
    assert "It says the date is out of range." in page
    assert post(client, world.agent, f"/vendor-cases/{case.id}/join", "join", ticket=f"#{second.id}").status_code == 302
    for ticket in (first, second):
        after_it = fresh(ticket.id)
        assert (after_it.tier, after_it.state) == (Tier.VENDOR, State.WITH_VENDOR)
    assert [step.act for step in history(case)] == [Act.OPEN, Act.JOIN, Act.JOIN]


@pytest.mark.rule("SON-HD-3")
def test_the_ladder_skips_nobody_on_the_way_to_a_case(client):
    world = make_world("sonoma")
    ticket, case = opened(world), case_with(world)
    answer = post(client, world.agent, f"/vendor-cases/{case.id}/join", "join", ticket=ticket.id)
    assert answer.status_code == 403
    assert fresh(ticket.id).tier is Tier.AGENCY_ADMINISTRATOR


def test_a_request_is_on_one_case_and_the_form_does_it_once(client):
    world = make_world("sonoma")
    ticket = at_lead(world)
    case, other = case_with(world), case_with(world, title="Another")
    form = {"ticket": ticket.id, "nonce": nonce()}
    for _ in range(2):
        assert post(client, world.agent, f"/vendor-cases/{case.id}/join", "join", **form).status_code == 302
    assert [step.act for step in history(case)] == [Act.OPEN, Act.JOIN]
    refused = post(client, world.agent, f"/vendor-cases/{other.id}/join", "join", ticket=ticket.id)
    assert refused.status_code == 409
    assert f"is on case V{case.id} already" in refused.get_data(as_text=True)


def test_a_request_leaves_and_the_lead_has_it_again(client):
    world = make_world("sonoma")
    ticket = at_lead(world)
    case = case_with(world, ticket)
    assert post(client, world.agent, f"/vendor-cases/{case.id}/tickets/{ticket.id}/leave").status_code == 302
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
    assert [step.act for step in history(case)] == [Act.OPEN, Act.JOIN, Act.LEAVE]
    assert f"#{ticket.id}" in history(case)[-1].text


def test_who_takes_a_request_back_takes_it_off_the_case(client):
    world = make_world("sonoma")
    ticket = at_lead(world)
    case = case_with(world, ticket)
    do(client, world.agent, ticket, "hand-back")
    assert history(case)[-1].act is Act.LEAVE
    assert "Make a case from it" in read(client, world.agent, f"/tickets/{ticket.id}")


def test_what_is_on_a_case_is_asked_there_and_nowhere_else(client):
    world = make_world("sonoma")
    ticket = at_lead(world)
    case = case_with(world, ticket)
    answer = do(client, world.agent, ticket, "ask-vendor")
    assert answer.status_code == 409
    assert f"case V{case.id}" in answer.get_data(as_text=True)
    assert mails("ticket-vendor") == []
    told = do(client, world.administrator, ticket, "ask-vendor").get_data(as_text=True)
    assert f"case V{case.id}" not in told


@pytest.mark.rule("HUD-HD-3")
def test_the_vendors_number_is_one_case_of_the_lead(client):
    world, other = make_world("sonoma"), make_world("sonoma")
    case = new_case(client, world.agent, number="CS-4711")
    second = new_case(client, world.agent)
    given = {"title": "Saving fails", "severity": "low", "number": "cs-4711"}
    refused = post(client, world.agent, f"/vendor-cases/{second.id}/details", "details", **given)
    assert refused.status_code == 409
    assert f"Case V{case.id} has this number already." in refused.get_data(as_text=True)
    given["number"] = "CS-4712"
    assert post(client, world.agent, f"/vendor-cases/{second.id}/details", "details", **given).status_code == 302
    assert again(second.id).number == "CS-4712"
    assert new_case(client, other.agent, number="CS-4711").number == "CS-4711"
    assert f"V{second.id}" in read(client, world.agent, "/search?q=CS-4712")


@pytest.mark.rule("SON-HD-4")
@pytest.mark.rule("SAC-HD-1")
@pytest.mark.parametrize("pack", ["sonoma", "sacramento"])
def test_the_vendor_learns_nobodys_name_and_the_preview_is_what_leaves(client, sink, pack):
    world = make_world(pack)
    one = at_lead(world, subject="Cannot save")
    two = at_lead(world, world.other_end_user, agency=world.other_agency)
    case = case_with(world, one, two, title=f"Saving fails at {world.agency.name}")
    text = (
        f"{world.end_user.name} ({world.end_user.email}) of Harbor  House and {world.other_end_user.name.upper()} of "
        "casa sol get error 500, so does somebody@elsewhere.test. Write to support@vendor.test. Client ID 4711."
    )
    page = previewed(client, world.agent, case, text)
    seen = page[page.index('id="leaves"') :]
    answer = post(client, world.agent, f"/vendor-cases/{case.id}/send", "letter", text=text, digest=digest_in(page))
    assert answer.status_code == 302
    drain()
    (mail,) = [mail for mail in sink.mails if mail["To"] == world.lead.vendor_address]
    whole = mail.as_string().casefold()
    names = (world.end_user.name, world.other_end_user.name, world.end_user.email, "harbor", "casa", "elsewhere.test")
    for hidden in (*names, "/tickets/"):
        assert hidden.casefold() not in whole
    body = mail.get_body(("plain",)).get_content()
    assert "Client ID 4711." in body
    for line in body.strip().splitlines():
        assert line in words(seen) or line.strip() == "" or line in seen
    assert thread(case)[0].text in body


def test_nothing_leaves_that_was_not_seen(client):
    world = make_world("sonoma")
    case = case_with(world, at_lead(world))
    text = f"{world.other_end_user.name} sees it too."
    digest = digest_in(previewed(client, world.agent, case, text))
    late = at_lead(world, world.other_end_user, agency=world.other_agency)
    post(client, world.agent, f"/vendor-cases/{case.id}/join", "join", ticket=late.id)
    answer = post(client, world.agent, f"/vendor-cases/{case.id}/send", "letter", text=text, digest=digest)
    assert answer.status_code == 409
    assert "not what you saw" in answer.get_data(as_text=True)
    assert mails("vendor-case") == []


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("where", ["preview", "send"])
def test_a_clients_data_never_leaves_on_a_case(client, where):
    world = make_world("missouri")
    case = case_with(world, at_lead(world))
    values = {"text": "SSN 123-45-6789 cannot be saved", "digest": "0" * 64}
    assert post(client, world.agent, f"/vendor-cases/{case.id}/{where}", "letter", **values).status_code == 422
    assert mails("vendor-case") == []


def test_a_letter_sent_twice_is_one(client):
    world = make_world("sonoma")
    case = case_with(world, at_lead(world))
    form = {"text": "Error 500.", "nonce": nonce()}
    form["digest"] = digest_in(previewed(client, world.agent, case, "Error 500."))
    for _ in range(2):
        assert post(client, world.agent, f"/vendor-cases/{case.id}/send", "letter", **form).status_code == 302
    assert len(mails("vendor-case")) == 1
    assert again(case.id).state is CaseState.VENDOR


@pytest.mark.rule("SON-HD-4")
@pytest.mark.rule("SAC-HD-1")
@pytest.mark.parametrize("role", ["end_user", "representative", "administrator", "security_officer", "director"])
def test_those_who_asked_learn_that_the_vendor_works_on_it_and_no_more(client, role):
    world = make_world("sacramento")
    ticket = at_lead(world)
    case = case_with(world, ticket, title="Turnip outage")
    write(client, world.agent, case, "Outgoing parsnip.")
    person = getattr(world, role)
    assert client.get(f"/vendor-cases/{case.id}").status_code in (200, 403)
    read(client, person, f"/vendor-cases/{case.id}", status=403)
    read(client, person, "/vendor-contacts", status=403)
    if role in ("end_user", "administrator", "director"):
        page = read(client, person, f"/tickets/{ticket.id}")
        assert "The vendor is working on it" in page
        for secret in ("Turnip", "parsnip", f"V{case.id} ", "vendor-cases/", world.lead.vendor_address):
            assert secret not in page


def test_each_state_and_act_is_settled():
    """The whole table: an act that is not possible changes nothing."""
    over = (CaseState.CONFIRMED, CaseState.UNRESOLVED)
    for state in CaseState:
        assert after(state, Act.VENDOR_WROTE) is CaseState.US
        assert (after(state, Act.SEND) is None) == (state in over)
        assert (after(state, Act.REOPEN) is None) == (state not in over)
    assert after(CaseState.OPEN, Act.CONFIRM) is None


def test_it_goes_its_way_to_confirmed_and_back(client):
    world = make_world("sonoma")
    case = case_with(world, at_lead(world))
    assert act(client, world.agent, case, "confirm").status_code == 409
    write(client, world.agent, case)
    act(client, world.agent, case, "fixed", reason="In release 9.2.")
    assert again(case.id).state is CaseState.FIXED
    act(client, world.agent, case, "confirm", reason="Saved one ourselves.")
    done = again(case.id)
    assert (done.state, done.outcome, done.is_open) == (CaseState.CONFIRMED, "Saved one ourselves.", False)
    assert "open request is on this case" in words(read(client, world.agent, f"/vendor-cases/{case.id}"))
    act(client, world.agent, case, "reopen")
    assert again(case.id).state is CaseState.US


def test_somebody_else_keeps_the_case_and_hears_of_it(client):
    world = make_world("sonoma")
    case = case_with(world, at_lead(world))
    assert act(client, world.agent, case, "take").status_code == 409
    assert act(client, world.manager, case, "take", reason="While Ana is away.").status_code == 302
    assert again(case.id).keeper_id == world.manager.id
    assert "Nobody has asked the vendor yet" in read(client, world.manager, "/")
    assert "Nobody has asked the vendor yet" not in read(client, world.agent, "/")


def test_another_leads_case_is_not_there(client):
    world, other = make_world("sonoma"), make_world("sonoma")
    case = case_with(world)
    read(client, other.admin, f"/vendor-cases/{case.id}", status=404)
    ticket = at_lead(other)
    assert post(client, world.agent, f"/vendor-cases/{case.id}/join", "join", ticket=ticket.id).status_code == 422


def test_two_hundred_requests_cost_the_page_no_more_questions_than_two(client):
    world = make_world("sonoma")
    few, many = case_with(world, at_lead(world), at_lead(world)), case_with(world, title="Many")
    made = [at_lead(world, subject=f"Request {n}") for n in range(200)]
    on_it = {"case_id": many.id, "joined_at": clock.now(), "joined_by_id": world.agent.id}
    with unit_of_work() as session:
        session.add_all(CaseTicket(ticket_id=ticket.id, **on_it) for ticket in made)
    read(client, world.agent, f"/vendor-cases/{few.id}")
    with queries() as small:
        client.get(f"/vendor-cases/{few.id}")
    with queries() as large:
        page = client.get(f"/vendor-cases/{many.id}").get_data(as_text=True)
    assert "200 open requests" in page
    assert page.count("/leave") == 25
    assert len(large) <= len(small) + 1
    with queries() as letter:
        previewed(client, world.agent, many, "Error 500.")
    assert len(letter) < 30


@pytest.mark.rule("SON-HD-4")
def test_no_other_mail_of_the_service_goes_to_the_vendor(client, sink):
    """Whoever wrote from, or was entered with, an address of the vendor's: only its own threads reach it."""
    world = make_world("sonoma")
    stranger = make_person("Vera Lang", "vera@agency.test")
    case = case_with(world, at_lead(world))
    asked = opened(world, stranger)
    with unit_of_work():
        tickets.forward_up(fresh(asked.id), world.administrator, "Not ours.", asked.opened_at)
        fresh(asked.id).requester_address = world.lead.vendor_address.upper()
        stranger.email = world.lead.vendor_address.upper()
    do(client, world.agent, asked, "answer", text="Outgoing: turnip")
    write(client, world.agent, case)
    drain()
    to_vendor = [mail for mail in sink.mails if mail["To"].lower() == world.lead.vendor_address]
    assert [mail["Subject"].startswith(f"[case V{case.id}]") for mail in to_vendor] == [True]
    (dropped,) = [row for row in mails("ticket-answer") if row.address.lower() == world.lead.vendor_address]
    assert "SON-HD-4" in dropped.last_error


def test_every_page_of_the_room_opens(client):
    world = make_world("sonoma")
    case = case_with(world, at_lead(world))
    write(client, world.agent, case)
    for url in ("/vendor-cases", "/vendor-cases?shown=overdue", "/vendor-cases/new", "/vendor-contacts"):
        read(client, world.manager, url)
    post(client, world.agent, f"/vendor-cases/{case.id}/letter", "letter", text="Half a letter.")
    answer = post(
        client, world.agent, f"/vendor-cases/{case.id}/updates", "update", text="It is looked at.", then="wait"
    )
    assert answer.status_code == 302
    assert "1 requester has it" in words(read(client, world.agent, answer.location))
