"""How many people agencies had trained, for what is billed by it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from core.db import among, db
from training.courses.models import Completion


def trainees_of(agency_ids: Iterable[int], since: datetime, until: datetime) -> dict[int, int]:
    """By agency, how many of its people completed a course from `since` until before `until`; each counts once."""
    query = select(Completion.agency_id, func.count(Completion.person_id.distinct()))
    query = query.where(among(Completion.agency_id, agency_ids), Completion.at >= since, Completion.at < until)
    return {number: count for number, count in db.session.execute(query.group_by(Completion.agency_id)) if number}
