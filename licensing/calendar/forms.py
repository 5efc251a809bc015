from __future__ import annotations

from typing import Any

from wtforms import FileField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.typed import DATE_FORMATS, Once, PlainDate, no_client_data, text
from licensing.calendar.services import Planned

EVERY = {"0": "Once", "1": "Every month", "3": "Every 3 months", "6": "Every 6 months", "12": "Every year"}


class PlanForm(Once):
    coc = SelectField("CoC", [DataRequired("Choose the CoC.")], validate_choice=False)
    kind = SelectField("Report", [DataRequired("Choose the report.")], validate_choice=False)
    due_on = PlainDate("Due on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    months = SelectField("How often", choices=EVERY, default="12")

    def offer(self, cocs: list[Any], kinds: dict[str, str]) -> None:
        self.coc.choices = {"": "Choose a CoC", **{str(coc.id): f"{coc.code} {coc.name}" for coc in cocs}}
        self.kind.choices = {"": "Choose a report", **kinds}

    def told(self) -> Planned:
        return Planned(self.kind.data or "", self.due_on.data, int(self.months.data or 0), self.once.data or "")


class DoneForm(Once):
    evidence = TextAreaField("Where the report is, in a few words", [Length(max=2000), no_client_data], [text])
    file = FileField("The report, where it is a file")
