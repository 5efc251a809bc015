from __future__ import annotations

from collections.abc import Sequence

from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from core.typed import Once, text
from helpdesk.reports.evaluation.rules import Span
from helpdesk.reports.evaluation.services import LONGEST


class EvaluationForm(Once):
    begins = SelectField("Which twelve months")
    findings = TextAreaField("What we found", [Length(max=LONGEST)], [text])
    plans = TextAreaField("What we will do", [Length(max=LONGEST)], [text])

    def offer(self, spans: Sequence[Span]) -> None:
        self.begins.choices = {span.begins.isoformat(): span.label for span in spans}
