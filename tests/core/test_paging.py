from __future__ import annotations

import base64
import json

import pytest
from sqlalchemy import select

from core import paging
from core.db import unit_of_work
from core.paging import Sought, page_of
from core.people.models import Lead
from helpdesk.reports.models import Theme
from tests.support.counting import queries


@pytest.fixture
def leads(app):
    with unit_of_work() as session:
        session.add_all(Lead(name=f"{n:03}", tz="UTC") for n in range(7))


def names(page):
    return [lead.name for lead in page]


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize("descending", [False, True])
def test_pages_forward_and_back_show_each_row_once(descending):
    def turn(**cursor):
        cursors = {"after": "", "before": "", **cursor}
        return page_of(select(Lead), [Lead.name, Lead.id], size=3, descending=descending, **cursors)

    first = turn()
    second = turn(after=first.next)
    third = turn(after=second.next)
    everything = sorted((f"{n:03}" for n in range(7)), reverse=descending)
    assert names(first) + names(second) + names(third) == everything
    assert (first.prev, third.next) == (None, None)
    assert names(turn(before=third.prev)) == names(second)
    back = turn(before=second.prev)
    assert (names(back), back.prev) == (names(first), None)


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize("cursor", ["x", "%%%", "W10", "WzEsMl0", "WyJhIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "bnVsbA"])
def test_a_cursor_that_was_tampered_with_gives_the_first_page(cursor):
    page = page_of(select(Lead), [Lead.name, Lead.id], size=3, after=cursor, before="")
    assert names(page) == ["000", "001", "002"]


HOSTILE = [b"[" * 5_000, b'["a\\u0000b",1]', b'["\\ud800",1]']


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize("told", HOSTILE, ids=["deep", "nul", "half-a-letter"])
def test_a_cursor_that_no_database_takes_gives_the_first_page(told):
    cursor = base64.urlsafe_b64encode(told).decode().rstrip("=")
    page = page_of(select(Lead), [Lead.name, Lead.id], size=3, after=cursor, before="")
    assert names(page) == ["000", "001", "002"]


@pytest.mark.usefixtures("app")
def test_a_cursor_with_a_number_beyond_its_column_gives_the_first_page():
    cursor = base64.urlsafe_b64encode(json.dumps([2**31, 1]).encode()).decode().rstrip("=")
    assert len(page_of(select(Theme), [Theme.recent, Theme.id], after=cursor, before="")) == 0


@pytest.fixture
def many(app, monkeypatch):
    """More rows than are looked at nearest first; every third is even-handed, one far back is odd."""
    monkeypatch.setattr(paging, "NEAR", 20)
    with unit_of_work() as session:
        session.add_all(
            Lead(name=f"{n:03}", tz="rare" if n == 3 else "even" if n % 3 == 0 else "UTC") for n in range(60)
        )


def looked_for(word, **cursor):
    sought = Sought(Lead.tz, lambda column: column == word)
    cursors = {"after": "", "before": "", **cursor}
    return page_of(select(Lead), [Lead.name, Lead.id], size=4, descending=True, sought=sought, **cursors)


@pytest.mark.usefixtures("many")
def test_what_is_common_is_found_among_the_nearest_in_one_question():
    with queries() as asked:
        assert names(looked_for("even")) == ["057", "054", "051", "048"]
    assert len(asked) == 1


@pytest.mark.usefixtures("many")
def test_what_is_rare_is_found_wherever_it_lies():
    assert names(looked_for("rare")) == ["003"]
    assert names(looked_for("nowhere")) == []


@pytest.mark.usefixtures("many")
def test_turning_pages_of_what_is_sought_shows_each_row_once():
    seen, page = [], looked_for("even")
    while True:
        seen += names(page)
        if page.next is None:
            break
        page = looked_for("even", after=page.next)
    assert seen == [f"{n:03}" for n in range(57, 0, -3) if n != 3] + ["000"]
    back = looked_for("even", before=page.prev)
    assert names(back) == seen[-len(names(page)) - 4 : -len(names(page))]
