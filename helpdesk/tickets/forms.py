from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileSize, MultipleFileField
from wtforms import Field, HiddenField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp, ValidationError

from core import ppi
from core.errors import Conflict, DomainError
from core.text import one_line
from helpdesk.tickets.rules import Category, Priority

CATEGORIES = {
    Category.PROBLEM: "Something does not work",
    Category.HOW_TO: "How do I do something",
    Category.DATA_CORRECTION: "Data needs correcting",
    Category.DUPLICATE_MERGE: "Two records of one client, to be merged",
    Category.LOCKED_RECORD: "A locked record, because a client declines the release",
    Category.RELEASE_GAP: "Data that falls between two releases",
    Category.ACCESS: "Access or sign-in",
    Category.TRAINING: "Training",
    Category.ENHANCEMENT: "An idea for improvement",
    Category.SECURITY: "A possible security lapse (goes straight to the HMIS Lead)",
    Category.OTHER: "Something else",
}
PRIORITIES = {
    Priority.LOW: "Low",
    Priority.NORMAL: "Normal",
    Priority.HIGH: "High",
    Priority.URGENT: "Urgent",
}
NONCE = r"^[\w.:-]{1,64}$"
LONGEST = 50_000
MOST_FILES = 10
LARGEST_FILE = 25 * 1024 * 1024


def no_client_data(_form: FlaskForm, field: Field) -> None:
    """What looks like a client's personal data is refused before it is stored (MO-HD-5); the page marks it."""
    if found := ppi.find(field.data or ""):
        raise ValidationError(f"This has what looks like a client's {found[0].label}. Use the client ID.")


def no_client_names(_form: FlaskForm, field: Field) -> None:
    """The same for the names of files, which travel with them."""
    found = ppi.find_in_names(upload.filename for upload in field.data or [] if upload and upload.filename)
    if found:
        raise ValidationError(
            f"The file {next(iter(found))} is named after a client, or is a client's ID. Rename or leave it out."
        )


def few(_form: FlaskForm, field: Field) -> None:
    if len(field.data or []) > MOST_FILES:
        raise ValidationError(f"Send at most {MOST_FILES} files at a time.")


def stripped(value: str | None) -> str | None:
    return value.replace("\0", "").strip() if value else value


def line(value: str | None) -> str | None:
    return one_line(value.replace("\0", "")) if value else value


FIRST = ("text", "reason", "to", "other", "subject")


def _new_key() -> str:
    return secrets.token_urlsafe(16)


class Once(FlaskForm):
    """A form that does its work once, however often its button is pressed."""

    nonce = HiddenField(default=_new_key, validators=[DataRequired(), Regexp(NONCE)])

    def refuse(self, error: DomainError) -> None:
        """Say why beside the field it is about. What was typed is then a new act: a key that led to something is
        not used for anything else."""
        field = self[error.field] if error.field and error.field in self else self._first()
        field.errors = [*field.errors, f"{error.message} {error.advice}".strip()]
        if isinstance(error, Conflict):
            self.nonce.data = _new_key()

    def _first(self) -> Field:
        return next(self[name] for name in FIRST if name in self)


class WithFiles(Once):
    files = MultipleFileField("Files", validators=[Optional(), few, no_client_names, FileSize(LARGEST_FILE)])

    @property
    def uploads(self) -> list[Any]:
        return [upload for upload in self.files.data or [] if upload and upload.filename]


class MessageForm(WithFiles):
    text = TextAreaField(
        "Message",
        filters=[stripped],
        validators=[DataRequired("Write something first."), Length(max=LONGEST), no_client_data],
    )


class NoteForm(Once):
    text = TextAreaField(
        "Note",
        filters=[stripped],
        validators=[DataRequired("Write something first."), Length(max=LONGEST), no_client_data],
    )


class ReasonForm(Once):
    reason = TextAreaField(
        "Reason",
        filters=[stripped],
        validators=[DataRequired("Say why, in a sentence."), Length(max=5_000), no_client_data],
    )


class ResolutionForm(Once):
    reason = TextAreaField(
        "What solved it",
        filters=[stripped],
        validators=[DataRequired("Say what solved it."), Length(max=5_000), no_client_data],
    )


class CallForm(Once):
    reason = TextAreaField(
        "What came of it",
        filters=[stripped],
        validators=[DataRequired("Say what came of the call."), Length(max=5_000), no_client_data],
    )


class PriorityForm(Once):
    """Most changes need no words; what is promised follows the priority all the same."""

    reason = TextAreaField("Reason", filters=[stripped], validators=[Optional(), Length(max=5_000), no_client_data])
    to = SelectField("Priority", choices={priority.value: words for priority, words in PRIORITIES.items()})


class AssignForm(Once):
    to = SelectField("Assign to", coerce=int)

    def offer(self, people: Sequence[Any]) -> None:
        self.to.choices = {"0": "Nobody in particular", **{str(person.id): person.name for person in people}}
