"""A temporary HMIS password meets the manual's rules, is shown once, and stands nowhere afterwards."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, cast, select

from core import clock
from core.audit import AuditEvent
from core.db import Base, db, unit_of_work
from core.deadlines import Deadline, fire_due
from core.people.models import CoC
from core.policy import catalog
from licensing.access import services as access
from licensing.credentials.models import HmisCredential
from licensing.credentials.rules import Names, flaws, make
from licensing.credentials.services import HOUSE, password_rules
from licensing.credentials.words import is_word
from tests.licensing.acting import give_license, license_of, mails, read, words
from tests.support.factories import make_world
from tests.support.signing_in import api_headers, sign_in

ZONES = {"sonoma": "America/Los_Angeles", "vermont": "America/New_York", "missouri": "America/Chicago"}
NAMES = Names("edoyle", ("hmis",), "Cedar Systems")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", ZONES["sonoma"])


def form(**values):
    return {"user_name": "edoyle", "name_by": "mail", "secret_by": "phone", "once": "k1"} | values


def made(client, world, **values):
    held = license_of(world.end_user, world.agency) or give_license(world.end_user, world.agency)
    return sign_in(client, world.manager).post(f"/access/licenses/{held.id}/credentials", data=form(**values))


def password_in(answer):
    found = re.search(r'<code class="hd-secret">([^<]+)</code>', answer.get_data(as_text=True))
    assert found, words(answer)
    return found.group(1).replace("&#34;", '"').replace("&amp;", "&")


@pytest.mark.rule("SON-LI-6")
@pytest.mark.rule("MO-LI-7")
@pytest.mark.rule("VT-LI-7")
@pytest.mark.parametrize("pack", ZONES)
def test_a_made_password_is_shown_once_and_meets_the_communitys_rules(app, client, at_noon, pack):
    world = make_world(pack, ZONES[pack])
    answer = made(client, world)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    rules = password_rules(access.policy_in_force(db.session.get_one(CoC, world.coc.id), at_noon))
    assert flaws(password_in(answer), rules, NAMES, is_word) == []
    again = made(client, world)
    assert again.status_code == 409
    assert "This password was shown on" in words(again)
    assert "hd-secret" not in again.get_data(as_text=True)


def everything_kept() -> str:
    """Every text of every table, files and JSON among them."""
    told = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            told += [str(value) for value in db.session.scalars(select(cast(column, Text))) if value is not None]
    return "\n".join(told)


@pytest.mark.rule("SON-LI-6")
def test_the_password_is_in_no_table_mail_or_log(client, world, caplog):
    with caplog.at_level(0):
        by_page = password_in(made(client, world))
        held = license_of(world.end_user, world.agency)
        sent = {"user_name": "edoyle", "name_by": "mail", "secret_by": "in-person"}
        path = f"/api/v1/licenses/{held.id}/credentials"
        by_api = client.post(path, json=sent, headers=api_headers(world.manager))
    assert (by_api.status_code, by_api.headers["Cache-Control"]) == (201, "no-store")
    kept = everything_kept()
    assert "edoyle" in kept, "the look reaches what is kept"
    for password in (by_page, by_api.json["password"]):
        assert password not in kept
        assert password not in caplog.text
        assert f"\\x{password.encode().hex()}" not in kept
        assert password.encode().hex() not in kept
    assert "credentials.made" in set(db.session.scalars(select(AuditEvent.action)))
    assert [mail.address for mail in mails("hmis-user-name")] == [world.end_user.email] * 2
    assert "edoyle" in mails("hmis-user-name")[0].body_text


@pytest.mark.rule("SON-LI-6")
def test_user_name_and_password_never_go_the_same_way(client, world):
    answer = made(client, world, secret_by="mail")
    assert answer.status_code == 422
    assert "User name and password go by two different channels." in words(answer)
    assert "(SON-LI-6)" in words(answer)
    assert 'value="edoyle"' in answer.get_data(as_text=True)
    assert db.session.scalar(select(HmisCredential.id)) is None


def test_a_suspended_or_ended_license_gets_none(client, world):
    held = give_license(world.end_user, world.agency)
    with unit_of_work():
        access.end_license(license_of(world.end_user, world.agency), clock.now(), "left")
    answer = sign_in(client, world.manager).post(f"/access/licenses/{held.id}/credentials", data=form())
    assert (answer.status_code, "This license is ended" in words(answer)) == (409, True)


def due(kind):
    db.session.expire_all()
    return db.session.scalars(select(Deadline).where(Deadline.kind == kind).order_by(Deadline.id)).all()


@pytest.mark.rule("SON-LI-6")
@pytest.mark.rule("VT-LI-7")
@pytest.mark.parametrize(("pack", "days"), [("sonoma", 90), ("vermont", 45)])
def test_the_first_sign_in_and_each_password_have_their_days(app, client, at_noon, travel, pack, days):
    world = make_world(pack, ZONES[pack])
    made(client, world)
    [first] = due("hmis-first-login")
    travel(first.due_at - timedelta(days=2))
    fire_due()
    assert [mail.subject for mail in mails("license-news")] == ["Sign in to the HMIS"]
    row_id = db.session.scalars(select(HmisCredential.id)).one()
    page = read(client, world.end_user, "/hmis-password")
    assert "Not yet: it is the temporary one" in page
    for _ in range(2):  # the second press of one day is none
        assert client.post(f"/hmis-password/{row_id}/changed").status_code == 302
    [expiry] = due("hmis-password-expiry")
    assert (expiry.due_at - clock.now()).days in (days - 1, days)
    assert due("hmis-first-login")[0].state == "met"
    travel(expiry.due_at)
    fire_due()
    assert [mail.subject for mail in mails("license-news")][1:] == ["Your HMIS password is due"]
    travel(expiry.due_at + timedelta(seconds=1))
    fire_due()
    assert mails("license-news")[-1].subject == "Your HMIS password is overdue"
    assert sign_in(client, world.end_user).post(f"/hmis-password/{row_id}/changed").status_code == 302
    assert [one.state for one in due("hmis-password-expiry")] == ["met", "pending"]


def test_a_first_sign_in_that_does_not_come_is_told_to_the_lead_too(client, world, travel):
    made(client, world)
    travel(due("hmis-first-login")[0].due_at + timedelta(seconds=1))
    fire_due()
    told = {mail.address: mail.subject for mail in mails("license-news")}
    assert told[world.manager.email] == "A first HMIS sign-in is overdue"
    assert told[world.end_user.email] == "Your first HMIS sign-in is overdue"


def test_another_password_and_the_end_of_the_license_stop_the_clocks(client, world):
    made(client, world)
    made(client, world, once="k2")
    assert [one.state for one in due("hmis-first-login")] == ["cancelled", "pending"]
    with unit_of_work():
        access.end_license(license_of(world.end_user, world.agency), clock.now(), "left")
    assert [one.state for one in due("hmis-first-login")] == ["cancelled", "cancelled"]


def test_nobody_elses_password_is_there(client, world):
    made(client, world)
    row_id = db.session.scalars(select(HmisCredential.id)).one()
    assert sign_in(client, world.other_end_user).post(f"/hmis-password/{row_id}/changed").status_code == 404


# ------------------------------------------------------------------ rules

TODAY = date(2026, 11, 20)
RULES = {pack: password_rules(catalog.in_force(pack, TODAY)) for pack in ZONES} | {"hud-baseline": HOUSE}


@pytest.mark.rule("MO-LI-7")
@pytest.mark.parametrize("pack", [*ZONES, "hud-baseline"])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), user_name=st.text("abcdefgxyz.", min_size=1, max_size=12))
def test_every_made_password_passes_the_checker(pack, seed, user_name):
    rules, names = RULES[pack], Names(user_name, ("hmis", "Redwood"), "Cedar Systems")
    password = make(rules, names, is_word, random.Random(seed).choice)
    assert flaws(password, rules, names, is_word) == []
    assert rules.min_length <= len(password) <= (rules.max_length or 14)


@pytest.mark.rule("SON-LI-6")
@pytest.mark.rule("VT-LI-7")
@pytest.mark.rule("MO-LI-7")
@pytest.mark.parametrize(
    ("pack", "password", "codes"),
    [
        ("sonoma", "qx7zk9w", ["min-length"]),
        ("sonoma", "qx7zk9wv", []),
        ("sonoma", "qx7zk9wvqx7zk9wv", []),
        ("sonoma", "qx7zk9wvqx7zk9wvq", ["max-length"]),
        ("sonoma", "qx7zkvwv", ["digits"]),
        ("sonoma", "EDoyle72", ["user-name", "dictionary-word"]),
        ("sonoma", "27elyode", ["user-name", "dictionary-word"]),
        ("sonoma", "x7HMIS9w", ["hmis-name"]),
        ("sonoma", "x79simhw", ["hmis-name"]),
        ("sonoma", "12cedar3", ["vendor-name", "dictionary-word"]),
        ("sonoma", "9retal42", ["dictionary-word"]),
        ("vermont", "qX7zk9wv", ["special"]),
        ("vermont", "qX7zk9w!", []),
        ("vermont", "qx7zk9w!", ["upper"]),
        ("vermont", "QX7ZK9W!", ["lower"]),
        ("vermont", "qXvzkrw!", ["digits"]),
        ("vermont", "X7!later", ["dictionary-word"]),
        ("vermont", "X7!hcruhc9", []),
        ("missouri", "12345678", ["letters"]),
        ("missouri", "q2345678", []),
        ("missouri", "qzkwvxqz", ["digits"]),
        ("missouri", "", ["min-length", "letters", "digits"]),
    ],
)
def test_what_is_wrong_is_named_one_by_one(pack, password, codes):
    assert [flaw.code for flaw in flaws(password, RULES[pack], NAMES, is_word)] == codes
