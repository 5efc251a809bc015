"""One explained answer to what a request still needs: the rows are read here, the rules decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from core.db import db
from core.people.models import Designation, DesignationKind
from core.policy.vocabulary import Requirement
from licensing.access import lines, protected, rules, training
from licensing.access.ground import policy_of
from licensing.access.models import AccessRequest
from licensing.access.rules import Facts, Line, RequestState
from licensing.agreements import standing
from licensing.agreements.rules import Told
from training.api import Standing


def facts_of(
    request: AccessRequest,
    *,
    is_from_representative: bool,
    trained: Standing = rules.UNTRAINED,
    signed: Mapping[Requirement, Told] | None = None,
) -> Facts:
    return Facts(
        trained=trained,
        signed=signed or {},
        name=request.name,
        requester=request.requested_by.name,
        is_from_representative=is_from_representative,
        employment=request.employment,
        is_of_age=request.is_of_age,
        level=request.level,
        enters_data=request.enters_data,
        is_view_only_agency=request.agency.is_view_only,
        projects=tuple(project.name for project in request.projects),
        decision=None if request.decided_at is None else request.state is not RequestState.DENIED,
        decided_by=request.decided_by.name if request.decided_by else "",
        decided_on=request.day_of(request.decided_at),
        decision_reason=request.decision_reason,
        confirmed={c.line: c.told(request.day_of(c.at)) for c in request.confirmations},
        protected=protected.of(request),
    )


def eligibility(request: AccessRequest, at: datetime) -> list[Line]:
    return eligibilities([request], at)[request.id]


def eligibilities(requests: Sequence[AccessRequest], at: datetime) -> dict[int, list[Line]]:
    """The lines of each request, by its id, in a bounded number of queries."""
    by_representative = _asked_by_representatives(requests)
    trained = training.standings(requests, at)
    signed = standing.told([standing.Asked(r.id, r.agency, r.person_id) for r in requests], at)
    facts = {
        r.id: facts_of(r, is_from_representative=r.id in by_representative, trained=trained[r.id], signed=signed[r.id])
        for r in requests
    }
    told = lines.registered(requests, at)
    return {r.id: lines.joined(rules.eligibility(facts[r.id], policy_of(r, at)), told[r.id]) for r in requests}


def _asked_by_representatives(requests: Sequence[AccessRequest]) -> set[int]:
    """The ids of those that a representative of the agency made, as it was when they asked."""
    started = Designation.started_on <= func.date(func.timezone("UTC", AccessRequest.requested_at))
    still = or_(Designation.ended_at.is_(None), Designation.ended_at > AccessRequest.requested_at)
    made_by = and_(
        Designation.agency_id == AccessRequest.agency_id,
        Designation.person_id == AccessRequest.requested_by_id,
        Designation.kind == DesignationKind.REPRESENTATIVE,
    )
    query = select(AccessRequest.id).join(Designation, and_(made_by, started, still))
    return set(db.session.scalars(query.where(AccessRequest.id.in_([request.id for request in requests]))))
