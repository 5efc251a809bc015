from __future__ import annotations

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from core import typed
from core.policy import Policy
from core.policy.vocabulary import DutyName
from core.typed import Once
from licensing.access.forms import Checkboxes, ReasonForm
from licensing.access.models import License
from licensing.access.rules import levels_of
from licensing.changes.rules import WORDS, ChangeKind
from licensing.changes.services import Asked


class DecideForm(ReasonForm):
    """`seen` is how the request stood on the page where the person decided."""

    seen = HiddenField()


class ChangeForm(Once):
    """What may be chosen is the rules' to say, so that they can say why not."""

    kind = RadioField("What is to change", [DataRequired("Choose what is to change.")], validate_choice=False)
    level = SelectField("New access level", validate_choice=False)
    job_title = StringField("Their job now", [Length(max=120), typed.no_client_data], [typed.line])
    projects = Checkboxes("Projects to add", validate_choice=False)
    reason = TextAreaField(
        "Why their work needs it",
        [DataRequired("Say why their work needs it, in a few words."), Length(max=2000), typed.no_client_data],
        [typed.text],
    )

    @classmethod
    def for_license(cls, held: License, policy: Policy) -> ChangeForm:
        """The kinds that this community's pack and this license have."""
        form = cls().fresh()
        levels = levels_of(policy)
        more = [one for one in held.agency.projects if one not in held.projects]
        kinds = {ChangeKind.LEVEL: bool(levels), ChangeKind.PROJECTS: bool(more)}
        kinds[ChangeKind.REPORTING] = not held.has_reporting
        form.kind.choices = [(kind.value, WORDS[kind]) for kind, is_there in kinds.items() if is_there]
        form.projects.choices = {str(one.id): one.name for one in more}
        if levels is None:
            del form.level
            del form.job_title
        else:
            form.level.choices = {"": "Choose a level", **levels.levels}
            if policy.has(DutyName.ACCESS_CHANGE_NOTICE):
                form.job_title.description = "For another level: the level follows from the job."
        return form

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in set(ChangeKind):
            field.data = None
            raise ValidationError("Choose what is to change.")

    def asked(self) -> Asked:
        return Asked(
            kind=ChangeKind(self.kind.data),
            reason=self.reason.data or "",
            once=self.once.data or "",
            level=(self.level.data or "") if self.level else "",
            job_title=(self.job_title.data or "") if self.job_title else "",
            project_ids=tuple(int(value[:18]) for value in self.projects.data or [] if value.isdecimal()),
        )
