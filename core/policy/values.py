"""The typed values of a pack. Each one carries the rule it states and where the manual states it.

Every model refuses unknown keys and wrong types. Nothing has a default that stands in for a number.
"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, field_validator, model_validator

from core import workcalendar
from core.policy.vocabulary import Bound, Requirement, Unit
from core.workcalendar import AtOnce, BusinessDays, BusinessHours, Days, Hours, Months, Span, Weeks, Years

SPANS: dict[str, type] = {
    "hours": Hours,
    "days": Days,
    "weeks": Weeks,
    "months": Months,
    "years": Years,
    "business_days": BusinessDays,
    "business_hours": BusinessHours,
}
SPAN_EXPECTED = f"one of {', '.join(SPANS)} with a whole number above 0, or at_once = true"
CODE = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"

Code = Annotated[str, Field(pattern=CODE)]
Words = Annotated[str, Field(min_length=3)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


def parse_span(given: Any) -> Span:
    """A span from a TOML table such as `{ business_days = 3 }` or `{ at_once = true }`."""
    if isinstance(given, Span):
        return given
    match given:
        case {"at_once": True, **rest} if not rest:
            return AtOnce()
        case dict() if len(given) == 1:
            [(unit, count)] = given.items()
            if unit in SPANS and type(count) is int and count > 0:
                made: Span = SPANS[unit](count)
                return made
    raise ValueError(f"expected {SPAN_EXPECTED}")


def span_as_data(span: Span) -> dict[str, int | bool]:
    """The TOML table a span is written as."""
    if isinstance(span, AtOnce):
        return {"at_once": True}
    return {next(unit for unit, kind in SPANS.items() if type(span) is kind): span.count}


SpanValue = Annotated[Span, PlainValidator(parse_span), PlainSerializer(span_as_data)]


class Line(_Strict):
    """A part of a value with a citation of its own; the manual is the rule's."""

    rule: str
    section: Words
    says: Words


class Cited(_Strict):
    """What every value has: the rule it states (and those it states too), the manual, the heading, and our words.

    `local` is there only where the manual obliges without a number: it says that this number is the pack's own choice.
    """

    kind: ClassVar[str]

    rule: str
    also: tuple[str, ...] = ()
    source: str
    section: Words
    says: Words
    local: Words | None = None

    @field_validator("also", mode="before")
    @classmethod
    def _as_tuple(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given

    @property
    def rules(self) -> tuple[str, ...]:
        return (self.rule, *self.also)

    def lines(self) -> tuple[Line, ...]:
        """The parts with citations of their own."""
        return ()

    def shown(self) -> str:
        """The value in a few words, for tables."""
        return self.says


class Clock(Cited):
    """A date the manual puts on somebody. Exactly one of:

    `within`: due by the end of the span after the anchor (with `shortest`, the span's lower end, for a range);
    `before`: a lead time, the latest instant before the anchor;
    `at_least`: a minimum, which lasts until the end of the span.
    `anchor` says in words what is counted from.
    """

    kind = "clock"

    anchor: Words
    within: SpanValue | None = None
    before: SpanValue | None = None
    at_least: SpanValue | None = None
    shortest: SpanValue | None = None

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        given = [span for span in (self.within, self.before, self.at_least) if span is not None]
        if len(given) != 1:
            raise ValueError("expected exactly one of within, before, at_least")
        if self.shortest is not None and not _shorter(self.shortest, self.within):
            raise ValueError("expected shortest to be in the unit of within, and less")
        return self

    @property
    def span(self) -> Span:
        span = self.within or self.before or self.at_least
        assert span is not None
        return span

    def shown(self) -> str:
        if self.before:
            return f"at least {self.before} before {self.anchor}"
        if self.at_least:
            return f"at least {self.at_least} from {self.anchor}"
        least = f"{getattr(self.shortest, 'count', '')} to " if self.shortest else ""
        return f"{least}{self.within}, counted from {self.anchor}"


def _shorter(less: Span, more: Span | None) -> bool:
    return type(less) is type(more) and getattr(less, "count", 0) < getattr(more, "count", 0)


class Limit(Cited):
    """A number that binds, with its unit."""

    kind = "limit"

    number: int
    unit: Annotated[Unit, Field(strict=False)]
    bound: Annotated[Bound, Field(strict=False)]

    def reached(self, count: float) -> bool:
        """Whether `count` is within the bound: at least 10 is reached by 10, more than 45 by 46."""
        match self.bound:
            case Bound.AT_LEAST:
                return count >= self.number
            case Bound.MORE_THAN:
                return count > self.number
            case _:
                return count <= self.number

    def shown(self) -> str:
        return f"{self.bound.replace('-', ' ')} {self.number} {self.unit}"


class ItemList(Cited):
    """Codes the service decides by, each with the words people read, in the manual's order."""

    kind = "list"

    items: Annotated[dict[Code, Words], Field(min_length=1)]

    def __contains__(self, code: str) -> bool:
        return code in self.items

    def shown(self) -> str:
        return ", ".join(self.items)


class GateLine(Line):
    requirement: Annotated[Requirement, Field(strict=False)]


class Gate(Cited):
    """What must hold before an act: every line, or any one of them."""

    kind = "gate"

    needs: Annotated[str, Field(pattern="^(all|any)$")]
    requires: Annotated[list[GateLine], Field(min_length=1)]

    def lines(self) -> tuple[GateLine, ...]:
        return tuple(self.requires)

    def names(self) -> tuple[Requirement, ...]:
        return tuple(line.requirement for line in self.requires)

    def open(self, met: set[Requirement] | frozenset[Requirement]) -> bool:
        """Whether the requirements met are enough."""
        return (all if self.needs == "all" else any)(name in met for name in self.names())

    def shown(self) -> str:
        return f"{self.needs} of: {', '.join(self.names())}"


class Step(Line):
    """One step: who acts, within what time, for how long, until when. Absent where the manual gives none.

    `before` names the step that has to wait for this one."""

    step: Code
    who: Words
    within: SpanValue | None = None
    lasts: SpanValue | None = None
    at_least: SpanValue | None = None
    until: Words | None = None
    before: Code | None = None


class Ladder(Cited):
    """Steps in order, lowest first."""

    kind = "ladder"

    steps: Annotated[list[Step], Field(min_length=1)]

    def lines(self) -> tuple[Step, ...]:
        return tuple(self.steps)

    def codes(self) -> tuple[str, ...]:
        return tuple(step.step for step in self.steps)

    def step(self, code: str) -> Step:
        """The step of that code. Raises KeyError when the ladder has none."""
        return {step.step: step for step in self.steps}[code]

    def after(self, code: str) -> Step | None:
        """The step that follows, or None at the top."""
        at = self.codes().index(code) + 1
        return self.steps[at] if at < len(self.steps) else None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.codes())) != len(self.steps):
            raise ValueError("expected each step's code once")
        if not {step.before for step in self.steps if step.before} <= set(self.codes()):
            raise ValueError("expected before to name a step of this ladder")
        return self

    def shown(self) -> str:
        return " -> ".join(self.codes())


class Switch(Cited):
    """A rule that is in force or is not."""

    kind = "switch"

    on: bool

    def shown(self) -> str:
        return "yes" if self.on else "no"


class Cycle(Cited):
    """What comes round: `times` in each `every`. `starts` is the month and day a yearly cycle begins, where given."""

    kind = "cycle"

    every: SpanValue
    times: Annotated[int, Field(ge=1)]
    starts: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None

    @field_validator("starts")
    @classmethod
    def _a_day_of_the_year(cls, starts: str | None) -> str | None:
        if starts is not None:
            date.fromisoformat(f"2000-{starts}")
        return starts

    def starts_in(self, year: int) -> date | None:
        """The day the cycle begins in that year, where the manual fixes one."""
        return date.fromisoformat(f"{year}-{self.starts}") if self.starts else None

    def shown(self) -> str:
        often = "once" if self.times == 1 else f"{self.times} times"
        begins = f", from {self.starts}" if self.starts else ""
        return f"{often} every {self.every}{begins}"


def _parse_periods(given: Any) -> Any:
    try:
        return tuple(workcalendar.parse_period(text) for text in given)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError('expected a list of periods such as "08:00-17:00"') from error


def _periods_as_data(periods: tuple[workcalendar.Period, ...]) -> list[str]:
    return [
        f"{period.opens:%H:%M}-{'24:00' if period.closes == time(0) else f'{period.closes:%H:%M}'}"
        for period in periods
    ]


Periods = Annotated[
    tuple[workcalendar.Period, ...],
    PlainValidator(_parse_periods),
    PlainSerializer(_periods_as_data, return_type=list[str]),
]


class OpenHours(Cited):
    """When a desk serves, in local time. A weekday that is not named is closed."""

    kind = "hours"

    monday: Periods = ()
    tuesday: Periods = ()
    wednesday: Periods = ()
    thursday: Periods = ()
    friday: Periods = ()
    saturday: Periods = ()
    sunday: Periods = ()
    open_on_holidays: bool

    def week(self) -> dict[int, tuple[workcalendar.Period, ...]]:
        return {number: getattr(self, name) for number, name in enumerate(workcalendar.WEEKDAYS)}

    def shown(self) -> str:
        days = [
            f"{name[:3].capitalize()} {' '.join(_periods_as_data(getattr(self, name)))}"
            for name in workcalendar.WEEKDAYS
            if getattr(self, name)
        ]
        return ", ".join(days)


class PasswordRules(Cited):
    """What an HMIS password must be. An absent number means that the manual sets none."""

    kind = "password"

    min_length: Annotated[int, Field(ge=1)]
    max_length: Annotated[int, Field(ge=1)] | None = None
    letters: Annotated[int, Field(ge=0)]
    upper: Annotated[int, Field(ge=0)]
    lower: Annotated[int, Field(ge=0)]
    digits: Annotated[int, Field(ge=0)]
    special: Annotated[int, Field(ge=0)]
    refuses: list[Code]
    not_reused: Annotated[int, Field(ge=0)]
    changed_at_first_login: bool
    separate_channels: bool

    def shown(self) -> str:
        most = f" to {self.max_length}" if self.max_length else " or more"
        parts = ("letters", "upper", "lower", "digits", "special")
        kinds = [f"{getattr(self, part)} {part}" for part in parts if getattr(self, part)]
        return f"{self.min_length}{most} characters, {', '.join(kinds)}"


class AccessLevels(Cited):
    """The levels a license can have, in the manual's order.

    `agency_ceiling` is the highest an agency may grant itself; absent where the manual gives agencies no such right.
    """

    kind = "levels"

    levels: Annotated[dict[Code, Words], Field(min_length=1)]
    agency_ceiling: Code | None = None

    @model_validator(mode="after")
    def _ceiling_is_a_level(self) -> Self:
        if self.agency_ceiling is not None and self.agency_ceiling not in self.levels:
            raise ValueError("expected agency_ceiling to be one of the levels")
        return self

    def agency_may_grant(self, level: str) -> bool:
        """Whether an agency's own administrator may grant this level. Raises KeyError for a level the pack has not."""
        order = list(self.levels)
        if level not in self.levels:
            raise KeyError(level)
        return self.agency_ceiling is not None and order.index(level) <= order.index(self.agency_ceiling)

    def shown(self) -> str:
        return f"{len(self.levels)} levels, agencies grant up to {self.agency_ceiling or 'none'}"


class Duty(Cited):
    """A plain obligation: who must do what."""

    kind = "duty"

    who: Words

    def shown(self) -> str:
        return f"{self.who}: {self.says}"
