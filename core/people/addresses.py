"""Mail addresses that mail can be written to. Mail servers of agencies speak plain SMTP, so an address is ASCII:
a domain in another script has its "xn--" name, a local part has none."""

from __future__ import annotations

import re
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import ValidationError

from core.errors import Invalid

SHAPE = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>]{2,}")
LONGEST = 254


def usable(typed: str, field: str | None = None) -> str:
    """The address as it is kept. Raises Invalid, for `field`, when no mail could be written to it."""
    address = plain(typed.strip(), field)
    if len(address) > LONGEST or not SHAPE.fullmatch(address):
        raise Invalid("This does not look like an e-mail address, such as l.chen@agency.org.", field=field)
    return address


def plain(typed: str, field: str | None = None) -> str:
    """The address in ASCII, whatever else it may be. Raises Invalid when it has none."""
    if typed.isascii():
        return typed
    local, _, _ = typed.rpartition("@")
    if not local.isascii():
        raise Invalid(
            "Mail cannot be sent to an address with accents or other scripts before the @;"
            " give one with plain letters, digits and signs only.",
            field=field,
        )
    try:
        found = validate_email(typed, allow_smtputf8=False, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Invalid("What stands after the @ is no name of a mail server; check it.", field=field) from None
    return found.ascii_email or typed


def looked_up(typed: str) -> str:
    """As addresses are compared: in ASCII where there is such a name, and without regard to case."""
    try:
        return plain(typed.strip()).lower()
    except Invalid:
        return typed.strip().lower()


def in_ascii(_: Any, field: Any) -> None:
    """For a form: the field holds the address as it is kept."""
    try:
        field.data = plain(field.data or "")
    except Invalid as error:
        raise ValidationError(error.message) from None
