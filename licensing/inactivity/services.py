"""When a license was last used, which only the HMIS itself knows; and the lock for those that are not.

A license of which nothing has been told yet is never locked for it: silence of ours is no silence of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, cast, func, or_, select, update
from sqlalchemy.orm import joinedload

from core import clock
from core.audit import acting_as, record
from core.db import UtcDateTime, db, unit_of_work
from core.errors import Conflict, Invalid
from core.people.models import CoC
from core.policy.vocabulary import LimitName
from licensing.access import holds
from licensing.access.ground import hold, policy_in_force
from licensing.access.models import HoldKind, License, LicenseHold, LicenseState
from licensing.inactivity import rules

SOURCE = "unused"
AT_ONCE = 200


def seen(last: Mapping[int, datetime]) -> int:
    """Licenses by their number with when each was last used; an older word changes nothing. In one statement.

    Returns how many are newer than what was known.
    """
    if not last:
        return 0
    return seen_by(
        select(
            func.unnest(cast(list(last), ARRAY(BigInteger))).label("id"),
            func.unnest(cast(list(last.values()), ARRAY(UtcDateTime))).label("at"),
        )
    )


def seen_by(which: Select[Any, Any]) -> int:
    """The same for what a question finds: licenses (`id`), and when each was last used (`at`)."""
    told = which.subquery("told")
    newer = or_(License.last_seen_at.is_(None), License.last_seen_at < told.c.at)
    moved = update(License).where(License.id == told.c.id, newer).values(last_seen_at=told.c.at)
    moved = moved.returning(License.id).execution_options(synchronize_session=False)
    return len(db.session.scalars(moved).all())


def lock_unused() -> None:
    """For the scheduler: look now at every community that locks what is not used."""
    at = clock.now()
    for coc in db.session.scalars(select(CoC).order_by(CoC.id)).all():
        if policy_in_force(coc, at).has(LimitName.INACTIVITY_LOCK):
            while lock_some(coc.id, at) == AT_ONCE:
                pass


def lock_some(coc_id: int, at: datetime) -> int:
    """One transaction's worth; how many were locked."""
    with unit_of_work() as session, acting_as("inactivity"):
        coc = session.get_one(CoC, coc_id)
        policy = policy_in_force(coc, at)
        before = rules.unused_since(policy, at)
        waits = select(LicenseHold.id).where(
            LicenseHold.license_id == License.id, LicenseHold.kind == HoldKind.INACTIVITY,
            LicenseHold.lifted_at.is_(None),
        )  # fmt: skip
        # Who comes back has the account of before, which tells when that was last used: a license that was given here
        # counts from its day. One that was moved in was in use before.
        is_old = or_(License.request_id.is_(None), License.since <= before)
        query = select(License).where(
            License.coc_id == coc_id, License.state == LicenseState.ACTIVE, License.last_seen_at <= before,
            is_old, ~waits.exists(),
        )  # fmt: skip
        query = query.options(joinedload(License.person), joinedload(License.agency))
        locked = query.order_by(License.id).limit(AT_ONCE).with_for_update(of=License, skip_locked=True)
        rows = session.scalars(locked).all()
        for held in rows:
            assert held.last_seen_at is not None, "the question asks only for those that were seen"
            said = rules.words(policy, held.last_seen_at.astimezone(held.agency.zone))
            holds.hold(held, HoldKind.INACTIVITY, SOURCE, said, at)
        return len(rows)


def is_locked(held: License) -> bool:
    return any(one.kind is HoldKind.INACTIVITY for one in held.open_holds)


def unlock(held: License, reason: str, at: datetime) -> None:
    """The Lead gives it back, with what the person did after the long absence; the days count from now on."""
    hold(held.agency)
    if not is_locked(held):
        raise Conflict("This license is not locked for being unused.", "Load the page again to see how it stands.")
    if not reason:
        raise Invalid("Say what they did to come back.", "For example which training they took.", "reason")
    held.last_seen_at = at
    holds.lift(held, HoldKind.INACTIVITY, at, SOURCE)
    record("license.unlocked", held, data={"reason": reason})
