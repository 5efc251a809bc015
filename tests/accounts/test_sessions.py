"""How long a session lasts, how many there are, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.accounts import sessions
from core.accounts.models import EndReason
from core.accounts.rules import LONGEST_SESSION
from core.accounts.visits import current_visit, rules_for
from core.authz import principal_for
from core.db import unit_of_work
from core.people.models import AgencyStatus, LeadStaff, StaffRole
from tests.accounts.visitor import Visitor
from tests.support.factories import World, designate, make_staff, make_world
from tests.support.signing_in import account_for, sign_in, sign_out


def idle_of(person) -> timedelta:
    return rules_for(principal_for(person, clock.now()), clock.now()).idle


def test_who_is_read_anew_for_each_request(app, client):
    world = make_world()
    with sign_in(client, world.manager):
        client.get("/sign-in")
        assert current_visit().principal.person_id == world.manager.id
        sign_out(client)
        client.get("/sign-in")
        assert current_visit().principal is None


@pytest.mark.parametrize("pack", ["missouri", "vermont", "sonoma", "sacramento"])
@pytest.mark.parametrize(("seconds", "still_in"), [(-1, True), (0, False), (1, False)])
def test_idle(app, at_noon, client, pack: str, seconds: int, still_in: bool):
    world = make_world(pack)
    sign_in(client, world.end_user)
    with clock.frozen(at_noon + idle_of(world.end_user) + timedelta(seconds=seconds)):
        response = client.get("/account")
        assert (response.status_code == 200) is still_in
        if not still_in:
            assert "nothing happened for a while" in client.get(response.location).text


def test_each_request_starts_the_idle_time_again(world: World, client):
    sign_in(client, world.end_user)
    step = idle_of(world.end_user) - timedelta(minutes=1)
    for n in range(1, 5):
        with clock.frozen(clock.now() + n * step):
            assert client.get("/account").status_code == 200


@pytest.mark.parametrize(("seconds", "still_in"), [(-1, True), (0, False), (1, False)])
def test_no_session_outlasts_a_working_day(world: World, client, seconds: int, still_in: bool):
    sign_in(client, world.end_user)
    token = client.get_cookie(sessions.cookie_name()).value
    end = clock.now() + LONGEST_SESSION + timedelta(seconds=seconds)
    with unit_of_work():
        sessions.find(token, clock.now())[0].last_seen_at = end - timedelta(minutes=1)
    with clock.frozen(end):
        assert (client.get("/account").status_code == 200) is still_in


def test_a_pending_step_is_idle_too(world: World, visitor: Visitor):
    account_for(world.end_user)
    visitor.password(world.end_user)
    with clock.frozen(clock.now() + idle_of(world.end_user)):
        visitor.code()
        assert not visitor.is_in


def test_missouri_has_one_session(app, world: World, visitor: Visitor):
    """Its pack says one workstation at a time; signing in elsewhere ends the session before, which is told why."""
    assert rules_for(principal_for(world.end_user, clock.now()), clock.now()).single_session
    account_for(world.end_user, second_factor=False)
    visitor.password(world.end_user)
    second = Visitor(app)
    second.password(world.end_user)
    assert second.is_in
    assert not visitor.is_in
    visitor.open("/sign-in")
    assert "you signed in somewhere else" in visitor.page


def test_a_password_alone_does_not_end_the_session_elsewhere(app, world: World, visitor: Visitor):
    """Only somebody who has shown everything that is asked takes the one place."""
    visitor.sign_in(world.end_user)
    Visitor(app).password(world.end_user)
    assert visitor.is_in


def test_where_no_pack_wants_one_there_may_be_several(app, vermont: World, visitor: Visitor):
    assert not rules_for(principal_for(vermont.end_user, clock.now()), clock.now()).single_session
    account_for(vermont.end_user, second_factor=False)
    visitor.password(vermont.end_user)
    second = Visitor(app)
    second.password(vermont.end_user)
    assert visitor.is_in
    assert second.is_in


def leave(person) -> None:
    with unit_of_work():
        for membership in person.memberships:
            membership.ended_at = clock.now()


def test_who_left_is_refused_at_the_next_request(world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    leave(world.end_user)
    for _ in range(2):
        response = visitor.open("/account")
        assert response.status_code == 403
        assert "Your access has ended" in visitor.page
        assert "What to do" in visitor.page
    assert visitor.submit("/account/password").status_code == 403


def test_who_left_is_refused_at_the_door(world: World, visitor: Visitor):
    account_for(world.end_user)
    leave(world.end_user)
    assert visitor.password(world.end_user).status_code == 403
    assert "Your access has ended" in visitor.page
    assert not visitor.token


def test_who_left_with_a_wrong_password_learns_nothing(world: World, visitor: Visitor):
    account_for(world.end_user)
    leave(world.end_user)
    assert visitor.password(world.end_user, "wrong").status_code == 422
    assert "access has ended" not in visitor.page


def test_who_comes_back_signs_in_again(world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    leave(world.end_user)
    visitor.open("/account")
    with unit_of_work():
        world.end_user.memberships[0].ended_at = None
    assert not visitor.is_in
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        visitor.sign_in(world.end_user)


def test_an_agency_that_ends_takes_its_people_along(world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    with unit_of_work():
        world.agency.status = AgencyStatus.ENDED
    assert visitor.open("/account").status_code == 403


def test_a_role_that_ends_is_gone_at_the_next_request(world: World, client):
    both = make_staff(world.lead, StaffRole.ADMIN)
    make_staff(world.lead, StaffRole.AGENT)
    sign_in(client, both)
    assert client.get("/sign-ins").status_code == 200
    with unit_of_work() as session:
        row = session.query(LeadStaff).filter_by(person_id=both.id).one()
        row.role = StaffRole.AGENT
    assert client.get("/sign-ins").status_code == 403


def test_a_role_that_needs_a_second_factor_asks_for_it_at_once(world: World, visitor: Visitor):
    from core.people.models import DesignationKind

    account_for(world.end_user, second_factor=False)
    visitor.password(world.end_user)
    assert visitor.is_in
    designate(world.end_user, world.agency, DesignationKind.ADMINISTRATOR)
    assert not visitor.is_in
    assert visitor.open("/sign-in").location.startswith("/sign-in/second-factor")


def test_one_ends_a_session_of_ones_own(app, vermont: World, client, visitor: Visitor):
    sign_in(client, vermont.end_user)
    other = client.get_cookie(sessions.cookie_name()).value
    visitor.sign_in(vermont.end_user)
    visitor.open("/account/sessions")
    assert "This one" in visitor.page
    assert visitor.submit(f"/account/sessions/{sessions.find(other, clock.now())[0].id}/end").status_code == 302
    assert sessions.find(other, clock.now())[0].end_reason is EndReason.ENDED_BY_PERSON
    assert client.get("/account").status_code == 302
    assert visitor.is_in


def test_another_persons_session_is_not_there(vermont: World, client, visitor: Visitor):
    sign_in(client, vermont.representative)
    theirs = sessions.find(client.get_cookie(sessions.cookie_name()).value, clock.now())[0]
    visitor.sign_in(vermont.end_user)
    assert visitor.submit(f"/account/sessions/{theirs.id}/end").status_code == 404
    assert visitor.submit("/account/sessions/999/end").status_code == 404
    assert theirs.ended_at is None
