from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from core.typed import DATE_FORMATS, Once, PlainDate, PlainTime, line, no_client_data, text
from training.practice.elements import project_types, relationships
from training.practice.languages import LANGUAGES

EXPORT_HINT = (
    "HUD's CSV export of the practice household from the training site, as a ZIP or its files. It is compared and not "
    "kept. Never one from the live HMIS."
)
IN_LANGUAGE = {"": "English", **LANGUAGES}
TYPES = {str(code): words for code, words in sorted(project_types().items())}


class HandInForm(Once):
    client_number = StringField(
        "Client number in the training site",
        [DataRequired("Give the number of the head of the household in the training site."), Length(max=40)],
        [line],
    )
    note = TextAreaField("Note to your trainer", [Length(max=2000), no_client_data], [text])
    language = SelectField("Language for the review", choices=IN_LANGUAGE, default="")
    export = MultipleFileField("Export from the training site")


class CheckForm(FlaskForm):
    export = MultipleFileField("Export from the training site")


class ReviewForm(Once):
    """The lines of the key are fields of the page's own: `v-` and `r-` before a line's place."""

    summary = TextAreaField("Summary for the trainee", [Length(max=4000)], [text])
    keeps_remarks = BooleanField("Keep the new remarks, to use them again")
    outcome = RadioField(
        "What now", choices={"accept": "Accept this part", "return": "Return it for corrections"},
        validators=[InputRequired("Say whether it is accepted or goes back.")],
    )  # fmt: skip


class SessionForm(Once):
    day = PlainDate("Held on", [InputRequired("Say when.")], format=DATE_FORMATS)
    time = PlainTime("At", [InputRequired("Say at what time.")], format=["%H:%M", "%I:%M %p"])
    minutes = IntegerField("Minutes", [InputRequired("Say how long."), NumberRange(1, 600, "From 1 to 600 minutes.")])
    about = TextAreaField(
        "What it was about", [DataRequired("Say it in a few words."), Length(max=2000), no_client_data], [text]
    )


class ReasonForm(Once):
    reason = TextAreaField("Reason", [DataRequired("Say why, in a few words."), Length(max=2000)], [text])


class DecideForm(ReasonForm):
    mentor = SelectField("Peer mentor", coerce=int, default=0, choices={"0": "Nobody"})
    commits = BooleanField("The agency commits to this mentoring")


class GiveForm(Once):
    person = SelectField("Who")
    hud_type = SelectField("Kind of project", coerce=int, choices=TYPES)
    language = SelectField("Language for the review", choices=IN_LANGUAGE, default="")
    reason = TextAreaField("Why", [DataRequired("Say why, in a few words."), Length(max=2000), no_client_data], [text])


class CaseForm(Once):
    title = StringField("Name of the case", [DataRequired("Name it."), Length(max=200), no_client_data], [line])
    hud_type = SelectField("Kind of project", coerce=int, choices=TYPES)
    coc = SelectField("For which community", coerce=int, default=0)
    course = SelectField("What passing it gives", coerce=int, default=0)


class MemberForm(FlaskForm):
    first = StringField("First name", [DataRequired("Give a first name."), Length(max=80)], [line])
    last = StringField("Last name", [DataRequired("Give a last name."), Length(max=80)], [line])
    born = StringField("Birth date", [DataRequired("Give a birth date."), Length(max=10)], [line])
    ssn = StringField("Social Security number", [Length(max=11)], [line])
    relationship = SelectField("Relationship to the head of household", choices=relationships())


class StoryForm(FlaskForm):
    story = TextAreaField("What happened", [Length(max=10_000)], [text])


class ChooseLineForm(FlaskForm):
    """Which line is added: read from the address, so that the next page can offer the element's own answers."""

    class Meta:
        csrf = False

    ref = SelectField("Whose")
    code = SelectField("Data element")


class LineForm(FlaskForm):
    ref = HiddenField(filters=[line])
    code = HiddenField(filters=[line])
    expected = SelectMultipleField(
        "Right answer", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), choices=[]
    )
    value = StringField("Right answer", [Length(max=100)], [line])
    says = StringField("How the form says it", [Length(max=300)], [line])


class RemarkForm(FlaskForm):
    element = StringField("HUD's number of the element", [Length(max=10)], [line])
    text = StringField("Remark", [DataRequired("Write the remark."), Length(max=300), no_client_data], [line])


class LanguagesForm(FlaskForm):
    spoken = SelectMultipleField(
        "Languages I review in, besides English",
        choices=LANGUAGES,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
