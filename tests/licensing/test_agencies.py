"""An agency comes in, names its people and is on the public list: through the pages, the mails and the API."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.deadlines import Deadline, State, fire_due
from core.people.models import Agency, AgencyStatus, Designation, DesignationKind
from licensing.access.models import License
from licensing.agencies.models import BackgroundCheck, Paper
from licensing.agencies.officers import look_everywhere
from tests.licensing.acting import ask, asked, give_license, leaving, mails, noted, read, words
from tests.support.counting import queries
from tests.support.factories import designate, make_agency, make_coc, make_project, make_world, member
from tests.support.signing_in import api_headers, sign_in

KIND = DesignationKind
PACIFIC = ZoneInfo("America/Los_Angeles")
TODAY = "2026-11-20"


@pytest.fixture
def sacramento(app, at_noon):
    return make_world("sacramento", "America/Los_Angeles")


def coming_in(world, name="Casa Nueva"):
    agency = make_agency(world.coc, name, status=AgencyStatus.ONBOARDING)
    return agency, member(agency, KIND.EXECUTIVE_DIRECTOR, name="Nora Vance")


def seen(prefix, **values):
    told = {"day": TODAY, "how": "letter", "note": "Seen on file."} | values
    return {f"{prefix}-{name}": value for name, value in told.items()}


def confirm(client, person, agency, step, **values):
    path = f"/agencies/{agency.id}/onboarding/{step}"
    return sign_in(client, person).post(path, data=seen(step, **values), content_type="multipart/form-data")


def name(client, person, agency, kind, who, since=TODAY, **values):
    form = seen("name", kind=kind, person=str(who.id) if who else "", since=since, **values)
    return sign_in(client, person).post(f"/agencies/{agency.id}/designations", data=form)


def end(client, person, row, last=TODAY, **values):
    path = f"/agencies/{row.agency_id}/designations/{row.id}/end"
    return sign_in(client, person).post(path, data=seen("end", last=last, **values))


def again(model, number):
    db.session.expire_all()
    return db.session.get_one(model, number)


def held(agency, kind):
    db.session.expire_all()
    query = select(Designation).where(Designation.agency_id == agency.id, Designation.kind == kind)
    return list(db.session.scalars(query.order_by(Designation.id)))


def owed(agency, kind="security-officer-missing"):
    db.session.expire_all()
    query = select(Deadline).where(Deadline.agency_id == agency.id, Deadline.kind == kind).order_by(Deadline.id)
    return list(db.session.scalars(query))


# ------------------------------------------------------------------ coming in


@pytest.mark.rule("SAC-LI-4")
def test_the_officer_is_named_and_audits_before_the_agreement_is_signed(client, sacramento):
    world = sacramento
    answer = sign_in(client, world.manager).post(
        "/agencies/new", data={"name": "Casa Nueva", "coc": str(world.coc.id), "tz": "America/Los_Angeles"}
    )
    agency = again(Agency, int(answer.location.split("/")[2]))
    assert agency.status is AgencyStatus.ONBOARDING
    director = member(agency, KIND.EXECUTIVE_DIRECTOR, name="Nora Vance")
    officer = member(agency, name="Otis Reed")
    early = confirm(client, director, agency, "agreement-signed", note="Signed in a hurry.")
    assert early.status_code == 409
    assert "First: initial security audit" in words(early)
    assert "SAC-LI-4" in words(early)
    assert "Signed in a hurry." in words(early)
    by_hand = confirm(client, world.manager, agency, "security-officer")
    assert by_hand.status_code == 422
    assert "Nobody confirms this" in words(by_hand)
    too_early = confirm(client, world.manager, agency, "security-audit")
    assert "First: security officer named" in words(too_early)
    assert name(client, director, agency, "security-officer", officer).status_code == 302
    assert confirm(client, officer, agency, "security-audit", note="All twelve points.").status_code == 302
    letter = (io.BytesIO(b"The signed agreement."), "agreement.txt")
    assert confirm(client, director, agency, "agreement-signed", note="", file=letter).status_code == 302
    theirs = confirm(client, director, agency, "agreement-countersigned")
    assert theirs.status_code == 403
    early = sign_in(client, world.manager).post(f"/agencies/{agency.id}/take-in")
    assert early.status_code == 409
    assert "Not yet: agreement countersigned, privacy notice collected, projects set up." in words(early)
    for step in ("agreement-countersigned", "privacy-notice"):
        assert confirm(client, world.manager, agency, step).status_code == 302
    form = {"name": "Nights", "hud_type": "1"}
    assert sign_in(client, world.manager).post(f"/agencies/{agency.id}/projects/new", data=form).status_code == 302
    assert "Casa Nueva" not in read(client, director, "/partners")
    assert sign_in(client, world.manager).post(f"/agencies/{agency.id}/take-in").status_code == 302
    assert again(Agency, agency.id).status is AgencyStatus.ACTIVE
    assert "Casa Nueva" in read(client, director, "/partners")
    assert {mail.address for mail in mails("agency-taken-in")} == {director.email}
    done = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.agency_id == agency.id)))
    assert {"agency.added", "designation.named", "agency.confirmed", "project.added", "agency.taken_in"} <= done
    paper = db.session.scalar(select(Paper).where(Paper.kind == "agreement-signed"))
    with sign_in(client, director).get(f"/agencies/{agency.id}/papers/{paper.id}") as got:
        assert got.data == b"The signed agreement."


def test_what_was_confirmed_wrongly_is_taken_back_and_stays_on_record(client, sacramento):
    agency, director = coming_in(sacramento)
    assert confirm(client, director, agency, "privacy-notice", note="Seen.", day="2026-11-21").status_code == 422
    assert confirm(client, director, agency, "privacy-notice", note="").status_code == 422
    assert confirm(client, director, agency, "privacy-notice", note="Seen at the desk.").status_code == 302
    twice = confirm(client, sacramento.manager, agency, "privacy-notice")
    assert twice.status_code == 409
    assert "Nora Vance has confirmed this already." in words(twice)
    path = f"/agencies/{agency.id}/onboarding/privacy-notice/take-back"
    assert sign_in(client, director).post(path, data={"back-reason": ""}).status_code == 422
    assert sign_in(client, director).post(path, data={"back-reason": "It was the old one."}).status_code == 302
    page = read(client, sacramento.manager, f"/agencies/{agency.id}/onboarding")
    assert "It was the old one." in page
    assert "Seen at the desk." in page
    assert confirm(client, director, agency, "privacy-notice", note="The new one.").status_code == 302


def test_a_file_with_client_data_is_refused_and_the_words_stay(client, sacramento):
    agency, director = coming_in(sacramento)
    letter = (io.BytesIO(b"Client SSN 219-09-9999"), "notice.txt")
    answer = confirm(client, director, agency, "privacy-notice", note="As posted.", file=letter)
    assert answer.status_code == 422
    assert "MO-HD-5" in words(answer)
    assert "As posted." in words(answer)


@pytest.mark.rule("SON-LI-8")
def test_a_sonoma_agency_comes_in_only_with_a_licensed_administrator(client, app, at_noon):
    world = make_world("sonoma", "America/Los_Angeles")
    agency, director = coming_in(world)
    project = make_project(agency)
    tam = member(agency, KIND.ADMINISTRATOR, name="Tia Marsh")
    page = read(client, world.manager, f"/agencies/{agency.id}/onboarding")
    assert "No administrator has a license yet." in page
    refused = ask(client, director, asked(project, name="Lee Park", email="lee@agency.test", level="agency-staff"))
    assert "does not take part in the HMIS right now" in words(refused)
    form = asked(project, name=tam.name, email=tam.email, level="agency-staff")
    assert ask(client, director, form).status_code == 302
    give_license(tam, agency)
    assert "Tia Marsh." in read(client, world.manager, f"/agencies/{agency.id}/onboarding")


@pytest.mark.parametrize(("pack", "status"), [("sacramento", 302), ("sonoma", 422)])
@pytest.mark.rule("SAC-LI-5")
def test_view_only_agencies_are_where_the_agreement_has_them(client, app, at_noon, pack, status):
    world = make_world(pack)
    other = make_coc(world.lead, "sacramento" if pack == "sonoma" else "sonoma")
    assert other
    form = {"name": "Watch House", "coc": str(world.coc.id), "tz": "America/Chicago", "is_view_only": "y"}
    answer = sign_in(client, world.admin).post("/agencies/new", data=form)
    assert answer.status_code == status
    if status == 422:
        assert "Watch House" in answer.get_data(as_text=True)
        return
    row = db.session.scalar(select(Agency).where(Agency.name == "Watch House"))
    with unit_of_work() as session:
        session.get_one(Agency, row.id).status = AgencyStatus.ACTIVE
    representative = member(row, KIND.REPRESENTATIVE, name="Vic Lane")
    project = make_project(row)
    refused = ask(client, representative, asked(project, enters_data="yes"))
    assert refused.status_code == 422
    assert "SAC-LI-5" in words(refused)
    assert ask(client, representative, asked(project, enters_data="no")).status_code == 302


# ------------------------------------------------------------------ naming


@pytest.mark.rule("MO-LI-2")
@pytest.mark.parametrize(("seconds", "status"), [(-1, 302), (0, 403), (1, 403)], ids=["before", "at", "after"])
def test_a_request_by_whose_designation_ended_yesterday_is_refused(client, app, travel, seconds, status):
    travel(datetime(2026, 11, 19, 18, 0, tzinfo=UTC))
    world = make_world("missouri")
    row = held(world.agency, KIND.REPRESENTATIVE)[0]
    assert end(client, world.director, row, last="2026-11-20", day="2026-11-19").status_code == 302
    midnight = datetime(2026, 11, 21, 0, 0, tzinfo=ZoneInfo("America/Chicago"))
    assert again(Designation, row.id).ended_at == midnight
    travel(midnight.astimezone(UTC) + timedelta(seconds=seconds))
    answer = ask(client, world.representative, asked(world.project))
    assert answer.status_code == status


@pytest.mark.rule("MO-LI-2")
def test_a_former_representative_who_has_another_duty_is_told_why(client, app, at_noon):
    world = make_world("missouri")
    designate(world.representative, world.agency, KIND.ADMINISTRATOR)
    end(client, world.director, held(world.agency, KIND.REPRESENTATIVE)[0])
    answer = ask(client, world.representative, asked(world.project))
    assert answer.status_code == 422
    assert "Only one of the agency's authorized representatives can request access." in words(answer)
    assert "MO-LI-2" in words(answer)


@pytest.mark.rule("MO-LI-5")
@pytest.mark.parametrize("day", ["2026-12-31", "2027-07-04"])
def test_representatives_change_on_any_day_of_the_year(client, app, travel, day):
    travel(datetime.fromisoformat(f"{day}T18:00:00+00:00"))
    world = make_world("missouri")
    newcomer = {"name": "Ida Quill", "email": "ida@agency.test"}
    assert (
        name(
            client, world.director, world.agency, "authorized-representative", None, day, day=day, **newcomer
        ).status_code
        == 302
    )
    old, new = held(world.agency, KIND.REPRESENTATIVE)
    assert new.person.name == "Ida Quill"
    assert end(client, world.director, old, last=day, day=day).status_code == 302
    assert ask(client, new.person, asked(world.project)).status_code == 302
    told = {mail.address for mail in mails("designation-named")}
    assert told == {"ida@agency.test", world.manager.email}
    page = read(client, world.director, f"/agencies/{world.agency.id}/designations")
    assert "Rosa Lind" in page
    assert "By letter" in page


@pytest.mark.parametrize(
    ("who", "kind", "since", "told"),
    [
        ("director", "executive-director", TODAY, "HMIS Lead enters who the executive director is"),
        ("director", "security-officer", "2026-11-19", "days that are past"),
        ("director", "security-officer", "2027-11-22", "more than a year ahead"),
        ("manager", "security-officer", "2026-11-17", "days that are past"),
    ],
)
def test_what_cannot_be_named_is_said_and_nothing_is_lost(client, app, at_noon, who, kind, since, told):
    world = make_world("missouri")
    person = getattr(world, who)
    answer = name(client, person, world.agency, kind, world.end_user, since, day="2026-11-18", note="As they wrote.")
    assert answer.status_code in (403, 422)
    assert told in words(answer)
    assert len(held(world.agency, KIND(kind))) == 1
    if answer.status_code == 422:
        assert "As they wrote." in words(answer)


def test_the_lead_enters_what_was_written_days_ago(client, app, at_noon):
    world = make_world("missouri")
    form = {"day": "2026-11-18", "note": "Letter of the 18th."}
    assert (
        name(
            client, world.manager, world.agency, "executive-director", world.end_user, "2026-11-18", **form
        ).status_code
        == 302
    )
    twice = name(client, world.manager, world.agency, "executive-director", world.end_user, TODAY)
    assert twice.status_code == 409
    gone = end(client, world.manager, held(world.agency, KIND.EXECUTIVE_DIRECTOR)[0])
    assert gone.status_code == 302
    once_more = end(client, world.manager, held(world.agency, KIND.EXECUTIVE_DIRECTOR)[0])
    assert once_more.status_code == 409
    assert "This ended on" in words(once_more)


# ------------------------------------------------------------------ background checks


def check(client, by, agency, person, concern="no", day=TODAY):
    form = {"check-person": str(person.id), "check-checked_on": day, "check-concern": concern}
    return sign_in(client, by).post(f"/agencies/{agency.id}/background-checks", data=form)


@pytest.mark.rule("SON-LI-7")
def test_a_check_is_recorded_once_and_a_concern_keeps_somebody_from_administering_for_a_year(client, app, travel):
    travel(datetime(2026, 11, 20, 20, 0, tzinfo=UTC))
    world = make_world("sonoma", "America/Los_Angeles")
    agency, erin = world.agency, world.end_user
    give_license(erin, agency)
    refused = name(client, world.director, agency, "technical-administrator", erin)
    assert "has not been checked yet" in words(refused)
    assert "SON-LI-7" in words(refused)
    assert check(client, world.director, agency, erin, "yes", "2026-11-21").status_code == 422
    assert check(client, world.director, agency, erin, "yes").status_code == 302
    assert check(client, world.director, agency, erin).status_code == 409
    assert db.session.scalar(select(BackgroundCheck.has_concern)) is True
    travel(datetime(2027, 11, 20, 7, 59, 59, tzinfo=UTC))  # the last second of November 19 there
    early = name(client, world.director, agency, "technical-administrator", erin, "2027-11-19", day="2027-11-19")
    assert "from Sat, Nov 20, 2027 on" in words(early)
    travel(datetime(2027, 11, 20, 8, 0, 0, tzinfo=UTC))
    now = name(client, world.director, agency, "technical-administrator", erin, "2027-11-20", day="2027-11-19")
    assert now.status_code == 302
    officer = name(client, world.director, agency, "security-officer", erin, "2027-11-20", day="2027-11-19")
    assert "cannot be the agency's security officer" in words(officer)


@pytest.mark.rule("SON-LI-7")
def test_whether_there_are_concerns_is_for_the_director_and_the_lead(client, app, at_noon):
    world = make_world("sonoma", "America/Los_Angeles")
    check(client, world.director, world.agency, world.end_user, "yes")
    path = f"/agencies/{world.agency.id}/designations"
    shown = {
        role: "Concern" in read(client, person, path) for role, person in world.by_role().items() if role != "end_user"
    }
    assert {role for role, has in shown.items() if has} == {"director", "manager", "admin"}


# ------------------------------------------------------------------ somebody is missing


@pytest.mark.rule("SON-LI-8")
def test_without_a_security_officer_one_is_owed_at_once_and_the_days_are_counted(client, app, travel):
    travel(datetime(2026, 11, 20, 20, 0, tzinfo=UTC))
    world = make_world("sonoma", "America/Los_Angeles")
    give_license(world.administrator, world.agency)
    look_everywhere()
    assert not owed(world.agency)
    end(client, world.director, held(world.agency, KIND.SECURITY_OFFICER)[0], last="2026-11-22")
    assert not owed(world.agency)
    travel(datetime(2026, 11, 23, 7, 59, 59, tzinfo=UTC))
    look_everywhere()
    assert not owed(world.agency)
    travel(datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC))
    look_everywhere()
    look_everywhere()
    [row] = owed(world.agency)
    assert (row.due_at, row.rule, row.holder) == (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), "SON-LI-8", "agency")
    travel(datetime(2026, 11, 25, 20, 0, tzinfo=UTC))
    fire_due()
    assert {mail.address for mail in mails("agency-vacancy") if mail.subject_id == world.agency.id} == {
        world.director.email, world.representative.email, world.manager.email,
    }  # fmt: skip
    page = read(client, world.director, f"/agencies/{world.agency.id}")
    assert "Name a security officer: Harbor House" in page
    assert "SON-LI-8" in page
    assert "3 days" in page
    assert "Name a security officer: Harbor House" in read(client, world.director, "/")
    assert "Harbor House" in read(client, world.manager, "/agencies/standing?shown=missing")
    check(client, world.director, world.agency, world.end_user)
    assert (
        name(client, world.director, world.agency, "security-officer", world.end_user, "2026-11-25").status_code == 302
    )
    [row] = owed(world.agency)
    assert row.state is State.MET
    page = read(client, world.director, f"/agencies/{world.agency.id}/designations")
    assert "Mon, Nov 23, 2026 to Tue, Nov 24, 2026 : 2 days" in page
    end(client, world.manager, held(world.agency, KIND.SECURITY_OFFICER)[1], last="2026-11-25", day="2026-11-25")
    assert [row.occurrence for row in owed(world.agency)] == [1, 2]


@pytest.mark.rule("SON-LI-8")
def test_an_administrator_without_a_license_is_none(client, app, at_noon):
    world = make_world("sonoma", "America/Los_Angeles")
    look_everywhere()
    [row] = owed(world.agency, "administrator-missing")
    assert row.title == "Name a licensed technical administrator: Harbor House"
    held_now = give_license(world.administrator, world.agency)
    look_everywhere()
    assert owed(world.agency, "administrator-missing")[0].state is State.MET
    form = leaving(world.administrator, "2026-11-20", "09:00")
    noted(client, world.director, world.agency, form)
    assert again(License, held_now.id).ended_at
    assert [one.state for one in owed(world.agency, "administrator-missing")] == [State.MET, State.PENDING]


@pytest.mark.rule("VT-LI-2")
def test_from_ten_users_on_a_vermont_agency_names_an_administrator(client, app, at_noon):
    world = make_world("vermont", "America/New_York")
    small = world.other_agency
    people = [member(small, name=f"User {n:02}") for n in range(11)]
    for person in people[:9]:
        give_license(person, small)
    look_everywhere()
    assert not owed(small, "administrator-missing")
    page = read(client, world.manager, f"/agencies/{small.id}")
    assert "The HMIS Lead does this work" in page
    assert "The agency has 9 users; from 10 on it names an administrator." in page
    give_license(people[9], small)
    look_everywhere()
    [row] = owed(small, "administrator-missing")
    assert (row.rule, row.holder) == ("VT-LI-2", "agency")
    assert "The agency has 10 users" in " ".join(row.explanation["because"])
    give_license(people[10], small)
    look_everywhere()
    assert len(owed(small, "administrator-missing")) == 1
    page = read(client, world.manager, f"/agencies/{small.id}")
    assert "Name a technical administrator: Casa Sol" in page
    assert name(client, world.manager, small, "technical-administrator", people[0]).status_code == 302
    assert owed(small, "administrator-missing")[0].state is State.MET


# ------------------------------------------------------------------ everybody's list, the API, counts


@pytest.mark.rule("SON-LI-10")
def test_the_list_of_partner_agencies_is_public(client, app, at_noon, one_limiter):
    world = make_world("sonoma", "America/Los_Angeles")
    other = make_coc(world.lead, "sacramento")
    make_agency(other, "Watch House", is_view_only=True)
    for status in (AgencyStatus.ONBOARDING, AgencyStatus.ENDED):
        make_agency(world.coc, f"Not {status}", status=status)
    for number in range(30):
        make_agency(other, f"Agency {number:02}")
    answer = client.get("/partners")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    page = words(answer)
    assert "Agency 00" in page
    assert "Next" in page
    assert "Not " not in words(client.get("/partners?q=Not"))
    assert "View only" in words(client.get("/partners?q=watch"))
    assert "Watch House" not in words(client.get(f"/partners?coc={world.coc.code}"))
    with client.get("/partners.csv") as file:
        lines = file.get_data(as_text=True).splitlines()
    assert len(lines) == 34
    assert f"Watch House,{other.code},{other.name},view only" in lines
    first = client.get("/api/v1/partners").get_json()
    rest = client.get(f"/api/v1/partners?after={first['next']}").get_json()
    assert len(first["items"]) + len(rest["items"]) == 33
    assert rest["next"] is None
    with queries() as few:
        client.get(f"/partners?coc={world.coc.code}")
    with queries() as many:
        client.get(f"/partners?coc={other.code}")
    assert len(few) == len(many) <= 4


def test_the_same_by_api(client, app, at_noon):
    world = make_world("sonoma", "America/Los_Angeles")
    headers = api_headers(world.director)
    path = f"/api/v1/agencies/{world.agency.id}"
    told = {"told_on": TODAY, "how": "mail", "note": "Mail of today."}
    body = {"duty": "authorized-representative", "since": TODAY, "name": "Ida Quill", "email": "ida@a.test", **told}
    made = client.post(f"{path}/designations", json=body, headers=headers)
    assert made.status_code == 201, made.get_json()
    number = made.get_json()["designation_id"]
    ended = client.post(f"{path}/designations/{number}/end", json={"last_day": TODAY, **told}, headers=headers)
    assert ended.get_json()["ended_at"]
    standing = client.get(f"{path}/standing", headers=headers).get_json()
    duty = next(one for one in standing["duties"] if one["duty"] == "authorized-representative")
    assert [one["name"] for one in duty["holders"]] == ["Ida Quill", "Rosa Lind"]
    refused = client.post(f"{path}/designations", json={**body, "duty": "security-officer"}, headers=headers)
    assert (refused.status_code, refused.get_json()["rule"]) == (422, "SON-LI-7")
    far = client.get(f"/api/v1/agencies/{world.other_agency.id}/standing", headers=headers)
    assert far.status_code == 404


def test_the_list_asks_as_much_for_many_as_for_few(client, app, at_noon):
    world = make_world("sonoma", "America/Los_Angeles")
    sign_in(client, world.manager)
    counts = []
    for number in range(20):
        make_agency(world.coc, f"Agency {number:02}")
        look_everywhere()
        if number in (3, 19):
            client.get("/agencies/standing?shown=missing")
            with queries() as told:
                assert client.get("/agencies/standing?shown=missing").status_code == 200
            counts.append(len(told))
    assert counts[0] == counts[1]
