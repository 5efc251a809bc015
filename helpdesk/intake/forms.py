"""The forms that begin a request: the same words for everybody, and below them what its category asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flask import request
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp
from wtforms.widgets import DateInput

from core.people.addresses import in_ascii
from core.people.models import CoC
from helpdesk.intake.questions import FieldKind, Question, read, typed
from helpdesk.intake.rules import FOR_EVERYBODY
from helpdesk.intake.services import FIELD
from helpdesk.tickets.forms import CATEGORIES, LONGEST, Once, WithFiles, line, no_client_data, stripped
from helpdesk.tickets.rules import Category, Channel

CALLER_CHANNELS = {Channel.PHONE: "By phone", Channel.WALK_IN: "In person", Channel.WEB: "Another way"}
ADDRESS = r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}$"
UNKNOWN = "There is no such kind of request. Choose one from the list; everything you wrote is still here."
MOST_KEPT = 60

Form = TypeVar("Form", bound=Once)


class Needed:
    """Marks a question as one that needs an answer; what is wrong with it the questions say themselves."""

    field_flags = {"required": True}

    def __call__(self, _form: Any, _field: Field) -> None:
        return None


def field_of(question: Question) -> Any:
    """The form's field for a question; every answer is read by the same rules, however it came."""
    told: dict[str, Any] = {
        "label": question.label,
        "description": question.hint,
        "validators": [Needed()] if question.is_required else [],
    }
    match question.kind:
        case FieldKind.YES_NO:
            return RadioField(**told, choices={"yes": "Yes", "no": "No"}, validate_choice=False)
        case FieldKind.CHOICE:
            words = {"": "Choose one", **{choice: choice for choice in question.choices}}
            return SelectField(**told, choices=words, validate_choice=False)
        case FieldKind.DATE:
            return StringField(**told, widget=DateInput())
        case FieldKind.NUMBER | FieldKind.CASE_NUMBER:
            return StringField(**told, render_kw={"inputmode": "numeric"})
        case _:
            return StringField(**told)


class _Asking:
    """What a form with questions does beside its own fields; `ask` makes such a form."""

    questions: Sequence[Question] = ()

    @property
    def chosen(self) -> Category | None:
        """None for what is no category (any more)."""
        typed_in = self["category"].data  # type: ignore[index]
        return Category(typed_in) if typed_in in set(Category) else None

    @property
    def given(self) -> dict[str, Any]:
        return {question.key: self[FIELD + question.key].data for question in self.questions}  # type: ignore[index]

    @property
    def asked(self) -> list[Any]:
        """The fields of the questions, in their order."""
        return [self[FIELD + question.key] for question in self.questions]  # type: ignore[index]

    @property
    def kept(self) -> Mapping[str, str]:
        """Answers to what another category asks: they come back when one changes one's mind."""
        own = {field.name for field in self.asked}
        others = [(name, value) for name, value in request.form.items() if name.startswith(FIELD) and name not in own]
        return dict(others[:MOST_KEPT])

    def offer_categories(self, categories: Iterable[Category]) -> None:
        field = self["category"]  # type: ignore[index]
        listed = dict.fromkeys([*categories, *([self.chosen] if self.chosen else [])])
        start = {} if self.chosen else {"": "Choose one"}
        field.choices = {**start, **{category.value: CATEGORIES[category] for category in listed}}

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)  # type: ignore[misc]
        if self.chosen is None:
            self["category"].errors = [UNKNOWN]  # type: ignore[index]
            return False
        reading = read(self.chosen, self.questions, self.given)
        for key, problem in reading.problems.items():
            self[FIELD + key].errors = [problem]  # type: ignore[index]
        return bool(good) and not reading.problems


def ask(form: type[Form], questions: Sequence[Question], **values: Any) -> Form:
    """A form of this kind with the questions below its own fields."""
    fields = {FIELD + question.key: field_of(question) for question in questions}
    made: type[Form] = type(form.__name__, (form,), {**fields, "questions": list(questions)})
    return made(**values)


class NewTicketForm(_Asking, WithFiles):
    agency = SelectField("Agency", coerce=int)
    category = SelectField("What do you need", validate_choice=False)
    subject = StringField(
        "Subject",
        filters=[line],
        validators=[DataRequired("Say in a few words what it is about."), Length(max=200), no_client_data],
    )
    text = TextAreaField(
        "What happened",
        filters=[stripped],
        description="What you did, what you expected and what you saw. Name clients by their client ID only.",
        validators=[DataRequired("Describe what you need."), Length(max=LONGEST), no_client_data],
    )

    def offer(self, agencies: Sequence[Any]) -> None:
        """One agency needs no question."""
        self.agency.choices = {str(agency.id): agency.name for agency in agencies}
        if len(agencies) < 2:
            del self.agency


def _addressed(label: str, missing: str) -> StringField:
    checks = [
        DataRequired(missing),
        in_ascii,
        Regexp(ADDRESS, message="This is not an email address."),
        Length(max=300),
    ]
    return StringField(label, filters=[line], validators=checks)


class CallerForm(NewTicketForm):
    """The same on behalf of somebody who called or came by; their agency follows from their address."""

    channel = SelectField("How they reached you", choices={c.value: words for c, words in CALLER_CHANNELS.items()})
    address = _addressed("Their email address", "Their address tells which agency they work for.")
    name = StringField("Their name", filters=[line], validators=[DataRequired("Say who is asking."), Length(max=200)])


class PublicForm(_Asking, WithFiles):
    """The same for anybody, without an account. `website` is left empty by people, who do not see it."""

    community = SelectField("Community", coerce=int)
    address = _addressed("Your email address", "Say where the answer goes.")
    name = StringField(
        "Your name", filters=[line], validators=[DataRequired("Say who is asking."), Length(max=200), no_client_data]
    )
    category = SelectField("What do you need", validate_choice=False)
    subject = NewTicketForm.subject
    text = NewTicketForm.text
    website = StringField("Leave this empty", [Length(max=300)])

    def validate(self, extra_validators: Any = None) -> bool:
        """A category that needs an account is none here."""
        if self.chosen not in FOR_EVERYBODY:
            self.category.data = ""
        return super().validate(extra_validators)

    def offer_communities(self, cocs: Iterable[CoC]) -> None:
        self.community.choices = {str(coc.id): coc.name for coc in cocs}


class AnswersForm(_Asking, Once):
    """What a request is about and its answers, for whoever works on it."""

    category = SelectField("What it is about", validate_choice=False)

    def show(self, answers: Sequence[Any]) -> None:
        """As they are kept, before anybody has typed."""
        for answer in answers:
            if FIELD + answer["key"] in self:
                self[FIELD + answer["key"]].data = typed(answer)

    def _first(self) -> Field:
        return self.category


class StepForm(Once):
    """One step on a request, in words."""

    text = TextAreaField(
        "Words", filters=[stripped], validators=[DataRequired("Write it down."), Length(max=5_000), no_client_data]
    )


class FieldForm(Once):
    """A question of the Lead's own."""

    category = SelectField("For", choices={c.value: words for c, words in CATEGORIES.items()})
    label = StringField("Question", filters=[line], validators=[DataRequired("Write the question."), Length(max=200)])
    kind = SelectField("Answered with")
    choices = TextAreaField(
        "Choices", filters=[stripped], description="For a choice: one on each line.", validators=[Length(max=5_000)]
    )
    hint = StringField("Hint", filters=[line], validators=[Length(max=200)])
    is_required = RadioField("Is it needed?", choices={"yes": "Yes", "no": "No"}, default="no")

    def _first(self) -> Field:
        return self.label
