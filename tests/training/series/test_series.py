"""From an approved request to the last step of the series, through the pages and the sweep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.audit import verify
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, deadlines_of, fire_due
from core.events import publish
from core.outbox import OutboxMessage
from core.people.models import Designation, DesignationKind, Membership, Person
from licensing.access.models import LicenseState
from tests.licensing.acting import (
    activate,
    confirm,
    confirm_all,
    decide,
    give_license,
    lines_of,
    mails,
    read,
    request_made,
    words,
)
from tests.support.factories import make_staff, make_world
from tests.support.signing_in import sign_in
from tests.training.acting import BEFORE_ACCESS, begin, did, enrollment_of, make_course, make_series
from tests.training.courses.acting import answers, submit, try_test, with_test
from tests.training.courses.acting import begin as start_course
from training.courses.completions import revoke
from training.courses.models import Completion
from training.courses.vocabulary import CourseKind, How
from training.events import PracticeCasePassed, PracticeReturned, PracticeSubmitted
from training.series import services
from training.series.rules import EnrollmentState
from training.series.windows import COMPLETION, LIMIT

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 11, 2, 10, 0, tzinfo=NEW_YORK)


@pytest.fixture
def vermont(app, travel):
    travel(START.astimezone(UTC))
    return make_world("vermont", tz="America/New_York")


@pytest.fixture
def missouri(app, travel):
    travel(START.astimezone(UTC))
    return make_world("missouri")


def lena() -> Person:
    return db.session.scalars(select(Person).where(Person.email == "l.chen@agency.test")).one()


def approved(client, world, **values):
    """Approved by the manager: the person is there and has the series before them."""
    row = request_made(client, world, **values)
    assert decide(client, world.manager, row).status_code == 302
    return row


def level(pack: str) -> dict[str, str]:
    return {"level": "case-manager-iii"} if pack == "vermont" else {}


# ------------------------------------------------------------------ beginning


@pytest.mark.rule("MO-TR-1")
@pytest.mark.rule("VT-TR-1")
@pytest.mark.parametrize("pack", ["missouri", "vermont"])
def test_approval_begins_the_series_and_no_license_comes_before_it_is_complete(client, app, travel, pack):
    travel(START.astimezone(UTC))
    world = make_world(pack)
    first, second = make_course(world.lead, "Security"), make_course(world.lead, "Standards")
    make_series(world, first, second)
    row = request_made(client, world, **level(pack))
    assert db.session.scalar(select(Person).where(Person.email == "l.chen@agency.test")) is None
    assert "The series begins when the request is approved." in read(client, world.manager, f"/access/{row.id}")
    decide(client, world.manager, row)
    person = lena()
    assert (
        db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one().agency_id
        == world.agency.id
    )
    assert [mail.person_id for mail in mails("account-invitation")] == [person.id]
    assert person.id in [mail.person_id for mail in mails("series-news")]
    confirm_the_rest(client, world, row)
    did(person.id, first)
    assert lines_of(row)["training-complete"] == "missing"
    refused = activate(client, world.manager, row)
    assert refused.status_code == 409
    assert "training complete" in words(refused)
    did(person.id, second)
    assert lines_of(row)["training-complete"] == "met"
    assert activate(client, world.manager, row).status_code == 302
    with unit_of_work():
        verify()


def confirm_the_rest(client, world, row):
    from tests.licensing import acting

    for line in sorted(lines_of(row)):
        if line not in ("training-complete", "training-test-passed", "security-training-complete"):
            acting.confirm(client, world.admin, row, line)


@pytest.mark.rule("MO-TR-1")
def test_nobody_confirms_by_hand_what_the_series_says(client, missouri):
    make_series(missouri, make_course(missouri.lead))
    row = approved(client, missouri)
    assert confirm(client, missouri.admin, row, "training-complete").status_code == 422
    assert lines_of(row)["training-complete"] == "missing"


def test_where_a_community_has_no_series_the_staff_goes_on_confirming(client, missouri):
    row = approved(client, missouri)
    confirm_all(client, missouri.admin, row)
    assert activate(client, missouri.manager, row).status_code == 302


@pytest.mark.rule("SAC-TR-1")
def test_sacramento_needs_the_training_and_its_test(client, app, travel):
    travel(START.astimezone(UTC))
    world = make_world("sacramento")
    course = make_course(world.lead, "User training")
    make_series(world, course)
    row = approved(client, world)
    did(lena().id, course, how=How.READ)
    assert (lines_of(row)["training-complete"], lines_of(row)["training-test-passed"]) == ("met", "missing")
    quiz = make_course(world.lead, "The test of it")
    did(lena().id, quiz, how=How.TEST)
    assert lines_of(row)["training-test-passed"] == "met"


def test_a_request_denied_after_all_ends_the_series(client, missouri):
    make_series(missouri, make_course(missouri.lead))
    row = approved(client, missouri)
    decide(client, missouri.manager, db.session.get_one(type(row), row.id), "deny", "Not needed any more.")
    assert enrollment_of(lena().id).state is EnrollmentState.WITHDRAWN


@pytest.mark.parametrize("is_named", [False, True])
def test_who_works_at_the_agency_only_by_an_approval_does_not_once_it_is_taken_back(client, missouri, is_named):
    make_series(missouri, make_course(missouri.lead))
    denied = approved(client, missouri)
    if is_named:
        with unit_of_work() as session:
            duty = {"kind": DesignationKind.SECURITY_OFFICER, "started_on": START.date()}
            session.add(Designation(agency_id=missouri.agency.id, person_id=lena().id, **duty))
    decide(client, missouri.manager, db.session.get_one(type(denied), denied.id), "deny", "Not needed any more.")
    assert [row.ended_at for row in lenas_work()] == ([None] if is_named else [START])
    withdrawn = approved(client, missouri)
    path = f"/access/{withdrawn.id}/withdraw"
    assert sign_in(client, missouri.representative).post(path).status_code == 302
    assert [row.ended_at for row in lenas_work()] == ([None] if is_named else [START, START])
    refused = request_made(client, missouri, email=missouri.end_user.email, name=missouri.end_user.name)
    decide(client, missouri.manager, refused)
    decide(client, missouri.manager, db.session.get_one(type(refused), refused.id), "deny", "Not needed any more.")
    worked = db.session.scalars(select(Membership).where(Membership.person_id == missouri.end_user.id)).one()
    assert worked.ended_at is None, "who worked there before goes on"


def lenas_work() -> list[Membership]:
    db.session.expire_all()
    return list(db.session.scalars(select(Membership).where(Membership.person_id == lena().id).order_by(Membership.id)))


def test_the_steps_open_one_after_the_other(client, missouri):
    one, two = make_course(missouri.lead, "Security"), make_course(missouri.lead, "Standards")
    make_series(missouri, one, two)
    approved(client, missouri)
    row = enrollment_of(lena().id)
    assert "When you begin, your days start to count" in read(client, lena(), "/training")
    begin(client, lena(), row)
    page = read(client, lena(), "/training")
    assert "To do now 1. Security" in page
    assert "Later 2. Standards" in page
    did(lena().id, one)
    assert "Complete 1. Security" in read(client, lena(), "/training")


def test_only_the_person_begins(client, missouri):
    make_series(missouri, make_course(missouri.lead))
    approved(client, missouri)
    row = enrollment_of(lena().id)
    assert sign_in(client, missouri.admin).post(f"/training/enrollments/{row.id}/start").status_code == 404


# ------------------------------------------------------------------ the windows


def running(client, world):
    course = make_course(world.lead, "Security")
    homework = make_course(world.lead, "Homework", kind=CourseKind.PRACTICE)
    make_series(world, course, homework)
    approved(client, world, level="case-manager-iii")
    row = enrollment_of(lena().id)
    begin(client, lena(), row)
    return course, row


def clocks(row):
    return {clock.kind: clock for clock in deadlines_of(row)}


@pytest.mark.rule("VT-TR-2")
@pytest.mark.parametrize(("seconds", "state"), [(-1, State.MET), (0, State.MET), (1, State.FIRED)])
def test_vermont_gives_15_days_to_hand_everything_in(client, vermont, travel, seconds, state):
    course, row = running(client, vermont)
    due = clocks(row)[COMPLETION].due_at
    assert due.astimezone(NEW_YORK) == datetime(2026, 11, 17, 23, 59, 59, tzinfo=NEW_YORK)
    travel(due + timedelta(seconds=seconds))
    fire_due()
    did(lena().id, course)
    with unit_of_work():
        publish(PracticeSubmitted(row.id, due + timedelta(seconds=seconds)))
    db.session.expire_all()
    clock_row = clocks(row)[COMPLETION]
    assert clock_row.state is State.MET
    assert clock_row.was_late == (state is State.FIRED)
    late = [mail for mail in mails("series-news") if "not handed in everything" in mail.body_text]
    assert bool(late) == (state is State.FIRED)


@pytest.mark.rule("VT-TR-3")
@pytest.mark.parametrize(("seconds", "state"), [(-1, "complete"), (0, "complete"), (1, "lapsed")])
def test_vermont_has_the_series_taken_again_after_30_days(client, vermont, travel, seconds, state):
    course, row = running(client, vermont)
    due = clocks(row)[LIMIT].due_at
    assert due.astimezone(NEW_YORK) == datetime(2026, 12, 2, 23, 59, 59, tzinfo=NEW_YORK)
    did(lena().id, course)
    travel(due + timedelta(seconds=seconds))
    fire_due()
    with unit_of_work():
        publish(passed(row, due + timedelta(seconds=seconds)))
    db.session.expire_all()
    assert row.state == state
    newest = enrollment_of(lena().id)
    if state == "lapsed":
        assert (newest.number, newest.previous_id, newest.state) == (2, row.id, EnrollmentState.ASSIGNED)
        assert [step.met_at for step in newest.steps] == [None, None]
    else:
        assert newest.id == row.id


def passed(row, at, hud_type=1):
    return PracticeCasePassed(1, row.lead_id, row.person_id, row.agency_id, hud_type, row.id, at)


@pytest.mark.rule("VT-TR-3")
def test_the_clock_goes_on_while_somebody_reviews_because_the_manual_makes_no_exception(client, vermont, travel):
    course, row = running(client, vermont)
    did(lena().id, course)
    with unit_of_work():
        publish(PracticeSubmitted(row.id, START + timedelta(days=3)))
    db.session.expire_all()
    assert clocks(row)[LIMIT].state is State.PENDING


@pytest.mark.rule("VT-TR-3")
def test_what_comes_back_for_corrections_is_the_persons_turn_again(client, vermont):
    course, row = running(client, vermont)
    did(lena().id, course)
    for event, words_ in ((PracticeSubmitted, "In review 2. Homework"), (PracticeReturned, "To do now 2. Homework")):
        with unit_of_work():
            publish(event(row.id, START + timedelta(days=3)))
        assert words_ in read(client, lena(), "/training")


@pytest.mark.rule("VT-TR-2")
def test_the_person_agency_and_trainer_are_warned_before_the_end(client, vermont, travel):
    _, row = running(client, vermont)
    with unit_of_work():
        services.hand_to(db.session.get_one(type(row), row.id), vermont.trainer)
    due = clocks(row)[COMPLETION].due_at
    travel(due - timedelta(days=5))
    fire_due()
    told = {mail.person_id for mail in mails("series-news") if "ends soon" in mail.body_text}
    assert told == {lena().id, vermont.administrator.id, vermont.trainer.id}


def test_a_manual_without_days_opens_no_clock(client, missouri):
    make_series(missouri, make_course(missouri.lead))
    approved(client, missouri)
    row = enrollment_of(lena().id)
    begin(client, lena(), row)
    assert deadlines_of(row) == []


# ------------------------------------------------------------------ practice cases, waivers, repeats


@pytest.mark.rule("MO-TR-3")
@pytest.mark.parametrize(("cases", "is_complete"), [([1], False), ([1, 1], False), ([1, 13], True)])
def test_one_case_for_each_kind_of_project(client, missouri, cases, is_complete):
    from tests.support.factories import make_project

    make_series(missouri, make_course(missouri.lead, "Cases", kind=CourseKind.PRACTICE))
    other = make_project(missouri.agency, hud_type=13)
    row = request_made(client, missouri, projects=[str(missouri.project.id), str(other.id)])
    decide(client, missouri.manager, row)
    mine = enrollment_of(lena().id)
    begin(client, lena(), mine)
    for hud_type in cases:
        with unit_of_work():
            services._case_passed(
                PracticeCasePassed(1, mine.lead_id, mine.person_id, mine.agency_id, hud_type, mine.id, START)
            )
    db.session.expire_all()
    assert (mine.state is EnrollmentState.COMPLETE) == is_complete


@pytest.mark.rule("VT-TR-5")
def test_vermont_waives_the_series_for_a_returning_user_with_a_reason_and_for_nobody_else(client, vermont):
    make_series(vermont, make_course(vermont.lead))
    approved(client, vermont, level="case-manager-iii")
    row = enrollment_of(lena().id)
    answer = waive(client, vermont.manager, row, "Knows the system well.")
    assert (answer.status_code, "Only somebody who had a license before" in words(answer)) == (409, True)
    returning = came_back(client, vermont)
    assert returning.is_returning
    assert waive(client, vermont.trainer, returning, "Knows it.").status_code == 403
    assert waive(client, vermont.manager, returning, "").status_code == 422
    assert waive(client, vermont.manager, returning, "Left in May; nothing has changed since.").status_code == 302
    again = enrollment_of(returning.person_id)
    assert (again.state, again.closed_reason) == (EnrollmentState.WAIVED, "Left in May; nothing has changed since.")


def waive(client, person, row, reason):
    return sign_in(client, person).post(f"/training/enrollments/{row.id}/waive", data={"once": "w", "reason": reason})


def came_back(client, world):
    """Somebody whose license ended is asked for again."""
    held = give_license(world.end_user, world.agency)
    with unit_of_work():
        db.session.get_one(type(held), held.id).state = LicenseState.ENDED
    values = level("vermont") if world.coc.pack == "vermont" else {}
    row = request_made(client, world, name=world.end_user.name, email=world.end_user.email, **values)
    decide(client, world.manager, row)
    return enrollment_of(world.end_user.id)


@pytest.mark.rule("MO-TR-10")
def test_missouri_has_everybody_who_comes_back_take_the_series_again(client, missouri):
    course = make_course(missouri.lead)
    make_series(missouri, course)
    did(missouri.end_user.id, course, START - timedelta(days=400))
    row = came_back(client, missouri)
    assert [step.met_at for step in row.steps] == [None]
    answer = waive(client, missouri.admin, row, "Knows it.")
    assert (answer.status_code, "takes the series again" in words(answer)) == (409, True)


@pytest.mark.rule("VT-TR-10")
def test_somebody_below_the_standard_is_told_to_take_it_again(client, vermont):
    series = make_series(vermont, make_course(vermont.lead))
    form = {
        "once": "o1",
        "person": f"{vermont.end_user.id}-{vermont.agency.id}",
        "series": str(series.id),
        "reason": "40 percent of exits miss a destination.",
    }
    path = f"/training/enrollments/new?q={vermont.end_user.name.split()[0]}"
    assert sign_in(client, vermont.agent).post(path, data=form).status_code == 403
    assert sign_in(client, vermont.trainer).post(path, data=form | {"reason": ""}).status_code == 422
    assert sign_in(client, vermont.trainer).post(path, data=form).status_code == 302
    row = enrollment_of(vermont.end_user.id)
    assert "40 percent of exits" in read(client, vermont.end_user, f"/training/enrollments/{row.id}")
    again = sign_in(client, vermont.trainer).post(path, data=form)
    assert (again.status_code, "on the way in this series already" in words(again)) == (409, True)


def test_a_completion_that_was_a_mistake_opens_its_step_and_the_series_again(client, missouri):
    course = make_course(missouri.lead)
    make_series(missouri, course)
    row = approved(client, missouri)
    did(lena().id, course)
    mine = enrollment_of(lena().id)
    assert mine.state is EnrollmentState.COMPLETE
    proof = db.session.scalars(select(Completion).where(Completion.course_id == course.id)).one()
    with unit_of_work():
        revoke(
            db.session.get_one(Completion, proof.id),
            missouri.admin.id,
            "It was another person.",
            START + timedelta(days=1),
        )
    assert enrollment_of(lena().id).state is EnrollmentState.RUNNING
    assert lines_of(row)["training-complete"] == "missing"


@pytest.mark.rule("VT-TR-2")
@pytest.mark.rule("VT-TR-3")
@pytest.mark.parametrize(("seconds", "state"), [(-1, "running"), (0, "running"), (1, "lapsed")])
def test_a_series_that_is_opened_again_has_the_manuals_days_anew(client, vermont, travel, seconds, state):
    course = make_course(vermont.lead)
    make_series(vermont, course)
    approved(client, vermont, **level("vermont"))
    did(lena().id, course)
    row = enrollment_of(lena().id)
    assert [one.state for one in deadlines_of(row)] == [State.MET, State.MET]
    travel(START + timedelta(days=100))
    with unit_of_work() as session:
        proof = session.scalars(select(Completion).where(Completion.course_id == course.id)).one()
        revoke(proof, vermont.admin.id, "It was another person.", START + timedelta(days=100))
    first, limit = clocks(row)[COMPLETION], clocks(row)[LIMIT]
    assert first.due_at.astimezone(NEW_YORK) == datetime(2027, 2, 25, 23, 59, 59, tzinfo=NEW_YORK)
    assert limit.due_at - first.due_at >= timedelta(days=14)
    assert "no longer counts for Lena Chen" in str(limit.explanation)
    travel(limit.due_at + timedelta(seconds=seconds))
    fire_due()
    db.session.expire_all()
    assert db.session.get_one(type(row), row.id).state == state


# ------------------------------------------------------------------ who sees whom


def test_another_agencys_people_are_not_there(client, missouri):
    make_series(missouri, make_course(missouri.lead))
    approved(client, missouri)
    row = enrollment_of(lena().id)
    assert sign_in(client, missouri.other_representative).get(f"/training/enrollments/{row.id}").status_code == 404
    assert sign_in(client, missouri.other_end_user).get(f"/training/enrollments/{row.id}").status_code == 404
    assert "Lena Chen" not in read(client, missouri.other_representative, "/training/enrollments")
    assert "Lena Chen" in read(client, missouri.representative, "/training/enrollments")


def test_the_list_finds_by_state_trainer_and_name(client, missouri):
    make_series(missouri, make_course(missouri.lead))
    approved(client, missouri)
    found = ("?state=assigned", "?q=len", "?trainer=nobody", "?state=%00")
    for query in (*found, "?state=complete", "?q=zz", "?trainer=mine"):
        page = read(client, missouri.trainer, f"/training/enrollments{query}")
        assert ("Lena Chen" in page) == (query in found), query


# ------------------------------------------------------------------ making a series


def typed(*courses, **values):
    form = {
        "once": f"s{values.get('code', 1)}",
        "title": "New users",
        "code": "new-users",
        "summary": "",
        "purpose": "new-user",
        "counts": "new-user-series",
        "coc": "0",
    }
    return form | {f"step-{n}": str(course.id) for n, course in enumerate(courses, start=1)} | values


def made(client, person, form):
    answer = sign_in(client, person).post("/training/series/new", data=form)
    assert answer.status_code == 302, words(answer)
    return answer.location


@pytest.mark.rule("HUD-TR-1")
@pytest.mark.parametrize("missing", BEFORE_ACCESS)
def test_a_series_for_new_users_covers_what_hud_asks_before_first_access(client, app, travel, missing):
    travel(START.astimezone(UTC))
    world = make_world("sacramento")
    there = make_course(world.lead, "All but one", counts=[code for code in BEFORE_ACCESS if code != missing])
    rest = make_course(world.lead, "The one", counts=[missing])
    path = made(client, world.admin, typed(there))
    answer = sign_in(client, world.admin).post(f"{path}/offer")
    assert answer.status_code == 409
    assert "HUD-TR-1" in words(answer)
    whole = made(client, world.admin, typed(there, rest, code="whole", once="s2"))
    assert sign_in(client, world.admin).post(f"{whole}/offer").status_code == 302


@pytest.mark.rule("MO-TR-2")
def test_missouris_steps_come_in_the_manuals_order(client, missouri):
    page = sign_in(client, missouri.admin).post(
        "/training/series/from-manual", data={"coc": missouri.coc.id, "once": "m1"}
    )
    assert page.status_code == 302
    told = read(client, missouri.admin, page.location)
    order = ["User agreement", "Security and privacy", "Data standards", "Software basics", "Practice cases"]
    places = [told.rindex(f" {words_} ") for words_ in order]
    assert places == sorted(places)
    same = sign_in(client, missouri.admin).post(
        "/training/series/from-manual", data={"coc": missouri.coc.id, "once": "m1"}
    )
    assert same.location == page.location
    steps = ["user-agreement", "security-and-privacy", "data-standards", "software-basics", "practice-cases"]
    courses = {code: make_course(missouri.lead, code, counts=[code, *BEFORE_ACCESS]) for code in steps}
    wrong = [courses[code] for code in (*steps[1:], steps[0])]
    path = made(client, missouri.admin, typed(*wrong, code="wrong", once="s3"))
    assert "The manual has this order" in words(sign_in(client, missouri.admin).post(f"{path}/offer"))
    right = made(client, missouri.admin, typed(*[courses[code] for code in steps], code="right", once="s4"))
    assert sign_in(client, missouri.admin).post(f"{right}/offer").status_code == 302
    short = made(client, missouri.admin, typed(*[courses[code] for code in steps[:-1]], code="short", once="s5"))
    assert "“practice cases” is missing" in words(sign_in(client, missouri.admin).post(f"{short}/offer"))


@pytest.mark.rule("SON-TR-1")
@pytest.mark.parametrize(("order", "status"), [((0, 1), 302), ((1, 0), 409), ((1,), 409)])
def test_sonomas_security_training_comes_before_the_orientation(client, app, travel, order, status):
    travel(START.astimezone(UTC))
    world = make_world("sonoma")
    both = [
        make_course(world.lead, "Security and ethics", counts=["security"]),
        make_course(world.lead, "Orientation", counts=["orientation", *BEFORE_ACCESS]),
    ]
    path = made(client, world.admin, typed(*[both[place] for place in order]))
    answer = sign_in(client, world.admin).post(f"{path}/offer")
    assert answer.status_code == status
    if status == 409:
        assert "SON-TR-1" in words(answer)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"after-1": "2"}, "opens after steps that stand before it"),
        ({"after-1": "x"}, "Write the numbers"),
        ({"step-2": "same"}, "stands in a series once"),
        ({"step-1": ""}, "Choose from 1 to 20 courses"),
        ({"title": "Call Maria Lopez, DOB 03/04/1981"}, "client"),
        ({"code": "Not Good"}, "Small letters"),
    ],
)
def test_bad_input_gets_a_sentence_and_what_was_typed_stays(client, missouri, values, told):
    course = make_course(missouri.lead)
    form = typed(course, summary="For everybody who begins") | {
        k: str(course.id) if v == "same" else v for k, v in values.items()
    }
    answer = sign_in(client, missouri.admin).post("/training/series/new", data=form)
    assert answer.status_code == 422
    assert told in words(answer)
    assert "For everybody who begins" in words(answer)


def test_a_manager_of_one_coc_does_not_change_a_series_for_all(client, missouri):
    course = make_course(missouri.lead)
    path = made(client, missouri.admin, typed(course, purpose="other", counts=""))
    assert sign_in(client, missouri.manager).get(path).status_code == 200
    assert sign_in(client, missouri.manager).get(f"{path}/edit").status_code == 403
    own = sign_in(client, missouri.manager).post(
        "/training/series/new",
        data=typed(course, code="own", once="s9", purpose="other", counts="", coc=str(missouri.coc.id)),
    )
    assert own.status_code == 302


def test_the_same_press_twice_enrolls_once(client, missouri):
    make_series(missouri, make_course(missouri.lead))
    row = approved(client, missouri)
    assert decide(client, missouri.manager, row).status_code == 409
    assert len(db.session.scalars(select(services.Enrollment)).all()) == 1
    assert (
        len(db.session.scalars(select(OutboxMessage).where(OutboxMessage.message == "account-invitation")).all()) == 1
    )


def test_who_looks_after_the_agency_looks_after_the_series(client, missouri):
    from helpdesk.routing import services as routing

    helper = make_staff(missouri.lead, "agent", name="Ines Farr")
    with unit_of_work():
        routing.look_after(db.session.merge(missouri.agency), db.session.merge(helper), START)
    make_series(missouri, make_course(missouri.lead))
    approved(client, missouri)
    assert enrollment_of(lena().id).trainer_id == helper.id


def test_deadlines_of_a_series_are_cancelled_when_it_is_withdrawn(client, vermont):
    _, row = running(client, vermont)
    path = f"/training/enrollments/{row.id}/withdraw"
    assert (
        sign_in(client, vermont.trainer).post(path, data={"once": "x", "reason": "They changed jobs."}).status_code
        == 302
    )
    states = set(db.session.scalars(select(Deadline.state).where(Deadline.kind.in_((COMPLETION, LIMIT)))))
    assert states == {State.CANCELLED}


@pytest.mark.rule("VT-TR-3")
@pytest.mark.parametrize(("seconds", "is_late"), [(0, False), (1, True)])
def test_an_answer_after_the_window_is_kept_scored_and_said_to_count_for_the_series_taken_again(
    client, vermont, travel, seconds, is_late
):
    course = with_test(client, vermont, 4, {"has_test": "y", "draw": "4", "pass_percent": "80", "attempts": "3"})
    make_series(vermont, course, make_course(vermont.lead, "Homework", kind=CourseKind.PRACTICE))
    approved(client, vermont, level="case-manager-iii")
    row = enrollment_of(lena().id)
    begin(client, lena(), row)
    start_course(client, lena(), course)
    tried = try_test(client, lena(), course)
    travel(clocks(row)[LIMIT].due_at + timedelta(seconds=seconds))
    fire_due()
    assert submit(client, lena(), tried, answers(tried)).status_code == 302
    page = read(client, lena(), f"/training/learn/attempts/{tried.id}")
    assert "100 %: 4 of 4 right" in page
    said = "The time for New users was over on Wed, Dec 2, 2026, so the series is taken again. What you passed counts"
    assert (said in page) == is_late
    newest = enrollment_of(lena().id)
    assert (newest.id != row.id) == is_late
    assert newest.steps[0].met_at is not None
    if is_late:
        assert "Why: The series before ran out of time." in read(client, lena(), "/training")
