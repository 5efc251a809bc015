"""What people type, made fit to store (no control characters, no stray blanks), and what is said to it."""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field, Form, ValidationError

from core import ppi
from core.errors import Invalid
from core.people.addresses import usable
from core.text import one_line

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


BIGGEST = 2**63 - 1  # what a number of a row can be at most


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
