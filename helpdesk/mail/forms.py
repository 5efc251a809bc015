from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from core.people.addresses import in_ascii
from core.people.models import CoC
from helpdesk.tickets.forms import CATEGORIES, line, stripped
from helpdesk.tickets.rules import Category


class ByHandForm(FlaskForm):
    """What a person reads in a message that the service could not."""

    sender = EmailField(
        "From",
        [
            DataRequired("Say who sent it."),
            Length(max=254),
            in_ascii,
            Regexp(r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,190}$", message="This does not look like an e-mail address."),
        ],
    )
    subject = StringField("Subject", [DataRequired("Give it a subject."), Length(max=250)], [line])
    text = TextAreaField("What they ask", [DataRequired("Write what they ask."), Length(max=50_000)], [stripped])


class AddressForm(FlaskForm):
    """An address of the help desk; what is asked there is of this category."""

    address = EmailField("Address", [DataRequired("Give the address."), Length(max=200), in_ascii])
    name = StringField("Shown as", [DataRequired("Say what people see as the sender."), Length(max=100)], [line])
    category = SelectField("What is asked there is about")
    coc = SelectField("From somebody unknown it belongs to", coerce=int, default=0)
    is_active = BooleanField("In use")

    def offer(self, cocs: list[CoC]) -> None:
        self.category.choices = [SelectChoice(value.value, words) for value, words in CATEGORIES.items()]
        self.category.data = self.category.data or Category.OTHER.value
        self.coc.choices = [
            SelectChoice(0, "The HMIS Lead"),
            *(SelectChoice(c.id, f"{c.code}, {c.name}") for c in cocs),
        ]
