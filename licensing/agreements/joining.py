"""What an agency's way in and the agreement it signs know of one another. Rules: SAC-LI-4, SON-LI-10."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.db import db
from core.errors import Conflict
from core.people.models import AgencyStatus
from licensing.agencies import onboarding, source
from licensing.agencies.rules import Step
from licensing.agreements.models import Agreement
from licensing.agreements.rules import Kind, State
from licensing.agreements.services import before_signing

UNDER_WAY = (State.SENT, State.SIGNED, State.COUNTERSIGNED)


@source.register_agreement_source
def of_agency(agency_id: int, at: datetime) -> source.Agreement | None:
    """The newest that was sent to it and not taken back: a step of coming in that nobody ticks by hand. Where the Lead
    has sent none, people confirm what was signed on paper."""
    query = select(Agreement).where(
        Agreement.agency_id == agency_id,
        Agreement.kind == Kind.AGENCY,
        Agreement.state.in_(UNDER_WAY),
        Agreement.sent_at <= at,
    )
    row = db.session.scalar(query.order_by(Agreement.sent_at.desc(), Agreement.id.desc()).limit(1))
    if row is None:
        return None
    signed, counter = (at and at.astimezone(row.agency.zone).date() for at in (row.signed_at, row.countersigned_at))
    return source.Agreement(signed, counter)


@before_signing
def refuse_early(row: Agreement, at: datetime) -> None:
    """An agency that is coming in signs once the steps that the pack puts before it are done (SAC-LI-4).

    Raises Conflict naming them.
    """
    if row.kind is not Kind.AGENCY or row.agency.status is not AgencyStatus.ONBOARDING:
        return
    lines = onboarding.lines(row.agency, at)
    waits = next((one.waits_for for one in lines if one.step is Step.SIGNED), "")
    if waits:
        first = next(one for one in lines if not one.is_met and one.label.lower() in waits)
        raise Conflict(f"This is not to be signed yet. {waits}", "Then come back.", rule=first.explanation["rule"])
