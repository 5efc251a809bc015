from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.typed import Once, PlainDate, PlainTime, line, text

LONGEST = 20_000


class BreachForm(Once):
    agency = StringField("Agency", [Length(max=300)], [line])
    known_on = PlainDate("Known since", [InputRequired("Give the day.")], format=["%Y-%m-%d", "%m/%d/%Y"])
    known_time = PlainTime(
        "Time", [InputRequired("Give the time.")], format=["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p"]
    )
    text = TextAreaField("What happened", [DataRequired("Say what happened."), Length(max=LONGEST)], [text])


class OutcomeForm(FlaskForm):
    outcome = TextAreaField("What was done", [DataRequired("Say what was done."), Length(max=LONGEST)], [text])
