"""Transcripts, the list of completions, and certificates that anybody can check."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.db import db, unit_of_work
from tests.licensing.acting import read, words
from tests.support.counting import queries
from tests.support.factories import make_lead, make_staff, make_world
from tests.support.signing_in import api_headers, sign_in
from tests.training.acting import did, make_course
from training.courses.completions import revoke
from training.courses.models import Completion
from training.courses.vocabulary import How
from training.transcripts.models import Certificate

NOON = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.fixture
def world(app, travel):
    travel(NOON)
    return make_world("sacramento", tz="America/Los_Angeles")


@pytest.fixture
def done(world) -> Completion:
    """The end user passed a test."""
    did(world.end_user.id, make_course(world.lead, "User training", counts=["security"]), how=How.TEST)
    return db.session.scalars(select(Completion)).one()


def certified(client, person, completion_id):
    return sign_in(client, person).post(f"/training/completions/{completion_id}/certificate")


@pytest.mark.rule("SAC-TR-1")
def test_a_certificate_of_participation_is_issued_to_who_asks_for_one_and_anybody_can_check_it(client, world, done):
    first = certified(client, world.end_user, done.id)
    assert first.status_code == 302
    assert certified(client, world.end_user, done.id).location == first.location
    assert re.fullmatch(r"/certificates/[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){3}", first.location)
    client.get("/sign-out")
    for cookie in list(client._cookies):
        client.delete_cookie(cookie[2])
    page = words(client.get(first.location))
    assert "Erin Doyle" in page
    assert "User training" in page
    assert f"{world.lead.name} confirms this certificate." in page
    typed = first.location.rsplit("/", 1)[1].replace("-", " ").lower()
    assert client.get(f"/certificates?code={typed}").location == first.location


@pytest.mark.rule("SAC-TR-1")
def test_the_certificate_is_a_tagged_pdf(client, world, done):
    where = certified(client, world.end_user, done.id).location
    answer = client.get(f"{where}.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    pdf = answer.get_data()
    assert pdf.startswith(b"%PDF-")
    inside = pdf + b"".join(unpacked(pdf))
    assert b"/StructTreeRoot" in inside
    assert b"pdfuaid" in inside


def unpacked(pdf: bytes):
    """What the compressed streams of the file hold."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompress(found[1])


def test_a_revoked_completion_has_no_certificate_and_one_there_was_says_so(client, world, done):
    where = certified(client, world.end_user, done.id).location
    with unit_of_work():
        revoke(db.session.get_one(Completion, done.id), world.trainer.id, "It was another person.", NOON)
    assert "no longer valid" in words(client.get(where))
    assert certified(client, world.end_user, done.id).status_code == 409


@pytest.mark.parametrize("code", ["AAAA-BBBB-CCCC-DDDD", "x", "%00", "AAAA" * 20, "ÄÄÄÄ-BBBB-CCCC-DDDD"])
def test_a_code_that_is_none_is_told_so(client, world, code):
    answer = client.get(f"/certificates/{code}")
    assert answer.status_code == 404
    assert "Check a certificate" in words(answer)


def test_the_transcript_is_the_persons_own_and_that_of_who_looks_after_them(client, world, done):
    assert "User training" in read(client, world.end_user, "/training/transcript")
    for person in (world.representative, world.administrator, world.trainer, world.manager):
        assert "User training" in read(client, person, f"/training/people/{world.end_user.id}")
    assert sign_in(client, world.other_representative).get(f"/training/people/{world.end_user.id}").status_code == 404
    assert sign_in(client, world.other_end_user).get(f"/training/people/{world.end_user.id}").status_code == 403
    assert certified(client, world.other_end_user, done.id).status_code == 404
    assert certified(client, world.other_representative, done.id).status_code == 404


def test_another_leads_courses_are_not_on_the_transcript_that_staff_read(client, world, done):
    far = make_lead("Granite")
    did(world.end_user.id, make_course(far, "Elsewhere"))
    assert "Elsewhere" not in read(client, world.trainer, f"/training/people/{world.end_user.id}")
    assert "Elsewhere" in read(client, world.end_user, "/training/transcript")
    assert "Elsewhere" not in read(client, world.trainer, "/training/completions")


@pytest.mark.rule("HUD-TR-3")
def test_the_list_is_narrowed_and_taken_away(client, world, done):
    other = make_course(world.lead, "=1+1")
    did(world.end_user.id, other, NOON - timedelta(days=40))
    everything = read(client, world.trainer, "/training/completions")
    assert "User training" in everything
    assert "=1+1" in everything
    for query in ("?how=read", f"?course={other.id}", "?until=2026-10-31", "?since=2026-10-01&until=2026-10-31"):
        page = read(client, world.trainer, f"/training/completions{query}")
        assert "Sat, Oct" in page or "Sun, Oct" in page, query
        assert "Fri, Nov 20" not in page, query
    lines = sign_in(client, world.trainer).get("/training/completions.csv").get_data(as_text=True).splitlines()
    assert len(lines) == 3
    assert "'=1+1" in lines[1]
    with sign_in(client, world.trainer).get("/training/completions.xlsx") as sheet:
        assert sheet.get_data().startswith(b"PK")
    assert sign_in(client, world.trainer).get("/training/completions.exe").status_code == 404
    assert sign_in(client, world.end_user).get("/training/completions").status_code == 403


@pytest.mark.parametrize(
    "query", ["?course=x", "?how=zz", "?since=tomorrow", "?q=%00", "?after=zzz", "?course=9999999999999999999999"]
)
def test_odd_filters_show_a_page(client, world, done, query):
    assert sign_in(client, world.trainer).get(f"/training/completions{query}").status_code == 200


def test_a_page_of_many_asks_as_much_as_a_page_of_few(client, world):
    course = make_course(world.lead)

    def count() -> int:
        sign_in(client, world.trainer)
        with queries() as asked:
            client.get("/training/completions")
        return len(asked)

    did(world.end_user.id, course)
    few = count()
    for person in (
        world.representative,
        world.administrator,
        world.director,
        world.security_officer,
        world.other_end_user,
    ):
        did(person.id, course)
    assert count() == few


def test_two_at_once_get_one_certificate(client, world, done):
    make_staff(world.lead, "trainer")
    certified(client, world.trainer, done.id)
    certified(client, world.end_user, done.id)
    assert len(db.session.scalars(select(Certificate)).all()) == 1


def test_a_person_is_found_in_the_search_box(client, world, done):
    assert "Training records" in read(client, world.trainer, "/search?q=Erin")


def test_completions_by_api(client, world, done):
    answer = client.get("/api/v1/completions?how=test", headers=api_headers(world.trainer))
    (item,) = answer.get_json()["items"]
    assert (item["person_id"], item["credits"], item["score"]) == (world.end_user.id, ["security"], None)
    nobody = client.get("/api/v1/completions?until=2026-11-19", headers=api_headers(world.trainer))
    assert nobody.get_json()["items"] == []
    other = client.get("/api/v1/completions", headers=api_headers(world.other_representative))
    assert other.get_json()["items"] == []
