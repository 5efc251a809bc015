"""A user says whether they or close family are clients; only those who need it read it, and each look is noted."""

from __future__ import annotations

from itertools import count

import pytest
from sqlalchemy import select, text

from core.audit import AuditEvent
from core.db import db
from licensing.disclosures.models import Disclosed
from tests.licensing.acting import decide, give_license, lines_of, read, request_made, words
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in

_once = count(1)
pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def vermont(app, at_noon):
    return make_world("vermont", tz="America/New_York")


def say(client, person, **values):
    form = {"once": f"say-{next(_once)}", "is_client": "yes", "has_family": "no", "agrees": "y", **values}
    return sign_in(client, person).post("/disclosure", data={k: v for k, v in form.items() if v})


def reveal(client, person, row):
    return sign_in(client, person).post(f"/disclosure/{row.id}/reveal")


def said():
    return db.session.scalars(select(Disclosed).order_by(Disclosed.id.desc()).limit(1)).one()


@pytest.mark.rule("VT-LI-4")
def test_only_those_who_need_it_read_it_and_each_look_is_noted(client, vermont):
    held = give_license(vermont.end_user, vermont.agency)
    assert say(client, vermont.end_user).status_code == 302
    row = said()
    for person in (vermont.representative, vermont.director, vermont.security_officer, vermont.agent, vermont.trainer):
        assert reveal(client, person, row).status_code == 403
        assert "What this person said" not in words(sign_in(client, person).get(f"/access/licenses/{held.id}"))
    assert reveal(client, vermont.end_user, row).status_code == 403
    shown = reveal(client, vermont.administrator, row)
    assert "A client, or was Yes" in words(shown)
    assert shown.headers["Cache-Control"] == "no-store"
    seen = client.post(f"/api/v1/disclosures/{row.id}/reveal", headers=api_headers(vermont.manager))
    assert (seen.json["is_client"], seen.json["has_family"]) == (True, False)
    looks = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "disclosure.revealed")).all()
    assert [one.data["by"] for one in looks] == [vermont.administrator.id, vermont.manager.id]


@pytest.mark.rule("VT-LI-4")
def test_no_audit_outbox_or_api_of_licenses_has_what_was_said(client, vermont):
    held = give_license(vermont.end_user, vermont.agency)
    say(client, vermont.end_user)
    for table in ("audit_event", "outbox_message"):
        found = db.session.scalar(text(f"select count(*) from {table} t where t::text like '%is_client%'"))
        assert found == 0
    listed = client.get("/api/v1/licenses", headers=api_headers(vermont.manager)).get_data(as_text=True)
    one = client.get(f"/api/v1/licenses/{held.id}", headers=api_headers(vermont.administrator)).get_data(as_text=True)
    assert "client" not in listed + one


@pytest.mark.rule("VT-LI-4")
def test_who_said_it_needs_nobody_to_confirm_it_and_the_request_shows_only_that(client, vermont):
    row = request_made(
        client, vermont, name=vermont.end_user.name, email=vermont.end_user.email, level="case-manager-i"
    )
    decide(client, vermont.manager, row)
    assert lines_of(row)["conflict-of-interest-statement"] == "missing"
    assert "Say whether you, or close family, are clients" in read(client, vermont.end_user, "/")
    say(client, vermont.end_user)
    assert lines_of(row)["conflict-of-interest-statement"] == "met"
    page = read(client, vermont.representative, f"/access/{row.id}")
    assert "They agreed and said so on Fri, Nov 20, 2026. What they said is kept apart." in page


def test_who_does_not_agree_or_answer_is_told_at_the_field(client, vermont):
    answer = say(client, vermont.end_user, agrees="")
    assert (answer.status_code, "Agree to the statement first." in words(answer)) == (422, True)
    assert "(VT-LI-4)" in words(answer)
    assert say(client, vermont.end_user, has_family="").status_code == 422
    assert db.session.scalar(select(Disclosed)) is None


def test_where_the_manual_does_not_ask_there_is_nothing_to_say(client, app, at_noon):
    world = make_world("missouri")
    assert "Nothing to say here." in read(client, world.end_user, "/disclosure")
    assert say(client, world.end_user).status_code == 422
    assert db.session.scalar(select(Disclosed)) is None
