"""Reading a bank's list and making payments of it: each line once, whatever is pressed or brought again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_
from sqlalchemy.orm import joinedload

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, DomainError, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import Agency, CoC
from core.tables import Table
from licensing.access.ground import local_day
from licensing.billing.banking import rules
from licensing.billing.banking.rules import Line, Match, Open
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState
from licensing.billing.payments import services as payments
from licensing.billing.payments.models import BankImport, BankLine, Method, Payment
from licensing.billing.payments.queries import reach
from licensing.billing.payments.services import Received
from licensing.billing.permissions import Permission


def begin(lead_id: int, name: str, table: Table, by: Principal, once: str, at: datetime) -> BankImport:
    """Keep the list and read it as far as its titles say; nothing is paid yet. The same form again is the same list."""
    one_at_a_time(once)
    if earlier := db.session.scalar(select(BankImport).where(BankImport.once == once)):
        if (earlier.lead_id, earlier.by_id, earlier.name) != (lead_id, by.person_id, name[:300]):
            raise KeyUsed
        return earlier
    table = rules.titled(table)
    rules.must_be_few(table)
    kept = {"header": table.header, "rows": [[line, rules.kept(cells)] for line, cells in table.rows]}
    row = BankImport(lead_id=lead_id, name=name[:300], by_id=by.person_id, at=at, table=kept, once=once)
    db.session.add(row)
    db.session.flush()
    record("bank_list.read", row, data={"name": row.name, "lines": len(table.rows)})
    columns = rules.guess(table.header)
    if all(what in columns for what in rules.NEEDED):
        read_by(row, columns, by, at)
    return row


def read_by(row: BankImport, columns: Mapping[str, int], by: Principal, at: datetime) -> None:
    """Read the list by these columns, and say of each line whose it is. Raises Invalid at the column it concerns, and
    Conflict once a payment was made of a line: read by another day or text, it would be taken for another one."""
    _must_be_open(row)
    if _is_begun(row):
        raise Conflict("Some of its lines are payments already.", "Take the others, or leave them out one by one.")
    rules.must_serve(columns, row.table["header"])
    told = rules.read(
        row.lead_id, [(line, cells) for line, cells in row.table["rows"]], columns, local_day(at, by.tz or "UTC")
    )
    db.session.execute(delete(BankLine).where(BankLine.import_id == row.id))
    row.columns = dict(columns)
    row.table = row.table | {"bad": [list(one) for one in told.bad], "went_out": told.went_out}
    before = _before(row, told.lines)
    matches = match_all(told.lines, row.lead_id, by)
    for line in told.lines:
        match = before.get(line.digest) or matches[line.position]
        db.session.add(
            BankLine(
                import_id=row.id, position=line.position, on=line.on, cents=line.cents, words=line.words,
                reference=line.reference, digest=line.digest, invoice_id=match.invoice_id, debtor_id=match.debtor_id,
                why=match.why[:300], is_skipped=line.digest in before,
            )
        )  # fmt: skip
    db.session.flush()


def _before(row: BankImport, lines: Sequence[Line]) -> dict[str, Match]:
    """Lines of which a payment was made from an earlier list."""
    query = select(BankLine.digest, Payment).join(Payment, Payment.id == BankLine.payment_id)
    query = query.where(BankLine.digest.in_([one.digest for one in lines]), Payment.lead_id == row.lead_id)
    return {
        digest: Match(f"Taken before, from an earlier list: {payment.number}.", payment.debtor_id)
        for digest, payment in db.session.execute(query)
    }


def match_all(lines: Sequence[Line], lead_id: int, by: Principal) -> dict[int, Match]:
    """For each line by its position, in two statements however many there are; of that Lead's invoices alone."""
    numbers = {one.position: rules.numbers_in(one) for one in lines}
    wanted = {number for found in numbers.values() for number in found}
    theirs = Invoice.lead_id == lead_id
    named = _invoices(by, theirs, tuple_(Invoice.series, Invoice.year, Invoice.sequence).in_(wanted)) if wanted else []
    by_number = {(row.series, row.year, row.sequence): row for row in named}
    alike = (
        _invoices(by, theirs, Invoice.open_cents > 0, Invoice.open_cents.in_({one.cents for one in lines}))
        if lines
        else []
    )
    told: dict[int, Match] = {}
    for line in lines:
        called = {row.id: _as_open(row) for key in numbers[line.position] if (row := by_number.get(key))}
        same = [_as_open(row) for row in alike if row.open_cents == line.cents]
        told[line.position] = rules.match(line, list(called.values()), same)
    return told


def _invoices(by: Principal, *conditions: ColumnElement[bool]) -> list[Invoice]:
    query = select(Invoice).where(
        Invoice.state == InvoiceState.ISSUED, Invoice.kind != InvoiceKind.CREDIT,
        reach(by, Permission.RECEIVE, Invoice), *conditions,
    )  # fmt: skip
    return list(db.session.scalars(query.options(joinedload(Invoice.debtor)).order_by(Invoice.id)))


def _as_open(row: Invoice) -> Open:
    return Open(row.id, row.number, row.debtor_id, row.debtor.name, row.open_cents)


def choose(line: BankLine, row: BankImport, debtor: Agency, invoice_id: int | None, by: Principal) -> None:
    """Somebody says whose it is; the invoice must be the agency's and open."""
    _must_be_open(row)
    _must_wait(line)
    if invoice_id is not None:
        known = select(Invoice.id).where(
            Invoice.id == invoice_id, Invoice.debtor_id == debtor.id, Invoice.state == InvoiceState.ISSUED,
            Invoice.open_cents > 0,
        )  # fmt: skip
        if db.session.scalar(known) is None:
            raise Invalid("This invoice is not open for that agency.", "Choose another, or only the agency.", "invoice")
    line.debtor_id, line.invoice_id, line.is_skipped = debtor.id, invoice_id, False
    line.why = f"Chosen by {by.name}."[:300]


def leave_out(line: BankLine, row: BankImport, by: Principal, *, is_out: bool) -> None:
    """It is no payment of an agency; or it is one after all. Said twice it is the same."""
    _must_be_open(row)
    _must_wait(line)
    if line.is_skipped == is_out:
        return
    line.is_skipped = is_out
    line.why = (f"Left out by {by.name}." if line.is_skipped else f"Taken in again by {by.name}.")[:300]


def must_not_be_discarded(row: BankImport) -> None:
    """Raises Conflict; whoever looked at it before somebody discarded it is told so."""
    if row.discarded_at is not None:
        _must_be_open(row)


def apply_line(line: BankLine, by: Principal, at: datetime) -> bool:
    """Make the payment of one line; in a unit of work of its own. Returns whether it did; a line that cannot be taken
    says why, and waits."""
    if line.payment_id is not None or line.is_skipped or line.debtor_id is None:
        return False
    debtor = db.session.get_one(Agency, line.debtor_id)
    if not by.can(Permission.RECEIVE, agency=debtor):
        line.why = f"Not taken: {debtor.name} is beyond your reach by now. Leave it to who looks after it."[:300]
        return False
    once = _once_of(line)
    told = Received(
        Method.ACH,
        line.cents,
        line.on,
        once,
        line.reference[:120] or line.words[:120],
        "",
        _part(line),
        keeps_rest=True,
    )
    try:
        line.payment_id = payments.take(debtor, told, by, at).id
    except (Conflict, Invalid) as error:
        line.why = _said(error)
        return False
    return True


def _once_of(line: BankLine) -> str:
    """The same line is one payment whatever list it stands on; where that was reversed, it can be one again."""
    once = f"bank:{line.digest}"[:80]
    gone = select(Payment.id).where(Payment.once == once, Payment.reversed_at.is_not(None))
    return f"bank:{line.id}:{line.digest}"[:80] if db.session.scalar(gone) is not None else once


def _said(error: DomainError) -> str:
    advice = "Leave the line out, or enter it by hand." if error.field == "is_another" else error.advice
    return f"Not taken: {error.message} {advice}"[:300]


def _part(line: BankLine) -> dict[int, int] | None:
    """To the invoice that was named, as much as it takes; else to what has been due longest."""
    if line.invoice_id is None:
        return None
    open_cents = db.session.scalar(select(Invoice.open_cents).where(Invoice.id == line.invoice_id)) or 0
    return {line.invoice_id: min(line.cents, open_cents)} if open_cents > 0 else None


def close(row: BankImport, at: datetime) -> None:
    """After its lines were taken: those left need nobody any more."""
    row.applied_at = at
    row.table = {
        "header": row.table["header"],
        "bad": row.table.get("bad", []),
        "went_out": row.table.get("went_out", 0),
    }
    mine = (BankLine.import_id == row.id, BankLine.payment_id.is_not(None))
    taken = db.session.scalar(select(func.count()).select_from(BankLine).where(*mine))
    record("bank_list.taken", row, data={"payments": taken})


def discard(row: BankImport, at: datetime) -> None:
    _must_be_open(row)
    if _is_begun(row):
        raise Conflict("Some of its lines are payments already.", "Take the others, or leave them out one by one.")
    row.discarded_at = at
    row.table = {"header": row.table["header"]}
    record("bank_list.discarded", row, data={"name": row.name})


def _is_begun(row: BankImport) -> bool:
    taken = select(BankLine.id).where(BankLine.import_id == row.id, BankLine.payment_id.is_not(None))
    return db.session.scalar(taken.limit(1)) is not None


def _must_be_open(row: BankImport) -> None:
    if row.state != "to look over":
        raise Conflict(f"This list was {row.state} before.", "Its lines say what became of them.")


def _must_wait(line: BankLine) -> None:
    if line.payment_id is not None:
        raise Conflict("This line is a payment already.", "See its receipt.")


def reach_of_lists(by: Principal) -> ColumnElement[bool]:
    """The Lead's; and one's own for who looks after a CoC of that Lead."""
    scope = by.scope(Permission.RECEIVE)
    theirs = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    own = and_(BankImport.by_id == by.person_id, BankImport.lead_id.in_(theirs))
    return or_(BankImport.lead_id.in_(scope.lead_ids), own)


def state_of(lines: Sequence[BankLine]) -> dict[str, Any]:
    """How many of a list's lines are ready, to choose, left out, and taken; and what the ready ones come to."""
    ready = [one for one in lines if one.debtor_id and not one.is_skipped and one.payment_id is None]
    return {
        "ready": len(ready),
        "cents": sum(one.cents for one in ready),
        "choose": sum(one.debtor_id is None and not one.is_skipped for one in lines),
        "skipped": sum(one.is_skipped for one in lines),
        "taken": sum(one.payment_id is not None for one in lines),
    }
