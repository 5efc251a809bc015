"""Reading the stock of seat types, the line of those who wait, and the pace: few statements for many types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from core.db import among, db
from licensing.access.models import AccessRequest
from licensing.access.rules import RequestState
from licensing.seats.models import Seat, SeatAllocation, SeatOrder, SeatType
from licensing.seats.rules import PACE_DAYS, Stock, Waiting, type_for


def types_of(coc_ids: Iterable[int], *, lock: bool = False) -> list[SeatType]:
    """The inventory of CoCs. `lock`: seats of these types are taken and freed one after the other from here on."""
    query = select(SeatType).where(among(SeatType.coc_id, coc_ids)).order_by(SeatType.id)
    if lock:
        query = query.with_for_update(of=SeatType, key_share=True).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def stocks(type_ids: Iterable[int]) -> dict[int, Stock]:
    """The stock of each type, in three statements."""
    ids = list(type_ids)
    total = dict.fromkeys(ids, 0)
    arrived = select(SeatOrder.type_id, func.sum(SeatOrder.count)).where(
        among(SeatOrder.type_id, ids), SeatOrder.arrived_at.is_not(None)
    )
    total |= {row[0]: int(row[1]) for row in db.session.execute(arrived.group_by(SeatOrder.type_id))}
    allocated: dict[int, dict[int, int]] = defaultdict(dict)
    aside = select(SeatAllocation.type_id, SeatAllocation.agency_id, SeatAllocation.count)
    for number, agency_id, count in db.session.execute(aside.where(among(SeatAllocation.type_id, ids))):
        allocated[number][agency_id] = count
    used: dict[int, dict[int, int]] = defaultdict(dict)
    taken = select(Seat.type_id, Seat.agency_id, func.count()).where(among(Seat.type_id, ids), Seat.freed_at.is_(None))
    for number, agency_id, count in db.session.execute(taken.group_by(Seat.type_id, Seat.agency_id)):
        used[number][agency_id] = count
    return {number: Stock(total[number], allocated[number], used[number]) for number in ids}


def approved(types: Sequence[SeatType]) -> dict[int, list[Waiting]]:
    """By type, the approved requests that have no seat yet, in the order of approval. Who has a seat of that type
    already needs no other. One statement, or two."""
    line: dict[int, list[Waiting]] = {one.id: [] for one in types}
    by_coc: dict[int, list[SeatType]] = defaultdict(list)
    for one in types:
        by_coc[one.coc_id].append(one)
    query = select(
        AccessRequest.id, AccessRequest.coc_id, AccessRequest.agency_id, AccessRequest.level, AccessRequest.person_id
    ).where(among(AccessRequest.coc_id, by_coc), AccessRequest.state == RequestState.APPROVED)
    rows = db.session.execute(query.order_by(AccessRequest.decided_at, AccessRequest.id)).all()
    has_one = _seated(line, [row.id for row in rows], [row.person_id for row in rows if row.person_id])
    for row in rows:
        kind = type_for(row.level, by_coc[row.coc_id])
        if kind is None or {(kind.id, "request", row.id), (kind.id, "person", row.person_id)} & has_one:
            continue
        line[kind.id].append(Waiting(row.id, row.agency_id))
    return line


def _seated(types: Iterable[int], requests: list[int], people: list[int]) -> set[tuple[int, str, int | None]]:
    if not requests:
        return set()
    theirs = among(Seat.request_id, requests) | among(Seat.person_id, people)
    query = select(Seat.type_id, Seat.request_id, Seat.person_id)
    found = db.session.execute(query.where(among(Seat.type_id, types), Seat.freed_at.is_(None), theirs)).all()
    return {(row[0], "request", row[1]) for row in found} | {(row[0], "person", row[2]) for row in found if row[2]}


def paces(type_ids: Iterable[int], at: datetime) -> dict[int, tuple[int, int]]:
    """By type, how many seats were taken and freed in the last PACE_DAYS days; those kept only are not counted."""
    ids, since = list(type_ids), at - timedelta(days=PACE_DAYS)
    counted = []
    for column in (Seat.taken_at, Seat.freed_at):
        query = select(Seat.type_id, func.count()).where(
            among(Seat.type_id, ids), column > since, column <= at, Seat.taken_at.is_not(None)
        )
        counted.append({row[0]: row[1] for row in db.session.execute(query.group_by(Seat.type_id))})
    return {number: (counted[0].get(number, 0), counted[1].get(number, 0)) for number in ids}
