"""Requests that belong together: merged, of one cause, two matters in one; and one before a committee."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.authz import principal_for
from core.db import db
from core.people.models import Person
from core.policy.vocabulary import Tier
from demo.agenda import Agenda, Deed
from demo.world import Desk, Workplace
from helpdesk.bonds import links, services, splitting
from helpdesk.bonds.links import Wanted
from helpdesk.bonds.rules import LinkKind
from helpdesk.bonds.splitting import Part
from helpdesk.elevation import services as elevation
from helpdesk.elevation.rules import Body
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rules import Category, Channel, Kind

FIRST = "The exit date of an enrollment cannot be changed; the page says it is locked. It is client ID 204417."
AGAIN = "I wrote this morning about the locked exit date. It is still locked, and I have to hand in the report today."
ELSEWHERE = "Since this morning exit dates are locked here. Is that on purpose?"
MORE = "And another thing: which of the two print buttons makes the list with the bed numbers?"
TO_DECIDE = "Two agencies need dates opened that the CoC asked us to lock. Who may have them opened?"
ADVICE = "The agency that entered the date, with a note of the reason. We will vote on it in our next meeting."
IDEA = "A locked date should say on its own page who can open it."


class BondDays:
    """The morning before now, at one desk."""

    def __init__(self, agenda: Agenda, desk: Desk, now: datetime) -> None:
        self.agenda, self.desk, self.agent = agenda, desk, desk.agents[0]
        self.begins = now - timedelta(hours=20)
        self.numbers: dict[str, int] = {}

    def plan(self) -> None:
        here, there = self.desk.workplaces[0], self.desk.workplaces[-1]
        self._ask(0, "first", here, here.users[0], "Exit date is locked", FIRST)
        self._ask(50, "again", here, here.users[0], "Still locked", AGAIN)
        self._ask(70, "elsewhere", there, there.users[-1], "Exit dates locked since this morning", ELSEWHERE)
        self._then(90, here.users[0], self._adds_another_matter)
        self._then(120, self.agent, self._puts_together)
        self._then(125, self.agent, self._takes_up)

    def _then(self, minutes: int, by: Person, deed: Deed) -> None:
        self.agenda.at(self.begins + timedelta(minutes=minutes), by, deed)

    def _ask(self, minutes: int, name: str, place: Workplace, by: Person, subject: str, text: str) -> None:
        def deed(at: datetime) -> None:
            where = {"lead": self.desk.lead, "agency": place.agency, "channel": Channel.WEB, "at": at}
            asked = tickets.open_ticket(
                by,
                by.email,
                by.name,
                subject,
                text,
                category=Category.PROBLEM,
                **where,  # type: ignore[arg-type]
            )
            self.numbers[name] = asked.id

        self._then(minutes, by, deed)

    def _ticket(self, name: str) -> Ticket:
        return db.session.get_one(Ticket, self.numbers[name])

    def _adds_another_matter(self, at: datetime) -> None:
        ticket = self._ticket("first")
        assert ticket.requester is not None, "somebody of the agency asked"
        tickets.add_reply(ticket, ticket.requester, ticket.requester.email, MORE, at=at)

    def _puts_together(self, at: datetime) -> None:
        first, again, elsewhere = (self._ticket(name) for name in ("first", "again", "elsewhere"))
        services.merge(again, first, self.agent, "The same locked date.", at)
        links.link(first, elsewhere, LinkKind.SAME_CAUSE, self.agent, at)
        asked = db.select(TicketMessage.id).where(
            TicketMessage.ticket_id == first.id, TicketMessage.kind == Kind.REQUESTER
        )
        last = db.session.scalars(asked.order_by(TicketMessage.id.desc()).limit(1)).one()
        splitting.split(first, Part([last], "Which print button", Category.HOW_TO), self.agent, at)
        links.make_from(first, Wanted("Say who opens a locked date", IDEA, Category.ENHANCEMENT, False), self.agent, at)

    def _takes_up(self, at: datetime) -> None:
        """To the data committee, one of whose members advises; it is not decided yet."""
        ticket = self._ticket("first")
        administrator = self.desk.workplaces[0].administrator
        if ticket.tier is Tier.AGENCY_ADMINISTRATOR and administrator is not None:
            tickets.forward_up(ticket, administrator, "Only the Lead can say what locks a date.", at)
        row = elevation.elevate(ticket, Body.COMMITTEE, TO_DECIDE, principal_for(self.agent, at), at)
        for member in elevation.members(row.body, row.lead_id, row.coc_id, at)[:1]:
            elevation.speak(row, principal_for(member, at), ADVICE, at, is_decision=False)
