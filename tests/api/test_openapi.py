"""The document is OpenAPI 3.1, and the service keeps to it whatever it is sent."""

from __future__ import annotations

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, given, note, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.factories import make_world
from tests.support.signing_in import api_headers

FEW, MANY = 3, 30
ROLES = ["end_user", "representative", "administrator", "director", "agent", "manager"]
NAME = re.compile(r"[A-Za-z0-9._-]+")
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", "America/Los_Angeles")


PUBLIC = {("get", "/api/v1/partners")}


def test_the_document_is_openapi_31_and_names_a_failure_for_each_operation(client):
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if (method, path) in PUBLIC:
                assert not operation.get("security"), (method, path)
                assert "422" in operation["responses"], (method, path)
                continue
            assert {"401", "403"} <= operation["responses"].keys(), (method, path)
            assert operation["security"] == [{"bearer": []}], (method, path)


def test_every_failure_is_of_one_named_schema(client):
    document = client.get("/api/v1/openapi.json").json
    schemas = document["components"]["schemas"]
    assert all(NAME.fullmatch(name) for name in schemas), sorted(schemas)
    assert {"type", "title", "status", "code", "detail"} <= set(schemas["Problem"]["required"])
    assert "#/components/schemas/FieldProblem" in str(schemas["Problem"])
    assert "HTTPError" not in schemas
    for operations in document["paths"].values():
        for operation in operations.values():
            failures = [answer for status, answer in operation["responses"].items() if status >= "400"]
            assert all(answer["content"] == PROBLEM for answer in failures), operation


def test_no_request_breaks_it(app, world):
    """Catalogue 50: for each role, generated requests get an answer that the document describes, never a 5xx."""
    _fuzz_all(app, world, FEW)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_no_request_of_many_breaks_it(app, world):
    """The same with ten times as many requests, which takes minutes."""
    _fuzz_all(app, world, MANY)


def whole(app):
    """The application with each answer read to its end: the fuzzer leaves files that it was sent open."""

    def answering(environ, start_response):
        answer = app(environ, start_response)
        try:
            return list(answer)
        finally:
            getattr(answer, "close", lambda: None)()

    return answering


def _fuzz_all(app, world, cases):
    """What costs is to find out what fits an operation, so that each request is sent as every role."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", whole(app))
    everybody = {role: api_headers(getattr(world, role)) for role in ROLES}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        _fuzz(result.ok(), everybody, cases)


def _fuzz(operation, everybody, cases):
    """A request can fit the document and still break a rule of the community's ("left already"), and its 422 says
    which; so "a fitting request is always taken" is the one check that is left out."""

    @settings(
        max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(case=operation.as_strategy())
    def run(case):
        for role, headers in everybody.items():
            note(role)
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    run()
