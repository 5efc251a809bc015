from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from core.typed import Once, line, no_client_data, text
from training.courses.vocabulary import Credit
from training.series.models import Purpose

PURPOSES = {Purpose.NEW_USER: "For new users, before access", Purpose.OTHER: "For anybody"}
COUNTS = {
    Credit.NEW_USER_SERIES: "The new-user series",
    Credit.GENERAL: "A general training of the year",
    Credit.REPORTING: "A reporting training of the year",
    Credit.SECURITY: "The security training of the year",
}


class SeriesForm(Once):
    """The steps are fields of their own, `step-1` and `after-1` and on: as many as there is room for."""

    title = StringField("Title", [DataRequired("Give it a title."), Length(max=200), no_client_data], [line])
    code = StringField(
        "Short name",
        [
            DataRequired("Give it a short name."),
            Length(max=60),
            Regexp(r"^[a-z0-9-]+$", message="Small letters, digits and -."),
        ],
        [line],
        description="Small letters, digits and -, for reports and files.",
    )
    summary = TextAreaField("What it is for", [Length(max=2_000), no_client_data], [text])
    purpose = SelectField("Who takes it", choices={str(key): words for key, words in PURPOSES.items()})
    counts = SelectField(
        "What completing it counts for", choices={"": "Nothing of its own", **{str(k): w for k, w in COUNTS.items()}}
    )
    coc = SelectField("Which community", coerce=int, default=0)


class ReasonForm(Once):
    reason = TextAreaField(
        "Reason", [DataRequired("Say it in a few words."), Length(max=2_000), no_client_data], [text]
    )


class HandForm(FlaskForm):
    trainer = SelectField("Who looks after it", coerce=int)


class EnrollForm(ReasonForm):
    series = SelectField("Series", coerce=int)
    person = SelectField("Who", validators=[DataRequired("Choose somebody.")])
