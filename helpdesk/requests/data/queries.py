from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.search import Hit
from core.search import provider as search_provider
from core.typed import BIGGEST
from helpdesk.requests.data.models import DataRequest, DataRequestStep, DataRequestVote
from helpdesk.requests.data.rules import OPEN_STATES, DataState
from helpdesk.requests.data.services import STATE_WORDS
from helpdesk.requests.permissions import Permission
from helpdesk.requests.rows import locked

AREA = "Help desk"
CLOSED_STATES = tuple(state for state in DataState if state not in OPEN_STATES)
SHOWN = {"open": OPEN_STATES, "closed": CLOSED_STATES, "all": tuple(DataState)}
ORDER = [DataRequest.priority, DataRequest.id]


def data_requests(principal: Principal, filters: Mapping[str, str]) -> Select[DataRequest]:
    """The requests a person may see, narrowed by what the list's filters say."""
    query = _in_reach(principal).options(joinedload(DataRequest.agency), joinedload(DataRequest.coc))
    query = query.where(DataRequest.state.in_(SHOWN.get(filters.get("shown", "open"), OPEN_STATES)))
    if filters.get("state") in set(DataState):
        query = query.where(DataRequest.state == DataState(filters["state"]))
    return query


def _in_reach(principal: Principal) -> Select[DataRequest]:
    return select(DataRequest).where(principal.scope(Permission.DATA_VIEW).where(DataRequest, DataRequest.asked_by_id))


def visible_request(principal: Principal, request_id: int, *, lock: bool = False) -> DataRequest:
    """Another agency's request is not there. `lock` is for who is about to change it."""
    query = _in_reach(principal).where(DataRequest.id == min(request_id, BIGGEST))
    options = (joinedload(DataRequest.agency), joinedload(DataRequest.coc), joinedload(DataRequest.asked_by))
    row: DataRequest = found(db.session.scalar(query.options(*options)))
    return locked(row) if lock else row


def steps_of(row: DataRequest) -> list[DataRequestStep]:
    query = select(DataRequestStep).where(DataRequestStep.request_id == row.id)
    return list(db.session.scalars(query.options(joinedload(DataRequestStep.by)).order_by(DataRequestStep.id)))


def votes_of(row: DataRequest) -> list[DataRequestVote]:
    query = select(DataRequestVote).where(DataRequestVote.request_id == row.id)
    return list(db.session.scalars(query.options(joinedload(DataRequestVote.person)).order_by(DataRequestVote.id)))


@today_provider
def for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """What waits for the Lead, in the order of the queue; the votes that this person has not given; what they asked."""
    return [*_to_look_at(principal, limit), *_to_vote_on(principal, limit), *_asked(principal, limit)]


def _to_look_at(principal: Principal, limit: int) -> list[WorkItem]:
    if not principal.can(Permission.DATA_WORK):
        return []
    reach = principal.scope(Permission.DATA_WORK).where(DataRequest)
    query = select(DataRequest).where(reach, DataRequest.state == DataState.ASKED)
    rows = _by_rank(query, limit)
    return [_item(row, "Look at it", f"{row.whose}, priority {row.priority}", Turn.MINE) for row in rows]


def _to_vote_on(principal: Principal, limit: int) -> list[WorkItem]:
    if not principal.can(Permission.DATA_VOTE):
        return []
    voted = select(DataRequestVote.request_id).where(DataRequestVote.person_id == principal.person_id)
    query = select(DataRequest).where(
        principal.scope(Permission.DATA_VOTE).where(DataRequest),
        DataRequest.state == DataState.NEEDS_APPROVAL,
        DataRequest.asked_by_id != principal.person_id,
        DataRequest.id.not_in(voted),
    )
    return [_item(row, "Vote", f"{row.whose} asks", Turn.MINE) for row in _by_rank(query, limit)]


def _asked(principal: Principal, limit: int) -> list[WorkItem]:
    if not principal.can(Permission.DATA_ASK):
        return []
    query = select(DataRequest).where(
        DataRequest.asked_by_id == principal.person_id, DataRequest.state.in_(OPEN_STATES)
    )
    return [_item(row, "See it", STATE_WORDS[row.state], Turn.WAITING) for row in _by_rank(query, limit)]


def _by_rank(query: Select[DataRequest], limit: int) -> list[DataRequest]:
    query = query.options(joinedload(DataRequest.agency), joinedload(DataRequest.coc))
    return list(db.session.scalars(query.order_by(DataRequest.priority.desc(), DataRequest.id.desc()).limit(limit)))


def _item(row: DataRequest, action: str, detail: str, group: Turn) -> WorkItem:
    return WorkItem(
        title=f"Data request {row.id}: {row.title}",
        url=f"/data-requests/{row.id}",
        action=action,
        area=AREA,
        detail=detail,
        since=row.asked_at,
        group=group,
    )


@search_provider("Requests")
def search(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By number, or by a word of the title, the newest first."""
    if not principal.can(Permission.DATA_VIEW):
        return []
    wanted = text.removeprefix("#")
    number = DataRequest.id == int(wanted[:18]) if wanted.isdecimal() else None
    worded = DataRequest.title.icontains(text, autoescape=True)
    query = _in_reach(principal).where(worded if number is None else or_(worded, number))
    query = query.options(joinedload(DataRequest.agency), joinedload(DataRequest.coc))
    rows = db.session.scalars(query.order_by(DataRequest.id.desc()).limit(limit))
    return [
        Hit(
            f"Data request {r.id}: {r.title}",
            f"/data-requests/{r.id}",
            "Requests",
            _told(r),
        )
        for r in rows
    ]


def _told(row: DataRequest) -> str:
    return f"{STATE_WORDS[row.state]}, {row.whose}"
