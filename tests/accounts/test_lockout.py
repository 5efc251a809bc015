"""Too many wrong tries: as many as the pack says, no more, no fewer; and never every administrator at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.accounts.rules import OWN_FAILURES
from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.people.models import StaffRole
from core.policy import policy_for
from tests.accounts.visitor import Visitor, code_now, mails
from tests.support.factories import World, join, make_agency, make_coc, make_staff, make_world
from tests.support.signing_in import account_for


def fail(visitor: Visitor, person, times: int) -> None:
    for _ in range(times):
        assert visitor.password(person, "wrong").status_code == 422


def test_the_vermont_pack_gives_the_number(vermont: World):
    assert policy_for(vermont.coc, clock.now().date()).limit("failed-logons").number == 3


@pytest.mark.parametrize(("tries", "gets_in"), [(2, True), (3, False), (4, False)])
def test_vermont_locks_at_the_third_failure(vermont: World, visitor: Visitor, tries: int, gets_in: bool):
    """Until an administrator lifts it, however long that takes."""
    account_for(vermont.end_user, second_factor=False)
    fail(visitor, vermont.end_user, tries)
    visitor.password(vermont.end_user)
    assert visitor.is_in is gets_in
    assert len(mails(vermont.end_user, "account-locked")) == (0 if gets_in else 1)
    if not gets_in:
        with clock.frozen(clock.now() + timedelta(days=30)):
            visitor.password(vermont.end_user)
            assert not visitor.is_in


def test_the_mail_names_the_rule_and_who_can_help(vermont: World, visitor: Visitor):
    account_for(vermont.end_user)
    fail(visitor, vermont.end_user, 3)
    mail = mails(vermont.end_user, "account-locked")[0]
    assert "after 3 wrong tries in a row" in mail.body_text
    assert "VT-LI-7" in mail.body_text
    assert "technical administrator" in mail.body_text


def test_a_success_in_between_starts_the_count_again(vermont: World, visitor: Visitor):
    account_for(vermont.end_user, second_factor=False)
    fail(visitor, vermont.end_user, 2)
    visitor.password(vermont.end_user)
    visitor.submit("/sign-out")
    fail(visitor, vermont.end_user, 2)
    visitor.password(vermont.end_user)
    assert visitor.is_in


def test_the_right_password_does_not_reset_the_count_of_wrong_codes(vermont: World, visitor: Visitor):
    account = account_for(vermont.end_user)
    for _ in range(2):
        visitor.password(vermont.end_user)
        visitor.code("000000")
    assert account.failed_count == 2
    visitor.password(vermont.end_user)
    assert visitor.code("000000").location.startswith("/sign-in")
    assert account.locked_at is not None
    assert visitor.code().location.startswith("/sign-in")
    visitor.password(vermont.end_user)
    assert not visitor.is_in


def test_a_pending_second_step_ends_with_the_lock(app, vermont: World, visitor: Visitor):
    account_for(vermont.end_user)
    visitor.password(vermont.end_user)
    fail(Visitor(app), vermont.end_user, 3)
    visitor.code()
    assert not visitor.is_in


def test_a_lock_does_not_throw_out_who_is_already_in(app, vermont: World, visitor: Visitor):
    """Else a stranger could end anybody's work by typing their address three times."""
    visitor.sign_in(vermont.end_user)
    fail(Visitor(app), vermont.end_user, 3)
    assert visitor.is_in


@pytest.mark.parametrize(("tries", "gets_in"), [(OWN_FAILURES - 1, True), (OWN_FAILURES, False)])
def test_where_the_pack_says_nothing_our_own_number_holds(app, world: World, tries: int, gets_in: bool):
    account = account_for(world.end_user, second_factor=False)
    with unit_of_work():
        account.failed_count = tries - 1
    visitor = Visitor(app)
    fail(visitor, world.end_user, 1)
    visitor.password(world.end_user)
    assert visitor.is_in is gets_in


@pytest.mark.parametrize(("seconds", "gets_in"), [(-1, False), (0, True), (1, True)])
def test_our_own_lock_eases_after_fifteen_minutes(world: World, visitor: Visitor, seconds: int, gets_in: bool):
    account = account_for(world.end_user, second_factor=False)
    with unit_of_work():
        account.failed_count = OWN_FAILURES - 1
    fail(visitor, world.end_user, 1)
    with clock.frozen(clock.now() + timedelta(minutes=15, seconds=seconds)):
        visitor.password(world.end_user)
        assert visitor.is_in is gets_in


def test_every_administrator_can_be_locked_but_not_for_long(vermont: World, visitor: Visitor):
    """The Lead's administrators' locks ease by time, though the pack's own lasts until one of them lifts it."""
    second = make_staff(vermont.lead, StaffRole.ADMIN)
    for admin in (vermont.admin, second):
        account_for(admin)
        fail(visitor, admin, 3)
        visitor.password(admin)
        assert not visitor.token
    with clock.frozen(clock.now() + timedelta(minutes=15)):
        visitor.password(vermont.admin)
        visitor.code()
        assert visitor.is_in
        account_for(vermont.end_user)
        fail(Visitor(visitor.client.application), vermont.end_user, 3)
        visitor.submit(f"/sign-ins/{vermont.end_user.id}/unlock")
        helped = Visitor(visitor.client.application)
        helped.password(vermont.end_user)
        helped.code()
        assert helped.is_in


def test_the_strictest_of_two_communities_binds(app, at_noon, visitor: Visitor):
    world = make_world("missouri")
    elsewhere = make_agency(make_coc(world.lead, "vermont", "America/New_York"))
    join(world.end_user, elsewhere)
    account = account_for(world.end_user, second_factor=False)
    fail(visitor, world.end_user, 3)
    assert account.locked_at is not None
    assert account.locked_until is None


def test_the_trail_tells_it_all(vermont: World, visitor: Visitor):
    account_for(vermont.end_user, second_factor=False)
    fail(visitor, vermont.end_user, 3)
    visitor.password(vermont.end_user)
    visitor.password("nobody@agency.test")
    events = list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
    told = [(e.action, e.actor, e.data.get("failures")) for e in events if e.action.startswith("account.")]
    stranger = "somebody not signed in"
    assert told == [
        ("account.sign-in-failed", stranger, 1),
        ("account.sign-in-failed", stranger, 2),
        ("account.sign-in-failed", stranger, 3),
        ("account.locked", stranger, None),
        ("account.sign-in-refused", stranger, None),
        ("account.sign-in-failed", stranger, None),
    ]
    assert {e.chain for e in events[:-1] if e.action.startswith("account.")} == {vermont.lead.id}


def test_a_reset_by_mail_lifts_only_a_lock_that_would_ease(app, vermont: World, visitor: Visitor):
    from core.accounts import services
    from tests.accounts.visitor import link_in

    for person, lifted in ((vermont.end_user, False), (vermont.admin, True)):
        account = account_for(person)
        fail(visitor, person, 3)
        with unit_of_work():
            services.ask_reset(person.email, clock.now())
        visitor.open(link_in(mails(person, "account-reset")[0]))
        visitor.submit("/set-password", password="granite teapot sails north", again="granite teapot sails north")
        assert (account.locked_at is None) is lifted


def test_codes_do_not_help_a_stranger_past_the_lock(vermont: World, visitor: Visitor):
    account_for(vermont.end_user)
    fail(visitor, vermont.end_user, 3)
    assert visitor.code(code_now()).location.startswith("/sign-in")
