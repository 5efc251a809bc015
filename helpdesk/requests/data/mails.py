"""Who is told what about a data request. Each mail has a link and none of what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.outbox import enqueue
from core.people.models import Person
from helpdesk.requests.data.models import DataRequest
from helpdesk.requests.mails import desk_of

NEWS = {
    "approved": "The CoC approved it; it now waits for its place in the HMIS Lead's queue.",
    "in-work": "The HMIS Lead has begun to work on it.",
    "delivered": "It has been delivered.",
    "returned": "It comes back to you with the reason. You can change it and ask again.",
    "denied": "It was denied. The reason is on the page.",
}


def asked(row: DataRequest, at: datetime, again: str = "") -> None:
    """To those who do the work: there is a request whose move is theirs."""
    for person in desk_of(row.lead_id, row.coc_id, at):
        if person.id != row.asked_by_id:
            _send("data-request-asked", row, person, again=again)


def to_vote(row: DataRequest, people: Iterable[Person]) -> None:
    for person in people:
        _send("data-request-vote", row, person)


def expected(row: DataRequest, occurrence: int) -> None:
    _send("data-request-expected", row, row.asked_by, again=f":{occurrence}")


def news(row: DataRequest, what: str) -> None:
    _send("data-request-news", row, row.asked_by, again=f":{what}", news=NEWS[what])


def _send(message: str, row: DataRequest, to: Person, *, again: str = "", **context: Any) -> None:
    told = {"request": row, "path": f"/data-requests/{row.id}", **context}
    enqueue(message, to, key=f"{message}:{row.id}:{to.id}{again}", context=told, subject=row)
