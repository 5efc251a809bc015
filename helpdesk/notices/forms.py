from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from core.errors import DomainError
from core.people.models import Agency, CoC
from helpdesk.notices import rules
from helpdesk.notices.models import Notice
from helpdesk.notices.rules import FAILURES, Audience, Group, Kind, Moment
from helpdesk.notices.services import LONGEST, Draft

NONCE = r"^[\w.:-]{1,64}$"
GROUPS = {
    Group.USERS: "Everybody who works at an agency",
    Group.ADMINISTRATORS: "Agency administrators",
    Group.REPRESENTATIVES: "Authorized representatives",
    Group.SECURITY_OFFICERS: "Security officers",
    Group.DIRECTORS: "Executive directors",
    Group.LEAD: "The HMIS Lead's own staff",
}
PROJECT_TYPES = {
    0: "Emergency shelter, entry and exit",
    1: "Emergency shelter, night by night",
    2: "Transitional housing",
    3: "Permanent supportive housing",
    4: "Street outreach",
    6: "Services only",
    7: "Other",
    8: "Safe haven",
    9: "Housing only",
    10: "Housing with services",
    11: "Day shelter",
    12: "Homelessness prevention",
    13: "Rapid re-housing",
    14: "Coordinated entry",
}
WRITTEN = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M %p"]


def _stripped(value: str | None) -> str:
    return (value or "").replace("\0", "").replace("\r\n", "\n").strip()


class When(DateTimeLocalField):
    """A day and time as the clocks of the Lead show it."""

    def __init__(self, label: str, validators: Sequence[Any] = (), **more: Any) -> None:
        super().__init__(label, validators, format=WRITTEN, **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("This is not a day and time. Write it like 11/20/2026 4:30 PM.") from error


class Ticks(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Once(FlaskForm):
    """A form that does its work once, however often its button is pressed."""

    once = HiddenField(default=lambda: secrets.token_urlsafe(16), validators=[DataRequired(), Regexp(NONCE)])

    def refuse(self, error: DomainError) -> None:
        """Put the sentence at the field it concerns, or at the form's head; what was typed stays."""
        said = f"{error.message} {error.advice}".strip()
        name = error.field or ""
        if name and name in self:
            self[name].errors = [*self[name].errors, said]
        else:
            self.form_errors.append(said)


class NoticeForm(Once):
    title = StringField(
        "Title", filters=[_stripped], validators=[DataRequired("Say in a few words what it is."), Length(max=200)]
    )
    text = TextAreaField(
        "Text",
        filters=[_stripped],
        description="Markdown: **bold**, lists with - or 1., [words](https://address), headings with #.",
        validators=[DataRequired("Write what people need to know."), Length(max=LONGEST)],
    )
    discovered = When("When was it discovered?", [InputRequired("Say when it was discovered.")])
    begins = When("It starts", [InputRequired("Say when it starts.")])
    ends = When("It ends", [InputRequired("Say when it ends.")])
    groups = Ticks("Who", choices={group.value: words for group, words in GROUPS.items()})
    coc_ids = Ticks("Continuums of Care", coerce=int)
    agency_ids = SelectMultipleField("Agencies", coerce=int, validate_choice=False)
    project_types = Ticks("Only agencies with projects of these types", coerce=int)
    levels = Ticks("Only people with these access levels")
    is_critical = BooleanField("Critical: it stays on people's pages until it is resolved")
    is_public = BooleanField("Show it on the public status page")
    asks_reading = BooleanField("Ask everybody to say that they have read it")
    remind_days = IntegerField("Remind those who have not, after so many days", [Optional()])

    def offer(
        self, kind: Kind, cocs: Sequence[CoC], agencies: Sequence[Agency], types: Sequence[int], levels: dict[str, str]
    ) -> None:
        """What this kind of notice asks, and the places of this Lead."""
        self.coc_ids.choices = {str(coc.id): coc.name for coc in cocs}
        self.agency_ids.choices = {str(agency.id): agency.name for agency in agencies}
        self.project_types.choices = {str(code): PROJECT_TYPES.get(code, f"Type {code}") for code in types}
        self.levels.choices = levels
        unneeded = {
            "discovered": kind not in FAILURES,
            "begins": kind is not Kind.MAINTENANCE,
            "ends": kind is not Kind.MAINTENANCE,
            "is_critical": kind is Kind.NEWSLETTER,
            "is_public": kind is Kind.NEWSLETTER,
            "coc_ids": len(cocs) < 2,
            "agency_ids": not agencies,
            "project_types": not types,
            "levels": not levels,
        }
        for name, gone in unneeded.items():
            if gone:
                del self[name]

    def show(self, row: Notice, zone: ZoneInfo) -> None:
        """The form filled with the draft as it stands."""
        chosen = row.chosen
        values: dict[str, Any] = {
            "title": row.title,
            "text": row.text,
            "discovered": _on_the_wall(row.discovered_at, zone),
            "begins": _on_the_wall(row.begins_at, zone),
            "ends": _on_the_wall(row.ends_at, zone),
            "groups": list(chosen.groups),
            "coc_ids": list(chosen.coc_ids),
            "agency_ids": list(chosen.agency_ids),
            "project_types": list(chosen.project_types),
            "levels": list(chosen.levels),
            "is_critical": row.is_critical,
            "is_public": row.is_public,
            "asks_reading": row.asks_reading,
            "remind_days": row.remind_days,
        }
        for name, value in values.items():
            if name in self:
                self[name].data = value

    def draft(self, kind: Kind, zone: ZoneInfo) -> tuple[Draft, list[str]]:
        """What was typed, and what is to be said about times that the clocks leave in doubt."""
        moments = {name: self._moment(name, zone) for name in ("discovered", "begins", "ends")}
        at = {name: moment.at if moment else None for name, moment in moments.items()}
        audience = Audience(*(tuple(self._given(name, [])) for name in _AUDIENCE))
        draft = Draft(
            kind=kind,
            title=" ".join(self.title.data.split()),
            text=self.text.data,
            audience=audience,
            once=self.once.data,
            discovered_at=at["discovered"],
            begins_at=at["begins"],
            ends_at=at["ends"],
            is_critical=self._given("is_critical", False),
            is_public=self._given("is_public", False),
            asks_reading=self.asks_reading.data,
            remind_days=self.remind_days.data,
        )
        return draft, [moment.note for moment in moments.values() if moment and moment.note]

    def _moment(self, name: str, zone: ZoneInfo) -> Moment | None:
        typed = self._given(name, None)
        return rules.moment(typed.date(), typed.time(), zone) if typed else None

    def _given(self, name: str, default: Any) -> Any:
        """What was typed; the default where it was not asked or not answered."""
        given = self.data.get(name)
        return default if given is None else given


_AUDIENCE = ("groups", "coc_ids", "agency_ids", "project_types", "levels")


class ScheduleForm(Once):
    at = When("Send it at", [InputRequired("Say when it is to be sent.")])


class SendForm(Once):
    """Sends what is on the page; there is nothing to type."""


class UpdateForm(Once):
    text = TextAreaField(
        "What is new", filters=[_stripped], validators=[DataRequired("Say what is new."), Length(max=LONGEST)]
    )


def _on_the_wall(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone).replace(tzinfo=None) if at else None
