from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select, text

from core import clock
from core.audit.models import AuditEvent
from core.connections import by_key
from core.db import Base, before_commit, current_unit, db

GENESIS = b"\0" * 32
LOCK_SPACE = 4_210_001


@dataclass(frozen=True)
class Actor:
    name: str
    person_id: int | None = None


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def acting_as(name: str, person_id: int | None = None) -> Iterator[None]:
    """Deeds inside are this actor's: a job ("system:sweep"), a command, or a person."""
    token = _actor.set(Actor(name, person_id))
    try:
        yield
    finally:
        _actor.reset(token)


def record(
    action: str,
    subject: Base,
    *,
    lead_id: int | None = None,
    agency_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add one event to the unit of work under way. The chain is extended just before it commits,
    so that its lock is held only for that moment."""
    event = {
        "chain": lead_id or getattr(subject, "lead_id", None) or 0,
        "at": clock.now(),
        "actor": _who().name,
        "actor_id": _who().person_id,
        "action": action,
        "subject_type": subject.__tablename__,
        "agency_id": agency_id or getattr(subject, "agency_id", None),
        "data": json.loads(json.dumps(data or {}, default=str)),
    }
    before_commit(partial(_append, event, subject))


def _who() -> Actor:
    actor = _actor.get()
    if actor is not None:
        return actor
    from core.authz import principal_or_none

    principal = principal_or_none()
    return Actor(principal.name, principal.person_id) if principal else Actor("system")


def _append(values: dict[str, Any], subject: Base) -> None:
    chain = values["chain"]
    if getattr(subject, "id", 0) is None:  # made by something else that waited for the end
        db.session.flush()
    seq, previous = _head(chain)
    event = AuditEvent(**values, seq=seq + 1, subject_id=getattr(subject, "id", 0), previous=previous)
    event.hash = digest(event)
    db.session.add(event)
    current_unit().memo["audit", chain] = event.seq, event.hash


def _head(chain: int) -> tuple[int, bytes]:
    """The end of the chain, which from here to the commit only this transaction may extend. It is the last lock that
    anybody takes, so nobody waits for it in a circle: a sweep, which otherwise gives way, waits for it too."""
    known: tuple[int, bytes] | None = current_unit().memo.get(("audit", chain))
    if known:
        return known
    db.session.execute(
        by_key(text("select set_config('lock_timeout', '0', true), pg_advisory_xact_lock(:space, :chain)")),
        {"space": LOCK_SPACE, "chain": chain},
    )
    last = select(AuditEvent.seq, AuditEvent.hash).where(AuditEvent.chain == chain)
    row = db.session.execute(by_key(last.order_by(AuditEvent.seq.desc()).limit(1))).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def digest(event: AuditEvent) -> bytes:
    """SHA-256 over the previous hash and every field that says what happened."""
    told = [
        event.chain,
        event.seq,
        _instant(event.at),
        event.actor_id,
        event.actor,
        event.action,
        event.subject_type,
        event.subject_id,
        event.agency_id,
        event.data,
    ]
    body = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(event.previous + body.encode()).digest()


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Broken:
    """A place where the chain does not hold: a changed row, or a missing one before it."""

    chain: int
    seq: int
    event_id: int
    reason: str


def verify(batch: int = 5_000) -> Iterator[Broken]:
    """Walk every chain in order; yields each break, nothing when all is as it was written."""
    for chain in db.session.scalars(select(AuditEvent.chain).distinct().order_by(AuditEvent.chain)).all():
        yield from _verify_chain(chain, batch)


def _verify_chain(chain: int, batch: int) -> Iterator[Broken]:
    seq, previous = 0, GENESIS
    while rows := db.session.scalars(
        select(AuditEvent).where(AuditEvent.chain == chain, AuditEvent.seq > seq).order_by(AuditEvent.seq).limit(batch)
    ).all():
        for event in rows:
            if event.seq != seq + 1:
                yield Broken(chain, event.seq, event.id, f"events {seq + 1} to {event.seq - 1} are missing")
            elif event.previous != previous:
                yield Broken(chain, event.seq, event.id, "it does not follow the event before it")
            if digest(event) != event.hash:
                yield Broken(chain, event.seq, event.id, "it was changed after it was written")
            seq, previous = event.seq, event.hash
        db.session.expunge_all()
