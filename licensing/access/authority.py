"""Who may ask in an agency's name at an instant, and until when they might (MO-LI-2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import clock
from core.authz import Principal, explains_refusal
from core.db import db
from core.errors import Forbidden
from core.people.models import Agency, Designation, DesignationKind
from core.people.services import designated
from core.ui import times
from licensing.access import refusals
from licensing.access.ground import local_day, policy_in_force
from licensing.access.permissions import Permission


def is_representative(agency: Agency, person_id: int, at: datetime) -> bool:
    return any(one.id == person_id for one in designated(agency.id, DesignationKind.REPRESENTATIVE, at))


def until(agency: Agency, person_id: int, at: datetime) -> str:
    """The day, by the agency's calendar, on which the person's last designation as a representative ended."""
    row = _ended(person_id, at, agency.id)
    return _day(row) if row is not None else ""


def _ended(person_id: int, at: datetime, agency_id: int | None = None) -> Designation | None:
    query = select(Designation).where(
        Designation.person_id == person_id,
        Designation.kind == DesignationKind.REPRESENTATIVE,
        Designation.ended_at <= at,
    )
    query = query.where(Designation.agency_id == agency_id) if agency_id is not None else query
    query = query.order_by(Designation.ended_at.desc()).limit(1)
    return db.session.scalar(query.options(joinedload(Designation.agency)))


def _day(row: Designation) -> str:
    assert row.ended_at is not None, "only ended ones are asked for"
    return times.say_day(local_day(row.ended_at, row.agency.tz))


@explains_refusal
def _was_one(principal: Principal, permissions: frozenset[str]) -> Forbidden | None:
    """Who may ask for nothing any more reads since when, and by which rule."""
    if str(Permission.REQUEST) not in permissions:
        return None
    at = clock.now()
    row = _ended(principal.person_id, at)
    if row is None:
        return None
    told = refusals.not_from_representative(policy_in_force(row.agency.coc, at), "")
    return Forbidden(
        f"You were an authorized representative of {row.agency.name} until {_day(row)}.",
        "Ask a representative of the agency to send it, or the agency to name you again.",
        rule=told.rule if told else None,
    )
