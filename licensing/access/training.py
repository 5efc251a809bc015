"""What a request for access has to do with training: its approval begins the series (MO-TR-1, VT-TR-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, or_, select, tuple_
from sqlalchemy.orm import joinedload

from core.accounts import services as accounts
from core.accounts.models import Account
from core.db import among, current_unit, db
from core.events import subscribe
from core.people.models import Person
from licensing.access import approvals, holds
from licensing.access.models import AccessRequest, HoldKind, License, LicenseHold, LicenseState
from licensing.access.rules import RequestKind, RequestState
from training import api as training

LOCKED = "licenses-locked"


def begin(request: AccessRequest, person: Person, series: training.Series, at: datetime) -> None:
    """The person is to take the series."""
    if carries_over(request, at):
        return
    before = select(License.id).where(License.person_id == person.id, License.lead_id == request.lead_id)
    wish = training.Wish(
        hud_types=[project.hud_type for project in request.projects] if request.enters_data else [],
        is_returning=db.session.scalar(before.limit(1)) is not None,
        ground=request,
    )
    training.enroll(series, person, request.agency, wish, at)


def let_in(person: Person, at: datetime) -> None:
    """Who cannot sign in yet is invited to."""
    account = db.session.scalar(select(Account).where(Account.person_id == person.id))
    if account is None or not account.password_hash:
        accounts.invite(person, at)


def end(request: AccessRequest, at: datetime) -> None:
    """The request is denied or withdrawn after all: nobody has to go on for it, or works there because of it."""
    training.withdraw_for(request, f"The request for access was {request.state}.", at)
    approvals.take_back(request, at)


@training.register_holders
def holders(at: training.Instant) -> Select[int, int, int, int, datetime, bool]:
    """One row for each license in force at that instant; who is locked out for a training still owes it."""
    waits = select(LicenseHold.id).where(
        LicenseHold.license_id == License.id, LicenseHold.kind == HoldKind.TRAINING, LicenseHold.lifted_at.is_(None)
    )
    locked = and_(License.state == LicenseState.SUSPENDED, waits.exists())
    in_force = (or_(License.state == LicenseState.ACTIVE, locked), License.since <= at)
    still = or_(License.ended_at.is_(None), License.ended_at > at)
    return select(
        License.person_id, License.agency_id, License.coc_id, License.lead_id, License.since, License.has_reporting
    ).where(*in_force, still)


@subscribe(training.AboutToLapse)
def _about_to_lapse(event: training.AboutToLapse) -> None:
    """Every license of theirs, locked by one statement; `_license_of` finds them there in this unit of work."""
    pairs = [(person_id, agency_id) for person_id, agency_id in event.people if agency_id is not None]
    query = select(License).where(tuple_(License.person_id, License.agency_id).in_(pairs))
    query = query.where(License.state != LicenseState.ENDED).options(
        joinedload(License.person), joinedload(License.agency)
    )
    locked = query.order_by(License.id).with_for_update(of=License).execution_options(populate_existing=True)
    found = {(row.person_id, row.agency_id): row for row in db.session.scalars(locked)} if pairs else {}
    current_unit().memo[LOCKED] = {pair: found.get(pair) for pair in pairs}


@subscribe(training.TrainingLapsed)
def _lapsed(event: training.TrainingLapsed) -> None:
    held = _license_of(event.person_id, event.agency_id)
    if held is not None:
        holds.hold(held, HoldKind.TRAINING, f"obligation:{event.obligation_id}", event.reason, event.at)


@subscribe(training.TrainingCaughtUp)
def _caught_up(event: training.TrainingCaughtUp) -> None:
    held = _license_of(event.person_id, event.agency_id)
    if held is not None:
        holds.lift(held, HoldKind.TRAINING, event.at)


def _license_of(person_id: int, agency_id: int | None) -> License | None:
    """Locked for the change; None for one that ended meanwhile, and for the Lead's own people, who need none."""
    locked: dict[tuple[int, int | None], License | None] = current_unit().memo.get(LOCKED, {})
    if (person_id, agency_id) in locked:
        return locked[person_id, agency_id]
    query = select(License).where(
        License.person_id == person_id, License.agency_id == agency_id, License.state != LicenseState.ENDED
    )
    return db.session.scalar(query.with_for_update(of=License).execution_options(populate_existing=True))


def standings(requests: Sequence[AccessRequest], at: datetime) -> dict[int, training.Standing]:
    grounds = [training.Ground(one.id, one.agency, may_wait=one.state is RequestState.REQUESTED) for one in requests]
    return training.standings(AccessRequest.__tablename__, grounds, at) | _carried(requests, at)


def _carried(requests: Sequence[AccessRequest], at: datetime) -> dict[int, training.Standing]:
    """Who comes from another agency stands as they did for the license there, if the series is complete for it."""
    came = (one for one in requests if one.kind is RequestKind.TRANSFER)
    moves = {one.id: (one.agency, one.former_license_id) for one in came if one.former_license_id is not None}
    if not moves:
        return {}
    query = select(License.id, AccessRequest.id).join(AccessRequest, AccessRequest.id == License.request_id)
    query = query.where(among(License.id, {license_id for _, license_id in moves.values()}))
    before = {license_id: number for license_id, number in db.session.execute(query)}  # noqa: C416 - a row is no pair
    found = {mine: before[there] for mine, (_, there) in moves.items() if there in before}
    grounds = [training.Ground(number, moves[mine][0], may_wait=False) for mine, number in found.items()]
    told = training.standings(AccessRequest.__tablename__, grounds, at) if grounds else {}
    return {mine: told[number] for mine, number in found.items() if told[number].is_complete}


def carries_over(request: AccessRequest, at: datetime) -> bool:
    return request.id in _carried([request], at)
