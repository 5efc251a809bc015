from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from core import clock
from core.db import unit_of_work
from core.deadlines import meet, open_deadline
from core.outbox import enqueue
from core.people.models import Agency, Person
from core.search import named
from tests.core.kinds import MISS
from tests.support.counting import queries
from tests.support.decisions import decision
from tests.support.factories import make_agency, make_coc, make_lead, make_world, member
from tests.support.signing_in import sign_in

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def world(app, at_noon):
    return make_world()


def owed_by(agency, due, title="A notice", occurrence=1, *, kind=MISS, **values):
    """A deadline of an agency's, about the agency itself."""
    with unit_of_work():
        return open_deadline(
            kind,
            agency,
            decision(due),
            title=title,
            lead_id=agency.lead_id,
            coc_id=agency.coc_id,
            agency_id=agency.id,
            occurrence=occurrence,
            **{"holder": "agency", **values},
        )


def page(client, person, url):
    sign_in(client, person)
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.get_data(as_text=True)


def test_today_shows_an_agency_what_it_owes_and_the_lead_that_it_waits(client, world, at_noon):
    owed_by(world.agency, at_noon + timedelta(hours=2), "Tell us that K. Moss left")
    theirs = page(client, world.representative, "/")
    assert "Due today (1)" in theirs
    assert "Tell us that K. Moss left" in theirs
    assert "Waiting on others (1)" in page(client, world.manager, "/")


def test_an_empty_day_says_so(client, world):
    assert "Nothing needs you right now" in page(client, world.end_user, "/")


def test_the_board_shows_open_late_and_past_deadlines_with_their_reasons(client, world, at_noon):
    owed_by(world.agency, at_noon + timedelta(hours=2), "Still open", 1)
    owed_by(world.agency, at_noon - timedelta(hours=2), "Overdue one", 2)
    done = owed_by(world.agency, at_noon, "Done one", 3)
    with unit_of_work():
        meet(done, at_noon, "told by form")
    open_page = page(client, world.manager, "/deadlines")
    assert all(text in open_page for text in ("Still open", "Overdue one", "MO-LI-4", "Revoking End User Access"))
    assert "Done one" not in open_page
    late = page(client, world.manager, "/deadlines?shown=late")
    assert ("Overdue one" in late, "Still open" in late) == (True, False)
    past = page(client, world.manager, "/deadlines?shown=past")
    assert ("Done one" in past, "Done in time" in past, "Still open" in past) == (True, True, False)


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("holder=agency", True),
        ("holder=lead", False),
        ("kind=test-miss", True),
        ("kind=test-act", False),
        ("agency=999999", False),
    ],
)
def test_the_boards_filters_narrow_it(client, world, at_noon, query, seen):
    owed_by(world.agency, at_noon + timedelta(hours=2), "The one")
    assert ("The one" in page(client, world.manager, f"/deadlines?{query}")) is seen


def test_another_agencys_deadline_is_not_there(client, world, at_noon):
    row = owed_by(world.other_agency, at_noon + timedelta(hours=2), "Theirs alone")
    assert "Theirs alone" not in page(client, world.representative, "/deadlines")
    assert client.get(f"/deadlines/{row.id}").status_code == 404
    assert "Theirs alone" in page(client, world.other_representative, f"/deadlines/{row.id}")


def test_the_board_asks_the_same_number_of_questions_for_one_row_and_for_many(client, world, at_noon):
    owed_by(world.agency, at_noon, "First", 1)
    sign_in(client, world.manager)
    client.get("/deadlines")
    with queries() as few:
        client.get("/deadlines")
    for n in range(2, 22):
        owed_by(world.agency, at_noon + timedelta(minutes=n), f"Number {n}", n)
    with queries() as many:
        client.get("/deadlines")
    assert len(many) == len(few)
    assert len(many) <= 12


def test_search_finds_people_and_agencies_in_reach_only(client, world):
    lead = make_lead()
    foreign = make_agency(make_coc(lead), "Harbor Lights")
    member(foreign, name="Erin Elsewhere")
    found = page(client, world.agent, "/search?q=Harbor")
    assert ("Harbor House" in found, "Harbor Lights" in found) == (True, False)
    found = page(client, world.representative, "/search?q=erin")
    assert ("Erin Doyle" in found, "Erin Elsewhere" in found) == (True, False)
    assert "Nothing found" in page(client, world.end_user, "/search?q=Harbor")


@pytest.mark.parametrize(
    "text", ["Kirkwood", "kirk", "KIRKWOOD sami", "sa kirk", "o'bri", "Sami Kirkwood-O'Brien", "sami.k@"]
)
def test_search_finds_a_person_by_any_word_of_the_name(client, world, text):
    member(world.agency, name="Sami Kirkwood-O'Brien", email="sami.k@harbor.test")
    assert "Sami Kirkwood-O&#39;Brien" in page(client, world.agent, f"/search?q={text}")


@pytest.mark.parametrize("text", ["wood", "kirkwoods", "kirk rosa"])
def test_search_asks_for_each_word_from_its_beginning(client, world, text):
    member(world.agency, name="Sami Kirkwood")
    assert "Sami" not in page(client, world.agent, f"/search?q={text}")


def test_search_finds_an_agency_by_its_second_word(client, world):
    assert "Harbor House" in page(client, world.agent, "/search?q=hous").split("Agencies</h2>")[1]


def test_names_are_found_through_an_index(app, world):
    """At a hundred thousand people a walk over all names would be felt in each search."""
    with unit_of_work() as session:
        session.execute(text("set local enable_seqscan = off"))
        for model, index in ((Person, "ix_person_words"), (Agency, "ix_agency_words")):
            wanted = select(model.id).where(named(model.name, "kirk wo"))
            said = wanted.compile(session.connection())
            plan = session.connection().exec_driver_sql(f"explain {said}", said.params).scalars()
            assert index in " ".join(plan)


@pytest.mark.parametrize("query", ["SON-LI-4", "son-li-4", " Son-LI-4 "])
def test_search_finds_a_rule_by_its_id_for_everybody_signed_in(client, world, query):
    sign_in(client, world.end_user)
    text = client.get("/search", query_string={"q": query}).text
    assert text.index('href="/rules/SON-LI-4"') > 0


def test_search_finds_rules_by_their_words(client, world):
    assert 'href="/rules/MO-LI-4"' in page(client, world.end_user, "/search?q=business days notice leav")


@pytest.mark.parametrize("text", ["%%", "__", "' or 1=1 --", "\\", "a" * 5000])
def test_search_takes_odd_text_as_text(client, world, text):
    sign_in(client, world.agent)
    answer = client.get("/search", query_string={"q": text})
    assert (answer.status_code, "Harbor House" in answer.text) == (200, False)


def test_people_and_agencies_are_seen_by_those_they_work_with(client, world):
    assert "Rosa Lind" in page(client, world.agent, f"/agencies/{world.agency.id}")
    assert "Erin Doyle" in page(client, world.representative, f"/people/{world.end_user.id}")
    assert client.get(f"/people/{world.other_end_user.id}").status_code == 404
    assert client.get(f"/agencies/{world.other_agency.id}").status_code == 404
    assert "Erin Doyle" in page(client, world.end_user, f"/people/{world.end_user.id}")


def test_the_audit_trail_is_for_managers_and_shows_the_deeds_of_their_cocs(client, world, at_noon):
    owed_by(world.agency, at_noon, "Owed")
    assert "deadline.opened" in page(client, world.admin, "/audit")
    assert "deadline.opened" in page(client, world.manager, "/audit?action=deadline.opened")
    assert ">Deadline opened</a>" in page(client, world.admin, "/audit")
    assert "No such events" in page(client, world.admin, "/audit?action=nothing.like.this")
    assert "No such events" in page(client, world.admin, "/audit?who=nobody@nowhere.test")
    sign_in(client, world.agent)
    assert client.get("/audit").status_code == 403


@pytest.mark.parametrize(
    ("since", "until", "seen"),
    [
        ("2026-11-20", "2026-11-20", [1, 2]),
        ("2026-11-20", "", [1, 2, 3]),
        ("", "2026-11-19", [0]),
        ("2026-11-21", "2026-11-20", []),
        ("no day", "0001-01-01", [0, 1, 2, 3]),
    ],
)
def test_the_audit_trail_is_read_by_the_days_of_whoever_looks(client, world, travel, since, until, seen):
    """From the first second of the first day to the last of the last, and with the other filters."""
    told = []
    for number, at in enumerate(("19 23:59:59", "20 00:00:00", "20 23:59:59", "21 00:00:00")):
        travel(datetime.fromisoformat(f"2026-11-{at}").replace(tzinfo=CHICAGO))
        told.append(owed_by(world.agency, clock.now() + timedelta(days=9), occurrence=number + 1).id)
    query = f"/audit?since={since}&until={until}&action=deadline.opened"
    for person in (world.admin, world.manager):
        shown = page(client, person, query)
        assert [number for number, one in enumerate(told) if f">Deadline {one}</a>" in shown] == seen


def test_a_day_of_the_trail_is_found_through_its_index(app, world):
    plan = "explain select * from audit_event where chain = 1 and at >= '2026-11-20' order by at desc, id desc limit 26"
    with unit_of_work() as session:
        session.execute(text("set local enable_seqscan = off"))
        session.execute(text("set local enable_sort = off"))
        lines = "\n".join(session.execute(text(plan)).scalars())
    assert "ix_audit_event_day" in lines
    assert "Sort" not in lines


def test_outgoing_mail_is_the_leads_administrators_to_see(client, world):
    """A manager of one CoC would find nothing there, so the menu does not lead there either."""
    assert 'href="/outbox"' in page(client, world.admin, "/audit")
    assert 'href="/outbox"' not in page(client, world.manager, "/audit")
    assert client.get("/outbox").status_code == 403


def test_mail_that_died_can_be_sent_again_by_the_leads_administrator(client, world, sink):
    from core.outbox import drain

    with unit_of_work():
        enqueue("test-note", "a@agency.test", key="k", context={"word": "lantern"}, lead_id=world.lead.id)
    sink.answer = lambda envelope: "550 no such user"
    drain()
    assert "A note about lantern" in page(client, world.admin, "/outbox?state=dead")
    sink.answer = lambda envelope: None
    assert client.post("/outbox/1/again").status_code == 302
    assert drain() == 1
    assert client.post("/outbox/1/again").status_code == 409


def test_a_rule_has_a_page(client, world):
    assert "3 business days" in page(client, world.end_user, "/rules/MO-LI-4")
    assert client.get("/rules/XX-LI-4").status_code == 404


def test_the_demos_mail_is_shown_in_a_demo_only(client, world):
    assert client.get("/demo/mail").status_code == 404
