from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.home import WorkItem
from core.home import provider as today_provider
from core.search import Hit
from core.search import provider as search_provider
from core.typed import BIGGEST, line
from helpdesk.requests.demands import rules
from helpdesk.requests.demands.models import Disclosure, OutsideDemand
from helpdesk.requests.demands.rules import DemandState
from helpdesk.requests.permissions import Permission
from helpdesk.requests.rows import in_force, locked

AREA = "Help desk"
ORDER = [OutsideDemand.received_at, OutsideDemand.id]
LOG_ORDER = [Disclosure.released_at, Disclosure.id]
STATE_WORDS = {
    DemandState.RECEIVED: "Nothing released",
    DemandState.REFUSED: "Refused",
    DemandState.RELEASED: "Released",
}


def demands(principal: Principal, filters: Mapping[str, str]) -> Select[OutsideDemand]:
    """The demands a person may see, narrowed by what the list's filters say."""
    query = _in_reach(principal).options(joinedload(OutsideDemand.agency), joinedload(OutsideDemand.coc))
    if filters.get("state") in set(DemandState):
        query = query.where(OutsideDemand.state == DemandState(filters["state"]))
    return query


def _in_reach(principal: Principal) -> Select[OutsideDemand]:
    scope = principal.scope(Permission.DEMAND_VIEW)
    return select(OutsideDemand).where(scope.where(OutsideDemand, OutsideDemand.recorded_by_id))


def visible_demand(principal: Principal, demand_id: int, *, lock: bool = False) -> OutsideDemand:
    """Another agency's demand is not there. `lock` is for who is about to change it."""
    query = _in_reach(principal).where(OutsideDemand.id == min(demand_id, BIGGEST))
    options = (
        joinedload(OutsideDemand.agency),
        joinedload(OutsideDemand.coc),
        joinedload(OutsideDemand.recorded_by),
        joinedload(OutsideDemand.decided_by),
        joinedload(OutsideDemand.told_by),
    )
    row: OutsideDemand = found(db.session.scalar(query.options(*options)))
    return locked(row) if lock else row


# ------------------------------------------------------------------ the log


def disclosures(principal: Principal, filters: Mapping[str, str]) -> Select[Disclosure]:
    """The log as far as a person may see it; about one client by their number in the HMIS."""
    query = select(Disclosure).where(principal.scope(Permission.LOG_VIEW).where(Disclosure))
    query = query.options(joinedload(Disclosure.agency), joinedload(Disclosure.coc), joinedload(Disclosure.released_by))
    if wanted := line(filters.get("client")):
        query = query.where(Disclosure.client_id == wanted[:80])
    return query


def whole_log(principal: Principal, filters: Mapping[str, str]) -> Iterator[Disclosure]:
    """Every row of it, oldest first, a few hundred at a time."""
    query = disclosures(principal, filters).order_by(*LOG_ORDER).execution_options(yield_per=500)
    yield from db.session.scalars(query)


def of_demand(row: OutsideDemand) -> list[Disclosure]:
    return list(db.session.scalars(select(Disclosure).where(Disclosure.demand_id == row.id).order_by(Disclosure.id)))


# ------------------------------------------------------------------ Today and search


@today_provider
def for_today(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """What is undecided, and whom nobody has told of the attempt, longest first."""
    if not principal.can(Permission.DEMAND_HANDLE):
        return []
    reach = principal.scope(Permission.DEMAND_HANDLE).where(OutsideDemand)
    undecided = _rows(reach, OutsideDemand.state == DemandState.RECEIVED, limit=limit)
    untold = _rows(
        reach, and_(OutsideDemand.state != DemandState.RECEIVED, OutsideDemand.told_at.is_(None)), limit=limit
    )
    owed = [row for row in untold if rules.owes_telling(in_force(row.coc, at))]
    return [
        *(_item(row, "Check and decide", "Nothing is released until then") for row in undecided),
        *(_item(row, "Tell the client", "They are to know of the attempt", "#tell") for row in owed),
    ]


def _rows(*conditions: object, limit: int) -> list[OutsideDemand]:
    query = select(OutsideDemand).where(*conditions)  # type: ignore[arg-type]
    query = query.options(joinedload(OutsideDemand.agency), joinedload(OutsideDemand.coc))
    return list(db.session.scalars(query.order_by(*ORDER).limit(limit)))


def _item(row: OutsideDemand, action: str, detail: str, anchor: str = "") -> WorkItem:
    return WorkItem(
        title=f"Outside demand {row.id}, {row.place}",
        url=f"/demands/{row.id}{anchor}",
        action=action,
        area=AREA,
        detail=detail,
        since=row.received_at,
    )


@search_provider("Requests")
def search(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the client's number in the HMIS, the newest first."""
    if not principal.can(Permission.DEMAND_VIEW):
        return []
    query = _in_reach(principal).where(OutsideDemand.client_id == line(text)[:80])
    query = query.options(joinedload(OutsideDemand.agency), joinedload(OutsideDemand.coc))
    rows = db.session.scalars(query.order_by(OutsideDemand.id.desc()).limit(limit))
    return [Hit(f"Outside demand {row.id}", f"/demands/{row.id}", "Requests", _told(row)) for row in rows]


def _told(row: OutsideDemand) -> str:
    return f"{STATE_WORDS[row.state]}, {row.place}"
