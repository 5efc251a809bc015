from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from core.people.models import CoC
from core.typed import line
from helpdesk.matters.seats.services import LABELS


class SeatForm(FlaskForm):
    seat = SelectField("Seat", choices={seat.value: words for seat, words in LABELS.items()})
    coc = SelectField("Continuum of Care", coerce=int)
    email = StringField("E-mail address", [DataRequired("Give their e-mail address."), Length(max=254)], [line])
    name = StringField("Name", [Length(max=120)], [line])

    def offer(self, cocs: Sequence[CoC]) -> None:
        self.coc.choices = {str(coc.id): coc.name for coc in cocs}
