from __future__ import annotations

from typing import Any

from wtforms import FileField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core.typed import DATE_FORMATS, Once, PlainDate, line, no_client_data
from licensing.contracts.services import Filed


class ContractForm(Once):
    coc = SelectField("CoC", [DataRequired("Choose the CoC.")], validate_choice=False)
    kind = SelectField("With", [DataRequired("Choose with whom.")], validate_choice=False)
    party = StringField("Name of the party", [DataRequired("Give the party's name."), Length(max=200)], [line])
    about = StringField("What it is about", [Length(max=200), no_client_data], [line])
    effective_on = PlainDate("In effect from", [InputRequired("Give the day.")], format=DATE_FORMATS)
    ends_on = PlainDate("Last day, where it has one", [Optional()], format=DATE_FORMATS)
    file = FileField("The executed document")

    def offer(self, cocs: list[Any], kinds: dict[str, str]) -> None:
        self.coc.choices = {"": "Choose a CoC", **{str(coc.id): f"{coc.code} {coc.name}" for coc in cocs}}
        self.kind.choices = {"": "Choose with whom", **kinds}

    def told(self) -> Filed:
        return Filed(
            self.kind.data or "", self.party.data or "", self.effective_on.data, self.ends_on.data,
            self.once.data or "", self.about.data or "", self.file.data or None,
        )  # fmt: skip
