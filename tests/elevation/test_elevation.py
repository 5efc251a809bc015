"""What the Lead cannot settle goes to the CoC or its data committee: by hand, by time, answered, withdrawn."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, State
from core.people.models import StaffRole
from core.policy.vocabulary import Tier
from core.workcalendar import BusinessDays
from helpdesk.elevation.models import Elevation
from helpdesk.elevation.rules import Body
from helpdesk.flow.practice import Practice
from helpdesk.flow.rules import Desk, Promise
from tests.flow.conftest import PACIFIC, on, promised, set_for
from tests.flow.conftest import go as go
from tests.flow.conftest import world as world
from tests.matters.acting import seats
from tests.support.counting import queries
from tests.support.factories import make_staff, make_world
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import ask, do, fresh, mails, messages_of, nonce, read, words

UP = Practice(
    promises=(
        *promised(Desk.LEAD, Promise.ESCALATION, BusinessDays(2)),
        *promised(Desk.LEAD, Promise.FIRST_ANSWER, BusinessDays(1)),
    ),
    gives=False,
)
WHY = "Two vendors say that it is the other's fault."


def at_lead(client, world):
    ticket = ask(client, world.end_user)
    assert do(client, world.administrator, ticket, "forward").status_code == 302
    return ticket


def take(client, person, ticket, body=Body.COMMITTEE, status=302, **values):
    sign_in(client, person)
    form = {"nonce": nonce(), "body": body, "reason": WHY, **values}
    answer = client.post(f"/tickets/{ticket.id}/elevate", data=form)
    assert answer.status_code == status, words(answer.get_data(as_text=True))[:1500]
    return answer


def rows() -> list[Elevation]:
    return list(db.session.scalars(select(Elevation).order_by(Elevation.id).execution_options(populate_existing=True)))


def speak(client, person, row, text, what="advice", status=302, **values):
    sign_in(client, person)
    form = {"nonce": nonce(), "text": text, "what": what, **values}
    answer = client.post(f"/elevations/{row.id}/words", data=form)
    assert answer.status_code == status, words(answer.get_data(as_text=True))[:1500]
    return answer


@pytest.mark.rule("HUD-HD-2")
def test_by_hand_with_a_reason_its_members_are_told_advise_and_decide_and_it_stays_with_the_lead(client, world, go):
    go(on(19))
    sitting = seats(world)
    member = sitting[StaffRole.DATA_COMMITTEE]
    ticket = at_lead(client, world)
    key = nonce()
    for _ in range(2):
        take(client, world.agent, ticket, nonce=key)
    (row,) = rows()
    assert (row.body, row.rule, row.elevated_by_id) == (Body.COMMITTEE, "HUD-HD-2", world.agent.id)
    assert [mail.person_id for mail in mails("matter-news")] == [member.id]
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
    assert "Advise or decide" in words(read(client, member, "/"))
    page = words(read(client, member, f"/elevations/{row.id}"))
    assert WHY.replace("'", "&#39;") in page
    assert "It says the date is out of range." not in page, "the conversation is not theirs"
    read(client, member, f"/tickets/{ticket.id}", 403)
    speak(client, member, row, "Ask both for a joint call.")
    assert "Ask both for a joint call." in words(read(client, world.agent, f"/tickets/{ticket.id}"))
    assert "Ask both" not in read(client, world.end_user, f"/tickets/{ticket.id}")
    speak(client, member, row, "The second vendor pays.", "decision")
    (row,) = rows()
    assert (row.state, row.outcome, row.ended_by_id) == ("decided", "The second vendor pays.", member.id)
    assert world.agent.id in {mail.person_id for mail in mails("matter-news")}
    beside = words(read(client, world.agent, f"/tickets/{ticket.id}"))
    assert "Decision , Dov Ames: The second vendor pays." in beside
    assert "Advise or decide" not in words(read(client, member, "/"))
    speak(client, member, row, "One more thing.", status=409)


def test_who_has_no_seat_there_sees_nothing_of_it(client, world, go):
    go(on(19))
    sitting = seats(world)
    take(client, world.agent, at_lead(client, world))
    (row,) = rows()
    for seat in (StaffRole.COC_LEADERSHIP, StaffRole.ADVISORY_COMMITTEE, StaffRole.MANAGING_DIRECTOR):
        read(client, sitting[seat], f"/elevations/{row.id}", 404)
        assert f"/elevations/{row.id}" not in read(client, sitting[seat], "/elevations")
        speak(client, sitting[seat], row, "I say.", status=404)
    speak(client, world.manager, row, "I say.", status=403)
    read(client, world.end_user, f"/elevations/{row.id}", 403)
    elsewhere = make_world("sonoma")
    read(client, elsewhere.admin, f"/elevations/{row.id}", 404)
    other = make_staff(elsewhere.lead, StaffRole.DATA_COMMITTEE, elsewhere.coc)
    read(client, other, f"/elevations/{row.id}", 404)


def test_what_cannot_be_taken_there_is_refused_and_nothing_typed_is_lost(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    told = words(take(client, world.agent, ticket, status=409).get_data(as_text=True))
    assert "the HMIS Lead takes it over first" in told
    assert WHY.replace("'", "&#39;") in told
    do(client, world.administrator, ticket, "forward")
    nobody = take(client, world.agent, ticket, status=409)
    assert "Nobody has a seat in the data committee." in words(nobody.get_data(as_text=True))
    seats(world)
    take(client, world.agent, ticket, status=422, reason=" ")
    named = take(client, world.agent, ticket, status=422, reason="Her SSN is 123-45-6789.")
    assert "Use the client ID" in named.get_data(as_text=True)
    take(client, world.agent, ticket, status=422, body="parliament")
    take(client, world.agent, ticket)
    take(client, world.agent, ticket, status=409)
    take(client, world.agent, ticket, Body.COC)
    assert [row.body for row in rows()] == [Body.COMMITTEE, Body.COC]
    sign_in(client, world.agent)
    form = {"nonce": nonce(), "reason": "They agreed."}
    for _ in range(2):
        assert client.post(f"/elevations/{rows()[0].id}/withdraw", data=form).status_code == 302
    assert rows()[0].state == "withdrawn"
    told = [mail for mail in mails("matter-news") if "was withdrawn" in mail.body_text]
    assert len(told) == 1, "pressed twice, it is withdrawn once"
    assert client.post(f"/elevations/{rows()[0].id}/withdraw", data={**form, "nonce": nonce()}).status_code == 409
    do(client, world.agent, ticket, "close")
    sign_in(client, world.agent)
    assert client.post(f"/tickets/{ticket.id}/elevate", data={"nonce": nonce(), "body": "x"}).status_code == 422


@pytest.mark.rule("HUD-HD-2")
@pytest.mark.parametrize("body", list(Body))
def test_by_time_it_goes_up_at_the_end_of_the_second_business_day_and_not_before(client, world, go, body):
    set_for(world, replace_body(body), since=on(10).date())
    member = seats(world)[str(body)]
    go(on(19))
    ticket = at_lead(client, world)
    end = on(23, 23, 59, 59)
    go(end.replace(second=58))
    assert rows() == []
    go(end)
    (row,) = rows()
    assert (row.body, row.elevated_by_id, row.ticket_id) == (body, None, ticket.id)
    assert [mail.person_id for mail in mails("matter-news")] == [member.id]
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
    kind = select(Deadline).where(Deadline.subject_id == ticket.id, Deadline.kind == "service-escalation")
    clock = db.session.scalars(kind.order_by(Deadline.id.desc())).first()
    assert (clock.state, clock.due_at, clock.holder) == (State.FIRED, end, "lead")
    assert clock.outcome.startswith("It went to ")
    go(on(24, 0, 0, 0))
    do(client, world.agent, ticket, "answer")
    do(client, world.end_user, ticket, "reply")
    go(on(10, month=12))
    assert len(rows()) == 1, "once, however long it lies"
    assert "took this to" in " ".join(said.text for said in messages_of(ticket))


@pytest.mark.rule("HUD-HD-2")
def test_where_the_sweep_comes_a_second_late_it_goes_up_then_and_once(client, world, go):
    set_for(world, UP, since=on(10).date())
    seats(world)
    go(on(19))
    ticket = at_lead(client, world)
    late = on(24, 0, 0, 0)
    for _ in range(2):
        go(late)
        (row,) = rows()
    assert (row.ticket_id, row.elevated_at) == (ticket.id, late)


def test_the_night_on_which_the_clocks_change_moves_no_end_of_a_day(client, world, go):
    """Counted from a Friday over the 23 hours of 14 March 2027: the end of Tuesday by the wall."""
    set_for(world, UP, since=on(10).date())
    seats(world)
    go(datetime(2027, 3, 12, 12, tzinfo=PACIFIC))
    ticket = at_lead(client, world)
    end = datetime(2027, 3, 16, 23, 59, 59, tzinfo=PACIFIC)
    go(end.replace(second=58))
    assert rows() == []
    go(end)
    (row,) = rows()
    assert (row.ticket_id, row.elevated_at) == (ticket.id, end)
    assert end.utcoffset() != datetime(2027, 3, 12, tzinfo=PACIFIC).utcoffset()


def replace_body(body: Body) -> Practice:
    return Practice.model_validate({**UP.model_dump(), "elevates_to": body})


def test_while_the_requester_has_the_move_its_time_stands_still_and_taken_by_hand_it_does_not_go_twice(
    client, world, go
):
    set_for(world, UP, since=on(10).date())
    seats(world)
    go(on(19))
    waiting, taken = at_lead(client, world), at_lead(client, world)
    do(client, world.agent, waiting, "answer")
    take(client, world.agent, taken)
    go(on(10, month=12))
    assert [row.ticket_id for row in rows()] == [taken.id]
    assert fresh(taken.id).next_due_at is None or fresh(taken.id).next_due_at < on(24)


def test_the_practice_is_set_on_its_page_and_says_to_whom(client, world, go):
    go(on(20))
    sign_in(client, world.admin)
    page = read(client, world.admin, "/practice/new")
    assert "to the CoC or its data committee by itself" in words(page)
    units = {f"{d}_{p}_unit": "business_days" for d in ("agency", "lead") for p in (
        "first_answer", "next_answer", "resolution", "escalation")}  # fmt: skip
    form = {"nonce": nonce(), "place": "0", "since": "2026-12-01", "attempts": "0", "silence_unit": "days"}
    form |= {**units, "vendor_unit": "days", "lead_escalation_normal": "5", "elevates_to": "coc-leadership"}
    done = client.post("/practice/new", data=form)
    assert done.status_code == 302, words(done.get_data(as_text=True))[:2000]
    shown = words(read(client, world.agent, done.location))
    assert "The HMIS Lead To the CoC or its data committee by itself Normal 5 business days" in shown
    assert "the leadership of the CoC" in shown


def test_the_search_box_finds_it_for_who_may_see_it(client, world, go):
    go(on(19))
    sitting = seats(world)
    ticket = at_lead(client, world)
    take(client, world.agent, ticket)
    (row,) = rows()
    link = f'href="/elevations/{row.id}"'
    for text in (str(ticket.id).zfill(2), ticket.subject[:6].upper()):
        for person in (world.agent, sitting[StaffRole.DATA_COMMITTEE]):
            assert link in read(client, person, f"/search?q={text}")
        for person in (world.end_user, sitting[StaffRole.COC_LEADERSHIP], make_world("missouri").admin):
            assert link not in read(client, person, f"/search?q={text}")


def test_the_api_does_the_same(client, world, go):
    go(on(19))
    member = seats(world)[StaffRole.DATA_COMMITTEE]
    ticket = at_lead(client, world)
    agent, theirs = api_headers(world.agent), api_headers(member)
    asked = {"body": "data-committee", "reason": WHY}
    url = f"/api/v1/tickets/{ticket.id}/elevations"
    made = [client.post(url, json=asked, headers={**agent, "Idempotency-Key": "once-only"}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    number = made[0].json["id"]
    assert made[1].json["id"] == number
    assert client.post(url, json=asked, headers=agent).status_code == 409
    assert [one["id"] for one in client.get("/api/v1/elevations", headers=theirs).json["items"]] == [number]
    said = f"/api/v1/elevations/{number}/words"
    assert client.post(said, json={"text": "Wait."}, headers=agent).status_code == 403
    done = client.post(said, json={"text": "Wait.", "is_decision": True}, headers=theirs)
    assert (done.status_code, done.json["state"], done.json["words"][0]["text"]) == (201, "decided", "Wait.")
    gone = client.post(f"/api/v1/elevations/{number}/withdraw", json={"reason": "No."}, headers=agent)
    assert gone.status_code == 409
    other = client.post(url, json={**asked, "body": "coc-leadership"}, headers=agent).json["id"]
    away = f"/api/v1/elevations/{other}/withdraw"
    for _ in range(2):
        out = client.post(away, json={"reason": "Settled."}, headers={**agent, "Idempotency-Key": "out-once"})
        assert (out.status_code, out.json["state"]) == (200, "withdrawn")


def test_the_tickets_page_asks_a_fixed_number_of_questions_more(client, world, go):
    go(on(19))
    member = seats(world)[StaffRole.DATA_COMMITTEE]
    ticket = at_lead(client, world)
    take(client, world.agent, ticket)
    counted = []
    for text in ("One.", "Two."):
        speak(client, member, rows()[0], text)
        read(client, world.agent, f"/tickets/{ticket.id}")
        with queries() as told:
            read(client, world.agent, f"/tickets/{ticket.id}")
        counted.append(len(told))
    assert counted[0] == counted[1]
