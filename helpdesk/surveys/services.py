"""Opening a survey to everybody, taking answers, closing it, and the clock of the year. Rules: HUD-HD-5."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, literal, select

from core import clock
from core.audit import record
from core.authz import Principal
from core.db import db, unit_of_work
from core.deadlines import Deadline, Fires, Kind, deadlines_of, meet, open_deadline, register_kind
from core.errors import Conflict, Invalid
from core.once import one_at_a_time
from core.outbox import enqueue_for_all
from core.people.models import CoC, Lead, Person
from core.policy import Decision, policy_for
from core.policy.vocabulary import CycleName
from core.workcalendar import Calendar
from helpdesk.notices.audience import people_of, still_there
from helpdesk.notices.rules import Audience
from helpdesk.surveys import links, rules
from helpdesk.surveys.models import Survey, SurveyInvite, SurveySheet
from helpdesk.surveys.rules import State
from helpdesk.tickets.screening import refuse_ppi

YEARLY, CLOSING, REMINDING = "survey-yearly", "survey-closing", "survey-reminder"
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Draft:
    """What somebody writes; `lines` are the questions, and without a `coc` it goes to all of the Lead's agencies."""

    title: str
    lines: str
    intro: str = ""
    is_anonymous: bool = True
    open_days: int = 21
    remind_days: int = 10
    least_answers: int = rules.LEAST
    coc: CoC | None = None


def make(lead: Lead, draft: Draft, by: Principal, once: str) -> Survey:
    """The same form again is one survey. Raises Invalid for questions that cannot be asked."""
    one_at_a_time(once)
    known = db.session.scalar(select(Survey).where(Survey.once == once))
    if known is not None:
        return known
    row = Survey(lead_id=lead.id, lead=lead, author_id=by.person_id, created_at=clock.now(), once=once)
    _write(row, draft)
    db.session.add(row)
    db.session.flush()
    record("survey.written", row, data={"title": row.title, "questions": len(row.questions)})
    return row


def change(row: Survey, draft: Draft) -> None:
    """While nobody has been asked; the row must be locked."""
    _must_be_draft(row)
    _write(row, draft)
    record("survey.rewritten", row, data={"title": row.title, "questions": len(row.questions)})


def discard(row: Survey) -> None:
    """A draft that is not wanted is gone; the trail keeps that there was one. The row must be locked."""
    _must_be_draft(row)
    record("survey.discarded", row, data={"title": row.title})
    db.session.delete(row)


def _must_be_draft(row: Survey) -> None:
    if row.state is not State.DRAFT:
        raise Conflict("It was opened already.", "What people were asked stays as it is.")


def _write(row: Survey, draft: Draft) -> None:
    for name, words in (("title", draft.title), ("intro", draft.intro), ("questions", draft.lines)):
        refuse_ppi(words, name)
    if not rules.LEAST <= draft.least_answers <= rules.MOST_LEAST:
        raise Invalid(f"Choose from {rules.LEAST} to {rules.MOST_LEAST} answers.", field="least_answers")
    if draft.coc is not None and draft.coc.lead_id != row.lead_id:
        raise Invalid("Choose one of your own communities.", field="coc")
    try:
        questions = rules.read(draft.lines)
    except ValueError as error:
        raise Invalid(str(error), field="questions") from error
    row.title, row.intro, row.questions = draft.title, draft.intro, [q.as_json() for q in questions]
    row.is_anonymous, row.coc = draft.is_anonymous, draft.coc
    row.open_days, row.remind_days = draft.open_days, draft.remind_days
    row.least_answers = draft.least_answers


def open_survey(row: Survey, now: datetime) -> None:
    """To everybody who works at its agencies now, by one statement; the row must be locked.

    The year's clock is met by a survey of all: of one CoC it asks the others nothing.
    """
    if row.state is not State.DRAFT:
        raise Conflict("It was opened already.", "Nobody is asked twice.")
    people = people_of(row.lead_id, Audience(coc_ids=(row.coc_id,) if row.coc_id else ()), now)
    rows = select(literal(row.id), Person.id, literal(False)).where(Person.id.in_(people)).order_by(Person.id)
    written = insert(SurveyInvite).from_select(["survey_id", "person_id", "has_answered"], rows)
    done = db.session.execute(written, execution_options={"preserve_rowcount": True})
    row.invited = int(done.rowcount)  # type: ignore[attr-defined]
    if not row.invited:
        raise Invalid("Nobody works at an agency of yours yet.", "Add people first.")
    over = (now + timedelta(days=row.open_days)).replace(microsecond=0)
    row.state, row.opened_at, row.closes_at = State.OPEN, now, over - rules.SECOND
    _mail(row, "asked")
    _own_clock(row, CLOSING, over, f"It is open for {row.open_days} days.")
    if row.remind_days:
        _own_clock(row, REMINDING, now + timedelta(days=row.remind_days), "Who has not answered is reminded once.")
    if row.coc_id is None:
        _meet_year(row, now)
    record("survey.opened", row, data={"invited": row.invited})


def close(row: Survey, now: datetime) -> None:
    if row.state is not State.OPEN:
        raise Conflict("It is not open.")
    row.state, row.closes_at = State.CLOSED, min(now, row.closes_at or now)
    record("survey.closed", row)


def answer(row: Survey, invite: SurveyInvite, said: Mapping[str, str]) -> None:
    """What one person says, once; both rows must be locked. Anonymous answers are not tied to them anywhere."""
    if rules.is_over(row.state, row.closes_at, clock.now()):
        raise Conflict("This survey is over.", "Thank you all the same.")
    if invite.has_answered:
        raise Conflict("You have answered this survey.", "Each person answers once.")
    answers = {}
    for place, question in enumerate(row.asked):
        words = said.get(f"q{place}", "").replace("\0", "").strip()[:LONGEST_TEXT]
        if question.kind is rules.Kind.TEXT:
            refuse_ppi(words, f"q{place}")
        elif words and words not in question.options:
            raise Invalid("Choose one of the answers.", field=f"q{place}")
        answers[str(place)] = words
    if not any(answers.values()):
        raise Invalid("Answer at least one question.", field="q0")
    invite.has_answered = True
    person = None if row.is_anonymous else invite.person_id
    number = secrets.randbits(62) + 1
    db.session.add(SurveySheet(id=number, survey_id=row.id, person_id=person, answers=answers))
    record("survey.answered", row)


def _mail(row: Survey, why: str) -> int:
    people = (
        select(SurveyInvite.person_id, Person.email.label("address"), links.token_of(SurveyInvite.id).label("personal"))
        .join(Person, Person.id == SurveyInvite.person_id)
        .where(
            SurveyInvite.survey_id == row.id,
            SurveyInvite.has_answered.is_(False),
            still_there(SurveyInvite.person_id, row.lead_id, clock.now()),
        )
    )
    told = {"survey": row, "lead": row.lead, "again": why == "reminded"}
    return enqueue_for_all(
        "survey-asked", people, key=f"survey-{why}:{row.id}", context=told, subject=row, lead_id=row.lead_id,
        reply_to=row.lead.support_address,
    )  # fmt: skip


# --- clocks


def _own_clock(row: Survey, kind: str, at: datetime, because: str) -> None:
    due = at.astimezone(ZoneInfo(row.lead.tz)).replace(microsecond=0)
    said = Decision(
        pack="", version=due.date(), clock="", anchor=due, due=due, rule="", source="", section="Chosen here",
        title=row.lead.name, because=(because,), says=because,
    )  # fmt: skip
    open_deadline(kind, row, said, title=row.title, lead_id=row.lead_id)


def keep_year(lead: Lead, since: datetime, why: str) -> Deadline | None:
    """The clock of the next survey, where a community's manual asks for one; the soonest of several."""
    told = [
        decision
        for coc in db.session.scalars(select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.id))
        if (decision := year_after(lead, coc, since, why)) is not None
    ]
    if not told:
        return None
    number = len(deadlines_of(lead, YEARLY)) + 1
    first = min(told, key=lambda decision: decision.due)
    return open_deadline(
        YEARLY, lead, first, title="Open the yearly satisfaction survey", lead_id=lead.id, occurrence=number,
        warn_before=(timedelta(days=30),),
    )  # fmt: skip


def year_after(lead: Lead, coc: CoC, since: datetime, why: str) -> Decision | None:
    """When the next survey is due, counted from the last one or from the day the clock began."""
    zone = ZoneInfo(lead.tz)
    policy = policy_for(coc, since.astimezone(zone).date())
    if not policy.has(CycleName.SATISFACTION_SURVEY):
        return None
    cycle = policy.cycle(CycleName.SATISFACTION_SURVEY)
    due = Calendar(zone, policy.closed, policy.day_ends).due(since, cycle.every)
    return Decision(
        pack=policy.pack, version=policy.version, clock="", anchor=since.astimezone(zone).replace(microsecond=0),
        due=due.at, rule=cycle.rule, source=cycle.source, section=cycle.section,
        title=policy.manual_of(cycle.source), because=(why, *due.because), says=cycle.says,
    )  # fmt: skip


def _meet_year(row: Survey, now: datetime) -> None:
    for clock_row in deadlines_of(row.lead, YEARLY):
        if clock_row.is_open or clock_row.is_missed:
            meet(clock_row, now, f"The survey “{row.title}” was opened.")
    keep_year(row.lead, now, f"The last survey was opened on {now.astimezone(ZoneInfo(row.lead.tz)):%B %-d, %Y}.")


def begin_years() -> int:
    """The clock for each Lead that has none yet; safe to repeat."""
    known = select(Deadline.subject_id).where(Deadline.kind == YEARLY, Deadline.subject_type == Lead.__tablename__)
    missing = select(Lead).where(Lead.id.not_in(known)).order_by(Lead.id).with_for_update()
    why = "No survey is known here yet; the year counts from this day."
    with unit_of_work() as session:
        begun = [keep_year(lead, clock.now(), why) for lead in session.scalars(missing).all()]
    return sum(row is not None for row in begun)


def _held(row: Deadline) -> Survey:
    query = select(Survey).where(Survey.id == row.subject_id).with_for_update(of=Survey)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _close(row: Deadline, now: datetime) -> None:
    survey = _held(row)
    if survey.state is State.OPEN:
        close(survey, now)
        row.outcome = "The survey is over."


def _remind(row: Deadline, _: datetime) -> None:
    survey = _held(row)
    row.outcome = (
        f"{_mail(survey, 'reminded'):,} people were reminded." if survey.state is State.OPEN else "It was over."
    )


def _missed(row: Deadline, _: datetime) -> None:
    row.outcome = "No survey was opened in time."


register_kind(Kind(CLOSING, "Survey to close", Fires.AT_DUE, _close, link=lambda row: f"/surveys/{row.subject_id}"))
register_kind(Kind(REMINDING, "Survey reminder", Fires.AT_DUE, _remind, link=lambda row: f"/surveys/{row.subject_id}"))
register_kind(Kind(YEARLY, "Yearly survey", Fires.AFTER_DUE, _missed, link=lambda _: "/surveys", action="Open it"))
