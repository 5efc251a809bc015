"""What the vendor writes without our signed address, what is masked in it, and whose names and numbers stay here."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core import ppi
from core.audit import AuditEvent
from core.db import db, unit_of_work
from helpdesk.mail.services import receive
from helpdesk.vendor import services
from helpdesk.vendor.rules import Affected, cleaned
from tests.mail.writing import mail
from tests.support.factories import make_agency, make_coc, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import mails, read, words
from tests.vendor.acting import act, again, at_lead, case_with, named, post, previewed, thread, write

pytestmark = pytest.mark.usefixtures("app", "at_noon")
SSN = "123-45-6789"


@pytest.fixture
def world():
    return make_world("sonoma")


@pytest.fixture
def case(client, world):
    """Asked of the vendor, and known there as CS-4711."""
    case = case_with(world, at_lead(world), contact=named(world, "Vera Lang", "Support", 1))
    write(client, world.agent, case)
    post(client, world.agent, f"/vendor-cases/{case.id}/details", "details", title="Saving fails", severity="low",
         number="CS-4711")  # fmt: skip
    return again(case.id)


def letter_in(world, sender="vera@vendor.test", subject="Update", **headers):
    """To the plain support address, as a tracker sends it that drops what we asked it to answer to."""
    return receive(mail(sender, to=world.lead.support_address, subject=subject, text="It is mended.", **headers))


# --- a tracker that drops the signed address


@pytest.mark.rule("SON-HD-4")
@pytest.mark.parametrize("subject", ["[CS-4711] Saving fails", "Re: case cs-4711: update", "CS-4711"])
def test_a_known_contact_who_names_the_vendors_number_is_read_on_the_case(world, case, subject):
    assert letter_in(world, subject=subject).outcome == "vendor-case"
    assert thread(case)[-1].text == "It is mended."


@pytest.mark.rule("SON-HD-4")
@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_a_known_contact_who_answers_our_letter_is_read_on_the_case(world, case, header):
    (sent,) = mails("vendor-case")
    assert letter_in(world, **{header: f"<other@vendor.test> {sent.message_id}"}).outcome == "vendor-case"


@pytest.mark.rule("SON-HD-4")
def test_the_vendors_own_address_is_known_too(world, case):
    assert letter_in(world, sender=world.lead.vendor_address, subject="CS-4711").outcome == "vendor-case"


@pytest.mark.rule("SON-HD-4")
def test_a_stranger_who_names_the_number_or_our_letter_gets_nowhere_near_the_case(world, case):
    """Catalogue 35, for the vendor's numbers."""
    (sent,) = mails("vendor-case")
    for number, sender in enumerate(("eve@elsewhere.test", "mallory@vendor.test", world.end_user.email)):
        told = letter_in(world, sender=sender, subject=f"CS-4711 {number}", In_Reply_To=sent.message_id)
        assert told.outcome != "vendor-case", sender
    assert len(thread(case)) == 1


@pytest.mark.parametrize("subject", ["CS-471", "CS-47111", "XCS-4711", "Our invoice", "4711"])
def test_another_number_is_not_the_cases(world, case, subject):
    assert letter_in(world, subject=subject).outcome == "ticket"


def test_two_numbers_are_none_and_another_leads_case_is_not_found(client, world, case):
    second = case_with(world, title="Exits fail")
    post(client, world.agent, f"/vendor-cases/{second.id}/details", "details", title="Exits fail", severity="low",
         number="CS-4712")  # fmt: skip
    assert letter_in(world, subject="CS-4711 and CS-4712").outcome == "ticket"
    elsewhere = make_world("missouri")
    named(elsewhere, "Omar Diaz", "Support", 1)
    assert letter_in(elsewhere, sender="omar@vendor.test", subject="CS-4711").outcome == "ticket"


def test_who_is_no_contact_any_more_is_a_stranger(client, world, case):
    sign_in(client, world.admin)
    assert client.post(f"/vendor-contacts/{case.contact_id}/end").status_code == 302
    assert letter_in(world, subject="CS-4711").outcome == "ticket"


# --- what is masked


@pytest.mark.rule("MO-HD-5")
def test_what_is_masked_in_a_vendors_mail_is_shown_once_to_the_desk_and_recorded(client, world, case):
    with unit_of_work():
        said = services.received(case, "vera@vendor.test", f"Is it {SSN}?", "", "", "", again(case.id).opened_at)
    number, url = said.id, f"/vendor-cases/{case.id}/messages/{said.id}/reveal"
    page = read(client, world.agent, f"/vendor-cases/{case.id}")
    assert (SSN in page, url in page) == (False, True)
    assert client.get(url).status_code == 405
    assert SSN in client.post(url).get_data(as_text=True)
    assert SSN not in read(client, world.agent, f"/vendor-cases/{case.id}"), "only that once"
    seen = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "vendor.revealed")).one()
    assert (seen.actor_id, seen.data["message"]) == (world.agent.id, number)
    assert SSN not in str(seen.data)
    for person, status in ((world.administrator, 403), (make_world("missouri").agent, 404)):
        sign_in(client, person)
        assert client.post(url).status_code == status
    other = case_with(world, title="Another")
    sign_in(client, world.agent)
    assert client.post(f"/vendor-cases/{other.id}/messages/{number}/reveal").status_code == 404


# --- whose names leave


@pytest.mark.rule("SON-HD-4")
def test_first_names_of_who_asked_and_of_who_works_there_do_not_leave(client, world):
    """Erin asked; Pat Quill works at her agency and is named in what she wrote."""
    member(world.agency, name="Patrice Quill")
    case = case_with(world, at_lead(world))
    page = words(previewed(client, world.agent, case, "Erin and Patrice see it; Patrice Quill called. We erin it."))
    assert "[the user] and [the user] see it; [the user] called. We erin it." in page


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Will Stone called.", "[the user] called."),
        ("Will it be fixed? I asked Will.", "Will it be fixed? I asked [the user]."),
        ("Will cannot sign in. Mark's screen is white.", "[the user] cannot sign in. [the user]'s screen is white."),
        ("Mark closed it. Will reports be late?", "[the user] closed it. Will reports be late?"),
        ("It fails.\nMark it as late, says Mark.", "It fails.\nMark it as late, says [the user]."),
        ("Erin's page. Marketing works.", "[the user]'s page. Marketing works."),
    ],
)
def test_a_first_name_that_is_a_word_too_goes_where_it_is_a_name(text, left):
    affected = Affected(people=("Erin Doyle",), colleagues=("Will Stone", "Mark Lane"))
    assert cleaned(text, affected) == left
    assert ppi.mask(left) == left


# --- other CoCs' requests


@pytest.mark.rule("SON-HD-4")
def test_a_manager_of_one_coc_reads_how_many_of_other_cocs_are_on_it_and_no_number(client, world):
    case = case_with(world, at_lead(world))
    agency = make_agency(make_coc(world.lead, "sonoma"), "Mesa House")
    theirs = [at_lead(world, member(agency, name=f"Pat Quill {n}"), agency=agency) for n in range(3)]
    for ticket in theirs:
        post(client, world.agent, f"/vendor-cases/{case.id}/join", "join", ticket=ticket.id)
    numbers = [f"#{ticket.id} " for ticket in theirs]
    page = words(read(client, world.manager, f"/vendor-cases/{case.id}"))
    assert "3 requests of other CoCs are on it too" in page
    assert "A request of another CoC came to it." in page
    assert [page[page.index(n) - 60 : page.index(n) + 60] for n in numbers if n in page] == []
    own = words(read(client, world.agent, f"/vendor-cases/{case.id}"))
    assert [number for number in numbers if number in own] == numbers
    told = client.get(f"/api/v1/vendor-cases/{case.id}", headers=api_headers(world.manager)).json
    assert (len(told["ticket_ids"]), told["others"]) == (1, 3)


# --- by API


@pytest.mark.rule("HUD-HD-3")
def test_a_program_takes_a_request_off_and_ends_the_case_either_way(client, world):
    headers, why = api_headers(world.agent), {"text": "As the vendor told us."}
    ticket = at_lead(world)
    case = case_with(world, ticket)
    write(client, world.agent, case)
    url = f"/api/v1/vendor-cases/{case.id}"
    assert client.post(f"{url}/tickets/{ticket.id}/leave", json=why, headers=headers).json["ticket_ids"] == []
    assert client.post(f"{url}/tickets/{ticket.id}/leave", json=why, headers=headers).status_code == 409
    assert client.post(f"{url}/fixed", json={"text": f"SSN {SSN}"}, headers=headers).status_code == 422
    key = {"Idempotency-Key": "says-fixed-once", **headers}
    fixed = [client.post(f"{url}/fixed", json=why, headers=key) for _ in range(2)]
    assert [(one.status_code, one.json["state"]) for one in fixed] == [(201, "says-fixed")] * 2
    assert client.post(f"{url}/unresolved", json=why, headers=headers).status_code == 403
    assert client.post(f"{url}/confirm", json=why, headers=headers).json["state"] == "confirmed"
    act(client, world.agent, case, "reopen")
    assert client.post(f"{url}/unresolved", json=why, headers=api_headers(world.admin)).json["state"] == "unresolved"


def test_a_program_of_the_administrators_keeps_the_contacts(client, world):
    office, person = api_headers(world.admin), {"name": "Vera Lang", "part": "Support", "address": "vera@vendor.test"}
    made = [client.post("/api/v1/vendor-contacts", json=person, headers=office) for _ in range(2)]
    number = made[0].json["id"]
    assert (made[0].status_code, made[1].json["id"]) == (201, number)
    url = f"/api/v1/vendor-contacts/{number}"
    assert client.put(url, json={**person, "part": "Director"}, headers=office).json["part"] == "Director"
    assert client.put(url, json={**person, "address": world.end_user.email}, headers=office).status_code == 422
    assert client.post("/api/v1/vendor-contacts", json=person, headers=api_headers(world.agent)).status_code == 403
    listed = client.get("/api/v1/vendor-contacts", headers=api_headers(world.agent)).json["items"]
    assert [row["rank"] for row in listed] == [1]
    assert client.post(f"{url}/end", headers=office).status_code == 204
    assert client.get("/api/v1/vendor-contacts", headers=office).json["items"] == []
