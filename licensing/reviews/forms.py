from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from core import typed
from core.typed import DATE_FORMATS, PlainDate, PlainTime
from licensing.reviews.rules import ANSWERS, Answer
from licensing.reviews.services import Said


class AnswerForm(FlaskForm):
    answer = RadioField(
        "What is so", [DataRequired("Choose what is so.")], choices={str(one): words for one, words in ANSWERS.items()}
    )
    left_on = PlainDate("Last day", [Optional()], format=DATE_FORMATS)
    left_at = PlainTime("Time they stop", [Optional()], format=["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p"])
    is_meant = BooleanField("Access may end at once; I know that this cannot be taken back")
    note = TextAreaField("Which level is right, or what the Lead should know", [Length(max=2000)], [typed.text])

    def said(self) -> Said:
        return Said(
            Answer(self.answer.data), self.note.data or "", self.left_on.data, self.left_at.data,
            is_meant=bool(self.is_meant.data),
        )  # fmt: skip
