"""An address that mail cannot be written to is refused wherever one is given, with what to do, and stays as typed."""

from __future__ import annotations

import pytest

from core.accounts import services
from core.db import unit_of_work
from core.errors import Invalid
from core.people.addresses import usable
from core.people.services import person_by_email
from tests.accounts.visitor import Visitor
from tests.licensing import acting
from tests.support.factories import World
from tests.support.signing_in import PASSWORD, api_headers, sign_in

ZOE = "zoë@agency.org"
TOLD = "Mail cannot be sent to an address with accents or other scripts before the @; give one with plain letters"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("l.chen@agency.test", "l.chen@agency.test"),
        (" L.Chen+hmis@Agency.org ", "L.Chen+hmis@Agency.org"),
        ("lena@bücher.example", "lena@xn--bcher-kva.example"),
        ("lena@BÜCHER.example", "lena@xn--bcher-kva.example"),
        ("lena@xn--bcher-kva.example", "lena@xn--bcher-kva.example"),
        ("lena@例え.jp", "lena@xn--r8jz45g.jp"),
    ],
)
def test_what_is_kept_is_ascii(typed: str, kept: str):
    assert usable(typed) == kept


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (ZOE, TOLD),
        ("ленa@agency.org", TOLD),
        ("ｌena@agency.org", TOLD),
        ("lena", "does not look like"),
        ("lena@agency", "does not look like"),
        ("a@b.test Bcc: x@y.test", "does not look like"),
        ("é" * 10, "no name of a mail server"),
        ("lena@exa\u200bmple.org", "no name of a mail server"),
        ("lena@bü..example", "no name of a mail server"),
        ("a" * 60 + "@" + "b" * 250 + ".org", "does not look like"),
    ],
)
def test_what_is_refused(typed: str, told: str):
    with pytest.raises(Invalid) as refusal:
        usable(typed)
    assert told in refusal.value.message


def test_an_access_request_by_page_and_by_api(client, world: World):
    page = acting.ask(client, world.representative, acting.asked(world.project, email=ZOE))
    assert (page.status_code, TOLD in acting.words(page), ZOE in page.text) == (422, True, True)
    given = {
        "agency_id": world.agency.id,
        "name": "Zoë Lenz",
        "email": ZOE,
        "employment": "paid-staff",
        "is_of_age": True,
        "project_ids": [world.project.id],
    }
    headers = api_headers(world.representative)
    answer = client.post("/api/v1/access-requests", json=given, headers=headers)
    assert (answer.status_code, answer.json["field"]) == (422, "email")
    assert answer.json["detail"].startswith(TOLD)
    taken = client.post("/api/v1/access-requests", json={**given, "email": "zoe@bücher.example"}, headers=headers)
    assert (taken.status_code, taken.json["email"]) == (201, "zoe@xn--bcher-kva.example")


def test_a_caller(client, world: World):
    sign_in(client, world.agent)
    caller = {"channel": "phone", "name": "Zoë", "address": ZOE, "subject": "S", "text": "T", "category": "other"}
    page = client.post("/tickets/new", data=caller)
    assert (page.status_code, TOLD in acting.words(page), ZOE in page.text) == (422, True, True)


@pytest.mark.parametrize("path", ["/sign-in", "/forgot-password"])
def test_at_the_door(visitor: Visitor, world: World, path: str):
    visitor.submit(path, email=ZOE, password=PASSWORD)
    assert TOLD in visitor.page
    assert ZOE in visitor.page


def test_an_address_in_another_script_finds_whom_it_belongs_to(visitor: Visitor, world: World):
    with unit_of_work():
        world.end_user.email = "erin@xn--bcher-kva.example"
        services.account_for(world.end_user, world.end_user.created_at)
    assert person_by_email("Erin@Bücher.example") is world.end_user
    assert person_by_email(ZOE) is None
