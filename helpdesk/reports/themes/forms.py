from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from core.typed import Once, text
from helpdesk.reports.models import Theme
from helpdesk.reports.themes.services import LONGEST
from helpdesk.tickets.forms import NONCE


class OnceForm(Once):
    def key(self) -> str:
        """The form's own key; one that came without a usable one gets one."""
        given = self.once.data or ""
        return given if re.fullmatch(NONCE, given) else secrets.token_urlsafe(16)


class SaidForm(OnceForm):
    said = TextAreaField("In your words", [Length(max=LONGEST)], [text])


class MergeForm(OnceForm):
    into = SelectField("Part of", coerce=int)

    def offer(self, themes: Sequence[Theme]) -> None:
        self.into.choices = {str(theme.id): theme.label for theme in themes}
