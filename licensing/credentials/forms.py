from __future__ import annotations

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from core.typed import Once, line
from licensing.credentials.rules import Channel
from licensing.credentials.services import Wanted

WAYS = {
    Channel.MAIL: "By e-mail",
    Channel.PHONE: "By phone",
    Channel.TEXT: "By text message",
    Channel.IN_PERSON: "In person",
    Channel.LETTER: "By letter",
}
CHOICES = {way.value: words for way, words in WAYS.items()}


class CredentialForm(Once):
    user_name = StringField("User name in the HMIS", [DataRequired("Give the user name."), Length(max=120)], [line])
    name_by = SelectField("The user name goes", choices=CHOICES, default=Channel.MAIL.value)
    secret_by = SelectField("The password goes", choices=CHOICES, default=Channel.PHONE.value)

    def wanted(self) -> Wanted:
        return Wanted(
            self.user_name.data or "", Channel(self.name_by.data), Channel(self.secret_by.data), self.once.data or ""
        )
