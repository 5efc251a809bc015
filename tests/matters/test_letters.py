"""Participation letters: for whom, what they say, and that the same letter is the same bytes."""

from __future__ import annotations

import re
import zlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.files import StoredFile, read
from core.people.models import AgencyStatus
from helpdesk.matters.letters.models import ParticipationLetter
from helpdesk.matters.letters.pdf import render
from helpdesk.matters.letters.rules import OWN_PRACTICE, Letter, Standing
from tests.licensing.acting import read as read_page
from tests.licensing.acting import words
from tests.matters.acting import once, send, status
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def become(agency, state: AgencyStatus):
    with unit_of_work():
        agency.status = state
    return agency


def ask(client, by, **values):
    return send(client, by, "/participation-letters/new", {"once": once(), "agency": "Harbor House"} | values)


def letters() -> list[ParticipationLetter]:
    db.session.expire_all()
    return list(db.session.scalars(select(ParticipationLetter).order_by(ParticipationLetter.id)))


@pytest.mark.rule("MO-HD-10")
@pytest.mark.parametrize(
    ("state", "standing"),
    [
        (AgencyStatus.ACTIVE, Standing.PARTICIPANT),
        (AgencyStatus.SUSPENDED, Standing.PARTICIPANT),
        (AgencyStatus.ONBOARDING, Standing.ONBOARDING),
    ],
)
def test_a_participant_whatever_its_compliance_and_an_onboarding_agency_get_one(client, world, state, standing):
    become(world.agency, state)
    assert ask(client, world.manager).status_code == 302
    assert [letter.standing for letter in letters()] == [standing]


@pytest.mark.rule("MO-HD-10")
def test_a_former_agency_gets_none_and_is_told_the_rule(client, world):
    become(world.agency, AgencyStatus.ENDED)
    answer = ask(client, world.manager, addressee="The Prairie Fund")
    assert answer.status_code == 409
    assert "takes no part in the HMIS any more" in words(answer)
    assert "HMIS Participation Letters" in words(answer)
    assert "(MO-HD-10)" in words(answer)
    assert "The Prairie Fund" in answer.text
    assert letters() == []
    assert db.session.scalars(select(StoredFile)).all() == []
    refused = client.post(
        "/api/v1/participation-letters", json={"agency": "Harbor House"}, headers=api_headers(world.manager)
    )
    assert refused.status_code == 409
    assert "MO-HD-10" in refused.text


@pytest.mark.rule("MO-HD-10")
def test_it_has_a_number_a_date_and_the_citation(client, world):
    ask(client, world.director, agency="", addressee="The Prairie Fund")
    [letter] = letters()
    assert letter.number == f"{world.coc.code}-2026-{letter.id:06d}"
    answer = sign_in(client, world.director).get(f"/participation-letters/{letter.id}/file", buffered=True)
    answer.close()
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data == read(letter.file)


LETTER = Letter(
    number="XX-501-2026-000042",
    lead="Prairie HMIS Office",
    lead_address="help@office.test",
    agency="Casa Łódź & Söhne <b>(West)</b>",
    community="Prairie Bend",
    community_code="XX-501",
    standing=Standing.PARTICIPANT,
    addressee="",
    issued_at=datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("America/Chicago")),
    citation="Missouri HMIS Policies and Procedures, “HMIS Participation Letters”",
)


def text_of(pdf: bytes) -> str:
    """The words on the pages, as their content streams hold them."""
    found = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, flags=re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            found.append(stream)
    said = b" ".join(re.findall(rb"\(((?:\\.|[^\\)])*)\)", b"\n".join(found)))
    return re.sub(r"\\(.)", r"\1", said.decode("cp1252", errors="replace"))


def test_the_same_letter_is_the_same_bytes(app, travel):
    first = render(LETTER)
    travel(clock.now() + timedelta(days=400))
    assert render(LETTER) == first
    assert len(first) < 20_000


def test_names_are_words_and_no_markup(app):
    pdf = render(LETTER)
    said = text_of(pdf)
    assert "Casa" in said
    assert "Söhne" in said
    assert "<b>(West)</b>" in said
    assert "Lódz" in said.replace("?", "L"), "what the font lacks is written plainly"
    for unsafe in (b"/JavaScript", b"/URI", b"/Launch", b"/EmbeddedFile", b"http"):
        assert unsafe not in pdf


def test_the_same_form_twice_is_one_letter(client, world):
    key = once()
    assert ask(client, world.director, once=key).status_code == 302
    assert ask(client, world.director, once=key).status_code == 302
    assert len(letters()) == 1
    assert ask(client, world.representative, once=key).status_code == 409


def test_a_file_is_for_those_who_may_see_the_letter(client, world):
    ask(client, world.director)
    [letter] = letters()
    path = f"/participation-letters/{letter.id}/file"
    allowed = {name: status(client, person, path) for name, person in world.by_role().items()}
    assert {name for name, code in allowed.items() if code == 200} == {
        "representative",
        "director",
        "agent",
        "manager",
        "admin",
    }
    assert status(client, world.other_representative, path) == 404
    assert letter.number not in read_page(client, world.other_representative, "/participation-letters")
    headers = api_headers(world.other_representative)
    assert client.get(f"/api/v1{path}", headers=headers).status_code == 404
    with client.get(f"/api/v1{path}", headers=api_headers(world.director), buffered=True) as answer:
        assert answer.data.startswith(b"%PDF-")


def test_another_agencys_letter_is_not_theirs_to_ask_for(client, world):
    answer = ask(client, world.other_representative)
    assert answer.status_code == 422
    assert letters() == []


def test_a_clients_name_is_refused(client, world):
    answer = ask(client, world.director, addressee="client Jane Miller")
    assert answer.status_code == 422
    assert "Jane Miller" in words(answer)


def test_where_the_manual_is_silent_it_says_whose_practice_it_is(client, app, at_noon):
    world = make_world("vermont", "America/New_York")
    assert ask(client, world.director).status_code == 302
    [letter] = letters()
    said = " ".join(text_of(read(letter.file)).split())
    assert OWN_PRACTICE[:40] in said
