"""Coming to a session: register, withdraw, approval, the waiting list. Whoever calls has the session's row locked."""

from __future__ import annotations

from datetime import datetime

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict
from core.people.models import Agency, Person
from core.typed import must_say, refuse_client_data
from training.sessions import mails, queries, rules
from training.sessions.mails import News
from training.sessions.models import SessionRegistration, TrainingSession
from training.sessions.rules import COMING, TRANSITIONS, Act, Registered

NEWS_OF = {
    Registered.REGISTERED: News.REGISTERED,
    Registered.WAITING: News.WAITING,
    Registered.ASKED: News.ASKED,
}
EXAMPLE = "For example: this session is for new users only."


def register(
    session: TrainingSession,
    person: Person,
    agency: Agency | None,
    by: Principal,
    at: datetime,
    *,
    is_approved: bool = False,
) -> SessionRegistration:
    """How they stand now; whoever comes already stands as before. Raises Conflict where nobody can register."""
    known = queries.own_registration(session, person.id)
    if known is not None and known.state in COMING:
        return known
    room = queries.room_of(session)
    if why := rules.refusal(room, at):
        raise Conflict(why, "Look in the calendar for another date.")
    if known is not None and known.state is Registered.DECLINED and not is_approved:
        raise Conflict(
            "You were given no place in this session.", "Ask the training staff, who can still give you one."
        )
    row = known or SessionRegistration(session=session, person=person, lead_id=session.lead_id)
    row.agency, row.coc_id = agency, agency.coc_id if agency else session.coc_id
    row.state, row.queued_at, row.changed_at = rules.standing(room, is_approved=is_approved), at, at
    row.by_id, row.reason = by.person_id, ""
    row.sequence = known.sequence + 1 if known else 0
    db.session.add(row)
    db.session.flush()
    _note(row, "registered")
    mails.tell(row, NEWS_OF[row.state], had_entry=False)
    return row


def withdraw(row: SessionRegistration, by: Principal, at: datetime, reason: str = "") -> None:
    """Until it begins. Who waits first gets the place."""
    refuse_client_data(reason, "reason")
    if at >= row.session.starts_at:
        raise Conflict("This session has begun.", "Tell the trainer if the attendance is wrong.")
    _move(row, Act.WITHDRAW, by, at, reason)
    promote(row.session, at)


def approve(row: SessionRegistration, by: Principal, at: datetime) -> None:
    """Who is approved when all places are taken waits, before those who registered later."""
    _must_be_to_come(row, at)
    room = queries.room_of(row.session)
    if room.is_full and not room.has_waiting_list:
        raise Conflict(f"All {room.capacity} places are taken.", "Raise the number of places, or decline.")
    _move(row, Act.QUEUE if room.is_full else Act.APPROVE, by, at, "")


def decline(row: SessionRegistration, by: Principal, reason: str, at: datetime) -> None:
    must_say(reason, EXAMPLE)
    _must_be_to_come(row, at)
    _move(row, Act.DECLINE, by, at, reason)
    promote(row.session, at)


def promote(session: TrainingSession, at: datetime) -> int:
    """Give free places to those who wait, in the order in which they came; returns how many."""
    db.session.flush()
    if at >= session.starts_at or session.is_cancelled:
        return 0
    room = queries.room_of(session)
    rows = queries.coming(session, Registered.WAITING)[: rules.free(room)]
    for row in rows:
        row.state, row.changed_at, row.sequence = Registered.REGISTERED, at, row.sequence + 1
        _note(row, "promoted")
    db.session.flush()
    mails.tell_all([(row, False) for row in rows], News.PROMOTED)
    return len(rows)


NEWS_OF_ACT = {
    Act.APPROVE: News.APPROVED,
    Act.QUEUE: News.WAITING,
    Act.DECLINE: News.DECLINED,
    Act.WITHDRAW: News.WITHDRAWN,
}


def _move(row: SessionRegistration, act: Act, by: Principal, at: datetime, reason: str) -> None:
    had_entry = row.state is Registered.REGISTERED
    after = TRANSITIONS.get((row.state, act))
    if after is None:
        said = rules.WORDS[row.state][0].lower()
        raise Conflict(f"This registration is not open to that: it stands as “{said}”.", "Load the page again.")
    row.state = after
    _written(row, by, at, reason)
    mails.tell(row, NEWS_OF_ACT[act], had_entry=had_entry, reason=reason)


def _written(row: SessionRegistration, by: Principal, at: datetime, reason: str) -> None:
    row.by_id, row.changed_at, row.reason, row.sequence = by.person_id, at, reason, row.sequence + 1
    db.session.flush()
    _note(row, str(row.state))


def _must_be_to_come(row: SessionRegistration, at: datetime) -> None:
    if row.session.is_cancelled:
        raise Conflict("This session was cancelled.")
    if at >= row.session.starts_at:
        raise Conflict("This session has begun.", "Correct its attendance instead.")


def _note(row: SessionRegistration, deed: str) -> None:
    told = {"session": row.session_id, "person": row.person_id, "state": row.state}
    record(f"session.{deed}", row, data=told)
