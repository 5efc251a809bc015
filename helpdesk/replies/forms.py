from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from core.errors import DomainError
from core.people.models import Lead
from helpdesk.knowledge.forms import length, line, text
from helpdesk.replies import rules
from helpdesk.tickets.forms import no_client_data

WHOSE = {"mine": "Only me", "shared": "All of the Lead's staff"}


class ReplyForm(FlaskForm):
    base = HiddenField(validators=[Length(max=18)])
    name = StringField("Name", [DataRequired("Give it a name."), length(rules.LONGEST_NAME), no_client_data], [line])
    text = TextAreaField(
        "Text", [DataRequired("Write the reply first."), length(rules.LONGEST_TEXT), no_client_data], [text]
    )
    whose = RadioField("Who uses it", choices=WHOSE, default="mine")
    lead = SelectField("HMIS Lead", coerce=int, validate_choice=False)

    def offer(self, leads: Sequence[Lead]) -> None:
        """One Lead needs no question."""
        self.lead.choices = {str(lead.id): lead.name for lead in leads}
        if len(leads) < 2:
            del self.lead

    def refuse(self, error: DomainError) -> None:
        said = f"{error.message} {error.advice}".strip()
        if error.field and error.field in self:
            self[error.field].errors = [*self[error.field].errors, said]
        else:
            self.form_errors.append(said)

    @property
    def base_version(self) -> int:
        typed = self.base.data or ""
        return int(typed) if typed.isascii() and typed.isdecimal() else 0
