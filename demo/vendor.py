"""What the offices asked their vendors: a case in each state, two of them with several requests that wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.authz import principal_for
from core.db import db
from demo.agenda import Agenda, Deed
from demo.world import Desk
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category, Channel
from helpdesk.vendor import broadcasts, contacts, queries, services
from helpdesk.vendor.broadcasts import Update
from helpdesk.vendor.models import VendorCase
from helpdesk.vendor.rules import Severity, Then

PEOPLE = (
    ("Vera Lang", "Support desk", "support", "555 0140"),
    ("Otto Beck", "Account manager", "accounts", "555 0141"),
    ("Marta Ruiz", "Director of support", "director", "555 0142"),
)
AGREED = "Section 9 of the contract: a tenth of the month's fee is credited for each month past the promised date."
SAVING = "Saving a move-in date ends with error 500 since the release of last week. Client ID 104877 is one of them."
OVER = "Saving works again since this morning. Please enter once more what was lost."


@dataclass
class VendorDays:
    """An office's cases; `number` tells the offices apart."""

    agenda: Agenda
    desk: Desk
    now: datetime
    number: int

    def plan(self) -> None:
        self._do(-14.9, self._agree)
        self._do(-14.5, self._settled)
        self._do(-12, self._waiting)
        self._do(-6, self._answered)
        if self.number % 2:
            self._do(-14, self._unresolved)
        self._do(-1, self._not_asked)

    def _do(self, days: float, deed: Deed) -> None:
        self.agenda.at(self.now + timedelta(days=days), self.desk.agents[0], deed)

    def _agree(self, at: datetime) -> None:
        """Whom they know there, and what follows when nothing is resolved."""
        by, lead = principal_for(self.desk.admin, at), self.desk.lead
        host = lead.vendor_address.rpartition("@")[2] or "vendor.example"
        for rank, (name, part, box, phone) in enumerate(PEOPLE, start=1):
            contacts.add(lead, contacts.Named(name, part, f"{box}-desk@{host}", phone, rank), by)
        once = f"demo-protocol-{lead.id}"
        contacts.agree(lead, 2, AGREED, "The manager, after the data committee was heard", by, at, once)

    def _case(self, title: str, severity: Severity, at: datetime, *on_it: Ticket, number: str = "") -> VendorCase:
        agent, first = self.desk.agents[0], queries.contacts_of(self.desk.lead.id)[0]
        details = services.Details(title, severity, number and f"{number}-{self.desk.lead.id}")
        case = services.open_case(self.desk.lead, details, first, agent, at)
        for ticket in on_it:
            services.join(case, ticket, agent, at)
        return case

    def _asked(self, which: int, subject: str, at: datetime) -> Ticket:
        """A request that the office took over from an agency."""
        place = self.desk.workplaces[which % len(self.desk.workplaces)]
        user = place.users[0]
        ticket = tickets.open_ticket(
            user,
            user.email,
            user.name,
            subject,
            "It worked last week. I entered the date and pressed Save.",
            lead=self.desk.lead,
            agency=place.agency,
            channel=Channel.WEB,
            category=Category.PROBLEM,
            at=at,
        )
        if ticket.tier != "hmis-lead":
            tickets.forward_up(ticket, self.desk.agents[0], "The software is at fault.", at)
        return ticket

    def _write(self, case: VendorCase, text: str, at: datetime) -> None:
        letter = services.letter(case, text)
        again_on = (at + timedelta(days=5)).date()
        services.send(case, text, letter.digest, again_on, self.desk.agents[0], at)

    def _settled(self, at: datetime) -> None:
        ticket = self._asked(0, "Annual assessment cannot be opened", at)
        case = self._case("Annual assessments do not open", Severity.HIGH, at, ticket, number="CS-4390")
        self._write(case, "Annual assessments do not open since Monday.", at)
        number = case.id

        def end(then: datetime) -> None:
            row, agent = db.session.get_one(VendorCase, number), self.desk.agents[0]
            services.says_fixed(row, "With the release of today.", agent, then)
            services.confirm(row, "Opened three of them ourselves.", agent, then)
            broadcasts.begin(row, Update(OVER, Then.CLOSED), agent, then, nonce=f"demo-update-{number}")
            broadcasts.tell_on()

        self.agenda.at(at + timedelta(days=4), self.desk.agents[0], end)

    def _waiting(self, at: datetime) -> None:
        """Several wait for it; the first next contact passed without a word."""
        on_it = [self._asked(n, "Cannot save the move-in date", at) for n in range(3)]
        case = self._case("Saving a move-in date fails", Severity.CRITICAL, at, *on_it, number="CS-4711")
        self._write(case, SAVING, at)

    def _answered(self, at: datetime) -> None:
        on_it = [self._asked(n, "The exit report stays empty", at) for n in range(2)]
        case = self._case("The exit report stays empty", Severity.NORMAL, at, *on_it)
        self._write(case, "The exit report stays empty for every project.", at)
        number = case.id

        def says(then: datetime) -> None:
            row = db.session.get_one(VendorCase, number)
            words = "We can see it here. A fix is planned for the release at the end of the month."
            services.received(row, row.lead.vendor_address, words, "", "", "", then)

        self.agenda.at(at + timedelta(days=2), None, says)

    def _unresolved(self, at: datetime) -> None:
        case = self._case("No audit of deleted notes", Severity.LOW, at, number="CS-4102")
        self._write(case, "Deleted notes leave no trace in the audit.", at)
        number = case.id

        def end(then: datetime) -> None:
            row = db.session.get_one(VendorCase, number)
            services.put_up(row, "Third release without it.", self.desk.agents[0], then)
            services.give_up(
                row, "The credits of section 9 were claimed; notes are not deleted.", self.desk.admin, then
            )

        self.agenda.at(at + timedelta(days=3), self.desk.agents[0], end)

    def _not_asked(self, at: datetime) -> None:
        self._case("Two users share one session", Severity.HIGH, at, self._asked(4, "I saw somebody else's screen", at))
