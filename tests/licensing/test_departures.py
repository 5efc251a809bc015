"""The two clocks of a departure, at their boundaries, and what follows from them, through the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEvent, verify
from core.authz import Role, principal_for
from core.db import db, unit_of_work
from core.deadlines import State, fire_due, recompute_for_closures
from core.people.models import Closure, DesignationKind, Membership, Person, StaffRole
from licensing.access.licenses import end_license
from licensing.access.models import License, LicenseState
from licensing.departures.models import Channel, DepartureNotice
from licensing.departures.rules import DepartureState
from licensing.departures.services import DEACTIVATION, NOTICE
from licensing.leaves import services as leaves
from licensing.leaves.models import Leave
from licensing.leaves.rules import LeaveState
from licensing.seats import services as seats
from licensing.seats.models import Seat
from tests.licensing.acting import (
    clock_row,
    departure_again,
    give_license,
    late,
    leaving,
    license_of,
    mails,
    noted,
    read,
    tell,
    words,
)
from tests.support.counting import queries
from tests.support.factories import designate, make_coc, make_staff, make_world, member
from tests.support.signing_in import sign_in

CHICAGO = ZoneInfo("America/Chicago")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NEW_YORK = ZoneInfo("America/New_York")
SECOND = timedelta(seconds=1)


@pytest.fixture
def go(travel):
    """Set the clock to a local time: go(2026, 11, 20, 12, 0, zone=CHICAGO)."""

    def to(*parts: int, zone: ZoneInfo = CHICAGO, plus: timedelta = timedelta()) -> datetime:
        at = datetime(*parts, tzinfo=zone).astimezone(UTC) + plus
        travel(at)
        return at

    return to


@pytest.fixture
def world(app, go):
    go(2026, 11, 20, 12, 0)
    return make_world("missouri")


def world_of(pack, zone, go):
    go(2026, 11, 1, 12, 0, zone=zone)
    return make_world(pack, tz=zone.key)


def has_role(person, role=Role.END_USER):
    db.session.expire_all()
    return role in principal_for(person, clock.now()).roles


# ------------------------------------------------------------------ the agency's clock


@pytest.mark.rule("MO-LI-4")
@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-1, ""), (0, ""), (1, "1 second"), (3600, "1 hour")],
    ids=["before", "at", "after", "an hour after"],
)
def test_missouri_notice_is_due_at_the_end_of_the_third_business_day(client, world, go, seconds, told):
    go(2026, 11, 25, 23, 59, 59, plus=timedelta(seconds=seconds))
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    assert clock_row(row).due_at == datetime(2026, 11, 25, 23, 59, 59, tzinfo=CHICAGO)
    assert late(row) == (told, "")
    page = read(client, world.representative, f"/departures/{row.id}")
    assert ("Late by 1 second" in page) is (told == "1 second")
    assert "Erin Doyle left Fri Nov 20, 4:30 PM. Notice is due within 3 business days." in page
    assert "Mon 23 (1), Tue 24 (2), Wed 25 (3)." in page
    assert "Revoking End User Access" in page
    assert "MO-LI-4" in page


@pytest.mark.rule("MO-LI-4")
def test_thanksgiving_and_the_leads_own_closed_day_do_not_count(client, world, go):
    with unit_of_work() as session:
        session.add(Closure(lead_id=world.lead.id, day=date(2026, 11, 27), name="Office closed"))
        session.flush()
    go(2026, 11, 24, 12, 0)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-24", "16:30"))
    clock_ = clock_row(row)
    assert clock_.due_at == datetime(2026, 12, 1, 23, 59, 59, tzinfo=CHICAGO)
    because = " ".join(clock_.explanation["because"])
    assert "Office closed" in because
    assert "Thanksgiving" in because


@pytest.mark.rule("VT-LI-5")
@pytest.mark.parametrize(("seconds", "told"), [(-1, ""), (0, ""), (1, "1 second")], ids=["before", "at", "after"])
def test_vermont_notice_is_due_within_48_hours(client, go, app, seconds, told):
    world = world_of("vermont", NEW_YORK, go)
    go(2026, 11, 22, 16, 30, zone=NEW_YORK, plus=timedelta(seconds=seconds))
    row = noted(client, world.director, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    assert late(row) == (told, "")
    assert clock_row(row).rule == "VT-LI-5"


@pytest.mark.rule("VT-LI-5")
@pytest.mark.rule("SON-LI-4")
@pytest.mark.parametrize(("pack", "hours"), [("vermont", 48), ("sonoma", 24)])
def test_hours_are_elapsed_hours_when_the_clocks_change(client, go, app, pack, hours):
    world = world_of(pack, NEW_YORK, go)
    left = datetime(2027, 3, 13, 16, 30, tzinfo=NEW_YORK)
    go(2027, 3, 13, 12, 0, zone=NEW_YORK)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2027-03-13", "16:30"))
    assert clock_row(row).due_at == left.astimezone(UTC) + timedelta(hours=hours)


@pytest.mark.rule("SON-LI-4")
@pytest.mark.parametrize(("seconds", "told"), [(-1, ""), (0, ""), (1, "1 second")], ids=["before", "at", "after"])
def test_sonoma_notice_is_due_within_24_hours(client, go, app, seconds, told):
    world = world_of("sonoma", LOS_ANGELES, go)
    go(2026, 11, 21, 16, 30, zone=LOS_ANGELES, plus=timedelta(seconds=seconds))
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    assert late(row) == (told, "")
    assert clock_row(row).rule == "SON-LI-4"


@pytest.mark.rule("SAC-LI-3")
@pytest.mark.parametrize(("seconds", "told"), [(-1, ""), (0, ""), (1, "1 second")], ids=["before", "at", "after"])
def test_sacramento_notice_is_due_within_one_business_day(client, go, app, seconds, told):
    world = world_of("sacramento", LOS_ANGELES, go)
    go(2026, 11, 23, 23, 59, 59, zone=LOS_ANGELES, plus=timedelta(seconds=seconds))
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    assert late(row) == (told, "")
    assert clock_row(row).rule == "SAC-LI-3"


# ------------------------------------------------------------------ the end of access


@pytest.mark.rule("SON-LI-4")
def test_sonoma_ends_access_at_once_with_the_notice(client, go, app):
    world = world_of("sonoma", LOS_ANGELES, go)
    give_license(world.end_user, world.agency)
    at = go(2026, 11, 20, 17, 0, zone=LOS_ANGELES)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    assert (row.state, row.effective_at) == (DepartureState.EFFECTIVE, at)
    assert late(row) == ("", "")
    end = clock_row(row, DEACTIVATION)
    assert (end.state, end.due_at, end.rule) == (State.MET, at, "SON-LI-4")
    assert license_of(world.end_user, world.agency).state is LicenseState.ENDED
    assert not has_role(world.end_user)


@pytest.mark.rule("SON-LI-4")
@pytest.mark.parametrize(("seconds", "ended"), [(-1, False), (0, True), (1, True)], ids=["before", "at", "after"])
def test_an_advance_notice_ends_access_when_the_person_leaves(client, go, app, seconds, ended):
    world = world_of("sonoma", LOS_ANGELES, go)
    give_license(world.end_user, world.agency)
    go(2026, 11, 19, 9, 0, zone=LOS_ANGELES)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    assert row.state is DepartureState.SCHEDULED
    go(2026, 11, 20, 16, 30, zone=LOS_ANGELES, plus=timedelta(seconds=seconds))
    fire_due()
    after = departure_again(row.id)
    assert (after.state is DepartureState.EFFECTIVE) is ended
    assert has_role(world.end_user) is not ended
    assert (license_of(world.end_user, world.agency).state is LicenseState.ENDED) is ended
    assert late(row) == ("", "")


@pytest.mark.rule("MO-LI-4")
@pytest.mark.parametrize(("seconds", "ended"), [(-1, False), (0, True), (1, True)], ids=["before", "at", "after"])
def test_missouri_allows_notice_in_advance_and_ends_access_with_the_departure(client, world, go, seconds, ended):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    notice = clock_row(row)
    assert (notice.state, notice.closed_at) == (State.MET, clock.now())
    because = " ".join(clock_row(row, DEACTIVATION).explanation["because"])
    assert "sets the Lead none" in because
    go(2026, 11, 20, 16, 30, plus=timedelta(seconds=seconds))
    assert fire_due() == (1 if ended else 0) or not ended
    assert (departure_again(row.id).state is DepartureState.EFFECTIVE) is ended
    assert has_role(world.end_user) is not ended


def test_access_ends_at_its_time_even_when_nothing_runs_then(client, world, go):
    """The rows say so beforehand; the sweep that comes three days later finds the end as it was."""
    designate(world.end_user, world.agency, DesignationKind.SECURITY_OFFICER)
    held = give_license(world.end_user, world.agency)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    at = go(2026, 11, 20, 16, 30)
    assert not has_role(world.end_user)
    assert not license_of(world.end_user, world.agency).is_valid(at)
    assert sign_in(client, world.end_user).get("/departures").status_code in (302, 401, 403)
    go(2026, 11, 23, 16, 30)
    fire_due()
    after = departure_again(row.id)
    assert (after.effective_at, late(row)) == (at, ("", ""))
    assert license_of(world.end_user, world.agency).ended_at == at
    assert held.id == license_of(world.end_user, world.agency).id
    assert list(verify()) == []


def test_it_happens_once_however_often_the_sweep_looks(client, world, go):
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    go(2026, 11, 20, 17, 0)
    fire_due()
    before = len(mails("departure-ended"))
    fire_due()
    assert len(mails("departure-ended")) == before == 2


def test_who_changes_jobs_goes_on_working_at_the_agency_without_a_license(client, world, go):
    give_license(world.end_user, world.agency)
    noted(
        client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "11:00", reason="job-change")
    )
    assert license_of(world.end_user, world.agency).state is LicenseState.ENDED
    assert has_role(world.end_user)


def test_who_leaves_one_agency_keeps_the_other(client, world, go):
    from tests.support.factories import join

    join(world.end_user, world.other_agency)
    give_license(world.end_user, world.other_agency)
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "11:00"))
    assert license_of(world.end_user, world.other_agency).state is LicenseState.ACTIVE
    assert has_role(world.end_user)


def test_the_session_of_who_left_is_refused_at_the_next_click(client, world, go):
    other = client.application.test_client()
    sign_in(other, world.administrator)
    assert other.get("/departures").status_code == 200
    noted(client, world.representative, world.agency, leaving(world.administrator, "2026-11-20", "11:59"))
    assert other.get("/departures").status_code in (302, 401, 403)


# ------------------------------------------------------------------ what the Lead finds out


@pytest.mark.rule("MO-LI-4")
def test_a_departure_nobody_told_of_is_the_agencys_to_answer_for(client, world, go):
    row = noted(client, world.agent, world.agency, leaving(world.end_user, "2026-11-16", "16:30"))
    assert (row.channel, row.noticed_at, row.state) == (Channel.FOUND_OUT, None, DepartureState.EFFECTIVE)
    assert late(row) == ("12 hours", "")
    fire_due()
    assert clock_row(row).state is State.FIRED
    assert {m.person_id for m in mails("departure-notice-missed")} == {
        world.representative.id,
        world.director.id,
        world.manager.id,
    }
    page = read(client, world.representative, f"/departures/{row.id}")
    assert "Harbor House has not told the Lead. Late by 12 hours" in page
    assert sign_in(client, world.agent).post(f"/departures/{row.id}/notice").status_code == 403
    assert sign_in(client, world.representative).post(f"/departures/{row.id}/notice").status_code == 302
    assert departure_again(row.id).noticed_by_id == world.representative.id
    assert late(row) == ("12 hours", "")
    assert sign_in(client, world.representative).post(f"/departures/{row.id}/notice").status_code == 409


def test_an_agency_that_confirms_in_time_is_on_time(client, world, go):
    row = noted(client, world.agent, world.agency, leaving(world.end_user, "2026-11-20", "11:00"))
    assert clock_row(row).state is State.PENDING
    go(2026, 11, 25, 23, 59, 59)
    assert sign_in(client, world.representative).post(f"/departures/{row.id}/notice").status_code == 302
    assert (clock_row(row).state, late(row)) == (State.MET, ("", ""))
    go(2026, 11, 26, 12, 0)
    fire_due()
    assert mails("departure-notice-missed") == []


# ------------------------------------------------------------------ undo, confirm, remind


def test_undo_until_it_takes_effect(client, world, go):
    designate(world.end_user, world.agency, DesignationKind.SECURITY_OFFICER)
    give_license(world.end_user, world.agency)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    go(2026, 11, 20, 16, 29, 59)
    assert sign_in(client, world.representative).post(f"/departures/{row.id}/undo").status_code == 302
    go(2026, 11, 21, 12, 0)
    fire_due()
    assert departure_again(row.id).state is DepartureState.UNDONE
    assert license_of(world.end_user, world.agency).is_valid(clock.now())
    assert has_role(world.end_user, Role.SECURITY_OFFICER)
    assert clock_row(row, DEACTIVATION).state is State.CANCELLED
    assert len(mails("departure-undone")) == 3
    assert mails("departure-ended") == []
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-25", "16:30"))


@pytest.mark.parametrize("swept", [True, False])
def test_after_that_a_return_is_a_request(client, world, go, swept):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    go(2026, 11, 20, 16, 30)
    if swept:
        fire_due()
    refused = sign_in(client, world.representative).post(f"/departures/{row.id}/undo")
    assert refused.status_code == 409
    assert "request access anew" in words(refused)
    assert "Undo this departure" not in read(client, world.representative, f"/departures/{row.id}")


def test_the_leads_staff_confirms_that_the_account_is_off(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    early = sign_in(client, world.agent).post(f"/departures/{row.id}/off", data={"evidence": "Shows as inactive."})
    assert early.status_code == 409
    go(2026, 11, 20, 16, 30)
    fire_due()
    assert "Confirm off in the HMIS: Erin Doyle, Harbor House" in read(client, world.agent, "/")
    assert "Erin Doyle" in read(client, world.agent, "/departures?shown=to-confirm")
    assert sign_in(client, world.agent).post(f"/departures/{row.id}/off", data={"evidence": " "}).status_code == 422
    assert (
        sign_in(client, world.representative).post(f"/departures/{row.id}/off", data={"evidence": "x"}).status_code
        == 403
    )
    assert (
        sign_in(client, world.agent).post(f"/departures/{row.id}/off", data={"evidence": "Inactive."}).status_code
        == 302
    )
    assert departure_again(row.id).off_by_id == world.agent.id
    assert "Confirm off in the HMIS" not in read(client, world.agent, "/")
    assert (
        sign_in(client, world.agent).post(f"/departures/{row.id}/off", data={"evidence": "Again."}).status_code == 409
    )


def test_confirming_before_the_sweep_came_ends_access_too(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    go(2026, 11, 20, 16, 30)
    assert (
        sign_in(client, world.agent).post(f"/departures/{row.id}/off", data={"evidence": "Inactive."}).status_code
        == 302
    )
    assert departure_again(row.id).state is DepartureState.EFFECTIVE
    assert clock_row(row, DEACTIVATION).state is State.MET
    fire_due()
    assert len(mails("departure-ended")) == 2


def test_both_sides_are_reminded_before_the_end(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-24", "16:30"))
    go(2026, 11, 23, 16, 30)
    fire_due()
    told = {m.person_id for m in mails("departure-soon")}
    assert told == {world.manager.id, world.representative.id, world.director.id}
    go(2026, 11, 24, 14, 30)
    fire_due()
    assert len(mails("departure-soon")) == 6
    assert departure_again(row.id).state is DepartureState.SCHEDULED


# ------------------------------------------------------------------ mails


@pytest.mark.rule("MO-LI-4")
def test_the_explanation_and_its_citation_are_in_the_mails(client, world, go):
    go(2026, 11, 26, 9, 0)
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    for message in ("departure-ended", "departure-ended-lead"):
        for mail in mails(message):
            assert "came late, by 9 hours" in mail.body_text
            assert "Revoking End User Access" in mail.body_text
            assert "MO-LI-4" in mail.body_text
            assert "Wed, Nov 25, 2026, end of day (CST)" in mail.body_text
            assert "MO-LI-4" in mail.body_html
    assert {m.person_id for m in mails("departure-ended")} == {world.representative.id, world.director.id}
    assert {m.person_id for m in mails("departure-ended-lead")} == {world.manager.id}
    assert [m.person_id for m in mails("departure-ended-person")] == [world.end_user.id]


def test_an_agency_sees_the_mails_to_its_own_people(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "11:00"))
    assert "Confirm off in the HMIS: Erin Doyle" in read(client, world.agent, f"/departures/{row.id}")
    page = read(client, world.representative, f"/departures/{row.id}")
    assert "Access of Erin Doyle has ended" in page
    assert "Confirm off in the HMIS: Erin Doyle" not in page
    assert world.manager.email not in page


def test_an_advance_notice_is_answered_with_the_end_of_access(client, world, go):
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    mail = mails("departure-received")[0]
    assert "Access ends on Fri, Nov 20, 2026, 4:30 PM (CST)." in mail.body_text
    assert "The notice came on time; it was due Wed, Nov 25, 2026, end of day (CST)." in mail.body_text


def test_after_a_violation_the_person_gets_no_mail_and_only_the_lead_can_say_so(client, world, go):
    form = leaving(world.end_user, "2026-11-20", "11:00", reason="violation")
    assert tell(client, world.representative, world.agency, form).status_code == 422
    noted(client, world.agent, world.agency, form)
    assert mails("departure-ended-person") == []
    assert len(mails("departure-ended-lead")) == 1


# ------------------------------------------------------------------ the form


@pytest.mark.parametrize(
    ("day", "time", "sentence"),
    [
        (
            "2026-11-20",
            "16:30",
            "Tell us by Wed, Nov 25, end of day (CST). You are on time. Access ends today at 4:30 PM (CST).",
        ),
        (
            "2026-11-23",
            "16:30",
            "Tell us by Fri, Nov 27, end of day (CST). You are on time. Access ends on Mon, Nov 23 at 4:30 PM (CST).",
        ),
        (
            "11/16/2026",
            "4:30 PM",
            "You were to tell us by Thu, Nov 19, end of day (CST). You are 12 hours late. Access ends at once.",
        ),
    ],
)
def test_the_form_says_what_telling_us_means(client, world, go, day, time, sentence):
    form = leaving(world.end_user, day, time)
    sign_in(client, world.representative)
    assert sentence in words(client.post(f"/departures/preview?agency={world.agency.id}", data=form))
    without_script = tell(client, world.representative, world.agency, {**form, "preview": "1"})
    assert sentence in words(without_script)
    assert db.session.scalar(select(func.count()).select_from(DepartureNotice)) == 0


def test_the_preview_is_silent_until_there_is_something_to_say(client, world, go):
    sign_in(client, world.representative)
    answer = client.post(f"/departures/preview?agency={world.agency.id}", data={"person": "", "left_on": "x"})
    assert (answer.status_code, words(answer)) == (200, "")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"left_on": "yesterday"}, "This is not a date."),
        ({"left_on": "2026-02-30"}, "This is not a date."),
        ({"left_on": ""}, "Give the day."),
        ({"left_at": "half past"}, "This is not a time."),
        ({"left_at": "25:00"}, "This is not a time."),
        ({"left_on": "2019-12-31"}, "Erin Doyle started at Harbor House on Wed, Jan 1, 2020."),
        ({"left_on": "0001-01-01"}, "started at Harbor House"),
        ({"left_on": "9999-12-31"}, "more than a year ahead"),
        ({"left_on": "2026-03-08", "left_at": "02:30"}, "2:30 AM does not exist on Sun, Mar 8, 2026"),
        ({"person": ""}, "Choose who is leaving."),
        ({"person": "99999999999999999999"}, "Choose somebody who works at this agency."),
        ({"person": "x"}, "Choose somebody who works at this agency."),
        ({"reason": "bored"}, "Not a valid choice"),
        ({"reason": "job-change"}, "has no license that could end"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(client, world, go, values, told):
    answer = tell(
        client, world.representative, world.agency, {**leaving(world.end_user, "2026-11-20", "16:30"), **values}
    )
    assert answer.status_code == 422
    assert told in words(answer)
    if "person" not in values:
        assert f'<option selected value="{world.end_user.id}">' in answer.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(DepartureNotice)) == 0


@pytest.mark.rule("MO-LI-4")
@pytest.mark.parametrize(("day", "time", "is_told"), [("2026-11-17", "23:59", True), ("2026-11-18", "00:00", False)])
def test_a_day_before_the_license_is_told_with_the_rule_and_from_that_day_on_access_ends(
    client, world, go, day, time, is_told
):
    go(2026, 11, 18, 15, 0)
    held = give_license(world.end_user, world.agency)
    go(2026, 11, 20, 12, 0)
    answer = tell(client, world.representative, world.agency, leaving(world.end_user, day, time))
    row = license_of(world.end_user, world.agency)
    assert (row.id, row.ended_at is None) == (held.id, is_told)
    assert answer.status_code == (422 if is_told else 302)
    if is_told:
        assert "Erin Doyle got the license at Harbor House on Wed, Nov 18, 2026, after that day." in words(answer)
        assert "MO-LI-4" in words(answer)
        assert f'value="{day}"' in answer.get_data(as_text=True)
        assert db.session.scalar(select(func.count()).select_from(DepartureNotice)) == 0


def test_an_hour_that_comes_twice_is_the_first_of_the_two(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-01", "01:30"))
    assert row.leaves_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_a_second_notice_for_the_same_departure_is_pointed_to_the_first(client, world, go):
    first = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    again = tell(client, world.director, world.agency, leaving(world.end_user, "2026-11-23", "16:30"))
    assert again.status_code == 409
    assert f"We have a notice for Erin Doyle already, for Fri, Nov 20, 2026 (number {first.id})." in words(again)


def test_who_has_left_cannot_leave_again(client, world, go):
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "11:00"))
    go(2026, 11, 20, 12, 30)
    again = tell(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "12:00"))
    assert again.status_code == 422
    assert "Erin Doyle left Harbor House on Fri, Nov 20, 2026; access ended then." in words(again)


def test_the_same_form_sent_twice_is_one_notice(client, world, go):
    form = leaving(world.end_user, "2026-11-20", "11:00")
    first, second = (tell(client, world.representative, world.agency, form) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert len(mails("departure-ended")) == 2


def test_access_that_would_end_at_once_is_asked_for_by_name(client, world, go):
    """Two steps: the page names who and what, nothing typed is lost, and only the right name goes on."""
    held = give_license(world.end_user, world.agency)
    form = leaving(world.end_user, "2026-11-20", "11:00", typed_name="")
    asked = tell(client, world.representative, world.agency, form)
    assert asked.status_code == 200
    page, html = words(asked), asked.get_data(as_text=True)
    for said in (
        "Access ends at once and cannot be taken back.",
        "Erin Doyle",
        "Harbor House",
        "Type Doyle to confirm",
    ):
        assert said in page
    assert "since Fri, Nov 20, 2026" in page
    for name in ("person", "left_on", "once", "reason"):
        assert f'value="{form[name]}"' in html
    wrong = tell(client, world.representative, world.agency, {**form, "typed_name": "Reyes"})
    assert (wrong.status_code, "This is not the name." in words(wrong)) == (422, True)
    assert license_of(world.end_user, world.agency).state is LicenseState.ACTIVE
    back = words(tell(client, world.representative, world.agency, {**form, "preview": "1"}))
    assert "Who is leaving" in back
    assert tell(client, world.representative, world.agency, {**form, "typed_name": " doyle "}).status_code == 302
    assert (license_of(world.end_user, world.agency).id, license_of(world.end_user, world.agency).state) == (
        held.id,
        LicenseState.ENDED,
    )


def test_ones_own_name_is_marked_in_the_list_and_where_access_would_end(client, world, go):
    mine = f"{world.representative.name} (you)"
    assert mine in read(client, world.representative, "/departures/new")
    form = leaving(world.representative, "2026-11-20", "11:00", typed_name="")
    page = words(tell(client, world.representative, world.agency, form))
    assert mine in page
    assert "This is your own access" in page


# ------------------------------------------------------------------ who may


def test_another_agencys_departures_are_not_there(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    sign_in(client, world.other_representative)
    assert client.get(f"/departures/{row.id}").status_code == 404
    assert client.post(f"/departures/{row.id}/undo").status_code == 404
    assert client.post(f"/departures/{row.id}/notice").status_code == 404
    assert client.get(f"/departures/new?agency={world.agency.id}").status_code == 404
    assert "Erin Doyle" not in words(client.get("/departures"))
    foreign = tell(
        client, world.other_representative, world.other_agency, leaving(world.end_user, "2026-11-20", "16:30")
    )
    assert foreign.status_code == 422


def test_roles(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    allowed = {"representative", "administrator", "director", "agent", "manager", "admin"}
    for name, person in world.by_role().items():
        sign_in(client, person)
        may_see = name != "end_user"
        assert client.get(f"/departures/{row.id}").status_code == (200 if may_see else 403), name
        assert client.get("/departures").status_code == (200 if may_see else 403), name
        assert client.get(f"/departures/new?agency={world.agency.id}").status_code == (
            200 if name in allowed else 403
        ), name
    elsewhere = make_staff(world.lead, StaffRole.MANAGER, make_coc(world.lead))
    assert sign_in(client, elsewhere).get(f"/departures/{row.id}").status_code == 404


def test_the_leads_staff_finds_the_agency_first(client, world, go):
    page = read(client, world.agent, "/departures/new")
    assert "At which agency?" in page
    assert "Casa Sol" in page
    assert "Casa Sol" not in read(client, world.agent, "/departures/new?q=harb")
    assert "Erin Doyle" in read(client, world.agent, f"/departures/new?agency={world.agency.id}")


def test_the_trail_says_who_was_late(client, world, go):
    go(2026, 11, 26, 9, 0)
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    query = select(AuditEvent).where(AuditEvent.action == "departure.effective", AuditEvent.subject_id == row.id)
    told = db.session.scalars(query).one()
    assert told.data["late"] == {NOTICE: "9 hours", DEACTIVATION: None}
    assert told.actor_id == world.representative.id


def test_a_new_closed_day_moves_the_open_notice_and_leaves_the_end_alone(client, world, go):
    row = noted(client, world.agent, world.agency, leaving(world.end_user, "2026-11-24", "16:30"))
    end = clock_row(row, DEACTIVATION).due_at
    with unit_of_work() as session:
        session.add(Closure(lead_id=world.lead.id, day=date(2026, 11, 27), name="Office closed"))
        session.flush()
        recompute_for_closures(world.lead)
    assert clock_row(row).due_at == datetime(2026, 12, 1, 23, 59, 59, tzinfo=CHICAGO)
    assert clock_row(row, DEACTIVATION).due_at == end


def test_the_lists_filter(client, world, go):
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    assert "Erin Doyle" in read(client, world.representative, "/departures?state=scheduled")
    assert "Erin Doyle" not in read(client, world.representative, "/departures?state=effective")
    assert "End access: Erin Doyle, Harbor House" in read(client, world.agent, "/")


def test_people_and_memberships_are_kept(client, world, go):
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "11:00"))
    assert db.session.get(Person, world.end_user.id) is not None
    ended = db.session.scalar(select(Membership.ended_at).where(Membership.person_id == world.end_user.id))
    assert ended == clock.now()


def test_who_undid_a_departure_and_when_is_on_the_page_and_in_the_mail(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    sign_in(client, world.director).post(f"/departures/{row.id}/undo")
    told = f"{world.director.name} undid this on Fri, Nov 20, 2026, 12:00 PM (CST)"
    assert told in read(client, world.representative, f"/departures/{row.id}")
    mail = mails("departure-undone")[0].body_text
    assert f"{world.director.name} took back the notice" in mail
    assert "Fri, Nov 20, 2026, 12:00 PM (CST)" in mail


def test_who_left_is_told_when_why_and_whom_to_ask_and_nothing_of_lateness(client, world, go):
    noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-10", "16:30"))
    [mail] = mails("departure-ended-person")
    assert "ended on Fri, Nov 20, 2026, 12:00 PM (CST)" in mail.body_text
    assert "you left the agency" in mail.body_text
    assert f"ask {world.representative.name} at Harbor House" in mail.body_text
    for body in (mail.body_text, mail.body_html):
        assert "late" not in body.replace("later", "").lower().split()
        assert "was due" not in body


def test_the_outlook_gives_its_reasons(client, world, go):
    form = leaving(world.end_user, "2026-11-20", "16:30")
    sign_in(client, world.representative)
    said = words(client.post(f"/departures/preview?agency={world.agency.id}", data=form))
    assert "why?" in said
    assert "MO-LI-4" in said


def test_a_departure_leaves_or_left(client, world, go):
    row = noted(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "16:30"))
    page = f"/departures/{row.id}"
    assert "Leaves Fri, Nov 20, 2026, 4:30 PM" in read(client, world.representative, page)
    go(2026, 11, 20, 17, 0)
    assert "Left Fri, Nov 20, 2026, 4:30 PM" in read(client, world.representative, page)


def test_many_that_end_at_one_instant_cost_few_questions_each(client, world, go):
    """Who is told is asked once for an agency, the mails and the new states of all go in together, seats are counted
    once, and one question finds whatever else hangs on a license."""
    form = {"coc": str(world.coc.id), "name": "Standard", "there": "50", "cost": "1", "once": "seats-of-many"}
    sign_in(client, world.admin).post("/license-seats/new", data=form)

    def ending(people: int, day: int) -> int:
        go(2026, 11, 23, 12, 0)
        for _ in range(people):
            person = member(world.agency)
            give_license(person, world.agency)
            with unit_of_work():
                seats.settle(world.coc.id, person.id, clock.now())
            noted(client, world.representative, world.agency, leaving(person, f"2026-12-{day}", "16:30"))
        go(2026, 12, day, 16, 31)
        with queries() as asked:
            assert fire_due() >= people
        for model, over in ((DepartureNotice, DepartureState.EFFECTIVE), (License, LicenseState.ENDED)):
            assert not db.session.scalar(select(func.count()).select_from(model).where(model.state != over))
        assert not db.session.scalar(select(func.count()).select_from(Seat).where(Seat.freed_at.is_(None)))
        return len(asked)

    few, many = ending(2, 10), ending(8, 11)
    assert many - few <= 6 * 4


def test_what_one_deed_changed_the_end_of_the_license_sees_though_it_was_not_sent_yet(app, world, go):
    """A leave and a paper to sign come and go in the same transaction as the end."""
    held, day = give_license(world.end_user, world.agency), date(2026, 11, 20)
    by = principal_for(world.representative, clock.now())
    with unit_of_work() as session:
        row = session.get_one(License, held.id)
        told = leaves.tell(row, leaves.Told(day, day + timedelta(days=90), "just-now"), by, clock.now())
        with session.no_autoflush:
            end_license(row, clock.now(), "left")
        number = told.id
    db.session.expire_all()
    assert db.session.get_one(Leave, number).state is LeaveState.CANCELLED
    assert license_of(world.end_user, world.agency).state is LicenseState.ENDED


def test_two_clocks_of_one_departure_in_one_sweep_leave_it_ended(client, world, go):
    """The missed notice of a departure that ends in the same batch reads it as it is, not as it was."""
    give_license(world.end_user, world.agency)
    row = noted(client, world.agent, world.agency, leaving(world.end_user, "2026-11-20", "13:00"))
    go(2027, 1, 8, 12, 0)
    fire_due()
    assert departure_again(row.id).state is DepartureState.EFFECTIVE
    assert clock_row(row).state is State.FIRED
    assert license_of(world.end_user, world.agency).state is LicenseState.ENDED
