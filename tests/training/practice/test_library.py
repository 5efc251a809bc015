"""Writing a case through the pages: the household, its sheet, its key, and versions that never change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.db import db
from tests.licensing.acting import read
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.training.practice.acting import give, hand_in, key, make_case, passes, review, said, versions
from training.courses.models import CourseState, VersionState
from training.practice.elements import catalog
from training.practice.models import PracticeCase

START = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)


@pytest.fixture
def world(app, travel):
    travel(START)
    return make_world("missouri")


def begin(client, world, **values):
    data = {"once": key(), "title": "The Samples", "hud_type": "1", "coc": "0", "course": "0", **values}
    return sign_in(client, world.trainer).post("/training/practice/cases/new", data=data)


def the_case() -> PracticeCase:
    db.session.expire_all()
    return db.session.scalars(select(PracticeCase).order_by(PracticeCase.id.desc()).limit(1)).one()


def post(client, world, path, **data):
    return sign_in(client, world.trainer).post(f"/training/practice/cases/{the_case().id}/{path}", data=data)


def add(client, world, **values):
    told = {"first": "Juniper", "last": "Sample", "born": "4/12/1988", "ssn": "900-45-0001", "relationship": "1"}
    return post(client, world, "members", **{**told, **values})


def line(client, world, part, code, *expected, **values):
    data = {"ref": "A", "code": code, "says": "", **values}
    if expected:
        data["expected"] = list(expected)
    return post(client, world, f"parts/{part}/lines", **data)


def test_a_case_is_written_published_and_given(client, world):
    assert begin(client, world).status_code == 302
    assert [part.step for part in the_case().newest.content.parts] == ["project-entry", "update", "project-exit"]
    refused = post(client, world, "publish")
    assert (refused.status_code, "The household needs one head" in said(refused)) == (409, True)
    assert add(client, world).status_code == 302
    page = sign_in(client, world.trainer).get(
        f"/training/practice/cases/{the_case().id}/parts/1/lines/new",
        query_string={"project-entry-ref": "A", "project-entry-code": "Enrollment.LivingSituation"},
    )
    assert "Place not meant for habitation" in said(page)
    assert line(client, world, 1, "Enrollment.LivingSituation", "116", says="Slept in her car").status_code == 302
    assert line(client, world, 2, "IncomeBenefits.EarnedAmount", value="910.50").status_code == 302
    assert line(client, world, 3, "Exit.ExitDate", value="11/25/2026").status_code == 302
    assert the_case().newest.content.parts[2].lines[0].expected == ("2026-11-25",)
    post(client, world, "parts/1/story", **{"part-1-story": "She came on a Monday."})
    assert post(client, world, "publish").status_code == 302
    assert the_case().course.title == "Practice cases"
    assert "Given out" in read(client, world.trainer, f"/training/practice/cases/{the_case().id}")
    track = give(world)
    sheet = read(client, world.end_user, f"/training/practice/{track.id}/sheet")
    for words in ("Household of Juniper Sample", "She came on a Monday.", "Slept in her car", "900-45-0001"):
        assert words in sheet
    assert "Project exit date" not in sheet
    passes(client, world, track.id, 3)


def test_a_published_version_never_changes_and_the_next_one_begins_as_its_copy(client, world):
    row = make_case(world)
    track = give(world)
    before = versions()[0].stored
    for path, data in (
        ("members", {"first": "Ada", "last": "Sample", "born": "1/1/2000", "relationship": "2"}),
        ("members/drop", {"ref": "B"}),
        ("parts/1/story", {"part-1-story": "Something else."}),
        ("parts/1/lines/drop", {"place": "A.Client.VeteranStatus"}),
        ("publish", {}),
    ):
        assert post(client, world, path, **data).status_code == 409, path
    assert post(client, world, "revise").status_code == 302
    assert post(client, world, "parts/1/story", **{"part-1-story": "Something else."}).status_code == 302
    assert versions()[0].stored == before
    assert track.current.version_id == versions()[0].id
    other = give(world, person=world.representative)
    assert other.current.version_id == versions()[0].id
    assert post(client, world, "publish").status_code == 302
    third = give(world, person=world.administrator)
    assert third.current.version_id == versions()[1].id
    assert (row.state, versions()[0].state) == (CourseState.OFFERED, VersionState.PUBLISHED)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("last", "Garcia", "must show that nobody is meant"),
        ("last", "Contested", "must show that nobody is meant"),
        ("ssn", "412-55-9012", "a number that nobody can have"),
        ("ssn", "899-99-9999", "a number that nobody can have"),
        ("ssn", "900", "a number that nobody can have"),
        ("born", "someday", "Write the birth date"),
        ("first", "", "Give a first name"),
    ],
)
def test_a_household_must_be_seen_to_be_invented(client, world, field, value, sentence):
    begin(client, world)
    answer = add(client, world, **{field: value})
    assert (answer.status_code, sentence in said(answer)) == (422, True)
    assert the_case().newest.content.members == ()


@pytest.mark.parametrize("ssn", ["000-45-0001", "666-45-0001", "900-00-0000", "999-99-9999", ""])
def test_numbers_that_are_never_issued(client, world, ssn):
    begin(client, world)
    assert add(client, world, ssn=ssn).status_code == 302


@pytest.mark.parametrize(
    ("code", "expected", "values"),
    [
        ("Enrollment.LivingSituation", ["9999"], {}),
        ("Enrollment.LivingSituation", [], {}),
        ("Enrollment.EntryDate", [], {"value": "tomorrow"}),
        ("IncomeBenefits.EarnedAmount", [], {"value": "much"}),
        ("Exit.Destination", ["410"], {}),
    ],
)
def test_a_key_expects_only_what_can_be_entered_in_that_part(client, world, code, expected, values):
    begin(client, world)
    add(client, world)
    assert line(client, world, 1, code, *expected, **values).status_code == 422
    assert the_case().newest.content.parts[0].lines == ()


def test_the_same_line_stands_in_a_key_once(client, world):
    begin(client, world)
    add(client, world)
    assert line(client, world, 1, "Client.VeteranStatus", "0").status_code == 302
    assert line(client, world, 1, "Client.VeteranStatus", "1").status_code == 422


def test_pressed_twice_one_case_and_one_copy(client, world):
    once = key()
    assert [begin(client, world, once=once).status_code for _ in range(2)] == [302, 302]
    assert len(versions()) == 1
    original = the_case().id
    for _ in range(2):
        path = f"/training/practice/cases/{original}/copy"
        assert sign_in(client, world.trainer).post(path, data={"once": "same"}).status_code == 302
    assert len(versions()) == 2


def test_the_elements_are_those_of_hud():
    """Each names a column of HUD's export, and a list has words for its codes."""
    known = catalog()
    assert len(known) > 90
    assert known["Disabilities.DisabilityResponse:5"].when == {"DisabilityType": "5"}
    assert known["Enrollment.LivingSituation"].words("116").startswith("Place not meant for habitation")
    assert all(one.choices for one in known.values() if one.kind == "list")


# ------------------------------------------------------------------ figures


def test_figures_say_what_to_teach_and_how_long_people_wait(client, world, travel):
    make_case(world, title="The Samples")
    track = give(world)
    hand_in(client, world.end_user, track.id)
    travel(START + timedelta(hours=6))
    review(client, world.trainer, accept=False, wrong=["Enrollment.LivingSituation"])
    hand_in(client, world.end_user, track.id)
    review(client, world.trainer, accept=False, wrong=["Enrollment.LivingSituation", "Enrollment.EntryDate"])
    page = read(client, world.trainer, "/training/practice/figures")
    assert "3.917 Prior living situation is wrong most often: 2 of 2 marks" in page
    assert "The Samples has the most wrong answers: 3 of 14 marks" in page
    assert "November 2026 2 3.0 h 5.4 h" in page
    assert sign_in(client, world.administrator).get("/training/practice/figures").status_code == 403
