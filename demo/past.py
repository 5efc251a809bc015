"""The year before the last days, written as rows: what the verbs would have left, without their doing it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import count, takewhile
from random import Random
from typing import Any

from sqlalchemy import func, select

from core.audit import AuditEvent
from core.audit.services import GENESIS
from core.db import current_unit, db
from core.people.models import Agency, Membership, Person
from core.policy import Policy, policy_for
from core.workcalendar import Closures
from demo.bulk.licensing import Employer, Leaving, Office
from demo.bulk.lines import Chain, Counters, Event, Sheets
from demo.bulk.load import catch_up_identities, copy
from demo.bulk.tickets import Ladder, Place, Teller, Who, office_time
from demo.stories import MASKED
from demo.world import Desk, Workplace, World
from licensing.departures.models import Reason

DAY = timedelta(days=1)
TICKETS_EACH = 1.5
SHOWN = 40 * 86_400  # how far back, in seconds, the mails with something to mask lie
# Parents before children, as the foreign keys want it.
ORDER = (
    "access_request", "access_request_project", "access_confirmation", "license", "license_project",
    "departure_notice", "deadline", "ticket", "ticket_message", "tier_stay", "ticket_change", "audit_event",
)  # fmt: skip


class Past:
    """From a year before `now` up to `until`, where the last days begin."""

    def __init__(self, rng: Random, now: datetime, until: datetime) -> None:
        self.rng, self.now, self.until = rng, now, until
        self.begins = now - 365 * DAY
        self.sheets, self.ids = Sheets(), Counters()
        self.ladders: dict[str, Ladder] = {}
        self.untold: dict[int, deque[Event]] = {}

    def write(self, world: World) -> None:
        """The rows; of the trail nothing is there until it is told."""
        for desk in world.desks:
            events = [*self._licensing(desk), *self._tickets(desk)]
            self.untold[desk.lead.id] = deque(sorted(events, key=lambda event: event[0]))
        self._copy()

    def tell(self, until: datetime) -> None:
        """The trail goes on through `until`, from where others have brought it."""
        last = int(until.timestamp())
        self.ids["audit_event"] = count((db.session.scalar(select(func.max(AuditEvent.id))) or 0) + 1)
        for lead_id, events in self.untold.items():
            due = list(takewhile(lambda event: event[0] <= last, events))
            for _ in due:
                events.popleft()
            if due:
                trail = Chain(lead_id, self.ids, *_end_of(lead_id))
                trail.extend(due, self.sheets.of("audit_event"))
                current_unit().memo["audit", lead_id] = trail.seq, trail.head
        self._copy()

    def _copy(self) -> None:
        copy(sorted(self.sheets.take(), key=lambda batch: ORDER.index(batch[0])))
        catch_up_identities(ORDER)

    # --- licensing ---

    def _licensing(self, desk: Desk) -> list[Event]:
        office = Office(self.sheets, self.ids, self.until)
        for place in desk.workplaces:
            employer = employer_of(desk, place, self.now)
            for person in place.everyone[1:]:
                self._career(office, employer, place, person)
        return office.events

    def _career(self, office: Office, employer: Employer, place: Workplace, person: Person) -> None:
        """How the person came to a license, and perhaps lost it; the officers have theirs all year."""
        is_user = person in place.users
        since, request = person.created_at + 9 * DAY, None
        fate = self.rng.random() if is_user else 1.0
        if fate < 0.16:
            since, request = self._hired(office, employer, person, self._moment(self.begins, self.until - 90 * DAY))
        leaving = self._leaving(place.agency, since) if 0.10 < fate < 0.26 else None
        ended = None
        held = next(self.ids["license"])
        if leaving:
            ended = office.departure(employer, who(person), leaving, held)
            if ended and leaving.reason is not Reason.JOB_CHANGE:
                person.memberships[0].ended_at = ended
        reason = "left the agency" if leaving and leaving.reason is Reason.LEFT else "moved to another agency"
        office.license(employer, who(person), held, since, request, ended, reason)
        if ended:
            place.users.remove(person)

    def _hired(self, office: Office, employer: Employer, person: Person, at: datetime) -> tuple[datetime, int]:
        given = at + timedelta(days=self.rng.choice((2, 5, 9, 14)), hours=self.rng.randrange(3))
        membership: Membership = person.memberships[0]
        membership.started_on = at.date()
        person.created_at = given
        request = office.give(employer, who(person), at, given, membership.job_title, membership.employment)
        return given, request

    def _leaving(self, agency: Agency, since: datetime) -> Leaving:
        """When and how: announced ahead, told in time, told late, found out by the Lead, or taken back."""
        day = self._moment(max(self.begins, since) + 20 * DAY, self.until - 20 * DAY).astimezone(agency.zone).date()
        leaves = datetime.combine(day, time(16, 30), agency.zone).astimezone(UTC)
        kind = self.rng.random()
        if kind < 0.40:
            return noticed(leaves, leaves - self.rng.choice((3, 7, 12)) * DAY)
        if kind < 0.62:
            return noticed(leaves, leaves + timedelta(minutes=20))
        if kind < 0.82:
            return noticed(leaves, leaves + self.rng.choice((5, 6, 8)) * DAY, reason=Reason.TRANSFERRED)
        if kind < 0.92:
            return Leaving(leaves, None, leaves + timedelta(hours=self.rng.choice((3, 30))))
        announced = leaves - 6 * DAY
        return noticed(leaves, announced, undone_at=announced + 2 * DAY)

    # --- tickets ---

    def _tickets(self, desk: Desk) -> list[Event]:
        teller = Teller(self.sheets, self.ids, int(self.until.timestamp()))
        first, last = int(self.begins.timestamp()), int(self.until.timestamp())
        asked = sorted(self._asked(desk, first, last), key=lambda one: one[0])
        masked = list(MASKED)
        known: dict[int, Place] = {place.agency.id: self._place(desk, place) for place in desk.workplaces}
        for at, place, person in asked:
            story = masked.pop() if masked and at > last - SHOWN else None
            agent = who(self.rng.choice(desk.agents))
            teller.tell(known[place.agency.id], who(person), agent, at, self.rng.getrandbits(64), story)
        return teller.events

    def _asked(self, desk: Desk, first: int, last: int) -> Iterator[tuple[int, Workplace, Person]]:
        for place in desk.workplaces:
            for _ in range(int(len(place.everyone) * TICKETS_EACH)):
                at = office_time(self.rng.randrange(first, last))
                if at < last:
                    yield at, place, self.rng.choice(place.users or place.everyone)

    def _place(self, desk: Desk, place: Workplace) -> Place:
        policy = policy_of(place, self.now)
        ladder = self.ladders.setdefault(policy.pack, Ladder(policy))
        return place_of(desk, place, ladder)

    def _moment(self, first: datetime, last: datetime) -> datetime:
        """Some instant between the two at which people work."""
        span = max(int((last - first).total_seconds()), 86_400)
        return datetime.fromtimestamp(office_time(int(first.timestamp()) + self.rng.randrange(span)), UTC)


def noticed(leaves: datetime, at: datetime, **more: Any) -> Leaving:
    """The agency's own notice, entered when it was given."""
    return Leaving(leaves, at, at, **more)


def who(person: Person) -> Who:
    return Who(person.id, person.name, person.email)


def policy_of(place: Workplace, now: datetime) -> Policy:
    return policy_for(place.agency.coc, now.date())


def closures_of(desk: Desk) -> Closures:
    return {closure.day: closure.name for closure in desk.lead.closures}


def place_of(desk: Desk, place: Workplace, ladder: Ladder) -> Place:
    return Place(
        lead_id=desk.lead.id,
        coc_id=place.agency.coc_id,
        agency_id=place.agency.id,
        ladder=ladder,
        administrator=who(place.administrator) if place.administrator else None,
        vendor_address=desk.lead.vendor_address,
        projects=tuple(project.name for project in place.projects),
    )


def _end_of(chain: int) -> tuple[int, bytes]:
    db.session.flush()
    last = select(AuditEvent.seq, AuditEvent.hash).where(AuditEvent.chain == chain).order_by(AuditEvent.seq.desc())
    row = db.session.execute(last.limit(1)).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def employer_of(desk: Desk, place: Workplace, now: datetime) -> Employer:
    return Employer(
        lead_id=desk.lead.id,
        coc_id=place.agency.coc_id,
        agency_id=place.agency.id,
        name=place.agency.name,
        tz=place.agency.tz,
        policy=policy_of(place, now),
        closures=closures_of(desk),
        representative=who(place.representative),
        manager=who(desk.manager_of(place)),
        agent=who(desk.agents[place.agency.id % len(desk.agents)]),
        projects=tuple(project.id for project in place.projects),
    )
