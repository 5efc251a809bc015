from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict

from api.blueprint import bp, failures
from api.schemas import Listing, Model, Paging
from core.authz import current_principal, requires
from core.paging import page_of
from licensing.access import queries
from licensing.access.models import HoldKind, License, LicenseState
from licensing.access.permissions import Permission as P

TAG = "Licenses"


class HoldOut(Model):
    """Why the license is suspended, in words with the manual's rule."""

    kind: HoldKind
    words: str
    at: datetime


class LicenseOut(Model):
    """`holds` is what keeps it suspended; empty while it is active."""

    id: int
    lead_id: int
    coc_id: int
    agency_id: int
    person_id: int
    level: str
    enters_data: bool
    has_reporting: bool
    state: LicenseState
    since: datetime
    ended_at: datetime | None
    holds: list[HoldOut]


class LicenseList(Paging):
    items: list[LicenseOut]


class LicenseQuery(Listing):
    state: LicenseState | None = None


@bp.get("/licenses")
@requires(P.LICENSE_VIEW)
@bp.input(LicenseQuery, location="query")
@bp.output(LicenseList)
@bp.doc(tags=[TAG], summary="Who may use the HMIS, newest first", security="bearer", responses=failures(422))
def list_licenses(query_data: LicenseQuery) -> Any:
    filters = MultiDict({"state": query_data.state.value} if query_data.state else {})
    query = queries.licenses(current_principal(), filters).options(selectinload(License.holds))
    page = page_of(query, [License.id], descending=True, after=query_data.after or "", before="")
    return {"items": [license_out(row) for row in page.rows], "next": page.next}


@bp.get("/licenses/<int:license_id>")
@requires(P.LICENSE_VIEW)
@bp.output(LicenseOut)
@bp.doc(tags=[TAG], summary="A license, and what keeps it suspended", security="bearer", responses=failures(404))
def show_license(license_id: int) -> Any:
    return license_out(queries.visible_license(current_principal(), license_id))


def license_out(row: License) -> dict[str, Any]:
    names = (name for name in LicenseOut.model_fields if name != "holds")
    return {**{name: getattr(row, name) for name in names}, "holds": row.open_holds}
