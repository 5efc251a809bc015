from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy import catalog
from helpdesk.routing.rules import Choice, Worker, choose
from helpdesk.tickets.rules import Category

ANA = Worker(1, "Ana", frozenset({"problem"}), 9)
BEN = Worker(2, "Ben", frozenset({"problem", "training"}), 2)
CAY = Worker(3, "Cay", frozenset({"security"}), 5)
ALL = (ANA, BEN, CAY)
MISSOURI = catalog.in_force("missouri", date(2026, 11, 20))
VERMONT = catalog.in_force("vermont", date(2026, 11, 20))


def given_to(category: Category = Category.PROBLEM, assigned: int | None = None, workers=ALL, policy=MISSOURI):
    return choose(category, "Harbor House", assigned, workers, policy)


def test_the_administrator_of_the_agency_gets_it_however_busy():
    assert given_to(assigned=1) == Choice(1, ("Ana looks after Harbor House.",), "MO-HD-2")
    assert given_to(assigned=1, policy=VERMONT).rule == ""


def test_who_covers_gets_it_while_the_administrator_is_away():
    away = replace(ANA, is_away=True, cover_id=3)
    chosen = given_to(assigned=1, workers=(away, BEN, CAY))
    assert chosen == Choice(3, ("Ana looks after Harbor House and is away.", "Cay covers."), "HUD-HD-4")


@pytest.mark.parametrize("cover", [None, 3, 99])
def test_without_anybody_to_cover_it_goes_by_skill(cover: int | None):
    workers = (replace(ANA, is_away=True, cover_id=cover), BEN, replace(CAY, is_away=True))
    assert given_to(assigned=1, workers=workers).person_id == 2


def test_who_knows_the_subject_and_has_least():
    assert given_to() == Choice(2, ("Ben works on this kind of request and has the fewest open (2) of 2.",), "HUD-HD-6")
    assert given_to(Category.TRAINING).because == ("Ben works on this kind of request.",)


def test_among_equals_who_has_waited_longest():
    early, late = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (18, 19))
    workers = (replace(ANA, open_requests=2, last_given_at=late), replace(BEN, last_given_at=early))
    assert given_to(workers=workers).person_id == 2
    never = replace(workers[0], last_given_at=None)
    assert given_to(workers=(never, workers[1])).person_id == 1


def test_a_security_lapse_goes_to_who_knows_about_security_first():
    assert given_to(Category.SECURITY, assigned=1).person_id == 3
    assert given_to(Category.SECURITY, assigned=1, workers=(ANA, BEN)).person_id == 1


def test_a_subject_nobody_knows_goes_to_the_least_busy():
    assert given_to(Category.ACCESS) == Choice(2, ("Ben is there and has the fewest open (2) of 3.",))


def test_with_nobody_there_it_waits_for_all():
    nobody = given_to(assigned=1, workers=[replace(worker, is_away=True, cover_id=2) for worker in ALL])
    assert nobody.person_id is None
    assert "waits for all" in nobody.because[0]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.booleans()), min_size=1, max_size=8), st.integers(0, 8))
def test_nobody_who_is_away_gets_anything(people: list[tuple[bool, int, bool]], assigned: int):
    workers = [
        Worker(n, str(n), frozenset({"problem"} if able else ()), load, is_away=away, cover_id=(n + 1) % 8)
        for n, (able, load, away) in enumerate(people)
    ]
    chosen = given_to(assigned=assigned, workers=workers)
    there = {worker.person_id for worker in workers if not worker.is_away}
    assert (chosen.person_id in there) if there else chosen.person_id is None
