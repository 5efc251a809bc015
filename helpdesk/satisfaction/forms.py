from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from core.errors import DomainError
from helpdesk.satisfaction import rules
from helpdesk.tickets.forms import NONCE, no_client_data


def _stripped(value: str | None) -> str:
    return (value or "").replace("\0", "").replace("\r\n", "\n").strip()


class _Refusing(FlaskForm):
    def refuse(self, error: DomainError) -> None:
        said = f"{error.message} {error.advice}".strip()
        if error.field and error.field in self:
            self[error.field].errors = [*self[error.field].errors, said]
        else:
            self.form_errors.append(said)


class AnswerForm(_Refusing):
    mark = RadioField(
        "How was the help you got?",
        choices={str(mark): words for mark, words in rules.MARKS.items()},
        validators=[InputRequired("Choose one of the five.")],
    )
    comment = TextAreaField(
        "What should we know?",
        filters=[_stripped],
        description="If you like. Name clients by their client ID only.",
        validators=[Length(max=rules.LONGEST_COMMENT), no_client_data],
    )


class LookForm(_Refusing):
    text = TextAreaField(
        "What came of it",
        filters=[_stripped],
        description="For the HMIS Lead's staff only: whom you spoke with, and what changes.",
        validators=[DataRequired("Say what came of it."), Length(max=rules.LONGEST_COMMENT), no_client_data],
    )


class PracticeForm(_Refusing):
    once = HiddenField(validators=[DataRequired(), Regexp(NONCE)])
    ask_days = IntegerField(
        "Ask one person at most once in so many days",
        validators=[
            InputRequired("Say how many days."),
            NumberRange(1, rules.MOST_ASK_DAYS, f"From 1 to {rules.MOST_ASK_DAYS} days."),
        ],
    )
    answer_days = IntegerField(
        "Take and change answers for so many days",
        validators=[
            InputRequired("Say how many days."),
            NumberRange(1, rules.MOST_ANSWER_DAYS, f"From 1 to {rules.MOST_ANSWER_DAYS} days."),
        ],
    )
    reason = TextAreaField(
        "Why",
        filters=[_stripped],
        validators=[DataRequired("Say why, in a sentence."), Length(max=500), no_client_data],
    )
