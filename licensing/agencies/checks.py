"""The line "Background check" of a request, for whoever holds a duty of which the manual wants one (SON-LI-7).

It says that there was a check and never what it found: concerns keep nobody from being an end user, and the year after
which such a person may become the technical administrator is asked where somebody is named (`naming`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select

from core.db import among, db
from core.people.models import Designation, DesignationKind
from core.policy import Policy
from core.policy.vocabulary import ListName, Requirement
from core.ui import times
from licensing.access.ground import policy_of
from licensing.access.lines import line_of
from licensing.access.models import AccessRequest
from licensing.access.rules import Line, LineState, explain
from licensing.agencies import rules
from licensing.agencies.models import BackgroundCheck

Place = tuple[int, int]


@line_of
def background_lines(requests: Sequence[AccessRequest], at: datetime) -> dict[int, Line]:
    """Only where the pack asks for it, of people who hold such a duty at that agency now: two questions for all."""
    policies = {one.id: policy_of(one, at) for one in requests if one.person_id is not None}
    asked = [one for one in requests if one.id in policies and policies[one.id].has(ListName.BACKGROUND_CHECK_ROLES)]
    if not asked:
        return {}
    held = _duties(asked, at)
    checked = _checked(asked)
    lines = {}
    for one in asked:
        policy, place = policies[one.id], (one.agency_id, one.person_id or 0)
        kinds = [kind for kind in held[place] if rules.needs_check(policy, kind)]
        if kinds:
            lines[one.id] = _line(policy, kinds[0], times.say_day(checked[place]) if place in checked else "")
    return lines


def _duties(requests: Sequence[AccessRequest], at: datetime) -> dict[Place, list[DesignationKind]]:
    query = select(Designation.agency_id, Designation.person_id, Designation.kind).where(
        among(Designation.agency_id, {one.agency_id for one in requests}),
        among(Designation.person_id, {one.person_id for one in requests if one.person_id}),
        or_(Designation.ended_at.is_(None), Designation.ended_at > at),
    )
    found: dict[Place, list[DesignationKind]] = defaultdict(list)
    for agency_id, person_id, kind in db.session.execute(query.order_by(Designation.id)):
        found[agency_id, person_id].append(kind)
    return found


def _checked(requests: Sequence[AccessRequest]) -> dict[Place, date]:
    query = select(BackgroundCheck.agency_id, BackgroundCheck.person_id, BackgroundCheck.checked_on).where(
        among(BackgroundCheck.agency_id, {one.agency_id for one in requests}),
        among(BackgroundCheck.person_id, {one.person_id for one in requests if one.person_id}),
    )
    return {(agency_id, person_id): day for agency_id, person_id, day in db.session.execute(query)}


def _line(policy: Policy, kind: DesignationKind, day: str) -> Line:
    value = policy.list(ListName.BACKGROUND_CHECK_ROLES)
    duty = rules.WORDS[kind]
    return Line(
        key=str(Requirement.BACKGROUND_CHECK),
        label="Background check",
        state=LineState.MET if day else LineState.MISSING,
        sentence=f"Checked on {day}; it is checked once." if day else f"None is on record, and they are the {duty}.",
        who_can="The executive director or the HMIS Lead records it on the agency's page.",
        rule=value.rule,
        source=value.source,
        section=value.section,
        explanation=explain(policy, value, value.says),
    )
