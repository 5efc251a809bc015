"""A temporary HMIS password by API: in this one answer, and kept nowhere."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask import after_this_request

from api.blueprint import bp, failures, idempotency_key
from api.schemas import Given, Model, Short
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from licensing.credentials import queries, services
from licensing.credentials.permissions import Permission as P
from licensing.credentials.rules import Channel
from licensing.credentials.services import Wanted


class CredentialGiven(Given):
    user_name: Short
    name_by: Channel
    secret_by: Channel


class CredentialMade(Model):
    """`password` stands in this answer only. By `mail`, the user name is sent; the password is the caller's to tell."""

    id: int
    license_id: int
    user_name: str
    name_by: Channel
    secret_by: Channel
    made_at: datetime
    password: str


@bp.post("/licenses/<int:license_id>/credentials")
@requires(P.MAKE)
@bp.input(CredentialGiven, arg_name="given")
@bp.output(CredentialMade, status_code=201)
@bp.doc(
    tags=["Licenses"], summary="Make a temporary HMIS password, which is told once", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def make_credential(license_id: int, given: CredentialGiven) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        held = queries.license_to_make_for(principal, license_id, lock=True)
        told = Wanted(given.user_name, given.name_by, given.secret_by, once)
        row, password = services.make(held, told, principal, clock.now())
    after_this_request(_keep_out_of_caches)
    plain = ("id", "license_id", "user_name", "name_by", "secret_by", "made_at")
    return {**{name: getattr(row, name) for name in plain}, "password": password}


def _keep_out_of_caches(response: Any) -> Any:
    response.headers["Cache-Control"] = "no-store"
    return response
