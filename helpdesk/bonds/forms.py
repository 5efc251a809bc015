from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from helpdesk.bonds.rules import LinkKind
from helpdesk.tickets.forms import CATEGORIES, LONGEST, Once, ReasonForm, line, no_client_data, stripped
from helpdesk.tickets.models import TicketMessage

KINDS = {
    LinkKind.RELATED: "is related to",
    LinkKind.SAME_CAUSE: "has the same cause as",
    LinkKind.BLOCKS: "blocks",
}
FOR_WHOM = {"asker": "For whoever asked, who is told", "desk": "For ourselves; whoever asked does not see it"}


def number_of(typed: str | None) -> int | None:
    """What is meant by "#4182" or "4182"."""
    text = (typed or "").strip().removeprefix("#")
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 19 else None


def a_number(_form: FlaskForm, field: Field) -> None:
    if number_of(field.data) is None:
        raise ValidationError("Give the number of a request, such as 4182.")


class UndoForm(ReasonForm):
    """Why a request stands alone again."""


class MergeForm(ReasonForm):
    into = StringField("Merge it into request number", validators=[a_number])


class LinkForm(Once):
    kind = SelectField("This request", choices={kind.value: words for kind, words in KINDS.items()})
    other = StringField("Request number", validators=[a_number])


class SplitForm(Once):
    messages = SelectMultipleField(
        "Messages that go along",
        coerce=int,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[DataRequired("Choose at least one message.")],
    )
    subject = StringField(
        "Subject of the new request",
        filters=[line],
        validators=[DataRequired("Say in a few words what it is about."), Length(max=200), no_client_data],
    )
    category = SelectField("What is it about", choices={c.value: words for c, words in CATEGORIES.items()})

    def offer(self, messages: Sequence[TicketMessage], words: Sequence[str]) -> None:
        self.messages.choices = {str(said.id): told for said, told in zip(messages, words, strict=True)}


class MakeForm(Once):
    whose = RadioField("For whom", choices=FOR_WHOM, default="asker")
    category = SelectField("What is it about", choices={c.value: words for c, words in CATEGORIES.items()})
    subject = StringField(
        "Subject",
        filters=[line],
        validators=[DataRequired("Say in a few words what it is about."), Length(max=200), no_client_data],
    )
    text = TextAreaField(
        "What is asked",
        filters=[stripped],
        validators=[DataRequired("Describe what is needed."), Length(max=LONGEST), no_client_data],
    )
