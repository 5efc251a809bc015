from __future__ import annotations

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from core.people.models import CoC
from core.typed import Once, line, text
from helpdesk.matters.complaints.rules import WHO, Kind, Step
from helpdesk.matters.complaints.services import Said

KINDS = {
    Kind.VIOLATION.value: "Somebody broke a rule of the HMIS",
    Kind.PRIVACY.value: "A client complains of how their privacy or data was kept",
}
LONGEST = 20_000


class ComplaintForm(Once):
    """What it must say is the rules' to tell, so that they can tell why."""

    kind = RadioField("What is it about", choices=KINDS, default=Kind.VIOLATION.value)
    agency = StringField("Agency", [Length(max=300)], [line])
    about = StringField("Who", [Length(max=200)], [line])
    is_about_lead = BooleanField("They work for the HMIS Lead itself")
    when_said = StringField("When", [Length(max=200)], [line])
    text = TextAreaField("What happened", [Length(max=LONGEST)], [text])
    is_anonymous = BooleanField("Keep my name within the HMIS Lead")

    def offer(self, kinds: Iterable[Kind]) -> None:
        """One kind needs no question."""
        self.kind.choices = {kind.value: KINDS[kind.value] for kind in kinds}
        if len(self.kind.choices) < 2:
            del self.kind

    def said(self, *, address: str = "") -> Said:
        return Said(
            kind=Kind(self.kind.data) if self.kind else Kind.VIOLATION,
            agency=self.agency.data or "",
            about=self.about.data or "",
            when_said=self.when_said.data or "",
            text=self.text.data or "",
            once=self.once.data or "",
            is_about_lead=bool(self.is_about_lead.data),
            is_anonymous=bool(self.is_anonymous.data),
            address=address,
        )


class PublicForm(ComplaintForm):
    """The same without an account. `website` is left empty by people, who do not see it."""

    community = SelectField("Community", coerce=int)
    address = StringField("How we can reach you", [Length(max=254)], [line])
    website = StringField("Leave this empty", [Length(max=300)])

    def offer_communities(self, cocs: Iterable[CoC]) -> None:
        self.community.choices = {str(coc.id): coc.name for coc in cocs}


class AnswerForm(FlaskForm):
    answer = TextAreaField("What was found, and what follows", [Length(max=LONGEST)], [text])


class NameForm(FlaskForm):
    about = StringField("Name or work e-mail address", [Length(max=200)], [line])


class PassUpForm(FlaskForm):
    to = SelectField("To", validate_choice=False)
    reason = TextAreaField("Why it could not be settled here", [Length(max=LONGEST)], [text])

    def offer(self, steps: Iterable[Step]) -> None:
        self.to.choices = {step.value: WHO[step][0].upper() + WHO[step][1:] for step in steps}

    @property
    def step(self) -> Step | None:
        return Step(self.to.data) if self.to.data in set(Step) else None
