from __future__ import annotations

from wtforms.validators import InputRequired

from core.typed import Once, PlainDate

FORMATS = ["%Y-%m-%d", "%m/%d/%Y"]


class LeaveForm(Once):
    first_day = PlainDate("First day of the leave", [InputRequired("Give the first day.")], format=FORMATS)
    last_day = PlainDate("Last day of the leave", [InputRequired("Give the last day.")], format=FORMATS)


class MoveForm(Once):
    last_day = PlainDate("New last day", [InputRequired("Give the last day.")], format=FORMATS)
