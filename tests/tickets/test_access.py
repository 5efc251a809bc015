from __future__ import annotations

from io import BytesIO

import pytest

from core import clock
from core.db import unit_of_work
from core.files.services import store
from core.people.models import StaffRole
from helpdesk.tickets import services
from helpdesk.tickets.models import TicketMessage
from helpdesk.tickets.rules import Channel
from tests.support.factories import join, make_agency, make_coc, make_lead, make_staff, make_world, member
from tests.support.signing_in import sign_in, sign_out
from tests.tickets.acting import ask, do, messages_of, opened, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")

ROLES = [
    "end_user",
    "representative",
    "administrator",
    "security_officer",
    "director",
    "agent",
    "trainer",
    "manager",
    "admin",
]
AGENCY_SIDE = ["representative", "security_officer"]
OTHERS = ["other_end_user", "other_representative"]
LEAD = {"agent", "manager", "admin"}

# Who may do what with a request of Harbor House's end user: at the agency's administrator, or at the Lead.
AT_AGENCY = {
    "show": {"end_user", "administrator", "director", *LEAD},
    "reply": {"end_user"},
    "answer": {"administrator", *LEAD},
    "note": LEAD,
    "forward": {"administrator", *LEAD},
    "hand-back": set(),
    "ask-vendor": set(),
    "assign": {"administrator", *LEAD},
    "close": {"end_user", "administrator", *LEAD},
    "decline": LEAD,
}
AT_LEAD = {
    "show": AT_AGENCY["show"],
    "reply": {"end_user", "administrator"},
    "answer": LEAD,
    "note": LEAD,
    "forward": set(),
    "hand-back": LEAD,
    "ask-vendor": LEAD,
    "assign": LEAD,
    "close": {"end_user", *LEAD},
    "decline": LEAD,
}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def tried(client, person, ticket, action):
    if action == "show":
        sign_in(client, person)
        return client.get(f"/tickets/{ticket.id}").status_code
    return do(client, person, ticket, action).status_code


@pytest.mark.parametrize("place", ["agency", "lead"])
@pytest.mark.parametrize("role", [*ROLES, *OTHERS])
@pytest.mark.parametrize("action", list(AT_AGENCY))
def test_every_role_and_every_action(client, world, place, role, action):
    ticket = opened(world)
    if place == "lead":
        with unit_of_work():
            services.forward_up(ticket, world.administrator, "Up", clock.now())
    table = AT_LEAD if place == "lead" else AT_AGENCY
    status = tried(client, getattr(world, role), ticket, action)
    if role in table[action]:
        assert status in (200, 302)
    elif role not in table["show"]:
        assert status in (403, 404), "what one may not see is not there, or the whole room is closed"
        assert status == 404 or role == "trainer" or action not in ("show", "reply", "close")
    else:
        assert status == 403
    assert (len(messages_of(ticket)) > (2 if place == "lead" else 1)) == (status == 302)


@pytest.mark.parametrize("role", [*AGENCY_SIDE, *OTHERS])
def test_what_is_not_theirs_is_not_there(client, world, role):
    ticket = opened(world)
    person = getattr(world, role)
    assert words(read(client, person, f"/tickets/{ticket.id}", 404)) == words(
        read(client, person, "/tickets/999999", 404)
    )
    assert ticket.subject not in read(client, person, "/tickets?view=all")
    assert ticket.subject not in read(client, person, f"/search?q={ticket.id}")
    assert ticket.subject not in read(client, person, "/search?q=move-in")
    assert ticket.subject not in read(client, person, "/")


@pytest.mark.parametrize("role", AGENCY_SIDE)
def test_everybody_follows_what_they_asked_themselves(client, world, role):
    person = getattr(world, role)
    ticket = ask(client, person)
    assert ticket.subject in read(client, person, f"/tickets/{ticket.id}")
    assert ticket.subject in read(client, person, "/tickets")


def test_staff_of_another_lead_or_coc_see_nothing(client, world):
    ticket = opened(world)
    stranger = make_staff(make_lead(), StaffRole.ADMIN)
    next_door = make_staff(world.lead, StaffRole.MANAGER, make_coc(world.lead, "sonoma"))
    for person in (stranger, next_door):
        read(client, person, f"/tickets/{ticket.id}", 404)
        assert do(client, person, ticket, "answer").status_code == 404
        assert ticket.subject not in read(client, person, "/tickets?view=all")


def test_a_request_from_nobody_known_is_for_those_who_serve_the_whole_lead(client, world):
    with unit_of_work():
        ticket = services.open_ticket(
            None,
            "x@elsewhere.test",
            "X",
            "Hello there",
            "Hi",
            lead=world.lead,
            agency=None,
            channel=Channel.EMAIL,
            at=clock.now(),
        )
    assert "Hello there" in read(client, world.agent, f"/tickets/{ticket.id}")
    read(client, world.manager, f"/tickets/{ticket.id}", 404)
    read(client, world.administrator, f"/tickets/{ticket.id}", 404)


def test_the_administrator_of_one_agency_is_nobody_at_another(client, world):
    ticket = opened(world, world.other_end_user, agency=world.other_agency)
    assert do(client, world.administrator, ticket, "reply").status_code == 404


def test_a_lead_agent_who_asks_another_lead_is_only_the_one_who_asked(client, world):
    elsewhere = make_world("missouri")
    agency = make_agency(elsewhere.coc)
    join(world.agent, agency)
    ticket = opened(elsewhere, world.agent, agency=agency, lead=elsewhere.lead)
    assert do(client, world.agent, ticket, "note").status_code == 403
    assert do(client, world.agent, ticket, "ask-vendor").status_code == 403
    assert do(client, world.agent, ticket, "reply").status_code == 302


def test_signed_out_nothing_opens(client, world):
    ticket = opened(world)
    sign_in(client, world.agent)
    sign_out(client)
    for url in ("/tickets", "/tickets/new", f"/tickets/{ticket.id}", f"/tickets/{ticket.id}/files/1"):
        assert client.get(url).status_code == 302
    for action in ("reply", "answer", "close", "messages/1/reveal", "files/1/reveal"):
        assert client.post(f"/tickets/{ticket.id}/{action}").status_code in (302, 400)


def attach(ticket, name, content, *, internal=False):
    with unit_of_work():
        said = services.add_reply(
            ticket, None, "support@vendor.test" if internal else "a@agency.test", "See the file", at=clock.now(),
            attachments=[store(BytesIO(content), name)], from_vendor=internal,
        )  # fmt: skip
        (attached,) = said.files
        return attached.id


def fetch(client, person, url, method="get"):
    sign_in(client, person)
    with getattr(client, method)(url) as answer:
        return answer.status_code, answer.data


@pytest.mark.parametrize("role", [*ROLES, *OTHERS])
def test_files_follow_their_ticket(client, world, role):
    ticket = opened(world)
    plain, vendors = (
        attach(ticket, "error.txt", b"plain words"),
        attach(ticket, "case.txt", b"from the vendor", internal=True),
    )
    person = getattr(world, role)
    sees = role in AT_AGENCY["show"]
    status, data = fetch(client, person, f"/tickets/{ticket.id}/files/{plain}")
    assert (status == 200 and data == b"plain words") == sees
    status, _ = fetch(client, person, f"/tickets/{ticket.id}/files/{vendors}")
    assert (status == 200) == (role in LEAD)


def test_a_file_is_not_reached_through_another_ticket(client, world):
    mine, theirs = opened(world), opened(world, world.other_end_user, agency=world.other_agency)
    file_id = attach(theirs, "error.txt", b"plain words")
    assert fetch(client, world.end_user, f"/tickets/{mine.id}/files/{file_id}")[0] == 404
    assert fetch(client, world.agent, f"/tickets/{mine.id}/files/{file_id}")[0] == 404


def test_a_file_with_a_clients_data_needs_the_right_to_reveal(client, world):
    ticket = opened(world)
    file_id = attach(ticket, "ssn card.png", b"\x89PNG\r\n\x1a\n")
    for person in (world.end_user, world.administrator, world.agent):
        assert "ssn card" not in read(client, person, f"/tickets/{ticket.id}")
        assert fetch(client, person, f"/tickets/{ticket.id}/files/{file_id}")[0] == 403
    assert fetch(client, world.administrator, f"/tickets/{ticket.id}/files/{file_id}/reveal", "post")[0] == 403
    assert fetch(client, world.agent, f"/tickets/{ticket.id}/files/{file_id}/reveal", "post")[0] == 200


def test_a_message_is_not_revealed_through_another_ticket(client, world):
    mine = opened(world)
    theirs = opened(
        world, world.other_end_user, agency=world.other_agency, text="client DOB 01/02/1980", channel=Channel.EMAIL
    )
    (said,) = messages_of(theirs)
    assert isinstance(said, TicketMessage)
    assert fetch(client, world.agent, f"/tickets/{mine.id}/messages/{said.id}/reveal", "post")[0] == 404


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 10**30])
def test_numbers_that_are_no_ticket(client, world, number):
    read(client, world.agent, f"/tickets/{number}", 404)


def test_somebody_who_left_the_agency_still_reads_nothing(client, world):
    leaver = member(world.agency)
    ticket = opened(world, leaver)
    with unit_of_work():
        leaver.memberships[0].ended_at = clock.now()
    sign_in(client, leaver)
    assert client.get(f"/tickets/{ticket.id}").status_code in (302, 403)
