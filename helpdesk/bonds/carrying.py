"""What of a merged request goes on with the one that it is part of now, and comes off again when that is undone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from core.authz import principal_for
from core.db import db
from core.people.models import Person
from helpdesk.bonds.models import TicketMerge
from helpdesk.desk.models import Draft, Mention, TicketTag, Watcher
from helpdesk.tickets.family import parts_of
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.permissions import Permission
from helpdesk.tickets.rules import Priority
from helpdesk.tickets.standing import may

URGENCY = list(Priority)


def carry(source: Ticket, target: Ticket, at: datetime) -> dict[str, Any]:
    """Tags, watchers who may see it, the higher priority; and what was being typed, which stays where it goes."""
    carried: dict[str, Any] = {"tags": _tags(source, target), "watchers": _watchers(source, target, at)}
    if URGENCY.index(source.priority) > URGENCY.index(target.priority):
        carried["priority"] = [target.priority, source.priority]
        target.priority = source.priority
    _drafts(source, target)
    _mentions(source.id, target.id)
    return carried


def take_off(source: Ticket, target: Ticket, carried: dict[str, Any]) -> None:
    """Only what came from it, and a priority only where nobody has changed it since."""
    _off(target, carried)
    before, raised = carried.get("priority", (None, None))
    if raised == target.priority and before is not None:
        target.priority = Priority(before)
    _mentions(source.id, source.id)


def take_off_further(carried: dict[str, Any], later: Iterable[TicketMerge]) -> None:
    """What came from it and went on with the whole, which was merged into others since: `later`, in their order."""
    for merge in later:
        through = {kind: [one for one in merge.carried[kind] if one in carried[kind]] for kind in ("tags", "watchers")}
        kept = {kind: [one for one in merge.carried[kind] if one not in through[kind]] for kind in through}
        _off(merge.target, through)
        before, raised = merge.carried.get("priority", (None, None))
        if raised is not None and "priority" in carried:
            still = max(Priority(before), merge.source.priority, key=URGENCY.index)
            if merge.target.priority == raised:
                merge.target.priority = still
            kept |= {"priority": [before, still]} if still != before else {}
        elif raised is not None:
            kept["priority"] = [before, raised]
        merge.carried = kept


def _off(target: Ticket, carried: dict[str, Any]) -> None:
    tags = TicketTag.ticket_id == target.id, TicketTag.tag_id.in_(carried["tags"])
    db.session.execute(delete(TicketTag).where(*tags))
    watchers = Watcher.ticket_id == target.id, Watcher.person_id.in_(carried["watchers"])
    db.session.execute(delete(Watcher).where(*watchers))


def _tags(source: Ticket, target: Ticket) -> list[int]:
    rows = db.session.scalars(select(TicketTag).where(TicketTag.ticket_id == source.id)).all()
    values = [{"ticket_id": target.id, "tag_id": row.tag_id, "by_id": row.by_id, "at": row.at} for row in rows]
    if not values:
        return []
    new = insert(TicketTag).values(values).on_conflict_do_nothing().returning(TicketTag.tag_id)
    return list(db.session.scalars(new))


def _watchers(source: Ticket, target: Ticket, at: datetime) -> list[int]:
    query = select(Watcher, Person).join(Person, Person.id == Watcher.person_id).where(Watcher.ticket_id == source.id)
    values = [
        {"ticket_id": target.id, "person_id": row.person_id, "added_by_id": row.added_by_id, "at": row.at}
        for row, person in db.session.execute(query)
        if may(principal_for(person, at), Permission.TICKET_VIEW, target)
    ]
    if not values:
        return []
    new = insert(Watcher).values(values).on_conflict_do_nothing().returning(Watcher.person_id)
    return list(db.session.scalars(new))


def _drafts(source: Ticket, target: Ticket) -> None:
    """A requester's draft stays: they go on writing on their own request, where it is theirs alone."""
    theirs = Draft.ticket_id == source.id, Draft.box != "reply"
    for row in db.session.scalars(select(Draft).where(*theirs).with_for_update()).all():
        same = Draft.person_id == row.person_id, Draft.ticket_id == target.id, Draft.box == row.box
        known = db.session.scalar(select(Draft).where(*same))
        if known is None:
            row.ticket_id = target.id
        else:
            known.text = f"{known.text}\n\n{row.text}"
            db.session.delete(row)
    db.session.flush()


def _mentions(part_id: int, shown_on_id: int) -> None:
    """Somebody named in a note of it finds the note where it is read."""
    parts = parts_of(part_id)
    of_part = select(TicketMessage.id).where(TicketMessage.ticket_id.in_(select(parts.c.id)))
    db.session.execute(update(Mention).where(Mention.message_id.in_(of_part)).values(ticket_id=shown_on_id))
