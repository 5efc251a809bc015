"""Drafts from what an agency's fees come to: one for each who owes them. Written together, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from core.db import db
from core.people.models import Agency, CoC
from licensing.billing.fees.facts import Ground
from licensing.billing.fees.models import Basis, FeeSchedule, Payer
from licensing.billing.fees.rules import Held, Line, Year, price, price_licenses
from licensing.billing.invoices.models import Invoice as InvoiceRow
from licensing.billing.invoices.models import InvoicedLicense, InvoiceKind, InvoiceLine

FIGURES = (Basis.BEDS, Basis.CLIENTS, Basis.DATA_QUALITY, Basis.BUDGET)


@dataclass(frozen=True)
class Draft:
    """One bill: who owes it, to whom it is addressed, and its lines."""

    agency: Agency
    debtor_id: int
    payer_name: str
    lines: Sequence[Line]
    payer_address: str = ""
    payer_email: str = ""
    purchase_order: str = ""

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)

    @property
    def lacks_figures(self) -> bool:
        """Whether a line could not be counted, since nobody entered the figure."""
        return any(line.basis in FIGURES and not line.quantity and not line.unit_cents for line in self.lines)


@dataclass(frozen=True)
class Frame:
    """What all drafts of one making have in common."""

    coc: CoC
    kind: InvoiceKind
    year: Year
    by_id: int
    at: datetime
    once: str
    run_id: int | None = None
    note: str = ""
    fund: str = ""


def series_of(coc: CoC) -> str:
    """What an invoice's number begins with: VT for VT-500."""
    return coc.code.partition("-")[0] or coc.code


def yearly(agency: Agency, ground: Ground, schedule: FeeSchedule, year: Year, names: dict[int, str]) -> list[Draft]:
    """The agency's own bill, and one for each who pays for single licenses of it; none where nothing is charged."""
    own, others = _by_payer(agency, ground, names)
    drafts = [
        addressed(agency, ground.payer, price(schedule, ground.with_licenses(own), ground.reliefs, year), names),
        *_of_others(agency, ground, schedule, year, others, names),
    ]
    return [one for one in drafts if one.lines]


def of_licenses(
    agency: Agency, ground: Ground, schedule: FeeSchedule, year: Year, names: dict[int, str]
) -> list[Draft]:
    """What the licenses alone come to that are not billed yet."""
    own, others = _by_payer(agency, ground, names)
    lines = price_licenses(schedule, ground.with_licenses(own), ground.reliefs, year)
    drafts = [addressed(agency, ground.payer, lines, names), *_of_others(agency, ground, schedule, year, others, names)]
    return [one for one in drafts if one.lines]


def _by_payer(
    agency: Agency, ground: Ground, names: dict[int, str]
) -> tuple[list[Held], list[tuple[Payer, list[Held]]]]:
    """Who pays for a license as for the rest of the agency gets one bill."""
    main = _whom(agency, ground.payer, names)
    own: list[Held] = []
    others: dict[tuple[int, str], tuple[Payer, list[Held]]] = {}
    for one in ground.facts.licenses:
        payer = ground.payers.get(one.license_id)
        whom = _whom(agency, payer, names)
        if payer is None or whom == main:
            own.append(one)
        else:
            others.setdefault(whom, (payer, []))[1].append(one)
    return own, list(others.values())


def _whom(agency: Agency, payer: Payer | None, names: dict[int, str]) -> tuple[int, str]:
    """Who owes, and in which name."""
    if payer is None:
        return agency.id, agency.name
    debtor_id = payer.paying_agency_id or agency.id
    return debtor_id, payer.name or names[debtor_id]


def _of_others(
    agency: Agency, ground: Ground, schedule: FeeSchedule, year: Year, others: Iterable[tuple[Payer, list[Held]]],
    names: dict[int, str],
) -> list[Draft]:  # fmt: skip
    return [
        addressed(agency, payer, price_licenses(schedule, ground.with_licenses(held), ground.reliefs, year), names)
        for payer, held in others
    ]


def addressed(agency: Agency, payer: Payer | None, lines: Sequence[Line], names: dict[int, str]) -> Draft:
    """The payer as they are now; what is on the invoice stays, whoever pays later."""
    debtor_id, name = _whom(agency, payer, names)
    if payer is None:
        return Draft(agency, debtor_id, name, lines)
    return Draft(agency, debtor_id, name, lines, payer.address, payer.email, payer.purchase_order)


def write(drafts: Sequence[Draft], frame: Frame) -> list[int]:
    """Rows in three statements; returns the drafts' numbers, in their order."""
    if not drafts:
        return []
    made = insert(InvoiceRow).returning(InvoiceRow.id, sort_by_parameter_order=True)
    ids = list(db.session.scalars(made, [_invoice(one, n, frame) for n, one in enumerate(drafts)]))
    rows = [
        _line(number, position, line)
        for number, one in zip(ids, drafts, strict=True)
        for position, line in enumerate(one.lines, 1)
    ]
    lines = insert(InvoiceLine).returning(InvoiceLine.id, sort_by_parameter_order=True)
    line_ids = iter(db.session.scalars(lines, rows).all()) if rows else iter(())
    held = [
        {"invoice_id": number, "line_id": line_id, "license_id": license_id}
        for number, one in zip(ids, drafts, strict=True)
        for line in one.lines
        for line_id in [next(line_ids)]
        for license_id in line.license_ids
    ]
    if held:
        db.session.execute(insert(InvoicedLicense), held)
    return ids


def _invoice(one: Draft, number: int, frame: Frame) -> dict[str, Any]:
    once = f"run-{frame.run_id}-{one.agency.id}-{number}" if frame.run_id else f"{frame.once[:70]}:{number}"
    return {
        "lead_id": frame.coc.lead_id, "coc_id": frame.coc.id, "agency_id": one.agency.id, "debtor_id": one.debtor_id,
        "run_id": frame.run_id, "kind": frame.kind, "series": series_of(frame.coc), "first_day": frame.year.first_day,
        "last_day": frame.year.last_day, "payer_name": one.payer_name, "payer_address": one.payer_address,
        "payer_email": one.payer_email, "purchase_order": one.purchase_order, "fund": frame.fund, "note": frame.note,
        "total_cents": one.cents, "open_cents": one.cents, "by_id": frame.by_id, "at": frame.at, "once": once,
    }  # fmt: skip


def _line(invoice_id: int, position: int, line: Line) -> dict[str, Any]:
    return {
        "invoice_id": invoice_id, "position": position, "basis": line.basis, "words": line.words[:300],
        "quantity": line.quantity, "unit_cents": line.unit_cents, "cents": line.cents, "why": list(line.why),
        "rule": line.rule,
    }  # fmt: skip
