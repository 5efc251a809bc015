from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, InputRequired, Length


class PlainDate(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a date. Write it like 11/27/2026.") from error


class ClosureForm(FlaskForm):
    """The day and its name; sent once to see what it moves, and once more to do it."""

    day = PlainDate("Day", [InputRequired("Give the day.")], format=["%Y-%m-%d", "%m/%d/%Y"])
    name = StringField("Why", [DataRequired("Say why the office is closed."), Length(max=100)])
