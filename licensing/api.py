"""What the packages above may use of licensing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select

from core.connections import by_key
from core.db import db
from licensing.access.models import License, LicenseState
from licensing.access.permissions import Permission as AccessPermission
from licensing.departures.models import DepartureNotice
from licensing.departures.permissions import Permission as DeparturePermission
from licensing.departures.queries import open_of_ticket
from licensing.departures.rules import DepartureState
from licensing.departures.source import MailedNotice, register_notice_source
from licensing.events import AccessApproved, DepartureNoted, LicenseActivated, LicenseEnded
from licensing.inactivity.services import seen

__all__ = [
    "AccessApproved",
    "AccessPermission",
    "DepartureNoted",
    "DepartureNotice",
    "DeparturePermission",
    "License",
    "LicenseActivated",
    "LicenseEnded",
    "LicenseState",
    "MailedNotice",
    "count_licensed_people",
    "departures_to_come",
    "has_led_to_departure",
    "is_leaving",
    "is_licensed",
    "licenses_in_force",
    "open_of_ticket",
    "register_notice_source",
    "seen",
]


def licenses_in_force(person_id: int, at: datetime) -> list[License]:
    """The person's licenses that hold at that instant, one for each agency at most."""
    query = select(License).where(License.person_id == person_id, License.state == LicenseState.ACTIVE)
    return [row for row in db.session.scalars(by_key(query.order_by(License.id))) if row.is_valid(at)]


def departures_to_come(person_id: int) -> list[DepartureNotice]:
    """Notices that have not taken effect yet."""
    query = select(DepartureNotice).where(
        DepartureNotice.person_id == person_id, DepartureNotice.state == DepartureState.SCHEDULED
    )
    return list(db.session.scalars(by_key(query.order_by(DepartureNotice.leaves_at))))


def is_licensed(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether `licenses_in_force` may find any, for a question that asks more at once; so the next two."""
    return exists().where(License.person_id == person_id, License.state == LicenseState.ACTIVE)


def is_leaving(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(DepartureNotice.person_id == person_id, DepartureNotice.state == DepartureState.SCHEDULED)


def has_led_to_departure(ticket_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(DepartureNotice.ticket_id == ticket_id)


def count_licensed_people(lead_id: int, at: datetime) -> int:
    """How many people of a Lead hold a license at that instant, whatever has ended since; each counts once."""
    query = select(func.count(License.person_id.distinct())).where(License.lead_id == lead_id, License.since <= at)
    in_force = (License.state != LicenseState.ENDED) & or_(License.ended_at.is_(None), License.ended_at > at)
    ended_later = (License.state == LicenseState.ENDED) & (License.ended_at > at)
    return db.session.scalar(query.where(or_(in_force, ended_later))) or 0
