"""Where there is no export, a trainer types what they read in the training site, and the review is filled in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.licensing.acting import read
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in
from tests.training.practice.acting import give, hand_in, make_case, newest, review, said

START = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)
CODE = "e-A.Enrollment.LivingSituation"
AMOUNT = "e-A.IncomeBenefits.EarnedAmount"
DAY = "e-A.Enrollment.EntryDate"
NAME = "e-A.Client.FirstName"


@pytest.fixture
def world(app, travel):
    travel(START)
    return make_world("missouri")


@pytest.fixture
def waiting(client, world):
    make_case(world)
    hand_in(client, world.end_user, give(world).id)
    return newest()


def fill(client, world, row, values, by=None):
    return sign_in(client, by or world.trainer).post(f"/training/practice/reviews/{row.id}/values", data=values)


def found(place):
    return newest().found.get(place.removeprefix("e-"))


@pytest.mark.rule("MO-TR-5")
@pytest.mark.parametrize(
    ("field", "value", "compares"),
    [
        (AMOUNT, "$840.00", "right"),
        (AMOUNT, "840.01", "wrong"),
        (AMOUNT, "839.99", "wrong"),
        (DAY, "11/2/2026", "right"),
        (DAY, "2026-11-03", "wrong"),
        (CODE, "116", "right"),
        (CODE, "nothing-entered", "missing"),
        (NAME, "wrong", "wrong"),
        ("n-A.IncomeBenefits.EarnedAmount", "y", "missing"),
    ],
)
def test_what_was_read_is_compared_and_marks_its_line(client, world, waiting, field, value, compares):
    assert fill(client, world, waiting, {field: value}).status_code == 302
    place = field[2:]
    assert newest().found[place]["found"] == compares
    assert set(newest().found) == {place}, "what was not looked at stays open"
    page = client.get(f"/training/practice/reviews/{waiting.id}").get_data(as_text=True)
    mark = "right" if compares == "right" else "wrong"
    assert f'id="v-{place}-{mark}"' in page
    assert page.split(f'id="v-{place}-{mark}"')[1].split(">")[0].endswith("checked")


def test_more_is_read_later_and_what_was_read_before_stays(client, world, waiting):
    fill(client, world, waiting, {AMOUNT: "840"})
    fill(client, world, waiting, {DAY: "2026-11-02"})
    assert (found(AMOUNT)["found"], found(DAY)["found"]) == ("right", "right")
    assert review(client, world.trainer, accept=True).status_code == 302
    again = fill(client, world, waiting, {AMOUNT: "1"})
    assert (again.status_code, "was reviewed before" in said(again)) == (409, True)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "Nothing was read yet."),
        ({CODE: "9999"}, "from its list"),
        ({AMOUNT: "SSN 219-09-9999", DAY: "2026-11-02"}, "client"),
        ({AMOUNT: "8" * 101}, "100 characters at most"),
    ],
)
def test_what_cannot_be_meant_changes_nothing_and_comes_back_as_typed(client, world, waiting, values, says):
    refused = fill(client, world, waiting, values)
    assert (refused.status_code, says in said(refused), newest().found) == (422, True, {})
    if DAY in values:
        assert 'value="2026-11-02"' in refused.get_data(as_text=True)


def test_a_name_is_never_typed_only_how_it_compares(client, world, waiting):
    page = read(client, world.trainer, f"/training/practice/reviews/{waiting.id}")
    assert "Of a name, number or birth date say only how it compares." in page
    fill(client, world, waiting, {NAME: "Juniper", AMOUNT: "840"})
    assert found(NAME) is None
    path = f"/api/v1/training/practice-reviews/{waiting.id}/values"
    named = {"values": [{"place": "A.Client.FirstName", "entered": "Jane"}]}
    refused = client.post(path, json=named, headers=api_headers(world.trainer))
    assert (refused.status_code, "only how it compares" in refused.json["detail"]) == (422, True)


def test_by_api_and_only_for_who_reviews(client, world, waiting):
    path = f"/api/v1/training/practice-reviews/{waiting.id}/values"
    given = {
        "values": [
            {"place": "A.Client.FirstName", "found": "right"},
            {"place": "A.IncomeBenefits.EarnedAmount", "entered": "900"},
        ]
    }
    lines = client.post(path, json=given, headers=api_headers(world.trainer)).json["lines"]
    told = {one["place"]: one["found"] for one in lines if one["found"]}
    assert told == {"A.Client.FirstName": "right", "A.IncomeBenefits.EarnedAmount": "wrong"}
    unknown = {"values": [{"place": "Z.Client.FirstName", "entered": "x"}]}
    assert client.post(path, json=unknown, headers=api_headers(world.trainer)).status_code == 422
    assert client.post(path, json=given, headers=api_headers(world.agent)).status_code == 403
    assert fill(client, world, waiting, {AMOUNT: "900"}, by=world.agent).status_code == 403
