"""Codes of the packs, and places, in the words people read."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from core.people.models import CoC, Lead
from core.policy import policy_for
from core.policy.vocabulary import CycleName, ListName
from training.sessions import queries
from training.sessions.rules import Meeting, Place

PLACES = {
    Place.IN_PERSON: "In person",
    Place.WEBINAR: "Webinar",
    Place.MEETING: "Online meeting",
}
MEETINGS = {Meeting.USER_GROUP: "User group", Meeting.COMMITTEE: "Data committee"}
CYCLES = {Meeting.USER_GROUP: CycleName.USER_MEETING, Meeting.COMMITTEE: CycleName.COMMITTEE_MEETING}
ZONES = {
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
    "America/Puerto_Rico": "Puerto Rico",
    "Pacific/Guam": "Guam",
}


def items(cocs: list[CoC], name: ListName, at: datetime) -> dict[str, str]:
    """What the packs of these communities list under that name, each code once, in the packs' order."""
    told: dict[str, str] = {}
    for coc in cocs:
        policy = policy_for(coc, at.astimezone(ZoneInfo(coc.tz)).date())
        if policy.has(name):
            told = {**policy.list(name).items, **told}
    return told


kinds = partial(items, name=ListName.SESSION_KINDS)
audiences = partial(items, name=ListName.TRAINING_AUDIENCES)
workflows = partial(items, name=ListName.TRAINING_WORKFLOWS)


def lists_of(lead_id: int, at: datetime) -> dict[str, dict[str, str]]:
    """The three lists of the calendar (HUD-TR-2, HUD-TR-4), by the names of its filters."""
    cocs = queries.cocs_of(lead_id)
    return {"kind": kinds(cocs, at=at), "audience": audiences(cocs, at=at), "workflow": workflows(cocs, at=at)}


def meetings(cocs: list[CoC], at: datetime) -> dict[Meeting, str]:
    """The regular meetings that one of these communities wants (SON-TR-2)."""
    days = [(coc, at.astimezone(ZoneInfo(coc.tz)).date()) for coc in cocs]
    wanted = {meeting for coc, day in days for meeting, cycle in CYCLES.items() if policy_for(coc, day).has(cycle)}
    return {meeting: words for meeting, words in MEETINGS.items() if meeting in wanted}


def zones(lead: Lead) -> dict[str, str]:
    return {lead.tz: ZONES.get(lead.tz, lead.tz.replace("_", " ")), **ZONES}
