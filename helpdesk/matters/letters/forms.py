from __future__ import annotations

from wtforms import StringField
from wtforms.validators import Length

from core.typed import Once, line


class LetterForm(Once):
    agency = StringField("Agency", [Length(max=300)], [line])
    addressee = StringField("To", [Length(max=120)], [line])
