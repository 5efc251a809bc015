"""What is signed here answers the lines of a request by itself; so does a signature in training where it is one."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.agreeing import text_hash
from core.db import unit_of_work
from core.events import publish
from core.people.models import Person
from core.people.services import person_by_email
from licensing.access.models import LicenseState
from licensing.agreements import standing
from licensing.agreements.rules import Kind, State
from tests.licensing.acting import (
    activate,
    confirm,
    decide,
    give_license,
    license_of,
    lines_of,
    read,
    request_made,
    words,
)
from tests.licensing.agreements.acting import agreements, countersign, newest, published, sign
from tests.support.factories import make_world
from training.events import AgreementSigned

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def at_noon_there(app, travel):
    travel(NOON)


def newcomer() -> Person:
    person = person_by_email("l.chen@agency.test")
    assert person is not None
    return person


@pytest.mark.rule("MO-LI-1")
@pytest.mark.rule("MO-LI-5")
def test_in_missouri_both_agreements_are_known_and_the_license_waits_for_them(client, at_noon_there):
    world = make_world("missouri")
    published(world.coc, world.admin)
    published(world.coc, world.admin, Kind.USER)
    row = request_made(client, world)
    assert confirm(client, world.admin, row, "user-agreement-signed").status_code == 422
    decide(client, world.manager, row)
    assert confirm(client, world.admin, row, "training-complete").status_code == 302
    told = lines_of(row)
    assert (told["agency-agreement-signed"], told["user-agreement-signed"]) == ("missing", "missing")
    refused = activate(client, world.manager, row)
    assert "Not yet: agency agreement signed, user agreement signed." in words(refused)
    page = read(client, world.representative, f"/access/{row.id}")
    assert "It was sent, and is not signed yet." in page
    sign(client, world.director, newest(agency_id=world.agency.id, kind=Kind.AGENCY))
    sign(client, newcomer(), newest(kind=Kind.USER))
    assert (refused.status_code, activate(client, world.manager, row).status_code) == (409, 302)
    assert license_of(newcomer(), world.agency).state is LicenseState.ACTIVE


@pytest.mark.rule("SON-LI-1")
def test_in_sonoma_four_documents_are_signed_by_the_person_and_one_missing_is_enough(client, at_noon_there):
    world = make_world("sonoma")
    kinds = (Kind.POLICIES, Kind.ETHICS, Kind.AGENCY_READ, Kind.CONFIDENTIALITY)
    for kind in kinds:
        published(world.coc, world.admin, kind)
    row = request_made(client, world, level="agency-staff")
    decide(client, world.manager, row)
    for line in ("security-training-complete", "orientation-complete", "seat-available"):
        assert confirm(client, world.admin, row, line).status_code == 302
    for kind in kinds[:-1]:
        sign(client, newcomer(), newest(kind=kind))
    told = lines_of(row)
    assert {name for name, state in told.items() if state == "missing"} == {"confidentiality-agreed"}
    assert activate(client, world.admin, row).status_code == 409
    sign(client, newcomer(), newest(kind=Kind.CONFIDENTIALITY))
    assert activate(client, world.admin, row).status_code == 302


@pytest.mark.rule("SAC-LI-1")
def test_in_sacramento_the_agency_line_holds_once_the_lead_has_signed_too(client, at_noon_there):
    world = make_world("sacramento")
    published(world.coc, world.admin)
    row = request_made(client, world)
    agreed = newest(agency_id=world.agency.id)
    sign(client, world.director, agreed)
    assert lines_of(row)["agency-agreement-signed"] == "missing"
    countersign(client, world.manager, agreed)
    assert lines_of(row)["agency-agreement-signed"] == "met"


def test_a_request_that_is_denied_leaves_nothing_to_sign(client, at_noon_there):
    world = make_world("missouri")
    published(world.coc, world.admin, Kind.USER)
    row = request_made(client, world)
    decide(client, world.manager, row)
    assert newest(kind=Kind.USER).state is State.SENT
    decide(client, world.manager, row, "deny")
    assert newest(kind=Kind.USER).state is State.WITHDRAWN


@pytest.mark.rule("MO-TR-2")
@pytest.mark.parametrize(("pack", "counts"), [("missouri", True), ("vermont", False)])
def test_a_signature_in_training_is_the_user_agreement_s_where_the_manual_says_so(app, at_noon_there, pack, counts):
    world = make_world(pack)
    give_license(world.end_user, world.agency)
    told = {"title": "User policy", "body": "Read.", "clauses": ("I lock my screen.",), "name": "Erin Doyle"}
    event = AgreementSigned(
        signature_id=1, lead_id=world.lead.id, agency_id=world.agency.id, person_id=world.end_user.id, course_id=1,
        credits=("user-agreement",), text_sha256=text_hash("Read.", ["I lock my screen."]), address="127.0.0.1",
        intent="I sign.", at=clock.now(), **told,
    )  # fmt: skip
    for _ in range(2):
        with unit_of_work():
            publish(event)
    rows = agreements(person_id=world.end_user.id)
    assert [(one.state, one.version.clauses, one.text_sha256 == one.version.text_sha256) for one in rows] == (
        [(State.SIGNED, ["I lock my screen."], True)] if counts else []
    )
    asked = standing.told([standing.Asked(1, world.agency, world.end_user.id)], clock.now())[1]
    assert [one.is_signed for one in asked.values()] == ([True] if counts else [])
