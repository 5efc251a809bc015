"""Making courses, drafts, publishing, retiring, who sees what, and the training plan."""

from __future__ import annotations

import pytest

from core.policy import policy_for
from core.policy.vocabulary import LimitName, ListName
from tests.conftest import NOON
from tests.support.factories import World, make_coc, make_staff, make_world, member
from tests.support.factories import make_agency as make_house
from tests.support.signing_in import sign_in
from tests.training.courses.acting import (
    about,
    begin,
    completions,
    course,
    made,
    offered,
    page,
    pass_it,
    publish,
    said,
    seen,
    with_test,
    write,
)
from training.courses import queries
from training.courses.vocabulary import CourseState

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("missouri")


def test_a_course_is_made_written_published_and_found(client, world):
    form = about(world, title="Keeping data safe")
    answers = [sign_in(client, world.trainer).post("/training/courses/new", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 302]
    assert answers[0].location == answers[1].location, "the same form is the same course"
    row = course(int(answers[0].location.rsplit("/", 1)[1]))
    assert (row.state, row.code) == (CourseState.DRAFT, form["code"])
    assert "Keeping data safe" not in seen(client, world.administrator, "/training/courses")
    assert write(client, world.trainer, row).status_code == 302
    assert publish(client, world.trainer, row, "").status_code == 422
    assert publish(client, world.trainer, row).status_code == 302
    assert course(row.id).state is CourseState.OFFERED
    for person in (world.administrator, world.representative, world.agent):
        assert "Keeping data safe" in seen(client, person, "/training/courses"), person.name
    assert f"/training/courses/{row.id}" in page(client, world.agent, "/search?q=keeping")
    assert f"/training/learn/{row.id}" in page(client, world.end_user, "/search?q=keeping")
    assert "Keeping data safe" in seen(client, world.end_user, "/training/learn")


@pytest.mark.parametrize(("name", "value", "told"), [
    ("code", "no blanks", "capitals"), ("title", "", "title"), ("minutes", "-1", "day"), ("minutes", "1441", "day"),
    ("credits", ["gold"], "valid"), ("topics", ["gold"], "not on the list"), ("title", "SSN 123-45-6789", "client"),
    ("place", "lead-999999", "where it counts"),
])  # fmt: skip
def test_what_cannot_be_a_course_is_said_and_what_was_typed_stays(client, world, name, value, told):
    form = about(world, summary="Words that stay.", **{name: value})
    answer = sign_in(client, world.trainer).post("/training/courses/new", data=form)
    assert answer.status_code == 422
    assert told in said(answer)
    assert "Words that stay." in answer.get_data(as_text=True)


def test_a_code_is_there_once_in_an_office_and_free_in_another(client, world):
    form = about(world, code="SEC-101")
    assert sign_in(client, world.trainer).post("/training/courses/new", data=form).status_code == 302
    again = client.post("/training/courses/new", data={**form, "once": "another-key"})
    assert (again.status_code, "SEC-101 already" in said(again)) == (409, True)
    other = make_world("sonoma")
    assert (
        sign_in(client, other.trainer).post("/training/courses/new", data=about(other, code="SEC-101")).status_code
        == 302
    )


def test_a_published_version_never_changes_and_who_passed_keeps_it(client, world):
    row = with_test(client, world, 2, test={"has_test": "y", "draw": "2", "pass_percent": "100", "attempts": "0"})
    pass_it(client, world.end_user, row)
    (earned,) = completions(world.end_user, row)
    assert write(client, world.trainer, row, body="Another text.").status_code == 302
    assert "Another text." not in page(client, world.end_user, f"/training/learn/{row.id}")
    assert "Lock the screen" in page(client, world.trainer, f"/training/courses/{row.id}/versions/1")
    assert publish(client, world.trainer, row, "The text is shorter.").status_code == 302
    first = page(client, world.trainer, f"/training/courses/{row.id}/versions/1")
    assert ("Lock the screen" in first, "Another text." in first) == (True, False)
    assert "Another text." in page(client, world.agent, f"/training/courses/{row.id}/versions/2")
    (kept,) = completions(world.end_user, row)
    assert (kept.id, kept.version_id, kept.revoked_at) == (earned.id, earned.version_id, None)
    assert "The text is shorter." in seen(client, world.end_user, f"/training/learn/{row.id}")
    assert publish(client, world.trainer, row, "Nothing to publish").status_code in (404, 409)


def test_a_draft_is_discarded_and_what_is_offered_stays(client, world):
    row = offered(client, world)
    write(client, world.trainer, row, body="Another text.")
    assert sign_in(client, world.trainer).post(f"/training/courses/{row.id}/draft/discard").status_code == 302
    assert client.post(f"/training/courses/{row.id}/draft/discard").status_code == 409
    assert "Lock the screen" in page(client, world.trainer, f"/training/courses/{row.id}")


def test_what_it_counts_for_later_changes_nobodys_past(client, world):
    row = offered(client, world, credits=["security"])
    begin(client, world.end_user, row)
    client.post(f"/training/learn/{row.id}/read")
    edit = about(world, code=row.code, credits=["general", "data-security"], kind="live")
    assert sign_in(client, world.trainer).post(f"/training/courses/{row.id}/edit", data=edit).status_code == 302
    changed = course(row.id)
    assert (changed.credits, changed.kind) == (["data-security", "general"], "material"), "the kind stays"
    assert [one.credit for one in completions(world.end_user, row)[0].earned] == ["security"]


def test_who_has_begun_a_retired_course_finishes_it(client, world):
    row = offered(client, world)
    begin(client, world.end_user, row)
    retire = f"/training/courses/{row.id}/retire"
    assert sign_in(client, world.trainer).post(retire, data={"reason": ""}).status_code == 422
    assert client.post(retire, data={"reason": "Replaced."}).status_code == 302
    assert client.post(retire, data={"reason": "Replaced."}).status_code == 409
    assert sign_in(client, world.other_end_user).get(f"/training/learn/{row.id}").status_code == 404
    assert client.post(f"/training/learn/{row.id}/begin").status_code == 404
    assert sign_in(client, world.end_user).post(f"/training/learn/{row.id}/read").status_code == 302
    assert len(completions(world.end_user, row)) == 1
    assert sign_in(client, world.end_user).get(f"/training/learn/{row.id}").status_code == 404
    assert sign_in(client, world.trainer).post(f"/training/courses/{row.id}/offer").status_code == 302
    assert page(client, world.end_user, f"/training/learn/{row.id}")


def test_filters_and_pages_of_the_catalogue(client, world):
    rows = [
        offered(client, world, title=f"Course {n:02}", credits=["general"] if n % 2 else ["reporting"])
        for n in range(27)
    ]
    first = page(client, world.agent, "/training/courses")
    assert ("Course 24" in first, "Course 25" in first) == (True, False)
    link = next(part.split('"')[0] for part in first.split('href="') if "after=" in part.split('"')[0])
    assert "Course 26" in page(client, world.agent, link.replace("&amp;", "&"))
    only = page(client, world.agent, "/training/courses?credit=reporting&kind=material&state=offered&q=course")
    assert ("Course 02" in only, "Course 03" in only) == (True, False)
    assert "No course is like that" in page(client, world.agent, "/training/courses?kind=live")
    for odd in ("?credit=%00", "?topic=%22", "?q=%25%27", "?state=x&kind=y&after=!!"):
        assert sign_in(client, world.agent).get(f"/training/courses{odd}").status_code == 200
    assert len(rows) == 27


def test_a_manager_keeps_what_is_of_their_community_only(client, world):
    of_all = offered(client, world)
    assert sign_in(client, world.manager).get(f"/training/courses/{of_all.id}").status_code == 200
    assert sign_in(client, world.manager).get(f"/training/courses/{of_all.id}/draft").status_code == 403
    own = about(world, place=f"coc-{world.coc.id}")
    assert client.post("/training/courses/new", data=own).status_code == 302
    assert client.post("/training/courses/new", data=about(world)).status_code == 422
    other = make_coc(world.lead)
    theirs = make_staff(world.lead, "manager", other)
    row = made(client, world, place=f"coc-{world.coc.id}")
    assert sign_in(client, theirs).get(f"/training/courses/{row.id}").status_code == 404
    write(client, world.trainer, row)
    publish(client, world.trainer, row)
    elsewhere = member(make_house(other))
    assert sign_in(client, elsewhere).get(f"/training/learn/{row.id}").status_code == 404
    assert sign_in(client, world.end_user).get(f"/training/learn/{row.id}").status_code == 200
    assert row.title not in seen(client, elsewhere, "/training/learn")
    assert [one.id for one in queries.courses_for(elsewhere, NOON)] == [of_all.id]
    assert {one.id for one in queries.courses_for(world.end_user, NOON)} == {of_all.id, row.id}


def test_another_offices_course_is_not_there(client, world):
    row = offered(client, make_world("sonoma"))
    for path in (f"/training/courses/{row.id}", f"/training/learn/{row.id}", f"/training/courses/{row.id}/people"):
        assert sign_in(client, world.admin).get(path).status_code == 404, path


# ------------------------------------------------------------------ the training plan


@pytest.mark.rule("HUD-TR-1")
def test_the_plan_shows_all_nine_topics_and_the_gaps_first(client, world):
    topics = policy_for(world.coc, NOON.date()).list(ListName.TRAINING_TOPICS).items
    assert len(topics) == 9
    covered = list(topics)[:2]
    row = offered(client, world, topics=covered, credits=["general"])
    plan = seen(client, world.agent, "/training/courses/topics")
    assert "7 topics of 9 have no course yet" in plan
    places = {
        code: plan.index(f"{words} No course" if code not in covered else f"{words} Covered")
        for code, words in topics.items()
    }
    assert max(places[code] for code in topics if code not in covered) < min(places[code] for code in covered)
    assert row.title in plan
    rest = offered(client, world, topics=list(topics)[2:], credits=["general"])
    assert "0 topics of 9 have no course yet" in seen(client, world.agent, "/training/courses/topics")
    sign_in(client, world.trainer).post(f"/training/courses/{rest.id}/retire", data={"reason": "Old."})
    assert "7 topics of 9 have no course yet" in seen(client, world.agent, "/training/courses/topics")


@pytest.mark.rule("HUD-TR-1")
@pytest.mark.parametrize("credit", ["software", "confidentiality-and-privacy", "data-security"])
def test_the_plan_says_which_of_the_three_trainings_before_access_nobody_offers(client, world, credit):
    wanted = policy_for(world.coc, NOON.date()).list(ListName.TRAINING_BEFORE_ACCESS).items
    assert credit in wanted
    before = seen(client, world.trainer, "/training/courses/topics").partition("Before the first access")[2]
    assert before.count("None is offered.") == 3
    assert "once a year" in before
    row = offered(client, world, credits=[credit])
    before = seen(client, world.trainer, "/training/courses/topics").partition("Before the first access")[2]
    assert before.count("None is offered.") == 2
    assert f"{wanted[credit]} Offered {row.title}" in before


# ------------------------------------------------------------------ how long


@pytest.mark.rule("SON-TR-1")
@pytest.mark.parametrize(("over", "is_published"), [(-1, False), (0, True), (1, True)])
def test_the_security_training_is_as_long_as_the_manual_says(client, over, is_published):
    sonoma = make_world("sonoma", "America/Los_Angeles")
    length = policy_for(sonoma.coc, NOON.date()).limit(LimitName.SECURITY_TRAINING_LENGTH).number
    row = made(client, sonoma, minutes=str(length + over), credits=["security"])
    write(client, sonoma.trainer, row)
    answer = publish(client, sonoma.trainer, row)
    assert (course(row.id).state is CourseState.OFFERED) == is_published
    assert ("SON-TR-1" in said(answer)) != is_published
    if is_published:
        shorter = about(sonoma, code=row.code, minutes=str(length - 1), credits=["security"])
        answer = sign_in(client, sonoma.trainer).post(f"/training/courses/{row.id}/edit", data=shorter)
        assert (answer.status_code, course(row.id).minutes) == (422, length + over), (
            "what is offered goes on meeting it"
        )


def test_where_no_manual_says_how_long_it_may_be_short(client, world):
    row = made(client, world, minutes="5", credits=["security"])
    write(client, world.trainer, row)
    assert publish(client, world.trainer, row).status_code == 302
