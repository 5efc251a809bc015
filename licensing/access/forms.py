from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core import once, typed
from core.errors import Invalid
from core.people.addresses import usable
from core.people.models import Agency, EmploymentKind
from core.policy import Policy
from core.policy.vocabulary import DutyName, LimitName
from licensing.access import kinds, rules
from licensing.access.models import AccessDraft
from licensing.access.rules import RequestKind, RequestState
from licensing.access.services import Asked

EMPLOYMENT_WORDS = {
    EmploymentKind.PAID_STAFF.value: "Paid staff",
    EmploymentKind.SUPERVISED_VOLUNTEER.value: "Supervised volunteer",
    EmploymentKind.OFFICIAL_VOLUNTEER.value: "Official volunteer",
    EmploymentKind.INTERN.value: "Intern",
    EmploymentKind.CONTRACTOR.value: "Contractor",
}
ENTERS = {"yes": "Enter and change data", "no": "View only"}


class Checkboxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RequestForm(FlaskForm):
    """What may be chosen is the rules' to say, so that they can say why not."""

    once = HiddenField(validators=[Length(max=64)], filters=[typed.line])
    kind = RadioField("Who it is for", validate_choice=False, default=RequestKind.NEW.value)
    name = StringField(
        "Full name",
        [DataRequired("Give the person's full name."), Length(max=120), typed.no_client_data],
        [typed.line],
    )
    email = StringField("Work e-mail", [DataRequired("Give the person's work e-mail."), Length(max=254)], [typed.line])
    job_title = StringField("Job title", [Length(max=120), typed.no_client_data], [typed.line])
    employment = RadioField(
        "How they work for the agency", [DataRequired("Choose how they work for the agency.")], validate_choice=False
    )
    level = SelectField("Access level", validate_choice=False)
    enters_data = RadioField("What they will do in the HMIS", choices=ENTERS, default="yes")
    projects = Checkboxes("Projects they need for their work", validate_choice=False)
    is_of_age = BooleanField("The person is old enough")

    def validate_email(self, field: StringField) -> None:
        try:
            field.data = usable(field.data or "")
        except Invalid as error:
            raise ValidationError(error.message) from None

    def validate_employment(self, field: RadioField) -> None:
        if field.data not in EMPLOYMENT_WORDS:
            raise ValidationError("Choose how they work for the agency.")

    @classmethod
    def for_agency(cls, agency: Agency, policy: Policy) -> RequestForm:
        """The questions this community's pack asks, and no others."""
        form = cls()
        once.give_key(form)
        form.kind.choices = [(kind.value, words) for kind, words in kinds.WORDS.items()]
        form.employment.choices = rules.employment_choices(policy, EMPLOYMENT_WORDS)
        form.projects.choices = {str(project.id): project.name for project in agency.projects}
        form._ask_level(policy)
        form._ask_age(policy)
        if not policy.has(DutyName.VIEW_ONLY_LICENSES):
            del form.enters_data
        return form

    def _ask_level(self, policy: Policy) -> None:
        levels = rules.levels_of(policy)
        if levels is None:
            del self.level
        else:
            self.level.choices = {"": "Choose a level", **levels.levels}

    def _ask_age(self, policy: Policy) -> None:
        if not policy.has(LimitName.MINIMUM_AGE):
            del self.is_of_age
        else:
            number = policy.limit(LimitName.MINIMUM_AGE).number
            self.is_of_age.label.text = f"The person is {number} years old or older"

    def take_up(self, draft: AccessDraft) -> None:
        """Go on with what was kept: its key comes with it, so that it is gone once this is sent."""
        for name, value in draft.values.items():
            if name in self:
                self[name].data = value
        self.once.data = draft.once

    def typed(self) -> dict[str, Any]:
        """As it stands, whether or not it could be sent."""
        return {name: field.data for name, field in self._fields.items() if name not in ("once", "csrf_token")}

    def asked(self) -> Asked:
        return Asked(
            name=self.name.data or "",
            email=self.email.data or "",
            employment=self.employment.data,
            project_ids=tuple(int(value[:18]) for value in self.projects.data or [] if value.isdecimal()),
            once=self.once.data or "",
            job_title=self.job_title.data or "",
            kind=RequestKind.TRANSFER if self.kind.data == RequestKind.TRANSFER else RequestKind.NEW,
            level=self.level.data or "" if self.level else "",
            enters_data=self.enters_data.data != "no" if self.enters_data else True,
            is_of_age=self.is_of_age.data if self.is_of_age else False,
        )


class ReasonForm(FlaskForm):
    reason = TextAreaField(
        "Reason", [DataRequired("Say why, in a few words."), Length(max=2000), typed.no_client_data], [typed.text]
    )


class DecisionForm(ReasonForm):
    """`seen` is how the request stood on the page where the person decided."""

    seen = HiddenField()

    @property
    def state_seen(self) -> RequestState:
        return RequestState(self.seen.data) if self.seen.data in set(RequestState) else RequestState.REQUESTED


class ConfirmForm(ReasonForm):
    not_needed = BooleanField("It does not apply here")
