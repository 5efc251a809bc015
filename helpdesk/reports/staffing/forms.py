from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from helpdesk.flow.forms import PlainDate


class Percent(IntegerField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.strip().removesuffix("%").strip() for value in valuelist])
        except ValueError as error:
            raise ValueError("Write a whole number, such as 50.") from error


class ShareForm(FlaskForm):
    share = Percent(
        "Share of a full-time place, in percent",
        [InputRequired("Write a percentage from 0 to 100."), NumberRange(0, 100, "Write a percentage from 0 to 100.")],
    )
    since = PlainDate("From", [InputRequired("Give the day it begins.")], format=["%Y-%m-%d", "%m/%d/%Y"])
