"""A license from the request to its activation, through the pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEvent, verify
from core.db import db, unit_of_work
from core.people.models import Agency, EmploymentKind, Membership, Person
from licensing.access.models import AccessRequest, License, LicenseState
from licensing.access.rules import RequestState
from tests.licensing.acting import (
    activate,
    ask,
    asked,
    confirm,
    confirm_all,
    decide,
    give_license,
    license_of,
    lines_of,
    mails,
    read,
    request_again,
    request_made,
    words,
)
from tests.support.factories import make_coc, make_project, make_staff, make_world, member
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.fixture
def vermont(app, at_noon):
    return make_world("vermont", tz="America/New_York")


@pytest.fixture
def sacramento(app, at_noon):
    return make_world("sacramento", tz="America/Los_Angeles")


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.rule("MO-LI-1")
def test_missouri_gives_access_on_request_agreement_and_training_and_not_before(client, world):
    row = request_made(client, world)
    assert decide(client, world.manager, row).status_code == 302
    confirm_all(client, world.admin, row, but="training-complete")
    assert lines_of(row)["training-complete"] == "missing"

    refused = activate(client, world.manager, row)
    assert refused.status_code == 409
    assert "Not yet: training complete." in words(refused)
    assert count(License) == 0
    assert db.session.scalar(select(Person).where(Person.email == "l.chen@agency.test")) is None

    assert confirm(client, world.trainer, row, "training-complete").status_code == 302
    assert set(lines_of(row).values()) == {"met"}
    assert activate(client, world.manager, row).status_code == 302

    person = db.session.scalar(select(Person).where(Person.email == "l.chen@agency.test"))
    held = license_of(person, world.agency)
    assert (held.state, held.since, [p.id for p in held.projects]) == (
        LicenseState.ACTIVE,
        clock.now(),
        [world.project.id],
    )
    membership = db.session.scalar(select(Membership).where(Membership.person_id == person.id))
    assert (membership.agency_id, membership.employment) == (world.agency.id, EmploymentKind.PAID_STAFF)
    assert request_again(row.id).state is RequestState.ACTIVATED
    assert list(verify()) == []


@pytest.mark.rule("SON-LI-1")
@pytest.mark.parametrize(
    "line",
    [
        "orientation-complete",
        "security-training-complete",
        "policies-read",
        "code-of-ethics-signed",
        "agency-agreement-accepted",
        "confidentiality-agreed",
    ],
)
def test_sonoma_gives_a_license_only_when_every_line_holds(client, app, at_noon, line):
    world = make_world("sonoma", tz="America/Los_Angeles")
    row = request_made(client, world, level=a_level(client, world))
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row, but=line)
    assert activate(client, world.manager, row).status_code == 409
    assert confirm(client, world.admin, row, line).status_code == 302
    assert activate(client, world.manager, row).status_code == 302


@pytest.mark.rule("SAC-LI-1")
@pytest.mark.parametrize(
    "line",
    ["agency-agreement-signed", "fee-paid", "user-agreement-signed", "training-complete", "training-test-passed"],
)
def test_sacramento_issues_an_account_only_when_every_line_holds(client, sacramento, line):
    row = request_made(client, sacramento, level=a_level(client, sacramento))
    decide(client, sacramento.manager, row)
    confirm_all(client, sacramento.admin, row, but=line)
    assert activate(client, sacramento.manager, row).status_code == 409
    assert confirm(client, sacramento.admin, row, line).status_code == 302
    assert activate(client, sacramento.manager, row).status_code == 302


def a_level(client, world):
    """The first level the form offers, None where the manual has no levels."""
    page = sign_in(client, world.representative).get("/access/new").get_data(as_text=True)
    offered = re.search(r'<option[^>]* value="">Choose a level</option>\s*<option value="([a-z0-9-]+)"', page)
    return offered and offered[1]


@pytest.mark.rule("SAC-LI-1")
def test_where_there_is_no_fee_the_line_is_not_needed(client, sacramento):
    row = request_made(client, sacramento)
    assert confirm(client, sacramento.admin, row, "fee-paid", not_needed="y").status_code == 302
    assert lines_of(row)["fee-paid"] == "not-needed"
    refused = confirm(client, sacramento.admin, row, "training-complete", not_needed="y")
    assert refused.status_code == 422
    assert "This line always applies." in words(refused)


@pytest.mark.rule("MO-LI-2")
def test_only_a_designated_representative_requests_access(client, world):
    refused = ask(client, world.administrator, asked(world.project))
    assert refused.status_code == 422
    page = words(refused)
    assert "Only one of the agency's authorized representatives can request access." in page
    assert "MO-LI-2" in page
    assert 'value="Lena Chen"' in refused.get_data(as_text=True)
    assert sign_in(client, world.end_user).get("/access/new").status_code == 403
    assert count(AccessRequest) == 0
    assert ask(client, world.representative, asked(world.project)).status_code == 302


@pytest.mark.rule("MO-LI-2")
@pytest.mark.parametrize(
    ("employment", "status"),
    [
        ("paid-staff", 302),
        ("supervised-volunteer", 302),
        ("intern", 302),
        ("official-volunteer", 422),
        ("contractor", 422),
    ],
)
def test_missouri_licenses_employees_supervised_volunteers_and_interns(client, world, employment, status):
    answer = ask(client, world.representative, asked(world.project, employment=employment))
    assert answer.status_code == status
    if status == 422:
        assert "Somebody with this kind of work cannot have a license." in words(answer)
        assert "MO-LI-2" in words(answer)


@pytest.mark.rule("MO-LI-2")
def test_access_is_for_named_projects_of_the_agency_itself(client, world):
    none = ask(client, world.representative, asked(None))
    assert none.status_code == 422
    assert "Choose at least one project." in words(none)
    foreign = ask(client, world.representative, asked(make_project(world.other_agency)))
    assert foreign.status_code == 422
    assert "not your agency's" in words(foreign)
    assert count(AccessRequest) == 0


@pytest.mark.rule("MO-LI-3")
def test_the_manager_of_the_agencys_coc_decides_and_nobody_else(client, world):
    row = request_made(client, world)
    elsewhere = make_staff(world.lead, "manager", make_coc(world.lead))
    assert decide(client, elsewhere, row).status_code == 404
    for person in (world.admin, world.trainer, world.agent, world.representative, world.director):
        assert decide(client, person, row).status_code == 403
    refused = decide(client, world.administrator, row)
    assert refused.status_code == 403
    assert "the HMIS manager of the agency's CoC" in words(refused)
    assert request_again(row.id).state is RequestState.REQUESTED

    assert decide(client, world.manager, row, reason="").status_code == 422
    assert decide(client, world.manager, row, "deny", "She starts in January; ask again then.").status_code == 302
    after = request_again(row.id)
    assert (after.state, after.decided_by_id) == (RequestState.DENIED, world.manager.id)
    (mail,) = mails("access-denied")
    assert mail.person_id == world.representative.id
    assert "She starts in January" in mail.body_text
    assert decide(client, world.manager, row).status_code == 409


@pytest.mark.rule("VT-LI-3")
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"employment": "paid-staff"}, 302),
        ({"employment": "official-volunteer"}, 302),
        ({"employment": "contractor"}, 422),
        ({"employment": "intern"}, 422),
        ({"is_of_age": None}, 422),
    ],
)
def test_vermont_licenses_adult_staff_and_official_volunteers(client, vermont, values, status):
    answer = ask(client, vermont.representative, asked(vermont.project, level="case-manager-iii", **values))
    assert answer.status_code == status
    if status == 422:
        assert "VT-LI-3" in words(answer)
        assert "Lena Chen" in answer.get_data(as_text=True)


@pytest.mark.rule("VT-LI-3")
def test_the_age_that_vermont_asks_for_is_named_and_no_birth_date_is_kept(client, vermont):
    page = read(client, vermont.representative, "/access/new")
    assert "The person is 18 years old or older" in page
    refused = words(
        ask(client, vermont.representative, asked(vermont.project, level="case-manager-iii", is_of_age=None))
    )
    assert "at least 18 years old" in refused


@pytest.mark.rule("VT-LI-6")
@pytest.mark.parametrize(
    ("level", "status"), [("case-manager-ii", 302), ("case-manager-iii", 302), ("agency-administrator", 403)]
)
def test_an_agency_administrator_grants_up_to_case_manager_iii(client, vermont, level, status):
    row = request_made(client, vermont, level=level)
    answer = decide(client, vermont.administrator, row)
    assert answer.status_code == status
    if status == 403:
        assert "VT-LI-6" in words(answer)
        assert decide(client, vermont.manager, row).status_code == 302
    assert request_again(row.id).state is RequestState.APPROVED


@pytest.mark.rule("VT-LI-6")
def test_a_level_the_manual_does_not_have_is_refused(client, vermont):
    refused = ask(client, vermont.representative, asked(vermont.project, level="emperor"))
    assert refused.status_code == 422
    assert "The manual has no such access level." in words(refused)


@pytest.mark.rule("SAC-LI-5")
@pytest.mark.parametrize(
    ("is_view_only", "enters", "status"), [(True, "yes", 422), (True, "no", 302), (False, "yes", 302)]
)
def test_a_view_only_agency_never_gets_data_entry(client, sacramento, is_view_only, enters, status):
    with unit_of_work() as session:
        session.get(Agency, sacramento.agency.id).is_view_only = is_view_only
    answer = ask(client, sacramento.representative, asked(sacramento.project, enters_data=enters))
    assert answer.status_code == status
    if status == 422:
        assert "SAC-LI-5" in words(answer)


@pytest.mark.rule("SAC-LI-5")
def test_an_agency_that_became_view_only_meanwhile_gets_no_license_for_data_entry(client, sacramento):
    row = request_made(client, sacramento, enters_data="yes")
    decide(client, sacramento.manager, row)
    confirm_all(client, sacramento.admin, row)
    with unit_of_work() as session:
        session.get(Agency, sacramento.agency.id).is_view_only = True
    assert lines_of(row)["view-only"] == "missing"
    assert activate(client, sacramento.manager, row).status_code == 409


def test_the_page_says_line_by_line_what_holds_and_who_can_do_the_rest(client, world):
    row = request_made(client, world)
    page = read(client, world.representative, f"/access/{row.id}")
    assert "Requested by representative" in page
    assert "The HMIS manager of the agency's CoC decides." in page
    assert "The HMIS Lead's staff confirms it." in page
    assert "MO-LI-3" in page
    assert "Approve" not in page
    assert "Approve" in read(client, world.manager, f"/access/{row.id}")


def test_the_mails_go_to_the_manager_the_representative_and_the_person_and_carry_no_credentials(client, world):
    row = request_made(client, world)
    (to_decide,) = mails("access-requested")
    assert (to_decide.person_id, f"http://hearthdesk.test/access/{row.id}" in to_decide.body_text) == (
        world.manager.id,
        True,
    )
    decide(client, world.manager, row)
    assert [m.person_id for m in mails("access-approved")] == [world.representative.id]
    confirm_all(client, world.admin, row)
    activate(client, world.manager, row)
    (to_person,) = mails("license-activated")
    assert to_person.address == "l.chen@agency.test"
    assert "password" not in to_person.body_text.lower()
    assert [m.person_id for m in mails("license-activated-agency")] == [world.representative.id]


def test_the_same_form_sent_twice_is_one_request(client, world):
    form = asked(world.project)
    first, second = (ask(client, world.representative, form) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert (count(AccessRequest), len(mails("access-requested"))) == (1, 1)


def test_one_open_request_and_one_license_for_each_person_and_agency(client, world):
    request_made(client, world)
    again = ask(client, world.representative, asked(world.project, email="L.Chen@Agency.test"))
    assert again.status_code == 409
    assert "There is a request for Lena Chen already" in words(again)

    give_license(world.end_user, world.agency)
    held = ask(client, world.representative, asked(world.project, email=world.end_user.email))
    assert held.status_code == 409
    assert "has had a license at Harbor House since Fri, Nov 20, 2026." in words(held)


def test_activation_twice_gives_one_license(client, world):
    row = request_made(client, world)
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    assert activate(client, world.manager, row).status_code == 302
    assert activate(client, world.manager, row).status_code == 409
    assert (count(License), len(mails("license-activated"))) == (1, 1)


def test_somebody_who_worked_elsewhere_stays_one_person(client, world):
    row = request_made(client, world, email=world.other_end_user.email, name="Olga Finch")
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    activate(client, world.manager, row)
    assert license_of(world.other_end_user, world.agency).state is LicenseState.ACTIVE


def test_a_withdrawn_request_cannot_be_decided(client, world):
    row = request_made(client, world)
    assert sign_in(client, world.representative).post(f"/access/{row.id}/withdraw").status_code == 302
    assert request_again(row.id).state is RequestState.WITHDRAWN
    assert decide(client, world.manager, row).status_code == 409
    assert ask(client, world.representative, asked(world.project)).status_code == 302


def test_what_the_request_itself_says_is_nobodys_to_confirm(client, world):
    row = request_made(client, world)
    for line in ("manager-approval", "requested-by-representative", "no-such-line"):
        assert confirm(client, world.admin, row, line).status_code == 422
    assert confirm(client, world.representative, row, "training-complete").status_code == 403


def test_another_agencys_requests_and_licenses_are_not_there(client, world):
    row = request_made(client, world)
    held = give_license(world.end_user, world.agency)
    sign_in(client, world.other_representative)
    assert client.get(f"/access/{row.id}").status_code == 404
    assert client.get(f"/access/licenses/{held.id}").status_code == 404
    assert client.post(f"/access/{row.id}/withdraw").status_code == 404
    assert client.get(f"/access/new?agency={world.agency.id}").status_code == 404
    assert "Lena Chen" not in words(client.get("/access"))
    assert world.end_user.name not in words(client.get("/access/licenses"))


def test_lists_show_what_is_the_persons_to_do(client, world):
    row = request_made(client, world)
    assert "Decide" in read(client, world.manager, "/access")
    assert "Decide: Lena Chen, Harbor House" in read(client, world.manager, "/")
    assert "Lena Chen" in read(client, world.representative, "/access?state=requested")
    decide(client, world.manager, row)
    assert "Confirm what is missing: Lena Chen" in read(client, world.admin, "/")
    confirm_all(client, world.admin, row)
    assert "Activate: Lena Chen" in read(client, world.manager, "/")
    activate(client, world.manager, row)
    assert "Lena Chen" in read(client, world.representative, "/access?shown=closed")
    assert "Lena Chen" in read(client, world.representative, "/access/licenses")
    assert "Lena Chen" in read(client, world.manager, "/search?q=lena")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": ""}, "Give the person's full name."),
        ({"email": "lena"}, "This does not look like an e-mail address"),
        ({"email": "a@b.test\r\nBcc: x@y.test"}, "This does not look like an e-mail address"),
        ({"employment": "king"}, "Choose how they work for the agency."),
        ({"employment": None}, "Choose how they work for the agency."),
        ({"projects": ["x", "99999999999999999999999"]}, "not your agency's"),
        ({"name": "x" * 400}, "longer than 120"),
    ],
)
def test_bad_input_gets_a_sentence(client, world, values, told):
    answer = ask(client, world.representative, asked(world.project, **values))
    assert answer.status_code == 422
    assert told in words(answer)
    assert count(AccessRequest) == 0


def test_a_name_with_a_nul_in_it_is_stored_without(client, world):
    assert request_made(client, world, name="Lena\x00 Chen").name == "Lena Chen"


def test_a_suspended_agency_gets_no_license(client, world):
    row = request_made(client, world)
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    with unit_of_work() as session:
        session.get(Agency, world.agency.id).status = "suspended"
    refused = activate(client, world.manager, row)
    assert refused.status_code == 409
    assert "does not take part" in words(refused)
    assert request_again(row.id).state is RequestState.APPROVED


def test_personal_data_in_a_reason_is_refused_and_what_was_typed_stays(client, world):
    row = request_made(client, world)
    refused = decide(client, world.manager, row, reason="Her client with SSN 123-45-6789 waits.")
    assert refused.status_code == 422
    assert "123-45-6789 waits" in refused.get_data(as_text=True)
    assert request_again(row.id).state is RequestState.REQUESTED


def test_every_step_is_in_the_trail(client, world):
    row = request_made(client, world)
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    activate(client, world.manager, row)
    query = select(AuditEvent.action).where(AuditEvent.subject_type == "access_request").order_by(AuditEvent.id)
    assert list(db.session.scalars(query)) == [
        "access.requested",
        "access.approved",
        "access.confirmed",
        "access.confirmed",
        "access.confirmed",
        "access.activated",
    ]


def test_a_person_of_two_agencies_is_asked_for_which(client, world):
    both = member(world.agency, "authorized-representative", name="Bo Twain")
    with unit_of_work() as session:
        from tests.support.factories import designate, join

        join(both, world.other_agency)
        designate(both, world.other_agency, "authorized-representative")
        session.flush()
    page = read(client, both, "/access/new")
    assert "For which of your agencies?" in page
    assert "Casa Sol" in read(client, both, f"/access/new?agency={world.other_agency.id}")


def test_the_list_and_the_mails_say_when_and_a_denied_request_rests(client, world):
    row = request_made(client, world)
    confirm(client, world.trainer, row, "training-complete")
    decide(client, world.manager, row)
    page = read(client, world.manager, f"/access/{row.id}")
    for act in (f"Confirmed by {world.trainer.name}", "Approved by"):
        assert "on Fri, Nov 20, 2026" in page[page.index(act) :][:80]
    assert "Take the approval back" in page
    assert "on Fri, Nov 20, 2026" in mails("access-approved")[0].body_text
    assert page.index("Asked by") < page.index("Take the approval back")
    decide(client, world.manager, request_again(row.id), "deny", "She starts in January.")
    html = sign_in(client, world.representative).get(f"/access/{row.id}").get_data(as_text=True)
    assert "usa-alert--error" not in html
    assert "hd-status--late" not in html
    said = read(client, world.representative, f"/access/{row.id}")
    assert "The HMIS Lead's staff confirms it." not in said
    assert said.index("denied it on") < said.index("As it stood.")
    assert "on Fri, Nov 20, 2026" in mails("access-denied")[0].body_text


def test_the_address_of_somebody_else_is_told_and_nothing_typed_is_lost(client, world):
    colleague = ask(client, world.representative, asked(world.project, email=world.end_user.email, name="Ann Lee"))
    assert colleague.status_code == 409
    assert "That is the address of Erin Doyle, not of Ann Lee." in words(colleague)
    assert 'value="Ann Lee"' in colleague.text
    stranger = ask(client, world.representative, asked(world.project, email=world.other_end_user.email, name="Ann Lee"))
    assert "That address belongs to somebody else, who is not called Ann Lee." in words(stranger)
    assert "Olga" not in stranger.text
    assert request_made(client, world, email=world.end_user.email, name="Erin M. Doyle-Ray").name == "Erin M. Doyle-Ray"
