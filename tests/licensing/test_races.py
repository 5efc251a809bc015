"""Two people at once: the second is told what the first did, and nothing is decided twice."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select, text

from core import clock
from core.authz import principal_for
from core.db import db, locked, unit_of_work
from core.deadlines import Deadline, fire_due, open_deadline
from core.deadlines.kinds import kind_named
from core.errors import Conflict
from core.people.models import Person, StaffRole
from licensing.access import queries as access_queries
from licensing.access import services as access
from licensing.access.licenses import end_license
from licensing.access.models import License, LicenseState
from licensing.access.practice import PROVISIONAL
from licensing.access.rules import Act, RequestState
from licensing.departures import queries as departure_queries
from licensing.departures import services as departures
from licensing.departures.rules import DepartureState
from licensing.leaves import queries as leave_queries
from licensing.leaves import services as leaves
from licensing.leaves.models import Leave
from licensing.leaves.rules import LeaveState
from licensing.reviews import queries as review_queries
from licensing.reviews import services as reviews
from licensing.reviews.models import ReviewLine
from licensing.reviews.rules import Answer
from tests.licensing.acting import (
    activate,
    confirm_all,
    decide,
    departure_again,
    give_license,
    leaving,
    license_of,
    mails,
    noted,
    request_again,
    request_made,
    words,
)
from tests.support.decisions import decision
from tests.support.factories import make_staff, make_world
from tests.support.signing_in import api_headers, sign_in


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def at_once(app, *deeds):
    """Each deed on a connection of its own, all let go together; returns the sentences of those refused."""
    gate, refused = threading.Barrier(len(deeds)), []

    def run(deed):
        with app.app_context():
            gate.wait()
            try:
                with unit_of_work() as session:
                    deed(session)
            except Conflict as error:
                refused.append(error.message)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused


def by(session, person_id):
    return principal_for(session.get_one(Person, person_id), clock.now())


def deciding(request_id, person_id, act):
    def deed(session):
        principal = by(session, person_id)
        row = access_queries.visible_request(principal, request_id, lock=True)
        access.decide(row, principal, act, "Known to us.", clock.now())

    return deed


def test_of_an_approval_and_a_denial_at_once_one_counts_and_the_other_hears_of_it(app, client, world):
    other = make_staff(world.lead, StaffRole.MANAGER, world.coc)
    request_id = request_made(client, world).id
    names = {world.manager.id: world.manager.name, other.id: other.name}
    refused = at_once(
        app, deciding(request_id, world.manager.id, Act.APPROVE), deciding(request_id, other.id, Act.DENY)
    )
    row = request_again(request_id)
    assert len(refused) == 1
    assert refused[0].startswith(f"{names[row.decided_by_id]} {row.state} this request on Fri, Nov 20, 2026")
    assert len(mails("access-approved")) + len(mails("access-denied")) == 1


def test_who_decides_on_an_old_page_is_told_and_keeps_the_words(client, world):
    row = request_made(client, world)
    old = request_again(row.id)
    assert decide(client, world.manager, old).status_code == 302
    client.get("/")
    late = client.post(
        f"/access/{row.id}/deny", data={"decision-reason": "My own words.", "decision-seen": "requested"}
    )
    assert late.status_code == 409
    assert f"{world.manager.name} approved this request on" in words(late)
    assert "My own words." in words(late)
    assert 'name="decision-seen" type="hidden" value="approved"' in late.get_data(as_text=True)
    assert request_again(row.id).state is RequestState.APPROVED


def test_an_approval_can_be_taken_back_by_who_has_seen_it(client, world):
    row = request_made(client, world)
    decide(client, world.manager, row)
    assert decide(client, world.manager, request_again(row.id), "deny", "Not after all.").status_code == 302
    assert request_again(row.id).state is RequestState.DENIED


def test_a_license_is_activated_once(app, client, world):
    row = request_made(client, world)
    decide(client, world.manager, row)
    confirm_all(client, world.manager, row)
    request_id, manager_id = row.id, world.manager.id

    def deed(session):
        held = access_queries.visible_request(by(session, manager_id), request_id, lock=True)
        access.activate(held, clock.now())

    refused = at_once(app, deed, deed)
    assert len(refused) == 1
    assert refused[0].startswith("This request was activated on Fri, Nov 20, 2026")
    assert license_of(request_again(request_id).person, world.agency) is not None
    assert activate(client, world.manager, request_again(request_id)).status_code == 409


def changing(departure_id, person_id, change):
    def deed(session):
        principal = by(session, person_id)
        change(departure_queries.visible_departure(principal, departure_id, lock=True), principal)

    return deed


def test_a_departure_is_undone_once(app, client, world):
    row_id = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-23", "16:30")).id

    def undo(row, principal):
        departures.undo(row, principal, clock.now())

    refused = at_once(app, changing(row_id, world.representative.id, undo), changing(row_id, world.director.id, undo))
    row = departure_again(row_id)
    assert row.state is DepartureState.UNDONE
    assert len(refused) == 1
    assert refused[0].startswith(f"{row.undone_by.name} undid this departure on Fri, Nov 20, 2026")


def test_the_end_in_the_hmis_is_confirmed_once(app, client, world, at_noon, travel):
    row_id = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-23", "16:30")).id
    travel(at_noon + timedelta(days=5))

    def off(row, principal):
        departures.confirm_off(row, principal, f"Seen by {principal.person_id}.", clock.now())

    refused = at_once(app, changing(row_id, world.agent.id, off), changing(row_id, world.manager.id, off))
    row = departure_again(row_id)
    assert len(refused) == 1
    assert refused[0].startswith(f"{row.off_by.name} confirmed this on Wed, Nov 25, 2026")
    assert row.off_evidence == f"Seen by {row.off_by_id}."


# ------------------------------------------------------------------ one order: agency, license, what hangs on it


@contextmanager
def slowly():
    """Each lock is held a while before the next is asked for, so that two orders that cross do meet."""

    def rest(_connection, _cursor, statement, *_):
        if statement.startswith("UPDATE") or "FOR UPDATE" in statement or "FOR NO KEY UPDATE" in statement:
            time.sleep(0.12)

    event.listen(db.engine, "after_cursor_execute", rest)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", rest)


def crossing(app, *deeds):
    """Each deed on a connection of its own, none of which gives way; returns what went wrong."""
    gate, failed = threading.Barrier(len(deeds)), []

    def run(deed):
        with app.app_context():
            gate.wait()
            try:
                with unit_of_work() as session:
                    deed(session)
            except Exception as error:  # noqa: BLE001 - what went wrong is what is asked
                failed.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    with slowly():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    db.session.rollback()
    db.session.expire_all()
    return failed


def firing(deadline_id):
    """What a sweep does, but for its clock, which it takes first, and its patience: it gives way to whoever wants that
    clock, which would hide that the others are taken in two orders."""

    def deed(session):
        row = session.get_one(Deadline, deadline_id)
        kind_named(row.kind).on_fire(row, clock.now())

    return deed


def ending(license_id, *, from_a_page=False):
    """A page holds the agency first; a sweep holds none."""

    def deed(session):
        if from_a_page:
            access.hold(session.get_one(License, license_id).agency)
        held = locked(License, license_id)
        if held.state is not LicenseState.ENDED:
            end_license(held, clock.now(), "left")

    return deed


@pytest.fixture
def sonoma(app, travel, at_noon):
    travel(at_noon)
    return make_world("sonoma", "America/Los_Angeles")


def leave_told(world):
    """From December 1 to February 28."""
    held = give_license(world.end_user, world.agency)
    told = leaves.Told(date(2026, 12, 1), date(2027, 2, 28), "a-leave")
    with unit_of_work() as session:
        principal = by(session, world.representative.id)
        return held.id, leaves.tell(session.get_one(License, held.id), told, principal, clock.now()).id


def clock_of_leave(leave_id, kind):
    mine = (Deadline.subject_type == "license_leave", Deadline.subject_id == leave_id, Deadline.kind == kind)
    return db.session.scalars(select(Deadline.id).where(*mine)).one()


def test_a_leave_that_begins_and_the_end_of_its_license_do_not_wait_in_a_circle(app, sonoma, travel, at_noon):
    license_id, leave_id = leave_told(sonoma)
    begins = clock_of_leave(leave_id, leaves.BEGINS)
    travel(at_noon + timedelta(days=11))
    assert crossing(app, firing(begins), ending(license_id)) == []
    assert db.session.get_one(License, license_id).state is LicenseState.ENDED
    assert db.session.get_one(Leave, leave_id).state is LeaveState.CANCELLED


def test_a_sweep_that_begins_a_leave_gives_way_to_the_end_of_its_license(app, sonoma, travel, at_noon):
    license_id, leave_id = leave_told(sonoma)
    travel(at_noon + timedelta(days=11))
    sweep = threading.Thread(target=in_context(app, fire_due))
    with slowly():
        sweep.start()
        failed = crossing(app, ending(license_id))
        sweep.join(30)
    travel(at_noon + timedelta(days=12))
    fire_due()
    db.session.expire_all()
    assert failed == []
    assert db.session.get_one(License, license_id).state is LicenseState.ENDED
    assert db.session.get_one(Leave, leave_id).state is LeaveState.CANCELLED
    clocks = db.session.scalars(select(Deadline).where(Deadline.subject_type == "license_leave")).all()
    assert {(clock.is_open, clock.attempts) for clock in clocks} == {(False, 0)}


def in_context(app, deed):
    def run():
        with app.app_context():
            deed()

    return run


def test_who_comes_back_from_a_leave_while_the_license_ends_waits_in_no_circle(app, sonoma, travel, at_noon):
    license_id, leave_id = leave_told(sonoma)
    begins = clock_of_leave(leave_id, leaves.BEGINS)
    person_id = sonoma.representative.id
    travel(at_noon + timedelta(days=11))
    with unit_of_work() as session:
        firing(begins)(session)

    def comes_back(session):
        principal = by(session, person_id)
        row = leave_queries.visible_leave(principal, leave_id, lock=True)
        if row.state is LeaveState.RUNNING:
            leaves.come_back(row, principal, clock.now())

    assert crossing(app, comes_back, ending(license_id, from_a_page=True)) == []
    assert db.session.get_one(License, license_id).state is LicenseState.ENDED
    assert db.session.get_one(Leave, leave_id).state in (LeaveState.RETURNED, LeaveState.CANCELLED)


@pytest.mark.parametrize("deed", ["answer", "time runs out"])
def test_a_provisional_end_and_the_review_of_users_do_not_wait_in_a_circle(app, world, deed):
    held = give_license(world.end_user, world.agency)
    give_license(world.administrator, world.agency)
    with unit_of_work() as session:
        row = session.get_one(License, held.id)
        over = decision(clock.now())
        scope = {"lead_id": row.lead_id, "coc_id": row.coc_id, "agency_id": row.agency_id}
        provisional = open_deadline(PROVISIONAL, row, over, title="Provisional", **scope)
        review = reviews.open_review(row.agency, clock.now(), {})
        session.flush()
        ids = provisional.id, review.id, reviews.clock_of(review).id
    query = select(ReviewLine).where(ReviewLine.license_id == held.id)
    license_id, line_id, person_id = held.id, db.session.scalars(query).one().id, world.administrator.id

    def answers(session):
        principal = by(session, person_id)
        row = review_queries.visible_review(principal, ids[1], lock=True, lines=[line_id])
        reviews.confirm(row, {line_id}, principal, clock.now())

    other = answers if deed == "answer" else firing(ids[2])
    assert crossing(app, firing(ids[0]), other) == []
    assert db.session.get_one(License, license_id).state is LicenseState.ENDED
    assert db.session.get_one(ReviewLine, line_id).answer in (Answer.STAYS, Answer.LEFT)


# ------------------------------------------------------------------ whom the database makes give way


@pytest.mark.parametrize("surface", ["page", "api"])
def test_who_loses_a_deadlock_is_told_and_keeps_what_was_typed(app, client, sonoma, surface):
    """The page takes the license and then the leave's clocks; somebody else takes them the other way round."""
    license_id, leave_id = leave_told(sonoma)
    has_clocks, may_end = threading.Event(), threading.Event()

    def the_other_way_round():
        with app.app_context(), unit_of_work() as session:
            session.execute(text("select id from deadline where subject_id = :id for update"), {"id": leave_id})
            has_clocks.set()
            waits = text("select count(*) from pg_locks where not granted")
            until = time.monotonic() + 20  # the page waits first, so that it is the one who finds the circle
            while not session.scalar(waits) and time.monotonic() < until:
                time.sleep(0.02)
            session.execute(text("select id from license where id = :id for update"), {"id": license_id})
            may_end.wait(30)

    path, day = f"/leaves/{leave_id}", "2027-02-20"
    headers = api_headers(sonoma.representative) if surface == "api" else {}
    sign_in(client, sonoma.representative) if surface == "page" else None
    other = threading.Thread(target=the_other_way_round)
    other.start()
    has_clocks.wait(30)
    try:
        if surface == "page":
            answer = client.post(f"{path}/move", data={"move-last_day": day})
        else:
            answer = client.post(f"/api/v1{path}/last-day", json={"last_day": day}, headers=headers)
    finally:
        may_end.set()
        other.join(30)
    assert answer.status_code == 409
    said = "Somebody else was changing the same thing in this moment, so nothing was saved."
    if surface == "api":
        assert answer.mimetype == "application/problem+json"
        assert (answer.json["code"], answer.json["detail"], answer.json["advice"]) == (
            "conflict",
            said,
            "Send it again.",
        )
    else:
        assert said in words(answer)
        assert f'value="{day}"' in answer.get_data(as_text=True)
    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(Leave, leave_id).last_day == date(2027, 2, 28)
