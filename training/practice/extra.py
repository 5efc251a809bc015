"""Access that grows to a kind of project somebody has not practiced for asks for its practice case first.

Rules: MO-TR-9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from core.db import db
from core.people.models import Agency, Person
from core.policy import policy_for
from core.policy.vocabulary import GateName
from core.typed import must_say
from training.practice import mails, services, tracks
from training.practice.models import PracticeTrack
from training.practice.rules import Act, TrackState
from training.practice.services import ON_THE_WAY, Giving


@dataclass(frozen=True)
class Extension:
    """What growing to some kinds of project asks first, by the manual of the agency's community.

    `missing` are HUD's project types that the person has not practiced for; `under_way` those of them at which they
    are, by the number of the track. Without a `rule` the manual asks for nothing, and nothing is missing.
    """

    missing: tuple[int, ...] = ()
    under_way: Mapping[int, int] = field(default_factory=dict)
    rule: str = ""
    source: str = ""
    section: str = ""
    says: str = ""

    @property
    def is_met(self) -> bool:
        return not self.missing


def extension(person_id: int, agency: Agency, hud_types: Iterable[int], at: datetime) -> Extension:
    """What is missing before access there may grow to these kinds of project (MO-TR-9)."""
    policy = policy_for(agency.coc, at.astimezone(agency.zone).date())
    if not policy.has(GateName.ACCESS_EXTENSION):
        return Extension()
    gate = policy.gate(GateName.ACCESS_EXTENSION)
    missing = tuple(sorted(set(hud_types) - services.practised_types(person_id, agency.lead_id)))
    return Extension(
        missing, _under_way(person_id, agency.id, missing), gate.rule, gate.source, gate.section, gate.says
    )


def _under_way(person_id: int, agency_id: int, hud_types: Iterable[int]) -> dict[int, int]:
    here = (PracticeTrack.person_id == person_id, PracticeTrack.agency_id == agency_id)
    query = select(PracticeTrack.hud_type, PracticeTrack.id).where(*here, PracticeTrack.hud_type.in_(hud_types))
    rows = db.session.execute(query.where(PracticeTrack.state.in_(ON_THE_WAY)))
    return {hud_type: number for hud_type, number in rows}  # noqa: C416 - a row is no pair


@dataclass(frozen=True)
class ExtraCase:
    """`waits`: the library has no case for it that the person never had; the Lead's staff sees that and gives one."""

    track_id: int
    hud_type: int
    waits: bool

    @property
    def path(self) -> str:
        return f"/training/practice/{self.track_id}"


def begin_extra_case(
    person: Person, agency: Agency, hud_type: int, *, reason: str, at: datetime, by_id: int | None = None
) -> ExtraCase | None:
    """Practicing for this kind of project, before access there grows to it; None where they have (MO-TR-9).

    Who is at it already goes on there, so that asking twice is once. `KindPracticed` tells when it is accepted. Raises
    Invalid for what is no project type of HUD's, Conflict while a denial of access lasts (MO-TR-7).
    """
    must_say(reason, "For example: works at the rapid re-housing project too.")
    if hud_type in services.practised_types(person.id, agency.lead_id):
        return None
    track = services.assign(person, agency, hud_type, None, at=at, giving=Giving(by_id=by_id, reason=reason))
    return ExtraCase(track.id, hud_type, track.current is None)


def end_extra_case(person_id: int, agency_id: int, hud_type: int, reason: str, at: datetime) -> bool:
    """Access does not grow after all: nobody has to go on for it. False where nothing of it was being worked on.

    What belongs to a series, or lies before the committee, stays.
    """
    must_say(reason, "For example that the request was withdrawn.")
    here = (PracticeTrack.person_id == person_id, PracticeTrack.agency_id == agency_id)
    query = select(PracticeTrack.id).where(*here, PracticeTrack.hud_type == hud_type)
    number = db.session.scalar(
        query.where(PracticeTrack.state == TrackState.WORKING, PracticeTrack.enrollment_id.is_(None)).limit(1)
    )
    if number is None:
        return False
    close(tracks.hold(number), reason, at)
    return True


def close(track: PracticeTrack, reason: str, at: datetime) -> None:
    """What it was for fell away: it ends with an explanation, which the person gets."""
    if track.state is not TrackState.WORKING:
        return
    tracks.close(track, TrackState.WITHDRAWN, at)
    tracks.note(track, Act.WITHDRAWN, at, None, reason)
    mails.fell_away(track, reason)
