from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from core.typed import DATE_FORMATS, PlainDate, line, text
from helpdesk.intake.forms import ADDRESS
from helpdesk.tickets.forms import LONGEST, Once, no_client_data
from helpdesk.vendor.models import VendorContact
from helpdesk.vendor.rules import MOST_MISSES, Severity, Then

SEVERITIES = {
    Severity.LOW: "Low: an inconvenience",
    Severity.NORMAL: "Normal: work goes on another way",
    Severity.HIGH: "High: something cannot be done",
    Severity.CRITICAL: "Critical: the HMIS is down, or data is wrong",
}
THEN = {
    Then.WAIT: "They go on waiting for the vendor",
    Then.ANSWERED: "They are answered: the requests leave this case and wait for their requesters",
    Then.CLOSED: "They are closed, and this is the resolution",
}


def a_ticket(_form: Any, field: Any) -> None:
    given = (field.data or "").strip().lstrip("#")
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise ValidationError("Give the number of a request, like 4182.")


class _OfVendor(Once):
    def _first(self) -> Any:
        return next(self[name] for name in ("text", "reason", "ticket", "title", "name", "misses") if name in self)


class CaseForm(_OfVendor):
    title = StringField(
        "What is it about",
        filters=[line],
        description="Without names: the vendor reads it.",
        validators=[DataRequired("Say in a few words what it is about."), Length(max=200), no_client_data],
    )
    severity = SelectField(
        "Severity", choices={one.value: words for one, words in SEVERITIES.items()}, default="normal"
    )
    number = StringField("The vendor's own case number", filters=[line], validators=[Length(max=80), no_client_data])


class NewCaseForm(CaseForm):
    contact = SelectField("Who is asked", coerce=int)
    ticket = HiddenField(filters=[line])

    def offer(self, contacts: Sequence[VendorContact], address: str) -> None:
        general = {"0": f"Nobody in particular ({address or 'no address yet'})"}
        self.contact.choices = {**{str(row.id): f"{row.name}, {row.part}" for row in contacts}, **general}


class LetterForm(_OfVendor):
    text = TextAreaField(
        "What to write",
        filters=[text],
        validators=[DataRequired("Write something first."), Length(max=LONGEST), no_client_data],
    )
    again_on = PlainDate("Ask again on", [Optional()], format=DATE_FORMATS)
    digest = HiddenField(validators=[Length(max=64)])


class ActForm(_OfVendor):
    reason = TextAreaField(
        "In a few words",
        filters=[text],
        validators=[DataRequired("Say it in a few words."), Length(max=5_000), no_client_data],
    )


class ContactedForm(ActForm):
    again_on = PlainDate("Ask again on", [Optional()], format=DATE_FORMATS)


class AgainForm(ActForm):
    again_on = PlainDate("Ask again on", [InputRequired("Choose a day.")], format=DATE_FORMATS)


class EscalateForm(ActForm):
    contact = SelectField("To whom", coerce=int)

    def offer(self, contacts: Sequence[VendorContact], current: int | None) -> None:
        self.contact.choices = {str(row.id): f"{row.name}, {row.part}" for row in contacts if row.id != current}


class JoinForm(_OfVendor):
    ticket = StringField("Request number", filters=[line], validators=[a_ticket])

    @property
    def number(self) -> int:
        return int((self.ticket.data or "").strip().lstrip("#"))


class JoinOneForm(_OfVendor):
    """On the request's own page: which of the open cases."""

    ticket = HiddenField(validators=[a_ticket])
    case = SelectField("Case", coerce=int)


class UpdateForm(_OfVendor):
    text = TextAreaField(
        "What is new",
        filters=[text],
        validators=[DataRequired("Say what is new."), Length(max=5_000), no_client_data],
    )
    then = RadioField("And then", choices={one.value: words for one, words in THEN.items()}, default=Then.WAIT.value)
    includes_closed = BooleanField("Also those whose request was closed meanwhile")


class ContactForm(_OfVendor):
    name = StringField("Name", filters=[line], validators=[DataRequired("Say who it is."), Length(max=200)])
    part = StringField(
        "Role there",
        filters=[line],
        description="Such as support desk, account manager, director of support.",
        validators=[DataRequired("Say what they are at the vendor."), Length(max=200), no_client_data],
    )
    address = StringField(
        "Email address",
        filters=[line],
        validators=[
            DataRequired("Their address is where the case is written to."),
            Regexp(ADDRESS, message="This is not an email address."),
            Length(max=300),
        ],
    )
    phone = StringField("Phone", filters=[line], validators=[Length(max=80)])
    rank = IntegerField(
        "Place in the order", default=1, validators=[InputRequired("Give a number."), NumberRange(1, 99)]
    )


class ProtocolForm(_OfVendor):
    misses = IntegerField(
        "After how many next contacts without a word does a case go up by itself",
        default=0,
        validators=[InputRequired("Give a number; 0 leaves it to people."), NumberRange(0, MOST_MISSES)],
    )
    consequence = TextAreaField(
        "What follows when the vendor does not resolve an issue",
        filters=[text],
        validators=[DataRequired("Say what the contract says."), Length(max=5_000), no_client_data],
    )
    decides = StringField(
        "Who decides on it", filters=[line], validators=[DataRequired("Say who decides."), Length(max=200)]
    )
