"""What agencies have signed in the demo: a first version that all signed, and a second one that some still have to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from core.authz import principal_for
from core.db import db
from core.people.models import CoC
from demo.agenda import Agenda
from demo.world import Desk
from licensing.access.ground import local_day
from licensing.agreements import documents, rules, services
from licensing.agreements.documents import Written
from licensing.agreements.models import Agreement, Document
from licensing.agreements.rules import Kind, State
from licensing.agreements.services import Signing

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TITLE = "Agency partnership agreement"
BODY = "The agency takes part in the HMIS of this community, and the HMIS Lead runs it. Both keep to what follows."
CLAUSES = (
    "Each user of the agency has a license of their own and has completed the training before it is used.",
    "The agency tells the HMIS Lead when somebody leaves or needs the HMIS no longer.",
    "The agency posts the privacy notice where people are asked for their information.",
    "What is entered about people is complete, right and in time.",
)
ADDED = "The agency signs off its data quality report for every period that the manual names."
CHANGES = "The data quality report has a clause of its own."
ADDRESS = "203.0.113.24"


@dataclass
class AgreementDays:
    """Planned before everything else, so that whoever asks for a license finds the agreement signed."""

    agenda: Agenda
    desk: Desk
    begins: datetime
    now: datetime

    def plan(self) -> None:
        for coc in {place.agency.coc_id: place.agency.coc for place in self.desk.workplaces}.values():
            self.agenda.at(self.begins, self.desk.admin, partial(self._first, coc))
            self.agenda.at(self.now - 80 * HOUR, self.desk.admin, partial(self._second, coc))

    def _first(self, coc: CoC, at: datetime) -> None:
        by = principal_for(self.desk.admin, at)
        row = documents.begin(coc.lead, coc, Kind.AGENCY, TITLE, by, f"demo-agreement-{coc.id}", at)
        documents.write(row.versions[0], Written(BODY, CLAUSES, {}))
        documents.publish(row.versions[0], local_day(at, coc.tz), by, at, resigns=True)
        for turn, number in enumerate(self._waiting(row)):
            self._plan_signing(number, at + turn * MINUTE, at + (turn + 60) * MINUTE)

    def _second(self, coc: CoC, at: datetime) -> None:
        """Everybody is to sign it; one in four has not yet, and one that has waits for the Lead."""
        by = principal_for(self.desk.admin, at)
        query = select(Document).where(Document.coc_id == coc.id, Document.kind == Kind.AGENCY)
        row = db.session.scalars(query.order_by(Document.id)).one()
        draft = documents.new_version(row, at)
        documents.write(draft, Written(BODY, (*CLAUSES, ADDED), {}, CHANGES))
        documents.publish(draft, local_day(at, coc.tz), by, at, resigns=True)
        for turn, number in enumerate(self._waiting(row)):
            if turn % 4 != 3:
                counter = at + (30 + turn) * HOUR if turn else None
                self._plan_signing(number, at + (1 + 3 * turn) * HOUR, counter)

    def _waiting(self, row: Document) -> list[int]:
        query = select(Agreement.id).where(Agreement.document_id == row.id, Agreement.state == State.SENT)
        return list(db.session.scalars(query.order_by(Agreement.agency_id)))

    def _plan_signing(self, number: int, signed: datetime, countersigned: datetime | None) -> None:
        row = db.session.get_one(Agreement, number)
        signer = next(iter(services.signers_of(row, signed)), None)
        if signer is None:
            return
        manager = self.desk.managers[row.coc_id]

        def sign(at: datetime) -> None:
            held = db.session.get_one(Agreement, number)
            ticked = [str(clause) for clause in range(len(held.version.clauses))]
            services.sign(held, Signing(ticked, signer.name, ADDRESS), principal_for(signer, at), at)

        def countersign(at: datetime) -> None:
            held = db.session.get_one(Agreement, number)
            if held.state is State.SIGNED:
                services.countersign(held, Signing((), manager.name, ADDRESS), principal_for(manager, at), at)

        self.agenda.at(signed, signer, sign)
        if countersigned and rules.needs_countersignature(row.kind, services.policy_of(row)):
            self.agenda.at(countersigned, manager, countersign)
