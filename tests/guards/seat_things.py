"""What the table of routes needs of the inventory: a type of seats of the CoC, with an order under way."""

from __future__ import annotations

from core import clock
from core.db import db, unit_of_work
from core.files.services import store
from core.people.models import Agency, Person
from licensing.access.models import License, LicenseState
from licensing.calendar.models import ReportDate
from licensing.contracts.models import Contract
from licensing.credentials.models import HmisCredential
from licensing.credentials.rules import Channel
from licensing.seats.models import SeatOrder, SeatType


def of(agency: Agency, person: Person, mark: str) -> dict[str, int]:
    """An add-on, so that no request of another test waits for it."""
    now = clock.now()
    with unit_of_work() as session:
        kind = SeatType(
            lead_id=agency.lead_id, coc_id=agency.coc_id, name=f"Reports of {mark}", is_add_on=True, cents=1000,
            created_at=now, once=f"seats-{mark}",
        )  # fmt: skip
        session.add(kind)
        session.flush()
        whose = {"type_id": kind.id, "lead_id": agency.lead_id, "by_id": person.id, "at": now, "ordered_on": now.date()}
        there = SeatOrder(count=3, arrived_at=now, once=f"there-{mark}", **whose)
        coming = SeatOrder(count=5, once=f"coming-{mark}", **whose)
        session.add_all([there, coming])
        session.flush()
        return {"seat_type": kind.id, "seat_order": coming.id, **_filed(agency, person, mark)}


def _filed(agency: Agency, person: Person, mark: str) -> dict[str, int]:
    """A contract and a report, each with its file."""
    now, session = clock.now(), db.session
    whose = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "by_id": person.id, "at": now, "once": f"f-{mark}"}
    paper = store(b"plain words", f"{mark}.txt").id
    contract = Contract(
        kind="consultant", party=f"Consultants of {mark}", effective_on=now.date(), file_id=paper, **whose
    )
    report = ReportDate(kind="audit-report", due_on=now.date(), file_id=paper, **whose)
    session.add_all([contract, report])
    session.flush()
    return {"contract": contract.id, "report_date": report.id}


def credential_of(person: Person, agency: Agency) -> int:
    """A password that was made for this person once, of a license that has ended since."""
    now = clock.now()
    whose = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "person_id": person.id}
    with unit_of_work() as session:
        held = License(state=LicenseState.ENDED, since=now, ended_at=now, **whose)
        session.add(held)
        session.flush()
        row = HmisCredential(
            license_id=held.id, user_name="user", name_by=Channel.MAIL, secret_by=Channel.PHONE, made_by_id=person.id,
            made_at=now, once=f"credential-{person.id}", **whose,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id
