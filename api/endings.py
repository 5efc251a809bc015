"""An agency leaves, or is suspended: by API."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from api.blueprint import bp, failures, idempotency_key
from api.schemas import Given, Model, Said
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.people.models import Agency, AgencyStatus
from licensing.access.services import local_day
from licensing.agencies.models import How
from licensing.agencies.permissions import Permission as P
from licensing.agencies.queries import visible_agency
from licensing.endings import defaults, queries, services
from licensing.endings.rules import EndingState, Party, Transfer
from licensing.endings.services import Notice

TAG = "Agencies"


class EndingOut(Model):
    """`ends_at` is the end of `last_day` in the agency's time zone; `rule` says what it rests on."""

    party: Party
    noticed_on: date
    last_day: date
    ends_at: datetime
    state: EndingState
    rule: str
    data: Transfer
    data_until: date | None


class LeavingOut(Model):
    agency_id: int
    status: AgencyStatus
    suspended_since: datetime | None
    suspended_because: str
    ending: EndingOut | None


class NoticeGiven(Given):
    """`party`, `noticed_on` and `how` are the Lead's to say; what an agency sends is its own notice, of today."""

    last_day: date
    reason: Said
    party: Party = Party.AGENCY
    noticed_on: date | None = None
    how: How = How.HERE


class ReasonGiven(Given):
    reason: Said


@bp.get("/agencies/<int:agency_id>/ending")
@requires(P.VIEW)
@bp.output(LeavingOut)
@bp.doc(tags=[TAG], summary="Whether it leaves or is suspended", security="bearer", responses=failures(404))
def show_leaving(agency_id: int) -> Any:
    return _leaving(visible_agency(current_principal(), agency_id))


@bp.post("/agencies/<int:agency_id>/ending")
@requires(P.END)
@bp.input(NoticeGiven, arg_name="given")
@bp.output(LeavingOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Give notice: every license ends with the last day", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def give_notice(agency_id: int, given: NoticeGiven) -> Any:
    principal, now = current_principal(), clock.now()
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        agency = visible_agency(principal, agency_id, lock=True)
        today = local_day(now, agency.tz)
        told = Notice(given.party, given.noticed_on or today, given.how, given.last_day, given.reason, once)
        services.give_notice(agency, told, principal, now)
    return _leaving(agency)


@bp.post("/agencies/<int:agency_id>/ending/withdrawal")
@requires(P.END)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(LeavingOut)
@bp.doc(
    tags=[TAG], summary="Take the notice back, until the last day is over", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def withdraw(agency_id: int, given: ReasonGiven) -> Any:
    with unit_of_work():
        agency = visible_agency(current_principal(), agency_id)
        services.withdraw(queries.ending_of(agency, lock=True), given.reason, current_principal(), clock.now())
    return _leaving(agency)


@bp.post("/agencies/<int:agency_id>/suspension")
@requires(P.SUSPEND)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(LeavingOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Suspend all access of an agency at once", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def suspend(agency_id: int, given: ReasonGiven) -> Any:
    with unit_of_work():
        agency = visible_agency(current_principal(), agency_id, lock=True)
        defaults.suspend(agency, given.reason, current_principal(), clock.now())
    return _leaving(agency)


@bp.post("/agencies/<int:agency_id>/suspension/lifting")
@requires(P.SUSPEND)
@bp.input(ReasonGiven, arg_name="given")
@bp.output(LeavingOut)
@bp.doc(
    tags=[TAG], summary="Lift it; the licenses stand again as they did", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def lift(agency_id: int, given: ReasonGiven) -> Any:
    with unit_of_work():
        agency = visible_agency(current_principal(), agency_id, lock=True)
        defaults.lift(queries.suspension_of(agency), given.reason, current_principal(), clock.now())
    return _leaving(agency)


def _leaving(agency: Agency) -> dict[str, Any]:
    row, suspension, at = services.running(agency), defaults.suspended(agency), clock.now()
    ending = None
    if row is not None:
        until = services.window_of(row)
        plain = {name: getattr(row, name) for name in ("party", "noticed_on", "last_day", "ends_at", "state")}
        ending = plain | {
            "rule": row.explanation["rule"],
            "data": services.transfer_of(row, at),
            "data_until": until.due.date() if until else None,
        }
    return {
        "agency_id": agency.id,
        "status": agency.status,
        "suspended_since": suspension.at if suspension else None,
        "suspended_because": suspension.reason if suspension else "",
        "ending": ending,
    }
