"""What the offices told their people lately: an outage that is over, a newsletter to read, and what is planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.authz import principal_for
from core.db import db
from core.people.models import Person
from demo.agenda import Agenda
from demo.world import Desk
from helpdesk.notices import services
from helpdesk.notices.models import Notice, ReadBy
from helpdesk.notices.rules import Audience, Group, Kind, UpdateKind

AWAY = """Nobody can sign in to the HMIS. The vendor works on it.

- Write on paper what cannot wait, with client IDs only
- Enter it once the HMIS is back"""
BACK = "Half of the servers answer again. Sign-in works, **reports do not yet**."
OVER = "Everything works again. Please enter by tomorrow evening what you wrote on paper."
NEWS = """## This month

1. The annual security training is open until the end of next month.
2. New [data standards](https://hmis.example/standards) apply from the first of the month after next.
3. User meeting: the second Thursday, 10 AM.

Please say below that you have read this."""
PLANNED = "The vendor installs a new version. The HMIS cannot be used meanwhile; save your work before."
MEETING = "The agenda of the next user meeting, and what changed in the guide."


@dataclass
class NoticeDays:
    """An office's notices; `number` tells the offices apart, so that not all of them plan a maintenance."""

    agenda: Agenda
    desk: Desk
    now: datetime
    number: int

    def plan(self) -> None:
        self._outage(self._at(-9, time(8, 22)))
        self._newsletter(self._at(-6, time(14, 0)))
        self._to_come(self._at(-1, time(11, 0)))
        if self.number % 2:
            self._maintenance(self._at(-2, time(9, 30)))

    def _at(self, days: int, at: time) -> datetime:
        """So many days from now, at that time by the office's clocks."""
        zone = ZoneInfo(self.desk.lead.tz)
        day = (self.now + timedelta(days=days)).astimezone(zone).date()
        return datetime.combine(day, at, zone).astimezone(UTC)

    def _made(self, name: str, by: Person, kind: Kind, title: str, text: str, at: datetime, **values: Any) -> Notice:
        once = f"demo-notice-{self.desk.lead.id}-{name}"
        values.setdefault("audience", Audience())
        draft = services.Draft(kind=kind, title=title, text=text, once=once, **values)
        return services.make(self.desk.lead, draft, principal_for(by, at), at)

    def _send(self, row: Notice, by: Person, at: datetime) -> int:
        services.send(row, principal_for(by, at), f"{row.once}-sent", at)
        return row.id

    def _outage(self, at: datetime) -> None:
        agent = self.desk.agents[0]

        def tell(now: datetime) -> None:
            found = now - timedelta(minutes=12)
            row = self._made(
                "outage",
                agent,
                Kind.OUTAGE,
                "The HMIS cannot be reached",
                AWAY,
                now,
                discovered_at=found,
                is_public=True,
            )
            number = self._send(row, agent, now)
            more(number, UpdateKind.UPDATE, BACK, now + timedelta(minutes=50))
            more(number, UpdateKind.RESOLVED, OVER, now + timedelta(hours=3))

        def more(number: int, kind: UpdateKind, text: str, when: datetime) -> None:
            def say(now: datetime) -> None:
                row = db.session.get_one(Notice, number)
                services.add_update(row, kind, text, principal_for(agent, now), f"{row.once}-{kind}", now)

            self.agenda.at(when, agent, say)

        self.agenda.at(at, agent, tell)

    def _newsletter(self, at: datetime) -> None:
        admin = self.desk.admin
        title = "HMIS news: security training and new data standards"
        readers = [person for place in self.desk.workplaces for person in place.everyone][::3]

        def tell(now: datetime) -> None:
            row = self._made("news", admin, Kind.NEWSLETTER, title, NEWS, now, asks_reading=True, remind_days=4)
            number = self._send(row, admin, now)
            for count, person in enumerate(readers):
                reads(number, person, now + timedelta(minutes=20 + 40 * count))

        def reads(number: int, person: Person, when: datetime) -> None:
            def say(now: datetime) -> None:
                row = db.session.get_one(Notice, number)
                services.acknowledge(row, person.id, ReadBy.LINK if person.id % 2 else ReadBy.PAGE, now)

            self.agenda.at(when, person, say)

        self.agenda.at(at, admin, tell)

    def _maintenance(self, at: datetime) -> None:
        agent = self.desk.agents[-1]
        begins = self._at(3, time(20, 0))

        def tell(now: datetime) -> None:
            window = {"begins_at": begins, "ends_at": begins + timedelta(hours=3)}
            title = "A new version of the HMIS"
            row = self._made("planned", agent, Kind.MAINTENANCE, title, PLANNED, now, is_public=True, **window)
            self._send(row, agent, now)

        self.agenda.at(at, agent, tell)

    def _to_come(self, at: datetime) -> None:
        admin, meeting = self.desk.admin, self._at(2, time(9, 0))

        def write(now: datetime) -> None:
            row = self._made(
                "meeting", admin, Kind.NEWSLETTER, "Next user meeting", MEETING, now,
                audience=Audience((Group.ADMINISTRATORS, Group.REPRESENTATIVES)),
            )  # fmt: skip
            services.schedule(row, meeting, now)

        self.agenda.at(at, admin, write)
