"""Whose a mail is: among several HMIS Leads nobody reads what is another's, and nothing waits where nobody looks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.people.models import StaffRole
from core.running import doctor
from helpdesk.mail.services import receive
from tests.mail.acting import asked, kept, sent_to, tickets, token_of, write
from tests.mail.writing import mail
from tests.support.factories import make_coc, make_lead, make_staff, make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import messages_of, read

ROOT = Path(__file__).resolve().parents[2]
STRANGER = "someone@elsewhere.test"
WHOSE = b"To: else@elsewhere.test\r\nSubject: A subject of somebody's\r\n\r\nwho am I"


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


@pytest.fixture
def other(world):
    """The staff of a second Lead."""
    lead = make_lead()
    make_coc(lead)
    return make_staff(lead, StaffRole.AGENT)


def everywhere(client, people, number: int) -> list[int]:
    """What each of them gets for the message's page; the list must agree."""
    seen = []
    for person in people:
        listed = f"/mail/quarantine/{number}" in read(client, person, "/mail/quarantine")
        status = client.get(f"/mail/quarantine/{number}").status_code
        assert listed is (status == 200)
        seen.append(status)
    return seen


def test_among_several_leads_mail_for_none_of_them_is_on_nobodys_page(world, other, client):
    receive(WHOSE)
    number = kept()[0].id
    assert everywhere(client, [world.agent, world.manager, world.admin, other], number) == [404] * 4
    for path in ("again", "ticket"):
        assert client.post(f"/mail/quarantine/{number}/{path}").status_code == 404


def test_what_came_before_the_first_lead_goes_to_nobody_once_there_are_two(app, at_noon, client):
    receive(mail("first@agency.test", to="else@elsewhere.test"))
    world = make_world()
    number = kept()[0].id
    assert everywhere(client, [world.agent], number) == [200]
    second = make_staff(make_lead(), StaffRole.AGENT)
    assert everywhere(client, [world.agent, second], number) == [404, 404]


@pytest.mark.parametrize(("user", "seen"), [("theirs", [404, 200]), ("nobody", [404, 404])])
def test_the_owner_of_the_fetched_mailbox_sees_what_lay_in_it(world, client, app, user, seen):
    lead = make_lead(support_address="theirs@hmis.test")
    agent = make_staff(lead, StaffRole.AGENT)
    before = app.config["HEARTHDESK"]
    app.config["HEARTHDESK"] = replace(before, imap_url=f"imaps://{user}%40hmis.test:secret@imap.hmis.test/INBOX")
    try:
        receive(WHOSE, f"INBOX of {user}@hmis.test at imap.hmis.test", 1, 1)
        receive(WHOSE.replace(b"somebody", b"somebody else"))
        fetched, handed = kept()
        assert everywhere(client, [world.agent, agent], fetched.id) == seen
        assert everywhere(client, [world.agent, agent], handed.id) == [404, 404]
    finally:
        app.config["HEARTHDESK"] = before


def command(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {"HEARTHDESK_DATA": str(folder), "HEARTHDESK_MODE": "development", "DATABASE_URL": url}
    line = [sys.executable, "-c", "from core.cli import main; main()", "mail", *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=180, check=False)


def test_who_runs_the_service_is_told_and_hands_it_to_a_lead(world, other, client, database_url, tmp_path, config):
    assert "mail for nobody" not in [check.name for check in doctor.examine(config)]
    receive(WHOSE)
    number = kept()[0].id
    (told,) = [check for check in doctor.examine(config) if check.name == "mail for nobody"]
    assert (told.ok, told.advice) == (False, "Run: hearthdesk mail quarantine")
    listed = command(database_url, tmp_path, "quarantine", "--json")
    assert [row["number"] for row in json.loads(listed.stdout)] == [number], listed.stderr
    wrong = command(database_url, tmp_path, "give", str(number), "nobody@elsewhere.test")
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False)
    given = command(database_url, tmp_path, "give", str(number), world.lead.support_address.upper())
    assert (given.returncode, world.lead.name in given.stdout) == (0, True), given.stderr
    assert everywhere(client, [world.agent, other], number) == [200, 404]
    assert "mail for nobody" not in [check.name for check in doctor.examine(config)]


# --- a Message-ID that somebody else used --------------------------------------------------------


def test_a_stranger_who_used_the_message_id_first_does_not_get_the_follow_up(world):
    planted = asked(world, STRANGER, Message_ID="<known@agency.test>")
    honest = asked(world, world.end_user, Message_ID="<known@agency.test>")
    more = write(world, world.end_user, "One thing more.", In_Reply_To="<known@agency.test>")
    assert (more.outcome, more.ticket) == ("reply", honest.id)
    theirs = write(world, STRANGER, "Mine too.", References="<known@agency.test>")
    assert (theirs.outcome, theirs.ticket) == ("reply", planted.id)
    assert (len(messages_of(planted)), len(messages_of(honest)), tickets()) == (2, 2, 2)


def test_a_sender_who_may_add_to_none_of_them_starts_a_request_of_their_own(world):
    for sender in (STRANGER, world.end_user):
        asked(world, sender, Message_ID="<known@agency.test>")
    outcome = write(world, world.other_end_user, "Me too.", In_Reply_To="<known@agency.test>")
    assert (outcome.outcome, tickets()) == ("ticket", 3)


def test_a_nearer_message_of_somebody_elses_does_not_hide_ones_own_request(world):
    asked(world, STRANGER, Message_ID="<near@agency.test>")
    mine = asked(world, world.end_user, Message_ID="<far@agency.test>")
    ours = sent_to(world.end_user.email)[0].message_id
    for references in ("<far@agency.test>", ours):
        more = write(world, world.end_user, references, In_Reply_To="<near@agency.test>", References=references)
        assert (more.outcome, more.ticket) == ("reply", mine.id)


def test_a_token_goes_before_every_message_id(world):
    mine = asked(world, Message_ID="<mine@agency.test>")
    other = asked(world, Message_ID="<other@agency.test>")
    more = write(world, world.end_user, to=token_of(mine, world.end_user), In_Reply_To="<other@agency.test>")
    assert (more.outcome, more.ticket) == ("reply", mine.id)
    assert len(messages_of(other)) == 1


def test_the_quarantine_says_that_mail_for_no_known_office_is_elsewhere_and_administrators_how_much(
    world, other, client
):
    receive(WHOSE)
    for person, said in ((world.admin, True), (world.agent, False)):
        sign_in(client, person)
        text = client.get("/mail/quarantine").text
        assert "Messages for no known office are kept for whoever runs the service." in text
        assert ("1 waits now." in text) is said
        assert "Every message that came was read" not in text
