"""What the fees of many agencies are counted by, in a number of statements that does not grow with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.db import among, db
from core.people.models import Agency, AgencyStatus, CoC, Project
from licensing.access.ground import local_day
from licensing.access.models import License, LicenseState
from licensing.billing.fees.models import AgencyFigures, Basis, FeeRelief, Payer, ReliefKind
from licensing.billing.fees.rules import LICENSE_BASES, AddOn, Facts, Held, Year
from licensing.billing.invoices.models import Invoice as InvoiceRow
from licensing.billing.invoices.models import InvoicedLicense, InvoiceLine, InvoiceState, is_void
from licensing.seats.models import SeatType
from training.api import trainees_of


@dataclass(frozen=True)
class Eased:
    """A relief as far as it counts: one that was ended early, through the day on which it was."""

    kind: ReliefKind
    percent: int
    first_day: date
    last_day: date
    funder: str


@dataclass(frozen=True)
class Ground:
    """All that an agency's invoices of a year follow from: `payers` are those of single licenses."""

    facts: Facts
    reliefs: Sequence[Eased] = ()
    payer: Payer | None = None
    payers: dict[int, Payer] = field(default_factory=dict)

    def with_licenses(self, licenses: Sequence[Held]) -> Facts:
        return replace(self.facts, licenses=licenses)


def midnight(day: date, tz: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)


def grounds(coc: CoC, agency_ids: Sequence[int], year: Year, at: datetime) -> dict[int, Ground]:
    """By agency. Licenses: held at some time of the year until `at`, and billed by no invoice of the year yet."""
    add_ons = add_ons_of(coc.id)
    licenses = _licenses(coc, agency_ids, year, at, add_ons)
    projects = _projects(agency_ids)
    trained = trainees_of(agency_ids, midnight(_year_before(year), coc.tz), midnight(year.first_day, coc.tz))
    figures = select(AgencyFigures).where(
        among(AgencyFigures.agency_id, agency_ids), AgencyFigures.first_day == year.first_day
    )
    entered = {row.agency_id: row for row in db.session.scalars(figures)}
    reliefs = _reliefs(coc, agency_ids, year)
    still = select(Payer).outerjoin(Agency, Agency.id == Payer.paying_agency_id).where(
        among(Payer.agency_id, agency_ids), Payer.ended_at.is_(None),
        or_(Payer.paying_agency_id.is_(None), Agency.status != AgencyStatus.ENDED),
    )  # fmt: skip
    payers = db.session.scalars(still)
    came = _came(coc, agency_ids)
    whole: dict[int, Payer] = {}
    single: dict[int, dict[int, Payer]] = defaultdict(dict)
    for one in payers:
        if one.license_id is None:
            whole[one.agency_id] = one
        else:
            single[one.agency_id][one.license_id] = one
    return {
        number: Ground(
            _facts(licenses.get(number, []), add_ons, projects.get(number, 0), trained.get(number, 0),
                   entered.get(number), came.get(number)),
            reliefs.get(number, ()), whole.get(number), single.get(number, {}),
        )
        for number in agency_ids
    }  # fmt: skip


def _facts(
    licenses: list[Held],
    add_ons: Sequence[AddOn],
    projects: int,
    trainees: int,
    entered: AgencyFigures | None,
    since: date | None,
) -> Facts:
    told: dict[str, Any] = {}
    if entered is not None:
        told = {name: getattr(entered, name) for name in ("beds", "clients", "data_quality", "budget_cents")}
    return Facts(tuple(licenses), tuple(add_ons), projects, trainees, since=since, **told)


def _came(coc: CoC, agency_ids: Sequence[int]) -> dict[int, date]:
    """Since when they take part, of those that came after this service did."""
    query = select(Agency.id, Agency.came_at).where(among(Agency.id, agency_ids), Agency.came_at.is_not(None))
    return {number: local_day(came_at, coc.tz) for number, came_at in db.session.execute(query) if came_at}


def _projects(agency_ids: Sequence[int]) -> dict[int, int]:
    query = select(Project.agency_id, func.count()).where(among(Project.agency_id, agency_ids))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Project.agency_id))}


def _year_before(year: Year) -> date:
    return year.first_day - timedelta(days=365)


def add_ons_of(coc_id: int) -> list[AddOn]:
    query = select(SeatType.id, SeatType.name, SeatType.cents).where(SeatType.coc_id == coc_id, SeatType.is_add_on)
    return [AddOn(*row) for row in db.session.execute(query.order_by(SeatType.id))]


def _licenses(
    coc: CoC, agency_ids: Sequence[int], year: Year, at: datetime, add_ons: Sequence[AddOn]
) -> dict[int, list[Held]]:
    billed, paid_add_ons = is_billed(year, LICENSE_BASES - {Basis.ADD_ON}), is_billed(year, {Basis.ADD_ON})
    query = select(License, billed.label("billed"), paid_add_ons.label("add_ons")).where(
        among(License.agency_id, agency_ids), License.since <= at,
        License.since < midnight(year.last_day + timedelta(days=1), coc.tz),
        or_(
            and_(License.ended_at.is_(None), License.state != LicenseState.ENDED),
            License.ended_at > midnight(year.first_day, coc.tz),
        ),
        or_(~billed, and_(License.has_reporting, ~paid_add_ons)) if add_ons else ~billed,
    )  # fmt: skip
    numbers = tuple(one.type_id for one in add_ons)
    found: dict[int, list[Held]] = {}
    for row, has_license, has_add_ons in db.session.execute(query.order_by(License.id)):
        own = numbers if row.has_reporting and not has_add_ons else ()
        later = local_day(row.reporting_since, coc.tz) if row.reporting_since else None
        found.setdefault(row.agency_id, []).append(
            Held(row.id, row.level, local_day(row.since, coc.tz), own, later, has_license)
        )
    return found


def is_billed(year: Year, bases: Iterable[Basis]) -> ColumnElement[bool]:
    """Whether an invoice or a draft bills the license, on a line of one of these bases, for the rest of that year, and
    was not credited whole. One that ended and was given again is the same seat, which stays paid (VT-LI-10)."""
    back = aliased(InvoiceLine)
    credited = (
        select(func.coalesce(func.sum(back.cents), 0))
        .join(InvoiceRow, InvoiceRow.id == back.invoice_id)
        .where(back.credits_line_id == InvoiceLine.id, InvoiceRow.state == InvoiceState.ISSUED)
        .correlate(InvoiceLine)
        .scalar_subquery()
    )
    billing, same = aliased(InvoiceRow), aliased(License)
    return exists().where(
        same.person_id == License.person_id,
        same.agency_id == License.agency_id,
        InvoicedLicense.license_id == same.id,
        InvoiceLine.id == InvoicedLicense.line_id,
        InvoiceLine.basis.in_(sorted(bases)),
        billing.id == InvoicedLicense.invoice_id,
        billing.state != InvoiceState.DROPPED,
        # One that is void bills nothing, though its reliefs leave more on its lines than was credited.
        ~is_void(billing),
        billing.first_day >= year.first_day,
        billing.last_day <= year.last_day,
        or_(InvoiceLine.cents <= 0, InvoiceLine.cents + credited > 0),
    )


def _reliefs(coc: CoC, agency_ids: Sequence[int], year: Year) -> dict[int, list[Eased]]:
    query = select(FeeRelief).where(
        among(FeeRelief.agency_id, agency_ids), FeeRelief.first_day <= year.last_day,
        FeeRelief.last_day >= year.first_day,
    )  # fmt: skip
    found: dict[int, list[Eased]] = {}
    for one in db.session.scalars(query.order_by(FeeRelief.id)):
        last = min(one.last_day, local_day(one.ended_at, coc.tz)) if one.ended_at else one.last_day
        was_a_slip = one.ended_at is not None and local_day(one.ended_at, coc.tz) == local_day(one.at, coc.tz)
        if last >= one.first_day and not was_a_slip:
            found.setdefault(one.agency_id, []).append(Eased(one.kind, one.percent, one.first_day, last, one.funder))
    return found


def agencies_after(coc_id: int, reached_id: int, size: int) -> list[Agency]:
    """The next of the CoC that take part, in the order of their numbers."""
    query = select(Agency).where(
        Agency.coc_id == coc_id, Agency.id > reached_id, Agency.status.in_(("active", "suspended"))
    )
    return list(db.session.scalars(query.order_by(Agency.id).limit(size)))
