from __future__ import annotations

from datetime import datetime
from typing import Any

from api.blueprint import bp, failures
from api.schemas import Listing, Model
from core import clock
from core.authz import current_principal, requires
from core.paging import page_of
from licensing.agreements import queries
from licensing.agreements.models import Agreement
from licensing.agreements.permissions import Permission as P
from licensing.agreements.rules import Kind, State

TAG = "Agreements"


class AgreementOut(Model):
    id: int
    document_id: int
    version: int
    kind: Kind
    title: str
    agency_id: int
    person_id: int | None
    other_agency_id: int | None
    state: State
    in_force: bool
    sent_at: datetime
    due_at: datetime | None
    signed_at: datetime | None
    signer_name: str
    countersigned_at: datetime | None
    countersigner_name: str
    effective_at: datetime | None
    ends_at: datetime | None
    over_at: datetime | None
    over_reason: str
    text_sha256: str


class AgreementDetail(AgreementOut):
    body: str
    clauses: list[str]
    intent: str


class AgreementList(Model):
    items: list[AgreementOut]
    next: str | None


class AgreementListing(Listing):
    state: str = ""
    kind: str = ""
    agency: str = ""
    document: str = ""
    age: str = ""


@bp.get("/agreements")
@requires(P.VIEW)
@bp.input(AgreementListing, location="query")
@bp.output(AgreementList)
@bp.doc(
    tags=[TAG],
    summary="List agreements, the latest first",
    description="`state` is one of the states, or `missing` (sent and not signed), `late`, `to-countersign`; `age` is "
    "7, 30 or 60: for more than so many days.",
    security="bearer",
    responses=failures(422),
)
def list_agreements(query_data: AgreementListing) -> Any:
    asked = {name: getattr(query_data, name) for name in ("state", "kind", "agency", "document", "age")}
    query = queries.agreements(current_principal(), asked, clock.now())
    page = page_of(query, [Agreement.id], descending=True, after=query_data.after or "", before="")
    return {"items": [_told(row) for row in page.rows], "next": page.next}


@bp.get("/agreements/<int:agreement_id>")
@requires(P.VIEW)
@bp.output(AgreementDetail)
@bp.doc(
    tags=[TAG],
    summary="An agreement with the exact text that was signed",
    description="It is signed on its page only: whoever signs ticks each clause and types their name.",
    security="bearer",
    responses=failures(404),
)
def show_agreement(agreement_id: int) -> Any:
    row = queries.visible_agreement(current_principal(), agreement_id)
    return _told(row) | {"body": row.version.body, "clauses": row.version.clauses, "intent": row.intent}


def _told(row: Agreement) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in AgreementOut.model_fields if hasattr(row, name)}
    told = {"version": row.version.number, "title": row.document.title, "in_force": row.is_in_force(clock.now())}
    return plain | told
