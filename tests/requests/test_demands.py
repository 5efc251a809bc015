"""Outside demands: nothing leaves until every condition holds, the client is told, and the log keeps what left."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from core.db import db
from core.deadlines import State, fire_due
from helpdesk.requests.demands import services
from helpdesk.requests.demands.models import Disclosure, OutsideDemand
from helpdesk.requests.demands.rules import FORM_CHECK, DemandState
from tests.licensing.acting import mails, read, words
from tests.requests.acting import NEW_YORK, ZONES, again, confirm, demand, demanded, instant, post, release
from tests.support.counting import queries
from tests.support.factories import make_world, member
from tests.support.signing_in import sign_in


@pytest.fixture
def of(app, travel):
    """A community under a pack, at noon of a Friday there."""

    def make(pack):
        travel(instant(2026, 11, 20, 12, 0, zone=ZONES[pack]))
        return make_world(pack, tz=ZONES[pack].key)

    return make


def refuse(client, person, row, reason="That it needs a warrant."):
    return post(client, person, f"/demands/{row.id}/refuse", **{"refuse-reason": reason})


def tell(client, person, row, whom="client", how="By phone."):
    return post(client, person, f"/demands/{row.id}/tell", **{"tell-whom": whom, "tell-reason": how})


def logged():
    return list(db.session.scalars(select(Disclosure).order_by(Disclosure.id)))


# ------------------------------------------------------------------ Sonoma: a warrant or consent


@pytest.mark.rule("SON-HD-10")
@pytest.mark.parametrize("kind", ["law-enforcement", "court", "other"])
def test_a_demand_is_recorded_and_refused_without_warrant_or_consent(client, of, kind):
    world = of("sonoma")
    row = demanded(client, world.end_user, world.agency, kind=kind)
    assert "Nothing released" in read(client, world.end_user, f"/demands/{row.id}")
    answer = release(client, world.manager, row)
    assert answer.status_code == 409
    assert "One of these is needed: There is a valid warrant. (SON-HD-10)" in words(answer)
    assert logged() == []
    assert refuse(client, world.representative, row).status_code == 302
    assert again(row).state is DemandState.REFUSED
    assert "Refused by Rosa Lind" in read(client, world.end_user, f"/demands/{row.id}")


@pytest.mark.rule("SON-HD-10")
@pytest.mark.parametrize("line", ["warrant", "client-consent"])
def test_either_is_enough(client, of, line):
    world = of("sonoma")
    row = demanded(client, world.representative, world.agency)
    assert confirm(client, world.manager, row, line).status_code == 302
    assert release(client, world.manager, row).status_code == 302
    [entry] = logged()
    assert (entry.client_id, entry.to_whom, entry.rule) == ("104877", "County sheriff", "SON-HD-10")
    assert again(row).state is DemandState.RELEASED


@pytest.mark.rule("SON-HD-10")
def test_a_warrant_is_the_leads_to_confirm(client, of):
    world = of("sonoma")
    row = demanded(client, world.representative, world.agency)
    assert confirm(client, world.representative, row, "warrant").status_code == 403
    assert confirm(client, world.agent, row, "warrant").status_code == 403
    assert confirm(client, world.representative, row, "client-consent").status_code == 302
    assert release(client, world.representative, row).status_code == 403
    assert release(client, world.agent, row).status_code == 403


@pytest.mark.rule("SON-HD-10")
def test_the_client_or_caseworker_is_told_of_the_attempt(client, of):
    world = of("sonoma")
    row = demanded(client, world.end_user, world.agency)
    refuse(client, world.manager, row)
    [mail] = [m for m in mails("outside-demand-decided") if m.person_id == world.representative.id]
    assert "still to be told" in mail.body_text
    assert "sheriff" not in mail.body_text
    assert "Tell the client" in read(client, world.representative, "/")
    assert tell(client, world.representative, row, whom="nobody").status_code == 422
    assert tell(client, world.representative, row, whom="caseworker", how="In person.").status_code == 302
    page = read(client, world.manager, f"/demands/{row.id}")
    assert "The client's caseworker, by Rosa Lind" in page
    assert "In person." in page
    assert "Tell the client" not in read(client, world.representative, "/")
    assert tell(client, world.representative, row).status_code == 409


def test_a_line_confirmed_in_error_is_taken_back(client, of):
    world = of("sonoma")
    row = demanded(client, world.representative, world.agency)
    confirm(client, world.manager, row, "warrant")
    assert confirm(client, world.manager, row, "warrant").status_code == 409
    assert post(client, world.manager, f"/demands/{row.id}/take-back/warrant").status_code == 302
    assert post(client, world.manager, f"/demands/{row.id}/take-back/warrant").status_code == 409
    assert release(client, world.manager, row).status_code == 409
    assert confirm(client, world.manager, row, "coc-consent").status_code == 404


# ------------------------------------------------------------------ Vermont: the police


@pytest.mark.rule("VT-HD-5")
def test_every_line_of_vermonts_list_is_needed_for_the_police(client, of, travel):
    world = of("vermont")
    row = demanded(client, world.representative, world.agency)
    for line in FORM_CHECK:
        assert post(client, world.manager, f"/demands/{row.id}/counsel").status_code == 409
        assert release(client, world.manager, row).status_code == 409
        assert confirm(client, world.representative, row, line).status_code == 302
    assert confirm(client, world.manager, row, "legal-counsel-approved").status_code == 409
    assert post(client, world.manager, f"/demands/{row.id}/counsel").status_code == 302
    assert post(client, world.manager, f"/demands/{row.id}/counsel").status_code == 409
    travel(instant(2026, 11, 27, 9, 0, zone=NEW_YORK))
    assert confirm(client, world.manager, row, "legal-counsel-approved").status_code == 302
    without_consent = release(client, world.manager, row)
    assert without_consent.status_code == 409
    missing = words(without_consent).partition("All of this is missing:")[2].partition("(VT-HD-5)")[0]
    assert "consented to the release in writing" in missing
    assert logged() == []
    assert confirm(client, world.manager, row, "coc-consent").status_code == 302
    assert release(client, world.manager, row).status_code == 302
    assert len(logged()) == 1


@pytest.fixture
def with_counsel(client, of):
    world = of("vermont")
    row = demanded(client, world.representative, world.agency)
    for line in FORM_CHECK:
        confirm(client, world.representative, row, line)
    post(client, world.manager, f"/demands/{row.id}/counsel")
    return world, row


@pytest.mark.rule("VT-HD-5")
@pytest.mark.parametrize(("seconds", "status"), [(-1, 409), (0, 302), (1, 302)])
def test_counsel_has_seven_days_at_least(client, with_counsel, travel, seconds, status):
    world, row = with_counsel
    travel(instant(2026, 11, 27, 0, 0, zone=NEW_YORK, plus=timedelta(seconds=seconds)))
    answer = confirm(client, world.manager, row, "legal-counsel-approved")
    assert answer.status_code == status
    assert ("The manual's shortest review ends on Fri, Nov 27, 2026." in words(answer)) is (status == 409)


@pytest.mark.rule("VT-HD-5")
@pytest.mark.parametrize(("seconds", "state"), [(-1, State.MET), (0, State.MET), (1, State.FIRED)])
def test_counsel_has_fourteen_days_at_most(client, with_counsel, travel, seconds, state):
    world, row = with_counsel
    due = datetime(2026, 12, 4, 23, 59, 59, tzinfo=NEW_YORK)
    travel(due + timedelta(seconds=seconds))
    fire_due()
    assert confirm(client, world.manager, row, "legal-counsel-approved").status_code == 302
    review = services.review_of(row)
    assert (review.due_at, review.state) == (due, state)
    assert ("Missed; was due" in read(client, world.manager, f"/demands/{row.id}")) is (state is State.FIRED)


@pytest.mark.rule("VT-HD-5")
@pytest.mark.parametrize("left_out", FORM_CHECK)
def test_no_point_of_the_form_can_be_left_out(client, of, left_out):
    world = of("vermont")
    row = demanded(client, world.representative, world.agency)
    for line in FORM_CHECK:
        if line != left_out:
            confirm(client, world.representative, row, line)
    answer = post(client, world.manager, f"/demands/{row.id}/counsel")
    assert answer.status_code == 409
    assert "Confirm its five points first." in words(answer)


def test_where_the_manual_names_no_way_nothing_is_released(client, of):
    world = of("missouri")
    row = demanded(client, world.representative, world.agency)
    answer = release(client, world.manager, row)
    assert answer.status_code == 409
    assert "The manual names no way to release data to them." in words(answer)
    assert "Lead's own practice" in words(answer)
    refuse(client, world.manager, row)
    assert "Tell the client" not in read(client, world.representative, "/")


# ------------------------------------------------------------------ the log


def released(client, world, **values):
    row = demanded(client, world.representative, world.agency, **values)
    confirm(client, world.manager, row, "warrant")
    return row


@pytest.mark.rule("SON-HD-9")
def test_the_log_is_kept_seven_years(client, of):
    world = of("sonoma")
    release(client, world.manager, released(client, world))
    assert logged()[0].kept_until == date(2033, 11, 20)
    assert "Sun, Nov 20, 2033" in read(client, world.representative, "/demands/disclosures")


@pytest.mark.rule("SON-HD-9")
@pytest.mark.parametrize("change", ["update", "delete"])
def test_nothing_in_the_log_is_ever_changed_or_deleted(client, of, change):
    world = of("sonoma")
    release(client, world.manager, released(client, world))
    [entry] = logged()
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        if change == "update":
            db.session.execute(update(Disclosure).values(to_whom="Nobody"))
        else:
            db.session.delete(entry)
            db.session.flush()
    db.session.rollback()
    assert logged()[0].to_whom == "County sheriff"


def test_each_client_has_a_row_and_is_found_by_number(client, of):
    world = of("sonoma")
    row = released(client, world, client_id="")
    assert release(client, world.manager, row, **{"release-clients": "A-17, 5; A-17\n88"}).status_code == 302
    assert [entry.client_id for entry in logged()] == ["A-17", "5", "88"]
    page = read(client, world.representative, "/demands/disclosures?client=A-17")
    assert page.count("County sheriff") == 1
    assert "Nothing about client 6." in read(client, world.representative, "/demands/disclosures?client=6")
    assert "A-17" not in read(client, world.other_representative, "/demands/disclosures")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"release-clients": "Maria Lopez"}, "not an HMIS client ID"),
        ({"release-clients": " , "}, "Give the HMIS ID of every client"),
        ({"release-clients": ",".join(map(str, range(1, 102)))}, "more than 100 clients"),
        ({"release-reason": "Nights of client Maria Lopez"}, "a client's name (“Maria Lopez”)"),
    ],
)
def test_a_release_names_clients_by_number_only(client, of, values, told):
    world = of("sonoma")
    row = released(client, world)
    answer = release(client, world.manager, row, **values)
    assert answer.status_code == 422
    assert told in words(answer)
    assert logged() == []


def test_the_export_is_safe_to_open(client, of):
    world = of("sonoma")
    row = released(client, world, who='=HYPERLINK("http://x.test")')
    release(client, world.manager, row, **{"release-clients": "5,104877", "release-reason": "+1 sheet"})
    answer = sign_in(client, world.manager).get("/demands/disclosures.csv?client=5")
    assert answer.mimetype == "text/csv"
    head, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    assert head[2:4] == ["HMIS client ID", "To whom"]
    assert [(line[2], line[3], line[4], line[-1]) for line in rows] == [
        ("5", '\'=HYPERLINK("http://x.test")', "'+1 sheet", "2033-11-20")
    ]
    everything = sign_in(client, world.other_representative).get("/demands/disclosures.csv").get_data(as_text=True)
    assert "104877" not in everything


# ------------------------------------------------------------------ around it


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"what": "Where is client Maria Lopez?"}, "a client's name (“Maria Lopez”)"),
        ({"client_id": "Maria Lopez"}, "not an HMIS client ID"),
        ({"ticket": "77"}, "There is no ticket 77"),
    ],
)
def test_a_clients_name_is_refused_and_the_rest_kept(client, of, values, told):
    world = of("sonoma")
    answer = demand(client, world.end_user, world.agency, **values)
    assert answer.status_code == 422
    assert told in words(answer)
    assert "County sheriff" in answer.get_data(as_text=True)
    assert db.session.scalar(select(func.count(OutsideDemand.id))) == 0


def test_who_recorded_it_sees_it_and_a_colleague_does_not(client, of):
    world = of("sonoma")
    row = demanded(client, world.end_user, world.agency)
    assert sign_in(client, member(world.agency)).get(f"/demands/{row.id}").status_code == 404
    assert sign_in(client, world.other_representative).get(f"/demands/{row.id}").status_code == 404
    assert refuse(client, world.end_user, row).status_code == 403
    assert demand(client, world.end_user, world.other_agency).status_code == 404


def test_a_decision_is_taken_once(client, of):
    world = of("sonoma")
    row = demanded(client, world.end_user, world.agency)
    refuse(client, world.manager, row)
    late = refuse(client, world.representative, row, "No warrant here.")
    assert late.status_code == 409
    assert "This demand was refused before." in words(late)
    assert "No warrant here." in words(late)
    assert release(client, world.manager, row).status_code == 409


def test_the_same_form_sent_twice_is_one_demand(client, of):
    world = of("sonoma")
    first = demand(client, world.end_user, world.agency, once="the-same")
    assert demand(client, world.end_user, world.agency, once="the-same").location == first.location
    assert demand(client, world.end_user, world.agency, once="the-same", who="Another").status_code == 409


def test_lists_ask_the_database_as_often_for_many(client, of):
    world = of("sonoma")
    paths = ("/demands", "/demands/disclosures")
    release(client, world.manager, released(client, world))
    counts = []
    for more in (0, 5):
        for _ in range(more):
            release(client, world.manager, released(client, world))
        sign_in(client, world.manager)
        for path in paths:
            client.get(path)
            with queries() as asked:
                client.get(path)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
