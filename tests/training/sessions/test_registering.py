"""Planning a session, and coming to it."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from core.deadlines import fire_due
from core.errors import Conflict
from core.outbox import drain
from core.people.models import Person, StaffRole
from tests.conftest import NOON
from tests.support.factories import World, make_coc, make_staff, make_world, member
from tests.support.signing_in import sign_in
from tests.tickets.acting import mails, read, words
from tests.training.sessions.acting import (
    SIX_PM,
    changed,
    comes,
    do,
    entry,
    fresh,
    make_course,
    planned,
    registration,
    typed,
)
from training.courses.vocabulary import CourseKind
from training.sessions import queries, registering
from training.sessions.rules import Registered

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("vermont")


def said(answer) -> str:
    return words(answer.get_data(as_text=True))


def test_a_form_sent_twice_plans_one_session(client, world):
    course = make_course(world)
    form = typed(course, world)
    sign_in(client, world.trainer)
    first = client.post("/training/sessions/new", data=form)
    again = client.post("/training/sessions/new", data=form)
    assert first.location == again.location
    assert client.post("/training/sessions/new", data={**form, "title": "Other"}).status_code == 409
    assert fresh(int(first.location.rsplit("/", 1)[1])).starts_at == SIX_PM


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"ends": "2026-12-02T18:00"}, "It cannot end before it begins."),
        ({"starts": "2026-11-20T12:00", "ends": "2026-11-20T13:00"}, "It begins in the past."),
        ({"ends": "2026-12-03T18:01"}, "A session lasts a day at most."),
        ({"closes": "2026-12-02T18:01"}, "Registration cannot close after the session has begun."),
        ({"place": "in-person"}, "Say where it takes place."),
        ({"join_link": "http://meet.test/1"}, "The link begins with https://."),
        ({"capacity": "0"}, "At least one place"),
        ({"starts": "soon"}, "This is not a day and time."),
        ({"title": "SSN 123-45-6789"}, "what looks like a client"),
    ],
)
def test_what_cannot_be_planned_is_said_and_what_was_typed_stays(client, world, values, sentence):
    form = typed(make_course(world), world, about="Bring a laptop.", **values)
    answer = sign_in(client, world.trainer).post("/training/sessions/new", data=form)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "Bring a laptop." in said(answer)


def test_only_live_courses_and_meetings_are_taught(client, world):
    video = make_course(world, CourseKind.MATERIAL, title="A video")
    assert "A video" not in read(client, world.trainer, "/training/sessions/new")
    answer = sign_in(client, world.trainer).post("/training/sessions/new", data=typed(video, world))
    assert answer.status_code == 422


def test_the_manager_of_a_coc_plans_for_it_alone(client, world):
    sign_in(client, world.manager)
    course = make_course(world)
    assert client.post("/training/sessions/new", data=typed(course, world)).status_code == 302
    for coc in ("0", str(make_coc(world.lead, "vermont").id)):
        assert client.post("/training/sessions/new", data=typed(course, world, coc=coc)).status_code == 422
    whole = planned(client, world, coc="0", title="For all")
    assert "For all" in read(client, world.manager, "/training/sessions")
    assert client.get(f"/training/sessions/{whole.id}/edit").status_code == 403


def test_who_registers_gets_an_entry_and_the_link(client, world):
    row = planned(client, world)
    assert "meet.test" not in read(client, world.end_user, f"/training/sessions/{row.id}")
    assert comes(client, world.end_user, row).status_code == 302
    assert comes(client, world.end_user, row).status_code == 302, "once more is the same"
    (mail,) = mails("session-news")
    assert mail.person_id == world.end_user.id
    assert entry(mail) == ("REQUEST", 0, "CONFIRMED", SIX_PM)
    assert "https://meet.test/secret" in mail.body_text
    assert "meet.test" in read(client, world.end_user, f"/training/sessions/{row.id}")
    assert "meet.test" not in read(client, world.representative, f"/training/sessions/{row.id}")
    assert registration(row, world.end_user).agency_id == world.agency.id


def test_the_entry_stands_in_the_mail_as_mail_programs_want_it(client, world, sink):
    row = planned(client, world)
    comes(client, world.end_user, row)
    drain()
    (message,) = [m for m in sink.mails if m["To"] == world.end_user.email]
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds.count("text/calendar") == 2
    beside = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert beside.get_param("method") == "REQUEST"


def test_withdrawing_takes_the_entry_out_and_coming_back_puts_it_in_again(client, world):
    row = planned(client, world)
    for deed in ("register", "withdraw", "withdraw", "register"):
        assert do(client, world.end_user, row, deed).status_code == 302
    told = [entry(mail)[:3] for mail in mails("session-news")]
    assert told == [("REQUEST", 0, "CONFIRMED"), ("CANCEL", 1, "CANCELLED"), ("REQUEST", 2, "CONFIRMED")]


def test_the_waiting_list_is_promoted_in_order(client, world):
    row = planned(client, world, capacity="1")
    people = [world.end_user, world.other_end_user, world.administrator]
    for minutes, person in enumerate(people):
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            comes(client, person, row)
    assert [registration(row, person).state for person in people] == [
        Registered.REGISTERED, Registered.WAITING, Registered.WAITING,
    ]  # fmt: skip
    assert "You are on the waiting list" in mails("session-news")[1].body_text
    assert not mails("session-news")[1].calendar
    do(client, world.end_user, row, "withdraw")
    assert registration(row, world.other_end_user).state is Registered.REGISTERED
    assert registration(row, world.administrator).state is Registered.WAITING
    assert entry(mails("session-news")[-1])[0] == "REQUEST"
    assert "A place became free" in mails("session-news")[-1].body_text
    assert changed(client, world, row, capacity="5").status_code == 302
    assert registration(row, world.administrator).state is Registered.REGISTERED


def test_full_closed_begun_and_cancelled_are_each_one_sentence(client, world, travel):
    full = planned(client, world, capacity="1", has_waiting_list="", title="Full")
    comes(client, world.end_user, full)
    answer = comes(client, world.representative, full)
    assert (answer.status_code, "All 1 places are taken" in said(answer)) == (409, True)
    closing = planned(client, world, closes="2026-12-01T12:00")
    travel(NOON + timedelta(days=11))
    assert comes(client, world.end_user, closing).status_code == 302
    travel(NOON + timedelta(days=11, seconds=1))
    answer = comes(client, world.representative, closing)
    assert (answer.status_code, "Registration closed on Tue, Dec 1" in said(answer)) == (409, True)
    begun = planned(client, world)
    travel(SIX_PM - timedelta(seconds=1))
    assert comes(client, world.end_user, begun).status_code == 302
    travel(SIX_PM)
    answer = comes(client, world.representative, begun)
    assert (answer.status_code, "This session has begun" in said(answer)) == (409, True)
    assert do(client, world.end_user, begun, "withdraw").status_code == 409
    off = planned(client, world, starts="2026-12-09T18:00", ends="2026-12-09T20:00")
    do(client, world.trainer, off, "cancel", **{"cancel-reason": "The trainer is ill."})
    assert "This session was cancelled" in said(comes(client, world.end_user, off))


def test_two_who_race_for_the_last_place(app, client, world):
    row = planned(client, world, capacity="1", has_waiting_list="")
    number, gate, answers = row.id, Barrier(2), []
    people = [world.end_user.id, world.other_end_user.id]

    def come(person_id: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                with unit_of_work() as session:
                    person = session.get_one(Person, person_id)
                    by = principal_for(person, clock.now())
                    held = queries.visible_session(by, number, lock=True)
                    agency = queries.agency_for(held, person_id, clock.now())
                    answers.append(registering.register(held, person, agency, by, clock.now()).state)
            except Conflict as error:
                answers.append(error.message)

    runs = [Thread(target=come, args=(person_id,)) for person_id in people]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert set(answers) == {Registered.REGISTERED, "All 1 places are taken, and there is no waiting list."}


def test_staff_approve_or_decline_with_a_reason(client, world):
    row = planned(client, world, needs_approval="y")
    comes(client, world.end_user, row)
    comes(client, world.other_end_user, row)
    assert registration(row, world.end_user).state is Registered.ASKED
    assert f"Registrations to approve: {row.title}" in read(client, world.trainer, "/")
    one, other = registration(row, world.end_user), registration(row, world.other_end_user)
    assert do(client, world.trainer, row, f"registrations/{one.id}/approve").status_code == 302
    assert do(client, world.trainer, row, f"registrations/{other.id}/decline").status_code == 422
    declined = do(client, world.trainer, row, f"registrations/{other.id}/decline", reason="For new users.")
    assert declined.status_code == 302
    told = mails("session-news")[-2:]
    assert entry(told[0])[0] == "REQUEST"
    assert ("For new users." in told[1].body_text, told[1].calendar) == (True, "")
    assert comes(client, world.other_end_user, row).status_code == 409, "the staff said no"
    assert do(client, world.trainer, row, f"registrations/{other.id}/approve").status_code == 302


def test_an_agency_registers_and_sees_its_own_people(client, world):
    row = planned(client, world)
    comes(client, world.other_end_user, row)
    page = read(client, world.administrator, f"/training/sessions/{row.id}")
    assert world.other_end_user.name not in page
    values = {"others-people": [str(world.end_user.id), str(world.director.id)]}
    assert do(client, world.administrator, row, "people", **values).status_code == 302
    assert {m.person_id for m in mails("session-news")} >= {world.end_user.id, world.director.id}
    stranger = {"others-people": [str(world.other_representative.id)]}
    assert do(client, world.administrator, row, "people", **stranger).status_code == 422
    theirs, own = registration(row, world.other_end_user), registration(row, world.end_user)
    assert do(client, world.administrator, row, f"registrations/{theirs.id}/withdraw").status_code == 404
    assert do(client, world.administrator, row, f"registrations/{own.id}/withdraw").status_code == 302
    assert "Olga Finch" in read(client, world.agent, f"/training/sessions/{row.id}")


def test_moved_after_registration(client, world):
    row = planned(client, world, capacity="1")
    comes(client, world.end_user, row)
    comes(client, world.other_end_user, row)
    assert changed(client, world, row, capacity="1", about="More.").status_code == 302
    assert len(mails("session-news")) == 2, "what the calendars do not show tells nobody"
    assert (
        changed(client, world, row, capacity="1", starts="2026-12-03T18:00", ends="2026-12-03T20:00").status_code == 302
    )
    moved, waiting = mails("session-news")[2:]
    assert entry(moved) == ("REQUEST", 1, "CONFIRMED", SIX_PM + timedelta(days=1))
    assert "please withdraw" in moved.body_text
    assert (waiting.person_id, waiting.calendar) == (world.other_end_user.id, "")
    assert do(client, world.end_user, row, "withdraw").status_code == 302


def test_cancelled_tells_everybody_who_was_to_come(client, world):
    row = planned(client, world, capacity="1")
    for person in (world.end_user, world.other_end_user):
        comes(client, person, row)
    assert do(client, world.trainer, row, "cancel").status_code == 422
    assert do(client, world.trainer, row, "cancel", **{"cancel-reason": "The trainer is ill."}).status_code == 302
    told = mails("session-news")[2:]
    assert {m.person_id for m in told} == {world.end_user.id, world.other_end_user.id}
    assert all("The trainer is ill." in m.body_text for m in told)
    assert [bool(m.calendar) for m in told] == [True, False]
    assert entry(told[0])[:3] == ("CANCEL", 1, "CANCELLED")
    assert do(client, world.trainer, row, "cancel", **{"cancel-reason": "Again."}).status_code == 409
    assert changed(client, world, row).status_code == 409


@pytest.mark.parametrize(("early", "reminded"), [(timedelta(seconds=1), 0), (timedelta(0), 1)])
def test_reminded_a_day_before_and_only_who_still_comes(client, world, travel, early, reminded):
    row = planned(client, world)
    for person in (world.end_user, world.other_end_user):
        comes(client, person, row)
    do(client, world.other_end_user, row, "withdraw")
    travel(SIX_PM - timedelta(days=1) - early)
    fire_due()
    fire_due()
    assert [m.person_id for m in mails("session-reminder")] == [world.end_user.id] * reminded


def test_a_reminder_follows_the_session_and_is_dropped_with_it(client, world, travel):
    row, off = planned(client, world), planned(client, world, title="Off")
    for one in (row, off):
        comes(client, world.end_user, one)
    changed(client, world, row, starts="2026-12-04T18:00", ends="2026-12-04T20:00")
    do(client, world.trainer, off, "cancel", **{"cancel-reason": "The trainer is ill."})
    travel(SIX_PM)
    fire_due()
    assert not mails("session-reminder")
    travel(SIX_PM + timedelta(days=1))
    fire_due()
    assert len(mails("session-reminder")) == 1


def test_the_clocks_of_the_night_they_change_are_said(client, world):
    """From 11 PM to 3 AM in the night of November 1, 2026 would be five hours; here, of 2027, November 7."""
    form = typed(make_course(world), world, starts="2027-11-06T23:00", ends="2027-11-07T01:30")
    answer = sign_in(client, world.trainer).post("/training/sessions/new", data=form, follow_redirects=True)
    assert "1:30 AM comes twice on Sun, Nov 7, 2027" in said(answer)
    row = planned(client, world, starts="2027-11-06T23:00", ends="2027-11-07T03:00")
    assert row.ends_at - row.starts_at == timedelta(hours=5)


def test_officers_come_to_their_meetings_and_others_see_no_session_of_another_coc(client, world):
    officer = make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Cora Bly")
    row = planned(client, world)
    assert comes(client, officer, row).status_code == 302
    assert registration(row, officer).agency_id is None
    far = member(make_world("vermont").agency)
    assert sign_in(client, far).get(f"/training/sessions/{row.id}").status_code == 404
    assert f"/training/sessions/{row.id}" in read(client, world.end_user, "/search?q=Refresher")
    assert f"/training/sessions/{row.id}" not in read(client, far, "/search?q=Refresher")


def test_today_has_what_one_goes_to_within_a_week(client, world, travel):
    row = planned(client, world)
    comes(client, world.end_user, row)
    link = f"/training/sessions/{row.id}"
    assert link not in read(client, world.end_user, "/")
    travel(SIX_PM - timedelta(days=7))
    assert link in read(client, world.end_user, "/")
    assert "You hold it" in read(client, world.trainer, "/")
