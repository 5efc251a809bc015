from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from core.people.addresses import in_ascii


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
    subject = StringField("Subject", [DataRequired("Give it a subject."), Length(max=250)])
    text = TextAreaField("What they ask", [DataRequired("Write what they ask."), Length(max=50_000)])
