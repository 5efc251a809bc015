"""The small world: four communities, forty agencies, four hundred people, one year that ends now."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from core.accounts import sealing
from core.db import db, settle, unit_of_work
from core.errors import Conflict
from core.outbox import OutboxMessage, SendState
from core.people.models import Lead
from demo.agenda import Agenda
from demo.billing import LAST, BillingDays
from demo.chance import seeded
from demo.days import LENGTH, QUIET, Days
from demo.knowing import know
from demo.money import MoneyDays
from demo.past import Past
from demo.practice import plan_practices
from demo.recertifying import plan_recertification
from demo.signins import TOTP_SECRET, account_for, let_in_the_invited
from demo.world import Builder, World

UNSENT = timedelta(hours=6)


def is_empty() -> bool:
    """Whether nobody has put anything into the database yet."""
    return db.session.scalar(select(Lead.id).limit(1)) is None


def load_small(seed: int, now: datetime) -> None:
    """Fill an empty database, wholly or not at all. The same seed and `now` (aware) give the same rows.

    Raises Conflict when there is anything in it already.
    """
    now = now.replace(microsecond=0)
    if not is_empty():
        raise Conflict("There is data in this database already.", "Demo data goes into an empty one only.")
    with unit_of_work():
        world = Builder(seeded(seed, "world"), now).world()
        db.session.flush()
        _add_accounts(world, now)
        past = Past(seeded(seed, "past"), now, now - LENGTH)
        past.write(world)
        _play_money(world, now, past)
        agenda = Agenda(now, sweeps_until=now - QUIET, since=now - LENGTH)
        plan_practices(agenda, world.desks[:2], now - LENGTH)
        Days(seeded(seed, "days"), world, agenda, now).plan()
        plan_recertification(agenda, world.desks, seeded(seed, "recertification"))
        agenda.play()
        know(world.desks, now)
        settle()
        let_in_the_invited()
        _mark_sent(now)


def _play_money(world: World, now: datetime, past: Past) -> None:
    """Terms of payment are longer than the last days, so what is overdue in them was billed before."""
    last = now - LENGTH
    agenda = Agenda(last, sweeps_until=last, since=now - LAST, before=past.tell)
    for desk in world.desks:
        BillingDays(agenda, desk, now).plan_before(agenda)
        MoneyDays(agenda, desk, now).plan_before(agenda)
    agenda.play()
    past.tell(last)


def _add_accounts(world: World, now: datetime) -> None:
    """Everybody can sign in; Lead staff and agency administrators have their second factor already."""
    secret = sealing.seal(TOTP_SECRET)
    strong = {person.id for desk in world.desks for person in desk.staff}
    strong |= {place.administrator.id for place in world.workplaces if place.administrator}
    for person in sorted(world.people(), key=lambda p: p.id):
        db.session.add(account_for(person, secret if person.id in strong else None, now - LENGTH))


def _mark_sent(now: datetime) -> None:
    """What the past wrote has long been sent; only the last hours' mail is left to go to the demo's mail sink."""
    old = OutboxMessage.created_at < now - UNSENT
    sent = {"state": SendState.SENT, "sent_at": OutboxMessage.created_at, "attempts": 1}
    db.session.execute(update(OutboxMessage).where(old).values(**sent).execution_options(synchronize_session=False))
