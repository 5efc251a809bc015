"""Mail in: kept first, read afterwards, and never in the way of the next message.

A message is committed as it came before anything looks at it. Reading it is a second unit of work; whatever
goes wrong there puts it into quarantine with the reason, where a person can see it, mend it and try again.
"""

from __future__ import annotations

import hashlib
import logging
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import accumulate, chain, takewhile
from pathlib import Path
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy import Table, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import undefer

from core import clock
from core.audit import acting_as, record
from core.connections import by_key
from core.db import db, savepoint, unit_of_work
from core.errors import Conflict, DomainError, Invalid
from core.outbox import OutboxMessage, suppress
from core.people.models import Lead
from helpdesk.mail import guards, owners, threads
from helpdesk.mail.classify import Sender, Verdict, classify, may_be_a_tracker
from helpdesk.mail.lanes import lanes, ties
from helpdesk.mail.models import InboundMessage, InboundState
from helpdesk.mail.owners import STDIN, Addressee
from helpdesk.mail.parse import Parsed, Unreadable, parse
from helpdesk.vendor import inbox

log = logging.getLogger(__name__)

PATIENCE = 10.0
MOST_TRIES = 5
HANDFUL, HANDFUL_BYTES = 30, 4_000_000
READERS = 3
LOCK_SPACE = 4_210_003

# Classes of PostgreSQL's error codes: no connection or no server, and what a later try may get over (a deadlock,
# a lock, a full disk). Any other one is this message's own fault.
GONE = frozenset({"", "08", "57"})
BUSY = frozenset({"40", "53", "55"})


@dataclass(frozen=True)
class Outcome:
    """What became of a message: ticket, reply, vendor-case, bounce, auto-reply, duplicate or quarantined."""

    outcome: str
    ticket: int | None = None
    reason: str = ""


class Quarantine(Exception):
    """A person has to look at this one; the text says why."""


def receive(raw: bytes, mailbox: str = STDIN, uidvalidity: int = 0, uid: int | None = None) -> Outcome:
    """Keep a message, then read it. Raises only when it could not be kept."""
    row_id = keep(raw, mailbox, uidvalidity, uid)
    if row_id is None:
        return _seen_before(raw, mailbox, uidvalidity, uid)
    return _read_or_leave(row_id)


def keep(raw: bytes, mailbox: str, uidvalidity: int, uid: int | None) -> int | None:
    """The number of the new row, committed; None for a message that is here already."""
    with unit_of_work() as session:
        new = insert(InboundMessage).values(**_as_it_came(raw, mailbox, uidvalidity, uid))
        return session.scalar(new.on_conflict_do_nothing().returning(InboundMessage.id))


def keep_all(messages: Sequence[tuple[bytes, int]], mailbox: str, uidvalidity: int) -> None:
    """Several of one mailbox with their UIDs, committed together; those that are here already stay as they are."""
    rows = [_as_it_came(raw, mailbox, uidvalidity, uid) for raw, uid in messages]
    with unit_of_work() as session:
        session.execute(insert(cast(Table, InboundMessage.__table__)).on_conflict_do_nothing(), rows)


def _as_it_came(raw: bytes, mailbox: str, uidvalidity: int, uid: int | None) -> dict[str, Any]:
    return {
        "mailbox": mailbox,
        "uidvalidity": uidvalidity,
        "uid": uid,
        "raw": raw,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "size": len(raw),
        "received_at": clock.now(),
        "state": InboundState.KEPT,
        "tries": 0,
    }


def _seen_before(raw: bytes, mailbox: str, uidvalidity: int, uid: int | None) -> Outcome:
    """The same message again; one that was kept and never read, because the process died, is read now."""
    query = select(InboundMessage)
    if uid is None:
        query = query.where(InboundMessage.sha256 == hashlib.sha256(raw).hexdigest(), InboundMessage.uid.is_(None))
    else:
        query = query.where(
            InboundMessage.mailbox == mailbox,
            InboundMessage.uidvalidity == uidvalidity,
            InboundMessage.uid == uid,
        )
    row = db.session.scalars(query).one()
    if row.state is InboundState.KEPT:
        return _read_or_leave(row.id)
    return _duplicate_of(row)


def _duplicate_of(row: InboundMessage) -> Outcome:
    waits = ", which waits in quarantine" if row.state is InboundState.QUARANTINED else ""
    return Outcome("duplicate", row.ticket_id, f"the same message came before, as number {row.id}{waits}")


def _read_or_leave(row_id: int) -> Outcome:
    """Read it now, or say that the sweep will: it is safely kept, whatever the database does next."""
    try:
        return read(row_id)
    except OperationalError as error:
        log.warning("message %s is kept and waits for the database: %s", row_id, _state_of(error))
        return Outcome("quarantined", None, "It is kept, and is read as soon as the database lets it.")


def read_kept(seconds: float = PATIENCE) -> int:
    """Read what is kept and not read yet, oldest first; returns how many.

    Stops after `seconds`, since the next round goes on. What another process is reading is left to it, and
    what ended the process that read it, again and again, goes to a person.
    """
    until, last, count = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until and (claimed := _next_kept(last)):
        last = claimed[-1].row_id
        count += len(claimed)
        _read_claimed(claimed)
    return count


@dataclass(frozen=True)
class Claim:
    """A kept message that is about to be read, and which try that is."""

    row_id: int
    tries: int


def _next_kept(after: int) -> list[Claim]:
    """The next messages to read; the tries are counted before they are read, for one may be the reader's end.

    What nobody has tried is taken several at a time. What was tried before may be what ended its reader, and the rest
    of that handful with it; each of those is taken alone, so that the tries of one are not counted to another.
    """
    waiting = select(InboundMessage.id, InboundMessage.tries, InboundMessage.size)
    waiting = waiting.where(InboundMessage.state == InboundState.KEPT, InboundMessage.id > after)
    waiting = waiting.order_by(InboundMessage.id).limit(HANDFUL).with_for_update(skip_locked=True)
    with unit_of_work() as session:
        rows = session.execute(waiting).all()
        together = accumulate(row.size for row in rows)
        fresh = list(takewhile(lambda row: row.tries == 0 and next(together) <= HANDFUL_BYTES, rows)) or rows[:1]
        if fresh:
            tried = update(InboundMessage).where(InboundMessage.id.in_([row.id for row in fresh]))
            session.execute(tried.values(tries=InboundMessage.tries + 1).execution_options(synchronize_session=False))
        return [Claim(row.id, row.tries + 1) for row in fresh]


def _read_claimed(claimed: list[Claim]) -> None:
    """Side by side where they have nothing to do with one another, for reading is mostly waiting for the database."""
    [first, *others] = claimed
    if not others and first.tries > MOST_TRIES:
        _quarantine(first.row_id, f"Reading it failed {first.tries - 1} times, without saying why.")
        return
    if not others:
        _read_one_of_many(first.row_id)
        return
    raws = select(InboundMessage.id, InboundMessage.raw).where(InboundMessage.id.in_([one.row_id for one in claimed]))
    with unit_of_work() as session:
        told = lanes([(row.id, ties(row.raw)) for row in session.execute(raws.order_by(InboundMessage.id))])
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way to hand it on
    with ThreadPoolExecutor(READERS, "mail-reader") as pool:
        list(pool.map(partial(_read_lanes, app), [share for n in range(READERS) if (share := told[n::READERS])]))


def _read_lanes(app: Flask, share: list[list[int]]) -> None:
    with app.app_context():
        for row_id in chain.from_iterable(share):
            _read_one_of_many(row_id)


def _read_one_of_many(row_id: int) -> None:
    """A message that meets a lock or a deadlock keeps its turn for the next round, and the others theirs."""
    try:
        read(row_id, wait=False)
    except OperationalError as error:
        if _is_away(error):
            raise
        log.warning("message %s waits for the next round: %s", row_id, _state_of(error))


def read(row_id: int, *, wait: bool = True, trusted: bool = False) -> Outcome:
    """Read one kept message. Only what a later try may get over is an error; the row then stays as it is.

    `wait`: for another process that is reading it. `trusted`: a person has looked and wants it in.
    """
    try:
        with acting_as("system:mail"), unit_of_work():
            return _read(row_id, wait, trusted)
    except OperationalError as error:
        if _may_pass(error):
            raise
        return _broken(row_id, error)
    except Unreadable as told:
        return _quarantine(row_id, str(told))
    except Exception as error:  # noqa: BLE001 - whatever a message sets off, the next one must not wait for it
        return _broken(row_id, error)


def _broken(row_id: int, error: Exception) -> Outcome:
    """Told without the error's own words, which may repeat the message's."""
    frames = traceback.extract_tb(error.__traceback__)
    where = "; ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:])
    log.error("message %s could not be read: %s at %s", row_id, type(error).__name__, where)
    return _quarantine(row_id, f"The service could not read it ({type(error).__name__}).")


def _state_of(error: OperationalError) -> str:
    """The five characters by which PostgreSQL names what happened; "" when the connection was lost."""
    return getattr(error.orig, "sqlstate", None) or ""


def _is_away(error: OperationalError) -> bool:
    return _state_of(error)[:2] in GONE


def _may_pass(error: OperationalError) -> bool:
    return _state_of(error)[:2] in GONE | BUSY


def _read(row_id: int, wait: bool, trusted: bool) -> Outcome:
    lock = {"skip_locked": not wait}
    whole = [undefer(InboundMessage.raw)]
    row = db.session.get(InboundMessage, row_id, with_for_update=lock, populate_existing=True, options=whole)
    if row is None:
        return Outcome("duplicate", None, "another process is reading it")
    if row.state is InboundState.DONE:
        return Outcome(row.outcome, row.ticket_id, row.reason)
    parsed = parse(row.raw)
    to = owners.addressee_of(parsed, row.mailbox, row.received_at)
    row.message_id, row.content_hash = parsed.message_id, parsed.content_hash
    row.from_address, row.subject = parsed.sender, parsed.subject[:300]
    row.lead_id = to.lead.id if to else None
    try:
        with savepoint():
            outcome = _same_message(row) or _decide(row, parsed, to or _whoever_is_first(), trusted)
    except (Quarantine, DomainError) as told:
        return _set_aside(row, str(told))
    row.state, row.outcome, row.reason, row.ticket_id = (
        InboundState.DONE,
        outcome.outcome,
        outcome.reason,
        outcome.ticket,
    )
    record("mail.read", row, data={"outcome": outcome.outcome, "ticket": outcome.ticket})
    return outcome


def _decide(row: InboundMessage, parsed: Parsed, to: Addressee | None, trusted: bool) -> Outcome:
    verdict = classify(parsed)
    if verdict.sender is Sender.MAIL_SERVER:
        return _bounced(parsed, verdict)
    if not parsed.sender:
        raise Quarantine("It does not say who sent it.")
    if threads.is_our_own(parsed):
        return Outcome("auto-reply", None, "it is our own mail that came back")
    if verdict.sender is Sender.MACHINE and not (
        may_be_a_tracker(parsed) and (inbox.case_of(parsed) or threads.is_the_vendors(parsed, row.received_at))
    ):
        return Outcome("auto-reply", threads.ticket_named(parsed, row.received_at), verdict.reason)
    if to is None:
        raise Quarantine("No HMIS Lead here has an address that it was sent to.")
    if not trusted and guards.is_flood(parsed.sender, row.received_at):
        raise Quarantine("More messages came from this address within an hour than people write.")
    if case := inbox.case_of(parsed):
        inbox.add(case, parsed, row.received_at)
        return Outcome("vendor-case", None, f"it answers vendor case V{case.id}")
    return _into_a_ticket(parsed, to, row.received_at)


def _whoever_is_first() -> Addressee | None:
    lead = owners.first_lead()
    return Addressee(lead) if lead else None


def _into_a_ticket(parsed: Parsed, to: Addressee, at: datetime) -> Outcome:
    claim = threads.claim_of(parsed, at)
    if claim and guards.is_echo(claim.ticket.id, parsed.sender, parsed.text, at):
        return Outcome("auto-reply", claim.ticket.id, "the same words came from there several times within an hour")
    if claim and (number := threads.continue_ticket(claim, parsed, at)):
        return Outcome("reply", number)
    return Outcome("ticket", threads.start_ticket(parsed, to, at))


def _same_message(row: InboundMessage) -> Outcome | None:
    """What became of the same message when it came another way; two that come at once wait for each other."""
    if not row.message_id:
        return None
    ours = {"space": LOCK_SPACE, "id": row.message_id}
    db.session.execute(by_key(text("select pg_advisory_xact_lock(:space, hashtext(:id))")), ours)
    earlier = db.session.scalar(
        select(InboundMessage)
        .where(
            InboundMessage.message_id == row.message_id,
            InboundMessage.content_hash == row.content_hash,
            InboundMessage.state == InboundState.DONE,
            InboundMessage.id != row.id,
        )
        .order_by(InboundMessage.id)
        .limit(1)
    )
    return _duplicate_of(earlier) if earlier else None


def _bounced(parsed: Parsed, verdict: Verdict) -> Outcome:
    """An address is given up only on a report about a mail that we really sent there: reports can be forged."""
    ours = threads.our_mails_inside(parsed)
    for mail in ours:
        if mail.address.lower() in verdict.failed:
            suppress(mail.address, verdict.reason[:500])
    return Outcome("bounce", _ticket_of(ours), verdict.reason)


def _ticket_of(mails: list[OutboxMessage]) -> int | None:
    return next((mail.subject_id for mail in mails if mail.subject_type == "ticket"), None)


def _quarantine(row_id: int, reason: str) -> Outcome:
    with acting_as("system:mail"), unit_of_work() as session:
        row = session.get_one(InboundMessage, row_id, with_for_update=True, populate_existing=True)
        return _set_aside(row, reason)


def _set_aside(row: InboundMessage, reason: str) -> Outcome:
    """For a person of the Lead it was written to, or whose mailbox it lay in; else for whoever runs the service."""
    row.state, row.outcome, row.reason = InboundState.QUARANTINED, "quarantined", reason[:2000]
    row.tries += 1
    if row.lead_id is None and (owner := owners.lead_of_mailbox(row.mailbox)):
        row.lead_id = owner.id
    record("mail.quarantined", row, data={"reason": row.reason})
    return Outcome("quarantined", None, row.reason)


def try_again(row: InboundMessage) -> Outcome:
    """Somebody mended what was in the way."""
    if row.state is not InboundState.QUARANTINED:
        raise Conflict("This message has been dealt with.", "Load the page again.")
    return read(row.id, trusted=True)


def make_ticket(row: InboundMessage, sender: str, subject: str, words: str) -> int:
    """A person read the message and says what it is; returns the ticket's number."""
    if row.state is not InboundState.QUARANTINED:
        raise Conflict("This message has been dealt with.", "Load the page again.")
    lead = db.session.get(Lead, row.lead_id) if row.lead_id else owners.lead_of_mailbox(row.mailbox)
    if lead is None:
        raise Invalid("There is no HMIS Lead that this mail is for.", "Add the support address to the Lead first.")
    ticket_id = threads.start_by_hand(sender, subject, words, lead, row.received_at)
    row.state, row.outcome, row.ticket_id = InboundState.DONE, "ticket", ticket_id
    record("mail.made-by-hand", row, data={"ticket": ticket_id})
    return ticket_id


def give_to(row: InboundMessage, lead: Lead) -> None:
    """Whoever runs the service says which Lead's staff should read it."""
    if row.state is not InboundState.QUARANTINED or row.lead_id is not None:
        raise Conflict("This message waits for nobody.", "Run: hearthdesk mail quarantine")
    row.lead_id = lead.id
    record("mail.given", row, data={"lead": lead.id})
