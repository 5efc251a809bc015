"""Accounts at a vendor that speaks SCIM 2.0, against a small server of the tests' own."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from config import Config, ConfigError
from core import clock
from core.db import db, unit_of_work
from core.events import publish
from licensing.access.holds import hold, lift
from licensing.access.models import HoldKind, License
from licensing.access.services import end_license
from licensing.events import LicenseActivated
from licensing.provisioning import client as scim
from licensing.provisioning import rules, services
from licensing.provisioning.client import NotAllowed, Server, is_public
from licensing.provisioning.models import AccountChange, VendorAccount
from licensing.provisioning.rules import LONGEST_RETRY, MOST_TRIES, Outcome, SendState
from tests.conftest import NOON
from tests.licensing.acting import give_license, words
from tests.support.factories import join, make_world
from tests.support.signing_in import api_headers, sign_in

TOKEN = "vendor-token-of-the-tests"


class Vendor:
    """What the server has, what it was asked, and how it fails next: statuses, or "silence"."""

    def __init__(self) -> None:
        self.users, self.asked, self.failures, self.headers = {}, [], [], {}

    def answer(self, method, path, body):
        if method == "GET":
            wanted = re.search(r'externalId eq "([^"]+)"', parse_qs(urlsplit(path).query)["filter"][0]).group(1)
            found = [one for one in self.users.values() if one["externalId"] == wanted]
            return 200, {"totalResults": len(found), "Resources": found}
        number = path.rpartition("/")[2]
        if method == "POST":
            if any(one["userName"] == body["userName"] for one in self.users.values()):
                return 409, {"detail": "userName is taken"}
            number = f"u{len(self.users) + 1}"
            self.users[number] = {**body, "id": number}
            return 201, self.users[number]
        if number not in self.users:
            return 404, {}
        if method == "PUT":
            self.users[number] = {**body, "id": number}
        else:
            self.users[number]["active"] = body["Operations"][0]["value"]
        return 200, self.users[number]


class Handler(BaseHTTPRequestHandler):
    def handle_one(self):
        vendor = self.server.vendor
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        vendor.asked.append((self.command, self.path, body, self.headers["Authorization"]))
        failure = vendor.failures.pop(0) if vendor.failures else None
        if failure == "silence":
            self.server.hush.wait(2)
            self.close_connection = True
            return
        lost = failure == "lost"
        status, told = (failure, {"detail": "Not now."}) if isinstance(failure, int) else vendor.answer(
            self.command, self.path, body
        )  # fmt: skip
        if lost:
            self.close_connection = True
            return
        data = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {**vendor.headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


for _method in ("GET", "POST", "PUT", "PATCH"):
    setattr(Handler, f"do_{_method}", Handler.handle_one)


@pytest.fixture
def vendor(app, at_noon):
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.vendor, running.hush, running.daemon_threads = Vendor(), threading.Event(), True
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    before = app.config["HEARTHDESK"]
    url = f"http://127.0.0.1:{running.server_port}/scim/v2"
    app.config["HEARTHDESK"] = replace(before, scim_url=url, scim_token=TOKEN)
    yield running.vendor
    app.config["HEARTHDESK"] = before
    running.hush.set()
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def world(vendor):
    return make_world("missouri")


@pytest.fixture
def held(world):
    row = give_license(world.end_user, world.agency)
    with unit_of_work():
        publish(LicenseActivated(row.id, row.agency_id, row.person_id, clock.now()))
    return row


def changes() -> list[AccountChange]:
    db.session.expire_all()
    return list(db.session.scalars(select(AccountChange).order_by(AccountChange.id)))


def change(held, act, *args):
    with unit_of_work() as session:
        act(session.get_one(License, held.id, with_for_update=True), *args)


def methods(vendor) -> list[str]:
    return [method for method, *_ in vendor.asked]


def test_an_account_is_made_suspended_given_back_and_switched_off(vendor, held):
    assert services.send_all() == 1
    [user] = vendor.users.values()
    assert (user["displayName"], user["active"]) == ("Erin Doyle", True)
    assert user["externalId"] == rules.external_id(held.person_id)
    assert user[rules.ENTERPRISE] == {"organization": "Harbor House"}
    assert user["entitlements"] == [{"value": "Harbor House", "type": "agency"}]
    change(held, hold, HoldKind.TRAINING, "test", "Late.", NOON)
    services.send_all()
    assert vendor.users["u1"]["active"] is False
    change(held, lift, HoldKind.TRAINING, NOON)
    services.send_all()
    assert vendor.users["u1"]["active"] is True
    change(held, end_license, NOON, "left")
    assert services.send_all() == 1
    assert vendor.users["u1"]["active"] is False
    assert methods(vendor) == ["GET", "POST", "PATCH", "PUT", "PATCH"]
    assert {authorization for *_, authorization in vendor.asked} == {f"Bearer {TOKEN}"}
    assert db.session.get_one(VendorAccount, (held.lead_id, held.person_id)).is_active is False
    assert services.send_all() == 0


def test_several_changes_before_the_job_are_one_and_the_last_counts(vendor, held):
    change(held, hold, HoldKind.TRAINING, "test", "Late.", NOON)
    assert len(changes()) == 1
    assert services.send_all() == 1
    assert vendor.users == {}, "an account that is to be off, and is not there, needs nothing"


def test_a_change_that_is_undone_leaves_nothing_to_send(vendor, world):
    row = give_license(world.end_user, world.agency)
    with pytest.raises(RuntimeError), unit_of_work():
        publish(LicenseActivated(row.id, row.agency_id, row.person_id, clock.now()))
        raise RuntimeError
    assert changes() == []


@pytest.mark.parametrize("failure", [429, 500, 503, 401, "lost", "silence"])
def test_what_may_pass_is_tried_again_and_makes_one_account(vendor, held, travel, monkeypatch, failure):
    monkeypatch.setattr(scim, "TIMEOUT", 0.3)
    vendor.failures = [None, failure]
    assert services.send_all() == 0
    [row] = changes()
    assert (row.state, row.attempts, row.next_at) == (SendState.PENDING, 1, NOON + timedelta(seconds=30))
    assert row.last_error
    assert TOKEN not in row.last_error
    travel(NOON + timedelta(seconds=29))
    assert services.send_all() == 0
    travel(NOON + timedelta(seconds=30))
    assert services.send_all() == 1
    assert list(vendor.users) == ["u1"], "made the first time and never answered: the external id finds it"
    assert changes()[0].last_error == ""


def test_the_vendor_s_own_wait_counts(vendor, held):
    vendor.failures, vendor.headers = [429], {"Retry-After": "600"}
    services.send_all()
    assert changes()[0].next_at == NOON + timedelta(seconds=600)


def test_what_is_refused_is_given_up_at_once_and_sent_again_by_hand(client, vendor, world, held):
    vendor.failures = [None, 400]
    services.send_all()
    [row] = changes()
    assert (row.state, row.last_error) == (SendState.DEAD, "The vendor answered 400: Not now.")
    page = words(sign_in(client, world.admin).get("/provisioning?state=dead"))
    assert "The vendor answered 400" in page
    assert TOKEN not in page
    assert client.post(f"/provisioning/{row.id}/again").status_code == 302
    assert client.post(f"/provisioning/{row.id}/again").status_code == 409
    assert services.send_all() == 1
    headers = api_headers(world.admin)
    [told] = client.get("/api/v1/account-changes?state=sent", headers=headers).json["items"]
    assert told["license_id"] == held.id
    assert client.post(f"/api/v1/account-changes/{row.id}/again", headers=headers).status_code == 409


def test_after_the_last_try_it_is_given_up(vendor, held, travel):
    at = NOON
    for _ in range(MOST_TRIES):
        vendor.failures = [500]
        services.send_all()
        at += LONGEST_RETRY
        travel(at)
    assert (changes()[0].state, changes()[0].attempts) == (SendState.DEAD, MOST_TRIES)
    assert services.send_all() == 0


def test_a_sender_that_dies_is_followed_by_another(vendor, held, travel):
    assert services._claim(NOON) is not None
    assert services.send_all() == 0
    change(held, hold, HoldKind.TRAINING, "test", "Late.", NOON)
    assert services.send_all() == 0, "never two of one person at a time"
    travel(NOON + services.LEASE + timedelta(seconds=1))
    assert services.send_all() == 1
    assert [row.state for row in changes()] == [SendState.OVERTAKEN, SendState.SENT]


def test_an_account_that_is_gone_over_there_is_made_anew(vendor, held):
    services.send_all()
    vendor.users.clear()
    change(held, hold, HoldKind.TRAINING, "test", "Late.", NOON)
    change(held, lift, HoldKind.TRAINING, NOON)
    assert services.send_all() == 1
    assert [one["active"] for one in vendor.users.values()] == [True]


def test_somebody_else_s_user_name_is_no_account_of_ours(vendor, world, held):
    vendor.users["x"] = {"userName": world.end_user.email, "externalId": "else", "id": "x", "active": False}
    services.send_all()
    assert changes()[0].state is SendState.DEAD
    assert vendor.users["x"]["active"] is False


def test_without_a_server_nothing_is_written(app, at_noon):
    world = make_world("missouri")
    row = give_license(world.end_user, world.agency)
    with unit_of_work():
        publish(LicenseActivated(row.id, row.agency_id, row.person_id, clock.now()))
    assert (changes(), services.send_all()) == ([], 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://hmis.example.org/scim",
        "https://127.0.0.1/scim",
        "https://localhost/scim",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/scim",
        "https://[::1]/scim",
        "https://[::ffff:127.0.0.1]/scim",
        "https:///scim",
    ],
)
def test_an_address_inside_is_not_talked_to(url):
    with pytest.raises(NotAllowed):
        Server(url, TOKEN).found("x")


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("8.8.8.8", True),
        ("192.168.1.1", False),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("100.64.0.1", False),
    ],
)
def test_which_addresses_are_of_the_open_internet(address, is_open):
    assert is_public(address) is is_open


def test_the_token_is_never_shown_and_an_address_without_one_is_refused(vendor, app):
    assert TOKEN not in repr(app.config["HEARTHDESK"])
    assert TOKEN not in repr(services.server())
    with pytest.raises(ConfigError, match="HEARTHDESK_SCIM_TOKEN"):
        Config.from_env({"HEARTHDESK_SCIM_URL": "https://hmis.example.org", "HEARTHDESK_MODE": "test"})
    with pytest.raises(ConfigError, match="no web address"):
        Config.from_env({"HEARTHDESK_SCIM_URL": "ftp://x", "HEARTHDESK_SCIM_TOKEN": "t", "HEARTHDESK_MODE": "test"})


@given(st.integers(0, 10_000), st.text(max_size=12))
def test_waits_are_bounded_whatever_the_vendor_says(attempts, said):
    assert timedelta(seconds=30) <= rules.wait(attempts, said) <= LONGEST_RETRY


@given(st.integers(100, 599))
def test_every_status_has_a_meaning(status):
    assert (rules.judged(status) is Outcome.DONE) is (status // 100 == 2)


def test_a_change_that_comes_while_the_sender_takes_an_earlier_one_is_not_lost(app, vendor, held):
    """An account whose license is suspended in that moment must not stay on."""
    number, sent = held.id, []

    def sending():
        with app.app_context():
            sent.append(services.send_all())

    with unit_of_work() as session:
        hold(session.get_one(License, number, with_for_update=True), HoldKind.BREACH, "test", "Shared.", NOON)
        thread = threading.Thread(target=sending)
        thread.start()
        thread.join(10)
    assert sent == [0], "what waits is held until the change is written"
    services.send_all()
    assert not any(user["active"] for user in vendor.users.values())
    assert [row.why for row in changes()] == ["held"]


def test_a_change_after_many_failures_is_due_at_once(vendor, held, travel):
    vendor.failures = [503] * 6
    for _ in range(6):
        travel(changes()[0].next_at)
        services.send_all()
    [row] = changes()
    assert row.next_at > clock.now() + timedelta(minutes=10)
    change(held, end_license, clock.now(), "left")
    [row] = changes()
    assert (row.attempts, row.next_at <= clock.now()) == (0, True)


def test_an_answer_that_is_nested_without_end_says_nothing():
    assert scim._json(b'{"a":' + b"[" * 200_000) == {}


def test_whoever_comes_back_has_their_account_again(vendor, world, held):
    services.send_all()
    change(held, end_license, NOON, "left")
    services.send_all()
    assert vendor.users["u1"]["active"] is False
    back = given_to(world.end_user, world.agency)
    assert services.send_all() == 1
    [user] = vendor.users.values()
    assert user["active"] is True
    with unit_of_work():
        services._note(held.id, "ended", clock.now())
    services.send_all()
    assert vendor.users["u1"]["active"], "the license that ended says nothing of it any more"
    change(back, end_license, NOON, "left")
    services.send_all()
    assert vendor.users["u1"]["active"] is False


def given_to(person, agency, level=""):
    row = give_license(person, agency)
    with unit_of_work():
        row.level = level
        publish(LicenseActivated(row.id, row.agency_id, row.person_id, clock.now()))
    return row


def test_whoever_works_for_two_agencies_has_one_account_with_what_each_license_gives(vendor, world, held):
    services.send_all()
    join(world.end_user, world.other_agency)
    other = given_to(world.end_user, world.other_agency, "reports")
    assert services.send_all() == 1
    [user] = vendor.users.values()
    assert user[rules.ENTERPRISE] == {"organization": "Harbor House"}
    assert [one["value"] for one in user["entitlements"]] == ["Harbor House", "Casa Sol"]
    assert user["roles"] == [{"value": "reports", "display": "reports at Casa Sol", "primary": True}]
    change(held, end_license, NOON, "left")
    services.send_all()
    [user] = vendor.users.values()
    assert user["active"] is True, "one of the two is left"
    assert [one["value"] for one in user["entitlements"]] == ["Casa Sol"]
    change(other, hold, HoldKind.TRAINING, "test", "Late.", NOON)
    services.send_all()
    assert vendor.users["u1"]["active"] is False
    assert len(vendor.users) == 1


def test_a_name_with_a_role_is_not_said_where_the_pack_has_no_levels():
    plain = rules.Account("x", "a@b.example", "Cher", (rules.Grant("Harbor House", ""),)).resource()
    assert "roles" not in plain
    assert plain["name"] == {"formatted": "Cher", "givenName": "Cher", "familyName": "Cher"}
    off = rules.Account("x", "a@b.example", "Cher", ()).resource()
    assert off["active"] is False
    assert "entitlements" not in off
