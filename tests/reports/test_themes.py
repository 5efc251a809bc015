"""What is asked more often than before, and what becomes of it (HUD-HD-8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.db import db, unit_of_work
from core.events import _subscribers, subscribe
from core.needs import TrainingNeeded
from helpdesk.desk.models import Tag, TicketTag
from helpdesk.reports import jobs
from helpdesk.reports.models import Theme, ThemeReview, TrainingProposal
from helpdesk.reports.themes import rules
from helpdesk.tickets.rules import Category
from tests.reports.acting import MONDAY, asked, at
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import nonce, read, words

pytestmark = pytest.mark.usefixtures("app")
NOW = MONDAY + timedelta(weeks=16)


@pytest.fixture
def world(app):
    return make_world("sonoma", tz="America/Los_Angeles")


@pytest.fixture
def people(world):
    return [member(world.agency, name=f"Quill Zabriskie {n}") for n in range(4)]


def ask(world, people, recent, before=0, **values):
    """So many in the last four weeks and in the twelve before, by different people in turn."""
    made = []
    for number in range(recent + before):
        weeks = 1 if number < recent else 6
        when = NOW - timedelta(weeks=weeks, minutes=number)
        made.append(asked(world, when, requester=people[number % len(people)], **values))
    return made


def count(client, world, person=None):
    with at(NOW):
        sign_in(client, person or world.agent)
        assert client.post("/reports/themes/count").status_code == 302
    db.session.expire_all()
    return {row.label: row for row in db.session.query(Theme).filter(Theme.over_at.is_(None))}


def press(client, person, url, status=302, **values):
    with at(NOW):
        sign_in(client, person)
        answer = client.post(url, data={"once": nonce(), **values})
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    db.session.expire_all()
    return answer.get_data(as_text=True)


@pytest.mark.rule("HUD-HD-8")
@pytest.mark.parametrize(("recent", "before", "rises"), [(4, 0, False), (5, 0, True), (6, 9, False), (7, 9, True)])
def test_something_is_a_theme_when_it_is_asked_clearly_more_often(client, world, people, recent, before, rises):
    """Five at least; and of nine in twelve weeks three would be usual, so that six are not beyond chance, seven are."""
    ask(world, people, recent, before, category=Category.ACCESS, subject="Words", text="Words.")
    found = count(client, world)
    assert ("Access" in found) is rises
    if rises:
        assert (found["Access"].recent, found["Access"].before) == (recent, before)


@pytest.mark.rule("HUD-HD-8")
@pytest.mark.parametrize(("askers", "rises"), [(2, False), (3, True)])
def test_what_few_people_ask_is_their_own_matter(client, world, people, askers, rises):
    ask(world, people[:askers], 6, subject="Voucher printing", text="The voucher stays empty.")
    assert ("voucher" in count(client, world)) is rises


@pytest.mark.rule("HUD-HD-8")
def test_words_and_tags_rise_too_and_nobodys_name_or_number_does(client, world, people):
    made = ask(
        world, people, 6, subject="Vouchers again", text="Zabriskie says client ID 104877 has no vouchers since May 3."
    )
    with unit_of_work() as session:
        tag = Tag(lead_id=world.lead.id, name="printer-jam")
        session.add(tag)
        session.flush()
        session.add_all(TicketTag(ticket_id=t.id, tag_id=tag.id, by_id=world.agent.id, at=NOW) for t in made)
    found = count(client, world)
    assert {"vouchers", "Printer jam"} <= set(found)
    assert not [label for label in found if "zabr" in label.lower() or "1048" in label]
    page = words(read(client, world.agent, f"/reports/themes/{found['vouchers'].id}"))
    assert "The word “vouchers”: 6 requests in the last 4 weeks, where fewer than one would be usual" in page
    assert "Vouchers again" in page
    assert rules.MEASURE in page


@pytest.mark.rule("HUD-HD-8")
def test_one_press_proposes_a_training_session_once(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    row, heard = count(client, world)["vouchers"], []
    handler = subscribe(TrainingNeeded)(heard.append)
    try:
        for _ in range(2):
            press(client, world.trainer, f"/reports/themes/{row.id}/propose")
    finally:
        _subscribers[TrainingNeeded].remove(handler)
    proposal = db.session.query(TrainingProposal).one()
    assert [event.title for event in heard] == [proposal.title] == ["Refresher: vouchers"]
    assert proposal.counts["recent"] == 6
    assert proposal.links == [f"/reports/themes/{row.id}"]
    listed = words(read(client, world.trainer, "/reports/training-proposals"))
    assert "Refresher: vouchers" in listed
    assert "6 requests in the last 4 weeks" in listed
    told = client.get("/api/v1/training-proposals", headers=api_headers(world.agent)).get_json()["items"]
    assert [(item["title"], item["theme_id"]) for item in told] == [("Refresher: vouchers", row.id)]


@pytest.mark.rule("HUD-HD-8")
def test_that_somebody_looked_through_them_is_kept(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    count(client, world)
    assert "Nobody has looked through the themes yet." in words(read(client, world.agent, "/reports/themes"))
    press(client, world.agent, "/reports/themes/looked", once="same")
    press(client, world.agent, "/reports/themes/looked", once="same")
    kept = db.session.query(ThemeReview).one()
    assert "vouchers" in [theme["label"] for theme in kept.counts["themes"]]
    assert "by Ana Petrov" in words(read(client, world.agent, "/reports/themes"))


def test_a_theme_is_noted_dismissed_and_taken_up_again(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    row = count(client, world)["vouchers"]
    url = f"/reports/themes/{row.id}"
    assert "Say why it needs nothing." in press(client, world.agent, f"{url}/dismiss", 422)
    press(client, world.agent, f"{url}/note", **{"note-said": "Since the new form.", "note-once": nonce()})
    press(client, world.agent, f"{url}/dismiss", **{"dismiss-said": "A new form.", "dismiss-once": nonce()})
    assert "vouchers" not in words(read(client, world.agent, "/reports/themes")).split("Who made what")[0]
    assert "vouchers" in read(client, world.agent, "/reports/themes?shown=put-away")
    assert "vouchers" in count(client, world)
    assert db.session.get(Theme, row.id).state == "dismissed"
    press(client, world.agent, f"{url}/propose", 409)
    press(client, world.agent, f"{url}/take-up")
    assert db.session.get(Theme, row.id).state == "rising"


def test_a_note_with_a_clients_data_is_refused_and_stays_typed(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    row = count(client, world)["vouchers"]
    typed = "Client Jane Doe, SSN 123-45-6789, asked first."
    page = press(client, world.agent, f"/reports/themes/{row.id}/note", 422, **{"note-said": typed})
    assert "MO-HD-5" in page
    assert typed in page


def test_themes_are_merged_but_not_into_themselves(client, world, people):
    ask(world, people, 6, subject="Vouchers printing", text="Vouchers.")
    found = count(client, world)
    one, other = found["vouchers"], found["printing"]
    press(client, world.agent, f"/reports/themes/{one.id}/merge", 422, **{"merge-into": one.id})
    press(client, world.agent, f"/reports/themes/{one.id}/merge", **{"merge-into": other.id, "merge-once": nonce()})
    assert db.session.get(Theme, one.id).merged_into_id == other.id
    press(client, world.agent, f"/reports/themes/{other.id}/propose")
    assert "With it: vouchers." in db.session.query(TrainingProposal).one().reason


def test_what_no_longer_rises_is_over_and_may_rise_anew(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    first = count(client, world)["vouchers"]
    with at(NOW + timedelta(weeks=5)), unit_of_work():
        jobs.count_themes()
    db.session.expire_all()
    assert db.session.get(Theme, first.id).over_at is not None
    assert "vouchers" in read(client, world.agent, "/reports/themes?shown=over")


def test_every_lead_is_counted_once_a_day(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    with at(NOW):
        jobs.count_themes()
        assert db.session.query(Theme).count() > 0
        with queries() as told:
            jobs.count_themes()
        assert len(told) <= 2


def test_another_leads_themes_are_not_there(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    row = count(client, world)["vouchers"]
    far = make_world("sonoma", tz="America/Los_Angeles")
    read(client, far.agent, f"/reports/themes/{row.id}", 404)
    read(client, far.agent, f"/reports/themes?lead={world.lead.id}", 404)
    press(client, far.agent, f"/reports/themes/{row.id}/propose", 404)
    read(client, world.director, "/reports/themes", 403)
    assert "vouchers" in read(client, world.trainer, "/reports/themes")
    assert clock.now()


def test_the_search_box_finds_them(client, world, people):
    ask(world, people, 6, subject="Vouchers", text="Vouchers.")
    row = count(client, world)["vouchers"]
    assert f"/reports/themes/{row.id}" in read(client, world.agent, "/search?q=vouch")
