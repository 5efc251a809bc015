from __future__ import annotations

from typing import Any

from wtforms import FieldList, Form, FormField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from core.typed import Once, line, no_client_data, text
from licensing.billing.invoices.crediting import CAUSES, Cause
from licensing.billing.invoices.services import Service
from licensing.seats.forms import Dollars, WholeNumber

ROWS = 4
AMOUNT = (Optional(), NumberRange(-100_000_000, 100_000_000, "That amount cannot be meant."))


class RunForm(Once):
    coc = SelectField("CoC", [DataRequired("Choose the CoC.")], validate_choice=False)
    year = WholeNumber("Year in which the billing year begins", [InputRequired("Give the year.")])
    fund = StringField("Fund", [Length(max=40), no_client_data], [line])

    def offer(self, cocs: list[Any]) -> None:
        self.coc.choices = {"": "Choose a CoC", **{str(coc.id): f"{coc.code} {coc.name}" for coc in cocs}}


class LicensesForm(Once):
    fund = StringField("Fund", [Length(max=40), no_client_data], [line])


class LineForm(Form):
    kind = SelectField("Service", validate_choice=False)
    words = StringField("As the invoice calls it", [Length(max=200), no_client_data], [line])
    quantity = WholeNumber("How many", [Optional()])
    cost = Dollars("Dollars for each", [*AMOUNT])


class ServicesForm(Once):
    fund = StringField("Fund", [Length(max=40), no_client_data], [line])
    note = TextAreaField("Note on the invoice", [Length(max=2000), no_client_data], [text])
    lines = FieldList(FormField(LineForm), min_entries=ROWS, max_entries=ROWS)

    def offer(self, kinds: dict[str, str]) -> None:
        for one in self.lines:
            one.form.kind.choices = {"": "No line", **kinds}

    def told(self) -> list[Service]:
        return [
            Service(
                one.form.kind.data, one.form.words.data or "",
                1 if one.form.quantity.data is None else one.form.quantity.data, one.form.cost.cents,
            )
            for one in self.lines
            if one.form.kind.data
        ]  # fmt: skip


class CreditForm(Once):
    """`line` and `cents` for each line come beside it, by the line's number."""

    cause = SelectField("Why", choices=CAUSES)
    reason = TextAreaField("What happened", [DataRequired("Say it in a few words."), Length(max=2000)], [text])

    def validate_cause(self, field: SelectField) -> None:
        if field.data not in set(Cause):
            raise ValidationError("Choose why.")


class VoidForm(Once):
    reason = TextAreaField("What happened", [DataRequired("Say it in a few words."), Length(max=2000)], [text])
