from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.typed import DATE_FORMATS, Once, PlainDate, no_client_data, text


class SignOffForm(Once):
    agency = SelectField("Agency", [DataRequired("Choose the agency.")], validate_choice=False)
    month = SelectField("Report of", [DataRequired("Choose the month.")], validate_choice=False)
    signed_on = PlainDate("Signed off on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    note = TextAreaField("In a few words", [Length(max=2000), no_client_data], [text])

    def offer(self, agencies: list[Any], today: date) -> None:
        self.agency.choices = {"": "Choose an agency", **{str(one.id): one.name for one in agencies}}
        first = today.year * 12 + today.month - 1
        months = [date(n // 12, n % 12 + 1, 1) for n in range(first - 1, first - 19, -1)]
        self.month.choices = {one.isoformat(): f"{one:%B %Y}" for one in months}

    @property
    def agency_id(self) -> int:
        chosen = self.agency.data or ""
        return int(chosen[:18]) if chosen.isdecimal() else 0

    @property
    def first_day(self) -> date | None:
        try:
            return date.fromisoformat(self.month.data or "")
        except ValueError:
            return None
