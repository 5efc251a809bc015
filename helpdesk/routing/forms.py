from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, widgets
from wtforms.validators import InputRequired

from core.closures.forms import PlainDate
from core.errors import DomainError
from core.people.models import Person
from helpdesk.tickets.forms import CATEGORIES

DATES = ["%Y-%m-%d", "%m/%d/%Y"]
NOBODY = "Nobody yet"


def people(rows: Sequence[Person], nobody: str = NOBODY) -> dict[str, str]:
    return {"0": nobody, **{str(person.id): person.name for person in rows}}


class _Refusing(FlaskForm):
    def refuse(self, error: DomainError) -> None:
        said = f"{error.message} {error.advice}".strip()
        field = self[error.field] if error.field and error.field in self else next(iter(self))
        field.errors = [*field.errors, said]


class StaffForm(_Refusing):
    skills = SelectMultipleField(
        "Works on",
        choices={category.value: words for category, words in CATEGORIES.items()},
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    cover = SelectField("Backup", coerce=int)


class AbsenceForm(_Refusing):
    person = SelectField("Who", coerce=int)
    from_on = PlainDate("First day away", [InputRequired("Give the first day.")], format=DATES)
    until_on = PlainDate("Last day away", [InputRequired("Give the last day.")], format=DATES)
    cover = SelectField("Who stands in", coerce=int)


class CoverForm(_Refusing):
    cover = SelectField("Who stands in", coerce=int)
