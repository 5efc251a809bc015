"""What the table of routes needs of the inventory: a type of seats of the CoC, with an order under way."""

from __future__ import annotations

from core import clock
from core.db import unit_of_work
from core.people.models import Agency, Person
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
        return {"seat_type": kind.id, "seat_order": coming.id}
