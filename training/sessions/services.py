"""Planning a session, moving it, calling it off. Rules: HUD-TR-2, HUD-TR-4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core import clock
from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.events import publish, subscribe
from core.needs import TrainingNeeded, TrainingTaken
from core.once import KeyUsed, one_at_a_time
from core.people.models import CoC, Lead
from core.typed import must_say, refuse_client_data
from training.courses.models import Course
from training.sessions import clocks, mails, queries, registering, rules
from training.sessions.attendance import services as attendance
from training.sessions.mails import News
from training.sessions.models import SessionProposal, TrainingSession
from training.sessions.rules import Meeting, Place, Registered, State

EXAMPLE = "For example: the trainer is ill."


@dataclass(frozen=True)
class Draft:
    """What somebody typed, times as instants."""

    title: str
    course: Course
    kind: str
    place: Place
    starts_at: datetime
    ends_at: datetime
    tz: str
    coc: CoC | None = None
    about: str = ""
    venue: str = ""
    join_link: str = ""
    trainer_id: int | None = None
    closes_at: datetime | None = None
    capacity: int | None = None
    has_waiting_list: bool = True
    needs_approval: bool = False
    is_public: bool = True
    audience: str = ""
    workflow: str = ""
    meeting: Meeting | None = None
    agenda: str = ""


def plan(lead: Lead, draft: Draft, by: Principal, once: str, at: datetime) -> TrainingSession:
    """The same form again is the same session. Raises Invalid for what cannot be planned so."""
    one_at_a_time(once)
    known = db.session.scalar(select(TrainingSession).where(TrainingSession.once == once))
    if known is not None:
        if known.author_id != by.person_id or known.title != draft.title:
            raise KeyUsed
        return known
    if draft.starts_at <= at:
        raise Invalid("It begins in the past.", "Choose a day and time to come.", field="starts")
    row = TrainingSession(lead_id=lead.id, lead=lead, author_id=by.person_id, created_at=at, changed_at=at, once=once)
    _write(row, draft)
    db.session.add(row)
    db.session.flush()
    clocks.set_clocks(row, at)
    record("session.planned", row, data={"title": row.title, "starts": row.starts_at.isoformat(), "kind": row.kind})
    return row


def change(row: TrainingSession, draft: Draft, by: Principal, at: datetime) -> int:
    """Everybody who comes gets their entry anew when what it shows has changed, and may withdraw; returns how many
    were told. The row must be locked."""
    _must_be_on(row)
    before, was_over = _shown(row), row.ends_at <= at
    times = (row.starts_at, row.ends_at)
    _write(row, draft)
    if not was_over and draft.starts_at <= at and draft.starts_at != times[0]:
        raise Invalid("It begins in the past.", "Choose a day and time to come.", field="starts")
    db.session.flush()
    record("session.changed", row, data={"starts": row.starts_at.isoformat(), "ends": row.ends_at.isoformat()})
    if (row.starts_at, row.ends_at) != times:
        clocks.set_clocks(row, at)
        attendance.reckon_all(row, at, by.person_id)
    registering.promote(row, at)
    if _shown(row) == before:
        return 0
    row.sequence, row.changed_at = row.sequence + 1, at
    return 0 if row.ends_at <= at else _tell_moved(row)


def _tell_moved(row: TrainingSession) -> int:
    rows = queries.coming(row)
    for one in rows:
        one.sequence += 1
    db.session.flush()
    mails.tell_all([(one, one.state is Registered.REGISTERED) for one in rows], News.MOVED)
    return len(rows)


def cancel(row: TrainingSession, reason: str, at: datetime) -> int:
    """Everybody who was to come, waited or asked is told why; returns how many. The row must be locked."""
    must_say(reason, EXAMPLE)
    _must_be_on(row)
    if row.ends_at <= at:
        raise Conflict("This session is over, so it cannot be cancelled.", "Correct its attendance instead.")
    row.state, row.reason = State.CANCELLED, reason
    row.sequence, row.changed_at, row.code_from = row.sequence + 1, at, None
    clocks.drop_clocks(row, at, "The session was cancelled.")
    rows = queries.coming(row)
    for one in rows:
        one.sequence += 1
    db.session.flush()
    mails.tell_all([(one, one.state is Registered.REGISTERED) for one in rows], News.CANCELLED, reason)
    record("session.cancelled", row, data={"reason": reason, "told": len(rows)})
    return len(rows)


def write_records(row: TrainingSession, agenda: str, minutes: str) -> None:
    """What a regular meeting has on record besides who came (SON-TR-2). The row must be locked."""
    for name, said in (("agenda", agenda), ("minutes", minutes)):
        refuse_client_data(said, name)
    row.agenda, row.minutes = agenda, minutes
    record("session.recorded", row, data={"agenda": bool(agenda), "minutes": bool(minutes)})


def _must_be_on(row: TrainingSession) -> None:
    if row.is_cancelled:
        raise Conflict("This session was cancelled.", "Plan a new one.")


def _shown(row: TrainingSession) -> tuple[object, ...]:
    """What stands in people's calendars."""
    return row.title, row.starts_at, row.ends_at, row.tz, row.place, row.venue, row.join_link


def _write(row: TrainingSession, draft: Draft) -> None:
    for name in ("title", "about", "venue", "agenda"):
        refuse_client_data(getattr(draft, name), name)
    field, fault = rules.fault_of_times(draft.starts_at, draft.ends_at, draft.closes_at)
    if fault:
        raise Invalid(fault, field=field)
    _must_fit(row, draft)
    for name in Draft.__dataclass_fields__:
        setattr(row, name, getattr(draft, name))
    row.course_id, row.coc_id = draft.course.id, draft.coc.id if draft.coc else None
    row.is_evening = rules.is_evening(draft.starts_at, ZoneInfo(draft.tz))


def _must_fit(row: TrainingSession, draft: Draft) -> None:
    if draft.course.lead_id != row.lead_id or (draft.coc and draft.coc.lead_id != row.lead_id):
        raise Invalid("Choose a course and a community of your own.", field="course")
    if draft.course.kind not in queries.TAUGHT_LIVE:
        raise Invalid("This course is not taught in sessions.", "Choose a live course or a meeting.", field="course")
    if draft.place is Place.IN_PERSON and not draft.venue:
        raise Invalid("Say where it takes place.", field="venue")
    if draft.join_link and urlsplit(draft.join_link).scheme != "https":
        raise Invalid("The link begins with https://.", field="join_link")
    if draft.meeting is not None and draft.coc is None:
        raise Invalid("A regular meeting is one community's: choose which.", field="coc")


def take_up(proposal: SessionProposal, session: TrainingSession, at: datetime) -> None:
    """What the help desk asked for is planned, and it hears so (HUD-HD-8). The proposal must be locked."""
    proposal.session = session
    record("proposal.planned", proposal, data={"session": session.id})
    publish(TrainingTaken(proposal.proposal_id, at))


def put_away(proposal: SessionProposal, reason: str, by: Principal, at: datetime) -> None:
    must_say(reason, "For example: an article in the knowledge base is enough.")
    proposal.put_away_at, proposal.put_away_by_id, proposal.put_away_reason = at, by.person_id, reason
    record("proposal.put-away", proposal, data={"reason": reason})
    publish(TrainingTaken(proposal.proposal_id, at))


@subscribe(TrainingNeeded)
def note_need(asked: TrainingNeeded) -> None:
    """The help desk's proposal waits among the sessions until somebody plans it or puts it away."""
    values = {"lead_id": asked.lead_id, "title": asked.title, "reason": asked.reason, "links": list(asked.links)}
    row = SessionProposal(proposal_id=asked.proposal_id, at=clock.now(), **values)
    db.session.add(row)
    db.session.flush()
    record("proposal.received", row, data={"title": row.title})
