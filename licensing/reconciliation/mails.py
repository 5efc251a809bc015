"""Who is told that the HMIS's list of users differs from the licenses."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.outbox import enqueue
from core.people.models import Lead, StaffRole
from core.people.services import staff_in
from licensing.reconciliation.models import Reconciliation
from licensing.reconciliation.rules import KINDS, URGENT, Kind


def found(row: Reconciliation, new: dict[str, int], at: datetime) -> None:
    """One mail for each of the Lead's administrators and managers, where there is anything new to settle."""
    if not new:
        return
    kinds = [(KINDS[kind], new[kind], kind in URGENT) for kind in Kind if kind in new]
    lead = db.session.get_one(Lead, row.lead_id)
    staff = staff_in(row.lead_id, (StaffRole.MANAGER, StaffRole.ADMIN), at)
    for person in {one.id: one for people in staff.values() for one in people}.values():
        told = {"kinds": kinds, "total": sum(new.values()), "lead": lead, "path": "/reconciliation/findings"}
        enqueue(
            "reconciliation-found", person, key=f"reconciliation-found:{row.id}:{person.id}", context=told, subject=row
        )
