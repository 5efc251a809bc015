"""What of recertification stands on Today, and on the page of one's own training."""

from __future__ import annotations

from datetime import datetime, timedelta

from core import home
from core.authz import Principal
from core.db import db
from core.home import Turn, WorkItem
from core.people.models import Person
from training.courses.queries import courses_for
from training.mine import Piece, piece
from training.recertification import queries, services
from training.recertification.models import Obligation
from training.recertification.rules import Owes

SOON = timedelta(days=60)
WEEK = timedelta(days=7)


@home.provider
def mine(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """One line for each campaign and due time of what the person owes within two months, or is late with."""
    rows = [row for row in queries.own(principal.person_id) if row.due_at <= at + SOON]
    groups: dict[tuple[int, datetime], list[Obligation]] = {}
    for row in rows:
        groups.setdefault((row.campaign_id, row.due_at), []).append(row)
    return [_item(some) for some in list(groups.values())[:limit]]


def _item(rows: list[Obligation]) -> WorkItem:
    first, titles = rows[0], list(dict.fromkeys(row.words for row in rows))
    is_late = any(row.state is Owes.LAPSED for row in rows)
    return WorkItem(
        title=first.campaign.title if len(titles) > 1 else titles[0],
        url="/training", action="Do it", area="Training",
        detail=("Your access is locked until it is done. " if is_late and first.agency_id else "") + ", ".join(titles),
        due_at=first.due_at, explanation=services.explain(first), is_urgent=is_late,
    )  # fmt: skip


@home.provider
def of_my_agencies(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """For who looks after an agency's people: who is late, or has a week left."""
    return [
        WorkItem(
            title=f"Training of {'one person' if (late or soon) == 1 else f'{late or soon} people'} at {name}",
            url=f"/training/recertification/people?agency={number}", action="See who", area="Training",
            detail=f"{late} late, and locked out until it is done" if late else "Due within a week",
            due_at=due, group=Turn.WAITING,
        )
        for number, name, late, soon, due in queries.behind_by_agency(principal, at + WEEK, limit)
    ]  # fmt: skip


@piece
def owed(principal: Principal, at: datetime) -> Piece | None:
    """What one owes again and again, by when and why; nothing for who never owed anything."""
    rows, settled = queries.own(principal.person_id), queries.own_settled(principal.person_id)
    if not rows and not settled:
        return None
    groups: dict[tuple[int, str], list[Obligation]] = {}
    for row in rows:
        groups.setdefault((row.campaign_id, row.credit), []).append(row)
    offered = courses_for(db.session.get_one(Person, principal.person_id), at)
    context = {
        "owed": [(some[0], some, services.explain(some[0])) for some in groups.values()],
        "ways": {row.credit: [one for one in offered if row.credit in one.credits] for row in rows},
        "settled": settled, "states": queries.STATES,
    }  # fmt: skip
    return Piece("training/recertification/_mine.html", context, order=20)
