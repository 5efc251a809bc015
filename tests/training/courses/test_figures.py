"""Pass rates by course, by question and by try: what is counted, from how many on, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.people.models import StaffRole
from tests.support.counting import queries
from tests.support.factories import World, make_agency, make_coc, make_staff, make_world, member
from tests.support.signing_in import api_headers, sign_in
from tests.training.courses.acting import (
    answers,
    begin,
    course,
    pass_it,
    publish,
    seen,
    submit,
    try_test,
    with_test,
    write,
)
from training.courses.models import TestAnswer

FIGURES = "/training/courses/figures"
TEST = {"has_test": "y", "draw": "2", "pass_percent": "80", "attempts": "3"}


@pytest.fixture
def world(app, at_noon) -> World:
    return make_world("missouri")


@pytest.fixture
def row(client, world):
    return with_test(client, world, 2, TEST)


def tries(client, world, row, wrong):
    """One person after the other tries the test, with so many wrong answers each."""
    for count in wrong:
        pass_it(client, member(world.agency), row, count)


@pytest.mark.parametrize(("wrong", "shown"), [([0, 0, 1, 1], "Too few"), ([0, 0, 1, 1, 1], "40 %")])
def test_a_share_is_shown_from_five_tries_on(client, world, row, wrong, shown):
    tries(client, world, row, wrong)
    page = seen(client, world.trainer, FIGURES)
    assert f"{row.title} {len(wrong)} {shown} {shown}" in page
    told = client.get("/api/v1/courses/figures", headers=api_headers(world.trainer)).json["items"]
    assert [(one["tries"], one["percent"]) for one in told] == [(len(wrong), 40 if len(wrong) > 4 else None)]


def test_the_first_try_counts_by_itself(client, world, row):
    tries(client, world, row, [0, 0, 0, 1, 1])
    late = member(world.agency)
    begin(client, late, row)
    for wrong in (1, 0):
        tried = try_test(client, late, row)
        submit(client, late, tried, answers(tried, wrong))
    assert f"{row.title} 7 57 % 50 %" in seen(client, world.trainer, FIGURES)
    page = seen(client, world.trainer, f"/training/courses/{row.id}/figures")
    assert "Try 1 6 3 50 %" in page
    assert "Try 2 1 1 Too few" in page


def test_each_question_has_its_share_and_the_hardest_stands_first(client, world, row):
    tries(client, world, row, [0, 1, 1, 1, 2])
    marks = list(db.session.scalars(select(TestAnswer)))
    assert (len(marks), sum(mark.is_right for mark in marks)) == (10, 5)
    told = client.get(f"/api/v1/courses/{row.id}/figures", headers=api_headers(world.agent)).json
    counted = {}
    for mark in marks:
        counted.setdefault(mark.question_id, []).append(mark.is_right)
    assert {one["question_id"]: one["percent"] for one in told["questions"]} == {
        number: 100 * sum(some) // len(some) for number, some in counted.items()
    }
    shares = [one["percent"] for one in told["questions"]]
    assert shares == sorted(shares)
    page = seen(client, world.agent, f"/training/courses/{row.id}/figures")
    assert f"The hardest question was answered right by {shares[0]} %" in page
    assert page.index(told["questions"][0]["text"]) < page.index(told["questions"][1]["text"])


def test_by_version_and_a_question_that_was_replaced_says_so(client, world, row):
    tries(client, world, row, [0, 0])
    write(client, world.trainer, row, **TEST)
    publish(client, world.trainer, row, "Second version.")
    tries(client, world, course(row.id), [1])
    bank = db.session.scalars(select(TestAnswer.question_id).distinct()).all()
    form = {"once": "new", "kind": "true-false", "text": "A better one?", "lines": "true"}
    path = f"/training/courses/{row.id}/questions/{bank[0]}"
    assert sign_in(client, world.trainer).post(path, data=form).status_code == 302
    path = f"/training/courses/{row.id}/figures"
    assert "No longer asked" in seen(client, world.trainer, path)
    assert "Try 1 2 2 Too few" in seen(client, world.trainer, f"{path}?version=1")
    assert "Try 1 1 0 Too few" in seen(client, world.trainer, f"{path}?version=2")
    assert "Try 1 3 2 Too few" in seen(client, world.trainer, f"{path}?version=99")
    told = client.get(f"/api/v1/courses/{row.id}/figures?version=99", headers=api_headers(world.trainer))
    assert told.status_code == 404


@pytest.mark.parametrize(("days", "later", "count"), [("90", 90, 1), ("90", 91, 0), ("365", 91, 1)])
def test_only_what_was_finished_in_the_period_counts(client, world, row, days, later, count):
    tries(client, world, row, [0])
    at = clock.now()
    with clock.frozen(at + timedelta(days=later)):
        page = seen(client, world.trainer, f"{FIGURES}?days={days}")
        assert (row.title in page, "No test was finished" in page) == (bool(count), not count)


def test_who_works_for_one_community_counts_its_people(client, world, row):
    elsewhere = make_coc(world.lead)
    tries(client, world, row, [0, 0])
    pass_it(client, member(make_agency(elsewhere)), row)
    there = make_staff(world.lead, StaffRole.MANAGER, elsewhere)
    assert f"{row.title} 3" in seen(client, world.trainer, FIGURES)
    assert f"{row.title} 1" in seen(client, there, FIGURES)
    stranger = make_world("missouri").trainer
    assert row.title not in seen(client, stranger, FIGURES)
    assert sign_in(client, stranger).get(f"/training/courses/{row.id}/figures").status_code == 404
    assert sign_in(client, world.administrator).get(f"/training/courses/{row.id}/figures").status_code == 403


def test_the_pages_ask_as_much_for_one_try_as_for_many(client, world, row):
    tries(client, world, row, [0])
    sign_in(client, world.trainer)
    for path in (FIGURES, f"/training/courses/{row.id}/figures"):
        client.get(path)
    told = []
    for wrong in ([], [0, 1, 2, 0, 1, 2]):
        tries(client, world, row, wrong)
        sign_in(client, world.trainer)
        with queries() as asked:
            client.get(FIGURES)
            client.get(f"/training/courses/{row.id}/figures")
        told.append(len(asked))
    assert told[0] == told[1]
