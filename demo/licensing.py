"""What happens to licenses: changed, on leave, under suspicion, compared with the HMIS, confirmed month by month."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.authz import principal_for
from core.db import db
from core.people.models import Agency, Designation, Person
from demo.agenda import Agenda, Deed
from demo.billing import BillingDays
from demo.inventory import InventoryDays
from demo.past import closures_of
from demo.world import Desk, Workplace
from licensing.access.models import License, LicenseState
from licensing.access.rules import levels_of
from licensing.access.services import local_day, policy_in_force
from licensing.changes import services as changes
from licensing.changes.models import LicenseChange
from licensing.changes.rules import Act, ChangeKind
from licensing.departures.models import DepartureNotice
from licensing.leaves import services as leaves
from licensing.reconciliation import services as reconciliation
from licensing.reconciliation.models import Finding
from licensing.reconciliation.rules import FindingState, Kind
from licensing.reviews import services as reviews
from licensing.reviews.models import AccessReview
from licensing.reviews.rules import Answer
from licensing.suspicions import services as suspicions

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HEADER = ("Email", "User Name", "Name", "Agency", "Access Level", "Status", "Last Login")
SHOWN = "The sign-in log shows two places at once."
FOUND = "The second place was the agency's own other office."
SEEN = "The account shows as inactive now."


@dataclass
class LicenseDays:
    """A desk's last ten days; `number` tells the offices apart."""

    agenda: Agenda
    desk: Desk
    now: datetime
    number: int
    used: set[int] = field(default_factory=set)

    def plan(self) -> None:
        InventoryDays(self.agenda, self.desk, self.now).plan()
        BillingDays(self.agenda, self.desk, self.now).plan()
        place = self.desk.workplaces[0]
        by, manager = place.representative, self.desk.manager_of(place)
        self._at(9, by, self._ask_changes)
        self._at(8, by, self._leave_long)
        self._at(7, by, self._leave_short)
        self._at(6, manager, self._suspect)
        self._at(8.5, self.desk.admin, partial(self._compare, "first"))
        self._at(1.2, self.desk.admin, partial(self._compare, "second"))
        if self.number < 2:
            self._at(3, self.desk.admin, self._review)

    def _at(self, days: float, by: Person, deed: Deed) -> None:
        self.agenda.at(self.now - days * DAY, by, deed)

    def _place(self, held: License) -> Workplace:
        return next(one for one in self.desk.workplaces if one.agency.id == held.agency_id)

    def _somebody(self) -> License:
        """A user of the first community who stays, has no duty at the agency, and was not taken here yet. The first
        few of the first agency are left alone: the demo's sign-ins are theirs."""
        kept = {person.id for person in self.desk.workplaces[0].users[:3]} | self.used
        query = select(License).where(
            License.coc_id == self.desk.workplaces[0].agency.coc_id, License.state == LicenseState.ACTIVE,
            License.ended_at.is_(None), License.person_id.not_in(kept),
            License.agency_id.in_([one.agency.id for one in self.desk.workplaces]),
            License.person_id.not_in(select(DepartureNotice.person_id)),
            License.person_id.not_in(select(Designation.person_id)),
        )  # fmt: skip
        held = db.session.scalars(query.order_by(License.id).limit(1)).one()
        self.used.add(held.person_id)
        return held

    # ------------------------------------------------------------------ changes

    def _ask_changes(self, at: datetime) -> None:
        """One that waits for the manager, one that was approved, one that was denied."""
        for turn, act in enumerate((None, Act.APPROVE, Act.DENY)):
            held = self._somebody()
            row = self._ask(held, turn, at)
            if act is not None:
                number, manager = row.id, self.desk.manager_of(self._place(held))

                def decide(then: datetime, number: int = number, act: Act = act, manager: Person = manager) -> None:
                    why = "Known to us." if act is Act.APPROVE else "The reports of the agency have this already."
                    changes.decide(
                        db.session.get_one(LicenseChange, number), principal_for(manager, then), act, why, then
                    )

                self.agenda.at(at + 20 * HOUR, manager, decide)

    def _ask(self, held: License, turn: int, at: datetime) -> LicenseChange:
        place, levels = self._place(held), levels_of(policy_in_force(held.agency.coc, at))
        once = f"demo-change-{held.id}"
        more = tuple(one.id for one in place.projects if one not in held.projects)
        if turn == 0 and levels:
            other = next(level for level in levels.levels if level != held.level)
            asked = changes.Asked(ChangeKind.LEVEL, "Leads the team now.", once, level=other, job_title="Team lead")
        elif turn == 1 and more:
            asked = changes.Asked(ChangeKind.PROJECTS, "Stands in there too.", once, project_ids=more)
        else:
            asked = changes.Asked(ChangeKind.REPORTING, "Writes the yearly report.", once)
        return changes.ask(held, asked, place.representative, at)

    # ------------------------------------------------------------------ leaves, suspicion

    def _leave(self, days: int, at: datetime) -> None:
        held = self._somebody()
        today = local_day(at, held.agency.tz)
        told = leaves.Told(today - DAY, today + (days - 2) * DAY, f"demo-leave-{held.id}")
        leaves.tell(held, told, principal_for(self._place(held).representative, at), at)

    def _leave_long(self, at: datetime) -> None:
        """So long that Sonoma locks the license."""
        self._leave(90, at)

    def _leave_short(self, at: datetime) -> None:
        self._leave(21, at)

    def _suspect(self, at: datetime) -> None:
        held = self._somebody()
        suspicions.suspend(held, SHOWN, at)
        number = held.id

        def lift(then: datetime) -> None:
            suspicions.lift(db.session.get_one(License, number), FOUND, then)

        self.agenda.at(at + 2 * DAY, self.desk.manager_of(self._place(held)), lift)

    # ------------------------------------------------------------------ compared with the HMIS

    def _compare(self, which: str, at: datetime) -> None:
        """The first list has more that differs; one finding is settled, the second list closes another."""
        lead, by = self.desk.lead, principal_for(self.desk.admin, at)
        content = _file([*self._accounts(which == "first", at)])
        brought = reconciliation.Brought(content, f"hmis-users-{which}.csv", f"demo-list-{which}-{lead.id}")
        reconciliation.accept(reconciliation.bring(lead, brought, by, at), at)
        if which == "first":
            self.agenda.at(at + 5 * HOUR, self.desk.agents[0], self._settle)

    def _accounts(self, is_first: bool, at: datetime) -> Iterator[Sequence[str]]:
        query = select(License).where(License.lead_id == self.desk.lead.id)
        query = query.options(joinedload(License.person), joinedload(License.agency)).order_by(License.id)
        left = 0
        seen = set[int]()
        for held in db.session.scalars(query):
            if held.person_id in seen:
                continue
            seen.add(held.person_id)
            is_over = held.state is LicenseState.ENDED
            left += is_over
            status = "Inactive" if held.state is not LicenseState.ACTIVE and not (is_over and left <= 2) else "Active"
            yield self._account(held.person, held.agency, status, at - (held.id % 13 + 1) * DAY)
        place = self.desk.workplaces[0]
        yield (f"intake@{self.desk.lead.support_address.rpartition('@')[2]}", "intake2", "Front desk",
               place.agency.name, "", "Active", "")  # fmt: skip
        if is_first:
            person = place.users[0]
            yield (person.email, f"{_login(person)}.old", person.name, place.agency.name, "", "Active", "")
            yield ("volunteer@partners.example", "vol1", "Volunteer", "Partners", "", "Active", "")

    def _account(self, person: Person, agency: Agency, status: str, seen_at: datetime) -> Sequence[str]:
        day = seen_at.astimezone(ZoneInfo(self.desk.lead.tz)).date().isoformat()
        return (person.email, _login(person), person.name, agency.name, "", status, day)

    def _settle(self, at: datetime) -> None:
        mine = (Finding.lead_id == self.desk.lead.id, Finding.state == FindingState.OPEN, Finding.kind == Kind.ALIVE)
        for row in db.session.scalars(select(Finding).where(*mine).order_by(Finding.id).limit(1)):
            reconciliation.settle(row, SEEN, principal_for(self.desk.agents[0], at), at)

    # ------------------------------------------------------------------ reviews

    def _review(self, at: datetime) -> None:
        """All are asked: some have confirmed everybody, some half, the others nobody yet."""
        reviews.begin(self.desk.lead, principal_for(self.desk.admin, at), at)
        closed = closures_of(self.desk)
        for turn, place in enumerate(self.desk.workplaces):
            if (row := reviews.open_review(place.agency, at, closed)) is not None and turn % 3:
                number = row.id

                def confirm(then: datetime, number: int = number, place: Workplace = place, turn: int = turn) -> None:
                    self._confirm(number, place, turn % 3 == 1, then)

                self.agenda.at(at + (turn + 2) * HOUR, place.representative, confirm)

    def _confirm(self, number: int, place: Workplace, is_all: bool, at: datetime) -> None:
        row, by = db.session.get_one(AccessReview, number), principal_for(place.representative, at)
        ids = [line.id for line in row.lines]
        if not is_all and len(row.lines) > 2:
            said = reviews.Said(Answer.LEVEL, "Works at the front desk only now.")
            reviews.answer(row.lines[-1], said, by, at)
            ids = ids[: len(ids) // 2]
        reviews.confirm(row, set(ids), by, at)


def _login(person: Person) -> str:
    return person.email.partition("@")[0]


def _file(rows: Sequence[Sequence[str]]) -> bytes:
    told = StringIO()
    csv.writer(told, lineterminator="\n").writerows([HEADER, *rows])
    return told.getvalue().encode()
