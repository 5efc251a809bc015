"""Custom data requests: who must approve, what place in the queue, by when, and each decision, through the pages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from core import clock
from core.audit import verify
from core.authz import principal_for
from core.db import db, unit_of_work
from core.deadlines import State, fire_due
from core.errors import Conflict
from core.people.models import DesignationKind, StaffRole
from helpdesk.requests.data import queries as data_queries
from helpdesk.requests.data import services
from helpdesk.requests.data.models import DataRequest, DataRequestStep
from helpdesk.requests.data.rules import OPEN_STATES, TRANSITIONS, Act, DataState, Vote, tally
from tests.licensing.acting import mails, read, words
from tests.requests.acting import (
    CHICAGO,
    LOS_ANGELES,
    NEW_YORK,
    ZONES,
    again,
    ask,
    asked,
    instant,
    outside,
    post,
    seats,
    vote,
    work,
)
from tests.support.counting import queries
from tests.support.factories import join, make_agency, make_coc, make_staff, make_world, member
from tests.support.signing_in import sign_in
from tests.tickets.acting import opened

SEATS = (StaffRole.COC_LEADERSHIP, StaffRole.DATA_COMMITTEE, StaffRole.ADVISORY_COMMITTEE)


@pytest.fixture
def world(app, travel):
    travel(instant(2026, 11, 20, 12, 0))
    return make_world("missouri")


@pytest.fixture
def of(app, travel):
    """A community under another pack, at noon of a Friday there."""

    def make(pack):
        travel(instant(2026, 11, 20, 12, 0, zone=ZONES[pack]))
        return make_world(pack, tz=ZONES[pack].key)

    return make


# ------------------------------------------------------------------ who must approve

OPEN = [
    ("agency", "identifying", "own", "agency-own-clients"),
    ("agency", "project", "own", "agency-own-clients"),
    ("agency", "coc", "others", "agency-coc-level"),
    ("funder", "project", "funded", "funder-funded-project-level"),
    ("funder", "coc", "others", "funder-coc-level"),
    ("committee", "project", "others", "committee-project-or-coc-level"),
    ("committee", "coc", "others", "committee-project-or-coc-level"),
]
BOUND = [
    ("funder", "identifying", "funded", "identifiable-clients"),
    ("agency", "identifying", "others", "identifiable-clients"),
    ("committee", "identifying", "others", "identifiable-clients"),
    ("agency", "project", "others", "agency-other-clients"),
    ("agency", "client", "others", "agency-other-clients"),
    ("funder", "client", "funded", "funder-client-level"),
    ("funder", "project", "others", "funder-unfunded-project-level"),
    ("committee", "client", "others", "committee-client-level"),
    ("outside", "coc", "others", "outside-the-coc"),
    ("outside", "identifying", "others", "outside-the-coc"),
]


@pytest.mark.rule("MO-HD-8")
@pytest.mark.parametrize(("requester", "level", "about", "kind"), OPEN)
def test_five_kinds_need_no_approval(client, world, requester, level, about, kind):
    row = asked(client, world.agent, world.coc, requester=requester, level=level, about=about)
    assert (row.state, row.needs_approval, row.route["kind"]) == (DataState.ASKED, False, kind)
    page = read(client, world.agent, f"/data-requests/{row.id}")
    assert "It needs no approval by the CoC." in page
    assert "Data Request Policy" in page


@pytest.mark.rule("MO-HD-8")
@pytest.mark.parametrize(("requester", "level", "about", "kind"), BOUND)
def test_six_kinds_need_it(client, world, requester, level, about, kind):
    row = asked(client, world.agent, world.coc, requester=requester, level=level, about=about)
    assert (row.state, row.needs_approval, row.route["kind"]) == (DataState.NEEDS_APPROVAL, True, kind)
    page = read(client, world.agent, f"/data-requests/{row.id}")
    assert "It needs the CoC's approval." in page
    assert "MO-HD-8" in page


def test_every_kind_of_the_manual_is_reached():
    assert len({kind for *_, kind in OPEN}) == 5
    assert len({kind for *_, kind in BOUND}) == 6


@pytest.mark.parametrize(
    ("requester", "about", "told"),
    [
        ("funder", "own", "Only an agency has projects of its own"),
        ("committee", "funded", "Only a funder asks about agencies that it funds"),
    ],
)
def test_answers_that_cannot_all_be_true_come_back_with_what_was_typed(client, world, requester, about, told):
    answer = ask(client, world.agent, world.coc, requester=requester, about=about, reason="A reason of mine")
    assert answer.status_code == 422
    assert told in words(answer)
    assert "A reason of mine" in answer.get_data(as_text=True)


@pytest.mark.rule("SON-HD-8")
def test_sonoma_community_requests_are_at_the_leads_discretion(client, of):
    world = of("sonoma")
    row = asked(client, world.agent, world.coc, requester="outside", about="others")
    page = read(client, world.agent, f"/data-requests/{row.id}")
    assert "It is at the HMIS Lead's discretion." in page
    assert "Community Data Requests" in page
    assert services.delivery_of(row) is None
    assert work(client, world.manager, row, "deny", "No staff for it this year.").status_code == 302
    assert again(row).state is DataState.DENIED


# ------------------------------------------------------------------ votes


@pytest.mark.rule("MO-HD-8")
def test_more_than_half_of_the_seats_carry_it(client, world):
    first, second, third = seats(world, *SEATS)
    row = outside(client, world)
    assert {mail.person_id for mail in mails("data-request-vote")} == {first.id, second.id, third.id}
    assert vote(client, first, row).status_code == 302
    assert again(row).state is DataState.NEEDS_APPROVAL
    assert "1 for, 0 against or abstaining, 2 of 3 still to vote" in read(client, second, f"/data-requests/{row.id}")
    vote(client, second, row)
    assert again(row).state is DataState.ASKED
    assert row.approved_at == clock.now()
    assert "2 for" in read(client, world.manager, f"/data-requests/{row.id}")
    late = vote(client, third, row)
    assert late.status_code == 409
    assert "decided already" in words(late)
    assert "You wrote: “Said.”" in words(late)


@pytest.mark.rule("MO-HD-8")
def test_half_of_the_seats_against_refuse_it(client, world):
    first, second = seats(world, *SEATS[:2])
    row = outside(client, world)
    vote(client, first, row)
    assert again(row).state is DataState.NEEDS_APPROVAL
    vote(client, second, row, "against")
    assert again(row).state is DataState.DENIED
    assert row.closed_at == clock.now()


def test_a_vote_may_be_changed_until_it_is_decided(client, world):
    first, *_ = seats(world, *SEATS)
    row = outside(client, world)
    vote(client, first, row)
    vote(client, first, row, "against")
    [kept] = services.votes_of(row)
    assert kept.vote is Vote.AGAINST


@pytest.mark.rule("MO-HD-8")
def test_who_has_no_seat_has_no_vote(client, world):
    row = outside(client, world)
    answer = vote(client, world.manager, row)
    assert answer.status_code == 403
    assert "You have no vote on this." in words(answer)
    assert services.votes_of(row) == []


def test_who_asks_has_no_vote_on_it(client, world):
    [chair, _] = seats(world, *SEATS[:2])
    row = asked(client, chair, world.coc, requester="committee", level="client", about="others")
    answer = vote(client, chair, row)
    assert answer.status_code == 403
    assert "Who asks has no vote on it." in words(answer)


def test_a_vote_in_another_coc_is_no_vote_here(client, world):
    stranger = make_staff(world.lead, StaffRole.COC_LEADERSHIP, make_coc(world.lead))
    row = outside(client, world)
    assert vote(client, stranger, row).status_code == 404


@pytest.mark.rule("MO-HD-8")
@pytest.mark.parametrize(("answer", "state"), [("approved", DataState.ASKED), ("refused", DataState.DENIED)])
def test_the_cocs_decision_elsewhere_is_recorded_by_the_manager(client, world, answer, state):
    row = outside(client, world)
    path = f"/data-requests/{row.id}/coc-{answer}"
    assert post(client, world.agent, path, **{"coc-reason": "x"}).status_code == 403
    assert post(client, world.manager, path, **{"coc-reason": "Board meeting of Nov 18."}).status_code == 302
    assert again(row).state is state
    assert "Board meeting of Nov 18." in read(client, world.manager, f"/data-requests/{row.id}")


def test_without_approval_nobody_begins(client, world):
    row = outside(client, world)
    answer = work(client, world.manager, row, "begin")
    assert answer.status_code == 409
    assert "needs approval" in words(answer)


# ------------------------------------------------------------------ the queue and the date


@pytest.mark.rule("MO-HD-9")
def test_the_priority_shows_how_it_adds_up(client, world):
    row = asked(
        client,
        world.agent,
        world.coc,
        requester="committee",
        about="others",
        level="coc",
        regions="statewide",
        purpose="housing",
        type="mandated",
    )
    assert [part["points"] for part in row.score] == [3, 6, 3, 3, 0]
    assert row.priority == 15
    page = read(client, world.agent, f"/data-requests/{row.id}")
    assert "Priority 15" in page
    assert "The regions that benefit The whole state 6" in page
    assert "Not said yet 0" in page
    estimated(client, world, row, "small", "2026-12-01")
    assert again(row).priority == 18


@pytest.mark.rule("MO-HD-9")
def test_what_serves_many_stands_first_in_the_list(client, world):
    few = asked(client, world.agent, world.coc, title="For one", regions="one")
    many = asked(client, world.agent, world.coc, title="For all", regions="statewide")
    page = read(client, world.agent, "/data-requests")
    assert page.index(f"{many.id} For all") < page.index(f"{few.id} For one")


def estimated(client, world, row, effort, begins_on, fee=""):
    form = {"estimate-effort": effort, "estimate-begins_on": begins_on, "estimate-fee": fee}
    return post(client, world.agent, f"/data-requests/{row.id}/estimate", **form)


@pytest.mark.rule("MO-HD-9")
@pytest.mark.parametrize(
    ("effort", "expected"),
    [("small", date(2026, 12, 15)), ("medium", date(2027, 1, 12)), ("large", date(2027, 2, 9))],
)
def test_the_expected_date_lies_two_to_ten_weeks_after_the_beginning(client, world, effort, expected):
    row = asked(client, world.representative, world.agency)
    assert estimated(client, world, row, effort, "2026-12-01", "$250").status_code == 302
    assert again(row).expected_on == expected
    assert services.delivery_of(row).due_at == datetime(2027, 2, 9, 23, 59, 59, tzinfo=CHICAGO)
    [mail] = mails("data-request-expected")
    assert mail.person_id == world.representative.id
    assert f"{expected:%b} {expected.day}, {expected.year}" in mail.body_text
    assert row.title not in mail.body_text
    assert "Fee: $250" in read(client, world.representative, f"/data-requests/{row.id}")


@pytest.mark.rule("MO-HD-9")
def test_a_new_estimate_takes_the_place_of_the_one_before(client, world):
    row = asked(client, world.representative, world.agency)
    estimated(client, world, row, "small", "2026-12-01")
    estimated(client, world, row, "small", "2026-12-08")
    [first, second] = services.deadlines_of(row, services.DELIVERY)
    assert (first.state, second.state) == (State.CANCELLED, State.PENDING)
    assert again(row).expected_on == date(2026, 12, 22)
    assert len(mails("data-request-expected")) == 2


def test_work_cannot_begin_yesterday(client, world):
    row = asked(client, world.representative, world.agency)
    answer = estimated(client, world, row, "small", "2026-11-19")
    assert answer.status_code == 422
    assert "today or later" in words(answer)
    assert again(row).expected_on is None


@pytest.mark.rule("SON-HD-8")
@pytest.mark.parametrize(("seconds", "state"), [(-1, State.MET), (0, State.MET), (1, State.FIRED)])
def test_sonoma_produces_or_returns_within_five_business_days(client, of, travel, seconds, state):
    world = of("sonoma")
    row = asked(client, world.representative, world.agency)
    delivery = services.delivery_of(row)
    due = datetime(2026, 11, 30, 23, 59, 59, tzinfo=LOS_ANGELES)
    assert (delivery.due_at, delivery.explanation["earliest"][:10]) == (due, "2026-11-25")
    travel(due + timedelta(seconds=seconds))
    fire_due()
    work(client, world.agent, row, "return", "The name is a data element that cannot leave.")
    assert again(delivery).state is state
    assert again(row).state is DataState.RETURNED
    page = read(client, world.representative, f"/data-requests/{row.id}")
    assert "The name is a data element that cannot leave." in page
    assert ("Missed; was due" in page) is (state is State.FIRED)


@pytest.mark.rule("SON-HD-8")
@pytest.mark.parametrize(("field", "told"), [("recipient", "to whom"), ("reason", "why"), ("elements", "which data")])
def test_sonoma_wants_reason_recipient_and_elements(client, of, field, told):
    world = of("sonoma")
    answer = ask(client, world.representative, world.agency, **{field: ""})
    assert answer.status_code == 422
    assert told in words(answer).lower()
    assert db.session.scalar(select(func.count(DataRequest.id))) == 0


@pytest.mark.rule("SON-HD-8")
def test_sonoma_delivers_only_after_the_check_for_confidentiality(client, of):
    world = of("sonoma")
    row = asked(client, world.representative, world.agency)
    assert work(client, world.agent, row, "deliver").status_code == 409
    assert "Waiting" in read(client, world.agent, f"/data-requests/{row.id}")
    work(client, world.agent, row, "begin", "No client can be told from it.")
    assert (
        "Waiting"
        not in read(client, world.agent, f"/data-requests/{row.id}#needs").split("Place")[0].split("By when")[0]
    )
    assert work(client, world.agent, row, "deliver").status_code == 302
    assert services.delivery_of(row).state is State.MET


# ------------------------------------------------------------------ Vermont's lead time


@pytest.mark.rule("VT-HD-2")
@pytest.mark.parametrize(("need_by", "status"), [("2026-12-19", 422), ("2026-12-20", 302), ("2026-12-21", 302)])
def test_vermont_wants_thirty_days(client, of, need_by, status):
    world = of("vermont")
    answer = ask(client, world.representative, world.agency, need_by=need_by)
    assert answer.status_code == status
    if status == 422:
        assert "The earliest day is Sun, Dec 20, 2026." in words(answer)
        assert "VT-HD-2" in words(answer)


@pytest.mark.rule("VT-HD-2")
@pytest.mark.parametrize(("seconds", "status"), [(-1, 302), (0, 302), (1, 422)])
def test_the_last_second_of_the_thirtieth_day_is_in_time(client, of, travel, seconds, status):
    world = of("vermont")
    travel(instant(2026, 11, 20, 23, 59, 59, zone=NEW_YORK, plus=timedelta(seconds=seconds)))
    assert ask(client, world.representative, world.agency, need_by="2026-12-20").status_code == status


@pytest.mark.rule("VT-HD-2")
def test_an_exception_is_asked_for_with_its_reason_and_the_lead_may_deny(client, of):
    world = of("vermont")
    row = asked(client, world.representative, world.agency, need_by="2026-12-01", exception="The board meets then.")
    page = read(client, world.manager, f"/data-requests/{row.id}")
    assert "Asked for later than the manual allows" in page
    assert "The board meets then." in page
    assert services.lead_time_of(row).was_late
    assert work(client, world.agent, row, "deny").status_code == 403
    assert work(client, world.manager, row, "deny", "Too near.").status_code == 302
    assert again(row).state is DataState.DENIED


@pytest.mark.rule("VT-HD-2")
@pytest.mark.parametrize("field", ["period", "elements", "need_by"])
def test_vermont_wants_data_and_period_in_writing(client, of, field):
    world = of("vermont")
    form = {"need_by": "2027-03-01", field: ""}
    assert ask(client, world.representative, world.agency, **form).status_code == 422


# ------------------------------------------------------------------ decisions


def test_every_decision_has_who_when_why_and_its_rule(client, world):
    [chair] = seats(world, StaffRole.COC_LEADERSHIP)
    row = outside(client, world)
    vote(client, chair, row)
    work(client, world.manager, row, "begin", "Totals only.")
    work(client, world.agent, row, "deliver", "Handed over in the meeting.")
    steps = data_queries.steps_of(row)
    assert [(s.act, s.by_id, s.rule) for s in steps] == [
        (Act.ASK, world.admin.id, "MO-HD-8"),
        (Act.APPROVE, chair.id, "MO-HD-8"),
        (Act.BEGIN, world.manager.id, "MO-HD-8"),
        (Act.DELIVER, world.agent.id, ""),
    ]
    assert all(step.reason and step.at == clock.now() for step in steps)
    page = read(client, world.admin, f"/data-requests/{row.id}")
    said = ("Asked", "Approved by the CoC", "Checked and taken up", "Delivered", "Handed over in the meeting.")
    assert all(words_ in page for words_ in said)
    assert list(verify()) == []


@pytest.mark.parametrize("state", DataState)
@pytest.mark.parametrize("act", Act)
def test_every_pair_of_state_and_act(state, act):
    following = TRANSITIONS.get((state, act))
    if state not in OPEN_STATES:
        assert following is None
    elif act is Act.DELIVER:
        assert following is (DataState.DELIVERED if state is DataState.IN_WORK else None)
    elif act in (Act.APPROVE, Act.REFUSE):
        assert (following is None) is (state is not DataState.NEEDS_APPROVAL)
    elif act is Act.BEGIN:
        assert (following is None) is (state is not DataState.ASKED)
    elif act is not Act.ASK:
        assert following is not None


def test_two_decisions_at_once_are_one(app, client, world):
    row = asked(client, world.representative, world.agency)
    both, told = Barrier(2), []

    def decide(verb):
        with app.app_context():
            by = principal_for(db.session.get_one(type(world.manager), manager), clock.now())
            both.wait()
            try:
                with unit_of_work():
                    verb(data_queries.visible_request(by, number, lock=True), by, "Said so.", clock.now())
                told.append("done")
            except Conflict as error:
                told.append(error.message)
            db.session.remove()

    number, manager = row.id, world.manager.id
    threads = [Thread(target=decide, args=(verb,)) for verb in (services.deny, services.give_back)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(word.startswith("This request is") for word in told) == [False, True]
    assert db.session.scalar(select(func.count(DataRequestStep.id))) == 2


def test_the_same_form_sent_twice_is_one_request(client, world):
    first = ask(client, world.representative, world.agency, once="the-same")
    second = ask(client, world.representative, world.agency, once="the-same")
    assert first.location == second.location
    assert ask(client, world.representative, world.agency, once="the-same", title="Another").status_code == 409
    assert len(mails("data-request-asked")) == 1


@pytest.mark.parametrize("field", ["title", "elements", "reason", "recipient"])
def test_a_clients_name_is_refused_with_the_words(client, world, field):
    answer = ask(client, world.representative, world.agency, **{field: "Exits of client Maria Lopez"})
    assert answer.status_code == 422
    assert "a client's name (“Maria Lopez”)" in words(answer)
    assert "Use the client ID" in words(answer)


def test_who_asked_may_withdraw_it_and_nobody_else(client, world):
    row = asked(client, world.representative, world.agency)
    assert post(client, world.administrator, f"/data-requests/{row.id}/withdraw").status_code == 403
    assert post(client, world.representative, f"/data-requests/{row.id}/withdraw").status_code == 302
    assert again(row).state is DataState.WITHDRAWN


def test_another_agency_does_not_see_it(client, world):
    row = asked(client, world.representative, world.agency)
    assert sign_in(client, world.other_representative).get(f"/data-requests/{row.id}").status_code == 404
    assert row.title not in read(client, world.other_representative, "/data-requests?shown=all")


# ------------------------------------------------------------------ around it


def test_a_ticket_may_be_named_that_the_person_sees(client, world):
    ticket = opened(world, world.administrator)
    row = asked(client, world.administrator, world.agency, ticket=f"#{ticket.id}")
    assert again(row).ticket_id == ticket.id
    assert f"Ticket {ticket.id}" in read(client, world.administrator, f"/data-requests/{row.id}")
    answer = ask(client, world.other_representative, world.other_agency, ticket=str(ticket.id))
    assert answer.status_code == 422
    assert f"There is no ticket {ticket.id} that you can see." in words(answer)


def test_today_says_whose_move_it_is(client, world):
    [chair, _] = seats(world, *SEATS[:2])
    row = outside(client, world)
    plain = asked(client, world.representative, world.agency)
    assert f"Data request {row.id}" in read(client, chair, "/")
    assert f"Data request {plain.id}" not in read(client, chair, "/")
    assert f"Data request {plain.id}" in read(client, world.agent, "/")
    assert f"Data request {plain.id}" in read(client, world.representative, "/")
    vote(client, chair, row)
    assert f"Data request {row.id}" not in read(client, chair, "/")


def test_search_finds_it_by_number_and_by_word(client, world):
    row = asked(client, world.representative, world.agency)
    for text in ("housing", f"%23{row.id}"):
        assert f"Data request {row.id}" in read(client, world.representative, f"/search?q={text}")
    assert f"Data request {row.id}" not in read(client, world.other_representative, "/search?q=housing")


def test_a_page_of_them_asks_the_database_as_often_as_one(client, world):
    asked(client, world.representative, world.agency)
    sign_in(client, world.agent)
    client.get("/data-requests")
    with queries() as one:
        client.get("/data-requests")
    for number in range(6):
        agency = make_agency(world.coc, f"Shelter {number}")
        asked(client, member(agency, DesignationKind.REPRESENTATIVE), agency)
    sign_in(client, world.agent)
    with queries() as many:
        client.get("/data-requests")
    assert len(many) == len(one)


@pytest.mark.parametrize(
    ("votes", "passed"),
    [
        ({1: "for", 2: "for"}, None),
        ({1: "for", 2: "for", 3: "for"}, True),
        ({1: "against", 2: "abstain"}, False),
        ({9: "for"}, None),
    ],
)
def test_the_count_of_four_seats(votes, passed):
    assert tally({who: Vote(vote) for who, vote in votes.items()}, frozenset({1, 2, 3, 4})).passed is passed


def test_without_seats_no_vote_settles_anything():
    assert tally({}, frozenset()).passed is None


def test_who_is_an_end_user_elsewhere_asks_for_their_own_agency_only(client, world):
    """A role at one agency is none at another where the same person works."""
    join(world.representative, world.other_agency)
    assert ask(client, world.representative, world.agency).status_code == 302
    assert ask(client, world.representative, world.other_agency).status_code == 404
