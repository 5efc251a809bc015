"""What other rooms ask of unpaid invoices: the fee line of a request, the roster, and the transfer of data.

Rules: SAC-LI-1, SAC-LI-7, SON-LI-11, HUD-LI-1.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from core.db import among, db
from core.errors import Conflict
from core.money import dollars
from core.people.models import Agency
from core.policy import Policy
from core.policy.vocabulary import GateName
from core.policy.vocabulary import Requirement as Need
from core.ui import times
from licensing.access.ground import local_day, policy_of
from licensing.access.lines import line_of
from licensing.access.models import AccessRequest
from licensing.access.rules import Line, LineState, explain
from licensing.billing.fees.models import FeeItem, FeeSchedule
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState, is_void
from licensing.billing.overdue.queries import is_late
from licensing.endings.models import Ending
from licensing.endings.services import bills_transfers
from licensing.roster.hooks import register_column
from licensing.roster.rules import Cell, Column, Mark

TRANSFER = ("data-transfer", "data-migration")  # what a line that bills the transfer of an agency's data is called


# ------------------------------------------------------------------ SAC-LI-1: this year's fee


@line_of
def fees(requests: Sequence[AccessRequest], at: datetime) -> dict[int, Line]:
    """Where the manual asks for this year's fee and the books know: free, paid, or open with its number. What they do
    not know the Lead's staff confirms, as before."""
    asked = {one.id: policy for one in requests if _asks_fee(policy := policy_of(one, at))}
    wanted = [one for one in requests if one.id in asked]
    if not wanted:
        return {}
    free = _free_on({(one.coc_id, local_day(at, one.agency.coc.tz)) for one in wanted})
    invoices = _of_this_year(wanted, at)
    told: dict[int, Line] = {}
    for one in wanted:
        rows = invoices.get(one.agency_id, [])
        if rows:
            told[one.id] = _fee_line(asked[one.id], *_paid(rows))
        elif free.get(one.coc_id):
            told[one.id] = _fee_line(asked[one.id], LineState.MET, "There is no fee: taking part is free.")
    return told


def _asks_fee(policy: Policy) -> bool:
    return policy.has(GateName.LICENSE) and Need.FEE_PAID in policy.gate(GateName.LICENSE).names()


def _free_on(days: set[tuple[int, date]]) -> dict[int, bool]:
    """By CoC, whether its schedule in force asks for nothing; a CoC without a schedule is not in it."""
    priced = exists().where(FeeItem.schedule_id == FeeSchedule.id)
    query = select(FeeSchedule.coc_id, FeeSchedule.first_day, FeeSchedule.last_day, priced).where(
        FeeSchedule.coc_id.in_({coc_id for coc_id, _ in days}), FeeSchedule.withdrawn_at.is_(None)
    )
    today = dict(days)
    return {
        coc_id: not has_price
        for coc_id, first, last, has_price in db.session.execute(query)
        if first <= today[coc_id] and (last is None or last >= today[coc_id])
    }


def _of_this_year(requests: Sequence[AccessRequest], at: datetime) -> dict[int, list[Invoice]]:
    days = {one.agency_id: local_day(at, one.agency.coc.tz) for one in requests}
    query = select(Invoice).where(
        among(Invoice.agency_id, days), Invoice.state == InvoiceState.ISSUED, Invoice.kind == InvoiceKind.YEARLY,
        Invoice.first_day <= max(days.values()), Invoice.last_day >= min(days.values()), ~is_void(Invoice),
    )  # fmt: skip
    found: dict[int, list[Invoice]] = {}
    for row in db.session.scalars(query.order_by(Invoice.id)):
        if row.first_day <= days[row.agency_id] <= row.last_day:
            found.setdefault(row.agency_id, []).append(row)
    return found


def _paid(rows: Sequence[Invoice]) -> tuple[LineState, str]:
    still = [row for row in rows if row.open_cents > 0]
    if not still:
        return LineState.MET, f"This year's fee is paid: {', '.join(row.number for row in rows)}."
    said = ", ".join(f"{row.number}, {dollars(row.open_cents)} open" for row in still)
    return LineState.MISSING, f"This year's fee is not paid: {said}."


def _fee_line(policy: Policy, state: LineState, sentence: str) -> Line:
    gate = policy.gate(GateName.LICENSE)
    line = next(one for one in gate.requires if one.requirement is Need.FEE_PAID)
    return Line(
        key=str(Need.FEE_PAID),
        label="Fee paid",
        state=state,
        sentence=sentence,
        who_can="The agency pays it.",
        rule=line.rule,
        source=gate.source,
        section=line.section,
        explanation=explain(policy, gate, line.says, rule=line.rule, section=line.section),
    )


# ------------------------------------------------------------------ SON-LI-11: the transfer of an agency's data


@bills_transfers
def transfer_bills(row: Ending) -> date | None:
    """The day of the invoice that bills the transfer, once it is paid: one that names it, or any service billed since
    the data was asked for. Raises Conflict while it is not."""
    named = exists().where(InvoiceLine.invoice_id == Invoice.id, InvoiceLine.basis.in_(TRANSFER))
    since_asked = Invoice.issued_on >= row.asked_on if row.asked_on else false()
    query = select(Invoice).where(
        or_(Invoice.debtor_id == row.agency_id, Invoice.agency_id == row.agency_id),
        or_(and_(named, Invoice.issued_on >= row.noticed_on), and_(Invoice.kind == InvoiceKind.SERVICE, since_asked)),
        Invoice.state == InvoiceState.ISSUED, Invoice.kind != InvoiceKind.CREDIT, ~is_void(Invoice),
    )  # fmt: skip
    rows = db.session.scalars(query.order_by(Invoice.id)).all()
    for one in rows:
        if one.open_cents > 0:
            raise Conflict(
                f"The transfer has not been paid yet: {dollars(one.open_cents)} of invoice {one.number} is open.",
                "The data is delivered once that payment is entered.",
                rule="SON-LI-11",
            )
    return rows[-1].issued_on if rows else None


# ------------------------------------------------------------------ the roster


def _says(ids: Sequence[int], at: datetime) -> dict[int, Cell]:
    """By agency: nothing invoiced, paid, open but not due, or overdue since when; of an earlier day, what is still open
    of what was issued by then."""
    late = and_(is_late(at.date()), Invoice.open_cents > 0)
    query = select(
        Invoice.debtor_id, func.sum(Invoice.open_cents), func.sum(Invoice.open_cents).filter(late),
        func.min(Invoice.due_on).filter(late),
    ).where(
        among(Invoice.debtor_id, ids), Invoice.state == InvoiceState.ISSUED, Invoice.kind != InvoiceKind.CREDIT,
        Invoice.issued_at <= at,
    )  # fmt: skip
    told = dict.fromkeys(ids, Cell(Mark.NONE, "Nothing invoiced"))
    for number, owed, overdue, since in db.session.execute(query.group_by(Invoice.debtor_id)):
        if overdue and since is not None:
            told[number] = Cell(Mark.OUT, f"{dollars(int(overdue))} overdue since {times.say_day(since)}", "HUD-LI-2")
        else:
            told[number] = Cell(Mark.OK, f"{dollars(int(owed))} open" if owed else "Paid")
    return told


def _is_out(at: datetime) -> ColumnElement[bool]:
    return exists().where(
        Invoice.debtor_id == Agency.id, Invoice.state == InvoiceState.ISSUED, Invoice.kind != InvoiceKind.CREDIT,
        Invoice.open_cents > 0, Invoice.issued_at <= at, is_late(at.date()),
    )  # fmt: skip


register_column(Column.FEES, _says, _is_out)
