from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from core.typed import Once, line, text

LONGEST = 20_000


class ConflictForm(Once):
    agency = StringField("Agency", [Length(max=300)], [line])
    title = StringField(
        "In a few words", [DataRequired("Say in a few words what it is about."), Length(max=200)], [line]
    )
    text = TextAreaField("Your side of it", [DataRequired("Write down your side."), Length(max=LONGEST)], [text])


class StatementForm(Once):
    text = TextAreaField("What you want to add", [DataRequired("Write something first."), Length(max=LONGEST)], [text])


class CommitteeForm(FlaskForm):
    how = StringField("How it was told", [DataRequired("Say how the committee was told."), Length(max=200)], [line])


class SettlementForm(FlaskForm):
    settlement = TextAreaField(
        "The settlement", [DataRequired("Write down what both agree to."), Length(max=LONGEST)], [text]
    )


class DecisionForm(FlaskForm):
    decision = TextAreaField("The decision", [DataRequired("Write down the decision."), Length(max=LONGEST)], [text])
