"""Seats, contracts and the calendar of reports: bought and ordered, on file and about to end, done and to come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import func, select

from core.authz import principal_for
from core.db import db
from core.people.models import CoC
from demo.agenda import Agenda
from demo.world import Desk
from licensing.access.models import License, LicenseState
from licensing.access.rules import levels_of
from licensing.access.services import local_day, policy_in_force
from licensing.calendar import services as calendar
from licensing.calendar.models import ReportDate
from licensing.contracts import services as contracts
from licensing.contracts.models import Contract
from licensing.seats import services as seats
from licensing.seats.models import Seat, SeatType

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STANDARD, ADD_ON = "Standard license", "Reporting add-on"
CENTS, ADD_ON_CENTS = 264_00, 120_00
OVER = "The study is finished; the new one has an agreement of its own."


@dataclass
class InventoryDays:
    """What a desk's manager and administrator put on record of each community."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        admin = self.desk.admin
        for turn, coc in enumerate({place.agency.coc_id: place.agency.coc for place in self.desk.workplaces}.values()):
            self.agenda.at(self.now - 10 * DAY, admin, partial(self._file, coc, turn))
            self.agenda.at(self.now - 9 * DAY, admin, partial(self._schedule, coc))
            # Late: by then whoever gets a license in the demo has it, and is counted.
            self.agenda.at(self.now - 20 * HOUR, admin, partial(self._stock, coc))

    # ------------------------------------------------------------------ on file

    def _file(self, coc: CoC, turn: int, at: datetime) -> None:
        """One with the vendor that ends soon, one that is over; of every second community the CoC's own is missing."""
        today = local_day(at, coc.tz)
        self._put(
            coc, "vendor", self.desk.lead.vendor_name, today - 320 * DAY, today + 45 * DAY, at, "Software, hosting"
        )
        if turn % 2 == 0:
            self._put(coc, "coc", coc.name, today - 700 * DAY, None, at, "Who governs the HMIS, and who runs it")
        self._put(coc, "client-data-transfer", "Regional health exchange", today - 90 * DAY, today + 275 * DAY, at)
        study = self._put(coc, "consultant", "Northlight Research", today - 400 * DAY, today + 200 * DAY, at, "A study")
        contracts.end(study, OVER, at)

    def _put(
        self, coc: CoC, kind: str, party: str, since: date, until: date | None, at: datetime, about: str = ""
    ) -> Contract:
        told = contracts.Filed(kind, party, since, until, f"demo-contract-{coc.id}-{kind}", about)
        return contracts.put_on_file(coc, told, principal_for(self.desk.admin, at), at)

    # ------------------------------------------------------------------ the calendar

    def _schedule(self, coc: CoC, at: datetime) -> None:
        """One made in time, whose next stands on the calendar, one past its day, one to come."""
        today = local_day(at, coc.tz)
        made = self._due(coc, "user-access-report", today + 4 * DAY, 1, at)
        self._due(coc, "audit-report", today + 7 * DAY, 12, at)
        number = made.id

        def done(then: datetime) -> None:
            row = db.session.get_one(ReportDate, number)
            by = principal_for(self.desk.admin, then)
            calendar.done(row, "Sent to the data committee; kept with its minutes.", None, by, then)

        self.agenda.at(at + 3 * DAY, self.desk.admin, done)

    def _due(self, coc: CoC, kind: str, due_on: date, months: int, at: datetime) -> ReportDate:
        told = calendar.Planned(kind, due_on, months, f"demo-report-{coc.id}-{kind}")
        return calendar.plan(coc, told, principal_for(self.desk.admin, at), at)

    # ------------------------------------------------------------------ seats

    def _stock(self, coc: CoC, at: datetime) -> None:
        """As many as are used, and two set aside for one agency: whoever is approved waits, and an order is out."""
        held = select(func.count(License.person_id.distinct())).where(
            License.coc_id == coc.id, License.state != LicenseState.ENDED
        )
        by, today = principal_for(self.desk.admin, at), local_day(at, coc.tz)
        begun = seats.NewType(
            STANDARD, False, (), CENTS, (db.session.scalar(held) or 0) + 2, f"demo-seats-{coc.id}"
        )  # fmt: skip
        kind = seats.begin(coc, begun, by, at)
        self._set_aside(kind, at)
        told = seats.Order(10, today - 12 * DAY, f"demo-order-{coc.id}", reference=f"PO-{2_000 + coc.id}")
        seats.order(kind, told, by, at)
        if levels_of(policy_in_force(coc, at)):
            more = seats.NewType(ADD_ON, True, (), ADD_ON_CENTS, 3, f"demo-add-on-{coc.id}")
            seats.begin(coc, more, by, at)

    def _set_aside(self, kind: SeatType, at: datetime) -> None:
        used = Counter(
            db.session.scalars(select(Seat.agency_id).where(Seat.type_id == kind.id, Seat.freed_at.is_(None)))
        )
        place = next(p for p in reversed(self.desk.workplaces) if p.agency.coc_id == kind.coc_id)
        seats.allocate(kind, place.agency, used[place.agency.id] + 2, at)
