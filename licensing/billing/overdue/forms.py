from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.typed import DATE_FORMATS, Once, PlainDate, no_client_data, text
from licensing.billing.overdue.services import Asked
from licensing.billing.payments.models import RespiteKind

KINDS = {
    RespiteKind.EXTENSION: "More time to pay: it is due on that day",
    RespiteKind.PAUSE: "A pause: it stays due, but no license is suspended until then",
}


class RespiteForm(Once):
    kind = RadioField(
        "What is given", [InputRequired("Choose one.")], choices={kind.value: words for kind, words in KINDS.items()}
    )
    last_day = PlainDate("Through", [InputRequired("Give the day.")], format=DATE_FORMATS)
    reason = TextAreaField("Why", [DataRequired("Say it in a few words."), Length(max=500), no_client_data], [text])

    def told(self) -> Asked:
        return Asked(RespiteKind(self.kind.data), self.last_day.data, self.reason.data or "", self.once.data or "")
