"""The July invoices of the whole country: counted and issued, with the books and the mails, without PDF."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from bench import cluster
from bench.measure import TARGETS, Goal, measures
from bench.recertification import AGENCIES, PEOPLE, ROWS, ZONE
from core import clock
from core.authz import Principal, principal_for
from core.db import db, unit_of_work
from core.people.models import CoC, Lead, LeadStaff, Person, StaffRole
from licensing.billing.books.models import LedgerEntry
from licensing.billing.fees import services as fees
from licensing.billing.fees.models import Basis
from licensing.billing.fees.services import NewItem, NewSchedule
from licensing.billing.invoices import running
from licensing.billing.invoices.models import InvoiceRun

MINUTES = 5 * 60
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo(ZONE))
NAMED = (
    "insert into designation (agency_id, person_id, kind, started_on)"
    " select distinct on (agency_id) agency_id, person_id, 'authorized-representative', :first"
    " from license order by agency_id, id"
)


@measures(
    "invoices", f"{AGENCIES:,} agencies with {PEOPLE:,} licenses billed for a year", "s", Goal(MINUTES, TARGETS)
)  # fmt: skip
def invoices() -> float:
    with cluster.database() as server, cluster.application(server), clock.frozen(NOON):
        coc, principal = _everybody()
        began = time.monotonic()
        with unit_of_work():
            number = running.begin(coc, 2026, principal, NOON, "bench-run").id
        running.work(number)
        with unit_of_work() as session:
            running.issue(session.get_one(InvoiceRun, number, with_for_update=True), principal, NOON)
        running.work(number)
        seconds = time.monotonic() - began
        row = db.session.get_one(InvoiceRun, number, populate_existing=True)
        booked = db.session.scalar(select(func.sum(LedgerEntry.cents)))
    if (row.issued, row.issued_cents) != (AGENCIES, booked):
        raise RuntimeError(f"{row.issued} invoices of {row.issued_cents}, and {booked} in the books")
    return seconds


def _everybody() -> tuple[CoC, Principal]:
    since = NOON - timedelta(days=400)
    with unit_of_work() as session:
        lead = Lead(name="Prairie HMIS Office", tz=ZONE)
        admin = Person(name="Ada Boone", email="ada@office.example", created_at=since)
        session.add_all([lead, admin])
        session.flush()
        coc = CoC(lead_id=lead.id, code="XX-500", name="The country", pack="vermont", tz=ZONE)
        staff = LeadStaff(
            lead_id=lead.id, person_id=admin.id, role=StaffRole.ADMIN, skills=[], started_on=since.date()
        )  # fmt: skip
        session.add_all([coc, staff])
        session.flush()
        values = {
            "lead": lead.id, "coc": coc.id, "since": since, "agencies": AGENCIES, "people": PEOPLE,
            "first": since.date(),
        }  # fmt: skip
        for statement in (*ROWS[:3], NAMED, "analyze"):
            session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
        principal = principal_for(admin, NOON)
        items = (NewItem(Basis.FLAT, "Participation", 250_00), NewItem(Basis.LICENSES, "HMIS license", 264_00))
        fees.begin(coc, NewSchedule("Fees", date(2026, 7, 1), None, "bench", items), principal, NOON)
    return coc, principal
