from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from core.authz import found
from core.db import db
from core.people.models import Lead, Person
from core.policy.vocabulary import LimitName
from helpdesk.reports.asking import policy_of
from helpdesk.reports.explaining import explained
from helpdesk.reports.models import StaffShare
from helpdesk.reports.staffing.rules import Cover, Ratio, Worker, cover
from helpdesk.routing import queries as routing
from helpdesk.routing.models import Absence, Backup
from licensing import api as licensing

SOON = timedelta(weeks=4)


@dataclass(frozen=True)
class Staffing:
    """How it stands on a day. `limit` and `explanation` are none where no community's pack says a number."""

    on: date
    workers: Sequence[Worker]
    ratio: Ratio | None
    explanation: dict[str, Any] | None
    people: int

    @property
    def hundredths(self) -> int:
        return sum(worker.hundredths or 0 for worker in self.workers)

    @property
    def unset(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.hundredths is None]

    @property
    def covers(self) -> list[tuple[Worker, Cover]]:
        return [(worker, cover(worker)) for worker in self.workers if worker.is_primary]

    @property
    def is_covered(self) -> bool:
        return bool(self.covers) and all(one.is_there for _, one in self.covers)


def staffing(lead: Lead, at: datetime) -> Staffing:
    """People, places and cover at that instant, by the Lead's own day (HUD-HD-4)."""
    day = at.astimezone(ZoneInfo(lead.tz)).date()
    workers = _workers(lead, day, at)
    people = licensing.count_licensed_people(lead.id, at)
    policy, ratio, explanation = policy_of(lead, at), None, None
    if policy is not None and policy.has(LimitName.USERS_PER_HELP_DESK_PERSON):
        limit = policy.limit(LimitName.USERS_PER_HELP_DESK_PERSON)
        ratio = Ratio(people, sum(worker.hundredths or 0 for worker in workers), limit.number)
        explanation = explained(policy, limit, ratio.because())
    return Staffing(day, workers, ratio, explanation, people)


def staffing_at_end_of(lead: Lead, day: date) -> Staffing:
    return staffing(lead, datetime.combine(day, time(23, 59, 59), ZoneInfo(lead.tz)))


def staff_member(lead_id: int, person_id: int, at: datetime) -> Person:
    person: Person = found(next((one for one in routing.desk_of(lead_id, at) if one.id == person_id), None))
    return person


def shares(lead_id: int, day: date) -> dict[int, StaffShare]:
    """Each person's share in force on the day."""
    query = select(StaffShare).where(StaffShare.lead_id == lead_id, StaffShare.since <= day)
    query = query.ext(distinct_on(StaffShare.person_id))
    order = StaffShare.person_id, StaffShare.since.desc(), StaffShare.id.desc()
    return {row.person_id: row for row in db.session.scalars(query.order_by(*order))}


def history(lead_id: int, person_id: int) -> list[StaffShare]:
    query = select(StaffShare).where(StaffShare.lead_id == lead_id, StaffShare.person_id == person_id)
    return list(
        db.session.scalars(
            query.options(joinedload(StaffShare.set_by)).order_by(StaffShare.since.desc(), StaffShare.id.desc())
        )
    )


def absences_to_come(lead: Lead, day: date) -> list[Absence]:
    """Of the next weeks, with nobody named to cover and no backup."""
    query = select(Absence).where(Absence.lead_id == lead.id, Absence.until_on >= day, Absence.from_on <= day + SOON)
    backed = select(Backup.person_id).where(Backup.lead_id == lead.id)
    query = query.where(Absence.cover_id.is_(None), Absence.person_id.not_in(backed))
    query = query.options(joinedload(Absence.person))
    return list(db.session.scalars(query.order_by(Absence.from_on, Absence.id)))


def _workers(lead: Lead, day: date, at: datetime) -> list[Worker]:
    people, share = routing.desk_of(lead.id, at), shares(lead.id, day)
    query = select(Absence).where(Absence.lead_id == lead.id, Absence.from_on <= day, Absence.until_on >= day)
    away = {row.person_id: row for row in db.session.scalars(query.options(joinedload(Absence.cover)))}
    backups = routing.backups_of(lead.id)
    return [_worker(person, share.get(person.id), away, backups.get(person.id)) for person in people]


def _worker(person: Person, share: StaffShare | None, away: dict[int, Absence], backup: Person | None) -> Worker:
    absence = away.get(person.id)
    cover_of = absence.cover if absence else None
    return Worker(
        person_id=person.id,
        name=person.name,
        hundredths=share.hundredths if share else None,
        is_away=absence is not None,
        cover=cover_of.name if cover_of else "",
        cover_is_away=cover_of is not None and cover_of.id in away,
        backup=backup.name if backup else "",
        backup_is_away=backup is not None and backup.id in away,
    )
