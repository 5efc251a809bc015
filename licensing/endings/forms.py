from __future__ import annotations

from wtforms import FileField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.typed import DATE_FORMATS, Once, PlainDate, no_client_data, text
from licensing.agencies.forms import TOLD_HOW
from licensing.agencies.models import How
from licensing.endings.rules import Party
from licensing.endings.services import Notice

SIDES = {Party.AGENCY.value: "The agency gives notice", Party.LEAD.value: "The HMIS Lead gives notice"}


class NoticeForm(Once):
    party = RadioField("Who", choices=SIDES, default=Party.AGENCY.value)
    noticed_on = PlainDate("Notice given on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    how = RadioField("Told how", choices=TOLD_HOW, default=How.HERE.value)
    last_day = PlainDate("Last day of taking part", [InputRequired("Give the last day.")], format=DATE_FORMATS)
    reason = TextAreaField("Why", [DataRequired("Say why, in a few words."), Length(max=2000), no_client_data], [text])
    file = FileField("The letter, where there is one")

    def for_agency(self) -> NoticeForm:
        """What somebody of the agency is asked: their notice is of today and given here."""
        for name in ("party", "noticed_on", "how"):
            delattr(self, name)
        return self

    def notice(self, today: object) -> Notice:
        return Notice(
            party=Party(self.party.data) if self.party else Party.AGENCY,
            noticed_on=self.noticed_on.data if self.noticed_on else today,  # type: ignore[arg-type]
            how=How(self.how.data) if self.how else How.HERE,
            last_day=self.last_day.data,
            reason=self.reason.data or "",
            once=self.once.data or "",
            file=self.file.data or None,
        )


class DefaultForm(Once):
    """`party`, which of the two is in default, follows from who writes it."""

    given_on = PlainDate("Told in writing on", [InputRequired("Give the day.")], format=DATE_FORMATS)
    reason = TextAreaField("What is not kept", [DataRequired("Say what."), Length(max=2000), no_client_data], [text])


class WhyForm(Once):
    reason = TextAreaField("Why", [DataRequired("Say why, in a few words."), Length(max=2000), no_client_data], [text])
