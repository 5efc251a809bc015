from __future__ import annotations

from wtforms import HiddenField, IntegerField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from core.typed import DATE_FORMATS, Once, PlainDate, line, no_client_data, text
from training.recertification.opening import Choice
from training.recertification.rules import Plan

FIRST = {"this": "With the year that runs now", "next": "With the next year, on its first day"}


class StartForm(Once):
    """What the Lead decides; what the manual decides is no field."""

    coc = HiddenField(filters=[line])
    plan = HiddenField(filters=[line])
    first = RadioField("When it begins", choices=FIRST, default="this")
    days = IntegerField(
        "Days to do it, from the first day of the year",
        [InputRequired("Give a number of days."), NumberRange(1, 364, "Give from 1 to 364 days.")],
    )
    grace_on = PlainDate("Nobody is late before the end of", [Optional()], format=DATE_FORMATS)

    @classmethod
    def for_plan(cls, plan: Plan) -> StartForm:
        form = cls()
        if plan.starts is None:
            del form.first
        if not plan.chooses_days:
            del form.days
        return form.fresh()

    def chosen(self) -> Choice:
        return Choice(
            waits=bool(self.first and self.first.data == "next"),
            days=self.days.data if self.days else None,
            grace_on=self.grace_on.data,
        )


class StopForm(Once):
    reason = TextAreaField(
        "Why it is stopped", [DataRequired("Say it in a few words."), Length(max=2_000), no_client_data], [text]
    )


class ExcuseForm(Once):
    reason = TextAreaField(
        "Reason", [DataRequired("Say it in a few words."), Length(max=2_000), no_client_data], [text]
    )
