"""What each manual asks of everybody again and again, and what becomes of an obligation. Pure.

Rules: MO-TR-8, VT-TR-7, VT-TR-8, VT-TR-9, SON-TR-1, HUD-TR-1, HUD-TR-6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.values import Cycle
from core.policy.vocabulary import CycleName, LimitName, ListName
from core.ui import times
from core.workcalendar import Days, Months, Span, Weeks, Years
from training.courses.vocabulary import Credit

USUAL_DAYS = 30
SHORTLY = timedelta(days=90)
REMIND_DAYS = (30, 7, 1)
TITLES = {
    CycleName.RECERTIFICATION: "Recertification",
    CycleName.GENERAL_TRAINING: "General trainings",
    CycleName.REPORTING_TRAINING: "Reporting trainings",
    CycleName.SECURITY_TRAINING: "Security training",
    CycleName.SECURITY_CERTIFICATION: "Security certification",
    CycleName.REFRESHER_TRAINING: "Refresher training",
}
ONE_CREDIT = {
    CycleName.GENERAL_TRAINING: (Credit.GENERAL, "General training"),
    CycleName.REPORTING_TRAINING: (Credit.REPORTING, "Reporting training"),
    CycleName.SECURITY_TRAINING: (Credit.SECURITY, "Security training"),
    CycleName.SECURITY_CERTIFICATION: (Credit.SECURITY, "Security certification"),
}


class Pace(StrEnum):
    """FIXED: one period for all, from a day of the year. ROLLING: each person's own year."""

    FIXED = "fixed"
    ROLLING = "rolling"


class Audience(StrEnum):
    """Who owes it: everybody with a license, those with the reporting add-on, or the Lead's own staff."""

    HOLDERS = "holders"
    REPORTING = "reporting"
    STAFF = "staff"


class CampaignState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    OVER = "over"


class Owes(StrEnum):
    """ENDED: nobody owes it any more, because the license ended or the campaign was stopped before it was done."""

    OWED = "owed"
    MET = "met"
    LAPSED = "lapsed"
    EXEMPT = "exempt"
    ENDED = "ended"


class Act(StrEnum):
    MEET = "meet"
    LAPSE = "lapse"
    EXCUSE = "excuse"
    END = "end"
    REOPEN = "reopen"


_O = Owes
TRANSITIONS: dict[tuple[Owes, Act], Owes] = {
    (_O.OWED, Act.MEET): _O.MET,
    (_O.OWED, Act.LAPSE): _O.LAPSED,
    (_O.OWED, Act.EXCUSE): _O.EXEMPT,
    (_O.OWED, Act.END): _O.ENDED,
    (_O.LAPSED, Act.MEET): _O.MET,
    (_O.LAPSED, Act.EXCUSE): _O.EXEMPT,
    (_O.LAPSED, Act.END): _O.ENDED,
    (_O.MET, Act.REOPEN): _O.OWED,
    (_O.EXEMPT, Act.REOPEN): _O.OWED,
}


@dataclass(frozen=True)
class Plan:
    """A cycle of a pack as the room keeps it.

    `titles` names each credit that is owed, `times` how often in each `every`. `joins`: who gets a license in the
    middle of a period owes the rest of it too. `december` is the month whose new users owe no more that year.
    `chooses_days`: the manual gives no number of days, so the Lead says by when.
    """

    cycle: CycleName
    audience: Audience
    pace: Pace
    titles: Mapping[str, str]
    times: int
    every: Span
    rule: str
    source: str
    section: str
    manual: str
    says: str
    pack: str
    version: date
    starts: str | None = None
    joins: bool = True
    december: int | None = None
    chooses_days: bool = False
    local: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.cycle]

    @property
    def rhythm(self) -> str:
        """How often, in words: "every year, from October 1"."""
        every = str(self.every)
        often = f"every {every.removeprefix('1 ')}"
        if self.starts is None:
            return f"{often}, by each person's own year"
        day = date.fromisoformat(f"2000-{self.starts}")
        return f"{often}, from {day:%B} {day.day}"

    @property
    def key(self) -> str:
        return f"{self.cycle}:{self.audience}"


def plan(policy: Policy) -> list[Plan]:
    """What the pack asks of who holds a license; `staff_plan` is what it asks of the Lead's own people."""
    made: list[Plan] = []
    if policy.has(CycleName.RECERTIFICATION):
        parts = policy.list(ListName.RECERTIFICATION_PARTS).items
        made.append(_plan(policy, CycleName.RECERTIFICATION, parts, joins=False))
    if policy.has(CycleName.GENERAL_TRAINING):
        december = (
            policy.limit(LimitName.DECEMBER_EXEMPTION).number if policy.has(LimitName.DECEMBER_EXEMPTION) else None
        )
        made.append(_plan(policy, CycleName.GENERAL_TRAINING, december=december))
    if policy.has(CycleName.REPORTING_TRAINING):
        made.append(_plan(policy, CycleName.REPORTING_TRAINING, audience=Audience.REPORTING))
    if policy.has(CycleName.SECURITY_TRAINING):
        made.append(_plan(policy, CycleName.SECURITY_TRAINING))
    elif policy.has(CycleName.SECURITY_CERTIFICATION):
        made.append(_plan(policy, CycleName.SECURITY_CERTIFICATION))
    if policy.has(CycleName.REFRESHER_TRAINING):
        made.append(_refresher(policy))
    return made


def staff_plan(policy: Policy) -> Plan | None:
    """The Lead's own staff certify their security too (HUD-TR-6)."""
    if not policy.has(CycleName.SECURITY_CERTIFICATION):
        return None
    return _plan(policy, CycleName.SECURITY_CERTIFICATION, audience=Audience.STAFF)


def _refresher(policy: Policy) -> Plan:
    """In the year of recertification where there is one, so that everything is due on one day (HUD-TR-1)."""
    listed = policy.list(ListName.TRAINING_BEFORE_ACCESS).items
    parts = {code: f"Refresher: {words[0].lower()}{words[1:]}" for code, words in listed.items()}
    if not policy.has(CycleName.RECERTIFICATION):
        return _plan(policy, CycleName.REFRESHER_TRAINING, parts)
    starts = policy.cycle(CycleName.RECERTIFICATION).starts
    return _plan(policy, CycleName.REFRESHER_TRAINING, parts, starts=starts, joins=False)


def _plan(
    policy: Policy,
    name: CycleName,
    titles: Mapping[str, str] | None = None,
    *,
    audience: Audience = Audience.HOLDERS,
    starts: str | None = None,
    joins: bool = True,
    december: int | None = None,
) -> Plan:
    """Raises ValueError for a cycle that counts something else than calendar time."""
    cycle: Cycle = policy.cycle(name)
    if not isinstance(cycle.every, Years | Months | Weeks | Days):
        raise ValueError(f"{name} comes round every {cycle.every}, which is no calendar time")
    credit, words = ONE_CREDIT.get(name, ("", ""))
    starts = starts or cycle.starts
    return Plan(
        cycle=name,
        audience=audience,
        pace=Pace.FIXED if starts else Pace.ROLLING,
        titles=dict(titles) if titles is not None else {str(credit): words},
        times=cycle.times,
        every=cycle.every,
        rule=cycle.rule,
        source=cycle.source,
        section=cycle.section,
        manual=policy.manual_of(cycle.source),
        says=cycle.says,
        pack=policy.pack,
        version=policy.version,
        starts=starts,
        joins=joins,
        december=december,
        chooses_days=bool(starts) and not joins,
        local=cycle.local or "",
    )


def span_parts(span: Span) -> tuple[int, int]:
    """A calendar span as months and days, as the database counts them."""
    match span:
        case Years():
            return span.count * 12, 0
        case Months():
            return span.count, 0
        case Weeks():
            return 0, span.count * 7
        case Days():
            return 0, span.count
    raise ValueError(f"{span} is no calendar time")


# ------------------------------------------------------------------ periods


@dataclass(frozen=True)
class Period:
    """The days of a fixed cycle, both included."""

    first: date
    last: date

    @classmethod
    def holding(cls, starts: str, day: date) -> Period:
        """The year that begins on `starts` (month and day) and holds the day."""
        begins = [date.fromisoformat(f"{year}-{starts}") for year in (day.year - 1, day.year, day.year + 1)]
        first = max(one for one in begins if one <= day)
        after = min(one for one in begins if one > day)
        return cls(first, after - timedelta(days=1))

    def following(self, starts: str) -> Period:
        return Period.holding(starts, self.last + timedelta(days=1))


def due_on(plan: Plan, period: Period, days: int | None) -> date:
    """The last day on time: as many days after the start as the Lead gives, else the end of the period."""
    if plan.chooses_days:
        return min(period.first + timedelta(days=days or USUAL_DAYS), period.last)
    return period.last


# ------------------------------------------------------------------ saying why


@dataclass(frozen=True)
class Facts:
    """An obligation and its campaign, as the words need them; times are aware, days the agency's own."""

    words: str
    zone: ZoneInfo
    since: datetime
    due_at: datetime
    last_at: datetime | None
    every: str
    times: int
    done: int
    is_fixed: bool
    period_from: date | None
    due_on: date | None
    days: int | None
    grace_on: date | None
    joins: bool
    state: Owes
    exempt_reason: str
    is_staff: bool


def reasons(facts: Facts) -> tuple[str, ...]:
    """Sentence by sentence why this person owes it, and why by then."""
    told = [*(_fixed_reasons(facts) if facts.is_fixed else _rolling_reasons(facts))]
    if facts.grace_on is not None and _day(facts, facts.due_at) == facts.grace_on:
        told.append(f"The HMIS Lead began with this cycle here and counts nobody late before {_say(facts.grace_on)}.")
    if facts.times > 1:
        told.append(f"{facts.done} of {facts.times} are done.")
    if facts.state is Owes.EXEMPT:
        told.append(f"Not owed: {facts.exempt_reason}")
    return tuple(told)


def _rolling_reasons(facts: Facts) -> list[str]:
    if facts.last_at is not None:
        return [f"It was last done on {_say(_day(facts, facts.last_at))}, and is done again within {facts.every}."]
    began = "The work for the HMIS Lead" if facts.is_staff else "The license"
    return [f"{began} began on {_say(_day(facts, facts.since))}, and it is done within {facts.every} from then on."]


def _fixed_reasons(facts: Facts) -> list[str]:
    assert facts.period_from is not None, "a fixed cycle has a period"
    assert facts.due_on is not None, "and a last day"
    told = [f"The year began on {_say(facts.period_from)}."]
    if facts.days is not None:
        told.append(
            f"The manual gives no number of days; the HMIS Lead gives {facts.days}, until {_say(facts.due_on)}."
        )
    since = _day(facts, facts.since)
    if not facts.joins and facts.period_from - since <= SHORTLY:
        told.append(
            f"The license began on {_say(since)}, shortly before. "
            "The manual makes no exception for new users: it is owed."
        )
    return told


def lapse_words(words: str, due: str, done: int, times: int) -> str:
    """One sentence for a mail and a locked license; `due` is the day in words."""
    how_far = f" ({done} of {times} done)" if times > 1 else ""
    return f"{words} was due {due} and has not been done{how_far}."


def december_reason(on: str) -> str:
    """VT-TR-8."""
    return f"The new-user series was completed in December ({on}), so no other general training is owed that year."


def explain(plan_cited: Mapping[str, str], facts: Facts) -> dict[str, object]:
    """The same as a Decision in plain data, as the explanation shows it; `plan_cited` is the campaign's citation."""
    anchor = (facts.last_at or facts.since).astimezone(facts.zone)
    return Decision(
        pack=plan_cited["pack"],
        version=date.fromisoformat(plan_cited["version"]),
        clock="",
        anchor=anchor,
        due=facts.due_at.astimezone(facts.zone),
        rule=plan_cited["rule"],
        source=plan_cited["source"],
        section=plan_cited["section"],
        title=plan_cited["manual"],
        because=(plan_cited["says"], *reasons(facts)),
        says=plan_cited["says"],
    ).as_json()


def _day(facts: Facts, at: datetime) -> date:
    return at.astimezone(facts.zone).date()


def _say(day: date) -> str:
    return times.say_day(day)
