from __future__ import annotations

from typing import Any, Self

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.typed import DATE_FORMATS, Once, PlainDate, no_client_data, text
from core.typed import line as one_line
from licensing.billing.books.services import Plan, Spent
from licensing.billing.payments.forms import Amount

FUND = "Fund"


class ExpenseForm(Once):
    on = PlainDate("Spent on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    amount = Amount("Amount, in dollars", [InputRequired("Give the amount.")])
    words = StringField("What it was for", [DataRequired("Say what for."), Length(max=200), no_client_data], [one_line])
    line = StringField(
        "Line of the budget", [DataRequired("Give the line."), Length(max=120), no_client_data], [one_line]
    )
    fund = StringField(FUND, [Length(max=80), no_client_data], [one_line])
    contract = SelectField("By which contract", choices={"": "None"}, validate_choice=False)

    def offer(self, contracts: list[Any]) -> Self:
        self.contract.choices = {"": "None", **{str(row.id): row.party for row in contracts}}
        return self

    def told(self) -> Spent:
        chosen = self.contract.data or ""
        contract_id = int(chosen[:18]) if chosen.isascii() and chosen.isdigit() else None
        return Spent(
            self.on.data, self.amount.cents or 0, self.words.data or "", self.line.data or "", self.fund.data or "",
            self.once.data or "", contract_id,
        )  # fmt: skip


class TakeOutForm(Once):
    reason = TextAreaField(
        "Why it is wrong", [DataRequired("Say it in a few words."), Length(max=500), no_client_data], [text]
    )


class PlanForm(Once):
    side = RadioField("Side", [InputRequired("Choose one.")], choices={"income": "Income", "spending": "Spending"})
    line = StringField("Line", [DataRequired("Give the line."), Length(max=120), no_client_data], [one_line])
    fund = StringField(FUND, [Length(max=80), no_client_data], [one_line])
    amount = Amount("Planned for the year, in dollars", [InputRequired("Give the amount; 0 takes the line out.")])

    def told(self) -> Plan:
        return Plan(self.side.data == "income", self.line.data or "", self.fund.data or "", self.amount.cents or 0)
