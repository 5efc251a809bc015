"""What the table of routes needs of HMIS accounts: a list that was brought, and a finding of each agency."""

from __future__ import annotations

from sqlalchemy import select

from core import clock
from core.db import unit_of_work
from core.deadlines import open_deadline
from core.files.services import store
from core.people.models import Agency
from licensing.access.models import License
from licensing.access.services import policy_in_force
from licensing.provisioning.models import AccountChange
from licensing.provisioning.rules import SendState
from licensing.reconciliation import services
from licensing.reconciliation.models import Finding, Reconciliation
from licensing.reconciliation.rules import ImportState, Kind, Vendor, clock_of
from licensing.reviews.models import ReviewLine
from licensing.reviews.services import open_review


def list_of(lead_id: int, by_id: int, mark: str, state: ImportState = ImportState.PREVIEW) -> int:
    data = f"Email\n{mark}@list.test\n".encode()
    with unit_of_work() as session:
        row = Reconciliation(
            lead_id=lead_id, file_id=store(data, f"{mark}.csv").id, sha256=f"{mark}-{state}", vendor=Vendor.OTHER,
            state=state, accounts=1, counts={}, notes=[f"Read by {mark}."], by_id=by_id, at=clock.now(),
            once=f"list-{mark}-{state}",
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def finding_at(agency: Agency, by_id: int, mark: str) -> int:
    now, number = clock.now(), list_of(agency.lead_id, by_id, f"{mark}-{agency.id}", ImportState.DISCARDED)
    with unit_of_work() as session:
        row = Finding(
            lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, kind=Kind.UNKNOWN, key=mark,
            email=f"{mark.lower()}@list.test", account=mark, name=f"Account {mark}", agency_said=mark, said_level="",
            line=2, found_in=number, seen_in=number, at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        due = policy_in_force(agency.coc, now).due(clock_of(row.kind), now, agency.zone)
        open_deadline(
            services.CLOCK, row, due, title=f"Account of {mark}", lead_id=row.lead_id, coc_id=row.coc_id,
            agency_id=row.agency_id,
        )  # fmt: skip
        return row.id


def review_at(agency: Agency) -> dict[str, int]:
    """A review of the agency's users, and one of them."""
    with unit_of_work() as session:
        row = open_review(agency, clock.now(), ())
        assert row is not None, "somebody has a license there"
        first = session.scalars(select(ReviewLine.id).where(ReviewLine.review_id == row.id).limit(1)).one()
        return {"user_review": row.id, "review_line": first}


def change_of(lead_id: int) -> int:
    """What a vendor could not be told about a license of the Lead's."""
    with unit_of_work() as session:
        held = session.scalars(select(License).where(License.lead_id == lead_id).limit(1)).one()
        now = clock.now()
        row = AccountChange(
            lead_id=lead_id, person_id=held.person_id, license_id=held.id, why="ended", state=SendState.DEAD, at=now,
            next_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id
