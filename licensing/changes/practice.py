"""The one joint with training: what is to be practiced before a license reaches a new kind of project (MO-TR-9)."""

from __future__ import annotations

from datetime import datetime

from licensing.access.models import License
from licensing.changes.models import LicenseChange
from training import api as training


def owed(held: License, change: LicenseChange) -> set[int]:
    """HUD's project types of the change that the person has neither practised nor works in already."""
    if not held.enters_data:
        return set()
    wanted = {project.hud_type for project in change.projects} - {project.hud_type for project in held.projects}
    return wanted - training.practised_types(held.person_id, held.lead_id) if wanted else set()


def begin(held: License, change: LicenseChange, at: datetime) -> None:
    """A case for each kind that is owed; who is at one already goes on with it."""
    for hud_type in sorted(owed(held, change)):
        why = training.Giving(by_id=change.decided_by_id, reason="Access to one more kind of project was approved.")
        training.assign(held.person, held.agency, hud_type, None, at=at, giving=why)


def words(hud_type: int) -> str:
    return training.project_types().get(hud_type, f"project type {hud_type}")
