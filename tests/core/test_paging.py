from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import unit_of_work
from core.paging import page_of
from core.people.models import Lead


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
