"""Fee schedules, and what an agency's fee is counted by, eased by and paid by, through the API."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.money import MOST_CENTS
from core.paging import page_of
from licensing.billing.fees import agencies, queries, services
from licensing.billing.fees.agencies import Figures, NewPayer, NewRelief
from licensing.billing.fees.models import Basis, FeeSchedule, Proration, ReliefKind
from licensing.billing.fees.services import NewItem, NewSchedule
from licensing.billing.fees.years import year_of
from licensing.billing.permissions import Permission as P

TAG = "Fees"
Cents = Annotated[int, Field(ge=0, le=MOST_CENTS)]
Words = Annotated[str, Field(max_length=1000, pattern=PLAIN)]


class BandModel(Given):
    """Where it begins (percent, or cents of a budget) and what it costs a year; it counts up to the next."""

    start: Annotated[int, Field(ge=0, le=100 * MOST_CENTS)]
    cents: Annotated[int, Field(ge=-MOST_CENTS, le=MOST_CENTS)]


class FeeItemModel(Given):
    basis: Basis
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN)]
    cents: Cents = 0
    level: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""
    bands: Annotated[list[BandModel], Field(max_length=50)] = []
    least_cents: Cents | None = None
    most_cents: Cents | None = None


class NewFeeSchedule(Given):
    coc_id: Id
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN)]
    first_day: date
    last_day: date | None = None
    proration: Proration = Proration.MONTHS
    least_cents: Cents = 0
    most_cents: Cents | None = None
    items: Annotated[list[FeeItemModel], Field(max_length=50)] = []


class FeeItemOut(Model):
    basis: Basis
    name: str
    cents: int
    level: str
    bands: list[dict[str, int]]
    least_cents: int | None
    most_cents: int | None


class FeeScheduleOut(Model):
    """`noticed_on` is null as long as the committee has not been told of the prices."""

    id: int
    coc_id: int
    name: str
    first_day: date
    last_day: date | None
    proration: Proration
    least_cents: int
    most_cents: int | None
    noticed_on: date | None
    notice: str
    withdrawn_at: datetime | None
    items: list[FeeItemOut]


class FeeScheduleList(Paging):
    items: list[FeeScheduleOut]


class NoticeGiven(Given):
    noticed_on: date
    notice: Short


class LastDay(Given):
    last_day: date


class FiguresModel(Given):
    """For the billing year that is now; one that is left out is not known."""

    beds: Annotated[int, Field(ge=0)] | None = None
    clients: Annotated[int, Field(ge=0)] | None = None
    data_quality: Annotated[int, Field(ge=0, le=100)] | None = None
    budget_cents: Annotated[int, Field(ge=0, le=100 * MOST_CENTS)] | None = None


class PayerGiven(Given):
    """Another agency of the CoC, or somebody outside by name; of everything, or of one license."""

    paying_agency_id: Id | None = None
    name: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""
    address: Words = ""
    email: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""
    purchase_order: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""
    license_id: Id | None = None


class PayerOut(Model):
    id: int
    license_id: int | None
    paying_agency_id: int | None
    name: str
    purchase_order: str
    ended_at: datetime | None


class ReliefGiven(Given):
    kind: ReliefKind
    percent: Annotated[int, Field(ge=1, le=100)]
    first_day: date
    last_day: date
    reason: Short
    funder: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""


class ReliefOut(Model):
    id: int
    kind: ReliefKind
    percent: int
    first_day: date
    last_day: date
    funder: str
    reason: str
    ended_at: datetime | None


class AgencyFees(Model):
    """What the agency's fee of the billing year is counted by, who pays it, and what eases it."""

    agency_id: int
    first_day: date
    last_day: date
    beds: int | None = None
    clients: int | None = None
    data_quality: int | None = None
    budget_cents: int | None = None
    payers: list[PayerOut]
    reliefs: list[ReliefOut]


@bp.get("/fee-schedules")
@requires(P.SCHEDULE)
@bp.input(Listing, location="query")
@bp.output(FeeScheduleList)
@bp.doc(tags=[TAG], summary="The fee schedules", security="bearer", responses=failures(422))
def list_fee_schedules(query_data: Listing) -> Any:
    page = page_of(queries.schedules(current_principal()), [FeeSchedule.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/fee-schedules")
@requires(P.SCHEDULE)
@bp.input(NewFeeSchedule, arg_name="given")
@bp.output(FeeScheduleOut, status_code=201)
@bp.doc(
    tags=[TAG], summary="Enter a fee schedule", description="Its days join those of the CoC's others.",
    security="bearer", responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def begin_fee_schedule(given: NewFeeSchedule) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    items = [
        NewItem(
            one.basis, one.name, one.cents, one.level, [(band.start, band.cents) for band in one.bands],
            one.least_cents, one.most_cents,
        )
        for one in given.items
    ]  # fmt: skip
    told = NewSchedule(
        given.name, given.first_day, given.last_day, once, items, given.proration, given.least_cents, given.most_cents
    )
    with unit_of_work():
        coc = found(next((one for one in queries.cocs(principal) if one.id == given.coc_id), None))
        return services.begin(coc, told, principal, clock.now())


@bp.get("/fee-schedules/<int:fee_schedule_id>")
@requires(P.SCHEDULE)
@bp.output(FeeScheduleOut)
@bp.doc(tags=[TAG], summary="A fee schedule", security="bearer", responses=failures(404))
def show_fee_schedule(fee_schedule_id: int) -> Any:
    return queries.visible_schedule(current_principal(), fee_schedule_id)


@bp.post("/fee-schedules/<int:fee_schedule_id>/notice")
@requires(P.SCHEDULE)
@bp.input(NoticeGiven, arg_name="given")
@bp.output(FeeScheduleOut)
@bp.doc(
    tags=[TAG], summary="The committee was told of the prices", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def notice_fee_schedule(fee_schedule_id: int, given: NoticeGiven) -> Any:
    with unit_of_work():
        row = queries.visible_schedule(current_principal(), fee_schedule_id, lock=True)
        services.note_notice(row, given.noticed_on, given.notice, clock.now())
    return row


@bp.post("/fee-schedules/<int:fee_schedule_id>/end")
@requires(P.SCHEDULE)
@bp.input(LastDay, arg_name="given")
@bp.output(FeeScheduleOut)
@bp.doc(tags=[TAG], summary="Set its last day", security="bearer", responses=failures(400, 404, 409, 413, 422))
def end_fee_schedule(fee_schedule_id: int, given: LastDay) -> Any:
    with unit_of_work():
        row = queries.visible_schedule(current_principal(), fee_schedule_id, lock=True)
        services.end(row, given.last_day)
    return row


@bp.post("/fee-schedules/<int:fee_schedule_id>/withdrawal")
@requires(P.SCHEDULE)
@bp.output(FeeScheduleOut)
@bp.doc(tags=[TAG], summary="Withdraw one that nothing was billed by", security="bearer", responses=failures(404, 409))
def withdraw_fee_schedule(fee_schedule_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_schedule(current_principal(), fee_schedule_id, lock=True)
        services.withdraw(row, clock.now())
    return row


@bp.get("/agencies/<int:agency_id>/fees")
@requires(P.SCHEDULE)
@bp.output(AgencyFees)
@bp.doc(tags=[TAG], summary="What an agency's fee is counted by", security="bearer", responses=failures(404))
def show_agency_fees(agency_id: int) -> Any:
    return _fees_of(agency_id)


@bp.put("/agencies/<int:agency_id>/fees/figures")
@requires(P.SCHEDULE)
@bp.input(FiguresModel, arg_name="given")
@bp.output(AgencyFees)
@bp.doc(
    tags=[TAG],
    summary="Enter the figures of the billing year",
    security="bearer",
    responses=failures(400, 404, 413, 422),
)
def put_agency_figures(agency_id: int, given: FiguresModel) -> Any:
    now, told = clock.now(), Figures(given.beds, given.clients, given.data_quality, given.budget_cents)
    with unit_of_work():
        agency = queries.agency_to_bill(current_principal(), agency_id)
        agencies.put_figures(agency, year_of(agency.coc, now), told, current_principal(), now)
    return _fees_of(agency_id)


@bp.post("/agencies/<int:agency_id>/fees/payers")
@requires(P.SCHEDULE)
@bp.input(PayerGiven, arg_name="given")
@bp.output(AgencyFees, status_code=201)
@bp.doc(tags=[TAG], summary="Somebody else pays", security="bearer", responses=failures(400, 404, 409, 413, 422))
def name_agency_payer(agency_id: int, given: PayerGiven) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        agency = queries.agency_to_bill(principal, agency_id)
        paying = queries.agency_to_bill(principal, given.paying_agency_id) if given.paying_agency_id else None
        told = NewPayer(
            once, paying, given.name, given.address, given.email, given.purchase_order, given.license_id
        )  # fmt: skip
        agencies.name_payer(agency, told, principal, clock.now())
    return _fees_of(agency_id)


@bp.post("/agencies/<int:agency_id>/fees/payers/<int:payer_id>/end")
@requires(P.SCHEDULE)
@bp.output(AgencyFees)
@bp.doc(tags=[TAG], summary="They pay no longer", security="bearer", responses=failures(404, 409))
def end_agency_payer(agency_id: int, payer_id: int) -> Any:
    with unit_of_work():
        agency = queries.agency_to_bill(current_principal(), agency_id)
        agencies.end_payer(queries.payer_of(agency, payer_id), clock.now())
    return _fees_of(agency_id)


@bp.post("/agencies/<int:agency_id>/fees/reliefs")
@requires(P.SCHEDULE)
@bp.input(ReliefGiven, arg_name="given")
@bp.output(AgencyFees, status_code=201)
@bp.doc(tags=[TAG], summary="Waive or subsidize a fee", security="bearer", responses=failures(400, 404, 409, 413, 422))
def grant_agency_relief(agency_id: int, given: ReliefGiven) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    told = NewRelief(
        given.kind, given.percent, given.first_day, given.last_day, given.reason, once, given.funder
    )  # fmt: skip
    with unit_of_work():
        agencies.grant_relief(queries.agency_to_bill(principal, agency_id), told, principal, clock.now())
    return _fees_of(agency_id)


@bp.post("/agencies/<int:agency_id>/fees/reliefs/<int:relief_id>/end")
@requires(P.SCHEDULE)
@bp.output(AgencyFees)
@bp.doc(tags=[TAG], summary="It eases the fee no longer", security="bearer", responses=failures(404, 409))
def end_agency_relief(agency_id: int, relief_id: int) -> Any:
    with unit_of_work():
        agency = queries.agency_to_bill(current_principal(), agency_id)
        agencies.end_relief(queries.relief_of(agency, relief_id), clock.now())
    return _fees_of(agency_id)


def _fees_of(agency_id: int) -> dict[str, Any]:
    agency = queries.agency_to_bill(current_principal(), agency_id)
    year = year_of(agency.coc, clock.now())
    there = queries.figures_of(agency, year)
    names = ("beds", "clients", "data_quality", "budget_cents")
    return {
        "agency_id": agency.id, "first_day": year.first_day, "last_day": year.last_day,
        "payers": queries.payers_of(agency), "reliefs": queries.reliefs_of(agency),
        **({name: getattr(there, name) for name in names} if there else {}),
    }  # fmt: skip
