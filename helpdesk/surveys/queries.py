"""What is read of surveys: whose they are, how many answered, and what came of each question."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.people.models import CoC, Lead
from core.search import Hit, like
from core.search import provider as search_provider
from helpdesk.surveys import rules
from helpdesk.surveys.models import Survey, SurveySheet
from helpdesk.surveys.permissions import Permission
from helpdesk.surveys.rules import State

STATES = {State.DRAFT: "Draft", State.OPEN: "Open", State.CLOSED: "Over"}


def reach(principal: Principal) -> ColumnElement[bool]:
    """A survey is the whole Lead's; who works for one CoC sees what came of it too."""
    scope = principal.scope(Permission.SEE)
    leads = {
        g.lead_id for g in principal.grants if g.lead_id and (g.lead_id in scope.lead_ids or g.coc_id in scope.coc_ids)
    }
    return Survey.lead_id.in_(leads)


def surveys(principal: Principal) -> Select[Survey]:
    return select(Survey).where(reach(principal)).options(joinedload(Survey.coc))


def lead_to_keep(principal: Principal) -> Lead:
    """Whose surveys this person writes. Raises NotFound for who works for one CoC only."""
    leads = principal.scope(Permission.KEEP).lead_ids
    lead: Lead = found(db.session.scalar(select(Lead).where(Lead.id.in_(leads)).order_by(Lead.id).limit(1)))
    return lead


def cocs_of(lead: Lead) -> list[CoC]:
    return list(db.session.scalars(select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.name, CoC.id)))


def visible_survey(principal: Principal, survey_id: int, *, lock: bool = False) -> Survey:
    query = surveys(principal).where(Survey.id == survey_id)
    if lock:
        query = query.with_for_update(of=Survey).execution_options(populate_existing=True)
    row: Survey = found(db.session.scalar(query))
    return row


def answered(row: Survey) -> int:
    query = select(func.count()).select_from(SurveySheet).where(SurveySheet.survey_id == row.id)
    return db.session.scalar(query) or 0


def are_too_few(row: Survey) -> bool:
    return rules.are_too_few(answered(row), row.least_answers, is_anonymous=row.is_anonymous)


def results(row: Survey) -> list[rules.Tally]:
    """What came of each question. Of an anonymous survey nothing shows before it is over: who answers when is known;
    and nothing of a few answers, for then it is known who gave them."""
    if row.state is State.DRAFT or (row.is_anonymous and row.state is not State.CLOSED):
        return []
    sheets = list(db.session.scalars(select(SurveySheet.answers).where(SurveySheet.survey_id == row.id)))
    if rules.are_too_few(len(sheets), row.least_answers, is_anonymous=row.is_anonymous):
        return []
    return [rules.tally(place, question, sheets) for place, question in enumerate(row.asked)]


def lines_of(tallies: list[rules.Tally]) -> Iterator[tuple[str, str, int]]:
    """Every answer and how often it was given; a text is given once."""
    for tally in tallies:
        for words, count in tally.counts:
            yield tally.question.text, words, count
        for words in tally.texts:
            yield tally.question.text, words, 1


@search_provider("Surveys")
def find_surveys(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the beginning of the title, or of a word in it."""
    if not principal.can(Permission.SEE):
        return []
    title, begins = func.lower(Survey.title), like(text)
    query = surveys(principal).where(or_(title.like(begins), title.like(f"% {begins}")))
    rows = db.session.scalars(query.order_by(Survey.created_at.desc(), Survey.id.desc()).limit(limit))
    return [Hit(row.title, f"/surveys/{row.id}", "Surveys", STATES[row.state]) for row in rows]
