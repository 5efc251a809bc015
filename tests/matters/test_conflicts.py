"""A conflict climbs its ladder, with a time limit at each step, to a word that is final."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from core.errors import DomainError
from core.outbox import OutboxMessage
from core.people.models import LeadStaff, Person, StaffRole
from helpdesk.matters.conflicts import queries, services
from helpdesk.matters.conflicts.models import Conflict, ConflictStatement
from helpdesk.matters.conflicts.rules import TRANSITIONS, UNSETTLED, Act, ConflictState
from tests.licensing.acting import read, words
from tests.matters.acting import once, seats, send, status, told
from tests.support.factories import make_staff, make_world
from tests.support.signing_in import api_headers, sign_in

PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def go(travel):
    def to(*parts: int, plus: int = 0) -> datetime:
        at = datetime(*parts, tzinfo=PACIFIC).astimezone(UTC) + timedelta(seconds=plus)
        travel(at)
        return at

    return to


@pytest.fixture
def world(app, go):
    go(2026, 11, 2, 9, 0)
    return make_world("sonoma", "America/Los_Angeles")


@pytest.fixture
def seated(world):
    return seats(world)


def noted(client, by, **values) -> Conflict:
    form = {"once": once(), "agency": "Harbor House", "title": "Entry deadline", "text": "Five days are too few."}
    answer = send(client, by, "/conflicts/new", form | values)
    assert answer.status_code == 302, words(answer)
    return again(int(answer.location.rsplit("/", 1)[1]))


def again(number: int) -> Conflict:
    db.session.expire_all()
    return db.session.get_one(Conflict, number)


def do(client, by, row, deed, **form):
    return send(client, by, f"/conflicts/{row.id}/{deed}", form)


def taken_up(client, world) -> Conflict:
    row = noted(client, world.director)
    assert do(client, world.representative, row, "forward").status_code == 302
    assert do(client, world.manager, row, "take-up").status_code == 302
    return again(row.id)


def clock_row(row, kind) -> Deadline:
    db.session.expire_all()
    query = select(Deadline).where(Deadline.kind == kind, Deadline.subject_id == row.id)
    return db.session.scalars(query).one()


@pytest.mark.rule("SON-HD-11")
def test_both_sides_write_and_settle_in_writing(client, world, seated):
    row = noted(client, world.director)
    assert told()[-1] == world.manager.email
    add = {"statement-text": "The manual says five.", "statement-once": once()}
    for _ in range(2):
        assert do(client, world.manager, row, "statement", **add).status_code == 302
    page = read(client, world.director, f"/conflicts/{row.id}")
    assert page.index("Five days are too few.") < page.index("The manual says five.")
    assert db.session.scalar(select(func.count(ConflictStatement.id))) == 2, "a form sent twice is one statement"
    do(client, world.manager, row, "settlement", **{"settlement-settlement": "Seven days until May."})
    assert again(row.id).state is ConflictState.NOTED, "one signature is not enough"
    assert "Sign: Entry deadline" in read(client, world.director, "/")
    assert do(client, world.director, row, "sign").status_code == 302
    row = again(row.id)
    assert (row.state, row.lead_signed_by_id, row.agency_signed_by_id) == (
        ConflictState.SETTLED,
        world.manager.id,
        world.director.id,
    )


@pytest.mark.rule("SON-HD-11")
def test_other_words_need_both_signatures_anew(client, world, seated):
    row = noted(client, world.director)
    do(client, world.director, row, "settlement", **{"settlement-settlement": "Ten days."})
    do(client, world.manager, row, "settlement", **{"settlement-settlement": "Six days."})
    row = again(row.id)
    assert row.agency_signed_at is None
    assert row.state is ConflictState.NOTED


@pytest.mark.rule("SON-HD-11")
@pytest.mark.parametrize(("seconds", "state"), [(-1, "with-manager"), (0, "with-manager"), (1, "with-director")])
def test_the_manager_has_30_days(client, world, seated, go, seconds, state):
    row = taken_up(client, world)
    assert clock_row(row, services.MANAGER).due_at == datetime(2026, 12, 2, 23, 59, 59, tzinfo=PACIFIC)
    go(2026, 12, 2, 23, 59, 59, plus=seconds)
    fire_due()
    assert again(row.id).state == state
    assert clock_row(row, services.MANAGER).was_late is (seconds == 1)
    assert (seated["assistant-director"].email in told()) is (seconds == 1)
    page = read(client, world.director, f"/conflicts/{row.id}")
    assert "Enforcement Policies: Conflict Resolution" in page


@pytest.mark.rule("SON-HD-11")
def test_the_manager_is_reminded_once_for_each_warning(client, world, seated, go):
    taken_up(client, world)
    go(2026, 11, 25, 23, 59, 59, plus=1)
    fire_due()
    fire_due()
    subjects = db.session.scalars(select(OutboxMessage.body_text).where(OutboxMessage.address == world.manager.email))
    assert sum("this is due soon" in text for text in subjects) == 1


@pytest.mark.rule("SON-HD-11")
@pytest.mark.parametrize("party", ["director", "representative", "manager", "agent"])
def test_either_party_may_declare_an_impasse_and_the_committee_is_told(client, world, seated, party):
    row = taken_up(client, world)
    assert status(client, seated["data-committee"], f"/conflicts/{row.id}") == 404
    assert do(client, getattr(world, party), row, "impasse").status_code == 302
    row = again(row.id)
    assert row.state is ConflictState.WITH_DIRECTOR
    assert clock_row(row, services.IMPASSE).state is State.MET
    assert clock_row(row, services.MANAGER).state is State.CANCELLED
    assert seated["data-committee"].email in told()
    for seat in ("data-committee", "assistant-director"):
        assert "Five days are too few." in read(client, seated[seat], f"/conflicts/{row.id}")


@pytest.mark.rule("SON-HD-11")
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, False), (1, True)])
def test_the_committee_is_told_within_ten_working_days(client, world, go, seconds, late):
    """Nobody has its seats, so the Lead tells it otherwise and says how; Veterans Day does not count."""
    row = taken_up(client, world)
    do(client, world.director, row, "impasse")
    clock_ = clock_row(row, services.IMPASSE)
    assert clock_.due_at == datetime(2026, 11, 17, 23, 59, 59, tzinfo=PACIFIC)
    go(2026, 11, 17, 23, 59, 59, plus=seconds)
    fire_due()
    assert do(client, world.agent, row, "committee-told", **{"committee-how": ""}).status_code == 422
    answer = do(client, world.agent, row, "committee-told", **{"committee-how": "At its meeting"})
    assert answer.status_code == 302
    assert again(row.id).state is ConflictState.WITH_DIRECTOR
    assert clock_row(row, services.IMPASSE).was_late is late


@pytest.mark.rule("SON-HD-11")
def test_the_assistant_directors_decision_is_final(client, world, seated):
    row = taken_up(client, world)
    do(client, world.manager, row, "impasse")
    assert "Decide: Entry deadline" in read(client, seated["assistant-director"], "/")
    for other in (world.manager, world.admin, world.director, seated["data-committee"]):
        assert do(client, other, row, "decision", **{"decision-decision": "Mine."}).status_code == 403
    decided = do(client, seated["assistant-director"], row, "decision", **{"decision-decision": "Six days."})
    assert decided.status_code == 302
    second = do(client, seated["assistant-director"], row, "decision", **{"decision-decision": "Seven days."})
    assert second.status_code == 409
    assert "the decision is final" in words(second)
    assert "Seven days." in second.text, "what was typed is not lost"
    assert again(row.id).decision == "Six days."
    for deed in ("statement", "forward", "impasse", "settlement", "sign"):
        form = {"statement-text": "But", "statement-once": once(), "settlement-settlement": "Then"}
        assert do(client, world.director, row, deed, **form).status_code == 409
    assert {world.director.email, world.manager.email} <= set(told()[-3:])


@pytest.mark.rule("SON-HD-11")
def test_two_final_decisions_at_one_time_are_one(app, client, world, seated):
    other = make_staff(world.lead, StaffRole.ASSISTANT_DIRECTOR, name="Second Chair")
    row = taken_up(client, world)
    do(client, world.manager, row, "impasse")
    number, ready, outcomes = row.id, Barrier(2), []
    ids = [seated["assistant-director"].id, other.id]
    db.session.rollback()

    def decide(person_id: int) -> None:
        with app.app_context():
            try:
                with unit_of_work() as session:
                    by = principal_for(session.get_one(Person, person_id), clock.now())
                    ready.wait(10)
                    found = queries.visible_conflict(by, number, lock=True)
                    services.decide(found, by, f"By {person_id}.", clock.now())
                outcomes.append("decided")
            except DomainError as error:
                outcomes.append(error.code)
            db.session.remove()

    threads = [Thread(target=decide, args=(person_id,)) for person_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["conflict", "decided"]
    assert again(number).state is ConflictState.DECIDED


def test_without_an_assistant_director_the_administrators_are_told(client, world, go):
    row = taken_up(client, world)
    go(2026, 12, 3, 0, 0)
    fire_due()
    mails = db.session.scalars(select(OutboxMessage.body_text).where(OutboxMessage.address == world.admin.email))
    assert any("Nobody has that seat" in text or "nobody has that seat" in text for text in mails)
    assert again(row.id).state is ConflictState.WITH_DIRECTOR


def test_it_is_offered_only_where_the_manual_has_the_ladder(client, app, at_noon):
    world = make_world("missouri")
    form = {"once": once(), "agency": "Harbor House", "title": "T", "text": "Our side of it."}
    answer = send(client, world.director, "/conflicts/new", form)
    assert answer.status_code == 422
    assert "has no ladder for conflicts" in words(answer)
    assert "Our side of it." in answer.text


def test_a_clients_name_is_refused_with_the_words(client, world):
    form = {"once": once(), "agency": "", "title": "T", "text": "It began with client Jane Miller."}
    answer = send(client, world.director, "/conflicts/new", form)
    assert answer.status_code == 422
    assert "Jane Miller" in words(answer)
    assert db.session.scalars(select(Conflict)).all() == []


def test_another_agency_sees_nothing_of_it(client, world, seated):
    row = noted(client, world.director)
    assert status(client, world.other_representative, f"/conflicts/{row.id}") == 404
    assert "Entry deadline" not in read(client, world.other_representative, "/conflicts")
    form = {"once": once(), "agency": "Harbor House", "title": "T", "text": "Theirs."}
    assert "You have no agency of that name" in words(send(client, world.other_representative, "/conflicts/new", form))


def test_a_member_whose_seat_ended_sees_it_no_longer(client, world, seated):
    row = taken_up(client, world)
    do(client, world.manager, row, "impasse")
    with unit_of_work() as session:
        seat = session.scalars(select(LeadStaff).where(LeadStaff.role == StaffRole.DATA_COMMITTEE)).one()
        seat.ended_at = clock.now()
    assert sign_in(client, seated["data-committee"]).get(f"/conflicts/{row.id}").status_code == 403


PAIRS = list(product(ConflictState, Act))


@pytest.mark.parametrize(("state", "act"), PAIRS)
def test_what_is_over_stays_over(state, act):
    assert ((state, act) in TRANSITIONS) is False or state in UNSETTLED


def test_the_api_does_what_the_pages_do(client, world, seated):
    director, manager = api_headers(world.director), api_headers(world.manager)
    made = client.post("/api/v1/conflicts", json={"title": "Fees", "text": "Too high."}, headers=director)
    assert made.status_code == 201
    path = f"/api/v1/conflicts/{made.json['id']}"
    assert client.post(f"{path}/statements", json={"text": "As agreed."}, headers=manager).status_code == 201
    assert client.post(f"{path}/impasse", headers=director).status_code == 409
    assert client.post(f"{path}/forward", headers=director).json["state"] == "forwarded"
    assert client.post(f"{path}/take-up", headers=director).status_code == 403
    assert client.post(f"{path}/take-up", headers=manager).json["deadlines"][0]["kind"] == "conflict-manager"
    assert client.post(f"{path}/impasse", headers=manager).json["state"] == "with-director"
    last = api_headers(seated["assistant-director"])
    assert client.post(f"{path}/decision", json={"decision": "So."}, headers=last).json["state"] == "decided"
    assert client.get("/api/v1/conflicts", headers=last).json["items"][0]["title"] == "Fees"
