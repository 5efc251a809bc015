"""A complaint from its form to its end, and around whoever it is about."""

from __future__ import annotations

import re
from itertools import product

import pytest
from sqlalchemy import select

from core import clock
from core.accounts.guard import limiter
from core.audit import AuditEvent, verify
from core.authz import principal_for
from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import DesignationKind, StaffRole
from helpdesk.matters.complaints import queries, rules
from helpdesk.matters.complaints.models import Complaint
from helpdesk.matters.complaints.rules import TRANSITIONS, Act, ComplaintState, Step
from helpdesk.matters.complaints.services import NOBODY_KNOWN
from tests.licensing.acting import read, words
from tests.matters.acting import complain, complained, complaint_again, once, seats, send, status, told
from tests.support.counting import queries as counted
from tests.support.factories import join, make_coc, make_staff, make_world, member
from tests.support.signing_in import api_headers, sign_in

CANARY = "zebra-stripes"


@pytest.fixture
def world(app, at_noon):
    return make_world("vermont", "America/New_York")


@pytest.fixture
def seated(world):
    return seats(world)


# ------------------------------------------------------------------ what it says


@pytest.mark.rule("VT-HD-3")
@pytest.mark.parametrize("field", ["about", "agency", "when_said", "text"])
def test_a_complaint_names_user_agency_what_and_when(client, world, seated, field):
    answer = send(client, world.end_user, "/complaints/new", complained("Casa Sol") | {field: "  "})
    assert answer.status_code == 422
    assert "VT-HD-3" in words(answer)
    assert f'id="{field}-error"' in answer.text
    typed = {"about": "Olga Finch", "when_said": "November 12", "text": "shared at the front desk"}
    assert all(said in answer.text for name, said in typed.items() if name != field), "nothing that was typed is lost"
    complain(client, world.end_user, complained("Casa Sol"))


def test_everything_that_is_missing_is_said_at_once(client, world, seated):
    empty = complained("", about="", when_said="", text="")
    page = words(send(client, world.end_user, "/complaints/new", empty))
    for sentence in ("Name the person", "Name the agency", "Say what happened", "Say when it happened"):
        assert sentence in page


def test_an_agency_nobody_knows_is_answered_with_those_that_are_alike(client, world, seated):
    page = words(send(client, world.end_user, "/complaints/new", complained("Casa Luna")))
    assert "No agency of that name takes part here. Did you mean Casa Sol?" in page


def test_a_clients_name_is_refused_with_the_words(client, world, seated):
    form = complained("Casa Sol", text="She told everybody about client Jane Miller.")
    answer = send(client, world.end_user, "/complaints/new", form)
    assert answer.status_code == 422
    assert "client's name (“Jane Miller”)" in words(answer)
    assert "She told everybody about" in answer.text
    assert db.session.scalars(select(Complaint)).all() == []


def test_nobody_complains_of_themselves(client, world, seated):
    answer = send(client, world.end_user, "/complaints/new", complained("Harbor House", about="Erin Doyle"))
    assert answer.status_code == 422
    assert "a complaint about yourself" in words(answer)


def test_the_same_form_twice_is_one_complaint(client, world, seated):
    form = complained("Casa Sol")
    assert complain(client, world.end_user, form).id == complain(client, world.end_user, form).id
    other = send(client, world.agent, "/complaints/new", form)
    assert other.status_code == 409


# ------------------------------------------------------------------ its way


@pytest.mark.rule("VT-HD-3")
def test_a_complaint_goes_to_the_lead_and_its_answer_back(client, world, seated):
    row = complain(client, world.end_user, complained("Casa Sol"))
    assert set(told()) == {world.manager.email, world.admin.email, world.end_user.email}
    assert "Complaint 1, Casa Sol" in read(client, world.manager, "/")
    page = read(client, world.manager, f"/complaints/{row.id}")
    assert "2.8 Notifying the HMIS Lead Agency of a Violation" in page
    done = send(client, world.manager, f"/complaints/{row.id}/answer", {"answer-answer": "The password is changed."})
    assert done.status_code == 302
    assert "The password is changed." in read(client, world.end_user, f"/complaints/{row.id}")
    assert told()[-1] == world.end_user.email
    assert "Complaint 1, Casa Sol" not in read(client, world.manager, "/")
    assert list(verify()) == []


def test_mails_carry_a_link_and_no_content(client, world, seated):
    complain(client, world.end_user, complained("Casa Sol", text=f"The door code is {CANARY}."))
    mails = db.session.scalars(select(OutboxMessage)).all()
    assert mails
    for mail in mails:
        assert "http://hearthdesk.test/complaints/" in mail.body_text
        said = f"{mail.subject} {mail.body_text} {mail.body_html}"
        assert not any(word in said for word in (CANARY, "Olga", "Casa Sol", "Erin Doyle, "))


def may_read(client, world, seated, row) -> set[str]:
    everybody = {**world.by_role(), **seated, "stranger": world.other_end_user, "other": world.other_representative}
    return {name for name, person in everybody.items() if status(client, person, f"/complaints/{row.id}") == 200}


@pytest.mark.rule("VT-HD-3")
def test_one_about_a_user_is_the_leads_and_the_complainants(client, world, seated):
    row = complain(client, world.end_user, complained("Casa Sol"))
    assert may_read(client, world, seated, row) == {"end_user", "manager", "admin"}


@pytest.mark.rule("VT-HD-3")
@pytest.mark.parametrize("ticked", ["y", None])
def test_one_about_lead_staff_goes_to_coc_leadership_and_the_managing_director(client, world, seated, ticked):
    row = complain(client, world.end_user, complained("Casa Sol", about="Ana Petrov", is_about_lead=ticked))
    assert row.is_about_lead
    assert may_read(client, world, seated, row) == {"end_user", "coc-leadership", "managing-director"}
    handlers = {seated["coc-leadership"].email, seated["managing-director"].email}
    assert set(told()) == handlers | {world.end_user.email}


@pytest.mark.rule("VT-HD-3")
@pytest.mark.parametrize("who", ["managing-director", "coc-leadership"])
def test_whoever_is_complained_of_is_left_out_of_where_it_would_go(client, world, seated, who):
    row = complain(client, world.end_user, complained("Casa Sol", about=seated[who].name))
    other = {"managing-director": "coc-leadership", "coc-leadership": "managing-director"}[who]
    if who == "coc-leadership":
        assert row.step is Step.LEAD, "they do not work for the Lead"
        assert may_read(client, world, seated, row) == {"end_user", "manager", "admin"}
        sign_in(client, world.manager).post(
            f"/complaints/{row.id}/pass-on", data={"pass-on-to": "coc", "pass-on-reason": "Not ours."}
        )
        assert complaint_again(row.id).step is Step.LEAD, "nobody is left there"
    else:
        assert may_read(client, world, seated, row) == {"end_user", other}
    assert seated[who].email not in told()


@pytest.mark.rule("VT-HD-3")
def test_the_person_complained_of_finds_no_trace(client, world, seated):
    """An administrator of the Lead, who reads the trail of all else: in no list, search, count, mail, audit or API."""
    form = complained("Casa Sol", about="Ada Boone", is_about_lead="y", text=f"The keys say {CANARY}.")
    row = complain(client, world.end_user, form)
    about = complain(client, world.end_user, complained("Casa Sol", about="ada boone <ADA>, at the desk"))
    open_one = complain(client, world.end_user, complained("Casa Sol", text="Nothing secret."))
    sign_in(client, world.admin)
    paths = ["/", "/complaints", "/audit", "/audit?subject=complaint", "/outbox", "/deadlines", "/search?q=Complaint"]
    for path in [*paths, f"/search?q={row.id}", "/search?q=Ada", f"/audit?subject=complaint&id={row.id}"]:
        page = client.get(path).text
        for hidden in (row, about):
            assert f"/complaints/{hidden.id}" not in page, path
            assert f"Complaint {hidden.id}" not in page, path
        assert CANARY not in page
        assert seated["coc-leadership"].email not in page
    assert f"Complaint {open_one.id}" in client.get("/audit").text, "the trail is not empty"
    assert f"/complaints/{open_one.id}" in client.get("/complaints").text
    for hidden in (row, about):
        assert client.get(f"/complaints/{hidden.id}").status_code == 404
        for deed in ("answer", "pass-on", "name"):
            assert client.post(f"/complaints/{hidden.id}/{deed}", data={}).status_code == 404
    headers = api_headers(world.admin)
    listed = client.get("/api/v1/complaints", headers=headers).json["items"]
    assert [item["id"] for item in listed] == [open_one.id]
    assert client.get(f"/api/v1/complaints/{row.id}", headers=headers).status_code == 404
    deed = client.post(f"/api/v1/complaints/{row.id}/answer", headers=headers, json={"answer": "No."})
    assert deed.status_code == 404
    assert row.id in {
        hidden.id for hidden in db.session.scalars(select(Complaint).where(Complaint.step == "leadership"))
    }


@pytest.mark.rule("VT-HD-3")
def test_the_trail_shows_it_to_those_it_is_for_only(client, world, seated):
    """A manager of another CoC, and the one whose complaint it is not, see no row about it; the director's, all."""
    complain(client, world.end_user, complained("Casa Sol", about="Ana Petrov"))
    with unit_of_work():
        make_staff(world.lead, StaffRole.ADMIN, name="Nia Reed", email="nia@office.test")
    assert "complaint.filed" not in read(client, world.admin, "/audit")
    director = seated["managing-director"]
    assert status(client, director, "/audit") == 403, "a director without a desk has no trail to read"
    names = [
        event.actor for event in db.session.scalars(select(AuditEvent).where(AuditEvent.action == "complaint.filed"))
    ]
    assert names == [world.end_user.name]


@pytest.mark.rule("VT-HD-3")
def test_who_stays_anonymous_is_known_to_the_lead_alone(client, world, seated):
    form = complained("Casa Sol", about="Ana Petrov", is_anonymous="y")
    row = complain(client, world.end_user, form)
    for reader, knows in (("coc-leadership", False), ("managing-director", True)):
        page = read(client, seated[reader], f"/complaints/{row.id}")
        assert ("Erin Doyle" in page) is knows
        found = client.get(f"/api/v1/complaints/{row.id}", headers=api_headers(seated[reader])).json
        assert (found["complainant_id"] == world.end_user.id) is knows
    filed = db.session.scalars(select(AuditEvent).where(AuditEvent.subject_type == "complaint")).all()
    assert {(event.actor, event.actor_id) for event in filed} == {(NOBODY_KNOWN, None)}
    assert "Erin Doyle" in read(client, world.end_user, f"/complaints/{row.id}")


@pytest.mark.rule("VT-HD-3")
def test_passed_on_to_the_coc_the_name_stays_behind(client, world, seated):
    row = complain(client, world.end_user, complained("Casa Sol", is_anonymous="y"))
    assert "Erin Doyle" in read(client, world.manager, f"/complaints/{row.id}")
    _pass(client, world.manager, row, "coc")
    assert "Erin Doyle" not in read(client, seated["coc-leadership"], f"/complaints/{row.id}")


def _pass(client, by, row, to=None, reason="We cannot settle it."):
    sent = {"pass-on-reason": reason} | ({"pass-on-to": to} if to else {})
    return sign_in(client, by).post(f"/complaints/{row.id}/pass-on", data=sent)


@pytest.mark.rule("HUD-HD-2")
@pytest.mark.parametrize("to", ["coc", "data-committee"])
def test_what_the_lead_cannot_settle_goes_to_the_coc_or_its_data_committee(client, world, seated, to):
    row = complain(client, world.end_user, complained("Casa Sol"))
    seat = {"coc": "coc-leadership"}.get(to, to)
    assert status(client, seated[seat], f"/complaints/{row.id}") == 404
    assert _pass(client, world.manager, row, to).status_code == 302
    page = read(client, seated[seat], f"/complaints/{row.id}")
    assert "Takes up what the Lead elevates to it." in page
    assert told()[-1] == seated[seat].email
    refused = sign_in(client, world.manager).post(f"/complaints/{row.id}/answer", data={"answer-answer": "Mine again."})
    assert refused.status_code == 403, "it is no longer the Lead's turn, though they still see it"
    done = send(client, seated[seat], f"/complaints/{row.id}/answer", {"answer-answer": "Settled."})
    assert done.status_code == 302


@pytest.mark.rule("VT-HD-4")
def test_a_clients_complaint_climbs_to_the_advisory_committee_whose_word_is_final(client, world, seated):
    form = complained("Harbor House", kind="privacy", about="", when_said="", text="Client ID 88 saw the open screen.")
    row = complain(client, world.end_user, form)
    ladder = [
        ("agency", {"representative", "security_officer"}, world.representative),
        ("agency-administrator", {"administrator", "representative"}, world.administrator),
        ("system-administrators", {"agent", "manager", "admin", "director"}, world.director),
        ("advisory-committee", {"advisory-committee"}, seated["advisory-committee"]),
    ]
    seen = {"end_user"}
    for number, (step, at_step, by) in enumerate(ladder):
        row = complaint_again(row.id)
        assert row.step == step
        seen |= at_step
        assert may_read(client, world, seated, row) == seen
        if number < len(ladder) - 1:
            assert _pass(client, by, row).status_code == 302
    page = read(client, seated["advisory-committee"], f"/complaints/{row.id}")
    assert "Your word is final" in page
    assert "Pass it on" not in page
    assert _pass(client, seated["advisory-committee"], row).status_code == 409
    done = send(client, seated["advisory-committee"], f"/complaints/{row.id}/answer", {"answer-answer": "So it is."})
    assert done.status_code == 302
    assert "This is final." in read(client, world.end_user, f"/complaints/{row.id}")


@pytest.mark.rule("VT-HD-4")
def test_a_step_where_everybody_is_complained_of_is_passed_over(client, world, seated):
    about = "Rosa Lind and Sol Ortiz"
    row = complain(client, world.end_user, complained("Harbor House", kind="privacy", about=about))
    assert row.step is Step.AGENCY_ADMINISTRATOR
    assert status(client, world.representative, f"/complaints/{row.id}") == 404
    assert "Passed over, because nobody is left there" in read(client, world.administrator, f"/complaints/{row.id}")


def test_privacy_has_a_way_of_its_own_only_where_the_manual_has_one(client, app, at_noon):
    world = make_world("missouri")
    seats(world)
    assert "how their privacy" not in sign_in(client, world.end_user).get("/complaints/new").text
    headers = api_headers(world.end_user)
    sent = {"kind": "privacy", "agency": "Harbor House", "text": "The screen was open."}
    answer = client.post("/api/v1/complaints", json=sent, headers=headers)
    assert answer.status_code == 422
    row = complain(client, world.end_user, complained("Casa Sol"))
    assert rules.OWN_PRACTICE in read(client, world.manager, f"/complaints/{row.id}")


# ------------------------------------------------------------------ who is meant


def test_whoever_it_turns_out_to_be_about_loses_sight_of_it(client, world, seated):
    form = complained("Casa Sol", about="the tall one at the desk")
    row = complain(client, world.end_user, form)
    assert status(client, world.admin, f"/complaints/{row.id}") == 200
    unknown = send(client, world.manager, f"/complaints/{row.id}/name", {"name-about": "Nobody Known"})
    assert unknown.status_code == 422
    done = send(client, world.manager, f"/complaints/{row.id}/name", {"name-about": "Ada Boone"})
    assert done.status_code == 302
    assert done.location == "/complaints", "it went around the whole office"
    assert may_read(client, world, seated, row) == {"end_user", "coc-leadership", "managing-director"}


def test_who_says_it_is_the_leads_staff_names_somebody_the_lead_knows(client, world, seated):
    form = complained("Casa Sol", about="Mina Kole", is_about_lead="y")
    answer = send(client, world.end_user, "/complaints/new", form)
    assert answer.status_code == 422
    assert "we could not keep it from them" in words(answer)
    assert "Mina Cole" in words(answer)


def test_two_of_one_name_are_both_kept_from_it(client, world, seated):
    both = [member(world.other_agency, name="Lee Park"), member(world.other_agency, name="Lee Park")]
    row = complain(client, world.end_user, complained("Casa Sol", about="Lee Park"))
    assert {person.id for person in row.subjects} == {person.id for person in both}


def test_nobody_in_office_is_said_at_once_and_nothing_is_lost(client, world):
    form = complained("Casa Sol", about="Ana Petrov")
    answer = send(client, world.end_user, "/complaints/new", form)
    assert answer.status_code == 409
    assert "Nobody is named yet who could take this up" in words(answer)
    assert "shared at the front desk" in answer.text


# ------------------------------------------------------------------ the rule and its query


@pytest.mark.rule("VT-HD-3")
@pytest.mark.parametrize("complained_of", [False, True])
@pytest.mark.parametrize("is_complainant", [False, True])
def test_the_list_and_the_rule_agree(client, world, seated, complained_of, is_complainant):
    """Everybody, against complaints that have reached every step."""
    people = [*world.by_role().values(), *seated.values(), world.other_end_user]
    about = " and ".join(person.name for person in people if person.id % 2) if complained_of else "nobody known"
    with unit_of_work() as session:
        for step in Step:
            offices = [str(office) for office in rules.OFFICES[step]]
            row = Complaint(
                lead_id=world.lead.id, coc_id=world.coc.id, agency_id=world.agency.id, kind="violation", about=about,
                is_about_lead=False, when_said="", text="", channel="form", is_anonymous=False, filed_at=clock.now(),
                complainant_id=world.trainer.id if is_complainant else None, step=step, seen_by=offices,
                acted_by=offices, subjects=[p for p in people if p.id % 2] if complained_of else [], pack="vermont",
                pack_version="2020-01-01", once=once(),
            )  # fmt: skip
            session.add(row)
    for person in people:
        principal = principal_for(person, clock.now())
        listed = set(db.session.scalars(select(Complaint.id).where(queries.visible(principal))))
        for row in db.session.scalars(select(Complaint)):
            may = rules.may_see(
                person.id,
                queries.offices_at(principal, row),
                complained_of=[p.id for p in row.subjects],
                complainant_id=row.complainant_id,
                reached=row.seen_by,
            )
            assert may == (row.id in listed), (person.name, row.step)


@pytest.mark.parametrize(("state", "act"), list(product(ComplaintState, Act)))
def test_every_pair_of_state_and_act(state, act):
    assert ((state, act) in TRANSITIONS) is (state is ComplaintState.OPEN)


def test_two_answers_at_one_time_are_one(client, world, seated):
    row = complain(client, world.end_user, complained("Casa Sol"))
    first = send(client, world.manager, f"/complaints/{row.id}/answer", {"answer-answer": "One."})
    second = send(client, world.admin, f"/complaints/{row.id}/answer", {"answer-answer": "Another."})
    assert (first.status_code, second.status_code) == (302, 409)
    assert "Another." in second.text
    assert complaint_again(row.id).answer == "One."


def test_another_coc_and_another_agency_of_the_same_person(client, world, seated):
    """A seat or a role elsewhere opens nothing here."""
    far = make_coc(world.lead, "vermont", "America/New_York")
    leader = make_staff(world.lead, StaffRole.COC_LEADERSHIP, far, name="Far Away")
    director = member(world.other_agency, DesignationKind.EXECUTIVE_DIRECTOR, name="Two Hats")
    join(director, world.agency)
    row = complain(client, world.end_user, complained("Harbor House", about="Ana Petrov"))
    assert status(client, leader, f"/complaints/{row.id}") == 404
    assert status(client, director, f"/complaints/{row.id}") == 404


def test_the_list_asks_as_much_for_many_as_for_few(client, world, seated):
    def asked() -> int:
        sign_in(client, world.manager)
        with counted() as statements:
            assert client.get("/complaints").status_code == 200
        return len(statements)

    complain(client, world.end_user, complained("Casa Sol"))
    few = asked()
    for _ in range(4):
        complain(client, world.end_user, complained("Casa Sol"))
    assert asked() == few


def test_the_api_does_what_the_pages_do(client, world, seated):
    headers = api_headers(world.end_user) | {"Idempotency-Key": "complaint-0001"}
    sent = {"agency": "Casa Sol", "about": "Olga Finch", "when_said": "May 2026", "text": "Shared a password."}
    made = client.post("/api/v1/complaints", json=sent, headers=headers)
    assert made.status_code == 201
    again = client.post("/api/v1/complaints", json=sent, headers=headers)
    assert again.json["id"] == made.json["id"]
    number = made.json["id"]
    lacking = client.post("/api/v1/complaints", json=sent | {"agency": ""}, headers=api_headers(world.end_user))
    assert lacking.status_code == 422
    assert "VT-HD-3" in lacking.text
    manager = api_headers(world.manager)
    passed = client.post(f"/api/v1/complaints/{number}/pass-on", json={"reason": "Not ours."}, headers=manager)
    assert passed.json["step"] == "coc"
    leader = api_headers(seated["coc-leadership"])
    named = client.post(f"/api/v1/complaints/{number}/name", json={"about": "Omar Hale"}, headers=leader)
    assert named.status_code == 200
    done = client.post(f"/api/v1/complaints/{number}/answer", json={"answer": "Settled."}, headers=leader)
    assert done.json["state"] == "answered"


# ------------------------------------------------------------------ without an account


@pytest.fixture
def stranger(app, world):
    """A visitor's browser, with the token of the page it was given."""
    limiter.reset()
    visitor = app.test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/complain").text)
    visitor.environ_base["HTTP_X_CSRFTOKEN"] = found[1]
    yield visitor
    limiter.reset()


def public(world, **values):
    return complained("Casa Sol") | {"community": str(world.coc.id), "address": "555-0100"} | values


def test_anybody_may_complain_without_an_account(client, stranger, world, seated):
    answer = stranger.post("/complain", data=public(world))
    assert (answer.status_code, answer.location) == (302, "/complain/sent")
    assert "We have it" in stranger.get("/complain/sent").text
    [row] = db.session.scalars(select(Complaint)).all()
    assert row.complainant_id is None
    assert "555-0100" in read(client, world.manager, f"/complaints/{row.id}")
    assert set(told()) == {world.manager.email, world.admin.email}, "nothing is mailed to an address that anybody typed"


@pytest.mark.rule("VT-HD-3")
def test_a_strangers_address_stays_within_the_lead_too(client, stranger, world, seated):
    stranger.post("/complain", data=public(world, about="Ana Petrov", is_anonymous="y"))
    [row] = db.session.scalars(select(Complaint)).all()
    assert "555-0100" not in read(client, seated["coc-leadership"], f"/complaints/{row.id}")
    assert "555-0100" in read(client, seated["managing-director"], f"/complaints/{row.id}")


def test_a_stranger_is_told_what_is_missing_and_no_names(stranger, world, seated):
    page = words(stranger.post("/complain", data=public(world, about="", when_said="")))
    assert "VT-HD-3" in page
    page = words(stranger.post("/complain", data=public(world, about="Mina Kole", is_about_lead="y")))
    assert "we could not keep it from them" in page
    assert "Mina Cole" not in page


def test_a_program_that_fills_in_everything_is_told_nothing(stranger, world, seated):
    answer = stranger.post("/complain", data=public(world, website="https://evil.test"))
    assert answer.location == "/complain/sent"
    assert db.session.scalars(select(Complaint)).all() == []


def test_one_address_sends_only_so_many_in_an_hour(stranger, world, seated):
    statuses = [stranger.post("/complain", data=public(world)).status_code for _ in range(11)]
    assert statuses == [302] * 10 + [429]
    assert len(db.session.scalars(select(Complaint)).all()) == 10
