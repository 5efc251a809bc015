"""Writes the Leads' years week by week, in shards, so that several processes can work at once with the same result."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from core.people.models import EmploymentKind
from demo.bulk.licensing import Leaving, Office
from demo.bulk.lines import DAY, Batch, Chain, Counters, Event, Sheets
from demo.bulk.tickets import PLAIN_COURSES, Place, Teller, Who, office_time
from demo.chance import seeded
from demo.names import FIRST, LAST
from demo.national import Bureau, LoadModel, Site, job_of
from demo.signins import password_hash
from licensing.departures.models import REASONS, Reason

SHARDS = 2  # part of what is written: another number gives other ids
WEEK = 7 * DAY
AT = itemgetter(0)
LONG = timedelta(days=1)


@dataclass(frozen=True)
class Task:
    """What all shards share; `secret` is the sealed second factor of the demo, `people` how many are there already."""

    model: LoadModel
    seed: int
    now: datetime
    secret: bytes
    people: int
    users: int
    tickets: dict[int, int]  # by Lead

    @property
    def weeks(self) -> int:
        return self.model.years * 52

    @property
    def end(self) -> int:
        return int(self.now.timestamp())

    @property
    def begin(self) -> int:
        return self.end - self.weeks * WEEK


def dealt(bureaus: Sequence[Bureau]) -> list[list[Bureau]]:
    """The Leads in shards of about the same number of people."""
    hands: list[list[Bureau]] = [[] for _ in range(SHARDS)]
    sizes = [0] * SHARDS
    for bureau in sorted(bureaus, key=lambda b: (-size_of(b), b.id)):
        least = sizes.index(min(sizes))
        hands[least].append(bureau)
        sizes[least] += size_of(bureau)
    return hands


def parted(total: int, bureaus: Sequence[Bureau]) -> dict[int, int]:
    """So many tickets for each Lead, by its number of people; together exactly `total`."""
    everybody, before, parts = sum(map(size_of, bureaus)), 0, {}
    for bureau in bureaus:
        after = before + size_of(bureau)
        parts[bureau.id] = total * after // everybody - total * before // everybody
        before = after
    return parts


def size_of(bureau: Bureau) -> int:
    return sum(len(site.members) for site in bureau.sites)


class Shard:
    def __init__(self, number: int, bureaus: Sequence[Bureau], task: Task) -> None:
        self.task, self.bureaus = task, bureaus
        self.rng = seeded(task.seed, f"shard {number}")
        self.sheets = Sheets()
        self.ids = Counters(number + 1, SHARDS)
        self.ids.start = task.people + number + 1
        self.people = self.ids["person"]
        self.ids.start = number + 1
        self.told = 0
        self.share = sum(map(size_of, bureaus)) / task.users
        self.lives = [_Life(self, bureau) for bureau in bureaus]

    def write(self) -> Iterator[list[Batch]]:
        """The careers of everybody, then one week after the other."""
        for life in self.lives:
            life.careers()
        yield self.sheets.take()
        for week in range(self.task.weeks):
            start = self.task.begin + week * WEEK
            last = week == self.task.weeks - 1
            for life in self.lives:
                life.tickets(start, week)
            self._sign_ins(start, week)
            for life in self.lives:
                life.tell(self.task.end if last else start + WEEK)
            yield self.sheets.take()

    def _sign_ins(self, start: int, week: int) -> None:
        """As many as are wanting to the number of audit events there should be by the end of this week."""
        wanted = int(self.task.model.audit_events * self.share * (week + 1) / self.task.weeks)
        missing = max(0, wanted - self.told)
        self.told += missing
        done = 0
        for number, life in enumerate(self.lives, 1):
            upto = missing * sum(size_of(b) for b in self.bureaus[:number]) // max(1, sum(map(size_of, self.bureaus)))
            life.sign_ins(start, upto - done)
            done = upto


class _Life:
    """One Lead's years."""

    def __init__(self, shard: Shard, bureau: Bureau) -> None:
        self.shard, self.bureau, self.task = shard, bureau, shard.task
        self.rng, self.sheets = shard.rng, shard.sheets
        self.asking: list[tuple[Place, Who]] = [(site.place, who) for site in bureau.sites for who in site.users]
        self.teller = Teller(self.sheets, shard.ids, self.task.end, PLAIN_COURSES)
        self.office = Office(self.sheets, shard.ids, self.task.now)
        self.trail = Chain(bureau.id, shard.ids)
        self.asked = self.task.tickets[bureau.id]
        self.careers_told: list[Event] = []

    # --- careers ---

    def careers(self) -> None:
        model = self.task.model
        for site in self.bureau.sites:
            agency = site.place.agency_id
            first, last = (n * model.hires // model.agencies for n in (agency - 1, agency))
            hires = last - first
            for number, who in enumerate(site.members):
                self._account(who, with_code=who is site.place.administrator)
                if number:
                    self._licensed(site, who, number, is_hire=len(site.members) - number <= hires)
                else:
                    self._works(site, who, number, self._long_ago(), None)
            first, last = (n * model.departures // model.agencies for n in (agency - 1, agency))
            for _ in range(last - first):
                self._left(site)
        self.careers_told = sorted(self.office.events, key=AT)
        self.shard.told += len(self.careers_told)
        self.office.events = []

    def _licensed(self, site: Site, who: Who, number: int, *, is_hire: bool) -> None:
        since, request = self._long_ago(), None
        if is_hire:
            asked = self._moment(self.task.begin, self.task.end - 30 * DAY)
            since = asked + timedelta(days=self.rng.choice((2, 5, 9, 14)))
            request = self.office.give(site.employer, who, asked, since, job_of(number), EmploymentKind.PAID_STAFF)
        self._works(site, who, number, since, None)
        self.office.license(site.employer, who, next(self.shard.ids["license"]), since, request)

    def _left(self, site: Site) -> None:
        """Somebody who used to work there, or will not for long."""
        number = next(self.shard.people)
        name = f"{self.rng.choice(FIRST)} {self.rng.choice(LAST)}"
        who = Who(number, name, f"former.{number}@agency{site.place.agency_id}.example")
        since = self._long_ago()
        row = {"id": who.id, "name": who.name, "email": who.email, "phone": "", "tz": "", "created_at": since}
        self.sheets.add("person", row)
        told = self._leaving()
        held = next(self.shard.ids["license"])
        ended = self.office.departure(site.employer, who, told, held)
        self._works(site, who, 4 + number % 7, since, ended)
        self.office.license(site.employer, who, held, since, None, ended, REASONS[told.reason])

    def _leaving(self) -> Leaving:
        leaves = self._moment(self.task.begin, self.task.end + 10 * DAY).replace(minute=30, second=0)
        kind = self.rng.random()
        if kind < 0.45:
            noticed = leaves - self.rng.choice((3, 7, 12)) * LONG
        elif kind < 0.72:
            noticed = leaves + timedelta(minutes=20)
        elif kind < 0.88:
            noticed = leaves + self.rng.choice((2, 5, 6, 8)) * LONG
        elif kind < 0.96:
            return Leaving(leaves, None, self._before_now(leaves + timedelta(hours=3)))
        else:
            noticed = self._before_now(leaves - 6 * LONG)
            undone = noticed + 2 * LONG
            return Leaving(leaves, noticed, noticed, undone_at=undone if undone < self.task.now else None)
        noticed = self._before_now(noticed)
        reason = Reason.TRANSFERRED if kind > 0.8 else Reason.LEFT
        return Leaving(leaves, noticed, noticed, reason)

    def _before_now(self, at: datetime) -> datetime:
        return min(at, self.task.now - timedelta(minutes=self.rng.randrange(20, 400))).replace(microsecond=0)

    def _works(self, site: Site, who: Who, number: int, since: datetime, ended: datetime | None) -> None:
        self.sheets.add(
            "membership",
            {
                "id": next(self.shard.ids["membership"]),
                "person_id": who.id,
                "agency_id": site.place.agency_id,
                "employment": EmploymentKind.PAID_STAFF,
                "job_title": job_of(number),
                "started_on": since.date(),
                "ended_at": ended,
            },
        )

    def _account(self, who: Who, *, with_code: bool) -> None:
        account = account_of(next(self.shard.ids["account"]), who, self.task, with_code=with_code)
        self.sheets.add("account", account)

    def _long_ago(self) -> datetime:
        return self.task.now - timedelta(days=365 * self.task.model.years + self.rng.randrange(20, 200))

    def _moment(self, first: int, last: int) -> datetime:
        return datetime.fromtimestamp(office_time(first + self.rng.randrange(last - first)), UTC)

    # --- weeks ---

    def tickets(self, start: int, week: int) -> None:
        rng, last = self.rng, self.task.end - 60
        first, last_one = (self.asked * n // self.task.weeks for n in (week, week + 1))
        before = len(self.teller.events)
        for offset in sorted(rng.randrange(WEEK) for _ in range(last_one - first)):
            place, who = self.asking[rng.randrange(len(self.asking))]
            agent = self.bureau.agents[rng.randrange(len(self.bureau.agents))]
            self.teller.tell(place, who, agent, min(office_time(start + offset), last), rng.getrandbits(64))
        self.shard.told += len(self.teller.events) - before

    def sign_ins(self, start: int, count: int) -> None:
        rng, events, last = self.rng, self.teller.events, self.task.end - 1
        for _ in range(count):
            place, who = self.asking[rng.randrange(len(self.asking))]
            number = rng.getrandbits(40)
            data = f'{{"ip":"10.{place.agency_id % 250}.{who.id % 250}.7","person_id":{who.id},"second_factor":false}}'
            at = min(start + number % WEEK, last)
            events.append((at, who.id, who.name, "account.signed-in", "login_session", number, "null", data))

    def tell(self, until: int) -> None:
        """Put everything that happened before `until` on the chain; the rest waits."""
        events = self.teller.events
        here, self.careers_told = _parted(self.careers_told, until)
        events += here
        events.sort(key=AT)
        now, self.teller.events = _parted(events, until)
        self.trail.extend(now, self.sheets.of("audit_event"))


def _parted(events: list[Event], until: int) -> tuple[list[Event], list[Event]]:
    """Sorted events before and from `until` on."""
    cut = bisect_left(events, until, key=AT)
    return events[:cut], events[cut:]


def account_of(number: int, who: Who, task: Task, *, with_code: bool) -> dict[str, object]:
    return {
        "id": number,
        "person_id": who.id,
        "password_hash": password_hash(),
        "must_change_password": False,
        "totp_secret": task.secret if with_code else None,
        "totp_confirmed_at": task.now if with_code else None,
        "last_totp_step": 0,
        "failed_count": 0,
        "locked_at": None,
        "locked_until": None,
        "created_at": task.now,
    }
