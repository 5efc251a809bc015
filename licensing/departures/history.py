"""Somebody's own history in a request for access: who left after a violation, or is held for one, goes to the Lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

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

Row = tuple[int, int, int]
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
        last = {
            sentence: max(times)
            for rows, sentence in ((left, LEFT), (held, HELD))
            if (times := [moment for row, moment in rows.items() if _counts(row, one, policy)])
        }
        if last:
            found[one.id] = _line(one, policy, last)
    return found


def _counts(row: Row, request: AccessRequest, policy: Policy) -> bool:
    same = (request.lead_id, request.person_id, request.agency_id)
    return row[:2] == same[:2] if _follows(policy) else row == same


def _left(people: set[int]) -> dict[Row, datetime]:
    """When it was last noted, by whose and where."""
    whose = (DepartureNotice.lead_id, DepartureNotice.person_id, DepartureNotice.agency_id)
    query = select(*whose, func.max(DepartureNotice.recorded_at)).group_by(*whose)
    grave = (DepartureNotice.reason == Reason.VIOLATION, DepartureNotice.state != DepartureState.UNDONE)
    query = query.where(among(DepartureNotice.person_id, people), *grave)
    return {(a, b, c): moment for a, b, c, moment in db.session.execute(query)}


def _held(people: set[int]) -> dict[Row, datetime]:
    whose = (License.lead_id, License.person_id, License.agency_id)
    query = select(*whose, func.max(LicenseHold.at)).join(LicenseHold).group_by(*whose)
    grave = (LicenseHold.kind.in_(GRAVE), LicenseHold.lifted_at.is_(None))
    query = query.where(among(License.person_id, people), *grave)
    return {(a, b, c): moment for a, b, c, moment in db.session.execute(query)}


def _follows(policy: Policy) -> bool:
    """Whether violations go with the person to every other agency, as in Missouri; else they count where they were."""
    name = SwitchName.VIOLATIONS_FOLLOW_THE_PERSON
    return policy.has(name) and policy.switch(name).on


def _line(request: AccessRequest, policy: Policy, last: dict[str, datetime]) -> Line:
    """`last`: by its sentence, when each was last noted. An answer covers what was there when it was given; what came
    to light after it is to be answered anew."""
    value: Cited = policy.gate(GateName.LICENSE)
    if _follows(policy):
        value = policy.switch(SwitchName.VIOLATIONS_FOLLOW_THE_PERSON)
    answer = next((one for one in request.confirmations if one.line == HISTORY), None)
    told = answer if answer is not None and answer.at >= max(last.values()) else None
    settled = f"Settled by {told.confirmed_by.name} on {request.day_of(told.at)}: {told.reason}" if told else ""
    return Line(
        key=HISTORY,
        label="Earlier access",
        state=LineState.MET if told else LineState.MISSING,
        sentence=settled or max(last, key=lambda sentence: last[sentence]),
        who_can="The HMIS Lead decides whether it stands in the way.",
        rule=value.rule,
        source=value.source,
        section=value.section,
        explanation=rules.explain(policy, value, value.says),
        confirmable=True,
    )
