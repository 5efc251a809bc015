from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from core.people.models import CoC, Person
from core.typed import Once, ReasonForm, line, no_client_data, text
from training.courses.models import Course
from training.sessions import rules
from training.sessions.models import TrainingSession
from training.sessions.rules import Meeting, Moment, Place
from training.sessions.services import Draft
from training.sessions.shown import PLACES

__all__ = ["ReasonForm"]
NONCE = r"[\w.:-]{1,64}"
WRITTEN = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M %p"]
LONGEST = 4_000


class When(DateTimeLocalField):
    """A day and time as the clocks of the chosen zone show it."""

    def __init__(self, label: str, validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, format=WRITTEN, **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a day and time. Write it like 11/20/2026 4:30 PM.") from error


def _number(typed: str | int | None) -> int:
    """Nobody chosen, with JavaScript, comes as an empty text."""
    return int(typed or 0)


class Keyed(Once):
    def key(self) -> str:
        """The form's own key; one that came without a usable one gets one."""
        given = self.once.data or ""
        return given if re.fullmatch(NONCE, given) else secrets.token_urlsafe(16)


class SessionForm(Keyed):
    title = StringField("Title", [DataRequired("Give it a title."), Length(max=200), no_client_data], [line])
    course = SelectField("Course", [InputRequired("Choose a course.")], coerce=int)
    kind = SelectField("Kind")
    place = SelectField("How people come", choices={place.value: words for place, words in PLACES.items()})
    starts = When("It begins", [InputRequired("Say when it begins.")])
    ends = When("It ends", [InputRequired("Say when it ends.")])
    tz = SelectField("Time zone")
    venue = StringField("Where", [Length(max=200), no_client_data], [line])
    join_link = StringField("Link to join", [Length(max=1_000)], [line])
    coc = SelectField("For whom", coerce=int, default=0)
    trainer = SelectField("Trainer", coerce=_number, default=0)
    audience = SelectField("Audience", default="")
    workflow = SelectField("Workflow", default="")
    capacity = IntegerField(
        "Places", [Optional(), NumberRange(1, 100_000, "At least one place, or none for no limit.")]
    )
    has_waiting_list = BooleanField("Keep a waiting list when all places are taken")
    needs_approval = BooleanField("The training staff approves each registration")
    closes = When("Registration closes", [Optional()])
    is_public = BooleanField("Show it on the public calendar")
    meeting = SelectField("Regular meeting", default="")
    about = TextAreaField("What it is about", [Length(max=LONGEST), no_client_data], [text])
    agenda = TextAreaField("Agenda", [Length(max=20_000), no_client_data], [text])

    def offer(
        self,
        courses: Sequence[Course],
        lists: Mapping[str, Mapping[str, str]],
        zones: Mapping[str, str],
        places: tuple[Sequence[CoC], bool],
        trainers: Sequence[Person],
        meetings: Mapping[Meeting, str],
    ) -> None:
        """`places` are the communities, and whether it may be for all of them."""
        cocs, is_whole = places
        self.course.choices = {str(course.id): course.title for course in courses}
        self.kind.choices = dict(lists["kind"])
        self.tz.choices = dict(zones)
        self.coc.choices = {**({"0": "All communities"} if is_whole else {}), **{str(c.id): c.name for c in cocs}}
        self.trainer.choices = {"0": "Nobody yet", **{str(person.id): person.name for person in trainers}}
        self.audience.choices = {"": "Everybody", **lists["audience"]}
        self.workflow.choices = {"": "Any workflow", **lists["workflow"]}
        self.meeting.choices = {"": "No", **{meeting.value: words for meeting, words in meetings.items()}}
        if not meetings:
            del self.meeting
            del self.agenda

    def show(self, row: TrainingSession) -> None:
        for name in ("title", "kind", "tz", "venue", "join_link", "audience", "workflow", "capacity", "about"):
            self[name].data = getattr(row, name)
        for name in ("has_waiting_list", "needs_approval", "is_public"):
            self[name].data = getattr(row, name)
        for name in ("starts", "ends", "closes"):
            at = getattr(row, f"{name}_at")
            self[name].data = at.astimezone(row.zone).replace(tzinfo=None) if at else None
        self.course.data, self.place.data = row.course_id, row.place.value
        self.coc.data, self.trainer.data = row.coc_id or 0, row.trainer_id or 0
        if "meeting" in self:
            self.meeting.data, self.agenda.data = row.meeting or "", row.agenda

    def draft(
        self, courses: Sequence[Course], cocs: Sequence[CoC], row: TrainingSession | None
    ) -> tuple[Draft, list[str]]:
        """What was typed, and what is to be said about times that the clocks leave in doubt."""
        zone = ZoneInfo(self.tz.data)
        moments = {name: self._moment(name, zone, row) for name in ("starts", "ends", "closes")}
        starts, ends, closes = moments["starts"], moments["ends"], moments["closes"]
        assert starts is not None, "the field is needed"
        assert ends is not None, "the field is needed"
        has_meeting = "meeting" in self and bool(self.meeting.data)
        draft = Draft(
            title=self.title.data,
            course=next(course for course in courses if course.id == self.course.data),
            kind=self.kind.data,
            place=Place(self.place.data),
            starts_at=starts.at,
            ends_at=ends.at,
            tz=self.tz.data,
            coc=next((coc for coc in cocs if coc.id == self.coc.data), None),
            closes_at=closes.at if closes else None,
            trainer_id=self.trainer.data or None,
            meeting=Meeting(self.meeting.data) if has_meeting else None,
            agenda=self.agenda.data if "agenda" in self else row.agenda if row else "",
            **{name: self[name].data for name in _PLAIN},
        )
        return draft, [moment.note for moment in moments.values() if moment and moment.note]

    def _moment(self, name: str, zone: ZoneInfo, row: TrainingSession | None) -> Moment | None:
        """A time that was not touched stays the instant it was, also in the hour that comes twice."""
        typed: datetime | None = self[name].data
        if typed is None:
            return None
        known: datetime | None = getattr(row, f"{name}_at", None)
        if known is not None and known.astimezone(zone).replace(tzinfo=None, second=0, fold=0) == typed:
            return Moment(known)
        return rules.moment(typed, zone)


_PLAIN = (
    "about", "venue", "join_link", "capacity", "has_waiting_list", "needs_approval", "is_public", "audience", "workflow"
)  # fmt: skip


class RegisterForm(FlaskForm):
    people = SelectMultipleField("Who comes", coerce=int)

    def offer(self, people: Sequence[Person]) -> None:
        self.people.choices = {str(person.id): f"{person.name}, {person.email}" for person in people}


class RecordsForm(FlaskForm):
    agenda = TextAreaField("Agenda", [Length(max=20_000), no_client_data], [text])
    minutes = TextAreaField("Minutes", [Length(max=50_000), no_client_data], [text])
