from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import DateField, Field, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from core.errors import DomainError
from core.people.models import Person
from helpdesk.knowledge import rules
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.rules import Audience
from helpdesk.knowledge.standing import Place
from helpdesk.tickets.forms import Once, no_client_data

AUDIENCES = {
    Audience.SIGNED_IN.value: "Everybody who is signed in",
    Audience.STAFF.value: "Lead staff only",
    Audience.PUBLIC.value: "Everybody, without signing in",
}
BIGGEST = 2**63 - 1


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def line(typed: str | None) -> str:
    """One line without control characters, blanks collapsed."""
    return " ".join(CONTROL.sub(" ", typed or "").split())


def text(typed: str | None) -> str:
    """Several lines, as typed, without other control characters."""
    return CONTROL.sub("", (typed or "").replace("\r\n", "\n")).strip()


def few_tags(_form: Any, field: Field) -> None:
    tags = rules.tags_of(field.data or "")
    if len(tags) > rules.MOST_TAGS:
        raise ValidationError(f"Give at most {rules.MOST_TAGS} tags.")
    if long := next((tag for tag in tags if len(tag) > rules.LONGEST_TAG), None):
        raise ValidationError(f"The tag “{long[:20]}…” is longer than {rules.LONGEST_TAG} letters. Shorten it.")


def length(most: int) -> Length:
    return Length(max=most, message=f"This is longer than {most:,} letters. Shorten it.")


class PlainDate(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a date. Write it like 11/20/2027.") from error


class _Knowledge(Once):
    """What is refused is said at its field, or at the form's head."""

    def refuse(self, error: DomainError) -> None:
        said = f"{error.message} {error.advice}".strip()
        if error.field and error.field in self:
            self[error.field].errors = [*self[error.field].errors, said]
        else:
            self.form_errors.append(said)
        if error.status == 409:
            self.nonce.data = self.nonce.default()


class ArticleForm(_Knowledge):
    base = HiddenField()
    ticket = HiddenField(validators=[Length(max=18)])
    title = StringField(
        "Title", [DataRequired("Give it a title."), length(rules.LONGEST_TITLE), no_client_data], [line]
    )
    body = TextAreaField(
        "Text", [DataRequired("Write the article first."), length(rules.LONGEST_BODY), no_client_data], [text]
    )
    place = SelectField("Where it holds", validate_choice=False)
    kind = SelectField("Kind", [DataRequired("Choose a kind.")], validate_choice=False)
    audience = RadioField("Who may read it", [DataRequired("Choose who may read it.")], choices=AUDIENCES)
    tags = StringField("Tags", [few_tags, no_client_data], [line])
    owner_id = SelectField("Owner", coerce=int, validate_choice=False)
    review_on = PlainDate("Review by", [InputRequired("Give a day.")], format=["%Y-%m-%d", "%m/%d/%Y"])
    why = StringField("What changed, and why", [DataRequired("Say it in a few words."), length(300)], [line])

    def offer(self, places: Sequence[Place], kinds: Mapping[str, str], owners: Sequence[Person]) -> None:
        self.place.choices = {place.code: place.label for place in places}
        self.kind.choices = dict(kinds)
        self.owner_id.choices = {str(person.id): person.name for person in owners}

    def show(self, article: Article) -> None:
        """The article as it is, to be changed."""
        self.base.data = str(article.version)
        self.title.data, self.body.data = article.title, article.body
        self.place.data = f"coc-{article.coc_id}" if article.coc_id else f"lead-{article.lead_id}"
        self.kind.data, self.audience.data = article.kind, article.audience.value
        self.tags.data = ", ".join(article.tags)
        self.owner_id.data, self.review_on.data = article.owner_id, article.review_on

    @property
    def base_version(self) -> int:
        typed = self.base.data or ""
        return int(typed[:18]) if typed.isascii() and typed.isdecimal() else 0


class NewArticleForm(ArticleForm):
    """The first version has no earlier one to differ from."""

    why = HiddenField(default="First version.", filters=[line], validators=[Length(max=300)])


class VoteForm(_Knowledge):
    helpful = RadioField("Did this help?", [DataRequired("Choose yes or no.")], choices={"yes": "Yes", "no": "No"})
    word = StringField("What was missing or wrong, in a word", [length(500), no_client_data], [line])


class RetireForm(_Knowledge):
    because = StringField("Why", [DataRequired("Say why."), length(300), no_client_data], [line])
    replaced_by_id = IntegerField("Number of the article to read instead", [Optional(), NumberRange(1, BIGGEST)])


class ReviewForm(_Knowledge):
    review_on = PlainDate("Next review by", [InputRequired("Give a day.")], format=["%Y-%m-%d", "%m/%d/%Y"])
