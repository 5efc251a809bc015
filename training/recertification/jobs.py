"""What the sweep looks for: time that ran out, reminders whose day has come, people who came or went."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import joinedload

from core import clock
from core.audit import acting_as
from core.db import db, savepoint, unit_of_work
from core.events import publish
from core.people.models import LeadStaff
from training.events import AboutToLapse
from training.holders import holders
from training.recertification import mails, opening, owing, services
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import Owes

log = logging.getLogger(__name__)

SECOND = timedelta(seconds=1)
BATCH = 500
MAILS = 20_000
ACTOR = "system:recertification"


def keep_up_all() -> int:
    """Every Lead that has started a cycle; safe to repeat."""
    with acting_as(ACTOR):
        leads = db.session.scalars(select(Campaign.lead_id).distinct().order_by(Campaign.lead_id)).all()
        written = 0
        for lead_id in leads:
            with unit_of_work():
                written += opening.keep_up(lead_id, clock.now())
        return written


def lapse_due() -> int:
    """Whatever was not done by its last second, once each, whichever process gets there first.

    One whose consequence fails is logged and tried again at the next look; the others go on.
    """
    handled, after = 0, (datetime.min.replace(tzinfo=clock.now().tzinfo), 0)
    with acting_as(ACTOR):
        while True:
            with unit_of_work():
                rows = _run_out(clock.now(), after)
                if not rows:
                    return handled
                after = (rows[-1].due_at, rows[-1].id)
                _lapse_all(rows, clock.now())
            handled += len(rows)


def _run_out(at: datetime, after: tuple[datetime, int]) -> Sequence[Obligation]:
    """The last second itself is still on time."""
    query = select(Obligation).where(Obligation.state == Owes.OWED, Obligation.due_at <= at - SECOND)
    query = query.where(tuple_(Obligation.due_at, Obligation.id) > after)
    query = query.options(
        joinedload(Obligation.campaign), joinedload(Obligation.person), joinedload(Obligation.agency),
        joinedload(Obligation.lead),
    )  # fmt: skip
    locked = query.order_by(Obligation.due_at, Obligation.id).limit(BATCH)
    return db.session.scalars(locked.with_for_update(of=Obligation, skip_locked=True)).all()


def _lapse_all(rows: Sequence[Obligation], at: datetime) -> None:
    """All under one savepoint, which is much quicker; each alone when one of them fails."""
    bound = _still_bound(rows, at)
    try:
        with savepoint():
            publish(AboutToLapse(frozenset((row.person_id, row.agency_id) for row in rows)))
            for row in rows:
                _lapse(row, bound, at)
    except Exception:  # noqa: BLE001 - each is done again alone, where the failure is told
        for row in rows:
            _lapse_alone(row, bound, at)
    mails.lapsed([(row, services.why_late(row)) for row in rows if row.state is Owes.LAPSED], at)


def _lapse(row: Obligation, bound: set[tuple[int, int | None]], at: datetime) -> None:
    if (row.person_id, row.agency_id) in bound:
        services.lapse(row, at)
    else:
        services.end(row)


def _lapse_alone(row: Obligation, bound: set[tuple[int, int | None]], at: datetime) -> None:
    try:
        with savepoint():
            _lapse(row, bound, at)
    except Exception:
        log.exception("obligation %s could not lapse", row.id)


def _still_bound(rows: Sequence[Obligation], at: datetime) -> set[tuple[int, int | None]]:
    """Who of them still holds that license, or still works in the Lead's office."""
    people = {row.person_id for row in rows}
    held = holders(at).subquery("held")
    licensed = select(held.c.person_id, held.c.agency_id).where(held.c.person_id.in_(people))
    staff = select(LeadStaff.person_id).where(LeadStaff.person_id.in_(people), *owing.in_office(at))
    bound: set[tuple[int, int | None]] = {(one, agency) for one, agency in db.session.execute(licensed)}
    return bound | {(one, None) for one in db.session.scalars(staff)}


def remind_due() -> int:
    """Everybody whose reminder has come, one mail for each campaign; several missed in an outage become one."""
    at, told = clock.now(), 0
    with acting_as(ACTOR):
        while True:
            with unit_of_work():
                claimed = _claim_reminders(at)
                told += sum(mails.remind(number, people, at) for number, people in sorted(claimed.items()))
            if not claimed:
                return told


def _claim_reminders(at: datetime) -> dict[int, set[int]]:
    """Some of those whose reminder has come: by campaign, the people."""
    due = (
        select(Obligation.id)
        .where(Obligation.state == Owes.OWED, Obligation.remind_at <= at)
        .order_by(Obligation.remind_at, Obligation.id)
        .limit(MAILS)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = (
        update(Obligation)
        .where(Obligation.id == due.c.id)
        .values(reminded_at=at, remind_at=owing.next_mail(Obligation.due_at, at))
        .returning(Obligation.campaign_id, Obligation.person_id)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for campaign_id, person_id in db.session.execute(claimed.execution_options(synchronize_session=False)):
        found[campaign_id].add(person_id)
    return found
