"""Sessions as calendars read them (RFC 5545, RFC 5546): the public feed, and the invitation that goes with a mail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from flask import current_app
from icalendar import Calendar, Event, vCalAddress, vText

from core.people.models import Person
from training.sessions.models import TrainingSession

FRESH = timedelta(hours=1)


class Method(StrEnum):
    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


def uid_of(session: TrainingSession) -> str:
    """The same for as long as there is the session, in the feed and in every mail."""
    return f"session-{session.id}@{current_app.config['HEARTHDESK'].mail_from.rpartition('@')[2] or 'localhost'}"


def feed(sessions: Iterable[TrainingSession], name: str, link: str) -> bytes:
    """What everybody may know: no link to join, and no names."""
    calendar = _calendar(Method.PUBLISH)
    calendar.add("X-WR-CALNAME", name)
    calendar.add("REFRESH-INTERVAL", FRESH, parameters={"VALUE": "DURATION"})
    for session in sessions:
        event = _event(session, session.sequence)
        event.add("LOCATION", session.venue or ("Online" if session.is_online else ""))
        event.add("URL", f"{link}/{session.id}")
        event.add("DESCRIPTION", session.about)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def invitation(session: TrainingSession, person: Person, sequence: int, method: Method) -> str:
    """An entry for one person's own calendar; a later one with a higher `sequence` takes its place."""
    calendar, settings = _calendar(method), current_app.config["HEARTHDESK"]
    event = _event(session, sequence, is_off=method is Method.CANCEL)
    page = f"{settings.url}/training/sessions/{session.id}"
    event.add("LOCATION", session.join_link or session.venue)
    event.add("DESCRIPTION", "\n".join(filter(None, (session.about, session.join_link, page))))
    event.add("URL", page)
    organizer = vCalAddress(f"MAILTO:{session.lead.support_address or settings.mail_from}")
    organizer.params["CN"] = vText(session.lead.name)
    event.add("ORGANIZER", organizer)
    event.add("ATTENDEE", _attendee(person))
    calendar.add_component(event)
    return bytes(calendar.to_ical()).decode()


def _attendee(person: Person) -> vCalAddress:
    attendee = vCalAddress(f"MAILTO:{person.email}")
    attendee.params["CN"] = vText(person.name)
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", "-//Hearthdesk//Training//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method.value)
    return calendar


def _event(session: TrainingSession, sequence: int, *, is_off: bool = False) -> Event:
    """Times in UTC, which no calendar has to look a zone up for."""
    event = Event()
    event.add("UID", uid_of(session))
    event.add("SEQUENCE", sequence)
    event.add("DTSTAMP", _utc(session.changed_at))
    event.add("LAST-MODIFIED", _utc(session.changed_at))
    event.add("DTSTART", _utc(session.starts_at))
    event.add("DTEND", _utc(session.ends_at))
    event.add("SUMMARY", session.title)
    event.add("STATUS", "CANCELLED" if is_off or session.is_cancelled else "CONFIRMED")
    return event


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
