from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SelectField, SelectMultipleField, StringField, TelField, ValidationError
from wtforms.validators import DataRequired, EqualTo, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.accounts import tokens
from core.accounts.passwords import LONGEST
from core.errors import Invalid
from core.people.addresses import in_ascii

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
    "Pacific/Pago_Pago",
)


def _no_nul(_: FlaskForm, field: Any) -> None:
    if field.data and "\0" in field.data:
        raise ValidationError("That has a character in it that cannot be stored.")


def _needed(words: str) -> list[Any]:
    return [DataRequired(words), _no_nul]


class SignInForm(FlaskForm):
    email = EmailField("Email address", [*_needed("Enter your email address."), Length(max=300), in_ascii])
    password = PasswordField("Password", [DataRequired("Enter your password."), Length(max=LONGEST)])


class CodeForm(FlaskForm):
    code = StringField("Code", [*_needed("Enter the code."), Length(max=40)])


class ForgotForm(FlaskForm):
    email = EmailField("Email address", [*_needed("Enter your email address."), Length(max=300), in_ascii])


class NewPasswordForm(FlaskForm):
    password = PasswordField("New password", _needed("Choose a password."))
    again = PasswordField("New password, once more", [EqualTo("password", "The two are not the same.")])


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField("Your password now", [DataRequired("Enter your password."), Length(max=LONGEST)])


class ProofForm(FlaskForm):
    """The password again, before something that matters."""

    current = PasswordField("Your password", [DataRequired("Enter your password."), Length(max=LONGEST)])


class EnrolForm(FlaskForm):
    code = StringField("The six figures the app shows now", [*_needed("Enter the code."), Length(max=40)])


class ProvedEnrolForm(EnrolForm, ProofForm):
    """For somebody who did not just sign in."""


class DetailsForm(FlaskForm):
    phone = TelField("Phone", [Optional(), Length(max=80), _no_nul])
    tz = SelectField("Show times in", validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = getattr(kwargs.get("obj"), "tz", "")
        names = [*ZONES, *([kept] if kept and kept not in ZONES else [])]
        self.tz.choices = {"": "My agency's time zone", **{name: zone_label(name) for name in names}}


class TokenForm(ProofForm):
    name = StringField("Name", [*_needed("Say what it is for."), Length(max=100)])
    scopes = SelectMultipleField(
        "It may",
        [DataRequired("Choose at least one.")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    days = SelectField("It works for", choices={str(days): f"{days} days" for days in tokens.DAYS}, default="90")


def say(form: FlaskForm, error: Invalid) -> None:
    """Put what a service refused beside the field it is about."""
    name = error.field if error.field in form else next(iter(form._fields))
    form[name].errors = [f"{error.message} {error.advice}".strip()]


def zone_label(name: str) -> str:
    """The zone's city, as people say it."""
    return ZoneInfo(name).key.rpartition("/")[2].replace("_", " ")
