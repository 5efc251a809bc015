"""The life of a ticket as rows, just as the verbs of helpdesk.tickets would have left it."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Callable
from dataclasses import dataclass

from core import ppi
from core.policy import Policy
from core.policy.vocabulary import Tier
from demo.bulk.lines import DAY, NULL, Event, Ids, Sheets, canonical, cell, escaped, instant, maybe
from demo.stories import OUT_OF_SCOPE, STORIES, Story
from helpdesk.tickets import rules
from helpdesk.tickets.rules import Action, Category, Placement, Side

HOUR = 3_600
MORNING, EVENING = 14 * HOUR, 24 * HOUR  # office hours from coast to coast, as UTC

# What happens after a request comes to the Lead, one letter a step, with how often: A answer, C close, D decline,
# H hand back from the vendor, N note, R the requester adds something, S assign, V ask the vendor, W the vendor answers.
COURSES = (("AC", 44), ("SAC", 20), ("ARAC", 14), ("SNAC", 6), ("SARAC", 6), ("SNVWHAC", 5), ("SNVWHARAC", 2), ("D", 3))
PLAIN_COURSES = (("AC", 62), ("SAC", 18), ("ARAC", 12), ("NVWHAC", 3), ("D", 5))
CHANNELS = ("web",) * 9 + ("email",) * 4 + ("phone", "walk-in", "api")
MONTHS = tuple(month_name)[1:]
DEEDS = {
    "A": Action.ANSWER,
    "C": Action.CLOSE,
    "D": Action.DECLINE,
    "F": Action.FORWARD,
    "H": Action.HAND_BACK,
    "N": Action.NOTE,
    "R": Action.REPLY,
    "S": Action.ASSIGN,
    "V": Action.ASK_VENDOR,
    "W": Action.VENDOR_REPLY,
}

AGAIN = "Please try again now; I have looked at it once more."
LOOKING = "I am looking into it."
NOTHING = "Looked at the record's history; nothing unusual."

# Seconds a step takes to come, 16 of each to draw from.
WAITS = {
    "A": [int(HOUR * h) for h in (0.2, 0.3, 0.5, 0.7, 1, 1.3, 1.8, 2.4, 3, 4, 5, 7, 22, 26, 48, 74)],
    "R": [int(HOUR * h) for h in (0.3, 0.5, 1, 1.5, 2, 3, 4, 6, 20, 23, 25, 28, 47, 50, 72, 120)],
    "W": [DAY * d for d in (1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 14, 18, 25, 40)],
    "C": [int(HOUR * h) for h in (1, 2, 4, 20, 24, 24, 27, 44, 48, 50, 72, 96, 120, 168, 168, 240)],
    "": [60 * m for m in (4, 6, 9, 12, 15, 20, 25, 30, 40, 45, 55, 70, 90, 120, 180, 240)],
}


# A tier with the rule and the explanation of why a ticket is there, the latter as text of COPY.
Placed = tuple[str, str, str]


class Ladder:
    """A pack's support tiers; each answer is worked out once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._known: dict[tuple[object, ...], Placed] = {}

    def first(self, category: Category, *, has_administrator: bool, by_administrator: bool) -> Placed:
        facts = {"has_administrator": has_administrator, "asked_by_administrator": by_administrator}
        key = (category, has_administrator, by_administrator)
        return self._once(key, lambda: rules.first_tier(self.policy, category, **facts))

    def up(self, tier: Tier) -> Placed:
        side = Side.AGENCY if tier is Tier.AGENCY_ADMINISTRATOR else Side.LEAD
        return self._once((tier,), lambda: rules.next_tier(self.policy, tier, side))

    def from_vendor(self) -> Placed:
        back = {"category": Category.OTHER, "has_administrator": False}
        return self._once((), lambda: rules.previous_tier(self.policy, Tier.VENDOR, **back))  # type: ignore[arg-type]

    def _once(self, key: tuple[object, ...], find: Callable[[], Placement | None]) -> Placed:
        if key not in self._known:
            found = find()
            assert found is not None, "courses only go where the ladder has a step"
            self._known[key] = found.tier, found.rule, escaped(canonical(found.explanation))
        return self._known[key]


@dataclass(frozen=True)
class Who:
    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Place:
    """Where a ticket comes from; `projects` are names."""

    lead_id: int
    coc_id: int
    agency_id: int
    ladder: Ladder
    administrator: Who | None
    vendor_address: str
    projects: tuple[str, ...]


def office_time(at: int) -> int:
    """The instant itself, or the next one at which people work: Monday to Friday, by day."""
    day, second = divmod(at, DAY)
    if second < MORNING:
        second = MORNING + second % (3 * HOUR)
    weekday = (day + 3) % 7
    if weekday > 4:
        day, second = day + 7 - weekday, MORNING + second % (5 * HOUR)
    return day * DAY + second


class Teller:
    """Writes tickets into the sheets and their deeds into `events`; nothing that would come after `until`."""

    def __init__(self, sheets: Sheets, ids: Ids, until: int, courses: tuple[tuple[str, int], ...] = COURSES) -> None:
        self.sheets, self.until = sheets, until
        self.courses = [c for c, weight in courses for _ in range(weight)]
        self.ids = ids
        self.events: list[Event] = []

    def tell(
        self, place: Place, requester: Who, agent: Who, opened: int, bits: int, story: Story | None = None
    ) -> None:
        """One life, all of it decided by the 64 random `bits`."""
        course = self.courses[bits % len(self.courses)]
        bits >>= 8
        pool = OUT_OF_SCOPE if course == "D" else STORIES
        story = story or pool[(bits & 255) % len(pool)]
        _Life(self, place, requester, agent, opened, bits >> 8, story).run(course)


class _Life:
    def __init__(
        self, teller: Teller, place: Place, requester: Who, agent: Who, opened: int, bits: int, story: Story
    ) -> None:
        self.teller, self.place, self.requester, self.agent = teller, place, requester, agent
        self.opened, self.at, self.bits, self.story = opened, opened, bits, story
        self.id = next(teller.ids["ticket"])
        self.words = {
            "project": place.projects[bits % len(place.projects)],
            "client": 100_000 + bits % 880_001,
            "other": 100_000 + (bits >> 7) % 880_001,
            "month": MONTHS[bits % 12],
        }
        self.state = "new"
        self.holder: Who | None = None
        self.answered: int | None = None
        self.closed: int | None = None
        self.resolution = ""
        self.said: list[str] = []

    def run(self, course: str) -> None:
        self._open()
        self._changed(NULL)
        course = self._by_the_agency() or course
        for number, step in enumerate(course):
            waits = WAITS.get(step) or WAITS[""]
            at = office_time(self.at + waits[(self.bits >> (number * 4)) & 15] + number * 7)
            if at >= self.teller.until:
                break
            self.at = at
            getattr(self, f"_{step}")()
            self._changed(DEEDS[step])
        self._end_stay(None)
        self._write()

    def _open(self) -> None:
        place, asks = self.place, self.requester
        by_administrator = place.administrator is not None and asks.id == place.administrator.id
        has_administrator = place.administrator is not None
        placement = place.ladder.first(
            self.story.category, has_administrator=has_administrator, by_administrator=by_administrator
        )
        self.channel = "email" if self.story.is_masked else CHANNELS[self.bits & 15]
        self._begin_stay(placement, asks)
        how = f'"category":"{self.story.category}","channel":"{self.channel}"'
        self._record("ticket.opened", asks, f'{how},"rule":"{self.rule}","tier":"{self.tier}"')
        self._say("requester", asks, self._fill(self.story.text))
        self.subject = escaped(self._fill(self.story.subject))

    def _by_the_agency(self) -> str | None:
        """The agency's administrator closes near half of what comes there; the rest goes on to the Lead."""
        if self.tier != Tier.AGENCY_ADMINISTRATOR:
            return None
        course = self.teller.courses[(self.bits >> 9) % len(self.teller.courses)]
        return "AC" if self.bits & 3 < 2 and course != "D" else "F" + course

    # --- one step each ---

    def _A(self) -> None:  # noqa: N802 - named as in COURSES
        by = self._acts()
        if self.state != "with-vendor":
            self.state = "answered"
        text = AGAIN if self.answered else self._fill(self.story.answer) or LOOKING
        self.answered = self.answered or self.at
        said = self._say("agency" if self.tier == Tier.AGENCY_ADMINISTRATOR else "lead", by, text)
        self._record("ticket.answered", by, f'"message":{said}')

    def _R(self) -> None:  # noqa: N802
        self.state = "new" if self.state == "new" else "open"
        said = self._say("requester", self.requester, self._fill(self.story.more) or "It happens again today.")
        self._record("ticket.replied", self.requester, f'"channel":"email","kind":"requester","message":{said}')

    def _F(self) -> None:  # noqa: N802
        by = self._acts()
        self.state = "new" if self.state == "new" else "open"
        reason = "I could not find out why."
        self._say("system", by, f"Forwarded to the HMIS Lead. {reason}")
        self._move(self.place.ladder.up(Tier.AGENCY_ADMINISTRATOR), by, reason)
        self._record("ticket.forwarded", by, f'"rule":"{self.rule}","tier":"{self.tier}"')

    def _S(self) -> None:  # noqa: N802
        self._say("system", self.agent, f"Assigned to {self.agent.name}.", internal=True)
        self._move((self.tier, self.rule, self.explanation), self.agent, "", holder=self.agent)
        self._record("ticket.assigned", self.agent, f'"to":{self.agent.id}')

    def _N(self) -> None:  # noqa: N802
        said = self._say("note", self.agent, self.story.note or NOTHING, internal=True)
        self._record("ticket.noted", self.agent, f'"message":{said}')

    def _V(self) -> None:  # noqa: N802
        self.state = "with-vendor"
        text = self._fill(self.story.vendor) or "A page does not save; steps and times are in our case."
        self._move(self.place.ladder.up(Tier.HMIS_LEAD), self.agent, "", holder=self.holder or self.agent)
        said = self._say("vendor-out", self.agent, text, internal=True, address=self.place.vendor_address)
        self._record("ticket.sent_to_vendor", self.agent, f'"message":{said},"rule":"{self.rule}"')

    def _W(self) -> None:  # noqa: N802
        self.state = "open"
        text = self._fill(self.story.vendor_says) or "Mended on our side; please try again."
        said = self._say("vendor-in", None, text, internal=True, address=self.place.vendor_address)
        self._record("ticket.replied", None, f'"channel":"email","kind":"vendor-in","message":{said}')

    def _H(self) -> None:  # noqa: N802
        self.state = "open"
        self._say("system", self.agent, "Taken back from the vendor.", internal=True)
        self._move(self.place.ladder.from_vendor(), self.agent, "", holder=self.holder)
        self._record("ticket.handed_back", self.agent, f'"rule":"{self.rule}","tier":"{self.tier}"')

    def _C(self) -> None:  # noqa: N802
        self._close("closed", "Closed.")

    def _D(self) -> None:  # noqa: N802
        self._close("declined", "Declined as out of scope.")

    def _close(self, state: str, words: str) -> None:
        by = self._acts()
        self.state, self.closed, self.resolution = state, self.at, self.story.resolution
        self._say("system", by, f"{words} {self.resolution}")
        self._record(f"ticket.{state}", by, f'"open_for_seconds":{self.at - self.opened},"reason":"{self.resolution}"')

    # --- rows ---

    def _changed(self, action: str) -> None:
        number = next(self.teller.ids["ticket_change"])
        self.teller.sheets.of("ticket_change").append(
            f"{number}\t{self.id}\t{instant(self.at)}\t{action}\t{self.state}\t{self.tier}\n"
        )

    def _acts(self) -> Who:
        at_agency = self.tier == Tier.AGENCY_ADMINISTRATOR and self.place.administrator
        return at_agency or self.agent

    def _fill(self, text: str) -> str:
        return text.format_map(self.words)

    def _say(self, kind: str, by: Who | None, text: str, internal: bool = False, address: str = "") -> int:
        number = next(self.teller.ids["ticket_message"])
        if kind in ("requester", "agency", "lead"):
            address = by.email if by else ""
            self.said.append(ppi.mask(text) if self.story.is_masked else text)
        self.teller.sheets.of("ticket_message").append(
            f"{number}\t{self.id}\t{kind}\t{by.id if by else NULL}\t{address}\t{escaped(text)}"
            f"\t\t\t{instant(self.at)}\t\t{cell(internal)}\t{cell(self.story.is_masked and len(self.said) < 2)}\t\n"
        )
        return number

    def _record(self, action: str, by: Who | None, data: str) -> None:
        actor = (by.id, by.name) if by else ("null", "system:mail")
        self.teller.events.append((self.at, *actor, action, "ticket", self.id, self.place.agency_id, f"{{{data}}}"))

    def _move(self, placement: Placed, by: Who, reason: str, holder: Who | None = None) -> None:
        self._end_stay(self.at)
        self._begin_stay(placement, by, reason, holder)

    def _begin_stay(self, placement: Placed, by: Who, reason: str = "", holder: Who | None = None) -> None:
        self.tier, self.rule, self.explanation = placement
        self.since, self.moved_by, self.reason, self.holder = self.at, by.id, reason, holder
        self.holder_agency = str(self.place.agency_id) if self.tier == Tier.AGENCY_ADMINISTRATOR else NULL

    def _end_stay(self, until: int | None) -> None:
        self.teller.sheets.of("tier_stay").append(
            f"{next(self.teller.ids['tier_stay'])}\t{self.id}\t{self.tier}\t{self.holder_agency}\t{self._holder_id()}"
            f"\t{instant(self.since)}\t{maybe(until)}\t{self.moved_by}\t{self.reason}\t{self.rule}\t{self.explanation}\n"
        )

    def _holder_id(self) -> int | str:
        return self.holder.id if self.holder else NULL

    def _write(self) -> None:
        place, asks, category = self.place, self.requester, self.story.category
        priority = "urgent" if category is Category.SECURITY else "normal"
        heard = "\\n" + "\\n".join(map(escaped, self.said))
        self.teller.sheets.of("ticket").append(
            f"{self.id}\t{place.lead_id}\t{place.coc_id}\t{place.agency_id}\t{asks.id}\t{asks.email}\t{asks.name}\t{self.subject}"
            f"\t{category}\t{self.state}\t{priority}\t{self.channel}\t{self.tier}\t{self.holder_agency}\t{self._holder_id()}\t{NULL}"
            f"\t{instant(self.opened)}\t{instant(self.at)}\t{maybe(self.answered)}\t{maybe(self.closed)}\t{self.resolution}\t{heard}\n"
        )
