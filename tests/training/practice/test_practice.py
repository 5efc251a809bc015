"""From a case given to the last part accepted, through the pages of trainee and trainer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core import clock, events
from core.audit import verify
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import LeadStaff, StaffRole
from tests.licensing.acting import read
from tests.support.factories import make_staff, make_world
from tests.support.signing_in import sign_in
from tests.training.acting import begin, enrollment_of, make_course, make_series
from tests.training.practice.acting import (
    act,
    give,
    hand_in,
    key,
    make_case,
    newest,
    passes,
    review,
    said,
    teach,
    track_of,
)
from training.courses.models import Completion
from training.courses.vocabulary import CourseKind, How
from training.events import AccessRefused, PracticeCasePassed, PracticeReturned, PracticeSubmitted
from training.practice import services
from training.practice.models import PracticeAssignment, PracticeAttempt, PracticeMark, PracticeSegment, PracticeTrack
from training.practice.rules import SegmentState, TrackState

START = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)


@pytest.fixture
def world(app, travel):
    travel(START)
    return make_world("missouri")


TOLD = (PracticeSubmitted, PracticeReturned, PracticeCasePassed, AccessRefused)


@pytest.fixture
def news():
    """What the room tells the others, in order."""
    heard = []
    for kind in TOLD:
        events._subscribers[kind].append(heard.append)
    yield heard
    for kind in TOLD:
        events._subscribers[kind].remove(heard.append)


def states(track_id):
    return [segment.state for segment in track_of(track_id).current.segments]


@pytest.mark.rule("MO-TR-4")
def test_the_next_part_comes_out_only_when_the_last_ones_corrections_are_accepted(client, world):
    make_case(world)
    track = give(world)
    assert states(track.id) == [SegmentState.OPEN, SegmentState.LATER, SegmentState.LATER]
    hand_in(client, world.end_user, track.id)
    assert states(track.id) == [SegmentState.SUBMITTED, SegmentState.LATER, SegmentState.LATER]
    review(client, world.trainer, accept=False)
    assert states(track.id) == [SegmentState.RETURNED, SegmentState.LATER, SegmentState.LATER]
    assert "Update" not in said(sign_in(client, world.end_user).get(f"/training/practice/{track.id}/sheet"))
    passes(client, world, track.id)
    assert states(track.id) == [SegmentState.ACCEPTED, SegmentState.OPEN, SegmentState.LATER]
    assert "Update" in said(sign_in(client, world.end_user).get(f"/training/practice/{track.id}/sheet"))


@pytest.mark.rule("MO-TR-5")
@pytest.mark.rule("VT-TR-4")
@pytest.mark.parametrize("pack", ["missouri", "vermont"])
def test_each_part_is_reviewed_and_its_errors_go_back_to_be_corrected(client, app, travel, pack):
    travel(START)
    world = make_world(pack)
    steps = (("homework", "Homework"),) if pack == "vermont" else None
    make_case(world, **({"steps": steps} if steps else {}))
    track = give(world)
    hand_in(client, world.end_user, track.id, note="I was not sure about the car.")
    page = read(client, world.trainer, f"/training/practice/reviews/{newest().id}")
    assert "I was not sure about the car." in page
    assert "Slept in her car since August" in page
    refused = review(client, world.trainer, accept=True, wrong=["Enrollment.LivingSituation"])
    assert (refused.status_code, "return it for corrections" in said(refused)) == (422, True)
    done = review(
        client, world.trainer, accept=False, wrong=["Enrollment.LivingSituation"], summary="Nearly there.",
        **{"r-A.Enrollment.LivingSituation": "A car is no shelter: look at the list again."},
    )  # fmt: skip
    assert done.status_code == 302
    shown = read(client, world.end_user, f"/training/practice/{track.id}")
    for words in ("Nearly there.", "A car is no shelter", "Slept in her car since August", "To correct"):
        assert words in shown
    assert "Place not meant for habitation" not in shown
    mails = [m for m in db.session.scalars(select(OutboxMessage)) if m.message == "practice-news"]
    assert any("a few things are to be corrected" in mail.body_text for mail in mails)
    assert not any("Juniper" in mail.body_text for mail in mails)


@pytest.mark.rule("MO-TR-4")
def test_the_last_part_accepted_gives_the_course_once_and_tells_the_series(client, world, news):
    case = make_case(world)
    track = give(world)
    passes(client, world, track.id, 3)
    row = db.session.scalars(select(Completion)).one()
    assignment = db.session.scalars(select(PracticeAssignment)).one()
    assert (row.person_id, row.course_id, row.how) == (world.end_user.id, case.course_id, How.PRACTICE)
    assert (row.source_type, row.source_id) == ("practice_assignment", assignment.id)
    assert [type(one) for one in news] == [PracticeCasePassed]
    assert track_of(track.id).state is TrackState.PASSED
    assert hand_in(client, world.end_user, track.id).status_code == 409
    with unit_of_work():
        verify()


def test_a_button_pressed_twice_acts_once(client, world):
    make_case(world)
    track = give(world)
    once = key()
    assert [hand_in(client, world.end_user, track.id, once=once).status_code for _ in range(2)] == [302, 302]
    assert db.session.scalars(select(PracticeAttempt)).all() == [newest()]
    once, row = key(), newest()
    assert [review(client, world.trainer, accept=True, once=once, attempt_id=row.id).status_code for _ in range(2)] == [
        302,
        302,
    ]
    assert states(track.id)[:2] == [SegmentState.ACCEPTED, SegmentState.OPEN]
    once = key()
    assert [teach(client, world.trainer, track.id, once=once).status_code for _ in range(2)] == [302, 302]
    assert read(client, world.trainer, f"/training/practice/{track.id}").count("45 minutes, with") == 1
    assert db.session.scalars(select(PracticeMark)).all()


# ------------------------------------------------------------------ who gets which case


@pytest.mark.rule("MO-TR-3")
def test_one_case_for_each_kind_of_project_and_nobody_gets_the_same_one_twice(client, world):
    one, two, other = make_case(world), make_case(world), make_case(world, hud_type=13)
    first, rapid = give(world), give(world, 13)
    assert first.current.case_id == one.id
    assert rapid.current.case_id == other.id
    assert give(world).id == first.id
    passes(client, world, first.id, 3)
    again = give(world)
    assert again.id != first.id
    assert again.current.case_id == two.id
    passes(client, world, again.id, 3)
    third = give(world)
    assert third.current is None
    assert f"No practice case for {world.end_user.name}" in read(client, world.trainer, "/")
    refused = act(client, world.trainer, third.id, "case")
    assert (refused.status_code, "no case left" in said(refused)) == (409, True)
    new = make_case(world)
    assert act(client, world.trainer, third.id, "case").status_code == 302
    assert track_of(third.id).current.case_id == new.id


@pytest.mark.rule("MO-TR-9")
def test_access_that_grows_to_another_kind_of_project_needs_its_case_first(client, world):
    make_case(world)
    make_case(world, hud_type=13)
    track = give(world)
    assert services.practised_types(world.end_user.id, world.lead.id) == set()
    passes(client, world, track.id, 3)
    assert services.practised_types(world.end_user.id, world.lead.id) == {1}
    page = read(client, world.trainer, "/training/practice/give?q=Erin")
    assert "Erin Doyle: has practiced for Emergency Shelter - Night-by-Night." in page
    data = {
        "once": key(), "q": "Erin", "person": f"{world.end_user.id}-{world.agency.id}", "hud_type": "13",
        "language": "", "reason": "Works at the rapid re-housing project too.",
    }  # fmt: skip
    assert sign_in(client, world.trainer).post("/training/practice/give", data=data).status_code == 302
    extra = db.session.scalars(select(PracticeTrack).where(PracticeTrack.hud_type == 13)).one()
    assert services.practised_types(world.end_user.id, world.lead.id) == {1}
    passes(client, world, extra.id, 3)
    assert services.practised_types(world.end_user.id, world.lead.id) == {1, 13}


def test_a_case_of_another_community_or_a_retired_one_is_given_to_nobody(client, world):
    from tests.support.factories import make_coc

    make_case(world, coc=make_coc(world.lead))
    retired = make_case(world)
    assert sign_in(client, world.trainer).post(f"/training/practice/cases/{retired.id}/retire").status_code == 302
    assert give(world).current is None


# ------------------------------------------------------------------ the series' clocks


def test_the_series_hears_when_everything_is_handed_in_and_when_something_is_back(client, world, news):
    make_case(world)
    make_case(world, hud_type=13)
    series = make_series(world, make_course(world.lead, "Cases", kind=CourseKind.PRACTICE))
    with unit_of_work():
        from training.series import services as of_series

        row = of_series.enroll(
            db.session.merge(series), db.session.merge(world.end_user), db.session.merge(world.agency),
            of_series.Wish((1, 13)), clock.now(),
        )  # fmt: skip
    begin(client, world.end_user, row)
    number = enrollment_of(world.end_user.id).id
    one, two = give(world, 1, enrollment_id=number), give(world, 13, enrollment_id=number)
    hand_in(client, world.end_user, one.id)
    assert news == []
    hand_in(client, world.end_user, two.id)
    assert [type(event) for event in news] == [PracticeSubmitted]
    review(client, world.trainer, accept=True)
    assert [type(event) for event in news] == [PracticeSubmitted, PracticeReturned]


# ------------------------------------------------------------------ the queue


def test_the_queue_is_oldest_first_by_whose_it_is_and_by_language(client, world, travel):
    make_case(world)
    mine, others = give(world), give(world, person=world.representative)
    hand_in(client, world.end_user, mine.id, language="es")
    travel(START + timedelta(hours=5))
    hand_in(client, world.representative, others.id)
    page = read(client, world.trainer, "/training/practice/reviews")
    assert page.index("Erin Doyle") < page.index("Rosa Lind")
    assert "Rosa Lind" not in read(client, world.trainer, "/training/practice/reviews?language=es")
    assert "Erin Doyle" not in read(client, world.trainer, "/training/practice/reviews?language=en")
    first = db.session.scalars(select(PracticeAttempt).order_by(PracticeAttempt.id)).first()
    assert sign_in(client, world.trainer).post(f"/training/practice/reviews/{first.id}/take").status_code == 302
    assert "Erin Doyle" in read(client, world.trainer, "/training/practice/reviews?shown=mine")
    assert "Rosa Lind" not in read(client, world.trainer, "/training/practice/reviews?shown=mine")
    other = make_staff(world.lead, StaffRole.TRAINER, name="Tess Hale")
    refused = sign_in(client, other).post(f"/training/practice/reviews/{first.id}/take")
    assert (refused.status_code, "Theo Marsh has taken this one" in said(refused)) == (409, True)
    assert (
        sign_in(client, other).post(f"/training/practice/reviews/{first.id}/take", data={"over": "1"}).status_code
        == 302
    )


def test_a_trainers_languages_decide_what_today_shows_them(client, world):
    make_case(world)
    track = give(world)
    hand_in(client, world.end_user, track.id, language="es")
    assert "Review: Erin Doyle" not in read(client, world.trainer, "/")
    answer = sign_in(client, world.trainer).post("/training/practice/reviews/languages", data={"spoken": ["es"]})
    assert answer.status_code == 302
    db.session.expire_all()
    row = db.session.scalars(select(LeadStaff).where(LeadStaff.person_id == world.trainer.id)).one()
    assert row.skills == ["lang:es"]
    assert "Review: Erin Doyle" in read(client, world.trainer, "/")


def test_finishing_leads_to_the_next_in_the_queue(client, world):
    make_case(world)
    one, two = give(world), give(world, person=world.representative)
    hand_in(client, world.end_user, one.id)
    first = newest().id
    hand_in(client, world.representative, two.id)
    second = newest().id
    assert review(client, world.trainer, accept=True, attempt_id=first).location.endswith(f"/reviews/{second}")
    assert review(client, world.trainer, accept=True, attempt_id=second).location.endswith("/reviews")


def test_nobody_reviews_their_own_work(client, world):
    make_case(world)
    track = give(world, person=world.trainer)
    hand_in(client, world.trainer, track.id)
    assert review(client, world.trainer, accept=True).status_code == 409
    assert "This is your own work" in read(client, world.trainer, f"/training/practice/reviews/{newest().id}")


def test_a_remark_is_kept_to_be_used_again(client, world):
    make_case(world)
    track = give(world)
    hand_in(client, world.end_user, track.id)
    place = "r-A.Client.VeteranStatus"
    review(client, world.trainer, accept=False, keeps_remarks="y", **{place: "Ask everybody of 18 and older."})
    assert "Ask everybody of 18 and older." in read(client, world.trainer, "/training/practice/remarks")
    hand_in(client, world.end_user, track.id)
    page = sign_in(client, world.trainer).get(f"/training/practice/reviews/{newest().id}").get_data(as_text=True)
    assert '<option value="Ask everybody of 18 and older.">' in page


# ------------------------------------------------------------------ what people type


@pytest.mark.parametrize("number", ["", "Juniper Sample", "no digits"])
def test_a_client_number_is_never_a_name(client, world, number):
    make_case(world)
    track = give(world)
    answer = hand_in(client, world.end_user, track.id, client_number=number)
    assert answer.status_code == 422
    assert "never a name" in said(answer)


def test_client_data_in_a_note_a_remark_or_a_summary_is_refused_and_what_was_typed_stays(client, world):
    make_case(world)
    track = give(world)
    leaked = "Her SSN is 412-55-9012."
    assert hand_in(client, world.end_user, track.id, note=leaked).status_code == 422
    hand_in(client, world.end_user, track.id)
    for values in ({"summary": leaked}, {"r-A.Client.VeteranStatus": leaked}):
        answer = review(client, world.trainer, accept=False, **values)
        assert answer.status_code == 422
        assert "what looks like a client" in said(answer)
    assert newest().reviewed_at is None
    assert db.session.scalars(select(PracticeSegment.state).order_by(PracticeSegment.id)).first() == "submitted"
