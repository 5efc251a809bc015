"""Who looks after whom, skills, backups, absences and handing over: through pages and the API."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import LeadStaff, StaffRole
from helpdesk.flow.practice import Practice
from helpdesk.routing import services as routing
from helpdesk.routing.models import Absence, AgencyAssignment, Backup
from tests.flow.conftest import on, set_for
from tests.support.counting import queries
from tests.support.factories import make_agency, make_coc, make_staff, make_world
from tests.support.signing_in import api_headers, sign_in
from tests.tickets.acting import ask, fresh, mails, nonce, opened, read, words


@pytest.fixture
def world(app):
    with clock.frozen(on(2)):
        made = make_world("missouri", tz="America/Los_Angeles")
    set_for(made, Practice())
    return made


@pytest.fixture
def now(world, travel):
    travel(on(20))
    return on(20)


def send(client, person, url, status=302, /, **values):
    sign_in(client, person)
    answer = client.post(url, data=values)
    assert answer.status_code == status, (answer.status_code, words(answer.get_data(as_text=True))[:2000])
    db.session.expire_all()
    return answer


def current() -> dict[int, int]:
    rows = db.session.scalars(select(AgencyAssignment).where(AgencyAssignment.ended_at.is_(None)))
    return {row.agency_id: row.person_id for row in rows}


@pytest.mark.rule("MO-HD-2")
def test_agencies_without_anybody_come_first_and_several_are_given_at_once(client, world, now):
    page = words(read(client, world.manager, "/assignments"))
    assert "Nobody looks after these" in page
    assert "Harbor House" in page
    both = [world.agency.id, world.other_agency.id]
    send(client, world.manager, "/assignments", agency=both, to=world.agent.id)
    assert current() == dict.fromkeys(both, world.agent.id)
    assert "Nobody looks after these" not in read(client, world.manager, "/assignments")
    assert ask(client, world.end_user).holder_person_id == world.agent.id
    send(client, world.manager, "/assignments", agency=both, to=world.agent.id)
    assert len(db.session.scalars(select(AgencyAssignment)).all()) == 2, "the same again changes nothing"
    send(client, world.admin, "/assignments", agency=[both[0]], to=0)
    assert current() == {both[1]: world.agent.id}
    page = words(read(client, world.agent, f"/assignments/{both[0]}"))
    assert "Ana Petrov Fri, Nov 20, 2026 Fri, Nov 20, 2026, 12:00 PM" in page
    made = select(AuditEvent.action).where(AuditEvent.action.like("assignment.%")).order_by(AuditEvent.id)
    assert list(db.session.scalars(made)) == ["assignment.made", "assignment.made", "assignment.ended"]


def test_who_may_not_give_them_and_who_may_not_get_them(client, world, now):
    next_door = make_coc(world.lead)
    far = make_agency(next_door, "Far House")
    of_far = make_staff(world.lead, StaffRole.AGENT, next_door, name="Ida Moss")
    here = world.agency.id
    send(client, world.agent, "/assignments", 403, agency=[here], to=world.agent.id)
    send(client, world.manager, "/assignments", 404, agency=[far.id], to=world.agent.id)
    refused = send(client, world.admin, "/assignments", 422, agency=[here], to=of_far.id)
    assert "Ida Moss does not work for all of these." in words(refused.get_data(as_text=True))
    assert "checked" in refused.get_data(as_text=True), "what was ticked stays so"
    assert "Select at least one agency first." in words(
        send(client, world.admin, "/assignments", 422, to=world.agent.id).get_data(as_text=True)
    )
    send(client, world.admin, "/assignments", 404, agency=[here], to=999)
    assert current() == {}


@pytest.mark.rule("HUD-HD-6")
def test_what_somebody_works_on_is_set_on_a_page_and_decides_who_gets_a_request(client, world, now):
    able = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    send(client, world.manager, f"/staff/{able.id}", skills=["problem", "training"], cover=0)
    row = db.session.scalars(select(LeadStaff).where(LeadStaff.person_id == able.id)).one()
    assert row.skills == ["problem", "training"]
    assert ask(client, world.end_user).holder_person_id == able.id
    send(client, world.manager, f"/staff/{able.id}", 422, skills=["juggling"], cover=0)
    send(client, world.agent, f"/staff/{able.id}", 403, skills=["problem"], cover=0)
    read(client, world.manager, f"/staff/{world.end_user.id}", 404)


@pytest.mark.rule("HUD-HD-4")
def test_primary_staff_without_backup_are_named_until_they_have_one_who_then_covers(client, world, now, travel):
    cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    with unit_of_work():
        routing.look_after(world.agency, world.agent, now)
    page = words(read(client, world.manager, "/staff"))
    assert "Ana Petrov looks after agencies, and nobody stands in when they are away." in page
    send(client, world.manager, f"/staff/{world.agent.id}", 422, skills=[], cover=world.agent.id)
    send(client, world.manager, f"/staff/{world.agent.id}", skills=[], cover=cover.id)
    assert "No backup cover" not in read(client, world.manager, "/staff")
    send(client, world.agent, "/absences", person=world.agent.id, from_on="2026-11-23", until_on="2026-11-24", cover=0)
    travel(on(23, 9))
    assert ask(client, world.end_user).holder_person_id == cover.id
    assert "Away now" in read(client, world.manager, "/staff")
    travel(on(25, 9))
    assert ask(client, world.end_user).holder_person_id == world.agent.id
    send(client, world.manager, f"/staff/{world.agent.id}", skills=[], cover=0)
    assert db.session.scalars(select(Backup)).all() == []


@pytest.mark.rule("HUD-HD-4")
def test_an_absence_without_cover_is_on_the_managers_today_until_somebody_stands_in(client, world, now, travel):
    cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    said = {"person": world.agent.id, "from_on": "2026-12-04", "until_on": "2026-12-05", "cover": 0}
    where = send(client, world.agent, "/absences", **said).location
    assert "Nobody stands in on all of these days" in words(read(client, world.agent, where))
    line = "Ana Petrov is away from Fri, Dec 4, 2026 and nobody stands in"
    travel(on(19, 23, 59, 59))
    assert line not in words(read(client, world.manager, "/"))
    for at in (on(20, 0, 0), on(4, 12, month=12), on(5, 23, 59, 59, month=12)):
        travel(at)
        assert line in words(read(client, world.manager, "/")), at
    travel(on(6, 0, 0, month=12))
    assert line not in words(read(client, world.manager, "/")), "it is over"
    travel(on(20))
    send(client, world.manager, f"{where}/cover", cover=cover.id)
    assert line not in words(read(client, world.manager, "/"))
    assert [mail.person_id for mail in mails("absence-cover")] == [cover.id]
    send(client, world.manager, "/absences", **{**said, "person": cover.id})
    assert line in words(read(client, world.manager, "/")), "who stands in is away on that day too"


def test_what_lies_in_their_hands_goes_to_who_stands_in_in_one_act(client, world, now):
    cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    with unit_of_work():
        routing.look_after(world.agency, world.agent, now)
        row = routing.be_away(world.lead, world.agent, date(2026, 11, 23), date(2026, 11, 24), cover)
    held = [opened(world) for _ in range(3)]
    assert {fresh(one.id).holder_person_id for one in held} == {world.agent.id}
    page = read(client, world.manager, f"/absences/{row.id}")
    assert "Hand all 3 to Ida Moss" in page
    key = nonce()
    done = send(client, world.manager, f"/absences/{row.id}/hand-over", nonce=key)
    assert {fresh(one.id).holder_person_id for one in held} == {cover.id}
    assert "3 done" in words(read(client, world.manager, done.location)).lower() or "3" in read(
        client, world.manager, done.location
    )
    assert "Nothing lies in their hands." in words(read(client, world.manager, f"/absences/{row.id}"))
    (mail,) = mails("requests-handed-over")
    assert (mail.person_id, mail.subject) == (cover.id, "3 requests of Ana Petrov are yours now")
    assert all(f"/tickets/{one.id}" in mail.body_text and f"/tickets/{one.id}" in mail.body_html for one in held)
    told = [mail for mail in mails("ticket-news") if mail.person_id == cover.id]
    assert told == [], "not one mail for each as well"
    assert send(client, world.manager, f"/absences/{row.id}/hand-over", nonce=key).location == done.location
    empty = send(client, world.manager, f"/absences/{row.id}/hand-over", 422, nonce=nonce())
    assert "Select at least one request first." in words(empty.get_data(as_text=True))
    assert len(mails("requests-handed-over")) == 1


def test_by_api_somebody_is_named_and_gets_what_lies_there(client, world, now):
    cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    with unit_of_work():
        routing.look_after(world.agency, world.agent, now)
        row = routing.be_away(world.lead, world.agent, date(2026, 11, 23), date(2026, 11, 24), None)
    ticket, url, key = opened(world), f"/api/v1/absences/{row.id}", {"Idempotency-Key": "handed-1"}
    theirs, colleague = api_headers(world.manager), api_headers(cover)
    assert client.post(f"{url}/hand-over", headers=theirs).status_code == 409, "nobody stands in"
    assert client.post(f"{url}/cover", json={"cover_id": cover.id}, headers=colleague).status_code == 403
    assert client.post(f"{url}/cover", json={"cover_id": world.agent.id}, headers=theirs).status_code == 422
    named = client.post(f"{url}/cover", json={"cover_id": cover.id}, headers=theirs)
    assert (named.status_code, named.json["stands_in_id"]) == (200, cover.id)
    for _ in range(2):
        done = client.post(f"{url}/hand-over", headers={**theirs, **key})
        assert done.json == {"to_id": cover.id, "items": [{"ticket_id": ticket.id, "refused": ""}]}
    assert fresh(ticket.id).holder_person_id == cover.id
    assert len(mails("requests-handed-over")) == 1


def test_days_that_cannot_be_are_refused_and_nothing_typed_is_lost(client, world, now):
    said = {"person": world.agent.id, "from_on": "2026-11-19", "until_on": "2026-11-20", "cover": 0}
    where = send(client, world.agent, "/absences", **said).location
    assert send(client, world.agent, "/absences", **said).location == where, "the same again is one act"
    for wrong, status, told in (
        ({"until_on": "2026-11-21"}, 409, "is away on some of these days already"),
        ({"from_on": "2026-11-18", "until_on": "2026-11-18"}, 422, "These days are over."),
        ({"from_on": "2026-11-26", "until_on": "2026-11-25"}, 422, "The last day is before the first."),
        ({"from_on": "2026-11-26", "until_on": "2026-11-26", "cover": world.agent.id}, 422, "Somebody else covers."),
        ({"person": world.manager.id}, 422, "Not a valid choice"),
    ):
        page = send(client, world.agent, "/absences", status, **{**said, **wrong}).get_data(as_text=True)
        assert told in words(page), wrong
        assert f'value="{ {**said, **wrong}["until_on"] }"' in page, wrong
    colleague = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    send(client, colleague, f"{where}/take-back", 403)
    send(client, world.agent, f"{where}/take-back")
    assert db.session.scalars(select(Absence)).all() == []
    other = make_world("missouri")
    read(client, other.admin, where, 404)


def test_the_pages_ask_a_fixed_number_of_questions(client, world, now):
    asked = {}
    for more in (1, 8):
        for number in range(more):
            person = make_staff(world.lead, StaffRole.AGENT, name=f"Agent {more}-{number}")
            with unit_of_work():
                routing.look_after(make_agency(world.coc, f"House {more}-{number}"), person, now)
                routing.be_away(world.lead, person, date(2026, 11, 23), date(2026, 11, 24), world.admin)
        for path in ("/assignments?show=all", "/staff", "/absences"):
            read(client, world.manager, path)
            with queries() as told:
                read(client, world.manager, path)
            asked.setdefault(path, []).append(len(told))
    assert all(first == second for first, second in asked.values()), asked


def test_the_api_does_the_same_with_the_same_refusals(client, world, now):
    cover = make_staff(world.lead, StaffRole.AGENT, name="Ida Moss")
    boss, agent = api_headers(world.manager), api_headers(world.agent)
    given = {"agency_ids": [world.agency.id], "person_id": world.agent.id}
    assert client.post("/api/v1/assignments", json=given, headers=agent).status_code == 403
    assert client.post("/api/v1/assignments", json=given, headers=boss).json == {"changed": 1}
    assert client.post("/api/v1/assignments", json=given, headers=boss).json == {"changed": 0}
    listed = client.get("/api/v1/assignments?show=nobody", headers=agent).json
    assert [one["name"] for one in listed["items"]] == ["Casa Sol"]
    past = client.get(f"/api/v1/assignments/{world.agency.id}", headers=agent).json["items"]
    assert [one["person_id"] for one in past] == [world.agent.id]
    kept = {"skills": ["problem"], "backup_id": cover.id}
    staff = client.put(f"/api/v1/staff/{world.agent.id}", json=kept, headers=boss).json["items"]
    mine = next(one for one in staff if one["person_id"] == world.agent.id)
    assert (mine["skills"], mine["backup_id"], mine["agencies"], mine["lacks_backup"]) == (
        ["problem"], cover.id, 1, False,
    )  # fmt: skip
    days = {"person_id": world.agent.id, "from_on": "2026-11-23", "until_on": "2026-11-24"}
    told = client.post("/api/v1/absences", json=days, headers=agent)
    assert (told.status_code, told.json["stands_in_id"]) == (201, cover.id)
    assert client.post("/api/v1/absences", json={**days, "person_id": cover.id}, headers=agent).status_code == 403
    assert len(client.get("/api/v1/absences", headers=agent).json["items"]) == 1
    back = f"/api/v1/absences/{told.json['id']}/take-back"
    assert client.post(back, headers=api_headers(cover)).status_code == 403
    assert client.post(back, headers=agent).status_code == 204
    assert client.post(back, headers=agent).status_code == 404
    assert principal_for(world.agent, now).can("routing.view")
