"""What people said of the help: marks on closed requests, a survey that is over and one that is still open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import select, update

from core.authz import principal_for
from core.db import db
from core.people.models import Person
from demo.agenda import Agenda, Deed
from demo.world import Desk
from helpdesk.satisfaction import services as satisfaction
from helpdesk.satisfaction.models import Satisfaction
from helpdesk.satisfaction.permissions import Permission
from helpdesk.surveys import rules as survey_rules
from helpdesk.surveys import services as surveys
from helpdesk.surveys.models import Survey, SurveyInvite, SurveySheet
from helpdesk.tickets.models import Ticket

MARKS = (
    (5, "Quick and kind, thank you."),
    (4, ""),
    (2, "It took two days until somebody looked at it."),
    (5, ""),
    (3, "Solved, but I had to ask twice."),
    (4, "The answer was clear."),
    (1, "It happened again the next morning."),
)
LOOKED = "Called them. The second case was the vendor's; they know now whom to ask."
WISHES = (
    "",
    "Shorter answers, please.",
    "",
    "A picture beside each step would help.",
    "",
    "Somebody on the phone before nine.",
    "",
    "More courses on reports.",
)
ANSWERED = 0.62
MOST = 10**9
"""Numbers of sheets that this file gave are below; those that chance drew are above, but for one in four milliards."""


@dataclass
class OpinionDays:
    """An office's marks and surveys."""

    agenda: Agenda
    desk: Desk
    now: datetime

    def plan(self) -> None:
        admin = self.desk.admin
        self._do(-14.6, admin, self._yearly)
        self._do(-2.2, admin, self._of_one_community)
        for days in (-5.3, -2.3, -0.3):
            self._do(days, None, self._marks)
        self._do(-0.2, admin, self._look)

    def _do(self, days: float, by: Person | None, deed: Deed) -> None:
        self.agenda.at(self.now + timedelta(days=days), by, deed)

    # --- after a request

    def _marks(self, at: datetime) -> None:
        """Two of three who can still say how it was do; a few low marks are among them."""
        waiting = select(Satisfaction).join(Ticket, Ticket.id == Satisfaction.ticket_id)
        waiting = waiting.where(Satisfaction.lead_id == self.desk.lead.id, Satisfaction.said_at.is_(None))
        for row in db.session.scalars(waiting.where(Ticket.closed_at.is_not(None)).order_by(Satisfaction.id)).all():
            if row.id % 3 and satisfaction.standing(row, at) is None:
                mark, comment = MARKS[row.id % len(MARKS)]
                satisfaction.say(row, mark, comment, at)

    def _look(self, at: datetime) -> None:
        """Into the first low mark; the others are left to do."""
        by = principal_for(self.desk.admin, at)
        low = select(Satisfaction).where(Satisfaction.lead_id == self.desk.lead.id, Satisfaction.needs_look)
        rows = db.session.scalars(low.order_by(Satisfaction.id)).all()
        if len(rows) > 1 and by.can(Permission.FOLLOW, lead_id=self.desk.lead.id):
            satisfaction.look(rows[0], by, LOOKED, at)

    # --- once a year

    def _yearly(self, at: datetime) -> None:
        """Open for a week; more than half answer, most of them at once."""
        draft = surveys.Draft(f"How we helped you in {at.year}", survey_rules.USUAL, open_days=7, remind_days=4)
        row = self._opened(draft, "yearly", at)
        for days in (0.2, 1.1, 4.6):
            self._do_later(at, days, row.id)

    def _of_one_community(self, at: datetime) -> None:
        coc = self.desk.workplaces[0].agency.coc
        lines = (
            "scale: How useful was the last user meeting?\n"
            "choice: Which day suits you? | Tuesday | Wednesday | Thursday\n"
            "text: What should the next one be about?"
        )
        intro = "Three questions on the user meeting, two minutes."
        draft = surveys.Draft(f"The user meeting of {coc.name}"[:200], lines, intro, open_days=21, coc=coc)
        row = self._opened(draft, "meeting", at)
        self._do_later(at, 0.8, row.id)

    def _opened(self, draft: surveys.Draft, name: str, at: datetime) -> Survey:
        by = principal_for(self.desk.admin, at)
        row = surveys.make(self.desk.lead, draft, by, f"demo-survey-{name}-{self.desk.lead.id}")
        surveys.open_survey(row, at)
        return row

    def _do_later(self, at: datetime, days: float, survey_id: int) -> None:
        self.agenda.at(at + timedelta(days=days), None, lambda _: self._answers(survey_id))

    def _answers(self, survey_id: int) -> None:
        row = db.session.get_one(Survey, survey_id)
        waiting = select(SurveyInvite).where(SurveyInvite.survey_id == row.id, SurveyInvite.has_answered.is_(False))
        invites = db.session.scalars(waiting.order_by(SurveyInvite.id)).all()
        chosen = [invite for invite in invites if (invite.id * 37 % 100) / 100 < ANSWERED / 2]
        for invite, said in zip(chosen, self._sheets(row), strict=False):
            surveys.answer(row, invite, said)
        self._number(row)

    def _sheets(self, row: Survey) -> Iterator[dict[str, str]]:
        """What each says: most of it good, another half point from question to question."""
        scales = cycle("5443524543545134")
        for number, wish in enumerate(cycle(WISHES)):
            said = {}
            for place, question in enumerate(row.asked):
                options = list(question.options)
                drawn = next(scales) if question.kind is survey_rules.Kind.SCALE else ""
                said[f"q{place}"] = drawn or (options[number * 7 % 5 % len(options)] if options else wish)
            yield said

    def _number(self, row: Survey) -> None:
        """The numbers of sheets are drawn by chance; here they come out the same again."""
        db.session.flush()
        query = select(SurveySheet).where(SurveySheet.survey_id == row.id)
        kept = db.session.scalars(query.where(SurveySheet.id <= MOST)).all()
        drawn = db.session.scalars(query.where(SurveySheet.id > MOST)).all()
        told = sorted(drawn, key=lambda sheet: sorted(sheet.answers.items()))
        for number, sheet in enumerate(told, start=len(kept) + 1):
            again = update(SurveySheet).where(SurveySheet.id == sheet.id).values(id=row.id * 10_000 + number)
            db.session.execute(again, execution_options={"synchronize_session": False})
        db.session.expire_all()
