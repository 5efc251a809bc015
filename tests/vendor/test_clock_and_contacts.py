from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.db import unit_of_work
from core.deadlines import deadlines_of, fire_due
from helpdesk.mail.services import receive
from helpdesk.mail.tokens import case_reply_address, read_case_token, without_token
from helpdesk.tickets.rules import State
from helpdesk.vendor.clocks import NEXT_CONTACT
from helpdesk.vendor.queries import contacts_of
from helpdesk.vendor.rules import Act, CaseState, next_contact, should_escalate
from tests.flow.conftest import set_for
from tests.mail.writing import mail
from tests.support.factories import make_world
from tests.tickets.acting import fresh, mails, messages_of, read, words
from tests.vendor.acting import act, again, agreed, at_lead, case_with, history, named, post, thread, write

pytestmark = pytest.mark.usefixtures("app")
PACIFIC = ZoneInfo("America/Los_Angeles")
MONDAY = datetime(2026, 11, 2, 9, tzinfo=PACIFIC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(travel):
    travel(MONDAY)
    made = make_world("sonoma", tz="America/Los_Angeles")
    set_for(made)
    return made


def pass_by(travel, case) -> None:
    """To one second after the next contact, and the sweep comes."""
    due = again(case.id).next_contact_at
    assert due is not None
    travel(due + SECOND)
    fire_due()


@pytest.mark.rule("HUD-HD-3")
def test_the_vendor_is_asked_again_after_the_practices_time_and_the_page_says_why(client, world, travel):
    """Three business days after Monday morning: Thursday's end, and not a second before it has passed."""
    ticket = at_lead(world)
    case = case_with(world, ticket)
    write(client, world.agent, case)
    due = datetime(2026, 11, 5, 23, 59, 59, tzinfo=PACIFIC)
    assert again(case.id).next_contact_at == due
    page = words(read(client, world.agent, f"/vendor-cases/{case.id}"))
    assert "asked again after 3 business days" in page
    assert "HUD-HD-3" in page
    assert deadlines_of(ticket, "service-vendor") == [] or not deadlines_of(ticket, "service-vendor")[-1].is_open
    for at, misses in ((due - SECOND, 0), (due, 0), (due + SECOND, 1)):
        travel(at)
        fire_due()
        assert again(case.id).misses == misses
    assert f"Ask the vendor again: case V{case.id}" in read(client, world.agent, "/")
    assert f"V{case.id}" in read(client, world.agent, "/vendor-cases?shown=overdue")
    assert len(mails("vendor-case-news")) == 1


@pytest.mark.rule("HUD-HD-3")
def test_after_so_many_misses_in_a_row_the_next_contact_is_asked(client, world, travel):
    first, second = named(world, "Vera Lang", "Support desk", 1), named(world, "Otto Beck", "Director", 2)
    agreed(world, misses=2)
    case = case_with(world, at_lead(world), contact=first)
    write(client, world.agent, case)
    assert mails("vendor-case")[-1].address == "vera@vendor.test"
    pass_by(travel, case)
    assert again(case.id).contact_id == first.id
    write(client, world.agent, case, "Any news?")
    pass_by(travel, case)
    up = again(case.id)
    assert (up.contact_id, up.misses) == (second.id, 0)
    step = history(case)[-1]
    assert (step.act, step.explanation["rule"]) == (Act.ESCALATE, "HUD-HD-3")
    assert "2 times in a row" in step.explanation["because"][0]
    assert len(mails("vendor-case")) == 2
    write(client, world.agent, case, "Asking you now.")
    assert mails("vendor-case")[-1].address == "otto@vendor.test"


def test_one_below_at_and_above_the_misses_agreed():
    assert [should_escalate(misses, 2) for misses in (1, 2, 3)] == [False, True, True]
    assert not should_escalate(9, 0)
    assert [next_contact([7, 8], one) for one in (None, 7, 8, 99)] == [7, 8, None, 7]


@pytest.mark.rule("HUD-HD-3")
def test_a_word_of_the_vendor_begins_the_count_anew(client, world, travel):
    agreed(world, misses=2)
    named(world, "Vera Lang", "Support desk", 1)
    case = case_with(world, at_lead(world))
    write(client, world.agent, case)
    pass_by(travel, case)
    from_vendor(world, case, "We look at it.")
    after = again(case.id)
    assert (after.misses, after.state, after.next_contact_at) == (0, CaseState.US, None)
    write(client, world.agent, case, "Thanks, when?")
    pass_by(travel, case)
    assert again(case.id).contact_id is None


@pytest.mark.rule("HUD-HD-3")
def test_a_chosen_day_holds_and_a_past_one_is_refused(client, world):
    case = case_with(world, at_lead(world))
    write(client, world.agent, case)
    for day, status in (("2026-11-01", 422), ("2026-11-02", 302), ("2027-11-03", 302), ("2027-11-04", 422)):
        assert act(client, world.agent, case, "again-on", again_on=day).status_code == status
    assert again(case.id).next_contact_at == datetime(2027, 11, 3, 23, 59, 59, tzinfo=PACIFIC)
    assert [row.is_open for row in deadlines_of(again(case.id), NEXT_CONTACT)] == [False, False, True]


@pytest.mark.rule("HUD-HD-3")
def test_contacts_are_named_in_an_order_and_one_is_asked_by_hand(client, world):
    fields = {"name": "Vera Lang", "part": "Support desk", "address": "vera@vendor.test", "phone": "", "rank": 1}
    assert post(client, world.agent, "/vendor-contacts", "new", **fields).status_code == 403
    for _ in range(2):
        assert post(client, world.admin, "/vendor-contacts", "new", **fields).status_code == 302
    named(world, "Otto Beck", "Director of support", 1)
    page = words(read(client, world.agent, "/vendor-contacts")).partition("in the order in which they are asked")[2]
    assert page.index("Otto Beck") < page.index("Vera Lang")
    assert page.count("vera@vendor.test") == 1
    mine = {**fields, "address": world.end_user.email}
    assert post(client, world.admin, "/vendor-contacts", "new", **mine).status_code == 422
    case = case_with(world, at_lead(world))
    otto = contacts_of(world.lead.id)[0]
    assert act(client, world.agent, case, "escalate", contact=otto.id).status_code == 302
    assert again(case.id).contact_id == otto.id
    post(client, world.admin, f"/vendor-contacts/{otto.id}/end")
    assert again(case.id).contact_id is None
    assert [row.rank for row in contacts_of(world.lead.id)] == [1]


def test_an_address_of_the_help_desks_own_is_no_vendors(client, world):
    form = {"name": "Vera Lang", "part": "Support desk", "phone": "", "rank": 1}
    answer = post(client, world.admin, "/vendor-contacts", "new", **form, address=world.lead.support_address.upper())
    assert answer.status_code == 422
    assert "an address of the help desk" in words(answer.get_data(as_text=True))


@pytest.mark.rule("HUD-HD-3")
def test_what_is_not_resolved_goes_to_who_decides_and_the_outcome_stays(client, world):
    agreed(world)
    case = case_with(world, at_lead(world))
    write(client, world.agent, case)
    assert act(client, world.agent, case, "raise", reason="Third release without it.").status_code == 302
    assert "The vendor does not resolve it" in read(client, world.admin, "/")
    assert {row.address for row in mails("vendor-case-news")} >= {world.admin.email, world.agent.email}
    assert act(client, world.agent, case, "unresolved").status_code == 403
    assert act(client, world.manager, case, "unresolved", reason="The credits were claimed.").status_code == 302
    done = again(case.id)
    assert (done.state, done.outcome) == (CaseState.UNRESOLVED, "The credits were claimed.")
    cited = history(case)[-1].explanation
    assert cited["rule"] == "HUD-HD-3"
    assert "credits of a tenth" in cited["because"][0]
    assert "The vendor does not resolve it" not in read(client, world.admin, "/")


def from_vendor(world, case, text, sender="tracker@vendor.test", **headers):
    headers.setdefault("to", case_reply_address(case.id, world.lead.support_address))
    return receive(mail(sender, text=text, **headers))


@pytest.mark.rule("SON-HD-4")
def test_the_vendors_mail_lands_on_the_case_and_each_request_shows_it_to_the_lead_only(client, world):
    ticket = at_lead(world)
    case = case_with(world, ticket)
    write(client, world.agent, case)
    assert read_case_token([mails("vendor-case")[0].reply_to]) == case.id
    assert from_vendor(world, case, "Incoming: parsnip").outcome == "vendor-case"
    assert [said.text for said in thread(case)][-1] == "Incoming: parsnip"
    assert again(case.id).state is CaseState.US
    assert fresh(ticket.id).state is State.WITH_VENDOR
    assert len(messages_of(ticket)) == 2
    assert "parsnip" in read(client, world.agent, f"/tickets/{ticket.id}")
    for person in (world.end_user, world.administrator, world.director):
        assert "parsnip" not in read(client, person, f"/tickets/{ticket.id}")
    write(client, world.agent, case, "Thanks.")
    assert mails("vendor-case")[1].headers["References"].startswith(mails("vendor-case")[0].message_id)


def test_a_tracker_that_says_it_is_automatic_is_heard(world):
    case = case_with(world, at_lead(world))
    told = from_vendor(world, case, "Case 4711 was updated.", Auto_Submitted="auto-generated")
    assert told.outcome == "vendor-case"
    assert len(thread(case)) == 1


@pytest.mark.rule("SON-HD-4")
def test_nobody_of_an_agency_speaks_for_the_vendor(world):
    case = case_with(world, at_lead(world))
    told = from_vendor(world, case, "It is fixed.", sender=world.end_user.email)
    assert told.outcome == "quarantined"
    assert thread(case) == []
    assert from_vendor(world, case, "Seen.", sender=world.agent.email).outcome == "vendor-case"
    assert (thread(case)[0].kind, again(case.id).state) == ("note", CaseState.OPEN)


def test_a_forged_or_foreign_token_is_none(world):
    case = case_with(world)
    address = case_reply_address(case.id, world.lead.support_address)
    assert without_token(address) == world.lead.support_address
    other = case_reply_address(case.id + 1, world.lead.support_address)
    forged = address.replace(address.split("-")[-1], other.split("-")[-1])
    assert read_case_token([forged]) is None
    assert read_case_token([address.upper()]) == case.id


def test_a_clients_data_from_the_vendor_is_masked(client, world):
    ticket = at_lead(world)
    case = case_with(world, ticket)
    from_vendor(world, case, "We saw SSN 123-45-6789 there.")
    for url in (f"/vendor-cases/{case.id}", f"/tickets/{ticket.id}"):
        assert "123-45-6789" not in read(client, world.agent, url)


def test_closing_the_case_stops_its_clock(client, world, travel):
    case = case_with(world, at_lead(world))
    write(client, world.agent, case)
    act(client, world.agent, case, "confirm")
    travel(MONDAY + timedelta(days=30))
    fire_due()
    assert again(case.id).misses == 0
    with unit_of_work():
        assert clock.now() > MONDAY


@pytest.mark.rule("HUD-HD-3")
@pytest.mark.parametrize(
    ("asked_on", "day", "due"),
    [
        (datetime(2026, 3, 6, 9), "2026-03-08", "2026-03-09T06:59:59+00:00"),
        (datetime(2026, 3, 8, 3, 30), "2026-03-08", "2026-03-09T06:59:59+00:00"),
        (datetime(2026, 10, 31, 9), "2026-11-01", "2026-11-02T07:59:59+00:00"),
        (datetime(2026, 11, 1, 1, 30, fold=0), "2026-11-01", "2026-11-02T07:59:59+00:00"),
        (datetime(2026, 11, 1, 1, 30, fold=1), "2026-11-01", "2026-11-02T07:59:59+00:00"),
    ],
)
def test_the_next_contact_on_a_night_when_clocks_change_ends_with_that_day(client, world, travel, asked_on, day, due):
    """A day of 23 or 25 hours ends at its own 23:59:59, also where it is chosen in the hour that comes twice."""
    travel(asked_on.replace(tzinfo=PACIFIC))
    case = case_with(world, at_lead(world))
    write(client, world.agent, case, again_on=day)
    at = datetime.fromisoformat(due)
    assert again(case.id).next_contact_at == at
    for late, misses in ((timedelta(), 0), (SECOND, 1)):
        travel(at + late)
        fire_due()
        assert again(case.id).misses == misses
