"""The one joint with training: what is to be practiced before a license reaches a new kind of project (MO-TR-9)."""

from __future__ import annotations

from datetime import datetime

from licensing.access.models import License
from licensing.changes.models import LicenseChange
from training import api as training


def owed(held: License, change: LicenseChange, at: datetime) -> tuple[int, ...]:
    """HUD's project types of the change that the person has neither practised nor works in already."""
    wanted = _wanted(held, change)
    return training.extension(held.person_id, held.agency, wanted, at).missing if wanted else ()


def _wanted(held: License, change: LicenseChange) -> set[int]:
    if not held.enters_data:
        return set()
    return {project.hud_type for project in change.projects} - {project.hud_type for project in held.projects}


def begin(held: License, change: LicenseChange, at: datetime) -> None:
    """A case for each kind that is owed; who is at one already goes on with it."""
    why = "Access to one more kind of project was approved."
    for hud_type in owed(held, change, at):
        training.begin_extra_case(held.person, held.agency, hud_type, reason=why, at=at, by_id=change.decided_by_id)


def end(change: LicenseChange, at: datetime) -> None:
    """The license does not reach the new kind of project after all, so nobody has to go on for it."""
    held, why = change.license, f"The request to change the license was {change.state}."
    for hud_type in sorted(_wanted(held, change)):
        training.end_extra_case(held.person_id, held.agency_id, hud_type, why, at)


def words(hud_type: int) -> str:
    return training.project_types().get(hud_type, f"project type {hud_type}")
