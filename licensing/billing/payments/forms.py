from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core.money import cents_of, dollars
from core.typed import DATE_FORMATS, Once, PlainDate, line, no_client_data, text
from licensing.billing.invoices.models import Invoice
from licensing.billing.payments.models import Method
from licensing.billing.payments.services import Received

METHODS = {
    Method.CHECK: "Check",
    Method.ACH: "Bank transfer (ACH)",
    Method.CARD: "Card",
    Method.JOURNAL: "Journal transfer",
}
CHOICES: dict[str, str] = {"": "Choose", **{method.value: words for method, words in METHODS.items()}}


class Amount(StringField):
    """Dollars and cents as somebody types them; `cents` is what it comes to."""

    cents: int | None = None

    def pre_validate(self, form: Any) -> None:
        self.cents = None
        said = (self.data or "").strip()
        if not said:
            return
        try:
            self.cents = cents_of(said)
        except ValueError as error:
            _, point, after = said.rpartition(".")
            if point and len(after) > 2 and after.isdigit():
                raise ValidationError("An amount has at most two decimals. Write it like 125.00.") from error
            if "more than" in str(error):
                raise ValidationError(
                    "That amount cannot be meant: it is more than a hundred million dollars."
                ) from error
            raise ValidationError("This is not an amount. Write it like 125.00.") from error


class PaymentForm(Once):
    method = SelectField("How it came", [DataRequired("Choose how it came.")], choices=CHOICES)
    amount = Amount("Amount, in dollars", [InputRequired("Give the amount.")])
    received_on = PlainDate("Received on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    reference = StringField(
        "Number of the check, transfer or entry", [Length(max=120), no_client_data], [line]
    )  # fmt: skip
    note = TextAreaField("Note", [Length(max=1000), no_client_data], [text])
    goes = RadioField(
        "It pays", default="oldest", choices={"oldest": "What has been due longest", "chosen": "As given here"}
    )
    keeps_rest = BooleanField("Keep what no invoice takes as prepaid, for later invoices")
    is_another = BooleanField("This is another payment than the one on record that looks the same")

    @classmethod
    def of(cls, owed: Sequence[Invoice]) -> Self:
        """With a field for each invoice that is open."""
        fields = {
            f"part_{row.id}": Amount(f"{row.number}, {dollars(row.open_cents)} open", [Optional()]) for row in owed
        }
        return type("PaymentFormWithParts", (cls,), fields)()  # type: ignore[no-any-return]

    @property
    def part_fields(self) -> list[Any]:
        return [field for field in self if field.name.rpartition("-")[2].startswith("part_")]

    def told(self) -> Received:
        return Received(
            method=Method(self.method.data),
            cents=self.amount.cents or 0,
            received_on=self.received_on.data,
            once=self.once.data or "",
            reference=self.reference.data or "",
            note=self.note.data or "",
            parts=self._parts() if self.goes.data == "chosen" else None,
            keeps_rest=bool(self.keeps_rest.data),
            is_another=bool(self.is_another.data),
        )

    def _parts(self) -> Mapping[int, int]:
        said = {int(field.name.rpartition("_")[2]): field.cents for field in self.part_fields}
        return {number: cents for number, cents in said.items() if cents is not None}


class PutForm(Once):
    """`left` is what was left of the payment when the form was shown: sent twice, it finds something else."""

    left = HiddenField()
    invoice = SelectField("Invoice", [DataRequired("Choose the invoice.")], validate_choice=False)
    amount = Amount("How much of it", [Optional()])

    def offer(self, owed: Sequence[Invoice]) -> Self:
        told = {str(row.id): f"{row.number}, {dollars(row.open_cents)} open" for row in owed}
        self.invoice.choices = {"": "Choose an invoice", **told}
        return self

    @property
    def seen_left(self) -> int | None:
        said = self.left.data or ""
        return int(said[:18]) if said.isascii() and said.isdigit() else None

    @property
    def invoice_id(self) -> int:
        chosen = self.invoice.data or ""
        return int(chosen[:18]) if chosen.isascii() and chosen.isdigit() else 0


class ReverseForm(Once):
    reason = TextAreaField(
        "Why it did not hold", [DataRequired("Say it in a few words."), Length(max=500), no_client_data], [text]
    )


class BankFileForm(Once):
    file = FileField("The bank's list, as CSV or Excel")
