from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from core.errors import Invalid
from core.people.models import Person
from core.typed import BIGGEST, line, text
from training.sessions.attendance.rules import Span
from training.sessions.models import TrainingSession
from training.sessions.reports.times import readings

ALL, PART, NONE = "all", "part", "none"
THERE = {"": "Not said", ALL: "All of the time", PART: "A part of it", NONE: "Not there"}
DECISIONS = {"credit": True, "no-credit": False, "follow": None}


class CodeForm(FlaskForm):
    code = StringField("Code", [InputRequired("Type the code that the trainer shows."), Length(max=20)], [line])


class OverrideForm(FlaskForm):
    decision = RadioField(
        "What counts",
        [InputRequired("Choose one.")],
        choices={"credit": "It earns credit", "no-credit": "It earns no credit", "follow": "As it was reckoned"},
    )
    reason = TextAreaField("Why", [InputRequired("Say why, in a few words."), Length(max=2_000)], [text])


@dataclass(frozen=True)
class Marked:
    """One line of the trainer's list as it is shown, or was typed."""

    person: Person
    agency: str
    there: str
    since: str
    until: str


def marked_now(session: TrainingSession, person: Person, agency: str, span: Span | None) -> Marked:
    """How the list stands for somebody."""
    if span is None:
        return Marked(person, agency, "", "", "")
    whole = span.starts <= session.starts_at and span.ends >= session.ends_at
    times = (_clock(session, at) for at in (span.starts, span.ends))
    return Marked(person, agency, ALL if whole else PART, *times)


def _clock(session: TrainingSession, at: datetime) -> str:
    return f"{at.astimezone(session.zone):%H:%M}"


def read_list(session: TrainingSession, people: Iterable[Person], typed: Mapping[str, Any]) -> dict[int, Span | None]:
    """What the list says, by person; of whom nothing is said is not in it. Raises Invalid for times that are none."""
    found: dict[int, Span | None] = {}
    for person in people:
        there = typed.get(f"there-{person.id}", "")
        if there == ALL:
            found[person.id] = Span(session.starts_at, session.ends_at)
        elif there == NONE:
            found[person.id] = None
        elif there == PART:
            found[person.id] = _part(session, person, typed)
    return found


def _part(session: TrainingSession, person: Person, typed: Mapping[str, Any]) -> Span:
    starts, ends = (_moment(session, person, typed.get(f"{name}-{person.id}", "")) for name in ("since", "until"))
    if starts >= ends:
        raise Invalid(
            f"{person.name} cannot leave before they came.", "Give the times from when to when.", field="list"
        )
    return Span(starts, ends)


def _moment(session: TrainingSession, person: Person, typed: str) -> datetime:
    """A time of day within the session; of the hour that comes twice, the one that is in it."""
    try:
        clock = time.fromisoformat(typed.strip())
    except ValueError:
        advice = "Write them like 18:05."
        raise Invalid(f"The times of {person.name} are missing or no times.", advice, field="list") from None
    first = session.starts_at.astimezone(session.zone).date()
    days = (first, first + timedelta(days=1))
    known = [at for day in days for at in readings(day, clock, session.zone, None)]
    inside = [at for at in known if session.starts_at <= at <= session.ends_at]
    if not inside:
        raise Invalid(f"{typed} is outside of the session.", f"Look at the times of {person.name}.", field="list")
    return inside[0]


def number(typed: str) -> int | None:
    """A row's number out of an address or a form, None for what is none."""
    plain = typed.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 20 and 0 < int(plain) <= BIGGEST else None
