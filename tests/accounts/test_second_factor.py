"""Codes of an app and recovery codes: each once, and only near its time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.accounts import sealing, second_factor
from core.accounts.models import RecoveryCode
from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.errors import Conflict
from tests.accounts.visitor import Visitor, code_now, mails
from tests.support.factories import World
from tests.support.signing_in import PASSWORD, TOTP_SECRET, account_for, sign_in


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(world: World, visitor: Visitor, steps: int, taken: bool):
    account_for(world.agent)
    visitor.password(world.agent)
    visitor.code(code_now(steps=steps))
    assert visitor.is_in is taken


def test_a_code_works_once(app, vermont: World, visitor: Visitor):
    visitor.sign_in(vermont.agent)
    over_the_shoulder = Visitor(app)
    over_the_shoulder.password(vermont.agent)
    assert over_the_shoulder.code(code_now()).status_code == 422
    assert "was used before" in over_the_shoulder.page
    assert over_the_shoulder.code(code_now(steps=-1)).status_code == 422
    over_the_shoulder.code(code_now(steps=1))
    assert over_the_shoulder.is_in


def test_the_code_that_enrolled_does_not_also_sign_in(app, world: World, visitor: Visitor):
    account_for(world.agent, second_factor=False)
    visitor.password(world.agent)
    visitor.open("/sign-in/second-factor")
    secret = visitor.page.split('id="totp-key">')[1].split("<")[0].replace(" ", "")
    visitor.submit("/sign-in/second-factor", code=code_now(secret))
    again = Visitor(app)
    again.password(world.agent)
    assert again.code(code_now(secret)).status_code == 422


def test_spaces_in_a_code_do_not_matter(world: World, visitor: Visitor):
    account_for(world.agent)
    visitor.password(world.agent)
    code = code_now()
    visitor.code(f" {code[:3]} {code[3:]} ")
    assert visitor.is_in


def test_opening_the_enrolment_page_writes_nothing(world: World, visitor: Visitor):
    account = account_for(world.agent, second_factor=False)
    visitor.password(world.agent)
    visitor.open("/sign-in/second-factor")
    shown = visitor.page.split('id="totp-key">')[1].split("<")[0]
    visitor.open("/sign-in/second-factor")
    assert shown in visitor.page
    assert account.totp_secret is None


def test_the_secret_is_sealed(world: World):
    account = account_for(world.agent)
    assert TOTP_SECRET.encode() not in account.totp_secret
    assert sealing.unseal(account.totp_secret) == TOTP_SECRET
    with pytest.raises(Conflict, match="secret key has changed"):
        sealing.unseal(b"sealed by somebody else")


def with_recovery_codes(person) -> list[str]:
    account = account_for(person)
    with unit_of_work():
        return second_factor.renew_recovery_codes(account)


def test_a_recovery_code_works_once(app, vermont: World, visitor: Visitor):
    codes = with_recovery_codes(vermont.agent)
    visitor.password(vermont.agent)
    visitor.code(codes[3].upper().replace("-", " "))
    assert visitor.is_in
    assert "9 left" in mails(vermont.agent, "account-changed")[0].body_text
    again = Visitor(app)
    again.password(vermont.agent)
    assert again.code(codes[3]).status_code == 422
    again.code(codes[4])
    assert again.is_in
    told = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "account.recovery-code-used").order_by(AuditEvent.seq)
    )
    assert [event.data["left"] for event in told] == [9, 8]


def test_recovery_codes_are_kept_as_argon2_hashes(world: World):
    codes = with_recovery_codes(world.agent)
    kept = list(db.session.scalars(select(RecoveryCode.code_hash)))
    assert all(k.startswith("$argon2id$") for k in kept)
    assert not any(code.replace("-", "") in str(kept) for code in codes)
    assert len(set(codes)) == 10


def test_another_persons_recovery_code_does_not_work(world: World, visitor: Visitor):
    codes = with_recovery_codes(world.manager)
    account_for(world.agent)
    visitor.password(world.agent)
    assert visitor.code(codes[0]).status_code == 422


def test_new_recovery_codes_need_the_password_and_void_the_old(app, vermont: World, visitor: Visitor):
    old = with_recovery_codes(vermont.agent)
    visitor.sign_in(vermont.agent)
    assert visitor.submit("/account/recovery-codes", current="wrong").status_code == 422
    assert "That is not your password" in visitor.page
    visitor.submit("/account/recovery-codes", current=PASSWORD)
    new = re.findall(r"<code>(\w{5}-\w{5})</code>", visitor.page)
    assert len(new) == 10
    assert "download=" in visitor.page
    again = Visitor(app)
    again.password(vermont.agent)
    assert again.code(old[0]).status_code == 422
    again.code(new[0])
    assert again.is_in


def test_another_phone(world: World, visitor: Visitor):
    """The old one stops at once; somebody who must have a second factor can do nothing before the new one works."""
    account = account_for(world.agent)
    visitor.sign_in(world.agent)
    assert visitor.submit("/account/second-factor", current="wrong").status_code == 422
    response = visitor.submit("/account/second-factor", current=PASSWORD)
    assert response.location.startswith("/sign-in/second-factor")
    assert not visitor.is_in
    visitor.open(response.location)
    secret = visitor.page.split('id="totp-key">')[1].split("<")[0].replace(" ", "")
    assert secret != TOTP_SECRET
    visitor.submit("/sign-in/second-factor", code=code_now(secret), next="/account")
    assert visitor.is_in
    assert sealing.unseal(account.totp_secret) == secret


@pytest.mark.parametrize("path", ["/sign-in/code", "/sign-in/second-factor", "/sign-in/new-password"])
def test_a_step_that_is_not_ones_own_leads_back_to_the_start(world: World, visitor: Visitor, path: str):
    assert visitor.open(path).location.startswith("/sign-in?")
    assert visitor.submit(path, code="123456", password="x", again="x").location.startswith("/sign-in?")
    visitor.sign_in(world.agent)
    assert visitor.open(path).location.startswith("/sign-in?")


def test_the_trail_names_the_person_and_not_the_code(world: World, visitor: Visitor):
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        visitor.sign_in(world.agent)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.signed-in")).one()
    assert (event.actor, event.actor_id) == (world.agent.name, world.agent.id)
    assert event.data["second_factor"] is True


def test_without_a_recovery_code_the_account_warns_and_says_what_to_do(app, world: World, client):
    sign_in(client, world.agent)
    text = client.get("/account").text
    assert "No recovery code is left" in text
    assert "Make new codes below" in text
    with_recovery_codes(world.agent)
    assert "No recovery code is left" not in client.get("/account").text
