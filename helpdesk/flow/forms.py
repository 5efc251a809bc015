from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from core.people.models import CoC
from core.policy.values import SPANS
from core.workcalendar import AtOnce, Span
from helpdesk.elevation.rules import LABELS, Body
from helpdesk.flow.practice import GRID, MOST, MOST_ATTEMPTS, Practice, Promised
from helpdesk.flow.rules import Desk, Promise
from helpdesk.tickets.forms import NONCE, PRIORITIES
from helpdesk.tickets.rules import Priority

UNITS = {
    "business_hours": "business hours",
    "business_days": "business days",
    "hours": "hours",
    "days": "days",
    "weeks": "weeks",
}


def _number(least: int, most: int) -> Any:
    def check(_form: FlaskForm, field: Field) -> None:
        typed = (field.data or "").strip()
        if typed and not (typed.isascii() and typed.isdecimal() and len(typed) < 6 and least <= int(typed) <= most):
            raise ValidationError(f"Write a whole number from {least} to {most}, or leave it empty.")

    return check


def _span_number(label: str) -> StringField:
    return StringField(label, [Length(max=40), _number(1, MOST)])


def _unit() -> SelectField:
    return SelectField("Unit", choices=UNITS, default="business_days")


class PlainDate(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a date. Write it like 11/27/2026.") from error


class PracticeForm(FlaskForm):
    """Numbers and units, one row for each promise of a desk; what is left empty is not promised."""

    nonce = HiddenField(default=lambda: secrets.token_urlsafe(16), validators=[InputRequired(), Regexp(NONCE)])
    place = SelectField("Where it holds", coerce=int)
    since = PlainDate("From", [InputRequired("Give the day it begins.")], format=["%Y-%m-%d", "%m/%d/%Y"])
    silence = _span_number("Silence")
    silence_unit = _unit()
    attempts = StringField("Attempts to reach the requester before that", [Length(max=40), _number(0, MOST_ATTEMPTS)])
    vendor = _span_number("Ask the vendor again after")
    vendor_unit = _unit()
    elevates_to = SelectField(
        "Goes to", choices={body.value: words for body, words in LABELS.items()}, default=Body.COMMITTEE.value
    )
    gives = BooleanField("Give each new request at the Lead's desk to a person", default=True)

    def offer(self, places: Sequence[CoC | None]) -> None:
        """One place needs no question."""
        self.place.choices = {str(coc.id if coc else 0): coc.name if coc else "All of the Lead" for coc in places}

    @property
    def first_place(self) -> int:
        return int(next(iter(self.place.choices)))

    @staticmethod
    def rows() -> Iterator[tuple[Desk, Promise, str]]:
        """Each row of the grid with the name of its fields."""
        for desk, promise in GRID:
            yield desk, promise, f"{desk}_{promise.replace('-', '_')}"

    def fill(self, practice: Practice) -> None:
        for desk, promise, name in self.rows():
            for priority in Priority:
                self._put(f"{name}_{priority}", f"{name}_unit", practice.span(desk, promise, priority))
        self._put("silence", "silence_unit", practice.silence)
        self._put("vendor", "vendor_unit", practice.vendor)
        self.attempts.data = str(practice.attempts)
        self.gives.data = practice.gives
        self.elevates_to.data = practice.elevates_to.value

    def practice(self) -> Practice:
        promises = [
            Promised(desk=desk, promise=promise, priority=priority, within=span)
            for desk, promise, name in self.rows()
            for priority in Priority
            if (span := self._span(f"{name}_{priority}", f"{name}_unit")) is not None
        ]
        return Practice(
            promises=tuple(promises),
            silence=self._span("silence", "silence_unit"),
            attempts=int(self.attempts.data or 0),
            vendor=self._span("vendor", "vendor_unit"),
            gives=self.gives.data,
            elevates_to=Body(self.elevates_to.data),
        )

    def _put(self, number: str, unit: str, span: Span | None) -> None:
        if span is not None and not isinstance(span, AtOnce):
            self[number].data = str(span.count)
            self[unit].data = next(name for name, kind in SPANS.items() if type(span) is kind)

    def _span(self, number: str, unit: str) -> Span | None:
        typed = (self[number].data or "").strip()
        made: Span | None = SPANS[self[unit].data](int(typed)) if typed else None
        return made


for _desk, _promise, _name in PracticeForm.rows():
    setattr(PracticeForm, f"{_name}_unit", _unit())
    for _priority, _words in PRIORITIES.items():
        setattr(PracticeForm, f"{_name}_{_priority}", _span_number(_words))
