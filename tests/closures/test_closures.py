"""Closed days through the page and the API: what they move is shown first, moved once, explained, and put back."""

from __future__ import annotations

import threading
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.audit import AuditEvent
from core.db import db
from core.deadlines import Deadline, State, fire_due
from core.people.models import Closure, StaffRole
from tests.licensing.acting import clock_row, leaving, noted, read, words
from tests.support.factories import make_lead, make_staff, make_world
from tests.support.signing_in import api_headers, sign_in

CHICAGO = ZoneInfo("America/Chicago")
SNOW = {"day": "2026-11-23", "name": "Snow"}


@pytest.fixture
def world(app, at_noon):
    return make_world()


@pytest.fixture
def notice(client, world) -> Deadline:
    """Somebody stopped on Friday afternoon, as the Lead found out: notice is owed within three business days."""
    row = clock_row(noted(client, world.agent, world.agency, leaving(world.end_user, "2026-11-20", "11:30")))
    assert row.due_at == end_of(25)
    return row


def end_of(day: int) -> datetime:
    return datetime(2026, 11, day, 23, 59, 59, tzinfo=CHICAGO)


def closed_on() -> list[tuple[str, str]]:
    return [(row.day.isoformat(), row.name) for row in db.session.scalars(select(Closure).order_by(Closure.day))]


def send(client, person, **values):
    sign_in(client, person)
    return client.post("/closures", data=values)


def again(row: Deadline) -> Deadline:
    db.session.expire_all()
    return db.session.get_one(Deadline, row.id)


def test_what_a_day_would_move_is_shown_before_anything_is_done(client, world, notice):
    page = words(send(client, world.admin, **SNOW))
    assert "1 open date would move" in page
    assert "Wed, Nov 25, end of day" in page
    assert "Fri, Nov 27, end of day" in page, "Thursday is Thanksgiving"
    assert (closed_on(), again(notice).due_at) == ([], end_of(25))


def test_closing_moves_the_open_dates_says_so_and_explains_each(client, world, notice):
    answer = send(client, world.admin, **SNOW, confirm="1")
    assert answer.status_code == 302
    page = read(client, world.admin, "/closures")
    assert "Mon, Nov 23, 2026 is closed: Snow. 1 open date moved." in page
    moved = again(notice)
    assert moved.due_at == end_of(27)
    assert "Mon Nov 23: Snow, not a business day" in moved.explanation["because"]
    trail = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("%clos%"))))
    assert trail == ["closure.added"]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "deadline.recomputed")).one()
    assert event.subject_id == notice.id


def test_firing_follows_the_new_time_and_what_is_closed_stays(client, world, notice, travel):
    send(client, world.admin, **SNOW, confirm="1")
    travel(end_of(25))
    fire_due()
    travel(end_of(27))
    fire_due()
    assert again(notice).state is State.PENDING
    travel(datetime(2026, 11, 28, 0, 0, 0, tzinfo=CHICAGO))
    fire_due()
    assert again(notice).state is State.FIRED
    due = again(notice).due_at
    send(client, world.admin, day="2026-11-24", name="Ice", confirm="1")
    assert again(notice).due_at == due


def test_taking_it_back_counts_the_day_again(client, world, notice):
    send(client, world.admin, **SNOW, confirm="1")
    closure = db.session.scalars(select(Closure)).one()
    page = read(client, world.admin, f"/closures/{closure.id}")
    assert "1 open date would move" in page
    assert client.post(f"/closures/{closure.id}/take-back").status_code == 302
    assert (closed_on(), again(notice).due_at) == ([], end_of(25))
    assert client.post(f"/closures/{closure.id}/take-back").status_code == 404, "the second click finds it gone"


def test_the_same_form_sent_twice_is_one_closed_day(client, world, notice):
    first, second = (send(client, world.admin, **SNOW, confirm="1") for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert closed_on() == [("2026-11-23", "Snow")]
    assert again(notice).due_at == end_of(27)


@pytest.mark.parametrize(
    ("day", "name", "told"),
    [
        ("2026-11-26", "Feast", "Thu, Nov 26, 2026 is Thanksgiving"),
        ("2036-11-24", "Snow", "is too far away. Check the year."),
        ("1926-11-24", "Snow", "is too far away. Check the year."),
        ("tomorrow", "Snow", "This is not a date. Write it like 11/27/2026."),
        ("2026-11-24", " ", "Say why the office is closed."),
    ],
)
@pytest.mark.parametrize("confirm", [{}, {"confirm": "1"}], ids=["asking", "doing"])
def test_a_day_that_cannot_be_gets_one_sentence(client, world, day, name, told, confirm):
    answer = send(client, world.admin, day=day, name=name, **confirm)
    assert answer.status_code == 422
    assert told in words(answer)
    assert closed_on() == []


def test_a_day_that_is_closed_already_says_why(client, world):
    send(client, world.admin, **SNOW, confirm="1")
    answer = send(client, world.admin, day="2026-11-23", name="Ice", confirm="1")
    assert answer.status_code == 422
    assert "Mon, Nov 23, 2026 is closed already: Snow." in words(answer)


def test_another_leads_days_are_not_there(client, world):
    send(client, world.admin, **SNOW, confirm="1")
    closure = db.session.scalars(select(Closure)).one()
    sign_in(client, make_staff(make_lead(name="Far Office"), StaffRole.ADMIN, name="Fay"))
    assert client.get(f"/closures/{closure.id}").status_code == 404
    assert client.post(f"/closures/{closure.id}/take-back").status_code == 404
    assert "Snow" not in words(client.get("/closures"))


def test_two_people_at_once_make_one_day(app, world, notice):
    """Both look at the same page; the second is told that it is closed already, or nothing happens twice."""
    headers = api_headers(world.admin)
    ready, codes = threading.Barrier(2), []

    def close(name: str) -> None:
        ready.wait(5)
        answer = app.test_client().post("/api/v1/closures", json={"day": SNOW["day"], "name": name}, headers=headers)
        codes.append(answer.status_code)

    threads = [threading.Thread(target=close, args=(name,)) for name in ("Snow", "Ice")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(codes) == [201, 409]
    assert len(closed_on()) == 1
    assert again(notice).due_at == end_of(27)


def test_the_api_lists_adds_and_takes_back(client, world, notice):
    headers = api_headers(world.admin)
    made = client.post("/api/v1/closures", json=SNOW, headers=headers)
    assert (made.status_code, made.json["moved"]) == (201, 1)
    listed = client.get("/api/v1/closures", headers=headers).json["items"]
    assert listed == [{"id": made.json["id"], **SNOW}]
    assert client.get("/api/v1/closures", headers=api_headers(world.manager)).json["items"] == listed
    gone = client.post(f"/api/v1/closures/{made.json['id']}/take-back", headers=headers)
    assert gone.json == {"moved": 1}
    assert again(notice).due_at == end_of(25)


def test_the_persons_name_stays_in_what_a_moved_date_says(client, world, notice):
    """The words begin with who left, before and after the office closes, and when it opens again."""
    began = notice.explanation["words"][0]
    assert began.startswith("Erin Doyle left ")
    send(client, world.admin, **SNOW, confirm="1")
    moved = again(notice)
    assert moved.due_at == end_of(27)
    assert moved.explanation["words"][0] == began
    closure = db.session.scalars(select(Closure)).one()
    client.post(f"/closures/{closure.id}/take-back")
    assert again(notice).explanation["words"] == notice.explanation["words"]
