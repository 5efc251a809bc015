from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from app import create_app
from core.db import db
from core.deadlines import fire_due
from core.outbox import drain
from core.people.models import DesignationKind
from helpdesk.notices import links
from helpdesk.notices.models import NoticeRecipient, ReadBy
from tests.conftest import NOON
from tests.licensing.acting import leaving, tell, words
from tests.notices.acting import deed, drafted, people_told, sent
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import sign_in, sign_out

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world():
    return make_world("sacramento")


def mine(row, person) -> NoticeRecipient:
    db.session.expire_all()
    theirs = (NoticeRecipient.notice_id == row.id, NoticeRecipient.person_id == person.id)
    return db.session.scalars(select(NoticeRecipient).where(*theirs)).one()


# --- saying that one has read it


def test_on_the_page_once(client, world, travel):
    row = sent(client, world.agent, asks_reading="y")
    sign_in(client, world.end_user)
    assert f"Read: {row.title}" in words(client.get("/"))
    assert "asks you to say that you have read this" in words(client.get(f"/notices/{row.id}"))
    assert mine(row, world.end_user).acknowledged_at is None, "looking is not saying so"
    for minutes in (1, 2):
        travel(NOON + timedelta(minutes=minutes))
        assert client.post(f"/notices/{row.id}/acknowledge").status_code == 302
    read = mine(row, world.end_user)
    assert (read.acknowledged_at, read.read_by) == (NOON + timedelta(minutes=1), ReadBy.PAGE)
    assert f"Read: {row.title}" not in words(client.get("/"))


def test_by_the_link_in_the_mail_without_signing_in(client, world, sink):
    row = sent(client, world.agent, asks_reading="y")
    drain()
    mail = next(mail for mail in sink.mails if mail["To"] == world.end_user.email)
    (link,) = set(re.findall(r"/read/[^\s\"<]+", mail.get_body(("plain",)).get_content()))
    assert link.endswith(links.token(row.id, world.end_user.id))
    sign_out(client)
    page = client.get(link).get_data(as_text=True)
    assert world.end_user.name in page
    assert mine(row, world.end_user).acknowledged_at is None, "a mail program that opens links says nothing for anybody"
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert client.post(link).status_code == 400
    assert "It is noted that you have read it." in words(client.post(link, data={"csrf_token": token}))
    assert mine(row, world.end_user).read_by is ReadBy.LINK
    assert mine(row, world.director).acknowledged_at is None


def test_a_false_link(client, world):
    row = sent(client, world.agent, asks_reading="y")
    good = links.token(row.id, world.end_user.id)
    number, person, mac = good.split(".")
    sign_out(client)
    for wrong in (
        f"{number}.{world.director.id}.{mac}",
        f"{int(number) + 1}.{person}.{mac}",
        f"{number}.{person}.{'0' * 64}",
        f"0{good}",
        good[:-1],
        "x",
    ):
        assert client.get(f"/read/{wrong}").status_code == 410, wrong


def test_a_link_of_somebody_who_has_left(client, world, travel):
    row = sent(client, world.agent, asks_reading="y")
    tell(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "12:05"))
    sign_out(client)
    link = f"/read/{links.token(row.id, world.end_user.id)}"
    assert client.get(link).status_code == 200
    travel(NOON + timedelta(minutes=5))
    assert client.get(link).status_code == 410


def test_who_was_not_asked_has_nothing_to_say(client, world):
    row = sent(client, world.agent)
    sign_in(client, world.end_user)
    assert "You were not asked" in words(client.post(f"/notices/{row.id}/acknowledge"))
    assert client.get(f"/read/{links.token(row.id, world.end_user.id)}").status_code == 410
    assert f"Read: {row.title}" not in words(client.get("/"))


# --- who has, and who has not


def test_who_has_read_it_and_who_has_not(client, world):
    row = sent(client, world.agent, asks_reading="y")
    sign_in(client, world.end_user).post(f"/notices/{row.id}/acknowledge")
    sign_in(client, world.agent)
    assert "1 of them said that they have read it" in words(client.get(f"/notices/{row.id}"))
    done = words(client.get(f"/notices/{row.id}/recipients?shown=done"))
    missing = words(client.get(f"/notices/{row.id}/recipients"))
    assert (world.end_user.name in done, world.end_user.name in missing) == (True, False)
    assert (world.director.name in done, world.director.name in missing) == (False, True)
    assert world.agency.name in missing


def test_an_agency_administrator_sees_the_own_agency_only(client, world):
    row = sent(client, world.agent, asks_reading="y")
    sign_in(client, world.administrator)
    page = words(client.get(f"/notices/{row.id}/recipients"))
    assert world.end_user.name in page
    assert world.other_end_user.name not in page
    table = client.get(f"/notices/{row.id}/recipients.csv").get_data(as_text=True)
    assert world.other_end_user.email not in table
    assert world.end_user.email in table
    for person, status in ((world.end_user, 403), (world.director, 403), (world.trainer, 403), (world.agent, 200)):
        assert sign_in(client, person).get(f"/notices/{row.id}/recipients").status_code == status


def test_an_administrator_finds_what_went_to_the_agency_though_not_to_them(client, world):
    row = sent(client, world.agent, "newsletter", groups=["directors"], asks_reading="y")
    sign_in(client, world.administrator)
    assert row.title in words(client.get("/notices?shown=agency"))
    assert row.title not in words(client.get("/notices?shown=received"))
    assert world.director.name in words(client.get(f"/notices/{row.id}/recipients"))
    other = member(world.other_agency, DesignationKind.ADMINISTRATOR)
    elsewhere = sent(client, world.agent, "newsletter", groups=["directors"], agency_ids=[world.agency.id])
    assert sign_in(client, other).get(f"/notices/{elsewhere.id}").status_code == 404


def test_the_list_comes_in_pages_and_misses_nobody(client, world):
    people = {member(world.agency, name=f"Same Name {n % 7}").id for n in range(60)}
    row = sent(client, world.agent, asks_reading="y")
    found, address = [], f"/notices/{row.id}/recipients?shown=all"
    while address:
        page = client.get(address).get_data(as_text=True)
        found += re.findall(r'<th scope="row"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(found) == row.recipients > len(people)


def test_the_table_to_take_along(client, world):
    evil = [member(world.agency, name=f"{mark}cmd|' /C calc'!A0") for mark in "=+-@"]
    row = sent(client, world.agent, asks_reading="y")
    sign_in(client, evil[0]).post(f"/notices/{row.id}/acknowledge")
    answer = sign_in(client, world.agent).get(f"/notices/{row.id}/recipients.csv?shown=all")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="notice-{row.id}-all.csv"'
    header, *lines = csv.reader(StringIO(answer.get_data(as_text=True)))
    assert header == ["Name", "Email", "Agency", "Read at", "Said by"]
    assert len(lines) == row.recipients
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert ["'" + evil[0].name, evil[0].email, "Harbor House", "2026-11-20T12:00:00-06:00", "page"] in lines
    done = client.get(f"/notices/{row.id}/recipients.csv?shown=done").get_data(as_text=True)
    assert len(list(csv.reader(StringIO(done)))) == 2


def test_before_it_is_sent_nobody_has_got_it(client, world):
    row = drafted(client, world.agent)
    assert "nobody has got it yet" in words(client.get(f"/notices/{row.id}/recipients"))


@pytest.mark.parametrize(
    ("moment", "reminded"),
    [(timedelta(days=3, seconds=-1), False), (timedelta(days=3), True), (timedelta(days=3, seconds=1), True)],
)
def test_after_so_many_days_those_who_have_not_are_reminded_once(client, world, travel, moment, reminded):
    row = sent(client, world.agent, "newsletter", asks_reading="y", remind_days="3")
    sign_in(client, world.end_user).post(f"/notices/{row.id}/acknowledge")
    travel(NOON + moment)
    fire_due()
    fire_due()
    told = people_told(row, "notice-reminder")
    assert (world.director.id in told, world.end_user.id in told) == (reminded, False)
    assert len(told) == (row.recipients - 1 if reminded else 0)


def test_over_the_change_of_the_clocks_the_reminder_keeps_the_time_on_the_wall(client, world, travel):
    travel(NOON.replace(year=2027, month=3, day=12))
    row = sent(client, world.agent, "newsletter", asks_reading="y", remind_days="3")
    travel(NOON.replace(year=2027, month=3, day=15, hour=16, minute=59, second=59))
    fire_due()
    assert people_told(row, "notice-reminder") == []
    travel(NOON.replace(year=2027, month=3, day=15, hour=17))
    fire_due()
    assert people_told(row, "notice-reminder")


def test_who_reads_it_before_the_reminder_leaves_is_spared_it(client, world, travel, sink):
    row = sent(client, world.agent, "newsletter", asks_reading="y", remind_days="1")
    drain()
    travel(NOON + timedelta(days=1))
    fire_due()
    sign_in(client, world.end_user).post(f"/notices/{row.id}/acknowledge")
    sink.raw.clear()
    sink.recipients.clear()
    drain()
    assert world.director.email in sink.recipients
    assert world.end_user.email not in sink.recipients


# --- on every page


def banner(client, person, path="/tickets") -> str:
    page = sign_in(client, person).get(path).get_data(as_text=True)
    found = re.search(r'<section class="hd-banners".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def test_those_affected_have_it_on_their_pages_until_it_is_over(client, world):
    row = sent(client, world.agent, agency_ids=[world.agency.id])
    assert "The HMIS cannot be reached" in banner(client, world.end_user)
    assert banner(client, world.other_end_user) == ""
    deed(client, world.agent, row, "resolve", text="All is back.")
    assert banner(client, world.end_user) == ""


def test_putting_it_away_is_for_oneself_and_not_for_the_critical(client, world):
    row = sent(client, world.agent)
    assert "Put away" in banner(client, world.end_user)
    answer = client.post(f"/notices/{row.id}/dismiss", data={"next": "/tickets"})
    assert answer.location == "/tickets"
    assert client.post(f"/notices/{row.id}/dismiss", data={"next": "//evil.test"}).location == "/"
    assert banner(client, world.end_user) == ""
    assert banner(client, world.director)
    critical = sent(client, world.agent, is_critical="y")
    assert "Put away" not in banner(client, world.end_user)
    assert client.post(f"/notices/{critical.id}/dismiss").status_code == 409
    assert banner(client, world.end_user)


def test_a_maintenance_leaves_the_pages_at_its_end(client, world, travel):
    sent(client, world.agent, "maintenance")
    ends = NOON + timedelta(days=1, hours=11)
    for seconds, is_there in ((-1, True), (0, False)):
        travel(ends + timedelta(seconds=seconds))
        assert bool(banner(client, world.end_user)) is is_there


def test_a_newsletter_is_no_banner(client, world):
    sent(client, world.agent, "newsletter")
    assert banner(client, world.end_user) == ""


def test_it_costs_a_page_one_query(client, world):
    for _ in range(3):
        sent(client, world.agent)
    sign_in(client, world.end_user)
    for path in ("/", "/tickets", "/account", "/notices"):
        with queries() as told:
            assert client.get(path).status_code == 200
        about = [line for line in told if "dismissed_at IS NULL" in line]
        assert len(about) == 1, path


def test_pages_ask_as_much_for_many_as_for_few(client, world):
    paths = ("/notices", "/notices?shown=all", "/notices/{0}", "/notices/{0}/recipients", "/notices/{0}/recipients.csv")
    row = sent(client, world.agent, asks_reading="y", is_public="y")
    counts = []
    for _ in range(2):
        for path in paths:
            sign_in(client, world.agent)
            with queries() as told:
                assert client.get(path.format(row.id)).status_code == 200
            counts.append(len(told))
        for _ in range(12):
            member(world.agency)
            row = sent(client, world.agent, asks_reading="y", is_public="y")
    assert counts[: len(paths)] == counts[len(paths) :]


# --- the public status page


def status(client, path="/status"):
    """As a stranger sees it."""
    return client.application.test_client().get(path)


def test_it_tells_strangers_how_it_stands_and_no_more(client, world):
    assert "Everything works, as far as we know" in words(status(client))
    public = sent(client, world.agent, is_public="y", agency_ids=[world.agency.id])
    sent(client, world.agent, "degraded", title="Only for those told")
    answer = status(client)
    page = words(answer)
    assert "The HMIS cannot be used" in page
    assert public.title in page
    assert "Only for those told" not in page
    for name in (world.agency.name, world.agent.name, world.other_agency.name, world.coc.name):
        assert name not in page
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in answer.get_data(as_text=True).lower()


def test_whoever_has_cookies_gets_the_same_page_but_no_proxy_keeps_it(client, world):
    sent(client, world.agent, is_public="y")
    stranger = words(status(client))
    answer = sign_in(client, world.agent).get("/status")
    assert words(answer) == stranger
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("kind", "moment", "said"),
    [
        ("outage", timedelta(0), "The HMIS cannot be used"),
        ("degraded", timedelta(0), "Something in the HMIS is slow or wrong"),
        ("newsletter", timedelta(0), "Everything works"),
        ("maintenance", timedelta(hours=8, seconds=-1), "Everything works"),
        ("maintenance", timedelta(days=1, hours=8), "Planned maintenance is going on"),
        ("maintenance", timedelta(days=1, hours=11, seconds=-1), "Planned maintenance is going on"),
        ("maintenance", timedelta(days=1, hours=11), "Everything works"),
    ],
)
def test_how_it_stands(client, world, travel, kind, moment, said):
    sent(client, world.agent, kind, is_public="y")
    travel(NOON + moment)
    assert said in words(status(client))


def test_what_is_over_stays_for_90_days(client, world, travel):
    row = sent(client, world.agent, is_public="y")
    deed(client, world.agent, row, "resolve", text="All is back.")
    for days, is_there in ((0, True), (89, True), (90, False)):
        travel(NOON + timedelta(days=days))
        page = words(status(client))
        assert (row.title in page) is is_there
        assert "Everything works" in page


def test_an_office_has_its_own_page(client, world):
    far = make_world("vermont")
    sent(client, far.agent, title="Vermont is away", is_public="y")
    listed = words(status(client))
    assert f"{far.lead.name} The HMIS cannot be used" in listed
    assert f"{world.lead.name} Everything works" in listed
    assert "Vermont is away" in words(status(client, f"/status/{far.lead.id}"))
    assert "Vermont is away" not in words(status(client, f"/status/{world.lead.id}"))
    assert status(client, "/status/424242").status_code == 404


def test_it_works_while_redis_is_down(app, world, config, one_limiter):
    away = create_app(replace(config, redis_url="redis://127.0.0.1:1/0"))
    assert away.test_client().get("/status").status_code == 200
    with away.app_context():
        db.engine.dispose()
