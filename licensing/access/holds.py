"""Suspending a license for a reason, and giving it back afterwards.

Rules: MO-TR-8, VT-TR-7, MO-LI-1, MO-LI-5, VT-LI-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.db import among, db
from core.events import publish
from core.outbox import Letter, post
from licensing.access.models import HoldKind, License, LicenseHold, LicenseState
from licensing.events import LicenseSuspension


def hold(held: License, kind: HoldKind, source: str, words: str, at: datetime) -> None:
    """The license is suspended while this stands; the same source again is once. The row must be locked.

    The person is told with the first reason, not with each. One that has ended stays as it is.
    """
    hold_all([held], kind, source, words, at)


def hold_all(rows: Sequence[License], kind: HoldKind, source: str, words: str, at: datetime) -> int:
    """`hold` for many, with one statement; they are locked, and their people and agencies loaded. Returns how many have
    this reason new."""
    there = {held.id: held for held in rows if held.state is not LicenseState.ENDED}
    if not there:
        return 0
    told = {"kind": kind, "source": source, "words": words, "at": at}
    written = insert(LicenseHold).values([{"license_id": number, **told} for number in there])
    # What else changed in this unit of work goes to the database together, later; the hold needs none of it.
    with db.session.no_autoflush:
        new = db.session.execute(
            written.on_conflict_do_nothing().returning(LicenseHold.id, LicenseHold.license_id)
        ).all()
    for number, license_id in sorted(new):
        held = there[license_id]
        db.session.expire(held, ["holds"])
        record("license.held", held, data={"kind": kind, "words": words})
        if held.state is LicenseState.ACTIVE:
            held.state = LicenseState.SUSPENDED
            publish(LicenseSuspension(held.id, held.agency_id, held.person_id, "held", at))
            _tell(HELD, held, number, kind, words)
    return len(new)


def lift(held: License, kind: HoldKind, at: datetime, source: str = "") -> None:
    """All reasons of this kind (or only that of `source`) are gone; with no other left, the license is active again.
    The row must be locked."""
    lift_all([held], kind, at, source)


def lift_all(rows: Sequence[License], kind: HoldKind, at: datetime, source: str = "") -> int:
    """`lift` for many, with two statements; they are locked, and their people and agencies loaded. Returns how many had
    such a reason."""
    open_ones = (among(LicenseHold.license_id, [held.id for held in rows]), LicenseHold.lifted_at.is_(None))
    lifted = update(LicenseHold).where(*open_ones, LicenseHold.kind == kind).values(lifted_at=at)
    lifted = lifted.where(LicenseHold.source == source) if source else lifted
    gone: dict[int, list[int]] = {}
    quiet = {"synchronize_session": False}
    for number, license_id in db.session.execute(
        lifted.returning(LicenseHold.id, LicenseHold.license_id), execution_options=quiet
    ):
        gone.setdefault(license_id, []).append(number)
    if not gone:
        return 0
    kept = set(db.session.scalars(select(LicenseHold.license_id).where(*open_ones)))
    free = []
    for held in rows:
        if held.id not in gone:
            continue
        db.session.expire(held, ["holds"])
        record("license.hold_lifted", held, data={"kind": kind, "reasons": len(gone[held.id])})
        if held.id not in kept and held.state is LicenseState.SUSPENDED:
            held.state = LicenseState.ACTIVE
            free.append(held)
    for held in free:  # all of them are active before anybody who hears of one looks
        publish(LicenseSuspension(held.id, held.agency_id, held.person_id, "freed", at))
        _tell(FREE, held, max(gone[held.id]), kind)
    return len(gone)


PATHS = {HoldKind.TRAINING: "/training", HoldKind.AGREEMENT: "/agreements/to-sign"}
TOLD_IN_GENERAL = "licensing-news"
HELD = {
    HoldKind.TRAINING: "license-held",
    HoldKind.AGREEMENT: "license-held",
    HoldKind.REVIEW: "license-held",
    HoldKind.BREACH: "license-suspended",
}
FREE = {
    HoldKind.TRAINING: "license-restored",
    HoldKind.AGREEMENT: "license-restored",
    HoldKind.REVIEW: "license-restored",
    HoldKind.BREACH: "license-unsuspended",
}


def _tell(messages: dict[HoldKind, str], held: License, number: int, kind: HoldKind, words: str = "") -> None:
    """Kinds without a mail of their own are told with their words."""
    message = messages.get(kind, TOLD_IN_GENERAL)
    is_held = messages is HELD
    told: dict[str, Any] = {
        "agency": held.agency,
        "path": PATHS.get(kind, "/"),
        "kind": kind,
        "words": words,
        "subject_words": "Your HMIS license is locked" if is_held else "Your HMIS license is active again",
        "says": words or f"Your license to use the HMIS for {held.agency.name} is active again.",
    }
    turn = "" if message != TOLD_IN_GENERAL else "held:" if is_held else "free:"
    post(Letter(message, held.person, key=f"{message}:{turn}{number}", context=told, subject=held))
