"""Deadlines, mail and the audit trail, through the services that the pages and the sweep call."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache

from flask import Flask
from sqlalchemy import ColumnElement, func, select

from bench import cluster
from bench.imap_server import imap_elsewhere
from bench.measure import TARGETS, Goal, measures
from core import clock
from core.audit import acting_as, record, verify
from core.authz import principal_for
from core.db import Base, db, unit_of_work
from core.deadlines import Deadline, Fires, Kind, State, fire_due, open_deadline, register_kind
from core.outbox import OutboxMessage
from core.people.models import Lead, LeadStaff, Membership, Person
from core.policy import Decision, catalog
from demo.small import load_small
from helpdesk.mail.fetch import start_rounds
from helpdesk.mail.models import InboundMessage, InboundState
from helpdesk.tickets.models import Ticket
from licensing.departures.models import Channel, Reason
from licensing.departures.services import DEACTIVATION, Told, note_departure

DEADLINES, MESSAGES, EVENTS = 10_000, 500, 50_000
BATCH = 500
SWEEPERS = 2  # the sweeper and the deadlines' worker
MINUTE = 60
LATER = timedelta(days=60)
KIND = "bench"
ZONE = "America/Chicago"


@measures("deadlines", "10,000 deadlines due at one instant, fired by two processes", "s", Goal(MINUTE, TARGETS))
def deadlines() -> float:
    return _fired_and_pgbench()[0]


@measures(
    "deadlines-share",
    "their number a second, beside pgbench's transactions a second",
    "x",
    Goal(0.25, TARGETS, at_least=True),
)
def deadlines_share() -> float:
    seconds, transactions = _fired_and_pgbench()
    return DEADLINES / seconds / transactions


@measures("pgbench", "PostgreSQL's own benchmark on that cluster, four clients", "transactions/s")
def pgbench() -> float:
    return _fired_and_pgbench()[1]


@cache
def _fired_and_pgbench() -> tuple[float, float]:
    register_kind(Kind(KIND, "Measured", Fires.AT_DUE, lambda _row, _now: None))
    with cluster.database() as server, cluster.application(server) as app:
        now = clock.now()
        with unit_of_work() as session:
            session.add(Lead(name="Prairie HMIS Office", tz=ZONE))
        due = _open_many(catalog.in_force("missouri", now.date()).due("departure-notice", now, ZONE))
        return _seconds_to_fire(app, due + LATER, KIND, DEADLINES), cluster.pgbench(server)


def _open_many(decision: Decision) -> datetime:
    for first in range(0, DEADLINES, BATCH):
        with unit_of_work() as session:
            lead = session.scalars(select(Lead)).one()
            for number in range(first, first + BATCH):
                open_deadline(KIND, lead, decision, title="Measured", lead_id=lead.id, occurrence=number)
    return decision.due


def _seconds_to_fire(app: Flask, at: datetime, kind: str, expected: int) -> float:
    """With the clock at `at`, from the first look to the last row; raises when a row was left."""
    before = _fired(kind)
    db.session.remove()
    db.engine.dispose()
    fork = multiprocessing.get_context("fork")
    with clock.frozen(at):
        began = time.monotonic()
        sweepers = [fork.Process(target=_sweep, args=(app,)) for _ in range(SWEEPERS)]
        for sweeper in sweepers:
            sweeper.start()
        for sweeper in sweepers:
            sweeper.join()
        seconds = time.monotonic() - began
    if (count := _fired(kind) - before) != expected:
        raise RuntimeError(f"{count} of {expected} deadlines fired")
    return seconds


def _sweep(app: Flask) -> None:
    with app.app_context():
        fire_due()


def _fired(kind: str) -> int:
    return db.session.scalar(select(func.count()).where(Deadline.kind == kind, Deadline.state == State.FIRED)) or 0


@measures(
    "departures",
    "departures due at one instant: access ends, both sides are told",
    "each/s",
    Goal(DEADLINES / MINUTE, f"{TARGETS}, if all 10,000 deadlines were departures", at_least=True),
)
def departures() -> float:
    with cluster.database() as server, cluster.application(server) as app:
        load_small(1, clock.now())
        fire_due()
        count = _everybody_leaves()
        return count / _seconds_to_fire(app, clock.now() + LATER, DEACTIVATION, count)


def _everybody_leaves() -> int:
    """Whoever still works somewhere and has no notice yet; returns how many clocks run now."""
    now = clock.now()
    working = select(Membership).where(Membership.ended_at.is_(None))
    with unit_of_work() as session:
        by = principal_for(session.scalars(select(Person).join(LeadStaff).order_by(Person.id).limit(1)).one(), now)
        for one in session.scalars(working.order_by(Membership.id)).all():
            told = Told(one.person_id, now + timedelta(days=3), Reason.LEFT, Channel.FORM, now, None, f"bench-{one.id}")
            note_departure(one.agency, told, by, now)
    pending = select(func.count()).where(Deadline.kind == DEACTIVATION, Deadline.state == State.PENDING)
    return db.session.scalar(pending) or 0


@measures(
    "mail",
    "messages from an IMAP mailbox to tickets and their mails, one process",
    "messages/s",
    Goal(30, TARGETS, at_least=True),
)
def mail() -> float:
    with cluster.database() as server, cluster.application(server) as app:
        load_small(1, clock.now())
        tickets, mails = _count(Ticket), _count(OutboxMessage)
        with imap_elsewhere(_messages()) as url:
            app.config["HEARTHDESK"] = replace(app.config["HEARTHDESK"], imap_url=url)
            seconds = _seconds_to_read()
        made, written = _count(Ticket) - tickets, _count(OutboxMessage) - mails
    if made != MESSAGES or written < MESSAGES:
        raise RuntimeError(f"{MESSAGES} messages became {made} tickets, and {written} mails were written")
    return MESSAGES / seconds


def _seconds_to_read() -> float:
    """Rounds as the sweep starts them, until one finds everything read."""
    began, left = time.monotonic(), 1
    while left:
        for begun in start_rounds():
            begun.join()
        left = _count(InboundMessage, InboundMessage.state == InboundState.KEPT)
    return time.monotonic() - began


def _count(model: type[Base], *where: ColumnElement[bool]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def _messages() -> list[bytes]:
    """As offices write: plain text with the same in HTML, and what was said before."""
    to = db.session.scalars(select(Lead.support_address).order_by(Lead.id)).first()
    senders = db.session.scalars(select(Person.email).order_by(Person.id)).all()
    words = "The report counts fourteen households twice since Friday. Client 48812 is one of them. " * 8
    made = []
    for number in range(MESSAGES):
        message = EmailMessage()
        message["From"], message["To"] = senders[number % len(senders)], to
        message["Subject"], message["Message-ID"] = f"Report {number} is wrong", f"<{number}@bench.example>"
        message.set_content(f"Number {number}. {words}\n\nOn Friday somebody wrote:\n> Please look again.\n")
        message.add_alternative(f"<p>Number {number}. {words}</p><blockquote>Please look again.</blockquote>", "html")
        made.append(message.as_bytes())
    return made


@measures("audit", f"walking the audit trail's chain, per million events (from {EVENTS:,})", "s")
def audit() -> float:
    with cluster.database() as server, cluster.application(server):
        with unit_of_work() as session:
            session.add(Lead(name="Prairie HMIS Office", tz=ZONE))
        for _ in range(EVENTS // BATCH):
            with acting_as("system:bench"), unit_of_work() as session:
                lead = session.scalars(select(Lead)).one()
                for number in range(BATCH):
                    record("bench.event", lead, lead_id=lead.id, data={"number": number, "late": ""})
        began = time.monotonic()
        broken = list(verify())
        seconds = time.monotonic() - began
    if broken:
        raise RuntimeError(f"the trail is broken: {broken[0].reason}")
    return seconds * 1_000_000 / EVENTS
