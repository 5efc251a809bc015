from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from core.typed import Once, ReasonForm, line, text
from helpdesk.requests.demands import rules, services
from helpdesk.requests.demands.rules import DemandKind
from helpdesk.requests.demands.services import Told


class DemandForm(Once):
    kind = RadioField(
        "Who asks?",
        [DataRequired("Choose who asks.")],
        choices={str(kind): words for kind, words in rules.KINDS.items()},
    )
    who = StringField("Their office, and who speaks for it", [DataRequired("Say who asks."), Length(max=200)], [line])
    what = TextAreaField("What do they want?", [DataRequired("Say what they want."), Length(max=2000)], [text])
    client_id = StringField("HMIS client ID, if it is about one client", [Length(max=80)], [line])
    ticket = StringField("Ticket number, if there is one", [Length(max=20)], [line])

    def told(self, ticket_id: int | None) -> Told:
        return Told(
            kind=DemandKind(self.kind.data),
            who=self.who.data or "",
            what=self.what.data or "",
            once=self.once.data or "",
            client_id=self.client_id.data or "",
            ticket_id=ticket_id,
        )


class ReleaseForm(ReasonForm):
    clients = TextAreaField("HMIS client IDs", [DataRequired("Give the IDs."), Length(max=4000)], [text])


class TellForm(FlaskForm):
    whom = RadioField("Who was told?", [DataRequired("Say who was told.")], choices=services.TOLD)
    reason = TextAreaField("How?", [DataRequired("Say how they were told."), Length(max=2000)], [text])
