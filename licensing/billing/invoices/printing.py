"""An invoice on paper: made when it is first asked for, and in the background after a run; then it stays the same."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from flask import current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.audit import acting_as
from core.db import db, unit_of_work
from core.errors import Conflict, Unavailable
from core.files.models import StoredFile
from core.files.services import store
from core.money import dollars
from core.people.models import CoC
from core.printing import pdf_of
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState

LONGEST, MOST_FAILED = 10.0, 50  # seconds of one look, so that what else the sweep does has its turn
log = logging.getLogger(__name__)


def keep(row: Invoice) -> None:
    """The row is locked and issued. Its file is made once. Raises Unavailable where this machine makes no PDF."""
    if row.file_id is not None:
        return
    credited = db.session.get(Invoice, row.credits_id) if row.credits_id else None
    html = render_template(
        "licensing/billing/invoices/printed.html",
        row=row, lead=row.coc.lead, dollars=dollars, is_credit=row.kind is InvoiceKind.CREDIT, credited=credited,
    )  # fmt: skip
    made = pdf_of(html, Path(current_app.static_folder or "") / "invoice.css")
    row.file_id = store(made, f"{row.number}.pdf").id


def file_of(number: int) -> StoredFile:
    """The invoice's file, made now where it has none. Raises Conflict for a draft, Unavailable as `keep` does."""
    mine = select(StoredFile).join(Invoice, Invoice.file_id == StoredFile.id).where(Invoice.id == number)
    if (made := db.session.scalar(mine)) is not None:
        return made
    with unit_of_work() as session:
        query = select(Invoice).where(Invoice.id == number).options(joinedload(Invoice.coc).joinedload(CoC.lead))
        locked = query.with_for_update(of=Invoice, key_share=True).execution_options(populate_existing=True)
        row = session.scalars(locked).one()
        if row.state is not InvoiceState.ISSUED:
            raise Conflict("A draft has no PDF.", "Issue it first.")
        keep(row)
        session.flush()
        return session.get_one(StoredFile, row.file_id)


def look() -> int:
    """Those that have no file yet, for some seconds of the sweep; another process's are left to it. One that cannot be
    printed is said in the log, and holds up no other. Returns how many were made."""
    done, reached, failed, until = 0, 0, 0, time.monotonic() + LONGEST
    with acting_as("system:invoices"):
        while time.monotonic() < until and failed < MOST_FAILED:
            try:
                reached = _next(reached)
            except Unavailable as error:
                log.warning("invoices are not printed: %s", error.message)
                return done
            except NotPrinted as error:
                log.exception("invoice %s is not printed", error.invoice_id)
                reached, failed = error.invoice_id, failed + 1
                continue
            if not reached:
                return done
            done += 1
    return done


class NotPrinted(Exception):
    def __init__(self, invoice_id: int) -> None:
        super().__init__(invoice_id)
        self.invoice_id = invoice_id


def _next(after: int) -> int:
    """Print the next after that one; returns its id, 0 where there is none. Raises NotPrinted."""
    with unit_of_work() as session:
        mine = (Invoice.state == InvoiceState.ISSUED, Invoice.file_id.is_(None), Invoice.id > after)
        query = select(Invoice).where(*mine).options(joinedload(Invoice.coc).joinedload(CoC.lead))
        # Printing takes a second: a payment or a credit that only points at the invoice does not wait for it.
        query = query.order_by(Invoice.id).limit(1).with_for_update(of=Invoice, skip_locked=True, key_share=True)
        row = session.scalar(query)
        if row is None:
            return 0
        number = row.id
        try:
            keep(row)
        except Unavailable:
            raise
        except Exception as error:
            raise NotPrinted(number) from error
    return number
