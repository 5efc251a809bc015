"""Bringing a report: preview, who is who, commit, and bringing it again."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.db import db
from core.deadlines import fire_due
from core.people.models import StaffRole
from tests.support.factories import World, make_staff, make_world, member
from tests.support.signing_in import sign_in
from tests.tickets.acting import read, words
from tests.training.sessions import files
from tests.training.sessions.acting import (
    SIX_PM,
    act,
    attendance,
    brought,
    committed,
    completions,
    planned,
    previewed,
    zoom,
)
from tests.training.sessions.test_reports import zipped
from training.sessions.importing.states import Found, ImportState
from training.sessions.models import Attendance, AttendanceImport, AttendanceLine, KnownIdentity, TrainingSession

pytestmark = pytest.mark.usefixtures("app", "at_noon")
WHOLE = ("2026-12-02 18:00:00", "2026-12-02 20:00:00")


@pytest.fixture
def world() -> World:
    return make_world("vermont")


@pytest.fixture
def row(client, world, travel) -> TrainingSession:
    """A session that is over."""
    made = planned(client, world)
    travel(made.ends_at)
    fire_due()
    return made


def said(answer) -> str:
    return words(answer.get_data(as_text=True))


def found(made: AttendanceImport) -> dict[str, tuple[Found, int | None]]:
    db.session.expire_all()
    return {one.name: (one.found, one.person_id) for one in db.session.get_one(AttendanceImport, made.id).people}


def of(made: AttendanceImport, name: str) -> int:
    return next(one.id for one in db.session.get_one(AttendanceImport, made.id).people if one.name == name)


def lines() -> int:
    return db.session.scalar(select(func.count()).select_from(AttendanceLine)) or 0


def test_nothing_is_saved_before_the_preview_is_committed(client, world, row):
    data = zoom((world.end_user.name, "", *WHOLE), ("Someone Else", "x@y.test", *WHOLE))
    made = previewed(client, world, row, data)
    assert (lines(), db.session.scalar(select(func.count()).select_from(Attendance))) == (0, 0)
    assert found(made) == {
        world.end_user.name: (Found.NAME, world.end_user.id),
        "Someone Else": (Found.UNMATCHED, None),
    }
    refused = act(client, world.trainer, made, "commit")
    assert refused.status_code == 409
    assert "It is not said yet who “Someone Else” is." in said(refused)
    assert lines() == 0
    assert act(client, world.trainer, made, f"people/{of(made, 'Someone Else')}", person="0").status_code == 302
    assert act(client, world.trainer, made, "commit").status_code == 302
    assert lines() == 1
    assert completions(world.end_user)
    assert act(client, world.trainer, made, "commit").status_code == 409, "once"


def test_the_file_is_kept_as_it_came_with_its_hash(client, world, row):
    data = zoom((world.end_user.name, "", *WHOLE))
    made = previewed(client, world, row, data)
    assert made.file.sha256 == hashlib.sha256(data).hexdigest()
    with sign_in(client, world.trainer).get(f"/training/sessions/imports/{made.id}/file") as answer:
        assert answer.data == data
    act(client, world.trainer, made, "discard")
    assert db.session.get_one(AttendanceImport, made.id, populate_existing=True).state is ImportState.DISCARDED
    with sign_in(client, world.trainer).get(f"/training/sessions/imports/{made.id}/file") as answer:
        assert answer.data == data, "also of what was discarded"


def test_by_e_mail_before_name_and_never_by_a_likeness(client, world, row):
    mail = world.other_end_user.email.upper()
    data = zoom(
        (world.end_user.name, mail, *WHOLE),
        (world.end_user.name.upper(), "", *WHOLE),
        (world.end_user.name[:-1], "", *WHOLE),
        ("Lindy (Rosa Lind)", "", *WHOLE),
        ("Moss", "t.marsh@elsewhere.test", *WHOLE),
    )
    made = previewed(client, world, row, data)
    people = [(one.name, one.found, one.person_id) for one in sorted(made.people, key=lambda one: one.id)]
    assert people == [
        (world.end_user.name, Found.EMAIL, world.other_end_user.id),
        (world.end_user.name.upper(), Found.NAME, world.end_user.id),
        (world.end_user.name[:-1], Found.UNMATCHED, None),
        ("Lindy (Rosa Lind)", Found.NAME, world.representative.id),
        ("Moss", Found.UNMATCHED, None),
    ]


def test_two_people_of_one_name_are_told_apart_by_a_person(client, world, row):
    twin = member(world.other_agency, name=world.end_user.name)
    made = previewed(client, world, row, zoom((world.end_user.name, "", *WHOLE)))
    assert found(made) == {world.end_user.name: (Found.AMBIGUOUS, None)}
    page = read(client, world.trainer, f"/training/sessions/imports/{made.id}")
    assert world.end_user.email in page
    assert twin.email in page
    assert act(client, world.trainer, made, "commit").status_code == 409
    number = of(made, world.end_user.name)
    assert act(client, world.trainer, made, f"people/{number}", person=str(twin.id)).status_code == 302
    assert act(client, world.trainer, made, "commit").status_code == 302
    assert completions(twin)
    assert not completions(world.end_user)
    again = previewed(client, world, row, zoom((world.end_user.name, "", *WHOLE)))
    assert found(again) == {world.end_user.name: (Found.AMBIGUOUS, None)}, "a name alone stays two people's"


def test_whom_the_staff_has_named_once_is_known_next_time(client, world, row):
    data = zoom(("Lena's iPad", "ipad@home.test", *WHOLE))
    made = previewed(client, world, row, data)
    path = f"people/{of(made, chr(76) + 'ena' + chr(39) + 's iPad')}"
    assert "Erin Doyle" in read(client, world.trainer, f"/training/sessions/imports/{made.id}?q=doyle")
    stranger = member(make_world("vermont").agency)
    assert act(client, world.trainer, made, path, person=str(stranger.id)).status_code == 422
    assert act(client, world.trainer, made, path, person="99999").status_code == 404
    assert act(client, world.trainer, made, path, person="x").status_code == 404
    assert act(client, world.trainer, made, path, person=str(world.end_user.id)).status_code == 302
    assert db.session.scalar(select(func.count()).select_from(KnownIdentity)) == 0
    assert act(client, world.trainer, made, "commit").status_code == 302
    again = previewed(client, world, row, data)
    assert found(again) == {"Lena's iPad": (Found.CONFIRMED, world.end_user.id)}


def test_bringing_it_again_replaces_and_never_doubles(client, world, row):
    first = committed(client, world, row, zoom((world.end_user.name, "", *WHOLE)))
    assert lines() == 1
    later = "2026-12-02 18:30:00"
    both = zoom((world.end_user.name, "", later, WHOLE[1]), (world.director.name, "", *WHOLE))
    second = committed(client, world, row, both)
    assert lines() == 2
    states = [db.session.get_one(AttendanceImport, one.id).state for one in (first, second)]
    assert states == [ImportState.REPLACED, ImportState.COMMITTED]
    assert not completions(world.end_user), "half an hour was missed"
    assert completions(world.director)
    committed(client, world, row, zoom((world.end_user.name, "", *WHOLE)))
    assert completions(world.end_user)
    assert not completions(world.director), "who is not in the new report is gone"


def test_the_same_form_twice_is_one_import(client, world, row):
    data = zoom((world.end_user.name, "", *WHOLE))
    places = [brought(client, world.trainer, row, data, once="import-key-1").location for _ in (1, 2)]
    assert places[0] == places[1]
    assert db.session.scalar(select(func.count()).select_from(AttendanceImport)) == 1


def test_another_meetings_report_is_said_to_be_one(client, world, row):
    made = previewed(client, world, row, zoom((world.end_user.name, "", "2026-12-09 18:00:00", "2026-12-09 20:00:00")))
    assert "Nobody in it was there during the session" in words(
        read(client, world.trainer, f"/training/sessions/imports/{made.id}")
    )
    refused = act(client, world.trainer, made, "commit")
    assert (refused.status_code, lines()) == (409, 0)


def test_the_zone_is_asked_for_and_can_be_corrected(client, world, row):
    data = zoom((world.end_user.name, "", "2026-12-03 00:00:00", "2026-12-03 02:00:00"))
    assert brought(client, world.trainer, row, data, tz="").status_code == 422
    made = previewed(client, world, row, data)
    assert "Nobody in it was there" in made.problem
    assert act(client, world.trainer, made, "answer", tz="UTC").status_code == 302
    assert db.session.get_one(AttendanceImport, made.id, populate_existing=True).problem == ""
    assert act(client, world.trainer, made, "commit").status_code == 302
    assert attendance(row, world.end_user).attended_seconds == 7200


def test_dates_that_read_both_ways_are_asked_about(client, world, row):
    at = "{},{},12/02/2026 18:00:00,12/02/2026 20:00:00,120,No,,No"
    data = files.ZOOM_NEW.format(rows=at.format(world.end_user.name, "")).encode()
    made = previewed(client, world, row, data)
    assert "can be read with the day first or with the month first" in made.question
    assert act(client, world.trainer, made, "commit").status_code == 409
    assert act(client, world.trainer, made, "answer", tz="America/Chicago", order="day-first").status_code == 302
    assert "Feb 12" in db.session.get_one(AttendanceImport, made.id, populate_existing=True).problem
    assert act(client, world.trainer, made, "answer", tz="America/Chicago", order="month-first").status_code == 302
    assert act(client, world.trainer, made, "commit").status_code == 302
    assert completions(world.end_user)


def test_who_was_chosen_stays_chosen_when_it_is_read_again(client, world, row):
    made = previewed(client, world, row, zoom(("Somebody", "", *WHOLE)))
    act(client, world.trainer, made, f"people/{of(made, 'Somebody')}", person=str(world.end_user.id))
    act(client, world.trainer, made, "answer", tz="America/New_York")
    assert found(made) == {"Somebody": (Found.CHOSEN, world.end_user.id)}


def test_teams_and_meet_by_the_page(client, world, row):
    at = "2.12.26, {}"
    rows = f"{world.end_user.name}\t{at.format('18:00:00')}\t{at.format('20:00:00')}\t120 Min. 0 Sek.\t\tX"
    made = previewed(client, world, row, files.utf16(files.TEAMS_DE.format(people="", rows=rows)))
    assert made.question, "2.12. is February or December"
    act(client, world.trainer, made, "answer", tz="America/Chicago", order="day-first")
    assert act(client, world.trainer, made, "commit").status_code == 302
    assert completions(world.end_user)
    meet = files.MEET.format(rows=f"Dana,Reyes,{world.director.email},1 hr 55 min,6:00 PM,7:55 PM")
    committed(client, world, row, meet.encode())
    assert completions(world.director)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (zipped(), "This is an Excel workbook or a ZIP file"),
        (b"", "This file is empty."),
        (b"Name,Email\n" + b"x" * 30_000, "no attendance report has"),
        (b"Datum,Betrag\n1,2\n", "no attendance report known here"),
        (b"\0" * 200, "zero bytes"),
    ],
    ids=["zip", "empty", "long line", "another table", "zeros"],
)
def test_what_is_no_report_is_refused_and_not_kept(client, world, row, data, sentence):
    answer = brought(client, world.trainer, row, data)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert db.session.scalar(select(func.count()).select_from(AttendanceImport)) == 0


def test_a_hundred_megabytes_are_too_large(client, world, row):
    path, kind = f"/training/sessions/{row.id}/imports/new", "multipart/form-data; boundary=x"
    huge = b"x" * (100 * 1024 * 1024)
    assert sign_in(client, world.trainer).post(path, data=huge, content_type=kind).status_code == 413


def test_said_to_be_of_another_product(client, world, row):
    answer = brought(client, world.trainer, row, zoom((world.end_user.name, "", *WHOLE)), product="teams")
    assert (answer.status_code, "no report of the kind “Microsoft Teams”" in said(answer)) == (422, True)


def test_a_session_that_is_not_over_takes_no_report(client, world, travel):
    made = planned(client, world, title="Still on")
    travel(SIX_PM + timedelta(hours=2) - timedelta(seconds=1))
    assert brought(client, world.trainer, made, zoom((world.end_user.name, "", *WHOLE))).status_code == 409


def test_the_leads_own_people_are_recognized_and_need_no_agency(client, world, row):
    colleague = make_staff(world.lead, StaffRole.AGENT, name="Gus Hale")
    committed(client, world, row, zoom((colleague.name, "", *WHOLE)))
    assert attendance(row, colleague).agency_id is None
    assert completions(colleague)


def test_an_import_is_its_keepers_alone(client, world, row):
    made = previewed(client, world, row, zoom((world.end_user.name, "", *WHOLE)))
    for person, status in ((world.administrator, 403), (world.agent, 403), (world.manager, 200)):
        assert sign_in(client, person).get(f"/training/sessions/imports/{made.id}").status_code == status
    far = make_world("vermont")
    for deed in ("commit", "discard", "answer"):
        assert act(client, far.admin, made, deed, tz="UTC").status_code == 404
    assert sign_in(client, far.trainer).get(f"/training/sessions/imports/{made.id}/file").status_code == 404
