from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.typed import Once, PlainDate, line, no_client_data, text
from licensing.agreements.documents import Written
from licensing.agreements.rules import KIND_WORDS

MOST_CLAUSES = 60


class DocumentForm(Once):
    kind = RadioField(
        "What it is",
        [InputRequired("Choose what it is.")],
        choices={str(kind): words for kind, words in KIND_WORDS.items()},
    )
    place = SelectField("Where it is signed")
    title = StringField("Title", [DataRequired("Give it a title."), Length(max=200), no_client_data], [line])


class VersionForm(Once):
    """The text of a draft. Clauses are lines; each expectation of the manual names the clause that meets it."""

    body = TextAreaField("Text", [Length(max=200_000)], [text])
    clauses = TextAreaField("Clauses, one on each line", [Length(max=60_000)], [text])
    changes = TextAreaField("What changed", [Length(max=2_000)], [text])

    @classmethod
    def asking(cls, expected: Mapping[str, str], **given: Any) -> VersionForm:
        """With one question for each expectation."""
        fields = {f"cover_{code}": StringField(words, [Length(max=3)], [line]) for code, words in expected.items()}
        made: VersionForm = type("AskingForm", (cls,), fields)(**given)
        return made.fresh()

    def written(self, expected: Mapping[str, str]) -> Written:
        lines = tuple(filter(None, map(str.strip, (self.clauses.data or "").splitlines())))[:MOST_CLAUSES]
        typed = {code: self[f"cover_{code}"].data or "" for code in expected}
        covers = {code: int(number) if number.isdecimal() else 0 for code, number in typed.items()}
        return Written(self.body.data or "", lines, covers, self.changes.data or "")


class PublishForm(Once):
    effective_on = PlainDate("In effect from", [InputRequired("Give the day.")])
    resigns = BooleanField("Send it to everybody it concerns, to be signed", default=True)


class SignForm(Once):
    ticked = SelectMultipleField("Clauses", validate_choice=False)
    name = StringField("Type your full name", [DataRequired("Type your name to sign."), Length(max=120)], [line])


class CountersignForm(Once):
    name = StringField("Type your full name", [DataRequired("Type your name to sign."), Length(max=120)], [line])


class CoordinatedForm(Once):
    document = SelectField("Document")
    person = SelectField("Who acts", [InputRequired("Choose who acts.")])
    other = SelectField("For which agency", [InputRequired("Choose the agency.")])


class ReasonForm(Once):
    reason = TextAreaField("Reason", [DataRequired("Say it in a few words."), Length(max=2000)], [text])
