"""Deciding who looks after which agencies, what staff know, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Forbidden, Invalid
from core.people.models import Agency, Lead, LeadStaff, Person
from helpdesk.routing import mails, queries, services
from helpdesk.routing.models import Absence, Backup
from helpdesk.routing.permissions import Permission
from helpdesk.tickets.rules import Category

MOST_AT_ONCE = 100
NOT_YOURS = "Only a manager or an administrator of the HMIS Lead decides this."


def look_after_all(agencies: Sequence[Agency], person: Person | None, by: Principal, at: datetime) -> int:
    """Give all of them to one person, or (none) to nobody; returns how many changed hands (MO-HD-2).

    Raises Forbidden for an agency out of reach of whoever gives, Invalid for one out of reach of whoever gets it.
    """
    if not agencies:
        raise Invalid("Select at least one agency first.", field="agency")
    if len(agencies) > MOST_AT_ONCE:
        raise Invalid(f"Select at most {MOST_AT_ONCE} agencies at a time.", field="agency")
    if not all(by.can(Permission.KEEP, agency=agency) for agency in agencies):
        raise Forbidden(NOT_YOURS)
    for lead_id, coc_id in {(agency.lead_id, agency.coc_id) for agency in agencies}:
        if person is not None and person not in queries.desk_of(lead_id, at, coc_id):
            raise Invalid(f"{person.name} does not work for all of these.", "Choose somebody else.", field="person")
    return sum(_given(agency, person, at) for agency in sorted(agencies, key=lambda agency: agency.id))


def _given(agency: Agency, person: Person | None, at: datetime) -> bool:
    before = services.current(agency)
    if person is not None:
        return services.look_after(agency, person, at) is not before
    if before is not None:
        before.ended_at = at
        record("assignment.ended", before, data={"person": before.person_id})
    return before is not None


def keep_staff(
    lead: Lead, person: Person, skills: Iterable[str], cover: Person | None, by: Principal, at: datetime
) -> None:
    """What somebody works on (HUD-HD-6) and who stands in whenever they are away (HUD-HD-4). Skills of another kind,
    such as `lang:es` for a language, stay as they are.

    Raises Invalid for a skill that is no category of requests, and for a backup who cannot be one.
    """
    _must_keep(by, lead)
    wanted = sorted(set(skills))
    if not set(wanted) <= set(Category):
        raise Invalid("Choose from the list what they work on.", field="skills")
    if cover is not None and (cover.id == person.id or cover not in queries.desk_of(lead.id, at)):
        raise Invalid("Their backup is a colleague at the help desk.", "Choose somebody from the list.", field="cover")
    rows = db.session.scalars(queries.staff_rows(lead.id, at).where(LeadStaff.person_id == person.id)).all()
    if any(sorted(skill for skill in row.skills if ":" not in skill) != wanted for row in rows):
        for row in rows:
            row.skills = sorted([*wanted, *(skill for skill in row.skills if ":" in skill)])
        record("staff.skills_set", person, lead_id=lead.id, data={"skills": wanted})
    _set_backup(lead, person, cover)


def _set_backup(lead: Lead, person: Person, cover: Person | None) -> None:
    mine = (Backup.lead_id == lead.id, Backup.person_id == person.id)
    before = db.session.scalar(select(Backup.cover_id).where(*mine))
    if before == (cover.id if cover else None):
        return
    if cover is None:
        db.session.execute(delete(Backup).where(*mine))
    else:
        values = insert(Backup).values(lead_id=lead.id, person_id=person.id, cover_id=cover.id)
        changed = {"cover_id": values.excluded.cover_id}
        db.session.execute(values.on_conflict_do_update(index_elements=["lead_id", "person_id"], set_=changed))
    record("staff.backup_set", person, lead_id=lead.id, data={"from": before, "to": cover.id if cover else None})


def tell_absence(
    lead: Lead, person: Person, days: tuple[date, date], cover: Person | None, by: Principal, at: datetime
) -> Absence:
    """One's own days, or anybody's by whoever keeps the staff. The same days told again are one act.

    Raises Invalid for days that are over, Conflict for some that are told already with others.
    """
    if person.id != by.person_id:
        _must_keep(by, lead)
    colleagues = queries.desk_of(lead.id, at)
    if person not in colleagues:
        raise Invalid(f"{person.name} does not work at this help desk.", field="person")
    if cover is not None and cover not in colleagues:
        raise Invalid(f"{cover.name} does not work at this help desk.", field="cover")
    if known := queries.same_absence(lead.id, person.id, days, cover):
        return known
    if days[1] < services.today_of(lead, at):
        raise Invalid("These days are over.", "Give the days that are to come.", field="until_on")
    return services.be_away(lead, person, *days, cover)


def take_absence_back(row: Absence, by: Principal) -> None:
    if row.person_id != by.person_id:
        _must_keep(by, db.session.get_one(Lead, row.lead_id))
    services.take_back(row)


def cover_absence(row: Absence, cover: Person, by: Principal, at: datetime) -> None:
    """Name who stands in, or somebody else than before."""
    if row.person_id != by.person_id:
        _must_keep(by, db.session.get_one(Lead, row.lead_id))
    if cover.id == row.person_id or cover not in queries.desk_of(row.lead_id, at):
        raise Invalid("A colleague at the help desk covers.", "Choose somebody from the list.", field="cover")
    if row.cover_id != cover.id:
        row.cover = cover
        db.session.flush()
        record("absence.covered", row, data={"person": row.person_id, "cover": cover.id})
        mails.tell_cover(row)


def _must_keep(by: Principal, lead: Lead) -> None:
    if lead.id not in queries.leads_kept(by):
        raise Forbidden(NOT_YOURS)
