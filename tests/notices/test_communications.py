"""What the Lead publishes to users is on record: the words, to whom they went, and who said that they know them."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest

from tests.conftest import NOON
from tests.licensing.acting import words
from tests.notices.acting import sent
from tests.support.factories import make_world, member
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.usefixtures("app", "at_noon")
NEWS = {"title": "News of November", "text": "The user meeting is on Thursday.", "groups": ["users"]}


@pytest.fixture
def world():
    return make_world("missouri")


def record(client, world, row, shown="all") -> dict[str, str]:
    """The table to take along: when each said that they read it, by name."""
    told = sign_in(client, world.agent).get(f"/notices/{row.id}/recipients.csv?shown={shown}").get_data(as_text=True)
    return {line["Name"]: line["Read at"] for line in csv.DictReader(StringIO(told))}


@pytest.mark.rule("MO-TR-11")
def test_what_was_published_to_whom_and_who_acknowledged_it_is_on_record(client, world, travel):
    row = sent(client, world.agent, "newsletter", asks_reading="y", **NEWS)
    late = member(world.agency, name="Lou Later")
    told = record(client, world, row)
    assert {"Erin Doyle", "Olga Finch"} <= set(told)
    assert (len(told), late.name in told) == (row.recipients, False), "whoever came later was not told"
    assert (set(told.values()), record(client, world, row, "done")) == ({""}, {}), "none so far"
    for minutes, person in ((1, world.end_user), (2, world.other_end_user)):
        travel(NOON + timedelta(minutes=minutes))
        assert sign_in(client, person).post(f"/notices/{row.id}/acknowledge").status_code == 302
        assert len(record(client, world, row, "done")) == minutes
    assert record(client, world, row, "done") == {
        "Erin Doyle": "2026-11-20T12:01:00-06:00", "Olga Finch": "2026-11-20T12:02:00-06:00",
    }  # fmt: skip
    travel(NOON + timedelta(days=400))
    page = words(sign_in(client, world.agent).get(f"/notices/{row.id}"))
    assert ("The user meeting is on Thursday." in page, "2 of them said that they have read it" in page) == (True, True)
    assert record(client, world, row, "done")["Erin Doyle"] == "2026-11-20T12:01:00-06:00"


@pytest.mark.rule("MO-TR-11")
def test_an_agency_knows_it_of_its_own_people(client, world):
    row = sent(client, world.agent, "newsletter", asks_reading="y", **NEWS)
    for person in (world.end_user, world.other_end_user):
        sign_in(client, person).post(f"/notices/{row.id}/acknowledge")
    told = sign_in(client, world.administrator).get(f"/notices/{row.id}/recipients.csv?shown=done")
    assert {line["Name"] for line in csv.DictReader(StringIO(told.get_data(as_text=True)))} == {"Erin Doyle"}
