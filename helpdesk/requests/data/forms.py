from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from core.policy import Policy
from core.policy.vocabulary import ClockName
from core.typed import DATE_FORMATS, Once, PlainDate, ReasonForm, line, text
from helpdesk.requests.data import rules
from helpdesk.requests.data.rules import About, Answers, Level, Requester
from helpdesk.requests.data.services import Asked


def _words(named: Any) -> dict[str, str]:
    return {str(code): words for code, words in named.items()}


class AskForm(Once):
    """The questions that this community's pack asks; what its queue does not depend on is left out."""

    title = StringField("In a few words", [DataRequired("Give it a short title."), Length(max=200)], [line])
    for_whom = StringField("Who asks, if it is not you or your agency", [Length(max=200)], [line])
    requester = RadioField("Who asks?", [DataRequired("Choose who asks.")], choices=_words(rules.REQUESTERS))
    level = RadioField("What kind of data?", [DataRequired("Choose what kind of data.")], choices=_words(rules.LEVELS))
    about = RadioField("About whom?", [DataRequired("Choose about whom.")], choices=_words(rules.ABOUT))
    elements = TextAreaField("Which data?", [DataRequired("Say which data you want."), Length(max=4000)], [text])
    period = StringField("For which period?", [Length(max=200)], [line])
    reason = TextAreaField(
        "Why is it wanted?", [DataRequired("Say why the report is wanted."), Length(max=2000)], [text]
    )
    recipient = StringField("Who will get it?", [Length(max=200)], [line])
    need_by = PlainDate("By which day is it needed?", [Optional()], format=DATE_FORMATS)
    exception = TextAreaField("Why it must be sooner", [Length(max=2000)], [text])
    type = SelectField("What type of report?", choices={"": "Choose", **rules.TYPES})
    regions = SelectField("Who benefits?", choices={"": "Choose", **rules.REGIONS})
    purpose = SelectField("What is it mainly for?", choices={"": "Choose", **rules.PURPOSES})
    ticket = StringField("Ticket number, if there is one", [Length(max=20)], [line])

    @classmethod
    def for_policy(cls, policy: Policy, formdata: Any = None) -> AskForm:
        form = cls() if formdata is None else cls(formdata=formdata)
        form.fresh()
        if not policy.has(ClockName.CUSTOM_REPORT_LEAD_TIME):
            del form.exception
        if not rules.is_ranked(policy):
            del form.type, form.regions, form.purpose
        return form

    def asked(self, ticket_id: int | None) -> Asked:
        ranked = ("type", "regions", "purpose")
        return Asked(
            answers=Answers(Requester(self.requester.data), Level(self.level.data), About(self.about.data)),
            title=self.title.data or "",
            elements=self.elements.data or "",
            reason=self.reason.data or "",
            once=self.once.data or "",
            for_whom=self.for_whom.data or "",
            period=self.period.data or "",
            recipient=self.recipient.data or "",
            need_by=self.need_by.data,
            exception=self.exception.data or "" if self.exception else "",
            facts={name: self[name].data for name in ranked if name in self and self[name].data},
            ticket_id=ticket_id,
        )


class EstimateForm(FlaskForm):
    effort = SelectField("How much work is it?", choices={"": "Choose", **rules.EFFORTS})
    begins_on = PlainDate("Work can begin on", [Optional()], format=DATE_FORMATS)
    fee = StringField("Fee", [Length(max=100)], [line])

    @classmethod
    def for_policy(cls, policy: Policy, **values: Any) -> EstimateForm:
        form = cls(**values)
        if not rules.counts_from_beginning(policy):
            del form.begins_on
        return form


class VoteForm(ReasonForm):
    vote = RadioField(
        "Your vote",
        [DataRequired("Choose one.")],
        choices={"for": "For", "against": "Against", "abstain": "I abstain"},
    )
