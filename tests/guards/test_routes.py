"""Every route, every role, at its own and at other agencies, the same CoC and others: what happens equals the table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from flask import g, request_started
from sqlalchemy import event
from sqlalchemy.engine import Engine

from core import clock
from core.db import Base, db
from tests.conftest import NOON
from tests.guards import permissions
from tests.guards import standing as world
from tests.guards.standing import Standing
from tests.guards.table import (
    AGENCY,
    DESK,
    EVERYBODY,
    LEAD,
    REACH,
    ROLES,
    ROWS,
    Answer,
    Door,
    Place,
    Row,
    expected,
    places,
)

STATIC = "static"


@pytest.fixture(scope="module")
def standing(the_app) -> Iterator[Standing]:
    """Built once; every test leaves it as it was. Of a refusal only the code is looked at, so its page is a word."""

    def nobody_yet(app, **_):
        for name in tuple(g):
            g.pop(name)

    plain = patch("core.errors.render_template", lambda name, **_: name)
    with the_app.app_context(), clock.frozen(NOON), request_started.connected_to(nobody_yet, the_app), plain:
        built = world.build(the_app)
        world.keep(built)
        yield built
        db.session.rollback()
        db.session.remove()
        world.forget()
        tables = ", ".join(f'"{t.name}"' for t in Base.metadata.sorted_tables)
        with db.engine.begin() as connection:
            connection.execute(db.text(f"truncate {tables} restart identity cascade"))


def test_the_table_names_every_route_once(the_app):
    """A route that nobody thought about does not go out."""
    there = {
        f"{method} {rule.rule}"
        for rule in the_app.url_map.iter_rules()
        if rule.endpoint != STATIC
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    listed = [f"{row.method} {row.rule}" for row in ROWS]
    assert there == set(listed)
    assert len({row.route for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_route_answers_as_the_table_says(standing: Standing, role: str):
    wrong = []
    for row in ROWS:
        for place in places(row):
            found = _tried(standing, row, role, place)
            if found != expected(row, role, place):
                wrong.append(f"{row.route} ({place}): {found}, the table says {expected(row, role, place)}")
    assert not wrong, "\n".join(wrong)


def _tried(standing: Standing, row: Row, role: str, place: Place) -> str:
    """What it came to; a page that is open to everybody may lead to the sign-in page."""
    if row.method == "GET":
        found = world.answer_of(world.attempt(standing, row, role, place))
    else:
        with world.undone(standing):
            found = world.answer_of(world.attempt(standing, row, role, place))
    return Answer.YES if row.door is Door.OPEN and found == Answer.SIGN_IN else found


@pytest.mark.parametrize(("role", "there", "may"), [("gn", Place.FOREIGN, "n"), ("te", Place.OTHER, "")])
def test_a_role_in_one_place_is_none_in_another(standing: Standing, role: str, there: Place, may: str):
    """Somebody with two roles has in each place what their role there gives, and nothing of the other."""
    wrong = []
    for row in (row for row in ROWS if row.thing and row.of != "oneself" and there in places(row)):
        found = _tried(standing, row, role, there)
        if (found == Answer.YES) != (bool(may) and may in row.may):
            wrong.append(f"{row.route}: {found}")
    assert not wrong, "\n".join(wrong)


SEARCHES = (
    "/search?q={word}",
    "/search?q=Printing",
    "/search?q=Course",
    "/search?q=Exits",
    "/search?q=104877",
    "/sign-ins?q={word}",
    "/tickets?view=all&q=printing",
)
LISTS = (
    "/",
    "/notices",
    "/notices?shown=all",
    "/notices?shown=agency",
    "/api/v1/notices",
    "/assignments?show=all",
    "/staff",
    "/absences",
    "/tickets?view=all",
    "/tickets?view=all&agency={agency}",
    "/tickets?view=all&agency={word}",
    "/access?shown=all",
    "/access?shown=all&agency={agency}",
    "/access/licenses",
    "/access/licenses?agency={agency}",
    "/access/new",
    "/training/enrollments",
    "/training/series",
    "/training/practice",
    "/training/practice?q={word}",
    "/training/practice/reviews?shown=all",
    "/training/practice/give?q={word}",
    "/training/practice/cases",
    "/training/practice/committee",
    "/training/practice/figures",
    "/api/v1/training/enrollments",
    "/api/v1/training/series",
    "/training/recertification",
    "/training/recertification/people",
    "/training/recertification/people?agency={agency}",
    "/training/recertification/people?q={word}",
    "/training/recertification/people.csv",
    "/api/v1/licenses",
    "/api/v1/training/campaigns",
    "/api/v1/training/obligations",
    "/api/v1/training/obligations?agency_id={agency}",
    "/api/v1/training/practice",
    "/api/v1/training/practice-cases",
    "/api/v1/training/practice-reviews",
    "/departures",
    "/reviews",
    "/reviews?shown=all&agency={agency}",
    "/api/v1/access-reviews",
    "/reconciliation",
    "/reconciliation/findings",
    "/reconciliation/findings?agency={agency}",
    "/api/v1/reconciliations",
    "/api/v1/account-findings",
    "/departures?agency={agency}",
    "/departures/new",
    "/departures/new?q={word}",
    "/deadlines",
    "/deadlines?agency={agency}",
    "/data-requests?shown=all",
    "/data-requests/new",
    "/data-requests/new?q={word}",
    "/client-requests",
    "/client-requests?client=104877",
    "/client-requests/new",
    "/client-requests/new?q={word}",
    "/demands",
    "/demands/new",
    "/demands/new?q={word}",
    "/demands/disclosures",
    "/demands/disclosures?client=104877",
    "/demands/disclosures.csv",
    "/agencies",
    "/agencies/standing",
    "/agencies/standing?q={word}",
    "/license-seats",
    "/fees",
    "/invoices",
    "/invoices?shown=all&agency={agency}",
    "/invoices/runs",
    "/api/v1/fee-schedules",
    "/api/v1/invoices",
    "/api/v1/invoice-runs",
    "/contracts?shown=all",
    "/report-calendar?shown=all",
    "/api/v1/contracts",
    "/api/v1/report-dates",
    "/roster",
    "/roster?q={word}",
    "/roster/file/csv",
    "/api/v1/roster",
    "/api/v1/seat-types",
    "/payments",
    "/payments?agency={agency}",
    "/payments/new?q={word}",
    "/overdue?shown=all",
    "/overdue?shown=all&agency={agency}",
    "/payments/bank-lists",
    "/books/expenses",
    "/books/ageing",
    "/books/files/invoices/csv",
    "/books/files/payments/csv",
    "/books/files/quickbooks.iif",
    "/api/v1/payments",
    "/api/v1/overdue?shown=all",
    "/api/v1/bank-lists",
    "/api/v1/expenses",
    "/api/v1/ageing",
    "/sign-ins",
    "/audit",
    "/closures",
    "/training/courses",
    "/training/courses/topics",
    "/training/learn",
    "/api/v1/closures",
    "/outbox",
    "/mail/quarantine",
    "/mail/automatic-replies",
    "/mail/automatic-replies?shown=muted",
    "/mail/addresses",
    "/complaints",
    "/conflicts",
    "/policy-changes",
    "/participation-letters",
    "/breaches",
    "/seats",
    "/training/sessions",
    "/training/sessions?shown=past",
    "/training/sessions?shown=mine",
    "/training/attendance",
    "/training/attendance.csv",
    "/training/meetings",
    "/api/v1/training-sessions",
    "/api/v1/training-sessions?shown=past",
    "/api/v1/attendance",
    "/api/v1/complaints",
    "/api/v1/conflicts",
    "/api/v1/policy-changes",
    "/api/v1/participation-letters",
    "/api/v1/breaches",
    "/api/v1/tickets",
    "/api/v1/access-requests",
    "/api/v1/departures",
    "/api/v1/data-requests",
    "/api/v1/client-requests",
    "/api/v1/demands",
    "/api/v1/disclosures",
    "/api/v1/deadlines",
)


@pytest.mark.parametrize("role", ROLES)
def test_no_list_search_or_count_tells_of_what_is_out_of_reach(standing: Standing, role: str):
    """Whatever the filters ask for: what another agency's, CoC's or Lead's things are called is on no page."""
    told = []
    for asked in Place:
        at = standing.things[asked]
        for path in (*LISTS, *SEARCHES):
            page = world.read(standing, role, path.format(word=at.word, **at.numbers))
            hidden = [t.mark for place, t in standing.things.items() if place not in REACH[role]]
            told += [(path, asked, mark) for mark in hidden if mark.lower() in page.lower()]
    assert not told


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_thing_tells_of_what_is_out_of_reach(standing: Standing, role: str):
    told = []
    for row in (row for row in ROWS if row.method == "GET" and row.thing):
        page = world.attempt(standing, row, role, Place.OWN).get_data().decode(errors="replace").lower()
        told += [
            (row.route, thing.mark)
            for place, thing in standing.things.items()
            if place not in REACH[role] and thing.mark.lower() in page
        ]
    assert not told


FINDS = {
    "/notices": "ertsx" + DESK,
    "/search?q=Slow": "ertsx" + DESK,
    "/api/v1/notices": "ertsx" + DESK,
    "/tickets?view=all": "etxgma",
    "/access?shown=all": AGENCY + LEAD,
    "/access/licenses": AGENCY + LEAD,
    "/departures": AGENCY + LEAD,
    "/deadlines": AGENCY + LEAD,
    "/data-requests": "rtxc" + DESK,
    "/search?q=Exits": "rtxc" + DESK,
    "/client-requests": AGENCY + DESK,
    "/demands": "e" + AGENCY + DESK,
    "/demands/disclosures?client=104877": AGENCY + DESK,
    "/api/v1/data-requests": "rtxc" + DESK,
    "/api/v1/disclosures": AGENCY + DESK,
    "/complaints": "ema",
    "/conflicts": "rxgma",
    "/participation-letters": "rxgma",
    "/breaches": "e" + AGENCY + DESK,
    "/training/sessions": EVERYBODY,
    "/training/attendance": AGENCY[:2] + LEAD,
    "/api/v1/training-sessions": EVERYBODY,
    "/api/v1/attendance": AGENCY[:2] + LEAD,
    "/agencies": AGENCY + LEAD,
    "/agencies/standing": AGENCY + LEAD,
    "/license-seats": LEAD,
    "/fees": "ma",
    "/invoices": "rxgma",
    "/api/v1/invoices": "rxgma",
    "/contracts": "ma",
    "/roster": "rxc" + LEAD,
    "/api/v1/roster": "rxc" + LEAD,
    "/api/v1/seat-types": LEAD,
    "/sign-ins": "tma",
    "/closures": LEAD,
    "/training/courses": "rt" + LEAD,
    "/training/learn": "ertsxgnmac",
    "/assignments?show=all": DESK,
    "/api/v1/assignments": DESK,
    "/staff": DESK,
    "/api/v1/staff": DESK,
    "/api/v1/closures": LEAD,
    "/outbox": "a",
    "/mail/quarantine": DESK,
    "/mail/addresses": "a",
    "/search?q=Zinnia": AGENCY + LEAD + "e",
    "/search?q=Printing": "etxgmac",
    "/api/v1/tickets": "etxgma",
    "/api/v1/access-requests": AGENCY + LEAD,
    "/api/v1/deadlines": AGENCY + LEAD,
}


@pytest.mark.parametrize("role", ROLES)
def test_a_list_has_what_is_in_reach(standing: Standing, role: str):
    """The other half: the lists above are not clean because they are empty."""
    mark = standing.things[Place.OWN].mark.lower()
    pages = {path: world.read(standing, role, path).lower() for path in FINDS}
    # What stands above every page, such as a notice of an outage, is no line of its list.
    finds = {path for path, page in pages.items() if mark in (page.partition("<h1")[2] or page)}
    assert finds == {path for path, roles in FINDS.items() if role in roles}


def test_an_end_user_sees_no_colleagues_request(standing: Standing):
    """Also not by number, by its file, by search or through the API."""
    beside = standing.things[Place.OWN].numbers["beside"]
    shown = {role: world.status(standing, role, f"/tickets/{beside}") for role in ROLES}
    assert shown == {role: 200 if role in "txgma" else 403 if role in "nc" else 404 for role in ROLES}
    assert world.status(standing, "e", f"/api/v1/tickets/{beside}") == 404
    for path in ("/tickets?view=all", "/", f"/search?q={beside}", "/search?q=Printing", "/api/v1/tickets"):
        assert f"/tickets/{beside}" not in world.read(standing, "e", path)
        assert f'"id":{beside},' not in world.read(standing, "e", path)


def test_a_file_of_another_ticket_is_not_there(standing: Standing):
    """A ticket one may see is no key to the files and messages of others."""
    own, other = standing.things[Place.OWN].numbers, standing.things[Place.OTHER].numbers
    for role in "etga":
        assert world.status(standing, role, f"/tickets/{own['ticket']}/files/{other['file']}") == 404
    assert world.status(standing, "a", f"/tickets/{own['ticket']}/messages/{other['message']}/reveal", "POST") == 404
    assert world.status(standing, "a", f"/tickets/{own['ticket']}/files/{other['file']}/reveal", "POST") == 404


@pytest.mark.parametrize("place", [Place.OTHER, Place.NEXT_DOOR, Place.FOREIGN])
def test_a_body_does_not_reach_further_than_an_address(standing: Standing, place: Place):
    """Another agency, its people and its projects named in what is sent, by those who may do it at home."""
    own, far = standing.things[Place.OWN].numbers, standing.things[place].numbers
    asked = {"name": "L. Chen", "email": "l@a.test", "employment": "paid-staff", "is_of_age": True}
    leaving = {"leaves_at": "2026-11-24T16:30:00-08:00", "reason": "left"}
    tried = [
        ("t", "/api/v1/tickets", {"subject": "S", "text": "T", "agency_id": far["agency"]}),
        ("r", "/api/v1/access-requests", {**asked, "agency_id": far["agency"], "project_ids": [far["project"]]}),
        ("r", "/api/v1/access-requests", {**asked, "agency_id": own["agency"], "project_ids": [far["project"]]}),
        ("r", "/api/v1/departures", {**leaving, "agency_id": far["agency"], "person_id": far["leaver"]}),
        ("r", "/api/v1/departures", {**leaving, "agency_id": own["agency"], "person_id": far["leaver"]}),
        ("a", "/api/v1/departures", {**leaving, "agency_id": own["agency"], "person_id": far["leaver"]}),
    ]
    for role, path, sent in tried:
        with world.undone(standing):
            response = standing.app.test_client().post(path, json=sent, headers=standing.headers[role])
            assert response.status_code in (404, 422), (path, role, response.get_data(as_text=True))
            assert standing.things[place].mark not in response.get_data(as_text=True)


WRITING = re.compile(r"\b(?:insert into|delete from|(?<!for )update) (?!login_session|api_token)\w+", re.IGNORECASE)


@pytest.fixture
def written() -> Iterator[list[str]]:
    """The statements that change something, but for when somebody was last seen."""
    found: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: object) -> None:
        if WRITING.search(" ".join(statement.split())):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("role", ROLES)
def test_looking_at_a_thing_that_is_there_writes_nothing(standing: Standing, role: str, written: list[str]):
    """Catalogue 42, with things that exist and for everybody who may look at them."""
    looked = 0
    for row in (row for row in ROWS if row.method == "GET" and role in row.may):
        written.clear()
        looked += world.attempt(standing, row, role, Place.OWN).status_code == 200
        assert not written, (row.route, written)
    assert looked > 10


def test_the_page_about_permissions_has_every_route():
    assert sorted(row.route for rows in permissions.PARTS.values() for row in rows) == sorted(row.route for row in ROWS)


def test_the_page_about_permissions_is_true(the_app):
    """Made anew by `python -m tests.guards.permissions`."""
    assert permissions.PAGE.read_text(encoding="utf-8") == permissions.page()
