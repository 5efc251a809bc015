from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core import typed
from core.people.models import CoC, Lead
from core.typed import Once, PlainDate, ReasonForm, line, no_client_data, text
from training.courses import rules
from training.courses.models import Course, CourseQuestion, CourseVersion
from training.courses.questions import KIND_WORDS, Kind
from training.courses.rules import FEEDBACK_WORDS, TestPlan
from training.courses.services import LONGEST_BODY, MOST_MINUTES, About, Content, plan_from
from training.courses.vocabulary import CourseKind, Credit

KINDS = {
    CourseKind.MATERIAL: "Video or document, with a test if wanted",
    CourseKind.LIVE: "Live session",
    CourseKind.AGREEMENT: "Agreement: each clause ticked, then signed",
    CourseKind.PRACTICE: "Practice case",
    CourseKind.MEETING: "Meeting",
}
SHORT_KINDS = {
    CourseKind.MATERIAL: "Video or document",
    CourseKind.LIVE: "Live session",
    CourseKind.AGREEMENT: "Agreement",
    CourseKind.PRACTICE: "Practice case",
    CourseKind.MEETING: "Meeting",
}
CREDITS = {
    Credit.NEW_USER_SERIES: "New user series",
    Credit.USER_AGREEMENT: "User agreement",
    Credit.SECURITY_AND_PRIVACY: "Security and privacy",
    Credit.DATA_STANDARDS: "Data standards",
    Credit.SOFTWARE_BASICS: "Software basics",
    Credit.PRACTICE_CASES: "Practice cases",
    Credit.ORIENTATION: "Orientation",
    Credit.SOFTWARE: "The software",
    Credit.CONFIDENTIALITY_AND_PRIVACY: "Confidentiality and privacy",
    Credit.DATA_SECURITY: "Data security",
    Credit.SECURITY: "Yearly security training",
    Credit.GENERAL: "General training",
    Credit.REPORTING: "Reporting training",
    Credit.MEETING: "Meeting",
}
Place = tuple[Lead, CoC | None]


class Checkboxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CourseForm(Once):
    """What may be chosen is the services' to say, so that they can say why not."""

    place = SelectField("Where it counts", validate_choice=False)
    code = StringField("Code", [DataRequired("Give it a code."), Length(max=30)], [line])
    title = StringField("Title", [DataRequired("Give it a title."), Length(max=200), no_client_data], [line])
    kind = RadioField("How it is taken", [DataRequired("Choose how it is taken.")], choices=dict(KINDS))
    summary = TextAreaField("What people learn", [Length(max=2_000), no_client_data], [text])
    credits = Checkboxes("What it counts for", choices=dict(CREDITS))
    topics = Checkboxes("Topics of the training plan it covers", validate_choice=False)
    minutes = IntegerField(
        "Length in minutes", [InputRequired("Say how long it takes."), NumberRange(0, MOST_MINUTES, "Up to a day.")]
    )

    def offer(self, places: list[Place], topics: dict[str, str]) -> None:
        self.place.choices = {place_code(place): place_words(place, len(places)) for place in places}
        self.topics.choices = topics

    def show(self, row: Course) -> None:
        for name in ("code", "title", "kind", "summary", "credits", "topics", "minutes"):
            self[name].data = getattr(row, name)
        self.kind.data = row.kind.value
        self.place.data = place_code((row.lead, row.coc))

    def chosen(self, places: list[Place]) -> Place | None:
        return next((place for place in places if place_code(place) == (self.place.data or "")), None)

    def about(self, place: Place, kind: CourseKind | None = None) -> About:
        return About(
            code=(self.code.data or "").upper(),
            title=self.title.data or "",
            kind=kind or CourseKind(self.kind.data),
            summary=self.summary.data or "",
            credits=self.credits.data or [],
            topics=self.topics.data or [],
            minutes=self.minutes.data or 0,
            coc=place[1],
        )


def place_code(place: Place) -> str:
    return f"coc-{place[1].id}" if place[1] else f"lead-{place[0].id}"


def place_words(place: Place, many: int) -> str:
    lead, coc = place
    return f"{coc.name} only" if coc else f"Everybody at {lead.name}" if many > 2 else "Everybody"


class DraftForm(FlaskForm):
    body = TextAreaField("Text", [Length(max=LONGEST_BODY)], [text])
    clauses = TextAreaField("Clauses, one on a line", [Length(max=50_000)], [text])
    tolerance = IntegerField(
        "Percent of the video that may be left unwatched",
        [Optional(), NumberRange(0, rules.MOST_TOLERANCE, f"From 0 to {rules.MOST_TOLERANCE}.")],
    )
    has_test = BooleanField("A test comes at the end")
    draw = IntegerField("Questions drawn for each try", [Optional()])
    pass_percent = IntegerField("Percent needed to pass", [Optional()])
    attempts = IntegerField("Tries allowed; 0 for as many as wanted", [Optional()])
    per_tag = StringField("Of these tags", [Length(max=500)], [line])
    feedback = SelectField("What people see of a try", choices={f.value: words for f, words in FEEDBACK_WORDS.items()})

    def show(self, version: CourseVersion | None) -> None:
        plan = TestPlan.of(version.test) if version else None
        self.body.data, self.clauses.data = (version.body, "\n".join(version.clauses)) if version else ("", "")
        self.tolerance.data = version.tolerance if version else 2
        self.has_test.data = plan is not None
        plan = plan or TestPlan(10, 80, 3)
        for name in ("draw", "pass_percent", "attempts"):
            self[name].data = getattr(plan, name)
        self.per_tag.data = ", ".join(f"{tag}: {many}" for tag, many in plan.per_tag.items())
        self.feedback.data = plan.feedback.value

    def content(self) -> Content:
        """Raises Invalid at the field that is wrong."""
        lines = [line(one) for one in (self.clauses.data or "").splitlines()]
        return Content(
            body=self.body.data or "",
            clauses=[one for one in lines if one],
            tolerance=self.tolerance.data if self.tolerance.data is not None else 2,
            test=plan_from(self.data) if self.has_test.data else None,
        )


class VideoForm(FlaskForm):
    video = FileField("Video (MP4 or WebM)")
    captions = FileField("Captions (WebVTT)")


class PublishForm(FlaskForm):
    changes = TextAreaField("What changed", [DataRequired("Say it in a few words."), Length(max=2_000)], [text])


class QuestionForm(Once):
    kind = RadioField("Kind", choices={kind.value: words for kind, words in KIND_WORDS.items()})
    text = TextAreaField(
        "Question", [DataRequired("Write the question."), Length(max=2_000), no_client_data], [typed.text]
    )
    lines = TextAreaField("Answers", [DataRequired("Give the answers."), Length(max=5_000)], [typed.text])
    tag = StringField("Tag", [Length(max=40), no_client_data], [line])
    feedback = TextAreaField("Feedback", [Length(max=2_000), no_client_data], [typed.text])

    def show(self, row: CourseQuestion) -> None:
        self.kind.data, self.text.data, self.lines.data = row.kind.value, row.text, row.asked.lines
        self.tag.data, self.feedback.data = row.tag, row.feedback

    @property
    def chosen(self) -> Kind:
        return Kind(self.kind.data)


class GrantForm(Once, ReasonForm):
    pass


class RecordForm(Once):
    person = SelectField("Who", validate_choice=False)
    done_on = PlainDate("Completed on", [InputRequired("Give the day.")], format=["%Y-%m-%d", "%m/%d/%Y"])
    reason = TextAreaField("How you know", [DataRequired("Say it in a few words."), Length(max=2_000)], [text])
    certificate = FileField("Certificate, if there is one")

    @property
    def person_id(self) -> int:
        typed = str(self.person.data or "")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


class SignForm(FlaskForm):
    """The clauses are checkboxes of the page's own; they come back ticked as they were."""

    ticked = SelectMultipleField(validate_choice=False)
    name = StringField("Type your full name", [DataRequired("Type your name."), Length(max=300)], [line])
