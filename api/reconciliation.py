"""The HMIS's list of users against the licenses: by API."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Long, Model, Paging, Short
from core import clock
from core.authz import current_principal, requires
from core.closures.queries import lead_of
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from core.paging import page_of
from licensing.reconciliation import queries, services
from licensing.reconciliation.models import Finding, Reconciliation
from licensing.reconciliation.permissions import Permission as P
from licensing.reconciliation.rules import Columns, Field, FindingState, ImportState, Kind, Vendor
from licensing.reconciliation.services import Brought

TAG = "HMIS accounts"
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=PLAIN)]
Level = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=PLAIN)]


class AccountListOut(Model):
    """`counts` are the findings by kind in a preview; once committed, what became of them."""

    id: int
    vendor: Vendor
    state: ImportState
    accounts: int
    counts: dict[str, int]
    notes: list[str]
    at: datetime
    committed_at: datetime | None


class AccountLists(Paging):
    items: list[AccountListOut]


class AccountListGiven(Given):
    """`content` is the file, CSV or .xlsx, in Base64."""

    name: Short
    content: Annotated[str, StringConstraints(min_length=1, max_length=60_000_000)]


class AccountFindingOut(Model):
    """`due_at` is the last instant on time; `evidence` is what was seen when it was settled, or why it is gone."""

    id: int
    kind: Kind
    state: FindingState
    coc_id: int | None
    agency_id: int | None
    person_id: int | None
    license_id: int | None
    email: str
    account: str
    name: str
    agency_said: str
    said_level: str
    last_login: datetime | None
    at: datetime
    due_at: datetime
    rule: str
    closed_at: datetime | None
    evidence: str


class AccountFindings(Paging):
    items: list[AccountFindingOut]


class AccountFindingQuery(Listing):
    kind: Kind | None = None
    state: FindingState | None = None
    agency_id: Id | None = None


class FindingSettled(Given):
    evidence: Long


class AccountColumnsGiven(Given):
    """`titles` are the columns' own titles by field; `levels` is which level of yours each of the HMIS's is."""

    vendor: Vendor
    titles: dict[Field, Title] = {}
    levels: dict[Level, Level] = {}


class AccountColumnsOut(Model):
    vendor: Vendor
    titles: dict[str, str]
    levels: dict[str, str]


@bp.get("/reconciliations")
@requires(P.COMPARE)
@bp.input(Listing, location="query")
@bp.output(AccountLists)
@bp.doc(tags=[TAG], summary="Lists of HMIS users, the latest first", security="bearer", responses=failures(422))
def list_reconciliations(query_data: Listing) -> Any:
    query = queries.lists(current_principal())
    page = page_of(query, [Reconciliation.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/reconciliations")
@requires(P.COMPARE)
@bp.input(AccountListGiven, arg_name="given")
@bp.output(AccountListOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Bring a list; nothing follows before it is committed", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def bring_reconciliation(given: AccountListGiven) -> Any:
    principal = current_principal()
    try:
        content = base64.b64decode(given.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("This is no Base64.", "Send the file's bytes in Base64.", field="content") from error
    brought = Brought(content, given.name, idempotency_key() or secrets.token_urlsafe(16))
    with unit_of_work():
        return services.bring(lead_of(principal, P.COMPARE), brought, principal, clock.now())


@bp.get("/reconciliations/<int:accounts_id>")
@requires(P.COMPARE)
@bp.output(AccountListOut)
@bp.doc(tags=[TAG], summary="A list, and what it says", security="bearer", responses=failures(404))
def show_reconciliation(accounts_id: int) -> Any:
    return queries.visible_list(current_principal(), accounts_id)


@bp.post("/reconciliations/<int:accounts_id>/commit")
@requires(P.COMPARE)
@bp.output(AccountListOut)
@bp.doc(tags=[TAG], summary="Open and close what differs", security="bearer", responses=failures(404, 409))
def commit_reconciliation(accounts_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_list(current_principal(), accounts_id, lock=True)
        services.accept(row, clock.now())
    return queries.visible_list(current_principal(), accounts_id)


@bp.post("/reconciliations/<int:accounts_id>/discard")
@requires(P.COMPARE)
@bp.output(AccountListOut)
@bp.doc(tags=[TAG], summary="Let nothing follow from it", security="bearer", responses=failures(404, 409))
def discard_reconciliation(accounts_id: int) -> Any:
    with unit_of_work():
        services.discard(queries.visible_list(current_principal(), accounts_id, lock=True))
    return queries.visible_list(current_principal(), accounts_id)


@bp.get("/account-findings")
@requires(P.VIEW)
@bp.input(AccountFindingQuery, location="query")
@bp.output(AccountFindings)
@bp.doc(tags=[TAG], summary="What differs, the latest first", security="bearer", responses=failures(422))
def list_account_findings(query_data: AccountFindingQuery) -> Any:
    told = {"shown": "all", "kind": query_data.kind or "", "agency": str(query_data.agency_id or "")}
    query = queries.findings(current_principal(), MultiDict(told))
    if query_data.state is not None:
        query = query.where(Finding.state == query_data.state)
    page = page_of(query, [Finding.id], descending=True, after=query_data.after or "", before="")
    clocks = queries.clocks_of(page.rows)
    return {"items": [_out(row, clocks[row.id]) for row in page.rows], "next": page.next}


@bp.get("/account-findings/<int:account_finding_id>")
@requires(P.VIEW)
@bp.output(AccountFindingOut)
@bp.doc(tags=[TAG], summary="One difference, with its clock", security="bearer", responses=failures(404))
def show_account_finding(account_finding_id: int) -> Any:
    row = queries.visible_finding(current_principal(), account_finding_id)
    return _out(row, services.clock_of(row))


@bp.post("/account-findings/<int:account_finding_id>/settlement")
@requires(P.CLOSE)
@bp.input(FindingSettled, arg_name="given")
@bp.output(AccountFindingOut)
@bp.doc(
    tags=[TAG], summary="Settle it, with what was seen", security="bearer", responses=failures(400, 404, 409, 413, 422)
)
def settle_account_finding(account_finding_id: int, given: FindingSettled) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_finding(principal, account_finding_id, lock=True)
        place: dict[str, Any] = {"agency": row.agency} if row.agency else {"lead_id": row.lead_id}
        if not principal.can(P.CLOSE, **place):
            raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
        services.settle(row, given.evidence, principal, clock.now())
    row = queries.visible_finding(principal, account_finding_id)
    return _out(row, services.clock_of(row))


@bp.get("/account-columns")
@requires(P.COMPARE)
@bp.output(AccountColumnsOut)
@bp.doc(tags=[TAG], summary="How the list is read", security="bearer", responses=failures(404))
def show_account_columns() -> Any:
    return _columns(services.columns_of(lead_of(current_principal(), P.COMPARE).id))


@bp.put("/account-columns")
@requires(P.COMPARE)
@bp.input(AccountColumnsGiven, arg_name="given")
@bp.output(AccountColumnsOut)
@bp.doc(tags=[TAG], summary="Say how the list is read", security="bearer", responses=failures(400, 404, 413, 422))
def keep_account_columns(given: AccountColumnsGiven) -> Any:
    principal = current_principal()
    told = Columns(given.vendor, {str(what): title for what, title in given.titles.items() if title}, given.levels)
    with unit_of_work():
        services.save_columns(lead_of(principal, P.COMPARE), told, principal, clock.now())
    return _columns(told)


def _columns(told: Columns) -> dict[str, Any]:
    return {"vendor": told.vendor, "titles": dict(told.titles), "levels": dict(told.levels)}


def _out(row: Finding, due: Any) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in AccountFindingOut.model_fields if name not in ("due_at", "rule")}
    return {**plain, "due_at": due.due_at, "rule": due.rule}
