"""An invoice on paper: made when it is first asked for, and in the background after a run; then it stays the same."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.audit import acting_as
from core.db import db, unit_of_work
from core.errors import Unavailable
from core.files.services import store
from core.money import dollars
from core.people.models import CoC
from core.printing import pdf_of
from licensing.billing.invoices.models import Invoice, InvoiceKind, InvoiceState

AT_ONCE = 5
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


def look() -> int:
    """A few that have no file yet, for the sweep; another process's are left to it. Returns how many were made."""
    done = 0
    with acting_as("system:invoices"):
        while done < AT_ONCE and _next():
            done += 1
    return done


def _next() -> bool:
    with unit_of_work() as session:
        query = select(Invoice).where(Invoice.state == InvoiceState.ISSUED, Invoice.file_id.is_(None))
        query = query.options(joinedload(Invoice.coc).joinedload(CoC.lead)).order_by(Invoice.id).limit(1)
        row = session.scalar(query.with_for_update(of=Invoice, skip_locked=True))
        if row is None:
            return False
        try:
            keep(row)
        except Unavailable as error:
            log.warning("invoices are not printed: %s", error.message)
            return False
    return True
