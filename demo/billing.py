"""What agencies pay: the prices of a community that bills its licenses, this year's invoices, a report beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from core.authz import principal_for
from core.db import db
from core.people.models import CoC
from core.policy.vocabulary import CycleName
from demo.agenda import Agenda
from demo.world import Desk
from licensing.access.services import local_day, policy_in_force
from licensing.billing.fees import services as fees
from licensing.billing.fees.models import Basis, FeeSchedule, ReliefKind
from licensing.billing.fees.services import NewItem, NewRelief, NewSchedule
from licensing.billing.fees.years import year_of
from licensing.billing.invoices import crediting, running
from licensing.billing.invoices import services as single
from licensing.billing.invoices.models import InvoiceRun
from licensing.billing.invoices.services import Service

DAY = timedelta(days=1)


@dataclass
class BillingDays:
    """Of each of the desk's communities whose manual bills licenses by the year (VT-LI-8)."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        for coc in {place.agency.coc_id: place.agency.coc for place in self.desk.workplaces}.values():
            if not policy_in_force(coc, self.now).has(CycleName.LICENSE_BILLING):
                continue
            manager = self.desk.managers[coc.id]
            for days, deed in (
                (16, self._price),
                (15, self._tell),
                (14, self._count),
                (13, self._issue),
                (4, self._bill),
            ):
                self.agenda.at(self.now - days * DAY, manager, partial(deed, coc))

    def _price(self, coc: CoC, at: datetime) -> None:
        """Prices of last year and of this one, and a new agency that the state helps through its first half-year."""
        by, year = principal_for(self.desk.managers[coc.id], at), year_of(coc, at)
        before = year.first_day.replace(year=year.first_day.year - 1)
        add_on = NewItem(Basis.ADD_ON, "Reporting", 120_00)
        for name, first, last, cents in (
            ("Fees of last year", before, year.first_day - DAY, 245_00),
            ("Fees of this year", year.first_day, None, 264_00),
        ):
            items = (NewItem(Basis.LICENSES, "HMIS license", cents), add_on)
            fees.begin(coc, NewSchedule(name, first, last, f"demo-fees-{coc.id}-{first}", items), by, at)
        agency = next(place.agency for place in reversed(self.desk.workplaces) if place.agency.coc_id == coc.id)
        half = year.first_day + 183 * DAY
        told = NewRelief(
            ReliefKind.SUBSIDIZED, 50, year.first_day, half, "Its first months.", f"demo-relief-{coc.id}",
            "State homelessness fund",
        )  # fmt: skip
        fees.grant_relief(agency, told, by, at)

    def _tell(self, coc: CoC, at: datetime) -> None:
        """The committee heard of last year's prices; of this year's it has not been told yet."""
        row = fees.schedules_of(coc.id)[0]
        fees.note_notice(db.session.get_one(FeeSchedule, row.id), local_day(at, coc.tz), "At its meeting.", at)

    def _count(self, coc: CoC, at: datetime) -> None:
        by = principal_for(self.desk.managers[coc.id], at)
        row = running.begin(coc, year_of(coc, at).first_day.year, by, at, f"demo-run-{coc.id}")
        running.work(row.id)

    def _issue(self, coc: CoC, at: datetime) -> None:
        by = principal_for(self.desk.managers[coc.id], at)
        row = running.begin(coc, year_of(coc, at).first_day.year, by, at, f"demo-run-{coc.id}")
        running.issue(db.session.get_one(InvoiceRun, row.id), by, at)
        running.work(row.id)

    def _bill(self, coc: CoC, at: datetime) -> None:
        """A report that was made for one agency, and what was too much of it."""
        by = principal_for(self.desk.managers[coc.id], at)
        agency = next(place.agency for place in self.desk.workplaces if place.agency.coc_id == coc.id)
        told = [Service(single.OTHER, "Report for the board, hours", 6, 85_00)]
        [row] = single.bill_services(agency, told, by, at, f"demo-report-{coc.id}")
        single.issue(row, at)
        crediting.credit(
            row, {row.lines[0].id: 85_00}, crediting.Cause.ERROR, "It took five hours.", by, at, f"demo-credit-{coc.id}"
        )
