"""What the search box finds of how requests come in: a Lead's own questions and the reviews of duplicates."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from core.authz import Principal
from core.db import db
from core.deadlines import Deadline
from core.people.models import CoC
from core.search import Hit, like, provider
from helpdesk.intake import reviews
from helpdesk.intake.models import CustomField
from helpdesk.intake.permissions import Permission


@provider("Questions of the form")
def find_questions(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the beginning of the question, or of a word in it."""
    leads = principal.scope(Permission.FIELDS_KEEP).lead_ids
    if not leads:
        return []
    label, begins = func.lower(CustomField.label), like(text)
    query = select(CustomField).where(CustomField.lead_id.in_(leads))
    query = query.where(or_(label.like(begins), label.like(f"% {begins}")))
    rows = db.session.scalars(query.order_by(CustomField.label, CustomField.id).limit(limit))
    return [Hit(row.label, f"/request-fields/{row.id}", "Questions of the form", _told(row)) for row in rows]


def _told(row: CustomField) -> str:
    asked = f"Asked of {row.category.replace('-', ' ')}"
    return f"{asked}, retired" if row.retired_at else asked


@provider("Possible duplicates")
def find_reviews(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By a word of “possible duplicates”, or by the community that it is about."""
    if not principal.can(Permission.DUPLICATES_REVIEW):
        return []
    begins = text.lower()
    query = reviews.owed(principal).join(CoC, CoC.id == Deadline.coc_id)
    if not any(word.startswith(begins) for word in ("possible", "duplicates", "possible duplicates")):
        name = func.lower(CoC.name)
        query = query.where(or_(name.like(like(text)), name.like(f"% {like(text)}")))
    rows = db.session.scalars(query.order_by(Deadline.due_at, Deadline.id).limit(limit))
    return [Hit(row.title, reviews.PAGE, "Possible duplicates", "To look through") for row in rows]
