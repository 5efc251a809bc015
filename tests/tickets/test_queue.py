from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import timedelta
from urllib.parse import parse_qsl as url_decoded

import pytest
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.home import Turn
from core.policy.vocabulary import Tier
from helpdesk.tickets import api, services
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queries import VIEWS, queue
from helpdesk.tickets.rules import Category, Channel, State
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import fresh, opened, read

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def numbers(page):
    return [int(number) for number in re.findall(r'href="/tickets/(\d+)"', page)]


def listed(client, person, query=""):
    return numbers(read(client, person, f"/tickets?{query}"))


def aged(world, count, start=0):
    return [
        opened(world, subject=f"Request {n}", at=clock.now() - timedelta(minutes=n))
        for n in range(start, start + count)
    ]


def test_pages_follow_one_another_without_gap_or_repeat(client, world):
    tickets = aged(world, 60)
    seen, url = [], "/tickets?view=all"
    while url:
        page = read(client, world.agent, url)
        seen.append(numbers(page))
        link = re.search(r'rel="next" href="([^"]+)"', page)
        url = link.group(1).replace("&amp;", "&") if link else None
    assert [len(page) for page in seen] == [25, 25, 10]
    assert [number for page in seen for number in page] == [ticket.id for ticket in tickets]


def test_a_ticket_that_moves_meanwhile_is_not_shown_twice(client, world):
    tickets = aged(world, 30)
    page = read(client, world.agent, "/tickets?view=all")
    with unit_of_work():
        services.add_note(tickets[24], world.agent, "Moves to the top", clock.now())
    after = re.search(r'rel="next" href="([^"]+)"', page).group(1).replace("&amp;", "&")
    assert numbers(read(client, world.agent, after)) == [ticket.id for ticket in tickets[25:]]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJ4IiwxXQ", "%00", "a" * 5000])
def test_a_cursor_that_was_tampered_with_gives_the_first_page(client, world, cursor):
    aged(world, 3)
    assert len(listed(client, world.agent, f"after={cursor}")) == 3


def reads(client, url):
    """The SELECTs of a page, with nothing left over from before."""
    db.session.expunge_all()
    with queries() as told:
        assert client.get(url).status_code == 200
    return [statement.lower() for statement in told if statement.lstrip().upper().startswith("SELECT")]


def test_the_number_of_queries_does_not_grow_with_the_rows(client, world):
    aged(world, 2)
    sign_in(client, world.agent)
    few = reads(client, "/tickets?view=all")
    aged(made_again(world), 28, start=2)
    many = reads(client, "/tickets?view=all")
    assert len(many) == len(few)
    lists = [statement for statement in many if "from ticket" in statement]
    counts = [statement for statement in lists if "count(" in statement]
    assert len(lists) == 2, "the rows, and the counts of all lists at once"
    assert len(counts) == 1
    assert counts[0].count("count(") == counts[0].count("limit "), "nothing is counted past the bound"


def test_a_page_of_a_request_with_nothing_beside_it_asks_little(client, world):
    """Who looks (two), the request, what there is of it, its words, its hops, and what the desk offers."""
    ticket = opened(world)
    sign_in(client, world.agent)
    client.get(f"/tickets/{ticket.id}")
    assert len(reads(client, f"/tickets/{ticket.id}")) <= 11


def made_again(world):
    """The same people and places, known to the session as it is now."""
    return replace(world, **{f.name: db.session.merge(getattr(world, f.name)) for f in fields(world)})


def test_a_long_conversation_is_read_in_as_few_queries_as_a_short_one(client, world):
    url = f"/tickets/{opened(world).id}"
    sign_in(client, world.agent)
    short = reads(client, url)
    world = made_again(world)
    with unit_of_work():
        for person in (world.end_user, world.agent, world.manager, world.administrator) * 5:
            services.add_reply(fresh(1), person, person.email, "More", at=clock.now())
    assert len(reads(client, url)) <= len(short) + 1, "the files of the messages, all at once"
    assert len(short) <= 25


def test_a_very_long_conversation_shows_the_newest_first_and_all_on_request(client, world):
    ticket = opened(world, text="The very first words")
    with unit_of_work():
        for n in range(105):
            services.add_reply(ticket, world.end_user, "", f"Message {n}.", at=clock.now() + timedelta(seconds=n))
    page = read(client, world.agent, f"/tickets/{ticket.id}")
    assert "The very first words" not in page
    assert "Message 104." in page
    assert "The very first words" in read(client, world.agent, f"/tickets/{ticket.id}?all=1")


@pytest.fixture
def some(world):
    """One of each state and tier, and one of the other agency."""
    at = clock.now()
    with unit_of_work():
        made = {
            name: opened(world, subject=f"The {name} one")
            for name in ("new", "held", "answered", "vendor", "closed", "declined")
        }
        for name in ("held", "vendor", "declined"):
            services.forward_up(made[name], world.administrator, "Up", at)
        services.assign(made["held"], world.agent, world.agent, at)
        services.answer(made["answered"], world.administrator, "Like this", at)
        services.to_vendor(made["vendor"], world.agent, "Please look", at)
        services.close(made["closed"], world.administrator, "Done", at)
        services.decline(made["declined"], world.agent, "Copier", at)
        made["other"] = opened(
            world, world.other_end_user, agency=world.other_agency, subject="The other one", category=Category.TRAINING
        )
    return {name: ticket.id for name, ticket in made.items()}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "new held answered vendor other"),
        ("view=needs-action", "new held other"),
        ("view=waiting", "answered vendor"),
        ("view=closed", "closed declined"),
        ("view=all", "new held answered vendor closed declined other"),
        ("view=nonsense", "new held answered vendor other"),
        ("view=all&state=declined", "declined"),
        ("state=with-vendor", "vendor"),
        ("tier=agency-administrator", "new answered"),
        ("tier=vendor", "vendor"),
        ("tier=nonsense", "new held answered vendor other"),
        ("category=training", "other"),
        ("agency=casa", "other"),
        ("agency=2", "other"),
        ("agency=%25", ""),
        ("assignee=me", "held vendor"),
        ("assignee=nobody", "new answered other"),
        ("mine=1", ""),
        ("q=answered", "answered"),
        ("q=nothing+like+this", ""),
        ("q=%00", ""),
        ("agency=%00casa", "other"),
        ("q=%23999999999999999999999", ""),
        ("state=with-vendor&category=training", ""),
    ],
)
def test_filters(client, world, some, query, names):
    shown = {name for name, number in some.items() if number in listed(client, world.agent, query)}
    assert shown == set(names.split())


def test_a_number_finds_its_ticket(client, world, some):
    for query in (f"q={some['new']}", f"q=%23{some['new']}"):
        assert listed(client, world.agent, query) == [some["new"]]


def test_what_needs_an_answer_shows_who_waited_longest_first(client, world):
    tickets = aged(world, 3)
    assert listed(client, world.agent, "view=needs-action") == [ticket.id for ticket in reversed(tickets)]


@pytest.mark.parametrize("view", list(VIEWS))
def test_every_view_opens_for_everybody_who_has_tickets(client, world, some, view):
    for person in (world.end_user, world.administrator, world.director, world.agent, world.manager):
        read(client, person, f"/tickets?view={view}")


@pytest.mark.parametrize(
    ("role", "asked", "index"),
    [
        ("agent", "", "ix_ticket_lead_open"),
        ("agent", "view=needs-action", "ix_ticket_lead_open"),
        ("agent", "view=all", "ix_ticket_lead"),
        ("agent", "view=all&state=declined", "ix_ticket_lead_state"),
        ("agent", "tier=vendor", "ix_ticket_lead_tier"),
        ("agent", "view=all&category=training", "ix_ticket_lead_category"),
        ("agent", "view=all&agency=1", "ix_ticket_agency"),
        ("agent", "view=all&assignee=me", "ix_ticket_holder"),
        ("agent", "view=all&mine=1", "ix_ticket_requester"),
        ("manager", "", "ix_ticket_coc_open"),
        ("manager", "view=all", "ix_ticket_coc"),
        ("end_user", "view=all", "ix_ticket_requester"),
    ],
)
def test_every_list_is_read_from_an_index_in_its_order(world, role, asked, index):
    """Without sorting: a page costs the same however many tickets there are."""
    principal = principal_for(getattr(world, role), clock.now())
    query = queue(principal, MultiDict(url_decoded(asked)))
    query = query.order_by(Ticket.last_activity_at.desc(), Ticket.id.desc()).limit(26)
    statement = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    db.session.execute(text(MANY))
    db.session.execute(text("analyze ticket"))
    for planner in ("seqscan", "bitmapscan", "sort"):
        db.session.execute(text(f"set local enable_{planner} = off"))
    plan = "\n".join(db.session.connection().exec_driver_sql(f"explain {statement}").scalars())
    assert "Sort Key: ticket." not in plan
    assert f"{index} " in plan


MANY = """
    insert into ticket (lead_id, coc_id, agency_id, requester_id, holder_person_id, requester_address, requester_name,
        subject, category, state, priority, channel, tier, opened_at, last_activity_at, closed_at,
        resolution, search_text)
    select 1, 1, case when n % 40 = 0 then 1 else 2 end, 1 + n % 9,
        case when n % 50 = 0 then 1 + n / 50 % 9 end, '', '', 'Request ' || n,
        case when n % 50 = 0 then 'training' else 'problem' end,
        case when n % 97 = 0 then 'declined' when n % 10 = 0 then 'open' else 'closed' end, 'normal', 'web',
        case when n % 200 = 0 then 'vendor' else 'hmis-lead' end, at, at,
        case when n % 97 = 0 or n % 10 <> 0 then at end, '', ''
    from (select n, timestamptz '2026-01-01' + n * interval '1 minute' as at from generate_series(1, 5000) n) numbers
"""


# --- Today and the search box --------------------------------------------------------------------


def today(person, limit=50):
    at = clock.now()
    items = list(api.waiting_for(principal_for(person, at), at, limit))
    return {
        turn: [
            item.title.split(" ", 1)[1] if item.title[0] == "#" else item.title for item in items if item.group is turn
        ]
        for turn in Turn
    }


def test_today_says_whose_move_it_is(world, some):
    assert today(world.agent) == {
        Turn.MINE: ["The held one", "The other one"],
        Turn.WAITING: ["The vendor one"],
        Turn.NOBODYS: [],
    }
    assert today(world.administrator)[Turn.MINE] == ["The new one"]
    assert today(world.end_user) == {
        Turn.MINE: ["The answered one"],
        Turn.WAITING: ["The new one", "The held one", "The vendor one"],
        Turn.NOBODYS: [],
    }
    assert not any(today(world.representative).values())
    assert not any(today(world.trainer).values())


def test_what_somebody_else_has_in_hand_is_not_mine(world, some):
    assert "The held one" not in today(world.manager)[Turn.MINE]


def test_the_urgent_come_first_also_where_much_waits(world):
    aged(world, 5, start=10)
    lapse = opened(world, category=Category.SECURITY, subject="A screen left open")
    assert today(world.agent, limit=2)[Turn.MINE][0] == f"Urgent: #{lapse.id} A screen left open"


def test_today_shows_the_tickets_and_links_to_them(client, world, some):
    page = read(client, world.administrator, "/")
    assert f'href="/tickets/{some["new"]}"' in page


@pytest.mark.parametrize(
    ("words", "found"), [("declined", True), ("copier", False), ("date range", True), ("zebra", False)]
)
def test_the_search_box_finds_by_words(client, world, some, words, found):
    page = read(client, world.agent, f"/search?q={words.replace(' ', '+')}")
    assert ('href="/tickets/' in page) == found


def test_search_finds_no_masked_data(client, world):
    opened(world, text="client DOB 01/02/1980 and her SSN is 123-45-6789", channel=Channel.EMAIL)
    for words in ("1980", "123-45-6789", "01/02/1980"):
        assert 'href="/tickets/' not in read(client, world.agent, f"/search?q={words}")


def test_the_list_says_state_tier_and_holder_in_words(client, world, some):
    page = read(client, world.agent, "/tickets?view=all")
    for word in ("Waiting on the vendor", "Needs an answer", "Agency administrator", world.agent.name, "Declined"):
        assert word in page
    assert State.WITH_VENDOR.value in page
    assert Tier.VENDOR.value in page
