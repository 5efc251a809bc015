"""What people type, made fit to store (no control characters, no stray blanks), and what is said to it."""

from __future__ import annotations

import re
import secrets
from typing import Any, Self

from flask_wtf import FlaskForm
from wtforms import DateField, Field, Form, HiddenField, TextAreaField, TimeField, ValidationError
from wtforms.validators import DataRequired, Length

from core import ppi
from core.errors import DomainError, Invalid
from core.people.addresses import usable
from core.text import one_line

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
BIGGEST = 2**63 - 1  # what a number of a row can be at most
DATE_FORMATS = ["%Y-%m-%d", "%m/%d/%Y"]
CLIENT_ID = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
NEVER_A_NAME = "The HMIS client ID only, never a name."


def line(typed: str | None) -> str:
    """One line, blanks collapsed, without marks that nobody sees."""
    return one_line(_CONTROL.sub(" ", typed or ""))


def text(typed: str | None) -> str:
    """Several lines, as typed."""
    return _CONTROL.sub("", (typed or "").replace("\r\n", "\n")).strip()


def no_client_data(_form: Form, field: Field) -> None:
    """What looks like a client's personal data is refused before it is stored (MO-HD-5)."""
    if found := ppi.find(field.data or ""):
        raise ValidationError(f"This has what looks like a client's {found[0].label}. Leave it out.")


def refuse_client_data(said: str, field: str) -> None:
    """Raises Invalid naming what looks like a client's personal data, a name with its words (MO-HD-5)."""
    if found := ppi.find(said):
        first = found[0]
        words = f" (“{said[first.start : first.end]}”)" if first.kind is ppi.Kind.NAME else ""
        raise Invalid(
            f"This has what looks like a client's {first.label}{words}.",
            "Use the client ID.",
            field=field,
            rule="MO-HD-5",
        )


def client_id(given: str, field: str = "client_id") -> str:
    """The ID as it is kept. Raises Invalid for a name, or for anything else that is no ID."""
    wanted = given.strip()
    if not CLIENT_ID.fullmatch(wanted) or ppi.find(wanted):
        sentence = f"“{wanted[:60]}” is not an HMIS client ID." if wanted else "Give the client's HMIS ID."
        raise Invalid(sentence, NEVER_A_NAME + " An ID has at least one digit and no blanks.", field=field)
    return wanted


def must_say(reason: str, example: str) -> None:
    """Raises Invalid for no reason, or for one that names a client."""
    if not reason:
        raise Invalid("Say why, in a few words.", example, field="reason")
    refuse_client_data(reason, "reason")


def is_address(typed: str) -> bool:
    try:
        return bool(usable(typed))
    except Invalid:
        return False


def put_on(form: Any, name: str, *words: str) -> None:
    """Put a sentence at the field it concerns, or at the form's head; what was typed stays."""
    said = " ".join(filter(None, words))
    if name and name in form:
        form[name].errors = [*form[name].errors, said]
    else:
        form.form_errors.append(said)


def put_error(form: Any, error: DomainError) -> None:
    """The error at the field it concerns, with its rule; what was typed stays."""
    put_on(form, error.field or "", error.message, error.advice, f"({error.rule})" if error.rule else "")


class PlainDate(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a date. Write it like 11/20/2026.") from error


class PlainTime(TimeField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a time. Write it like 4:30 PM.") from error


class Once(FlaskForm):
    """A form that does its work once, however often its button is pressed."""

    once = HiddenField(validators=[Length(max=64)], filters=[line])

    def fresh(self) -> Self:
        """The form with a key of its own, unless it came back with one."""
        self.once.data = self.once.data or secrets.token_urlsafe(16)
        return self


class ReasonForm(FlaskForm):
    reason = TextAreaField("Reason", [DataRequired("Say it in a few words."), Length(max=2000)], [text])
