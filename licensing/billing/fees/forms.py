from __future__ import annotations

import re
from typing import Any

from wtforms import FieldList, Form, FormField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from core.money import cents_of
from core.typed import DATE_FORMATS, Once, PlainDate, is_address, line, no_client_data, text
from licensing.billing.fees.agencies import Figures, NewPayer, NewRelief
from licensing.billing.fees.models import Basis, Proration, ReliefKind
from licensing.billing.fees.services import BANDED, NewItem, NewSchedule
from licensing.seats.forms import Dollars, WholeNumber

ROWS = 8
BASES = {
    Basis.FLAT: "A flat rate",
    Basis.LICENSES: "Each license",
    Basis.LICENSE_TYPE: "Each license of an access level",
    Basis.ADD_ON: "Each reporting add-on, at the vendor's cost",
    Basis.BEDS: "Each bed",
    Basis.CLIENTS: "Each client served",
    Basis.DATA_QUALITY: "By data quality, in bands of percent",
    Basis.BUDGET: "By the agency's budget, in bands of dollars",
    Basis.PROJECTS: "Each project",
    Basis.TRAINEES: "Each person trained in the year before",
}
PRORATIONS = {
    Proration.MONTHS: "The months that are left",
    Proration.DAYS: "The days that are left",
    Proration.QUARTERS: "The quarters that are left",
    Proration.WHOLE: "The whole year's price",
}
KINDS = {ReliefKind.WAIVED: "Waived", ReliefKind.SUBSIDIZED: "A funder bears it"}
BAND = re.compile(r"\s*([\d,.$]+)\s*[:=]\s*(\S+)\s*")
AMOUNT = (Optional(), NumberRange(0, 100_000_000, "That amount cannot be meant."))


class Bands(TextAreaField):
    """One band a line, `from: dollars`."""

    def told(self, basis: Basis) -> list[tuple[int, int]]:
        return [self._band(one, basis) for one in (self.data or "").splitlines() if one.strip()]

    @staticmethod
    def _band(said: str, basis: Basis) -> tuple[int, int]:
        found = BAND.fullmatch(said)
        if not found:
            raise ValueError(said)
        start = cents_of(found[1]) if basis is Basis.BUDGET else int(found[1].replace(",", ""))
        return start, cents_of(found[2])


class ItemForm(Form):
    basis = SelectField(
        "Counted by",
        choices={"": "No line"} | {str(basis): words for basis, words in BASES.items()},
        validate_choice=False,
    )
    name = StringField("As the invoice calls it", [Length(max=120), no_client_data], [line])
    cost = Dollars("Dollars a year for each", [*AMOUNT])
    level = SelectField("Access level", validate_choice=False)
    bands = Bands("Bands", [Length(max=2000)], [text])
    least = Dollars("At least, in dollars", [*AMOUNT])
    most = Dollars("At most, in dollars", [*AMOUNT])

    def validate_bands(self, field: Bands) -> None:
        try:
            if self.basis.data in set(BANDED):
                field.told(Basis(self.basis.data))
        except ValueError as error:
            raise ValidationError("Write one band a line, such as 250000: 500.00.") from error

    def validate_basis(self, field: SelectField) -> None:
        if field.data and field.data not in set(Basis):
            raise ValidationError("Choose what it is counted by.")
        if not field.data and (self.name.data or self.cost.data is not None):
            raise ValidationError("Choose what this line is counted by, or empty it.")

    def told(self) -> NewItem:
        basis = Basis(self.basis.data)
        return NewItem(
            basis, self.name.data or BASES[basis], self.cost.cents,
            self.level.data or "" if basis is Basis.LICENSE_TYPE else "",
            tuple(self.bands.told(basis)) if basis in BANDED else (), cents(self.least), cents(self.most),
        )  # fmt: skip


def cents(field: Dollars) -> int | None:
    return field.cents if field.data is not None else None


class ScheduleForm(Once):
    coc = SelectField("CoC", [DataRequired("Choose the CoC.")], validate_choice=False)
    name = StringField("Name", [DataRequired("Give a name."), Length(max=120), no_client_data], [line])
    first_day = PlainDate("First day", [InputRequired("Give the first day.")], format=DATE_FORMATS)
    last_day = PlainDate("Last day", [Optional()], format=DATE_FORMATS)
    proration = SelectField("What a license bought within the year costs", choices=PRORATIONS)
    least = Dollars("At least a year, in dollars", [*AMOUNT])
    most = Dollars("At most a year, in dollars", [*AMOUNT])
    items = FieldList(FormField(ItemForm), min_entries=ROWS, max_entries=ROWS)

    def offer(self, cocs: list[Any], levels: dict[str, str]) -> None:
        self.coc.choices = {"": "Choose a CoC", **{str(coc.id): f"{coc.code} {coc.name}" for coc in cocs}}
        for one in self.items:
            one.form.level.choices = {"": "None", **levels}

    def told(self) -> NewSchedule:
        items = [one.form.told() for one in self.items if one.form.basis.data]
        return NewSchedule(
            self.name.data or "", self.first_day.data, self.last_day.data, self.once.data or "", items,
            Proration(self.proration.data), cents(self.least) or 0, cents(self.most),
        )  # fmt: skip


class NoticeForm(Once):
    noticed_on = PlainDate("Told on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    notice = StringField(
        "How", [DataRequired("Say how the committee was told."), Length(max=300), no_client_data], [line]
    )


class EndForm(Once):
    last_day = PlainDate("Last day", [InputRequired("Give the day.")], format=DATE_FORMATS)


NUMBER = (Optional(), NumberRange(0, 100_000_000, "That number cannot be meant."))


class FiguresForm(Once):
    beds = WholeNumber("Beds", [*NUMBER])
    clients = WholeNumber("Clients served", [*NUMBER])
    data_quality = WholeNumber("Data quality in percent", [Optional(), NumberRange(0, 100, "From 0 to 100.")])
    budget = Dollars("Budget in dollars", [*AMOUNT])

    def told(self) -> Figures:
        return Figures(self.beds.data, self.clients.data, self.data_quality.data, cents(self.budget))


class PayerForm(Once):
    license = SelectField("What they pay for", validate_choice=False)
    paying_agency = SelectField("Another agency", validate_choice=False)
    name = StringField("Or somebody outside: name", [Length(max=200), no_client_data], [line])
    address = TextAreaField("Address", [Length(max=1000), no_client_data], [text])
    email = StringField("Email address for the invoice", [Length(max=200)], [line])
    purchase_order = StringField("Purchase-order number", [Length(max=80), no_client_data], [line])

    def offer(self, agencies: list[Any], licenses: list[Any]) -> None:
        held = {str(one.id): f"The license of {one.person.name}" for one in licenses}
        self.license.choices = {"": "Everything", **held}
        self.paying_agency.choices = {"": "None", **{str(one.id): one.name for one in agencies}}

    def validate_email(self, field: StringField) -> None:
        if field.data and not is_address(field.data):
            raise ValidationError("This is not an email address.")

    def told(self, paying: Any) -> NewPayer:
        return NewPayer(
            self.once.data or "", paying, self.name.data or "", self.address.data or "", self.email.data or "",
            self.purchase_order.data or "", number(self.license.data) or None,
        )  # fmt: skip


def number(said: str | None) -> int:
    return int((said or "")[:18]) if (said or "").isdecimal() else 0


class ReliefForm(Once):
    kind = SelectField("Kind", choices=KINDS)
    percent = WholeNumber("Percent of the fee", [InputRequired("Give it."), NumberRange(1, 100, "From 1 to 100.")])
    first_day = PlainDate("First day", [InputRequired("Give the first day.")], format=DATE_FORMATS)
    last_day = PlainDate("Last day", [InputRequired("Give the last day.")], format=DATE_FORMATS)
    funder = StringField("Who bears it", [Length(max=200), no_client_data], [line])
    reason = TextAreaField("Why", [DataRequired("Say why, in a few words."), Length(max=2000)], [text])

    def told(self) -> NewRelief:
        return NewRelief(
            ReliefKind(self.kind.data), self.percent.data or 0, self.first_day.data, self.last_day.data,
            self.reason.data or "", self.once.data or "", self.funder.data or "",
        )  # fmt: skip
