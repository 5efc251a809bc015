from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEvent
from core.authz import principal_for
from core.db import db, unit_of_work
from helpdesk.replies import services
from helpdesk.replies.models import CannedReply
from helpdesk.replies.rules import fill
from helpdesk.replies.services import Worded
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import opened, read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")
THANKS = "Dear {requester_name},\n{ticket_number} of {agency} is done.\n{signature}"


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def typed(**values):
    return {"name": "Thanks", "text": THANKS, "whose": "shared", **values}


def send(client, person, path="/replies/new", **values):
    return sign_in(client, person).post(path, data=typed(**values))


def kept(world, person=None, name="Thanks", text=THANKS, is_shared=True):
    by = principal_for(person or world.agent, clock.now())
    with unit_of_work():
        return services.keep(world.lead, Worded(name, text, is_shared), by, clock.now())


def names(client, person, query=""):
    return re.findall(r'<a href="/replies/\d+">([^<]+)</a>', read(client, person, f"/replies{query}"))


@pytest.mark.rule("HUD-HD-7")
def test_staff_put_a_canned_reply_into_a_ticket_with_names_and_numbers_filled_in(client, world):
    assert send(client, world.agent).status_code == 302
    reply = db.session.scalars(select(CannedReply)).one()
    ticket = opened(world)
    text = read(client, world.admin, f"/replies/{reply.id}/text?ticket={ticket.id}")
    assert text == f"Dear Erin Doyle,\n#{ticket.id} of Harbor House is done.\nAda Boone\n{world.lead.name}"
    by_api = client.get(f"/api/v1/replies/{reply.id}/text?ticket_id={ticket.id}", headers=api_headers(world.admin))
    assert by_api.json == {"text": text}


@pytest.mark.rule("HUD-HD-7")
def test_a_place_that_nothing_fills_is_refused_by_its_name(client, world):
    answer = send(client, world.agent, text="Dear {requester_nmae},")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Nothing fills {requester_nmae}." in words(page)
    assert "Use {requester_name}, {ticket_number}, {agency}, {signature}." in words(page)
    assert "Dear {requester_nmae},</textarea>" in page
    assert db.session.scalar(select(func.count()).select_from(CannedReply)) == 0


@pytest.mark.parametrize(
    ("text", "facts", "filled"),
    [
        ("{agency}", {"agency": "Casa Sol"}, "Casa Sol"),
        ("{agency}", {"agency": "{signature}", "signature": "x"}, "{signature}"),
        ("{agency}", {"agency": ""}, "{agency}"),
        ("{ agency }", {"agency": "Casa Sol"}, "{ agency }"),
        ("{{agency}}", {"agency": "Casa Sol"}, "{Casa Sol}"),
        ("{agency", {"agency": "Casa Sol"}, "{agency"),
        ("", {}, ""),
    ],
)
def test_what_is_filled_in_is_not_read_again(text, facts, filled):
    assert fill(text, facts) == filled


def test_a_preview_shows_how_it_will_read_and_keeps_nothing(client, world):
    page = send(client, world.agent, preview="1").get_data(as_text=True)
    assert "Dear Erin Doyle,\n#4182 of Harbor House is done.\nAna Petrov" in page
    assert db.session.scalar(select(func.count()).select_from(CannedReply)) == 0


def test_ones_own_are_nobody_elses(client, world):
    kept(world, name="Shared")
    mine = kept(world, name="Mine", is_shared=False)
    assert names(client, world.agent) == ["Mine", "Shared"]
    assert names(client, world.agent, "?whose=mine") == ["Mine"]
    assert names(client, world.agent, "?whose=shared") == ["Shared"]
    assert names(client, world.agent, "?q=sha") == ["Shared"]
    assert names(client, world.admin) == ["Shared"]
    read(client, world.admin, f"/replies/{mine.id}", 404)
    assert names(client, make_world("missouri").agent) == []


def test_the_manager_of_one_community_uses_what_is_shared_and_keeps_their_own(client, world):
    reply = kept(world)
    assert "Those who work for the whole HMIS Lead change it." in words(
        read(client, world.manager, f"/replies/{reply.id}")
    )
    assert send(client, world.manager, f"/replies/{reply.id}", base="1").status_code == 403
    refused = send(client, world.manager, name="Other")
    assert refused.status_code == 403
    assert send(client, world.manager, name="Other", whose="mine").status_code == 302


def test_the_second_of_two_who_change_it_is_told_what_it_says_now(client, world):
    reply = kept(world)
    assert send(client, world.admin, f"/replies/{reply.id}", base="1", text="By the other.").status_code == 302
    answer = send(client, world.agent, f"/replies/{reply.id}", base="1", text="Mine.")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Ada Boone changed this reply while you were writing. It now says: By the other." in words(page)
    assert "Mine.</textarea>" in page
    base = re.search(r'name="base"[^>]*value="(\d+)"', page).group(1)
    assert send(client, world.agent, f"/replies/{reply.id}", base=base, text="Mine.").status_code == 302


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": ""}, "Give it a name."),
        ({"name": "x" * 101}, "longer than 100 letters"),
        ({"text": " "}, "Write the reply first."),
        ({"text": "x" * 5_001}, "longer than 5,000 letters"),
        ({"text": "SSN 123-45-6789"}, "looks like a client"),
        ({"text": "Other words."}, "There is a reply “Thanks” already."),
        ({"name": "THANKS", "text": "Other words."}, "There is a reply “Thanks” already."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(client, world, values, told):
    kept(world)
    answer = send(client, world.agent, **values)
    assert answer.status_code == 422
    assert told in words(answer.get_data(as_text=True))


def test_the_same_sent_twice_is_one_and_a_removed_one_is_gone(client, world):
    assert send(client, world.agent).status_code == 302
    assert send(client, world.agent).status_code == 302
    reply = db.session.scalars(select(CannedReply)).one()
    assert sign_in(client, world.agent).post(f"/replies/{reply.id}/remove").status_code == 302
    assert names(client, world.agent) == []
    told = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_type == "canned_reply")))
    assert told == ["reply.kept", "reply.removed"]


def test_only_for_a_ticket_that_one_sees(client, world):
    reply, far = kept(world), opened(make_world("missouri"))
    for ticket in (far.id, 0, "x", ""):
        read(client, world.agent, f"/replies/{reply.id}/text?ticket={ticket}", 404)
    read(client, world.end_user, "/replies", 403)
