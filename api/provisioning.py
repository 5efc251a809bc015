"""What the vendor is told of licenses by SCIM: by API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures
from api.schemas import Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from licensing.provisioning import queries, services
from licensing.provisioning.models import AccountChange
from licensing.provisioning.permissions import Permission as P
from licensing.provisioning.rules import SendState

TAG = "HMIS accounts"


class AccountChangeOut(Model):
    """`license_id` is the license that changed last, `last_error` what was in the way the last time; `dead`: it is not
    tried again by itself."""

    id: int
    person_id: int
    license_id: int
    why: str
    state: SendState
    at: datetime
    next_at: datetime
    attempts: int
    sent_at: datetime | None
    last_error: str


class AccountChanges(Paging):
    items: list[AccountChangeOut]


class AccountChangeQuery(Listing):
    state: SendState | None = None


@bp.get("/account-changes")
@requires(P.KEEP)
@bp.input(AccountChangeQuery, location="query")
@bp.output(AccountChanges)
@bp.doc(tags=[TAG], summary="What the vendor is told, the latest first", security="bearer", responses=failures(422))
def list_account_changes(query_data: AccountChangeQuery) -> Any:
    query = queries.changes(current_principal(), MultiDict({"state": query_data.state or ""}))
    page = page_of(query, [AccountChange.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/account-changes/<int:account_change_id>/again")
@requires(P.KEEP)
@bp.output(AccountChangeOut)
@bp.doc(tags=[TAG], summary="Send what was given up again", security="bearer", responses=failures(404, 409))
def send_account_change_again(account_change_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_change(current_principal(), account_change_id)
        services.again(row, clock.now())
    return row
