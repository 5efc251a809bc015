from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from core.people.models import DesignationKind, Person
from core.typed import DATE_FORMATS, Once, PlainDate, is_address, line, no_client_data, text
from licensing.access.protected import WORDS
from licensing.agencies import rules
from licensing.agencies.models import How
from licensing.agencies.naming import Naming
from licensing.agencies.papers import Evidence
from training.api import project_types

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam",
)  # fmt: skip
HOW = {
    How.LETTER: "By letter",
    How.MAIL: "By e-mail",
    How.AGREEMENT: "On the agreement",
    How.HERE: "Here, on this page",
}
TOLD_HOW = {how.value: words for how, words in HOW.items()}
APPROVERS = {one.value: f"{words[0].upper()}{words[1:]}" for one, words in WORDS.items()}
CONCERN = {"no": "No concern", "yes": "It raises concerns"}


class EvidenceForm(Once):
    """On which day, how it was told, and what was seen; a file where there is one."""

    day = PlainDate("On", [InputRequired("Give the day.")], format=DATE_FORMATS)
    how = RadioField("Told how", choices=TOLD_HOW, default=How.HERE.value)
    note = TextAreaField("In a few words", [Length(max=2000), no_client_data], [text])
    file = FileField("File, where there is one")

    def seen(self) -> Evidence:
        return Evidence(self.day.data, How(self.how.data), self.note.data or "", self.file.data or None)


class AgencyForm(Once):
    name = StringField("Name", [DataRequired("Give the agency's name."), Length(max=200), no_client_data], [line])
    coc = SelectField("CoC", [DataRequired("Choose the CoC.")], validate_choice=False)
    tz = SelectField("Time zone of its deadlines", [DataRequired("Choose the time zone.")])
    is_view_only = BooleanField("It takes part to view only")

    def offer(self, cocs: list[Any]) -> None:
        own = [coc.tz for coc in cocs if coc.tz not in ZONES]
        self.coc.choices = {"": "Choose a CoC", **{str(coc.id): f"{coc.code} {coc.name}" for coc in cocs}}
        self.tz.choices = {zone: zone.replace("_", " ") for zone in (*ZONES, *dict.fromkeys(own))}


class ProjectForm(Once):
    name = StringField("Project", [DataRequired("Give the project's name."), Length(max=200), no_client_data], [line])
    hud_type = SelectField("HUD project type", coerce=int, choices={str(c): w for c, w in project_types().items()})
    is_protected = BooleanField("Protected: it shares basic identifiers only")
    approver = RadioField("Who approves requests for a protected project", choices=APPROVERS, default="lead-manager")


class NameForm(EvidenceForm):
    """Somebody who works there, or somebody new with name and address."""

    kind = SelectField("Duty", [DataRequired("Choose the duty.")], validate_choice=False)
    person = SelectField("Person", validate_choice=False)
    name = StringField("Name of somebody new", [Length(max=120), no_client_data], [line])
    email = StringField("Their work e-mail", [Length(max=254)], [line])
    since = PlainDate("From", [InputRequired("Give the first day.")], format=DATE_FORMATS)

    def offer(self, people: list[Person], kinds: list[DesignationKind]) -> None:
        self.kind.choices = {"": "Choose a duty", **{kind.value: rules.WORDS[kind].capitalize() for kind in kinds}}
        self.person.choices = {"": "Somebody new", **{str(one.id): one.name for one in people}}

    def validate_kind(self, field: SelectField) -> None:
        if field.data not in set(DesignationKind):
            raise ValidationError("Choose the duty.")

    def validate_email(self, field: StringField) -> None:
        if not self.person.data and self.name.data and not is_address(field.data or ""):
            raise ValidationError("Give an e-mail address such as name@agency.org.")

    def naming(self) -> Naming:
        chosen = self.person.data or ""
        return Naming(
            kind=DesignationKind(self.kind.data),
            since=self.since.data,
            person_id=int(chosen[:18]) if chosen.isdecimal() else 0,
            name=self.name.data or "",
            email=self.email.data or "",
        )


class EndForm(EvidenceForm):
    last = PlainDate("Last day", [InputRequired("Give the last day.")], format=DATE_FORMATS)


class CheckForm(Once):
    person = SelectField("Person", [DataRequired("Choose the person.")], validate_choice=False)
    checked_on = PlainDate("Checked on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    concern = RadioField("What the director concluded", [InputRequired("Say which.")], choices=CONCERN)

    def offer(self, people: list[Person]) -> None:
        self.person.choices = {"": "Choose a person", **{str(one.id): one.name for one in people}}

    @property
    def person_id(self) -> int:
        chosen = self.person.data or ""
        return int(chosen[:18]) if chosen.isdecimal() else 0


class BackForm(Once):
    reason = TextAreaField("Why", [DataRequired("Say why, in a few words."), Length(max=2000), no_client_data], [text])
