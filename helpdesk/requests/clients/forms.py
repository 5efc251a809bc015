from __future__ import annotations

from typing import Any

from wtforms import IntegerField, RadioField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, Length, Optional

from core.people.models import Agency
from core.policy import Policy
from core.typed import DATE_FORMATS, Once, PlainDate, line, text
from helpdesk.requests.clients import rules, services

TIME_FORMATS = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p"]


class PlainTime(TimeField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a time. Write it like 4:30 PM.") from error


class WholeNumber(IntegerField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Write a whole number, such as 30.") from error


class ClientForm(Once):
    client_id = StringField("HMIS client ID", [DataRequired("Give the client's HMIS ID."), Length(max=80)], [line])
    kind = RadioField("What does the client ask for?", [DataRequired("Choose what the client asks for.")])
    how = RadioField("How did they ask?", choices={"written": "In writing", "spoken": "By word of mouth"})
    received_on = PlainDate("Received on", [Optional()], format=DATE_FORMATS)
    received_time = PlainTime("at", [Optional()], format=TIME_FORMATS)
    what = TextAreaField("What exactly, if it matters", [Length(max=2000)], [text])
    own_days = WholeNumber("The agency's own limit, in days", [Optional()])
    ticket = StringField("Ticket number, if there is one", [Length(max=20)], [line])

    @classmethod
    def for_agency(cls, agency: Agency, policy: Policy) -> ClientForm:
        form = cls()
        form.fresh()
        form.kind.choices = rules.kinds(policy)
        form.how.data = form.how.data or "written"
        if not rules.asks_own_limit(policy):
            del form.own_days
        elif not form.is_submitted():
            form.own_days.data = services.own_limit_of(agency)
        return form
