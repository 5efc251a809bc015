"""Saying it, reading it, and what a request for access shows of it: that it was said, never what (VT-LI-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.audit import record
from core.authz import Principal, found
from core.db import among, db
from core.errors import Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import Agency, Person
from core.people.services import agencies_of
from core.policy.vocabulary import DutyName, GateName, Requirement
from licensing.access import rules
from licensing.access.ground import policy_in_force, policy_of
from licensing.access.lines import line_of
from licensing.access.models import AccessRequest
from licensing.access.rules import Line, LineState, RequestState
from licensing.disclosures.models import Disclosed
from licensing.disclosures.permissions import Permission


def agencies_that_ask(person_id: int, at: datetime) -> list[Agency]:
    """Where the person works, or is about to get a license, and the community's manual has users say it."""
    to_come = select(Agency).join(AccessRequest, AccessRequest.agency_id == Agency.id)
    to_come = to_come.where(AccessRequest.person_id == person_id, AccessRequest.state == RequestState.APPROVED)
    rows = [*agencies_of(person_id, at), *db.session.scalars(to_come.order_by(Agency.name))]
    mine = {one.id: one for one in rows}.values()
    return [one for one in mine if policy_in_force(one.coc, at).has(DutyName.CLIENT_DISCLOSURE)]


def disclose(
    agency: Agency, person: Person, *, is_client: bool, has_family: bool, agrees: bool, once: str, at: datetime
) -> Disclosed:
    """The person agrees to the statement and says it, for one agency. Raises Invalid where they do not agree."""
    one_at_a_time(f"disclosure:{person.id}")
    if earlier := db.session.scalar(select(Disclosed).where(Disclosed.once == once)):
        before = (earlier.agency_id, earlier.person_id, earlier.is_client, earlier.has_family)
        if before != (agency.id, person.id, is_client, has_family):
            raise KeyUsed
        return earlier
    if not agrees:
        rule = policy_in_force(agency.coc, at).duty(DutyName.CLIENT_DISCLOSURE).rule
        raise Invalid("Agree to the statement first.", "Without it there is no license.", "agrees", rule)
    row = Disclosed(
        lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, agency=agency, person_id=person.id,
        person=person, is_client=is_client, has_family=has_family, at=at, once=once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record("disclosure.made", row, data={"person": person.id})
    return row


def newest(person_id: int, agency_id: int) -> Disclosed | None:
    query = select(Disclosed).where(Disclosed.person_id == person_id, Disclosed.agency_id == agency_id)
    return db.session.scalar(query.order_by(Disclosed.id.desc()).limit(1))


def reveal(principal: Principal, disclosure_id: int) -> Disclosed:
    """What was said, for who may read it; that they did is in the audit. Anybody else's is not there (VT-LI-4)."""
    query = select(Disclosed).where(Disclosed.id == disclosure_id)
    row: Disclosed = found(db.session.scalar(query.where(principal.scope(Permission.SEE).where(Disclosed))))
    record("disclosure.revealed", row, data={"person": row.person_id, "by": principal.person_id})
    return row


@line_of
def statements(requests: Sequence[AccessRequest], at: datetime) -> dict[int, Line]:
    """Where the person has said it here, nobody need confirm it; where not, the gate's own line stands."""
    people = {one.person_id for one in requests if one.person_id is not None}
    if not people:
        return {}
    query = select(Disclosed.person_id, Disclosed.agency_id, Disclosed.at).where(among(Disclosed.person_id, people))
    said = {(person, agency): when for person, agency, when in db.session.execute(query.order_by(Disclosed.id))}
    told = ((one, said.get((one.person_id or 0, one.agency_id))) for one in requests)
    lines = ((one, _line(one, when, at)) for one, when in told if when is not None)
    return {one.id: line for one, line in lines if line is not None}


def _line(request: AccessRequest, when: datetime, at: datetime) -> Line | None:
    policy = policy_of(request, at)
    gate = policy.gate(GateName.LICENSE)
    asked = (one for one in gate.requires if one.requirement is Requirement.CONFLICT_OF_INTEREST_STATEMENT)
    line = next(asked, None)
    if line is None:
        return None
    return Line(
        key=str(line.requirement),
        label=rules.in_words(line.requirement),
        state=LineState.MET,
        sentence=f"They agreed and said so on {request.day_of(when)}. What they said is kept apart.",
        who_can="The person says it on their own page.",
        rule=line.rule,
        source=gate.source,
        section=line.section,
        explanation=rules.explain(policy, gate, line.says, rule=line.rule, section=line.section),
    )
