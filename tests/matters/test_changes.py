"""A change of the policies: listed, voted on, adopted, forwarded, acknowledged; and who was late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from core.outbox import OutboxMessage
from core.people.models import AgencyStatus, DesignationKind, LeadStaff, StaffRole
from helpdesk.matters.changes import rules, services
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery, PolicyVote
from helpdesk.matters.changes.rules import TRANSITIONS, Act, ChangeState, Choice
from tests.licensing.acting import read, words
from tests.matters.acting import once, send, status, told
from tests.support.counting import queries as counted
from tests.support.factories import make_agency, make_staff, make_world, member
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
def committee(world):
    return [make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name=f"Member {n}") for n in range(5)]


@pytest.fixture
def other_director(world):
    return member(world.other_agency, DesignationKind.EXECUTIVE_DIRECTOR, name="Otto Kern")


def again(number: int) -> PolicyChange:
    db.session.expire_all()
    return db.session.get_one(PolicyChange, number)


def proposed(client, by, **values) -> PolicyChange:
    form = {"once": once(), "place": "0", "title": "Entry in seven days", "text": "Seven days instead of five."}
    answer = send(client, by, "/policy-changes/new", form | values)
    assert answer.status_code == 302, words(answer)
    return again(int(answer.location.rsplit("/", 1)[1]))


def do(client, by, row, deed, **form):
    return send(client, by, f"/policy-changes/{row.id}/{deed}", form)


def vote(client, by, row, choice):
    return do(client, by, row, "vote", **{"vote-choice": choice})


def approved(client, world, committee) -> PolicyChange:
    row = proposed(client, world.director)
    assert do(client, world.manager, row, "put-to-vote").status_code == 302
    for person in committee[:3]:
        assert vote(client, person, row, "for").status_code == 302
    return again(row.id)


def board(client, by, row, decided="approved", day="2026-11-02"):
    return do(client, by, row, "board", **{"board-decided": decided, "board-day": day, "board-note": "Minutes, item 4"})


def adopted(client, world, committee) -> PolicyChange:
    row = approved(client, world, committee)
    assert board(client, world.manager, row).status_code == 302
    return again(row.id)


def forwarded(client, world, committee) -> PolicyChange:
    row = adopted(client, world, committee)
    assert do(client, world.manager, row, "forward").status_code == 302
    return again(row.id)


def clock_of(row, kind) -> Deadline:
    db.session.expire_all()
    query = select(Deadline).where(Deadline.kind == kind, Deadline.subject_id == row.id)
    return db.session.scalars(query).one()


def delivery_to(agency) -> PolicyDelivery:
    db.session.expire_all()
    return db.session.scalars(select(PolicyDelivery).where(PolicyDelivery.agency_id == agency.id)).one()


# ------------------------------------------------------------------ listed


@pytest.mark.rule("SON-HD-12")
@pytest.mark.parametrize("who", ["director", "manager", "admin"])
def test_proposed_changes_are_listed(client, world, who):
    row = proposed(client, getattr(world, who))
    assert row.state is ChangeState.LISTED
    assert row.agency_id == (world.agency.id if who == "director" else None)
    for reader in (world.other_representative, world.agent, world.administrator):
        assert "Entry in seven days" in read(client, reader, "/policy-changes")


@pytest.mark.rule("SON-HD-12")
@pytest.mark.parametrize("who", ["end_user", "representative", "administrator", "agent"])
def test_an_agencys_own_comes_from_its_executive_director(client, world, who):
    form = {"once": once(), "place": "0", "title": "T", "text": "X"}
    assert send(client, getattr(world, who), "/policy-changes/new", form).status_code == 403


def test_it_is_offered_only_where_the_manual_has_the_ladder(client, app, at_noon):
    world = make_world("vermont", "America/New_York")
    form = {"once": once(), "place": "0", "title": "T", "text": "Our words."}
    answer = send(client, world.director, "/policy-changes/new", form)
    assert answer.status_code == 422
    assert "does not say how its policies are changed" in words(answer)
    assert "Our words." in answer.text


def test_the_same_form_twice_is_one_proposal(client, world):
    key = once()
    assert proposed(client, world.director, once=key).id == proposed(client, world.director, once=key).id


# ------------------------------------------------------------------ the vote


@pytest.mark.rule("SON-HD-12")
@pytest.mark.parametrize(
    ("members", "in_favor", "against", "outcome"),
    [
        (5, 2, 0, None),
        (5, 3, 0, Act.APPROVE),
        (5, 2, 2, None),
        (5, 2, 3, Act.REJECT),
        (4, 2, 0, None),
        (4, 3, 0, Act.APPROVE),
        (4, 2, 2, Act.REJECT),
        (1, 1, 0, Act.APPROVE),
        (0, 0, 0, Act.REJECT),
    ],
)
def test_a_majority_is_more_than_half_of_the_members(members, in_favor, against, outcome):
    choices = [Choice.FOR] * in_favor + [Choice.AGAINST] * against
    assert rules.tally(range(members), dict(enumerate(choices))).outcome is outcome


@pytest.mark.rule("SON-HD-12")
def test_one_vote_a_member_until_a_majority_is_for_it(client, world, committee):
    row = proposed(client, world.director)
    do(client, world.manager, row, "put-to-vote")
    assert set(told()) == {person.email for person in committee}
    assert "Vote: Entry in seven days" in read(client, committee[0], "/")
    for _ in range(3):
        assert vote(client, committee[0], row, "for").status_code == 302
    assert "1 for, 0 against, 0 abstained, 4 to vote; a majority of the 5 members is 3." in read(
        client, committee[0], f"/policy-changes/{row.id}"
    )
    assert "Vote: Entry in seven days" not in read(client, committee[0], "/")
    vote(client, committee[1], row, "against")
    vote(client, committee[1], row, "for")
    assert again(row.id).state is ChangeState.VOTING
    vote(client, committee[2], row, "for")
    assert again(row.id).state is ChangeState.APPROVED
    assert vote(client, committee[3], row, "against").status_code == 409, "the vote is over"
    assert len(db.session.scalars(select(PolicyVote)).all()) == 3


@pytest.mark.rule("SON-HD-12")
def test_it_is_rejected_once_no_majority_can_be_for_it(client, world, committee):
    row = proposed(client, world.director)
    do(client, world.manager, row, "put-to-vote")
    for person in committee[:3]:
        vote(client, person, row, "abstain")
    assert again(row.id).state is ChangeState.REJECTED
    assert board(client, world.manager, row).status_code == 409


def test_who_is_no_member_does_not_vote(client, world, committee):
    row = proposed(client, world.director)
    do(client, world.manager, row, "put-to-vote")
    for person in (world.manager, world.director, world.representative):
        assert vote(client, person, row, "for").status_code == 403
    assert vote(client, committee[0], row, "maybe").status_code == 422


def test_a_vote_of_somebody_who_left_the_committee_does_not_count(client, world, committee, go):
    row = proposed(client, world.director)
    do(client, world.manager, row, "put-to-vote")
    vote(client, committee[0], row, "for")
    at = go(2026, 11, 3, 9, 0)
    with unit_of_work() as session:
        session.scalars(select(LeadStaff).where(LeadStaff.person_id == committee[0].id)).one().ended_at = at
    go(2026, 11, 3, 9, 1)
    vote(client, committee[1], row, "for")
    page = read(client, world.manager, f"/policy-changes/{row.id}")
    assert "1 for, 0 against, 0 abstained, 3 to vote; a majority of the 4 members is 3." in page


def test_a_committee_without_members_cannot_vote(client, world):
    row = proposed(client, world.director)
    answer = do(client, world.manager, row, "put-to-vote")
    assert answer.status_code == 409
    assert again(row.id).state is ChangeState.LISTED


# ------------------------------------------------------------------ the board, and forwarding


def test_the_board_decides_after_the_committee_and_not_in_the_future(client, world, committee, go):
    row = approved(client, world, committee)
    assert "has not come yet" in words(board(client, world.manager, row, day="2026-11-03"))
    assert "the board decided later" in words(board(client, world.manager, row, day="2026-11-01"))
    assert "This is not a date" in words(board(client, world.manager, row, day="soon"))
    assert board(client, world.manager, row, decided="refused").status_code == 302
    assert again(row.id).state is ChangeState.REFUSED
    assert db.session.scalars(select(Deadline)).all() == []


@pytest.mark.rule("SON-HD-12")
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, False), (1, True)])
def test_what_was_adopted_is_forwarded_within_ten_working_days(client, world, committee, go, seconds, late):
    row = adopted(client, world, committee)
    clock = clock_of(row, services.FORWARDING)
    assert clock.due_at == datetime(2026, 11, 17, 23, 59, 59, tzinfo=PACIFIC), "Veterans Day does not count"
    go(2026, 11, 17, 23, 59, 59, plus=seconds)
    fire_due()
    assert do(client, world.manager, row, "forward").status_code == 302
    clock = clock_of(row, services.FORWARDING)
    assert clock.was_late is late
    assert clock.state is (State.FIRED if late else State.MET)
    assert "Changes to HMIS Policies & Procedures" in read(client, world.director, f"/policy-changes/{row.id}")


@pytest.mark.rule("SON-HD-12")
def test_every_executive_director_gets_it_as_a_mail_with_a_link(client, world, committee, other_director):
    make_agency(world.coc, "Gone House", status=AgencyStatus.ENDED)
    row = adopted(client, world, committee)
    answer = do(client, world.manager, row, "forward")
    mails = [m for m in db.session.scalars(select(OutboxMessage)) if "has been adopted" in m.body_text]
    assert {mail.address for mail in mails} == {world.director.email, other_director.email}
    for mail in mails:
        assert f"http://hearthdesk.test/policy-changes/{row.id}" in mail.body_text
        assert "Seven days" not in mail.body_text
    assert answer.status_code == 302
    assert {d.agency_id for d in services.deliveries(row)} == {world.agency.id, world.other_agency.id}


@pytest.mark.rule("SON-HD-12")
def test_an_agency_without_a_director_gets_it_once_it_has_one(client, world, committee):
    row = adopted(client, world, committee)
    do(client, world.manager, row, "forward")
    page = read(client, world.manager, f"/policy-changes/{row.id}")
    assert "Nobody is named executive director at Casa Sol." in page
    assert "Nobody to deliver it to" in page
    director = member(world.other_agency, DesignationKind.EXECUTIVE_DIRECTOR)
    before = len(told())
    assert do(client, world.manager, row, "forward").status_code == 302
    assert told()[before:] == [director.email], "who has it is not told again"


# ------------------------------------------------------------------ acknowledged, and who is late


def acknowledge(client, by, agency):
    return send(client, by, f"/policy-changes/deliveries/{delivery_to(agency).id}/acknowledge", {})


@pytest.mark.rule("SON-HD-12")
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, False), (1, True)])
def test_each_acknowledges_within_ten_working_days(client, world, committee, other_director, go, seconds, late):
    row = forwarded(client, world, committee)
    clock = clock_of(delivery_to(world.agency), services.ACKNOWLEDGEMENT)
    assert clock.due_at == datetime(2026, 11, 17, 23, 59, 59, tzinfo=PACIFIC)
    assert clock.agency_id == world.agency.id
    go(2026, 11, 17, 23, 59, 59, plus=seconds)
    fire_due()
    assert acknowledge(client, world.director, world.agency).status_code == 302
    assert clock_of(delivery_to(world.agency), services.ACKNOWLEDGEMENT).was_late is late
    assert acknowledge(client, world.director, world.agency).status_code == 409
    waiting = read(client, world.manager, f"/policy-changes/{row.id}?shown=waiting")
    assert "Casa Sol" in waiting
    assert "Harbor House " not in waiting.partition("Acknowledgements")[2].partition("The proposal")[0]
    assert ("Missed" in waiting) is late


@pytest.mark.rule("SON-HD-12")
def test_only_the_agencys_own_director_acknowledges(client, world, committee, other_director):
    forwarded(client, world, committee)
    for person in (world.representative, world.manager, world.administrator):
        assert acknowledge(client, person, world.agency).status_code == 403
    assert acknowledge(client, other_director, world.agency).status_code == 404
    assert delivery_to(world.agency).acknowledged_at is None


def test_an_agency_sees_its_own_line_only(client, world, committee, other_director):
    row = forwarded(client, world, committee)
    page = read(client, world.representative, f"/policy-changes/{row.id}")
    assert "Casa Sol" not in page
    assert (
        status(client, world.representative, f"/policy-changes/deliveries/{delivery_to(world.other_agency).id}") == 404
    )


def test_the_director_is_reminded_and_finds_it_under_today(client, world, committee, other_director, go):
    forwarded(client, world, committee)
    assert "Acknowledge: Entry in seven days, Harbor House" in read(client, world.director, "/")
    go(2026, 11, 16, 23, 59, 59, plus=1)
    before = told().count(world.director.email)
    fire_due()
    assert told().count(world.director.email) == before + 1


def test_the_page_asks_as_much_for_many_agencies_as_for_few(client, world, committee, other_director):
    row = forwarded(client, world, committee)

    def asked() -> int:
        sign_in(client, world.manager)
        with counted() as statements:
            assert client.get(f"/policy-changes/{row.id}").status_code == 200
        return len(statements)

    few = asked()
    for number in range(6):
        member(make_agency(world.coc, f"House {number}"), DesignationKind.EXECUTIVE_DIRECTOR)
    do(client, world.manager, row, "forward")
    sign_in(client, world.manager).get("/")
    assert asked() == few


@pytest.mark.parametrize(("state", "act"), list(product(ChangeState, Act)))
def test_what_was_turned_down_stays_so(state, act):
    assert (state, act) not in TRANSITIONS or state not in (ChangeState.REJECTED, ChangeState.REFUSED)


def test_the_api_does_what_the_pages_do(client, world, committee, other_director):
    director, manager = api_headers(world.director), api_headers(world.manager)
    sent = {"coc_id": world.coc.id, "title": "Fees", "text": "Lower."}
    made = client.post("/api/v1/policy-changes", json=sent, headers=director)
    assert made.status_code == 201, made.text
    path = f"/api/v1/policy-changes/{made.json['id']}"
    assert client.post(f"{path}/put-to-vote", headers=director).status_code == 403
    assert client.post(f"{path}/put-to-vote", headers=manager).json["state"] == "voting"
    for person in committee[:3]:
        told_ = client.post(f"{path}/vote", json={"choice": "for"}, headers=api_headers(person)).json
    assert (told_["state"], told_["tally"]["needed"], told_["tally"]["in_favor"]) == ("approved", 3, 3)
    decided = client.post(f"{path}/board", json={"approves": True, "day": "2026-11-02"}, headers=manager)
    assert decided.json["deadlines"][0]["kind"] == "policy-forwarding"
    assert client.post(f"{path}/forward", headers=manager).json["state"] == "forwarded"
    mine = client.get(f"{path}/deliveries", headers=director).json["items"]
    assert [delivery["agency_id"] for delivery in mine] == [world.agency.id]
    done = client.post(f"/api/v1/policy-changes/deliveries/{mine[0]['id']}/acknowledge", headers=director)
    assert done.json["acknowledged_at"]
