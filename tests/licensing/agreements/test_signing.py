"""Documents are written, sent, signed, countersigned, renewed, signed again when they change, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.agreeing import INTENT, text_hash
from core.db import unit_of_work
from core.deadlines import fire_due
from licensing.access.models import License, LicenseState
from licensing.agreements import jobs, standing
from licensing.agreements.rules import Kind, State
from tests.licensing.acting import give_license, license_of, mails, read, words
from tests.licensing.agreements.acting import CLAUSES, agreements, changed, countersign, newest, published, sign
from tests.support.factories import make_world
from tests.support.signing_in import sign_in

CHICAGO = ZoneInfo("America/Chicago")
MARCH = datetime(2026, 3, 10, 12, 0, tzinfo=CHICAGO)


@pytest.fixture
def world(app, travel):
    travel(MARCH)
    return make_world("missouri")


@pytest.fixture
def sonoma(app, travel):
    travel(MARCH)
    return make_world("sonoma")


@pytest.mark.rule("MO-LI-5")
def test_the_executive_director_signs_and_what_was_signed_stays_with_its_hash(client, world):
    published(world.coc, world.admin)
    row = newest(agency_id=world.agency.id)
    assert standing.agency_agreement(world.agency.id, clock.now()) is None
    refused = sign(client, world.representative, row)
    assert (refused.status_code, "This is signed by Dana Reyes." in words(refused)) == (403, True)
    assert sign(client, world.director, row).status_code == 302
    row = newest(agency_id=world.agency.id)
    assert (row.state, row.signer_name, row.signer_address, row.intent) == (
        State.SIGNED, "Dana Reyes", "127.0.0.1", INTENT,
    )  # fmt: skip
    assert row.text_sha256 == text_hash("What we agree on.", CLAUSES) == row.version.text_sha256
    assert standing.agency_agreement(world.agency.id, clock.now()) == row
    assert sign(client, world.director, row).status_code == 302
    assert len(agreements(agency_id=world.agency.id)) == 1
    page = read(client, world.representative, f"/agreements/{row.id}")
    assert "What we agree on." in page
    assert row.text_sha256 in page
    assert sign_in(client, world.other_representative).get(f"/agreements/{row.id}").status_code == 404


def test_a_clause_not_ticked_or_another_name_is_told_and_nothing_typed_is_lost(client, world):
    published(world.coc, world.admin)
    row = newest(agency_id=world.agency.id)
    answer = sign(client, world.director, row, ticked=["0", "1", "3", "4", "5"])
    assert (answer.status_code, "Tick clause 3." in words(answer)) == (422, True)
    answer = sign(client, world.director, row, name="Dana Rees")
    assert (answer.status_code, "Type your name as it is written here: Dana Reyes." in words(answer)) == (422, True)
    assert b'value="Dana Rees"' in answer.data
    assert answer.data.count(b" checked") == len(CLAUSES)
    assert newest(agency_id=world.agency.id).state is State.SENT


@pytest.mark.rule("MO-LI-5")
def test_it_is_renewed_from_october_and_counts_to_the_last_second_of_its_year(client, world, travel):
    published(world.coc, world.admin)
    sign(client, world.director, newest(agency_id=world.agency.id))
    held = give_license(world.end_user, world.agency)
    travel(datetime(2026, 9, 30, 23, 59, 59, tzinfo=CHICAGO))
    jobs.keep_up_all()
    assert len(agreements(agency_id=world.agency.id)) == 1
    travel(datetime(2026, 10, 1, 0, 0, 0, tzinfo=CHICAGO))
    jobs.keep_up_all()
    jobs.keep_up_all()
    first, renewal = agreements(agency_id=world.agency.id)
    last = datetime(2027, 3, 10, 23, 59, 59, tzinfo=CHICAGO)
    assert (renewal.state, renewal.due_at) == (State.SENT, last)
    travel(last)
    fire_due()
    assert standing.agency_agreement(world.agency.id, clock.now()) == first
    assert license_of(world.end_user, world.agency).state is LicenseState.ACTIVE
    travel(last + timedelta(seconds=1))
    fire_due()
    assert standing.agency_agreement(world.agency.id, clock.now()) is None
    assert newest(id=first.id).state is State.EXPIRED
    locked = license_of(world.end_user, world.agency)
    assert (locked.id, locked.state) == (held.id, LicenseState.SUSPENDED)
    assert "(MO-LI-5)" in locked.open_holds[0].words
    assert sign(client, world.director, renewal).status_code == 302
    assert license_of(world.end_user, world.agency).state is LicenseState.ACTIVE
    assert standing.agency_agreement(world.agency.id, last).id == first.id


@pytest.mark.rule("SON-LI-10")
def test_it_is_in_force_once_countersigned_and_the_copy_goes_back(client, sonoma):
    published(sonoma.coc, sonoma.admin)
    row = newest(agency_id=sonoma.agency.id)
    sign(client, sonoma.director, row)
    assert standing.agency_agreement(sonoma.agency.id, clock.now()) is None
    assert len(mails("agreement-to-countersign")) == 1
    assert countersign(client, sonoma.agent, row).status_code == 403
    assert countersign(client, sonoma.manager, row, name="Somebody").status_code == 422
    assert countersign(client, sonoma.manager, row).status_code == 302
    assert countersign(client, sonoma.manager, row).status_code == 302
    kept = standing.agency_agreement(sonoma.agency.id, clock.now())
    assert (kept.state, kept.countersigner_name) == (State.COUNTERSIGNED, "Mina Cole")
    assert sorted(mail.address for mail in mails("agreement-countersigned")) == sorted(
        [sonoma.director.email, sonoma.administrator.email]
    )
    with sign_in(client, sonoma.administrator).get(f"/agreements/{row.id}.pdf") as answer:
        assert answer.data.startswith(b"%PDF-")


@pytest.mark.rule("HUD-LI-4")
def test_a_user_agreement_covers_all_six_expectations_before_it_is_published(client, world):
    office = sign_in(client, world.admin)
    begun = {"once": "begun", "kind": "user-agreement", "place": f"coc-{world.coc.id}", "title": "User agreement"}
    answer = office.post("/documents/new", data=begun)
    assert answer.status_code == 302, words(answer)
    place = answer.location
    form = {"once": "text", "body": "Read this.", "clauses": "\n".join(CLAUSES)}
    covers = {f"cover_{code}": str(n) for n, code in enumerate(sorted(_expected(world)), 1)}
    five = {name: "7" if number == "6" else number for name, number in covers.items()}
    assert office.post(place, data=form | five).status_code == 302
    publish = {"once": "publish", "effective_on": "2026-03-10", "resigns": "y"}
    refused = office.post(f"{place}/publish", data=publish)
    assert (refused.status_code, "(HUD-LI-4)" in words(refused)) == (422, True)
    assert office.post(place, data=form | covers).status_code == 302
    assert office.post(f"{place}/publish", data=publish).status_code == 302
    late = office.post(place, data=form | {"body": "Another text."})
    assert (late.status_code, "Begin a new version." in words(late)) == (409, True)
    assert "Read this." in words(office.get(place))


def _expected(world):
    from core.policy import policy_for
    from licensing.agreements.rules import expectations

    return expectations(Kind.USER, policy_for(world.coc, MARCH.date()))


@pytest.mark.rule("HUD-LI-4")
@pytest.mark.rule("MO-LI-1")
def test_a_changed_version_is_signed_again_by_its_last_second_or_the_license_waits(client, world, travel):
    give_license(world.end_user, world.agency)
    row = published(world.coc, world.admin, Kind.USER)
    first = newest(person_id=world.end_user.id)
    assert sign(client, world.end_user, first).status_code == 302
    assert changed(row, world.admin, "A comma.", resigns=False) == 0
    assert changed(row, world.admin) == 1
    second = newest(person_id=world.end_user.id)
    assert (second.version.number, second.state) == (3, State.SENT)
    assert newest(id=first.id).is_in_force(clock.now())
    jobs.tell_sent()
    jobs.tell_sent()
    assert [mail.address for mail in mails("agreement-sent")] == [world.end_user.email]
    due = datetime(2026, 4, 9, 23, 59, 59, tzinfo=CHICAGO)
    assert second.due_at == due
    travel(due)
    fire_due()
    assert mails("agreement-reminder")
    assert license_of(world.end_user, world.agency).state is LicenseState.ACTIVE
    travel(due + timedelta(seconds=1))
    fire_due()
    held = license_of(world.end_user, world.agency)
    assert (held.state, held.open_holds[0].source) == (LicenseState.SUSPENDED, "document:user-agreement")
    assert newest(id=first.id).state is State.EXPIRED
    assert sign(client, world.end_user, second).status_code == 302
    assert license_of(world.end_user, world.agency).state is LicenseState.ACTIVE
    assert "What we agree on." in read(client, world.end_user, f"/agreements/{first.id}")


def test_who_comes_later_is_sent_it_and_what_was_withdrawn_is_not_sent_again(client, world):
    published(world.coc, world.admin, Kind.USER)
    assert agreements() == []
    give_license(world.end_user, world.agency)
    jobs.keep_up_all()
    row = newest(person_id=world.end_user.id)
    assert "Sign: The user-agreement" in read(client, world.end_user, "/")
    answer = sign_in(client, world.manager).post(
        f"/agreements/{row.id}/end", data={"once": "x", "reason": "On paper, seen by us."}
    )
    assert answer.status_code == 302
    jobs.keep_up_all()
    assert [one.state for one in agreements(person_id=world.end_user.id)] == [State.WITHDRAWN]
    assert sign(client, world.end_user, row).status_code == 409


def test_a_revoked_agreement_locks_the_agency_s_licenses(client, world):
    published(world.coc, world.admin)
    row = newest(agency_id=world.agency.id)
    sign(client, world.director, row)
    give_license(world.end_user, world.agency)
    answer = sign_in(client, world.admin).post(
        f"/agreements/{row.id}/end", data={"once": "x", "reason": "In default for a month."}
    )
    assert answer.status_code == 302
    assert license_of(world.end_user, world.agency).state is LicenseState.SUSPENDED
    with unit_of_work() as session:
        assert session.get_one(License, license_of(world.end_user, world.agency).id).open_holds
    jobs.keep_up_all()
    assert len(agreements(agency_id=world.agency.id)) == 1


@pytest.mark.rule("SAC-LI-1")
def test_in_sacramento_the_agency_agreement_needs_both_signatures(client, app, travel):
    travel(MARCH)
    world = make_world("sacramento")
    published(world.coc, world.admin)
    row = newest(agency_id=world.agency.id)
    sign(client, world.director, row)
    assert not newest(id=row.id).is_in_force(clock.now())
    countersign(client, world.manager, row)
    assert newest(id=row.id).is_in_force(clock.now())


def test_who_has_not_signed_is_a_list_and_a_file(client, world, travel):
    published(world.coc, world.admin)
    sign(client, world.director, newest(agency_id=world.agency.id))
    page = read(client, world.manager, "/agreements?state=missing")
    assert ("Casa Sol" in page, "Harbor House" in page) == (True, False)
    travel(MARCH + timedelta(days=7))
    assert "Casa Sol" not in read(client, world.manager, "/agreements?age=7")
    travel(MARCH + timedelta(days=7, seconds=1))
    assert "Casa Sol" in read(client, world.manager, "/agreements?age=7")
    with sign_in(client, world.manager).get("/agreements.csv?state=missing") as answer:
        lines = answer.get_data(as_text=True).splitlines()
    assert (len(lines), "Casa Sol" in lines[1]) == (2, True)
