from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import BooleanField, DecimalField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from core.typed import DATE_FORMATS, Once, PlainDate, line, no_client_data
from licensing.seats.services import MOST, MOST_CENTS, NewType, Order


class WholeNumber(IntegerField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata([one.replace(",", "").strip() for one in valuelist])
        except ValueError as error:
            raise ValueError("Give a whole number, such as 25.") from error


class Dollars(DecimalField):
    """An amount with at most two decimals; kept as whole cents."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata([one.replace(",", "").strip().removeprefix("$") for one in valuelist])
            amount: Decimal | None = self.__dict__.get("data")
            if amount is not None and (not amount.is_finite() or amount != round(amount, 2)):
                raise ValueError
        except (ValueError, InvalidOperation) as error:
            self.data = None
            raise ValueError("This is not an amount. Write it like 125.00.") from error

    @property
    def cents(self) -> int:
        return int(self.data * 100) if self.data is not None else 0


HOW_MANY = (InputRequired("Give how many."), NumberRange(0, MOST, "That number cannot be meant."))
COST = (InputRequired("Give what one costs."), NumberRange(0, MOST_CENTS // 100, "That price cannot be meant."))


class TypeForm(Once):
    coc = SelectField("CoC", [DataRequired("Choose the CoC.")], validate_choice=False)
    name = StringField("Name", [DataRequired("Give a name."), Length(max=120), no_client_data], [line])
    is_add_on = BooleanField("It is the vendor's reporting add-on, a seat beside that of the license")
    levels = SelectMultipleField(
        "Access levels that take one", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
        validate_choice=False,
    )  # fmt: skip
    there = WholeNumber("Seats that are there now", [*HOW_MANY])
    cost = Dollars("What one costs a year, in dollars", [*COST])

    def offer(self, cocs: list[Any], levels: dict[str, str]) -> None:
        self.coc.choices = {"": "Choose a CoC", **{str(coc.id): f"{coc.code} {coc.name}" for coc in cocs}}
        if levels:
            self.levels.choices = levels
        else:
            del self.levels

    def told(self) -> NewType:
        levels = tuple(self.levels.data or ()) if self.levels else ()
        return NewType(
            self.name.data or "", bool(self.is_add_on.data), levels, self.cost.cents, self.there.data or 0,
            self.once.data or "",
        )  # fmt: skip


class OrderForm(Once):
    count = WholeNumber("How many", [*HOW_MANY])
    ordered_on = PlainDate("Ordered on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    cost = Dollars("What one costs a year, in dollars", [*COST])
    reference = StringField("The vendor's number of the order", [Length(max=120), no_client_data], [line])

    def told(self) -> Order:
        return Order(
            self.count.data or 0, self.ordered_on.data, self.once.data or "", self.cost.cents, self.reference.data or ""
        )


class BackForm(Once):
    count = WholeNumber("How many go back", [*HOW_MANY])


class AllocationForm(Once):
    agency = SelectField("Agency", [DataRequired("Choose the agency.")], validate_choice=False)
    count = WholeNumber("Seats set aside", [*HOW_MANY])

    def offer(self, agencies: list[Any]) -> None:
        self.agency.choices = {"": "Choose an agency", **{str(one.id): one.name for one in agencies}}

    @property
    def agency_id(self) -> int:
        chosen = self.agency.data or ""
        return int(chosen[:18]) if chosen.isdecimal() else 0


class PriceForm(Once):
    cost = Dollars("What one costs a year, in dollars", [*COST])
