"""Every failure of the API has one shape, and says what to do in words."""

from __future__ import annotations

import pytest
from werkzeug import exceptions

from api.schemas import Problem
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tests.support.factories import make_world
from tests.support.signing_in import api_headers

TICKETS = "/api/v1/tickets"
EXPECTED = "The body is not JSON: in line {}, column {}, expected is {}"


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", "America/Los_Angeles")


def checked(answer, status):
    """The document, once it is seen to be of the one schema and to name its own status."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.get_data(as_text=True)
    told = Problem.model_validate(answer.json)
    assert told.status == status
    assert told.detail.endswith(".")
    assert answer.json == told.model_dump(exclude_defaults=True)
    return told


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("", "The body is empty; a JSON object is expected."),
        ('{"subject" "x"}', EXPECTED.format(1, 12, "a colon between the name and its value.")),
        ('{"subject": "x"\n "text": "y"}', EXPECTED.format(2, 2, "a comma, or the bracket that closes")),
        ("{subject: 1}", EXPECTED.format(1, 2, "a name in double quotes")),
        ('{"subject": }', EXPECTED.format(1, 13, "a value: text in double quotes")),
        ('{"subject": "x', EXPECTED.format(1, 13, "the double quote that ends the text")),
        ('{"subject": "a\nb"}', EXPECTED.format(1, 15, "an escape such as \\n in place")),
        ('{"subject": "\\q"}', EXPECTED.format(1, 14, "one of ")),
        ('{"subject": "\\u12"}', EXPECTED.format(1, 15, "four hexadecimal digits")),
        ("{} {}", EXPECTED.format(1, 4, "the end of the body.")),
        (b'{"subject": "\xff"}', "The body is not JSON: byte 14 is not UTF-8 text."),
        ('{"agency_id": ' + "9" * 5000 + "}", "The body is not JSON: a number in it has too many digits."),
        ("[" * 100_000, "The body is not usable: its lists and objects are nested too deeply."),
    ],
)
def test_broken_json_is_told_with_its_place_and_what_was_expected(client, world, sent, told):
    answer = client.post(TICKETS, data=sent, headers=api_headers(world.end_user), content_type="application/json")
    found = checked(answer, 400)
    assert (found.code, found.detail[: len(told)]) == ("not-json", told)


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"text": "y"}, "subject", "`subject` is missing."),
        ({"subject": " ", "text": "y"}, "subject", "`subject` is empty."),
        ({"subject": "x" * 301, "text": "y"}, "subject", "`subject` is longer than 300 characters."),
        ({"subject": "a\0b", "text": "y"}, "subject", "`subject` has a control character, which cannot be stored."),
        ({"subject": "x", "text": 7}, "text", "`text` must be text."),
        ({"subject": "x", "text": "y", "agency_id": "z"}, "agency_id", "`agency_id` must be a whole number."),
        ({"subject": "x", "text": "y", "agency_id": 0}, "agency_id", "`agency_id` must be 1 or more."),
        ({"subject": "x", "text": "y", "tier": "z"}, "tier", "`tier` is not among the fields that this takes."),
        ([], "", "The body must be a JSON object, between { and }."),
        ({}, "subject", "`subject` is missing. 1 more in `errors`."),
    ],
)
def test_a_field_that_cannot_be_used_is_named(client, world, sent, field, told):
    found = checked(client.post(TICKETS, json=sent, headers=api_headers(world.end_user)), 422)
    assert (found.code, found.field, found.detail) == ("invalid", field, told)
    assert found.errors[0].field == field


def test_a_choice_that_is_not_there_is_told_with_those_that_are(client, world):
    answer = client.get(TICKETS, query_string={"tier": "moon"}, headers=api_headers(world.end_user))
    assert "`tier` must be one of 'agency-administrator', 'hmis-lead'" in checked(answer, 422).detail


def test_what_any_address_can_answer_has_the_same_shape(app, client, world, monkeypatch):
    mine = api_headers(world.end_user)
    unsigned = client.get(TICKETS)
    assert checked(unsigned, 401).code == "sign-in"
    assert unsigned.headers["WWW-Authenticate"] == "Bearer"
    assert checked(client.post("/api/v1/access-requests", json={}, headers=mine), 403).code == "forbidden"
    assert checked(client.get(f"{TICKETS}/999999", headers=mine), 404).code == "not-found"
    assert checked(client.get("/api/v1/nothing-here", headers=mine), 404).code == "not-found"
    for no_row in (0, 10**18, 2**64):
        assert checked(client.put(f"/api/v1/articles/{no_row}", headers=mine), 404).code == "not-found"
    wrong = client.delete(TICKETS, headers=mine)
    assert checked(wrong, 405).code == "method"
    assert "POST" in wrong.headers["Allow"]
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10)
    assert checked(client.post(TICKETS, json={"subject": "x" * 100}, headers=mine), 413).code == "too-large"


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Invalid("No.", "Do this.", field="subject", rule="MO-HD-5"), 422, "invalid"),
        (Conflict("No."), 409, "conflict"),
        (Forbidden("No."), 403, "forbidden"),
        (NotFound("No."), 404, "not-found"),
        (exceptions.TooManyRequests(retry_after=60), 429, "slow-down"),
        (exceptions.ServiceUnavailable(), 503, "unavailable"),
        (exceptions.BadRequest(), 400, "bad-request"),
        (exceptions.Gone(), 410, "error"),
        (ZeroDivisionError("a secret"), 500, "unexpected"),
    ],
)
def test_whatever_is_raised_has_the_same_shape(app, raised, status, code):
    with app.test_request_context(TICKETS):
        answer = app.make_response(app.handle_user_exception(raised))
    told = checked(answer, status)
    assert told.code == code
    assert (status == 500) == bool(told.reference)
    assert "a secret" not in answer.get_data(as_text=True)
    assert answer.headers.get("Retry-After") == ("60" if status == 429 else None)
    if code == "invalid":
        assert (told.advice, told.field, told.rule) == ("Do this.", "subject", "MO-HD-5")
