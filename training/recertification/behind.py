"""Who is behind with what they owe, for those who look at whole agencies: statements over sets, as of any instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_, select

from core.db import among, db
from training.recertification.models import Obligation
from training.recertification.rules import Owes

OPEN_OR_LATER = (Owes.OWED, Owes.LAPSED, Owes.MET, Owes.EXEMPT)


def people_behind(agency_ids: Iterable[int], at: datetime) -> dict[int, int]:
    """By agency, how many people were late at that instant with a training they owe for their work there."""
    query = select(Obligation.agency_id, func.count(Obligation.person_id.distinct()))
    query = query.where(among(Obligation.agency_id, agency_ids), _was_late(at)).group_by(Obligation.agency_id)
    return {number: people for number, people in db.session.execute(query) if number is not None}


def is_behind(agency_id: SQLColumnExpression[int], at: datetime) -> ColumnElement[bool]:
    """Whether `people_behind` finds anybody there, for a question that asks more at once."""
    return (
        select(Obligation.id)
        .where(Obligation.agency_id == agency_id, _was_late(at))
        .correlate_except(Obligation)
        .exists()
    )


def _was_late(at: datetime) -> ColumnElement[bool]:
    """Due before, and neither done nor excused then. What ended with its license is nobody's any more."""
    return and_(
        Obligation.state.in_(OPEN_OR_LATER),
        Obligation.due_at < at,
        or_(Obligation.met_at.is_(None), Obligation.met_at > at),
        or_(Obligation.exempt_at.is_(None), Obligation.exempt_at > at),
    )
