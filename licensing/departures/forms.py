from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length

from core import once, typed
from core.people.models import Person
from licensing.departures.models import Reason

REASON_WORDS = {
    Reason.LEFT.value: "They leave the agency",
    Reason.TRANSFERRED.value: "They move to another agency",
    Reason.JOB_CHANGE.value: "They stay, but no longer need the HMIS",
}
VIOLATION = {Reason.VIOLATION.value: "Access ends after a violation"}


class PlainDate(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a date. Write it like 11/20/2026.") from error


class PlainTime(TimeField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a time. Write it like 4:30 PM.") from error


class DepartureForm(FlaskForm):
    once = HiddenField(validators=[Length(max=64)], filters=[typed.line])
    ticket = HiddenField(validators=[Length(max=18)])
    person = SelectField("Who is leaving", [DataRequired("Choose who is leaving.")], validate_choice=False)
    left_on = PlainDate("Last day", [InputRequired("Give the day.")], format=["%Y-%m-%d", "%m/%d/%Y"])
    left_at = PlainTime(
        "Time they stop", [InputRequired("Give the time.")], format=["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p"]
    )
    reason = RadioField("Why access ends", [DataRequired("Choose why access ends.")], choices=REASON_WORDS)
    typed_name = StringField("Last name", [Length(max=300)], filters=[typed.line])

    @classmethod
    def for_people(cls, people: list[Person], *, me: int, is_lead_staff: bool) -> DepartureForm:
        """`me` is who fills it in, whose own name is marked."""
        form = cls()
        once.give_key(form)
        names = {str(p.id): f"{p.name} (you)" if p.id == me else p.name for p in people}
        form.person.choices = {"": "Choose a person", **names}
        if is_lead_staff:
            form.reason.choices = REASON_WORDS | VIOLATION
        return form

    @property
    def person_id(self) -> int:
        chosen = self.person.data or ""
        return int(chosen[:18]) if chosen.isdecimal() else 0


class OffForm(FlaskForm):
    evidence = TextAreaField(
        "What did you see in the HMIS?",
        [DataRequired("Say what you saw."), Length(max=2000), typed.no_client_data],
        [typed.text],
    )
