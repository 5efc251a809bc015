"""What people type here: made fit to store, and refused where it names a client."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from core import ppi
from core.errors import DomainError, Invalid
from licensing import typed

line, text, BIGGEST = typed.line, typed.text, typed.BIGGEST
CLIENT_ID = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
NEVER_A_NAME = "The HMIS client ID only, never a name."


class PlainDate(DateField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a date. Write it like 11/20/2026.") from error


DATE_FORMATS = ["%Y-%m-%d", "%m/%d/%Y"]


class Once(FlaskForm):
    """A form that does its work once, however often its button is pressed."""

    once = HiddenField(validators=[Length(max=64)], filters=[line])

    def fresh(self) -> Any:
        """The form with a key of its own, unless it came back with one."""
        self.once.data = self.once.data or secrets.token_urlsafe(16)
        return self


class ReasonForm(FlaskForm):
    reason = TextAreaField("Reason", [DataRequired("Say it in a few words."), Length(max=2000)], [text])


def refuse_client_data(fields: Mapping[str, str]) -> None:
    """Raises Invalid at the first field with what looks like a client's data, a name with its words (MO-HD-5)."""
    for field, said in fields.items():
        if found := ppi.find(said):
            first = found[0]
            words = f" (“{said[first.start : first.end]}”)" if first.kind is ppi.Kind.NAME else ""
            sentence = f"This has what looks like a client's {first.label}{words}."
            raise Invalid(sentence, "Use the client ID from the HMIS instead.", field=field, rule="MO-HD-5")


def client_id(given: str, field: str = "client_id") -> str:
    """The ID as it is kept. Raises Invalid for a name, or for anything else that is no ID."""
    wanted = given.strip()
    if not CLIENT_ID.fullmatch(wanted) or ppi.find(wanted):
        sentence = f"“{wanted[:60]}” is not an HMIS client ID." if wanted else "Give the client's HMIS ID."
        raise Invalid(sentence, NEVER_A_NAME + " An ID has at least one digit and no blanks.", field=field)
    return wanted


def must_say(reason: str, example: str) -> None:
    if not reason:
        raise Invalid("Say why, in a few words.", example, field="reason")
    refuse_client_data({"reason": reason})


def put_error(form: Any, error: DomainError) -> None:
    """The error at the field it concerns, with its rule; what was typed stays."""
    typed.put_on(form, error.field or "", error.message, error.advice, f"({error.rule})" if error.rule else "")


@dataclass(frozen=True)
class Moved:
    """Somebody else was faster: the error, and what was typed meanwhile."""

    error: DomainError
    typed: str = ""


def typed_reason(form: Any) -> str:
    return form.reason.data or "" if "reason" in form else ""
