"""Through the pages: password, second factor, and what each refusal looks like."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.accounts import passwords, sessions
from core.accounts.models import EndReason, LoginSession, RecoveryCode
from core.audit import AuditEvent
from core.db import db, unit_of_work
from tests.accounts.visitor import Visitor, code_now, mails
from tests.support.factories import World
from tests.support.signing_in import PASSWORD, account_for

REFUSED = "do not match, or the account is locked"


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_end_user_needs_no_second_factor(world: World, visitor: Visitor):
    account_for(world.end_user, second_factor=False)
    response = visitor.password(world.end_user)
    assert response.status_code == 302
    assert response.location == "/"
    assert visitor.is_in
    assert actions().count("account.signed-in") == 1


def test_password_alone_opens_nothing_to_somebody_with_a_second_factor(world: World, visitor: Visitor):
    account_for(world.end_user)
    assert visitor.password(world.end_user).location == "/sign-in/code?next=/"
    assert not visitor.is_in
    assert visitor.code().location == "/"
    assert visitor.is_in


def test_email_address_in_any_case_and_with_spaces(world: World, visitor: Visitor):
    account_for(world.end_user, second_factor=False)
    visitor.password(f"  {world.end_user.email.upper()} ")
    assert visitor.is_in


@pytest.mark.parametrize("role", ["agent", "trainer", "manager", "admin", "administrator"])
def test_lead_staff_and_agency_administrators_must_enrol_first(world: World, visitor: Visitor, role: str):
    person = world.by_role()[role]
    account_for(person, second_factor=False)
    assert visitor.password(person).location.startswith("/sign-in/second-factor")
    for path in ("/account", "/account/tokens", "/account/password", "/sign-ins"):
        assert visitor.open(path).location.startswith("/sign-in?"), path
    visitor.open("/sign-in/second-factor?next=/account")
    assert "data:image/svg+xml" in visitor.page
    secret = visitor.page.split('id="totp-key">')[1].split("<")[0].replace(" ", "")
    before = visitor.token
    response = visitor.submit("/sign-in/second-factor", code=code_now(secret), next="/account")
    assert "Keep your recovery codes" in visitor.page
    assert response.status_code == 200
    assert visitor.token != before
    assert visitor.is_in
    assert db.session.query(RecoveryCode).count() == 10
    assert mails(person, "account-changed")


@pytest.mark.parametrize("role", ["representative", "security_officer", "director"])
def test_for_others_the_second_factor_is_a_choice(world: World, visitor: Visitor, role: str):
    person = world.by_role()[role]
    account_for(person, second_factor=False)
    visitor.password(person)
    assert visitor.is_in


def test_choosing_a_second_factor_asks_for_the_password_again(world: World, visitor: Visitor):
    account_for(world.end_user, second_factor=False)
    visitor.password(world.end_user)
    visitor.open("/sign-in/second-factor")
    secret = visitor.page.split('id="totp-key">')[1].split("<")[0].replace(" ", "")
    assert visitor.submit("/sign-in/second-factor", code=code_now(secret), current="wrong").status_code == 422
    visitor.submit("/sign-in/second-factor", code=code_now(secret), current=PASSWORD)
    assert "Keep your recovery codes" in visitor.page


def test_wrong_code_at_enrolment_says_what_to_do_and_enrols_nothing(world: World, visitor: Visitor):
    account = account_for(world.agent, second_factor=False)
    visitor.password(world.agent)
    assert visitor.submit("/sign-in/second-factor", code="000000").status_code == 422
    assert "sets its clock by itself" in visitor.page
    assert account.totp_confirmed_at is None


def test_refusals_read_the_same(app, vermont: World):
    """Unknown, wrong, locked, invited but without a password: one wording, one status, one page."""
    account_for(vermont.end_user)
    locked = account_for(vermont.representative)
    with unit_of_work():
        locked.locked_at = clock.now()
        account_for(vermont.director).password_hash = ""
    tries = {
        "unknown": ("nobody@agency.test", PASSWORD),
        "wrong": (vermont.end_user.email, "wrong"),
        "locked": (vermont.representative.email, PASSWORD),
        "not accepted": (vermont.director.email, PASSWORD),
    }
    shown = {}
    for name, (email, password) in tries.items():
        somebody = Visitor(app)
        response = somebody.password(email, password)
        assert REFUSED in somebody.page
        page = somebody.page.replace(email, "EMAIL").replace(somebody.csrf, "CSRF")
        shown[name] = (response.status_code, page)
    assert len(set(shown.values())) == 1


def test_refusals_take_alike(app, vermont: World, monkeypatch: pytest.MonkeyPatch):
    """Every refusal pays for exactly one Argon2id verification, which is what the time goes to."""
    account_for(vermont.end_user)
    locked = account_for(vermont.representative)
    with unit_of_work():
        locked.locked_at = clock.now()
    verified = []
    real = passwords._hasher.verify

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(kept)
            return real(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    visitor = Visitor(app)
    for email in ("nobody@agency.test", vermont.end_user.email, vermont.representative.email, "a\0b@agency.test"):
        verified.clear()
        visitor.password(email, "wrong")
        if "\0" not in email:
            assert len(verified) == 1, email
            assert verified[0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_nothing_typed_breaks_the_page(world: World, visitor: Visitor):
    for email, password in [("", ""), ("a\0b@x.test", "x"), ("x" * 400, "y" * 400), ("é@x.test", "é"), ("a@b.c", "\0")]:
        assert visitor.password(email, password).status_code == 422


def test_a_session_cannot_be_fixed_beforehand(app, world: World, visitor: Visitor):
    """A token planted before the sign-in is worth nothing, and each step gets a new one."""
    account_for(world.end_user)
    visitor.client.set_cookie(sessions.cookie_name(), "planted")
    visitor.password(world.end_user)
    after_password = visitor.token
    assert after_password not in ("planted", "")
    visitor.code()
    assert visitor.token != after_password
    for old in ("planted", after_password):
        thief = Visitor(app)
        thief.client.set_cookie(sessions.cookie_name(), old)
        assert not thief.is_in


def test_signing_in_again_ends_the_session_before(world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    old = visitor.token
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        visitor.sign_in(world.end_user)
    assert sessions.find(old, clock.now())[0].end_reason is EndReason.SIGNED_OUT


def test_sign_out_is_on_the_server(app, world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    kept = visitor.token
    assert visitor.submit("/sign-out").location == "/sign-in"
    assert not visitor.token
    thief = Visitor(app)
    thief.client.set_cookie(sessions.cookie_name(), kept)
    assert not thief.is_in
    assert "account.signed-out" in actions()


def test_only_hashes_are_kept_and_nothing_secret_is_in_the_trail(world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    row = db.session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
    assert visitor.token.encode() not in row.token_hash
    trail = str([(e.action, e.data, e.actor) for e in db.session.scalars(select(AuditEvent))])
    for secret in (visitor.token, PASSWORD, code_now()):
        assert secret not in trail
    assert "account.signed-in" in trail


def test_the_cookie_is_out_of_reach(world: World, visitor: Visitor):
    account_for(world.end_user)
    header = visitor.password(world.end_user).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Expires" not in header


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/tickets/4?tab=notes", "/tickets/4?tab=notes"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test", "/"),
        ("\\\\evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/sign-out", "/"),
        ("/sign-in?next=//evil.test", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
    ],
)
def test_next_stays_in_the_house(world: World, visitor: Visitor, wanted: str, goes_to: str):
    account_for(world.end_user, second_factor=False)
    assert visitor.password(world.end_user, next=wanted).location == goes_to


def test_a_page_asked_for_is_reached_after_both_steps(world: World, visitor: Visitor):
    account_for(world.end_user)
    assert visitor.open("/account/sessions").location == "/sign-in?next=/account/sessions"
    visitor.password(world.end_user, next="/account/sessions")
    visitor.open("/sign-in/code?next=/account/sessions")
    assert 'value="/account/sessions"' in visitor.page


def test_too_many_tries_for_one_address_are_slowed_down(world: World, visitor: Visitor):
    """Known or not, the eleventh try in a minute is told to wait."""
    for address in ("nobody@agency.test", world.end_user.email):
        answers = [visitor.password(address, "wrong").status_code for _ in range(11)]
        assert answers == [422] * 10 + [429]
