"""What other packages may ask of the knowledge base, and what it contributes to Today and to the search box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core import home
from core.authz import Principal
from core.deadlines import Deadline
from core.home import WorkItem
from core.search import Hit, provider
from helpdesk.knowledge import queries, standing
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.permissions import Permission
from helpdesk.knowledge.rules import Audience

AREA = "Knowledge base"
BEST = 5


@dataclass(frozen=True)
class Suggestion:
    """An article that may answer; `url` is where this person reads it."""

    id: int
    title: str
    url: str
    kind: str


def suggest(principal: Principal | None, text: str, limit: int = BEST) -> list[Suggestion]:
    """The articles that may answer a text, the best first, of those the person may read.

    None is somebody who has not signed in. The text is read and not kept.
    """
    place = "help" if principal is None else "knowledge"
    return [Suggestion(a.id, a.title, f"/{place}/{a.id}", a.kind) for a in queries.suggested(principal, text, limit)]


def articles_of_ticket(principal: Principal, ticket_id: int) -> list[Suggestion]:
    """The articles that were made from a request, of those the person may see."""
    rows = queries.articles_of(ticket_id, principal)
    return [Suggestion(a.id, a.title, f"/knowledge/{a.id}", a.kind) for a in rows]


@home.provider
def reviews_due(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """The articles somebody owns, from the day of their review on."""
    if not principal.can(Permission.WRITE):
        return []
    return [_item(article, deadline) for article, deadline in queries.due_for_review(principal.person_id, at, limit)]


def _item(article: Article, deadline: Deadline) -> WorkItem:
    return WorkItem(
        title=deadline.title,
        url=f"/knowledge/{article.id}#review",
        action="Review",
        area=AREA,
        detail="Read it again, and say that it is still right",
        due_at=deadline.due_at,
        explanation=deadline.explanation,
        since=deadline.opened_at,
    )


@provider(AREA)
def search(principal: Principal, text: str, limit: int) -> list[Hit]:
    """The best for the words."""
    if not principal.can(Permission.READ):
        return []
    condition = standing.visible(principal) if principal.can(Permission.STAFF) else standing.readable(principal)
    found = queries.best(select(Article).where(condition), text, limit)
    return [Hit(a.title, f"/knowledge/{a.id}", AREA, _told(a)) for a in found]


def _told(article: Article) -> str:
    return f"{article.state}, Lead staff only" if article.audience is Audience.STAFF else str(article.state)
