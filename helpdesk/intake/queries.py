"""What pages read of the questions and of what was done about a request."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from core.authz import Principal, found
from core.db import db
from core.people.models import CoC, Lead
from core.policy import Policy, policy_for
from helpdesk.intake.models import CustomField, IntakeStep
from helpdesk.intake.permissions import Permission
from helpdesk.intake.questions import ASKED, Question
from helpdesk.intake.rules import Step
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category


def questions_of(lead_id: int | None, category: Category) -> list[Question]:
    """What is asked about a category: by the service, then by the Lead in its own order."""
    own = custom_fields(lead_id).where(CustomField.category == category, CustomField.retired_at.is_(None))
    return [*ASKED.get(category, ()), *map(as_question, db.session.scalars(own))]


def questions_by_category(lead_id: int | None) -> dict[Category, list[Question]]:
    asked = {category: list(ASKED.get(category, ())) for category in Category}
    for row in db.session.scalars(custom_fields(lead_id).where(CustomField.retired_at.is_(None))):
        asked[row.category].append(as_question(row))
    return asked


def as_question(row: CustomField) -> Question:
    return Question(row.key, row.label, row.kind, row.is_required, tuple(row.choices), row.hint)


def custom_fields(lead_id: int | None) -> Select[CustomField]:
    query = select(CustomField).where(CustomField.lead_id == lead_id)
    return query.order_by(CustomField.category, CustomField.position, CustomField.id)


def all_fields(lead_id: int) -> list[CustomField]:
    """Asked and retired, by category in the order of the form."""
    order = list(Category)
    return sorted(db.session.scalars(custom_fields(lead_id)), key=lambda row: (order.index(row.category), row.position))


def kept_field(principal: Principal, field_id: int, *, lock: bool = False) -> CustomField:
    """Raises NotFound for another Lead's as for none."""
    reach = CustomField.lead_id.in_(principal.scope(Permission.FIELDS_KEEP).lead_ids)
    query = select(CustomField).where(CustomField.id == field_id, reach)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row: CustomField = found(db.session.scalar(query))
    return row


def leads_kept(principal: Principal) -> list[Lead]:
    """The Leads whose questions this person keeps, by name."""
    ids = principal.scope(Permission.FIELDS_KEEP).lead_ids
    return list(db.session.scalars(select(Lead).where(Lead.id.in_(ids)).order_by(Lead.name, Lead.id)))


def steps_of(ticket: Ticket) -> dict[Step, IntakeStep]:
    rows = db.session.scalars(select(IntakeStep).where(IntakeStep.ticket_id == ticket.id))
    return {row.step: row for row in rows}


def policies_of(lead_id: int, at: datetime) -> list[Policy]:
    """Of all communities that a Lead serves, each pack once."""
    rows = db.session.scalars(select(CoC).where(CoC.lead_id == lead_id).order_by(CoC.id))
    by_pack = {coc.pack: coc for coc in rows}
    return [policy_on(coc, at) for coc in by_pack.values()]


def policy_on(coc: CoC, at: datetime) -> Policy:
    return policy_for(coc, at.astimezone(ZoneInfo(coc.tz)).date())
