from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.people.models import Agency, CoC
from core.search import Hit, like, named
from core.search import provider as search_provider
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState
from licensing.billing.payments.models import Payment, PaymentPart
from licensing.billing.permissions import Permission

NUMBER = re.compile(r"(?P<series>[A-Za-z][A-Za-z0-9]{0,9})-(?P<year>[0-9]{4})-(?P<sequence>[0-9]{1,12})")
MOST_FOUND = 20


def reach(principal: Principal, permission: Permission, model: Any) -> ColumnElement[bool]:
    """Rows with a debtor: of a whole Lead, of a CoC, or those of one's own agency."""
    scope = principal.scope(permission)
    return or_(
        model.lead_id.in_(scope.lead_ids), model.coc_id.in_(scope.coc_ids), model.debtor_id.in_(scope.agency_ids)
    )


def payments(principal: Principal, filters: Mapping[str, str]) -> Select[Payment]:
    query = select(Payment).where(reach(principal, Permission.VIEW, Payment))
    if filters.get("agency", "").isdecimal():
        query = query.where(Payment.debtor_id == int(filters["agency"][:18]))
    if filters.get("shown") == "prepaid":
        query = query.where(Payment.left_cents > 0)
    elif filters.get("shown") == "reversed":
        query = query.where(Payment.reversed_at.is_not(None))
    if wanted := typed.line(filters.get("q")):
        query = query.where(_is_called(wanted))
    return query.options(joinedload(Payment.debtor).joinedload(Agency.coc))


def _is_called(text: str) -> ColumnElement[bool]:
    number = NUMBER.fullmatch(text)
    told = Payment.reference == text[:300]
    return or_(told, _numbered(Payment, number)) if number else told


def _numbered(model: Any, number: re.Match[str]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (
        (model.series == number["series"].upper())
        & (model.year == int(number["year"]))
        & (model.sequence == int(number["sequence"]))
    )
    return condition


def visible_payment(principal: Principal, payment_id: int, permission: Permission = Permission.VIEW) -> Payment:
    """Another agency's is not there."""
    query = select(Payment).where(
        Payment.id == min(payment_id, typed.BIGGEST), reach(principal, permission, Payment)
    )  # fmt: skip
    query = query.options(
        joinedload(Payment.debtor).joinedload(Agency.coc).joinedload(CoC.lead), joinedload(Payment.by),
        joinedload(Payment.reversed_by),
    )  # fmt: skip
    row: Payment = found(db.session.scalar(query))
    return row


def parts_of(payment: Payment) -> list[PaymentPart]:
    query = select(PaymentPart).where(PaymentPart.payment_id == payment.id).options(joinedload(PaymentPart.invoice))
    return list(db.session.scalars(query.order_by(PaymentPart.id)))


def part_of(payment: Payment, part_id: int) -> PaymentPart:
    query = select(PaymentPart).where(
        PaymentPart.id == min(part_id, typed.BIGGEST), PaymentPart.payment_id == payment.id
    )
    row: PaymentPart = found(db.session.scalar(query))
    return row


def owed_by(agency_id: int, limit: int = 100) -> list[Invoice]:
    """What is open, in the order in which it is due."""
    query = select(Invoice).where(
        Invoice.debtor_id == agency_id, Invoice.state == InvoiceState.ISSUED, Invoice.open_cents > 0,
        Invoice.kind != InvoiceKind.CREDIT,
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Invoice.due_on, Invoice.id).limit(limit)))


def owed_cents(agency_id: int) -> int:
    query = select(func.sum(Invoice.open_cents)).where(
        Invoice.debtor_id == agency_id, Invoice.state == InvoiceState.ISSUED, Invoice.open_cents > 0
    )
    return int(db.session.scalar(query) or 0)


def visible_debtor(principal: Principal, agency_id: int, permission: Permission = Permission.RECEIVE) -> Agency:
    query = select(Agency).where(
        Agency.id == min(agency_id, typed.BIGGEST), principal.scope(permission).over_agencies()
    )  # fmt: skip
    row: Agency = found(db.session.scalar(query.options(joinedload(Agency.coc).joinedload(CoC.lead))))
    return row


def debtors(principal: Principal, text: str, permission: Permission = Permission.RECEIVE) -> Sequence[Agency]:
    """Agencies by the beginning of any word of their name, or the one whose invoice has that number."""
    text = typed.line(text)[:200]
    if len(text) < 2:
        return []
    query = select(Agency).where(principal.scope(permission).over_agencies()).options(joinedload(Agency.coc))
    if number := NUMBER.fullmatch(text):
        mine = select(Invoice.debtor_id).where(_numbered(Invoice, number), reach(principal, permission, Invoice))
        return db.session.scalars(query.where(Agency.id.in_(mine)).limit(MOST_FOUND)).all()
    return db.session.scalars(query.where(named(Agency.name, text)).order_by(Agency.name).limit(MOST_FOUND)).all()


def agencies_of_filter(principal: Principal) -> list[tuple[str, str]]:
    """For the filter of a list: those who have ever paid, the first hundred by name."""
    paid = select(Payment.id).where(Payment.debtor_id == Agency.id).exists()
    query = select(Agency.id, Agency.name).where(principal.scope(Permission.VIEW).over_agencies(), paid)
    return [(str(number), name) for number, name in db.session.execute(query.order_by(Agency.name).limit(100))]


@search_provider("Payments")
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the number of the receipt, or the beginning of the check's or transfer's own."""
    if not principal.can(Permission.VIEW):
        return []
    number = NUMBER.fullmatch(text.strip())
    told = _numbered(Payment, number) if number else func.lower(Payment.reference).like(like(text))
    query = select(Payment).where(reach(principal, Permission.VIEW, Payment), told)
    rows = db.session.scalars(query.options(joinedload(Payment.debtor)).order_by(Payment.id.desc()).limit(limit))
    return [Hit(row.number, f"/payments/{row.id}", "Payments", _said(row)) for row in rows]


def _said(row: Payment) -> str:
    return ", ".join(filter(None, (row.debtor.name, row.reference, row.state if row.reversed_at else "")))
