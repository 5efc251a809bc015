"""Complaints, conflicts, changes of the policies, letters and breaches of the last days, each where it has got to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.authz import principal_for
from core.db import db
from core.people.models import Person, StaffRole
from demo.agenda import Agenda, Deed
from demo.world import Desk, Workplace
from helpdesk.matters.breaches import services as breaches
from helpdesk.matters.changes import rules as change_rules
from helpdesk.matters.changes import services as changes
from helpdesk.matters.changes.models import PolicyChange
from helpdesk.matters.complaints import services as complaints
from helpdesk.matters.complaints.rules import Channel, Kind
from helpdesk.matters.complaints.services import Said
from helpdesk.matters.conflicts import rules as conflict_rules
from helpdesk.matters.conflicts import services as conflicts
from helpdesk.matters.conflicts.models import Conflict
from helpdesk.matters.letters import services as letters
from helpdesk.matters.policies import policy_at
from helpdesk.matters.seats.services import holders

DAY = timedelta(days=1)
TOLD = (
    "Two colleagues use one user name at the front desk, because the second one never got a license of her own.",
    "Screens at the intake desk face the waiting room, so that everybody there can read what is entered.",
)
CHANGE = (
    "Seven days to enter a record",
    "Section on timeliness: instead of five days, a program enters the record within seven days of the first contact.",
)


@dataclass
class MatterDays:
    """What a desk's agencies brought forward; `number` tells the desks apart."""

    agenda: Agenda
    desk: Desk
    now: datetime
    number: int

    def plan(self) -> None:
        first, second, third = self.desk.workplaces[:3]
        self._do(9, first.users[0], lambda at: self._complain(first, second.users[0], TOLD[0], at))
        self._do(6, second.users[0], lambda at: self._complain(second, self.desk.agents[0], TOLD[1], at))
        self._do(5, third.director, lambda at: self._letter(third, at))
        self._do(4, second.users[0], lambda at: self._breach(second, second.users[0], at - timedelta(hours=3), at))
        self._do(3, self.desk.agents[0], lambda at: self._breach(third, self.desk.agents[0], at, at))
        if conflict_rules.has_ladder(policy_at(first.agency.coc, self.now)):
            _Disagreement(self, first).begin()
        if change_rules.has_ladder(policy_at(first.agency.coc, self.now)):
            _Proposal(self, second).begin()

    def _do(self, days: float, by: Person, deed: Deed) -> None:
        self.agenda.at(self.now - days * DAY, by, deed)

    def _complain(self, place: Workplace, about: Person, words: str, at: datetime) -> None:
        by = place.users[0]
        once = f"demo-complaint-{self.number}-{about.id}"
        said = Said(Kind.VIOLATION, place.agency.name, about.email, "In the last two weeks", words, once)
        complaints.file_complaint(said, by, [place.agency.coc], Channel.FORM, at)

    def _letter(self, place: Workplace, at: datetime) -> None:
        by = principal_for(place.director, at)
        letters.issue(place.agency, by, "the county's housing fund", f"demo-letter-{self.number}", at)

    def _breach(self, place: Workplace, by: Person, known: datetime, at: datetime) -> None:
        words = "A laptop with an open session was left in the hall for an hour; nobody is known to have used it."
        once = f"demo-breach-{self.number}-{by.id}"
        breaches.note_breach(place.agency, principal_for(by, at), known, words, once, at)


@dataclass
class _Disagreement:
    """An agency and the Lead about a fee: taken up by the manager, not settled yet."""

    plan: MatterDays
    place: Workplace

    def begin(self) -> None:
        for days, by, deed in (
            (10, self.place.director, self._open),
            (9, self._manager, self._answer),
            (8, self.place.director, self._forward),
            (7, self._manager, self._take_up),
        ):
            self.plan.agenda.at(self.plan.now - days * DAY, by, deed)

    @property
    def _manager(self) -> Person:
        return self.plan.desk.manager_of(self.place)

    def _row(self) -> Conflict:
        return db.session.get_one(Conflict, self.id)

    def _open(self, at: datetime) -> None:
        words = "The invoice counts three licenses that ended in spring. We asked twice and got the same invoice again."
        by = principal_for(self.place.director, at)
        self.id = conflicts.open_conflict(
            self.place.agency, by, "Licenses on the invoice", words, "demo-conflict", at
        ).id

    def _answer(self, at: datetime) -> None:
        words = "The licenses were ended in July; the invoice is for the quarter before."
        conflicts.state(self._row(), principal_for(self._manager, at), words, "demo-conflict-answer", at)

    def _forward(self, at: datetime) -> None:
        conflicts.forward(self._row(), principal_for(self.place.director, at), at)

    def _take_up(self, at: datetime) -> None:
        conflicts.take_up(self._row(), principal_for(self._manager, at), at)


@dataclass
class _Proposal:
    """A change that was adopted and forwarded; one agency has acknowledged it."""

    plan: MatterDays
    place: Workplace

    def begin(self) -> None:
        manager = self.plan.desk.manager_of(self.place)
        for days, by, deed in (
            (12, self.place.director, self._propose),
            (11, manager, self._put_to_vote),
            (10, None, self._vote),
            (9, manager, self._adopt),
            (8, manager, self._forward),
            (6, self.place.director, self._acknowledge),
        ):
            self.plan.agenda.at(self.plan.now - days * DAY, by, deed)

    def _row(self) -> PolicyChange:
        return db.session.get_one(PolicyChange, self.id)

    def _propose(self, at: datetime) -> None:
        title, words = CHANGE
        by = principal_for(self.place.director, at)
        self.id = changes.propose(self.place.agency.coc, self.place.agency, by, title, words, "demo-change", at).id

    def _put_to_vote(self, at: datetime) -> None:
        changes.put_to_vote(self._row(), at)

    def _vote(self, at: datetime) -> None:
        row = self._row()
        members = holders(StaffRole.DATA_COMMITTEE, row.lead_id, row.coc_id, at)
        for person in members[: changes.tally(row, at).needed]:
            changes.vote(row, principal_for(person, at), "for", at)

    def _adopt(self, at: datetime) -> None:
        row = self._row()
        by = principal_for(self.plan.desk.manager_of(self.place), at)
        day = at.astimezone(self.place.agency.zone).date()
        changes.board_decides(row, by, day, "Minutes of the board, item 4", at, approves=True)

    def _forward(self, at: datetime) -> None:
        changes.forward(self._row(), at)

    def _acknowledge(self, at: datetime) -> None:
        mine = next(d for d in changes.deliveries(self._row()) if d.agency_id == self.place.agency.id)
        changes.acknowledge(mine, principal_for(self.place.director, at), at)
