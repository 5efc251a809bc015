from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired

from core.errors import DomainError
from core.people.models import Lead
from helpdesk.desk import macros, rules
from helpdesk.knowledge.forms import length, line
from helpdesk.replies.models import CannedReply
from helpdesk.tickets.forms import no_client_data
from helpdesk.tickets.rules import Priority

WHOSE = {"mine": "Only me", "shared": "All of the Lead's staff"}
LONGEST_NAME = 100


class NamedForm(FlaskForm):
    name = StringField("Name", [DataRequired("Give it a name."), length(LONGEST_NAME), no_client_data], [line])
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


class MacroForm(NamedForm):
    tag = StringField("Add the tag", [length(rules.LONGEST_TAG), no_client_data], [line])
    priority = SelectField("Set the priority", choices={"": "Leave it", **{p.value: p.capitalize() for p in Priority}})
    assign = SelectField(
        "Assign it", choices={"": "Leave it", "me": "To whoever runs it", "nobody": "To nobody in particular"}
    )
    reply = SelectField("Send the canned reply", coerce=int)
    close = StringField("Close it, because", [length(5_000), no_client_data], [line])

    def offer_replies(self, rows: Sequence[CannedReply]) -> None:
        self.reply.choices = {"0": "None", **{str(row.id): row.name for row in rows}}

    @property
    def steps(self) -> macros.Steps:
        return macros.Steps(
            self.tag.data or "",
            self.priority.data or "",
            self.assign.data or "",
            self.reply.data or 0,
            self.close.data or "",
        )
