"""Somebody's own history in a request for access: who left after a violation, or is held for one, goes to the Lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.db import among, db
from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import GateName, SwitchName
from licensing.access import rules
from licensing.access.ground import policy_of
from licensing.access.lines import line_of
from licensing.access.models import AccessRequest, HoldKind, License, LicenseHold
from licensing.access.rules import Line, LineState
from licensing.departures.models import DepartureNotice, Reason
from licensing.departures.rules import DepartureState

HISTORY = "history"
GRAVE = (HoldKind.BREACH, HoldKind.SUSPICION)
LEFT = "Earlier access of this person ended after a violation."
HELD = "A license of this person is suspended over a suspected breach."


@line_of
def histories(requests: Sequence[AccessRequest], at: datetime) -> dict[int, Line]:
    """A line only for those with such a history; the Lead's staff decides on it, with a reason (MO-CO-4)."""
    known = [one for one in requests if one.person_id is not None]
    if not known:
        return {}
    people = {one.person_id for one in known if one.person_id is not None}
    left, held = _left(people), _held(people)
    found: dict[int, Line] = {}
    for one in known:
        policy = policy_of(one, at)
        wide = _follows(policy)
        same = {(one.lead_id, one.person_id, one.agency_id)}
        for rows, sentence in ((left, LEFT), (held, HELD)):
            there = {row for row in rows if row[:2] == (one.lead_id, one.person_id)} if wide else rows & same
            if there:
                found[one.id] = _line(one, policy, sentence)
    return found


Row = tuple[int, int, int]


def _left(people: set[int]) -> set[Row]:
    query = select(DepartureNotice.lead_id, DepartureNotice.person_id, DepartureNotice.agency_id)
    grave = (DepartureNotice.reason == Reason.VIOLATION, DepartureNotice.state != DepartureState.UNDONE)
    return {(a, b, c) for a, b, c in db.session.execute(query.where(among(DepartureNotice.person_id, people), *grave))}


def _held(people: set[int]) -> set[Row]:
    query = select(License.lead_id, License.person_id, License.agency_id).join(LicenseHold)
    grave = (LicenseHold.kind.in_(GRAVE), LicenseHold.lifted_at.is_(None))
    return {(a, b, c) for a, b, c in db.session.execute(query.where(among(License.person_id, people), *grave))}


def _follows(policy: Policy) -> bool:
    """Whether violations go with the person to every other agency, as in Missouri; else they count where they were."""
    name = SwitchName.VIOLATIONS_FOLLOW_THE_PERSON
    return policy.has(name) and policy.switch(name).on


def _line(request: AccessRequest, policy: Policy, sentence: str) -> Line:
    value: Cited = policy.gate(GateName.LICENSE)
    if _follows(policy):
        value = policy.switch(SwitchName.VIOLATIONS_FOLLOW_THE_PERSON)
    told = next((one for one in request.confirmations if one.line == HISTORY), None)
    settled = f"Settled by {told.confirmed_by.name} on {request.day_of(told.at)}: {told.reason}" if told else ""
    return Line(
        key=HISTORY,
        label="Earlier access",
        state=LineState.MET if told else LineState.MISSING,
        sentence=settled or sentence,
        who_can="The HMIS Lead decides whether it stands in the way.",
        rule=value.rule,
        source=value.source,
        section=value.section,
        explanation=rules.explain(policy, value, value.says),
        confirmable=True,
    )
