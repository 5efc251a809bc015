from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk.elevation.rules import LABELS
from helpdesk.tickets.forms import Once, ReasonForm, no_client_data


class ElevateForm(ReasonForm):
    body = RadioField("Take it to", choices={body.value: words for body, words in LABELS.items()})


class WordForm(Once):
    text = TextAreaField("What you say", [DataRequired("Write something first."), Length(max=20_000), no_client_data])
    what = RadioField(
        "This is",
        choices={"advice": "Advice; it stays before us", "decision": "Our decision; it ends here"},
        default="advice",
    )
