from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from core import typed
from core.typed import Once
from licensing.reconciliation.rules import FIELDS, VENDORS, Columns, Field, Vendor

MOST_LEVELS = 200


class ListForm(Once):
    file = FileField("The HMIS's list of users", [FileRequired("Choose the file.")])


class SettleForm(FlaskForm):
    evidence = TextAreaField(
        "What did you see in the HMIS?",
        [DataRequired("Say what you saw."), Length(max=2000), typed.no_client_data],
        [typed.text],
    )


class ColumnsForm(FlaskForm):
    vendor = SelectField("Your HMIS", choices={str(one): words for one, words in VENDORS.items()})
    levels = TextAreaField("Your levels", [Length(max=20_000)], [typed.text])

    @classmethod
    def showing(cls, told: Columns) -> ColumnsForm:
        form = cls(formdata=None)
        form.vendor.data = told.vendor
        form.levels.data = "\n".join(f"{theirs} = {ours}" for theirs, ours in told.levels.items())
        for what in Field:
            form[what].data = told.titles.get(what, "")
        return form

    def validate_levels(self, field: TextAreaField) -> None:
        pairs = _pairs(field.data or "")
        if len(pairs) > MOST_LEVELS:
            raise ValidationError(f"These are more than {MOST_LEVELS} levels.")
        for number, (theirs, ours) in enumerate(pairs, start=1):
            if not theirs or not ours:
                raise ValidationError(f"Line {number} has no “=” between the HMIS's level and yours.")

    def told(self) -> Columns:
        titles = {str(what): self[what].data for what in Field if self[what].data}
        return Columns(Vendor(self.vendor.data), titles, dict(_pairs(self.levels.data or "")))


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    parts = [line.rpartition("=") for line in lines]
    return [(typed.line(theirs)[:80], typed.line(ours)[:80]) for theirs, _, ours in parts]


for _what, _label in FIELDS.items():
    setattr(ColumnsForm, _what, StringField(_label, [Length(max=100)], [typed.line]))
