from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline
from core.home import WorkItem
from core.home import provider as today_provider
from core.search import Hit
from core.search import provider as search_provider
from core.typed import BIGGEST, line
from helpdesk.requests.clients.models import ClientRequest
from helpdesk.requests.clients.rules import ClientState
from helpdesk.requests.clients.services import CLOCK
from helpdesk.requests.permissions import Permission
from helpdesk.requests.rows import locked

AREA = "Help desk"
ORDER = [ClientRequest.received_at, ClientRequest.id]
STATE_WORDS = {
    ClientState.OPEN: "To answer",
    ClientState.ANSWERED: "Answered",
    ClientState.REFUSED: "Refused",
    ClientState.WITHDRAWN: "Withdrawn",
}


def client_requests(principal: Principal, filters: Mapping[str, str]) -> Select[ClientRequest]:
    """The requests a person may see, narrowed by what the list's filters say."""
    query = _in_reach(principal).options(joinedload(ClientRequest.agency), joinedload(ClientRequest.coc))
    if filters.get("state") in set(ClientState):
        query = query.where(ClientRequest.state == ClientState(filters["state"]))
    if wanted := line(filters.get("client")):
        query = query.where(ClientRequest.client_id == wanted[:80])
    return query


def _in_reach(principal: Principal) -> Select[ClientRequest]:
    return select(ClientRequest).where(principal.scope(Permission.CLIENT_VIEW).where(ClientRequest))


def visible_request(principal: Principal, request_id: int, *, lock: bool = False) -> ClientRequest:
    """Another agency's request is not there. `lock` is for who is about to change it."""
    query = _in_reach(principal).where(ClientRequest.id == min(request_id, BIGGEST))
    options = (
        joinedload(ClientRequest.agency),
        joinedload(ClientRequest.coc),
        joinedload(ClientRequest.recorded_by),
        joinedload(ClientRequest.decided_by),
    )
    row: ClientRequest = found(db.session.scalar(query.options(*options)))
    return locked(row) if lock else row


def clocks_of(rows: list[ClientRequest]) -> dict[int, Deadline]:
    """The clock of each, by the request's number."""
    query = select(Deadline).where(
        Deadline.kind == CLOCK,
        Deadline.subject_type == ClientRequest.__tablename__,
        Deadline.subject_id.in_([row.id for row in rows]),
    )
    return {clock.subject_id: clock for clock in db.session.scalars(query)}


@today_provider
def without_a_limit(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """What an agency is still to answer and no clock counts; those with a clock stand among the deadlines."""
    agency_ids = principal.scope(Permission.CLIENT_ANSWER).agency_ids
    if not agency_ids:
        return []
    clocked = select(Deadline.subject_id).where(
        Deadline.kind == CLOCK, Deadline.subject_type == "client_request", Deadline.subject_id == ClientRequest.id
    )
    query = select(ClientRequest).where(
        ClientRequest.agency_id.in_(agency_ids), ClientRequest.state == ClientState.OPEN, ~clocked.exists()
    )
    rows = db.session.scalars(query.options(joinedload(ClientRequest.agency)).order_by(*ORDER).limit(limit))
    return [
        WorkItem(
            title=f"Answer client request {row.id}, {row.agency.name}",
            url=f"/client-requests/{row.id}",
            action="Answer or refuse",
            area=AREA,
            detail="The manual sets no time for it",
            since=row.received_at,
        )
        for row in rows
    ]


@search_provider("Requests")
def search(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the client's number in the HMIS, the newest first."""
    if not principal.can(Permission.CLIENT_VIEW):
        return []
    query = (
        _in_reach(principal).where(ClientRequest.client_id == line(text)[:80]).options(joinedload(ClientRequest.agency))
    )
    rows = db.session.scalars(query.order_by(ClientRequest.id.desc()).limit(limit))
    return [Hit(f"Client request {row.id}", f"/client-requests/{row.id}", "Requests", _told(row)) for row in rows]


def _told(row: ClientRequest) -> str:
    return f"{STATE_WORDS[row.state]}, {row.agency.name}"
