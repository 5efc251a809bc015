"""What people type here: made fit to store, and refused where it names a client."""

from __future__ import annotations

import secrets
from typing import Any, Self

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, TimeField
from wtforms.validators import Length

from core import ppi
from core.errors import DomainError, Invalid
from licensing import typed

line, text, is_address = typed.line, typed.text, typed.is_address


class Once(FlaskForm):
    """A form that does its work once, however often its button is pressed."""

    once = HiddenField(validators=[Length(max=64)], filters=[line])

    def fresh(self) -> Self:
        """The form with a key of its own, unless it came back with one."""
        self.once.data = self.once.data or secrets.token_urlsafe(16)
        return self


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


def refuse_client_data(said: str, field: str) -> None:
    """Raises Invalid naming what looks like a client's personal data, a name with its words (MO-HD-5)."""
    if found := ppi.find(said):
        first = found[0]
        words = f" (“{said[first.start : first.end]}”)" if first.kind is ppi.Kind.NAME else ""
        raise Invalid(
            f"This has what looks like a client's {first.label}{words}.",
            "Use the client ID from the HMIS instead.",
            field=field,
            rule="MO-HD-5",
        )


def put_error(form: Any, error: DomainError) -> None:
    """The error at the field it concerns, with its rule; what was typed stays."""
    typed.put_on(form, error.field or "", error.message, error.advice, f"({error.rule})" if error.rule else "")
