"""How people reach an office: its addresses, its own questions, and requests that answer them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.authz import principal_for
from core.people.models import Person
from demo.agenda import Agenda
from demo.world import Desk, Workplace
from helpdesk.intake import keeping, queries, rules
from helpdesk.intake import services as intake
from helpdesk.intake.keeping import Worded
from helpdesk.intake.questions import FieldKind
from helpdesk.mail import addresses
from helpdesk.tickets.rules import Category, Channel

MAILBOXES = (
    ("training", "Training desk", Category.TRAINING, True),
    ("data", "Data quality", Category.DATA_CORRECTION, True),
    ("security", "Security", Category.SECURITY, True),
    ("access", "Accounts (old)", Category.ACCESS, False),
)
FIELDS = (
    (Category.PROBLEM, FieldKind.CHOICE, Worded("Your browser", ("Chrome", "Edge", "Firefox", "Safari", "Other"))),
    (Category.PROBLEM, FieldKind.YES_NO, Worded("Do others see it too?")),
    (Category.TRAINING, FieldKind.NUMBER, Worded("How many would come", hint="A guess will do.", is_required=True)),
    (Category.TRAINING, FieldKind.CHOICE, Worded("Where", ("On site", "Online"), is_required=True)),
    (Category.HOW_TO, FieldKind.DATE, Worded("Needed by", hint="When the report is due, for one.")),
)
RETIRED = (Category.PROBLEM, FieldKind.TEXT, Worded("Version of the software"))


@dataclass
class AskingDays:
    """An office's addresses and questions, and one request for each of some categories."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        self._do(-14.8, self.desk.admin, self._prepare)
        self._ask(-7.1, 0, Category.PROBLEM, "The exit page asks for a date twice", "Since Monday.",
                  place="Exit assessment", since="11/02/2026", your_browser="Edge",
                  do_others_see_it_too="no")  # fmt: skip
        self._ask(-4.4, 1, Category.TRAINING, "A course for three new case managers", "They begin next month.",
                  how_many_would_come="3", where="Online")  # fmt: skip
        self._ask(-3.2, 2, Category.DUPLICATE_MERGE, "Two records for one client", "Found while I looked for an exit.",
                  first_case="104881", second_case="98213", enrollments_here="no")  # fmt: skip
        self._ask(-1.6, 3, Category.LOCKED_RECORD, "A household whose record is locked", "They came in this morning.",
                  household="3", client_ids="204417", entered="no")  # fmt: skip
        self._ask(-0.9, 4, Category.ENHANCEMENT, "Show the last assessment on the summary", "Everybody opens it first.",
                  helps="All case managers")  # fmt: skip

    def _do(self, days: float, by: Person, deed: Any) -> None:
        self.agenda.at(self.now + timedelta(days=days), by, deed)

    def _prepare(self, at: datetime) -> None:
        by, lead = principal_for(self.desk.admin, at), self.desk.lead
        host = lead.support_address.rpartition("@")[2]
        for box, name, category, is_active in MAILBOXES:
            addresses.add(lead, addresses.Line(f"{box}@{host}", name, category, None, is_active), by, at)
        for category, kind, worded in FIELDS:
            keeping.add(lead, category, kind, worded)
        keeping.retire(keeping.add(lead, *RETIRED), at)

    def _ask(self, days: float, which: int, category: Category, subject: str, text: str, **given: str) -> None:
        """Where the community knows the category; by somebody who uses the HMIS there."""
        place = self.desk.workplaces[which % len(self.desk.workplaces)]
        asks = place.users[-1]

        def ask(at: datetime) -> None:
            if category in rules.offered([queries.policy_on(place.agency.coc, at)]):
                self._opened(place, asks, category, subject, text, given, at)

        self._do(days, asks, ask)

    def _opened(
        self, place: Workplace, asks: Person, category: Category, subject: str, text: str, given: Any, at: datetime
    ) -> None:
        asked = intake.Asked(
            asks, asks.email, asks.name, subject, text, self.desk.lead, place.agency, Channel.WEB, category, given
        )
        intake.open_request(asked, at)
