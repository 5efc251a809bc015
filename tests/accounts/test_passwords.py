"""What a password must be, invitations, forgotten passwords, and changing one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.accounts import passwords, services
from core.accounts.models import Account, AccountLink
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.outbox import OutboxMessage
from core.outbox.services import still_relevant
from tests.accounts.visitor import Visitor, link_in, mails
from tests.support.factories import World, make_person
from tests.support.signing_in import PASSWORD, account_for

NEW = "granite teapot sails north"


@pytest.mark.parametrize(
    "password",
    ["short one 1", "aaaaaaaaaaaaaaaaaaaaaa", "qwertyuiop123456", "hearthdeskhmis2026", "Erin.Doyle.2026", "x" * 201],
)
def test_weak_passwords_are_refused(password: str):
    with pytest.raises(Invalid):
        passwords.check(password, ("Erin Doyle", "erin@agency.test"))


@pytest.mark.parametrize("password", [NEW, "Tr0ub4dor&Zephyr", "птицы летят на юг осенью", "pig iron\tbattery  moss"])
def test_no_recipe_is_asked_for(password: str):
    passwords.check(password, ("Erin Doyle", "erin@agency.test"))


@pytest.mark.parametrize(("length", "accepted"), [(11, False), (12, True), (13, True)])
def test_twelve_characters(length: int, accepted: bool):
    password = "vq7Kp2wZx9Lmd"[:length]
    if accepted:
        passwords.check(password)
    else:
        with pytest.raises(Invalid, match="12 characters"):
            passwords.check(password)


def invited(person) -> str:
    """The path of the link that the person was mailed."""
    with unit_of_work():
        services.invite(person, clock.now())
    return link_in(mails(person, "account-invitation")[-1])


def test_an_invitation_from_the_mail_to_the_first_page(world: World, visitor: Visitor):
    response = visitor.open(invited(world.end_user))
    assert response.location == "/set-password"
    visitor.open("/set-password")
    assert "Welcome to Hearthdesk" in visitor.page
    assert visitor.submit("/set-password", password=NEW, again=NEW).location == "/sign-in"
    visitor.password(world.end_user, NEW)
    assert visitor.is_in


def test_an_invitation_holds_no_password_and_no_user_name(world: World):
    invited(world.end_user)
    mail = mails(world.end_user, "account-invitation")[0]
    told = (mail.subject + mail.body_text + mail.body_html).lower()
    assert world.end_user.email.lower() not in told
    assert "user name" not in told
    account = db.session.scalars(select(Account).where(Account.person_id == world.end_user.id)).one()
    assert account.password_hash == ""


def test_a_link_works_once(world: World, visitor: Visitor):
    path = invited(world.end_user)
    visitor.open(path)
    visitor.submit("/set-password", password=NEW, again=NEW)
    visitor.open(path)
    assert visitor.open("/set-password").status_code == 410
    assert visitor.submit("/set-password", password=NEW + "x", again=NEW + "x").status_code == 410


def test_opening_a_link_does_not_use_it_up(app, world: World, visitor: Visitor):
    """Mail scanners open links too."""
    path = invited(world.end_user)
    for _ in range(3):
        scanner = Visitor(app)
        scanner.open(path)
        scanner.open("/set-password")
    visitor.open(path)
    assert visitor.open("/set-password").status_code == 200


def test_the_link_leaves_the_address_at_once(world: World, visitor: Visitor):
    path = invited(world.end_user)
    token = path.rpartition("/")[2]
    assert token not in visitor.open(path).location
    visitor.open("/set-password")
    assert token not in visitor.page
    assert token.encode() not in db.session.scalars(select(AccountLink.token_hash)).one()


@pytest.mark.parametrize(("seconds", "works"), [(-1, True), (0, False), (1, False)])
@pytest.mark.parametrize(("message", "hours"), [("account-invitation", 7 * 24), ("account-reset", 1)])
def test_how_long_a_link_works(world: World, visitor: Visitor, message: str, hours: int, seconds: int, works: bool):
    if message == "account-reset":
        account_for(world.end_user)
        visitor.submit("/forgot-password", email=world.end_user.email)
    else:
        invited(world.end_user)
    with clock.frozen(clock.now() + timedelta(hours=hours, seconds=seconds)):
        visitor.open(link_in(mails(world.end_user, message)[0]))
        assert (visitor.open("/set-password").status_code == 200) is works


def test_a_second_link_voids_the_first(world: World, visitor: Visitor):
    first = invited(world.end_user)
    second = invited(world.end_user)
    visitor.open(first)
    assert visitor.open("/set-password").status_code == 410
    visitor.open(second)
    assert visitor.open("/set-password").status_code == 200


def test_a_link_that_no_longer_works_is_not_mailed(world: World):
    invited(world.end_user)
    invited(world.end_user)
    voided, good = mails(world.end_user, "account-invitation")
    assert not still_relevant(voided)
    assert still_relevant(good)
    with clock.frozen(clock.now() + timedelta(days=7)):
        assert not still_relevant(good)


def test_who_is_not_to_be_invited(world: World):
    account_for(world.end_user)
    with pytest.raises(Conflict, match="can already sign in"), unit_of_work():
        services.invite(world.end_user, clock.now())
    with pytest.raises(Conflict, match="no role"), unit_of_work():
        services.invite(make_person("Nora Free"), clock.now())


def test_forgotten(app, vermont: World, visitor: Visitor):
    """Known or not: one answer. The known one gets a link, and every session ends when it is used."""
    visitor.sign_in(vermont.end_user)
    stranger = Visitor(app)
    answers = []
    for email in (vermont.end_user.email.upper(), "nobody@agency.test", "not an address"):
        response = stranger.submit("/forgot-password", email=email)
        answers.append((response.status_code, response.location))
    assert set(answers) == {(302, "/forgot-password/sent")}
    assert db.session.query(OutboxMessage).count() == 1
    stranger.open(link_in(mails(vermont.end_user, "account-reset")[0]))
    stranger.submit("/set-password", password=NEW, again=NEW)
    assert mails(vermont.end_user, "account-changed")
    assert not visitor.is_in
    stranger.password(vermont.end_user, PASSWORD)
    assert not stranger.token
    stranger.password(vermont.end_user, NEW)
    assert stranger.token
    assert not stranger.is_in, "a new password does not stand in for the second factor"


def test_somebody_without_a_role_is_mailed_nothing(world: World, visitor: Visitor):
    person = make_person("Nora Free")
    account_for(person)
    visitor.submit("/forgot-password", email=person.email)
    assert not mails(person, "account-reset")


def test_asking_again_and_again_is_slowed_down(world: World, visitor: Visitor):
    account_for(world.end_user)
    answers = [visitor.submit("/forgot-password", email=world.end_user.email).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


def test_what_was_wrong_with_a_password_is_said_beside_it(world: World, visitor: Visitor):
    path = invited(world.end_user)
    visitor.open(path)
    wrong = [("", "", "Choose a password"), ("short", "short", "12 characters"), (NEW, "other", "not the same")]
    for password, again, said in wrong:
        visitor.open("/set-password")
        assert visitor.submit("/set-password", password=password, again=again).status_code == 422
        assert said in visitor.page
        assert f'value="{NEW}"' not in visitor.page
    visitor.submit("/set-password", password=NEW, again=NEW)
    visitor.password(world.end_user, NEW)
    assert visitor.is_in


def test_changing_it_ends_the_other_sessions(app, vermont: World, visitor: Visitor):
    account_for(vermont.end_user, second_factor=False)
    visitor.password(vermont.end_user)
    other = Visitor(app)
    other.password(vermont.end_user)
    before = visitor.token
    fields = {"password": NEW, "again": NEW}
    assert visitor.submit("/account/password", current="wrong", **fields).status_code == 422
    assert visitor.submit("/account/password", current=PASSWORD, password=PASSWORD, again=PASSWORD).status_code == 422
    assert visitor.submit("/account/password", current=PASSWORD, **fields).location == "/account"
    assert visitor.token != before
    assert visitor.is_in
    assert not other.is_in
    assert mails(vermont.end_user, "account-changed")


def test_a_password_an_administrator_wants_replaced(vermont: World, visitor: Visitor):
    account = account_for(vermont.end_user)
    with unit_of_work():
        services.require_new_password(account, clock.now())
    visitor.password(vermont.end_user)
    assert visitor.code().location.startswith("/sign-in/new-password")
    assert not visitor.is_in
    assert visitor.submit("/sign-in/new-password", password=PASSWORD, again=PASSWORD).status_code == 422
    visitor.submit("/sign-in/new-password", password=NEW, again=NEW)
    assert visitor.is_in
    assert passwords.matches(NEW, account.password_hash)
