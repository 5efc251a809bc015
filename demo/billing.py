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
from licensing.billing.fees import agencies as debtors
from licensing.billing.fees import services as fees
from licensing.billing.fees.agencies import NewRelief
from licensing.billing.fees.models import Basis, FeeSchedule, ReliefKind
from licensing.billing.fees.rules import Year
from licensing.billing.fees.services import NewItem, NewSchedule
from licensing.billing.fees.years import year_of
from licensing.billing.invoices import crediting, running
from licensing.billing.invoices import services as single
from licensing.billing.invoices.models import InvoiceRun
from licensing.billing.invoices.services import Service

DAY = timedelta(days=1)
REPORTS = (
    "Report for the board",
    "Report for the county",
    "Yearly figures for a funder",
    "Data of a grant that ended",
    "Report by town",
)
FUND = "HMIS operations"
LAST, THIS = timedelta(days=330), timedelta(days=75)  # how long ago the year's prices were entered


@dataclass
class BillingDays:
    """Of each of the desk's communities whose manual bills licenses by the year (VT-LI-8)."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        """The last days: a report beside the year's invoices, and what was too much of it."""
        for coc in self._cocs():
            self.agenda.at(self.now - 4 * DAY, self.desk.managers[coc.id], partial(self._bill, coc))

    def plan_before(self, agenda: Agenda) -> None:
        """Last year's run, and this year's, of which the last term was in the last days."""
        for coc in self._cocs():
            manager = self.desk.managers[coc.id]
            for since in self._runs(coc):
                year = year_of(coc, since)
                for days, deed in ((0, self._price), (1, self._tell), (2, self._count), (4, self._issue)):
                    agenda.at(since + days * DAY, manager, partial(deed, coc, year))

    def _cocs(self) -> list[CoC]:
        places = {place.agency.coc_id: place.agency.coc for place in self.desk.workplaces}.values()
        return [coc for coc in places if policy_in_force(coc, self.now).has(CycleName.LICENSE_BILLING)]

    def _runs(self, coc: CoC) -> list[datetime]:
        """One for each billing year: two within a calendar year of the demo, else one."""
        last, this = self.now - LAST, self.now - THIS
        return [last, this] if year_of(coc, last) != year_of(coc, this) else [this]

    def _price(self, coc: CoC, year: Year, at: datetime) -> None:
        """Prices of the year, and a new agency that the state helps through its first half-year."""
        by, is_this = principal_for(self.desk.managers[coc.id], at), self._is_this(coc, year)
        items = (
            NewItem(Basis.LICENSES, "HMIS license", 264_00 if is_this else 245_00),
            NewItem(Basis.ADD_ON, "Reporting", 120_00),
        )
        name, last = ("Fees of this year", None) if is_this else ("Fees of last year", year.last_day)
        fees.begin(coc, NewSchedule(name, year.first_day, last, f"demo-fees-{coc.id}-{year.first_day}", items), by, at)
        if not is_this:
            return
        agency = next(place.agency for place in reversed(self.desk.workplaces) if place.agency.coc_id == coc.id)
        half = year.first_day + 183 * DAY
        told = NewRelief(
            ReliefKind.SUBSIDIZED, 50, year.first_day, half, "Its first months.", f"demo-relief-{coc.id}",
            "State homelessness fund",
        )  # fmt: skip
        debtors.grant_relief(agency, told, by, at)

    def _tell(self, coc: CoC, year: Year, at: datetime) -> None:
        row = next(one for one in fees.schedules_of(coc.id) if one.first_day == year.first_day)
        fees.note_notice(db.session.get_one(FeeSchedule, row.id), local_day(at, coc.tz), "At its meeting.", at)

    def _is_this(self, coc: CoC, year: Year) -> bool:
        return year == year_of(coc, self.now - THIS)

    def _count(self, coc: CoC, year: Year, at: datetime) -> None:
        running.work(self._run(coc, year, at).id)

    def _issue(self, coc: CoC, year: Year, at: datetime) -> None:
        row = self._run(coc, year, at)
        running.issue(row, principal_for(self.desk.managers[coc.id], at), at)
        running.work(row.id)

    def _run(self, coc: CoC, year: Year, at: datetime) -> InvoiceRun:
        by, once = principal_for(self.desk.managers[coc.id], at), f"demo-run-{coc.id}-{year.first_day}"
        return running.begin(coc, year.first_day.year, by, at, once, FUND)

    def _bill(self, coc: CoC, at: datetime) -> None:
        """Reports that were made for some agencies, and what was too much of one."""
        by = principal_for(self.desk.managers[coc.id], at)
        agencies = [place.agency for place in self.desk.workplaces if place.agency.coc_id == coc.id]
        for number, (agency, report) in enumerate(zip(agencies, REPORTS, strict=False)):
            told = [Service(single.OTHER, f"{report}, hours", 6, 85_00)]
            [row] = single.bill_services(agency, told, by, at, f"demo-report-{agency.id}")
            single.issue(row, at)
            if number == 0:
                too_much = {row.lines[0].id: 85_00}
                crediting.credit(
                    row, too_much, crediting.Cause.ERROR, "It took five hours.", by, at, f"demo-credit-{row.id}"
                )
