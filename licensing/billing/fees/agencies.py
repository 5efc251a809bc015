"""What an agency's fees are counted by, who pays for it, and what eases a fee. Rules: SON-LI-9, HUD-LI-6."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.events import publish
from core.money import MOST_CENTS
from core.once import KeyUsed
from core.people.models import Agency
from core.typed import must_say
from licensing.access.ground import hold
from licensing.access.models import License, LicenseState
from licensing.billing.fees.models import AgencyFigures, FeeRelief, Payer, ReliefKind
from licensing.billing.fees.rules import Year
from licensing.events import PayersChanged


@dataclass(frozen=True)
class Figures:
    beds: int | None = None
    clients: int | None = None
    data_quality: int | None = None
    budget_cents: int | None = None


@dataclass(frozen=True)
class NewPayer:
    """Another agency, or somebody outside by name."""

    once: str
    paying_agency: Agency | None = None
    name: str = ""
    address: str = ""
    email: str = ""
    purchase_order: str = ""
    license_id: int | None = None


@dataclass(frozen=True)
class NewRelief:
    kind: ReliefKind
    percent: int
    first_day: date
    last_day: date
    reason: str
    once: str
    funder: str = ""


def put_figures(agency: Agency, year: Year, told: Figures, by: Principal, at: datetime) -> None:
    """What the agency's fee of that year is counted by; what was there before is replaced."""
    if told.data_quality is not None and not 0 <= told.data_quality <= 100:
        raise Invalid("Data quality is a percentage.", "Give a number from 0 to 100.", field="data_quality")
    for name, limit in (("beds", 1_000_000), ("clients", 100_000_000), ("budget_cents", 100 * MOST_CENTS)):
        value = getattr(told, name)
        if value is not None and not 0 <= value <= limit:
            raise Invalid("That figure cannot be meant.", "Give nothing or more.", field=name.removesuffix("_cents"))
    hold(agency)
    values: dict[str, Any] = {
        "beds": told.beds, "clients": told.clients, "data_quality": told.data_quality,
        "budget_cents": told.budget_cents, "by_id": by.person_id, "at": at,
    }  # fmt: skip
    whose = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "first_day": year.first_day}
    write = insert(AgencyFigures).values(**whose, **values)
    db.session.execute(write.on_conflict_do_update(index_elements=["agency_id", "first_day"], set_=values))
    record("fees.figures", agency, agency_id=agency.id, data={"year": year.first_day, **_plain(told)})


def _plain(told: Figures) -> dict[str, int | None]:
    return {name: getattr(told, name) for name in ("beds", "clients", "data_quality", "budget_cents")}


def name_payer(agency: Agency, told: NewPayer, by: Principal, at: datetime) -> Payer:
    """Somebody else pays for the agency, or for one of its licenses, from now on."""
    hold(agency)
    if known := db.session.scalar(select(Payer).where(Payer.once == told.once)):
        if (known.agency_id, known.license_id) != (agency.id, told.license_id):
            raise KeyUsed
        return known
    paying = told.paying_agency
    if (paying is None) == (not told.name):
        raise Invalid("Say who pays.", "Choose an agency, or give a name outside; not both.", field="name")
    if paying is not None and paying.id == agency.id:
        raise Invalid("An agency pays for itself without this.", "Choose another agency.", field="paying_agency")
    if paying is not None and paying.coc_id != agency.coc_id:
        raise Invalid("That agency is of another CoC.", "Give it as somebody outside, by name.", field="paying_agency")
    if told.license_id is not None:
        _must_be_its_license(agency, told.license_id)
    there = select(Payer).where(
        Payer.agency_id == agency.id, Payer.ended_at.is_(None), Payer.license_id.is_(None)
        if told.license_id is None else Payer.license_id == told.license_id,
    )  # fmt: skip
    if (other := db.session.scalar(there)) is not None:
        said = other.paying_agency.name if other.paying_agency else other.name
        raise Conflict(f"{said} pays already.", "End that first.", field="name")
    row = Payer(
        lead_id=agency.lead_id, agency_id=agency.id, agency=agency, license_id=told.license_id,
        paying_agency_id=paying.id if paying else None, name=told.name, address=told.address, email=told.email,
        purchase_order=told.purchase_order, by_id=by.person_id, at=at, once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("payer.named", row, data={"name": paying.name if paying else told.name, "license": told.license_id})
    publish(PayersChanged(agency.id, at))
    return row


def _must_be_its_license(agency: Agency, license_id: int) -> None:
    held = db.session.get(License, license_id)
    if held is None or held.agency_id != agency.id or held.state is LicenseState.ENDED:
        raise Invalid("That license is not one of this agency's.", "Choose among those in force.", field="license")


def end_payer(row: Payer, at: datetime) -> None:
    hold(row.agency)
    db.session.refresh(row, with_for_update={"of": Payer})
    if row.ended_at is not None:
        raise Conflict("That is over already.", "Load the page again to see who pays.")
    row.ended_at = at
    db.session.flush()
    record("payer.ended", row, data={"license": row.license_id})
    publish(PayersChanged(row.agency_id, at))


def grant_relief(agency: Agency, told: NewRelief, by: Principal, at: datetime) -> FeeRelief:
    """A waiver or a subsidy for a time (HUD-LI-6). It counts in invoices that are counted from now on."""
    hold(agency)
    if known := db.session.scalar(select(FeeRelief).where(FeeRelief.once == told.once)):
        if (known.agency_id, known.percent) != (agency.id, told.percent):
            raise KeyUsed
        return known
    if not 1 <= told.percent <= 100:
        raise Invalid("Give how much of the fee, in percent.", "A number from 1 to 100.", field="percent")
    if told.last_day < told.first_day:
        raise Invalid("The last day lies before the first.", "Choose a later one.", field="last_day")
    if told.kind is ReliefKind.SUBSIDIZED and not told.funder:
        raise Invalid("Say who bears it.", "A subsidy has a funder.", field="funder", rule="HUD-LI-6")
    must_say(told.reason, "For example the agency's first year.")
    row = FeeRelief(
        lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, agency=agency, kind=told.kind,
        percent=told.percent, first_day=told.first_day, last_day=told.last_day, funder=told.funder, reason=told.reason,
        by_id=by.person_id, at=at, once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("relief.granted", row, data={"kind": row.kind, "percent": row.percent, "funder": row.funder})
    return row


def end_relief(row: FeeRelief, at: datetime) -> None:
    hold(row.agency)
    db.session.refresh(row, with_for_update={"of": FeeRelief})
    if row.ended_at is not None:
        raise Conflict("That is over already.", "Load the page again to see what counts.")
    row.ended_at = at
    record("relief.ended", row, data={"percent": row.percent})
