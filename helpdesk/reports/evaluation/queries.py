from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.search import Hit
from core.search import provider as search_provider
from helpdesk.reports.asking import leads_in_reach
from helpdesk.reports.models import Evaluation, EvaluationState
from helpdesk.reports.permissions import Permission


def _in_reach(principal: Principal, state: EvaluationState) -> Select[Evaluation]:
    lead_ids = [lead.id for lead in leads_in_reach(principal, Permission.STAFF)]
    query = select(Evaluation).where(Evaluation.lead_id.in_(lead_ids), Evaluation.state == state)
    return query.options(joinedload(Evaluation.lead), joinedload(Evaluation.issued_by))


def issued(principal: Principal) -> Select[Evaluation]:
    return _in_reach(principal, EvaluationState.ISSUED)


def planned(principal: Principal) -> list[Evaluation]:
    return list(db.session.scalars(_in_reach(principal, EvaluationState.PLANNED).order_by(Evaluation.id)))


def visible_evaluation(principal: Principal, evaluation_id: int) -> Evaluation:
    """Raises NotFound for another Lead's, and for one that is not issued."""
    query = issued(principal).where(Evaluation.id == evaluation_id).options(joinedload(Evaluation.file))
    row: Evaluation = found(db.session.scalar(query))
    return row


@search_provider("Evaluations")
def find_evaluations(principal: Principal, words: str, limit: int) -> list[Hit]:
    """By the word, or by a year that it is of."""
    if not principal.can(Permission.STAFF):
        return []
    rows = db.session.scalars(issued(principal).order_by(Evaluation.id.desc()).limit(limit))
    asked = words.lower()
    return [
        Hit(f"Help desk evaluation: {row.document['span']}", f"/reports/evaluations/{row.id}", "Evaluations")
        for row in rows
        if "evaluation".startswith(asked) or asked in row.document["span"].lower()
    ]
