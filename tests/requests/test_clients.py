"""Clients ask about their own record: the stamp, the clocks at their boundaries, the answer or the refusal."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import State, fire_due
from core.errors import Conflict
from core.people.models import Person
from helpdesk.requests.clients import queries as client_queries
from helpdesk.requests.clients import services
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.clients.rules import ClientState
from tests.licensing.acting import mails, read, words
from tests.requests.acting import (
    CHICAGO,
    LOS_ANGELES,
    NEW_YORK,
    ZONES,
    again,
    answer,
    client_asked,
    client_asks,
    instant,
)
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import sign_in


@pytest.fixture
def of(app, travel):
    """A community under a pack, at noon of a Friday there."""

    def make(pack):
        travel(instant(2026, 11, 20, 12, 0, zone=ZONES[pack]))
        return make_world(pack, tz=ZONES[pack].key)

    return make


DUE = [
    pytest.param(
        "missouri",
        "record",
        datetime(2026, 11, 30, 23, 59, 59, tzinfo=CHICAGO),
        "MO-HD-11",
        marks=pytest.mark.rule("MO-HD-11"),
    ),
    *(
        pytest.param(
            "sonoma",
            kind,
            datetime(2026, 12, 7, 23, 59, 59, tzinfo=LOS_ANGELES),
            "SON-HD-9",
            marks=pytest.mark.rule("SON-HD-9"),
        )
        for kind in ("own-data", "sharing-report", "disclosure-log")
    ),
    *(
        pytest.param(
            "vermont",
            kind,
            datetime(2027, 1, 19, 23, 59, 59, tzinfo=NEW_YORK),
            "VT-HD-6",
            marks=pytest.mark.rule("VT-HD-6"),
        )
        for kind in ("inspection", "correction")
    ),
]


@pytest.mark.parametrize(("seconds", "late"), [(-1, ""), (0, ""), (1, "1 second")])
@pytest.mark.parametrize(("pack", "kind", "due", "rule"), DUE)
def test_the_answer_is_due_by_the_packs_own_clock(client, of, travel, pack, kind, due, rule, seconds, late):
    world = of(pack)
    row = client_asked(client, world.representative, world.agency, kind=kind)
    clock_row = services.clock_row(row)
    assert (clock_row.due_at, clock_row.rule) == (due, rule)
    travel(due + timedelta(seconds=seconds))
    fire_due()
    assert answer(client, world.representative, row).status_code == 302
    page = read(client, world.representative, f"/client-requests/{row.id}")
    assert ("Late by 1 second" in page) is bool(late)
    assert ("On time" in page) is not bool(late)
    assert rule in page
    assert again(clock_row).state is (State.FIRED if late else State.MET)
    assert len(mails("request-missed")) == (4 if late else 0)


@pytest.mark.rule("VT-HD-6")
@pytest.mark.parametrize(
    ("own", "day"),
    [("30", datetime(2026, 12, 20, 23, 59, 59)), ("60", datetime(2027, 1, 19, 23, 59, 59)), ("90", None)],
)
def test_the_agencys_own_shorter_limit_comes_first(client, of, own, day):
    world = of("vermont")
    row = client_asked(client, world.representative, world.agency, kind="inspection", own_days=own)
    due = services.clock_row(row)
    assert due.due_at == (day or datetime(2027, 1, 19, 23, 59, 59)).replace(tzinfo=NEW_YORK)
    shorter = any("agency's own limit of 30 days is shorter" in line for line in due.explanation["because"])
    assert shorter is (own == "30")
    form = sign_in(client, world.representative).get(f"/client-requests/new?agency={world.agency.id}")
    assert f'value="{own}"' in form.get_data(as_text=True)


@pytest.mark.rule("VT-HD-6")
def test_a_refusal_needs_its_reason(client, of):
    world = of("vermont")
    row = client_asked(client, world.representative, world.agency, kind="correction", how="spoken")
    assert answer(client, world.representative, row, "refuse", "").status_code == 422
    assert again(row).state is ClientState.OPEN
    answer(client, world.representative, row, "refuse", "Compiled for a court case.")
    page = read(client, world.representative, f"/client-requests/{row.id}")
    assert again(row).state is ClientState.REFUSED
    assert "Refused by Rosa Lind" in page
    assert "Compiled for a court case." in page
    assert "By word of mouth" in page


@pytest.mark.rule("SON-HD-9")
def test_the_stamp_is_the_receipt_on_the_agencys_clock(client, of):
    world = of("sonoma")
    now = client_asked(client, world.representative, world.agency, kind="own-data")
    assert now.received_at == clock.now()
    form = {"kind": "own-data", "received_on": "11/18/2026", "received_time": "11:59 PM"}
    before = client_asked(client, world.representative, world.agency, **form)
    assert before.received_at == datetime(2026, 11, 18, 23, 59, tzinfo=LOS_ANGELES)
    assert before.recorded_at == clock.now()
    assert services.clock_row(before).due_at == datetime(2026, 12, 3, 23, 59, 59, tzinfo=LOS_ANGELES)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"received_on": "2026-11-20", "received_time": "12:01"}, "still to come"),
        ({"received_on": "2025-11-01", "received_time": "12:00"}, "more than a year ago"),
        ({"received_on": "2026-11-19"}, "the day and the time, or neither"),
        ({"received_on": "yesterday", "received_time": "9:00"}, "This is not a date"),
        ({"received_on": "2026-03-08", "received_time": "2:30 AM"}, "The clocks went forward"),
        ({"client_id": "Maria Lopez"}, "“Maria Lopez” is not an HMIS client ID."),
        ({"client_id": "Maria"}, "never a name"),
        ({"client_id": "123-45-6789"}, "not an HMIS client ID"),
        ({"client_id": ""}, "Give the client's HMIS ID."),
        ({"what": "The record of client Maria Lopez"}, "a client's name (“Maria Lopez”)"),
        ({"kind": "something"}, "Not a valid choice"),
        ({"ticket": "999"}, "There is no ticket 999 that you can see."),
    ],
)
def test_what_cannot_be_comes_back_with_what_was_typed(client, of, values, told):
    world = of("missouri")
    answer = client_asks(client, world.representative, world.agency, **({"what": "Their nights"} | values))
    assert answer.status_code == 422
    assert told in words(answer)
    assert values.get("what", "Their nights") in words(answer)
    assert db.session.scalar(select(func.count(ClientRequest.id))) == 0


@pytest.mark.parametrize("own", ["0", "-3", "many", "99999"])
def test_an_own_limit_is_a_number_of_days(client, of, own):
    world = of("vermont")
    assert client_asks(client, world.representative, world.agency, kind="copy", own_days=own).status_code == 422


def test_a_correction_without_a_limit_of_the_manual_waits_on_today(client, of):
    world = of("missouri")
    row = client_asked(client, world.representative, world.agency, kind="correction")
    assert services.clock_row(row) is None
    assert "The manual sets no time for the answer" in read(client, world.representative, f"/client-requests/{row.id}")
    assert f"Answer client request {row.id}" in read(client, world.representative, "/")
    answer(client, world.representative, row)
    assert f"Answer client request {row.id}" not in read(client, world.representative, "/")


@pytest.mark.rule("MO-HD-11")
def test_the_agency_is_told_and_reminded_without_the_clients_number(client, of, travel):
    world = of("missouri")
    row = client_asked(client, world.agent, world.agency, what="Nights in March")
    told = {mail.person_id for mail in mails("client-request-received")}
    assert told == {world.representative.id, world.administrator.id, world.director.id, world.manager.id}
    assert f"Answer client request {row.id}" in read(client, world.representative, "/")
    travel(datetime(2026, 11, 30, 0, 0, tzinfo=CHICAGO))
    fire_due()
    reminders = mails("request-due-soon")
    assert {mail.person_id for mail in reminders} == told - {world.manager.id}
    for mail in (*reminders, *mails("client-request-received")):
        assert "104877" not in mail.body_text + mail.subject
        assert "March" not in mail.body_text
        assert f"/client-requests/{row.id}" in mail.body_text


def test_another_agencys_request_is_not_there(client, of):
    world = of("missouri")
    row = client_asked(client, world.representative, world.agency)
    assert sign_in(client, world.other_representative).get(f"/client-requests/{row.id}").status_code == 404
    assert answer(client, world.other_representative, row).status_code == 404
    assert client_asks(client, world.other_representative, world.agency).status_code == 404
    assert f"Request {row.id}" not in read(client, world.other_representative, "/client-requests?client=104877")
    assert again(row).state is ClientState.OPEN


def test_who_only_looks_cannot_answer(client, of):
    world = of("missouri")
    row = client_asked(client, world.representative, world.agency)
    assert answer(client, world.security_officer, row).status_code == 403
    assert sign_in(client, world.end_user).get("/client-requests").status_code == 403


def test_two_answers_at_once_are_one(app, client, of):
    world = of("missouri")
    row = client_asked(client, world.representative, world.agency)
    number, who, both, told = row.id, world.representative.id, Barrier(2), []

    def decide(verb):
        with app.app_context():
            by = principal_for(db.session.get_one(Person, who), clock.now())
            both.wait()
            try:
                with unit_of_work():
                    verb(client_queries.visible_request(by, number, lock=True), by, "Said so.", clock.now())
                told.append("done")
            except Conflict as error:
                told.append(error.message)
            db.session.remove()

    threads = [Thread(target=decide, args=(verb,)) for verb in (services.answer, services.refuse)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(word.startswith("This request was") for word in told) == [False, True]


def test_a_second_answer_is_told_what_happened_and_keeps_its_words(client, of):
    world = of("missouri")
    row = client_asked(client, world.representative, world.agency)
    answer(client, world.representative, row)
    late = answer(client, world.agent, row, "refuse", "Harassing requests.")
    assert late.status_code == 409
    assert "This request was answered before." in words(late)
    assert "Harassing requests." in words(late)


def test_the_same_form_sent_twice_is_one_request(client, of):
    world = of("missouri")
    first = client_asks(client, world.representative, world.agency, once="the-same")
    assert client_asks(client, world.representative, world.agency, once="the-same").location == first.location
    other = client_asks(client, world.representative, world.agency, once="the-same", client_id="5")
    assert other.status_code == 409


def test_it_is_found_by_the_clients_number(client, of):
    world = of("missouri")
    row = client_asked(client, world.representative, world.agency)
    client_asked(client, world.representative, world.agency, client_id="5")
    page = read(client, world.representative, "/client-requests?client=104877")
    assert f"Request {row.id} Harbor House" in page
    assert f"Request {row.id + 1} " not in page
    assert f"Client request {row.id}" in read(client, world.representative, "/search?q=104877")
    assert f"Client request {row.id}" not in read(client, world.other_representative, "/search?q=104877")


def test_a_page_of_them_asks_the_database_as_often_as_one(client, of):
    world = of("missouri")
    client_asked(client, world.representative, world.agency)
    sign_in(client, world.agent).get("/client-requests")
    with queries() as one:
        client.get("/client-requests")
    for _ in range(4):
        client_asked(client, world.representative, world.agency)
        client_asked(client, world.other_representative, world.other_agency)
    sign_in(client, world.agent)
    with queries() as many:
        client.get("/client-requests")
    assert len(many) == len(one)
