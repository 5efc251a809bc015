from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.people.models import Agency, CoC
from core.typed import Once, PlainDate, line, text
from helpdesk.matters.changes.rules import Choice

LONGEST = 50_000
CHOICES = {Choice.FOR.value: "For it", Choice.AGAINST.value: "Against it", Choice.ABSTAIN.value: "I abstain"}
DECIDED = {"approved": "Approved it", "refused": "Turned it down"}


class ChangeForm(Once):
    place = SelectField("Community")
    title = StringField("In a few words", [DataRequired("Say what should change."), Length(max=200)], [line])
    text = TextAreaField("The change", [DataRequired("Write down what should change."), Length(max=LONGEST)], [text])

    def offer(self, places: Sequence[tuple[CoC, Agency | None]]) -> None:
        self.place.choices = {
            str(number): coc.name if agency is None else f"{coc.name}, for {agency.name}"
            for number, (coc, agency) in enumerate(places)
        }


class VoteForm(FlaskForm):
    choice = RadioField("Your vote", [DataRequired("Choose for, against, or abstain.")], choices=CHOICES)


class BoardForm(FlaskForm):
    decided = RadioField("The CoC's board", [DataRequired("Say what the board decided.")], choices=DECIDED)
    day = PlainDate("On", [InputRequired("Give the day.")], format=["%Y-%m-%d", "%m/%d/%Y"])
    note = StringField("Note", [Length(max=200)], [line])
