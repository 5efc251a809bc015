"""A policy: one pack as it stood on one day, answering with reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from core.policy.errors import NotInPack, UnknownName
from core.policy.files import TABLES
from core.policy.telling import opening
from core.policy.values import (
    AccessLevels,
    Cited,
    Clock,
    Cycle,
    Duty,
    Gate,
    ItemList,
    Ladder,
    Limit,
    OpenHours,
    PasswordRules,
    Switch,
)
from core.policy.vocabulary import (
    ClockName,
    CycleName,
    DutyName,
    GateName,
    HoursName,
    LadderName,
    LevelsName,
    LimitName,
    ListName,
    PasswordName,
    SwitchName,
)
from core.workcalendar import Calendar, ClosedDays, Closures, Due, OpeningHours
from core.workcalendar.words import day_and_clock, moment

Value = TypeVar("Value", bound=Cited)


@dataclass(frozen=True, slots=True)
class Decision:
    """A date with its reasons: what is due, from when, by which version of whose rule, counted how.

    `due` is the last instant still on time, aware, in the zone asked for. `earliest` is the lower end of a range.
    `event` is what the words begin with where more is known than the clock, so that they can be said anew.
    """

    pack: str
    version: date
    clock: str
    anchor: datetime
    due: datetime
    rule: str
    source: str
    section: str
    title: str
    because: tuple[str, ...]
    says: str
    earliest: datetime | None = None
    words: tuple[str, ...] = ()
    event: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """The reasons as people read them; `because` has them line by line, each day counted or skipped."""
        return self.words or self.because

    def also(self, *sentences: str) -> Decision:
        """The same with more reasons."""
        words = (*self.words, *sentences) if self.words else ()
        return replace(self, because=(*self.because, *sentences), words=words)

    @property
    def citation(self) -> str:
        """The manual and the heading, as people cite them."""
        return f'{self.title}, "{self.section}"'

    def as_json(self) -> dict[str, Any]:
        """Plain data, times in ISO 8601 with their offsets; what a deadline row keeps."""
        plain = {name: item.isoformat() if isinstance(item, date) else item for name, item in asdict(self).items()}
        plain |= {"because": list(self.because), "words": list(self.words)}
        return plain if self.event else {name: item for name, item in plain.items() if name != "event"}


@dataclass(frozen=True)
class Policy:
    """A pack, what it extends included, as of `version`."""

    pack: str
    title: str
    version: date
    zone: ZoneInfo
    day_ends: time
    closed: ClosedDays
    values: Mapping[tuple[str, str], Cited]
    origins: Mapping[tuple[str, str], str]
    manuals: Mapping[str, str]
    base: bool
    note: str | None = None

    def clock(self, name: str) -> Clock:
        return self._value("clocks", ClockName, name, Clock)

    def limit(self, name: str) -> Limit:
        return self._value("limits", LimitName, name, Limit)

    def list(self, name: str) -> ItemList:
        return self._value("lists", ListName, name, ItemList)

    def gate(self, name: str) -> Gate:
        return self._value("gates", GateName, name, Gate)

    def ladder(self, name: str) -> Ladder:
        return self._value("ladders", LadderName, name, Ladder)

    def switch(self, name: str) -> Switch:
        return self._value("switches", SwitchName, name, Switch)

    def cycle(self, name: str) -> Cycle:
        return self._value("cycles", CycleName, name, Cycle)

    def duty(self, name: str) -> Duty:
        return self._value("duties", DutyName, name, Duty)

    @property
    def hours(self) -> OpenHours:
        """The help desk's hours. Raises NotInPack where the manual names none."""
        return self._value("hours", HoursName, HoursName.HELP_DESK, OpenHours)

    @property
    def password(self) -> PasswordRules:
        """The rules for HMIS passwords. Raises NotInPack where the manual names none."""
        return self._value("passwords", PasswordName, PasswordName.HMIS, PasswordRules)

    @property
    def levels(self) -> AccessLevels:
        """The HMIS access levels. Raises NotInPack where the manual names none."""
        return self._value("levels", LevelsName, LevelsName.ACCESS, AccessLevels)

    def has(self, name: StrEnum) -> bool:
        """Whether the pack says anything under this name of the vocabulary."""
        return any((table, str(name)) in self.values for table, (names, _) in TABLES.items() if isinstance(name, names))

    def manual_of(self, rule_source: str) -> str:
        """The title of a source document."""
        return self.manuals[rule_source]

    def due(
        self,
        clock: str,
        anchor: datetime,
        tz: ZoneInfo | str | None = None,
        closures: Closures = (),
        event: str = "",
    ) -> Decision:
        """When the clock that starts (or, for a lead time, ends) at `anchor` runs out.

        `tz` is the agency's zone, the pack's own by default; `closures` are days the Lead is closed besides the
        calendar's; `event` begins the words where more is known than the clock: "Kim Moss left". Raises NotInPack when
        the manual has no such rule, ValueError for an anchor without a zone.
        """
        value = self.clock(clock)
        zone = self.zone if tz is None else tz if isinstance(tz, ZoneInfo) else ZoneInfo(tz)
        hours = self.opening_hours(zone, closures) if self.has(HoursName.HELP_DESK) else None
        calendar = Calendar(zone, self.closed.also(closures), self.day_ends, hours)
        due = _count(calendar, value, anchor)
        shortest = calendar.due(anchor, value.shortest) if value.shortest else None
        anchor = anchor.astimezone(zone).replace(microsecond=0)
        return Decision(
            pack=self.pack,
            version=self.version,
            clock=str(clock),
            anchor=anchor,
            due=due.at,
            rule=value.rule,
            source=value.source,
            section=value.section,
            title=self.manuals[value.source],
            because=(*due.because, *_minimum_words(value), *_range_words(value, shortest, moment)),
            says=value.says,
            earliest=shortest.at if shortest else None,
            event=event,
            words=(
                opening(ClockName(clock), value, anchor, due.at, event),
                *due.words,
                *(f"{remark}." for remark in _range_words(value, shortest, day_and_clock)),
            ),
        )

    def opening_hours(self, tz: ZoneInfo | str | None = None, closures: Closures = ()) -> OpeningHours:
        """The help desk's hours as a calendar that can count open time."""
        zone = self.zone if tz is None else tz if isinstance(tz, ZoneInfo) else ZoneInfo(tz)
        hours = self.hours
        return OpeningHours(hours.week(), zone, self.closed.also(closures), hours.open_on_holidays)

    def _value(self, table: str, names: type[StrEnum], name: str, kind: type[Value]) -> Value:
        if name not in set(names):
            raise UnknownName(kind.kind, name, names)
        found = self.values.get((table, str(name)))
        if found is None:
            raise NotInPack(self.pack, kind.kind, name)
        return cast(Value, found)


def _count(calendar: Calendar, value: Clock, start: datetime) -> Due:
    if value.before is not None:
        return calendar.due_before(start, value.before)
    return calendar.due(start, value.span)


def _minimum_words(value: Clock) -> tuple[str, ...]:
    if value.at_least is None:
        return ()
    return (f"The manual gives a minimum: it lasts {value.at_least} whatever happens, until then",)


def _range_words(value: Clock, shortest: Due | None, say: Callable[[datetime], str]) -> tuple[str, ...]:
    if shortest is None:
        return ()
    return (f"The manual gives a range: its lower end, {value.shortest}, is {say(shortest.at)}",)
