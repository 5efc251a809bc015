"""One's own pages: details, tokens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.accounts import tokens
from core.accounts.models import ApiToken
from core.accounts.visits import load_principal
from core.audit import AuditEvent
from core.authz import Principal, principal_for
from core.db import db, unit_of_work
from core.people.models import StaffRole
from core.people.permissions import Permission
from licensing.departures.permissions import Permission as Departures
from tests.accounts.visitor import Visitor
from tests.support.factories import World, make_staff
from tests.support.signing_in import PASSWORD, account_for, api_headers, sign_in


def test_zone_and_phone(world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    visitor.open("/account")
    assert visitor.submit("/account", phone="+1 802 555 0100", tz="America/Denver").location == "/account"
    assert world.end_user.tz == "America/Denver"
    visitor.open("/account")
    assert "Denver" in visitor.page
    assert visitor.submit("/account", phone="", tz="Mars/Olympus").status_code == 422
    visitor.submit("/account", phone="", tz="")
    assert world.end_user.tz == ""


def test_a_field_no_form_offers_is_ignored(world: World, visitor: Visitor):
    visitor.sign_in(world.end_user)
    email, name = world.end_user.email, world.end_user.name
    visitor.submit("/account", phone="1", tz="", email="admin@evil.test", name="Somebody Else", id="1", person_id="2")
    assert (world.end_user.email, world.end_user.name) == (email, name)


def test_the_page_says_what_binds_and_by_which_rule(vermont: World, client):
    sign_in(client, vermont.end_user)
    page = client.get("/account").text
    assert "3 wrong tries in a row lock your account until an administrator unlocks it" in page
    assert "VT-LI-7" in page


def principal_of(
    app: Flask, headers: dict[str, str], path: str = "/api/v1/me", method: str = "GET"
) -> Principal | None:
    with app.test_request_context(path, method=method, headers=headers):
        return load_principal()


def make(visitor: Visitor, *scopes: str, **fields: object) -> str:
    data = {"name": "Nightly export", "scopes": list(scopes), "days": 30, "current": PASSWORD, **fields}
    visitor.submit("/account/tokens", **data)
    found = re.search(r'id="new-token">(hd_\w+)<', visitor.page)
    return found.group(1) if found else ""


def test_a_token_is_shown_once_and_kept_as_a_hash(world: World, visitor: Visitor):
    visitor.sign_in(world.representative)
    token = make(visitor, Departures.VIEW)
    assert token
    visitor.open("/account/tokens")
    assert token not in visitor.page
    assert token[:8] in visitor.page
    assert token.encode() not in db.session.scalars(select(ApiToken.token_hash)).one()
    trail = str([(e.action, e.data) for e in db.session.scalars(select(AuditEvent))])
    assert "account.token-created" in trail
    assert token not in trail


def test_a_token_is_never_worth_more_than_its_owner(app, world: World, visitor: Visitor):
    visitor.sign_in(world.representative)
    assert not make(visitor, Permission.AUDIT_VIEW)
    assert not make(visitor)
    assert not make(visitor, Departures.VIEW, current="wrong")
    assert not make(visitor, Departures.VIEW, days=36500)
    owner = principal_for(world.representative, clock.now())
    headers = api_headers(world.representative, Departures.VIEW)
    principal = principal_of(app, headers)
    assert principal.person_id == owner.person_id
    assert principal.can(Departures.VIEW)
    assert owner.can(Permission.DEADLINE_VIEW)
    assert not principal.can(Permission.DEADLINE_VIEW)
    with unit_of_work():
        world.representative.memberships[0].ended_at = clock.now()
    assert principal_of(app, headers) is None


def offered(visitor: Visitor) -> set[str]:
    visitor.open("/account/tokens")
    return set(re.findall(r'name="scopes"[^>]*value="([^"]+)"', visitor.page))


def test_what_is_offered_is_what_the_api_asks_for(app, world: World):
    """Nothing that no operation needs, and nothing that one needs is left out for whoever may do it."""
    asked_for = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/"):
            asked_for |= app.view_functions[rule.endpoint].permissions - {"public", "signed-in"}
    seated = make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Cora Bly")
    seen = set()
    for person in (*world.by_role().values(), seated):
        visitor = Visitor(app)
        visitor.sign_in(person)
        found = offered(visitor)
        own = {p for p in asked_for if principal_for(person, clock.now()).can(p)}
        assert found == own, person.name
        seen |= found
    assert seen == asked_for


def test_a_scope_that_the_api_never_asks_for_is_refused(world: World, visitor: Visitor):
    visitor.sign_in(world.representative)
    assert principal_for(world.representative, clock.now()).can(Permission.PEOPLE_VIEW)
    assert not make(visitor, Permission.PEOPLE_VIEW)


def test_a_token_works_on_the_api_only(app, world: World, client):
    headers = api_headers(world.representative)
    assert principal_of(app, headers, "/account") is None
    assert client.get("/account", headers=headers).status_code == 302


def test_a_cookie_reads_on_the_api_and_never_writes(app, world: World, client):
    sign_in(client, world.representative)
    cookie = {"Cookie": f"hearthdesk-sign-in={client.get_cookie('hearthdesk-sign-in').value}"}
    assert principal_of(app, cookie).person_id == world.representative.id
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert principal_of(app, cookie, method=method) is None


@pytest.mark.parametrize("header", ["Bearer hd_nonsense", "Bearer ", "Basic aGQ6eA==", "Bearer a\x00b", "hd_x"])
def test_nonsense_is_nobody(app, world: World, header: str):
    assert principal_of(app, {"Authorization": header}) is None


@pytest.mark.parametrize(("seconds", "works"), [(-1, True), (0, False), (1, False)])
def test_a_token_ends_on_its_day(app, world: World, seconds: int, works: bool):
    headers = api_headers(world.representative)
    with clock.frozen(clock.now() + timedelta(days=30, seconds=seconds)):
        assert (principal_of(app, headers) is not None) is works


def test_revoking(app, world: World, visitor: Visitor):
    headers = api_headers(world.representative)
    row = db.session.scalars(select(ApiToken)).one()
    visitor.sign_in(world.end_user)
    assert visitor.submit(f"/account/tokens/{row.id}/revoke").status_code == 404
    assert principal_of(app, headers)
    other = Visitor(app)
    other.sign_in(world.representative)
    assert other.submit(f"/account/tokens/{row.id}/revoke").status_code == 302
    assert principal_of(app, headers) is None
    assert tokens.active(row.account_id, clock.now()) == []


def test_when_it_was_last_used_is_known(app, world: World):
    headers = api_headers(world.representative)
    principal_of(app, headers)
    assert db.session.scalars(select(ApiToken.last_used_at)).one() == clock.now()


def test_somebody_who_must_enrol_has_no_working_token(app, world: World):
    headers = api_headers(world.agent)
    assert principal_of(app, headers)
    with unit_of_work():
        account_for(world.agent).totp_confirmed_at = None
    assert principal_of(app, headers) is None


def test_twenty_tokens_are_enough(world: World, visitor: Visitor):
    for _ in range(tokens.MOST):
        api_headers(world.representative)
    visitor.sign_in(world.representative)
    assert not make(visitor, Departures.VIEW)
    assert "already have 20 tokens" in visitor.page
