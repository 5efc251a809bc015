"""What those who come are told, each with an entry for their own calendar where they have a place."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import literal, select

from core.db import db
from core.outbox import Letter, OutboxMessage, enqueue_for_all, post_all, relevant_while
from core.people.models import Person
from training.sessions.ics import Method, invitation
from training.sessions.models import SessionRegistration, TrainingSession
from training.sessions.rules import Registered

NEWS, REMINDER = "session-news", "session-reminder"


class News(StrEnum):
    REGISTERED = "registered"
    PROMOTED = "promoted"
    APPROVED = "approved"
    MOVED = "moved"
    WAITING = "waiting"
    ASKED = "asked"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


HEADS = {
    News.REGISTERED: "Registered: ",
    News.PROMOTED: "You have a place: ",
    News.APPROVED: "You have a place: ",
    News.MOVED: "Changed: ",
    News.WAITING: "On the waiting list: ",
    News.ASKED: "Asked to come: ",
    News.DECLINED: "No place: ",
    News.WITHDRAWN: "Withdrawn: ",
    News.CANCELLED: "Cancelled: ",
}
OPENINGS = {
    News.REGISTERED: "You are registered. The calendar entry comes with this mail.",
    News.PROMOTED: "A place became free, and it is yours. The calendar entry comes with this mail.",
    News.APPROVED: "Your registration was approved. The calendar entry comes with this mail.",
    News.MOVED: "Something changed. If you cannot come any more, please withdraw, so that somebody else can.",
    News.WAITING: "All places are taken. You are on the waiting list and get a mail as soon as there is a place.",
    News.ASKED: "The training staff approves registrations for this session. You get a mail once they have.",
    News.DECLINED: "You have no place in this session.",
    News.WITHDRAWN: "You are not registered any more.",
    News.CANCELLED: "This session does not take place.",
}
WITH_ENTRY = {News.REGISTERED, News.PROMOTED, News.APPROVED}
OFF = {News.DECLINED, News.WITHDRAWN, News.CANCELLED}


def tell(row: SessionRegistration, news: News, *, had_entry: bool, reason: str = "") -> None:
    tell_all([(row, had_entry)], news, reason)


def tell_all(rows: Sequence[tuple[SessionRegistration, bool]], news: News, reason: str = "") -> None:
    """One mail each. The second of a pair says whether the person has an entry in their calendar, to be taken out."""
    post_all(_letter(row, news, had_entry, reason) for row, had_entry in rows)


def _letter(row: SessionRegistration, news: News, had_entry: bool, reason: str) -> Letter:
    session = row.session
    told = {
        "session": session,
        "head": HEADS[news],
        "opening": OPENINGS[news],
        "reason": reason,
        "is_off": news in OFF,
        "has_place": row.state is Registered.REGISTERED,
    }
    return Letter(
        NEWS,
        row.person,
        f"{NEWS}:{row.id}:{news}:{row.sequence}",
        told,
        session,
        session.lead_id,
        session.lead.support_address,
        calendar=_entry(row, news, had_entry),
    )


def _entry(row: SessionRegistration, news: News, had_entry: bool) -> str:
    if news in WITH_ENTRY or (news is News.MOVED and row.state is Registered.REGISTERED):
        return invitation(row.session, row.person, row.sequence, Method.REQUEST)
    if news in OFF and had_entry:
        return invitation(row.session, row.person, row.sequence, Method.CANCEL)
    return ""


def remind(session: TrainingSession) -> int:
    """Everybody who has a place, in one statement; returns how many."""
    people = (
        select(SessionRegistration.person_id, Person.email.label("address"), literal("").label("personal"))
        .join(Person, Person.id == SessionRegistration.person_id)
        .where(SessionRegistration.session_id == session.id, SessionRegistration.state == Registered.REGISTERED)
    )
    return enqueue_for_all(
        REMINDER,
        people,
        key=f"{REMINDER}:{session.id}:{session.sequence}",
        context={"session": session},
        subject=session,
        lead_id=session.lead_id,
        reply_to=session.lead.support_address,
    )


def _still_comes(mail: OutboxMessage) -> bool:
    """Whoever withdrew while the reminder waited is not reminded, and nobody of a session that is off."""
    query = select(SessionRegistration.state).where(
        SessionRegistration.session_id == mail.subject_id, SessionRegistration.person_id == mail.person_id
    )
    session = db.session.get(TrainingSession, mail.subject_id)
    return session is not None and not session.is_cancelled and db.session.scalar(query) is Registered.REGISTERED


relevant_while(REMINDER, _still_comes)
