from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from api.blueprint import bp, failures, idempotency_key
from api.schemas import DepartureDetail, DepartureList, Listing, NewDeparture
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.deadlines import deadlines_of
from core.errors import Forbidden
from core.paging import page_of
from core.people.models import Agency
from licensing.departures import queries, services
from licensing.departures.models import Channel, DepartureNotice
from licensing.departures.permissions import Permission as P
from licensing.departures.services import Told

TAG = "Departures"


@bp.get("/departures")
@requires(P.VIEW)
@bp.input(Listing, location="query")
@bp.output(DepartureList)
@bp.doc(tags=[TAG], summary="List departures, the latest first", security="bearer", responses=failures(422))
def list_departures(query_data: Listing) -> Any:
    query = queries.departures(current_principal(), {})
    order = [DepartureNotice.leaves_at, DepartureNotice.id]
    page = page_of(query, order, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/departures")
@requires(P.RECORD)
@bp.input(NewDeparture, arg_name="given")
@bp.output(DepartureDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Tell the HMIS Lead that somebody leaves, now or in advance",
    description="For the Lead's own staff it is what they found out: the agency's notice is then still owed. "
    "Where access would end at once, which cannot be undone, `ends_at_once` has to be true.",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def tell(given: NewDeparture) -> Any:
    principal, now = current_principal(), clock.now()
    agency = queries.agency_to_speak_for(principal, given.agency_id)
    found_out = principal.whole.can(P.CONFIRM_OFF, agency=agency)
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        told = Told(
            person_id=given.person_id,
            leaves_at=_instant(given, agency, once, now),
            reason=given.reason,
            channel=Channel.FOUND_OUT if found_out else Channel.FORM,
            noticed_at=None if found_out else now,
            noticed_by_id=None if found_out else principal.person_id,
            once=once,
        )
        services.must_be_meant(agency, told, now, is_meant=given.ends_at_once)
        row = services.note_departure(agency, told, principal, now)
    return _detail(row)


def _instant(given: NewDeparture, agency: Agency, once: str, now: datetime) -> datetime:
    """The day and time that were given, as the agency's own clocks show them; what was sent before was checked then."""
    at = given.leaves_at if given.leaves_at.tzinfo is None else given.leaves_at.astimezone(agency.zone)
    if services.sent_before(once):
        checked = services.typed_moment(agency, at.date(), at.time())
    else:
        membership = services.membership_to_end(given.person_id, agency, now)
        checked = services.when_leaving(membership, at.date(), at.time(), now)
    return checked if given.leaves_at.tzinfo is None else at


@bp.get("/departures/<int:departure_id>")
@requires(P.VIEW)
@bp.output(DepartureDetail)
@bp.doc(tags=[TAG], summary="A departure with both clocks", security="bearer", responses=failures(404))
def show_departure(departure_id: int) -> Any:
    return _detail(queries.visible_departure(current_principal(), departure_id))


@bp.post("/departures/<int:departure_id>/undo")
@requires(P.RECORD)
@bp.output(DepartureDetail)
@bp.doc(tags=[TAG], summary="Take it back, until access ends", security="bearer", responses=failures(404, 409))
def undo(departure_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_departure(principal, departure_id, lock=True)
        if not principal.can(P.RECORD, agency=row.agency):
            raise Forbidden("Only the agency or the HMIS Lead takes this back.")
        services.undo(row, principal, clock.now())
    return _detail(row)


def _detail(row: DepartureNotice) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in _PLAIN}, "deadlines": deadlines_of(row)}


_PLAIN = ["id", "agency_id", "person_id", "leaves_at", "ends_at", "noticed_at", "reason", "state"]
