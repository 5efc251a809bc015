"""The history from which a request's clocks are replayed, with all that is or was part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from core.db import db
from helpdesk.bonds.models import TicketMerge
from helpdesk.bonds.rules import Joined, one_history
from helpdesk.flow.rules import Moment
from helpdesk.tickets.family import ANSWERS
from helpdesk.tickets.models import Ticket, TicketChange, TicketMessage
from helpdesk.tickets.rules import Action, State

Window = tuple[int, datetime, datetime | None]


def history_of(ticket: Ticket) -> list[Moment]:
    """As it was written, where nothing was ever merged."""
    merges = _merges_of(ticket.id)
    return _with(ticket.id, merges) if merges else _written(ticket.id)


def _with(ticket_id: int, merges: Sequence[TicketMerge]) -> list[Moment]:
    parts = list(_parts(ticket_id, merges))
    was_part = [row for row in merges if row.source_id == ticket_id and row.undone_at is not None]
    answered = [at for row in was_part for at in _answered(row.target_id, row.at, row.undone_at)]
    return one_history(_written(ticket_id), parts, sorted(set(answered)))


def histories_with_merges(ticket_ids: Sequence[int]) -> dict[int, list[Moment]]:
    """For figures, of those that have to do with a merge. One that is merged ends there, whatever is said later."""
    ends = or_(TicketMerge.source_id.in_(ticket_ids), TicketMerge.target_id.in_(ticket_ids))
    rows = db.session.execute(select(TicketMerge.source_id, TicketMerge.target_id).where(ends))
    told = {}
    for number in {number for row in rows for number in row} & set(ticket_ids):
        merges = _merges_of(number)
        history = _with(number, merges)
        live = next((row for row in merges if row.source_id == number and row.undone_at is None), None)
        if live is not None:
            history = [moment for moment in history if moment.at <= live.at]
            history.append(Moment(live.at, Action.MERGE, State.MERGED, history[-1].tier))
        told[number] = history
    return told


def _written(ticket_id: int) -> list[Moment]:
    query = select(TicketChange.at, TicketChange.action, TicketChange.state, TicketChange.tier)
    query = query.where(TicketChange.ticket_id == ticket_id).order_by(TicketChange.at, TicketChange.id)
    return [Moment(*row) for row in db.session.execute(query)]


def _merges_of(ticket_id: int) -> list[TicketMerge]:
    query = select(TicketMerge).where(or_(TicketMerge.source_id == ticket_id, TicketMerge.target_id == ticket_id))
    return list(db.session.scalars(query.order_by(TicketMerge.id)))


def _parts(ticket_id: int, merges: Iterable[TicketMerge]) -> Iterable[Joined]:
    for row in merges:
        if row.target_id == ticket_id and row.undone_at is None:
            yield Joined(tuple(_written(row.source_id)), row.at, State(row.state_before))
            yield from _parts(row.source_id, _merges_of(row.source_id))


def answers_meanwhile(row: TicketMerge) -> list[TicketMessage]:
    """What the desk told the whole while that request was part of it."""
    said: list[TicketMessage] = []
    for ticket_id, since, until in _whereabouts(row.target_id, row.at, row.undone_at):
        query = select(TicketMessage).where(TicketMessage.ticket_id == ticket_id, TicketMessage.kind.in_(ANSWERS))
        query = query.where(TicketMessage.at >= since, TicketMessage.is_internal.is_(False))
        query = query.where(TicketMessage.at <= until) if until is not None else query
        said += db.session.scalars(query.options(selectinload(TicketMessage.files)).order_by(TicketMessage.id)).all()
    return said


def _answered(target_id: int, since: datetime, until: datetime | None) -> Iterable[datetime]:
    """When the desk answered the one that it was part of."""
    for ticket_id, begins, ends in _whereabouts(target_id, since, until):
        for moment in _written(ticket_id):
            if moment.action is Action.ANSWER and moment.at >= begins and (ends is None or moment.at <= ends):
                yield moment.at


def _whereabouts(target_id: int, since: datetime, until: datetime | None) -> Iterable[Window]:
    """The request that it was part of, and those that this one was part of in turn, each with from when to when."""
    yield target_id, since, until
    for row in _merges_of(target_id):
        begins, ends = max(since, row.at), min((end for end in (until, row.undone_at) if end), default=None)
        if row.source_id == target_id and (ends is None or begins < ends):
            yield from _whereabouts(row.target_id, begins, ends)
