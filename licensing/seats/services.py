"""Taking, keeping and freeing seats, and the Lead's inventory of them. Rules: SON-LI-2, VT-LI-9.

Whoever changes who has a seat locks the CoC's types first, after agencies, requests and licenses, and in the order of
their numbers; so of two who want the last one exactly one gets it, and nobody waits for the other in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from core.audit import record
from core.authz import Principal
from core.db import among, current_unit, db, do_gathered, gather
from core.errors import Conflict, Invalid
from core.once import KeyUsed, one_at_a_time
from core.people.models import Agency, CoC
from core.policy.vocabulary import DutyName
from licensing.access.models import License, LicenseState
from licensing.access.rules import levels_of
from licensing.access.services import local_day, policy_in_force
from licensing.seats import mails, rules, stock
from licensing.seats.models import Seat, SeatAllocation, SeatOrder, SeatType

FREED = "seats-freed"
MOST = 1_000_000
MOST_CENTS = 100_000_00


@dataclass(frozen=True)
class NewType:
    """A type as it is begun: `there` seats are bought already."""

    name: str
    is_add_on: bool
    levels: tuple[str, ...]
    cents: int
    there: int
    once: str


@dataclass(frozen=True)
class Order:
    count: int
    ordered_on: date
    once: str
    cents: int | None = None
    reference: str = ""


# ------------------------------------------------------------------ who has a seat


def locked_types(coc_id: int) -> list[SeatType]:
    """The CoC's types, locked until the commit; asked once in a unit of work. What licenses that ended in it freed is
    free from here on."""
    memo = current_unit().memo
    key = ("seat-types", coc_id)
    if key not in memo:
        memo[key] = stock.types_of([coc_id], lock=True)
    free_now([coc_id])
    found: list[SeatType] = memo[key]
    return found


def settle(coc_id: int, person_id: int, at: datetime, *, request_id: int | None = None) -> None:
    """Let the person have exactly the seats that their licenses in the CoC need; one for each type, however many
    licenses. Raises Conflict, with what to do, where one is needed and none is free."""
    _settle(coc_id, {person_id: at}, request_id)


def settle_at_the_end(coc_id: int, person_id: int, at: datetime) -> None:
    """The same for somebody whose license ended, with all others of the unit of work: many end at one instant."""
    gather((FREED, coc_id), (person_id, at), lambda told: _settle(coc_id, dict(told)))


def free_now(coc_ids: Iterable[int]) -> None:
    """For who is about to see what is free, in the unit of work in which licenses ended."""
    for coc_id in coc_ids:
        do_gathered((FREED, coc_id))


def _settle(coc_id: int, people: Mapping[int, datetime], request_id: int | None = None) -> None:
    types = locked_types(coc_id)
    if not types:
        return
    needs = _needs(coc_id, people, types)
    theirs = db.session.scalars(_open().where(among(Seat.person_id, people))).all()
    for kind in types:
        seats = {row.person_id: row for row in theirs if row.type_id == kind.id}
        wanted = {person_id: needs.get((kind.id, person_id), []) for person_id in people}
        changes = [
            change for one, seat in seats.items() if one and (change := _change(kind, seat, wanted[one], people[one]))
        ]
        if changes:
            _moving(kind, changes, max(people.values()))
        for person_id, agencies in wanted.items():
            if agencies and person_id not in seats:
                _take(kind, agencies[0], person_id, request_id, people[person_id])


def _change(kind: SeatType, seat: Seat, agencies: list[int], at: datetime) -> Callable[[], object] | None:
    """What becomes of a seat whose holder has these licenses for it now."""
    if not agencies:
        return partial(_free, kind, seat, at)
    return None if seat.agency_id in agencies else partial(setattr, seat, "agency_id", agencies[0])


def _open() -> Select[Seat]:
    return select(Seat).where(Seat.freed_at.is_(None)).order_by(Seat.id).execution_options(populate_existing=True)


def _needs(coc_id: int, people: Iterable[int], types: list[SeatType]) -> dict[tuple[int, int], list[int]]:
    """By type and person, the agencies whose licenses need it. A suspended license keeps its seat."""
    query = select(License.person_id, License.agency_id, License.level, License.has_reporting).where(
        among(License.person_id, people), License.coc_id == coc_id, License.state != LicenseState.ENDED
    )
    needs: dict[tuple[int, int], list[int]] = {}
    for person_id, agency_id, level, has_reporting in db.session.execute(query.order_by(License.id)):
        for kind in rules.needed(level, types, has_reporting=has_reporting):
            needs.setdefault((kind.id, person_id), []).append(agency_id)
    return needs


def _take(kind: SeatType, agency_id: int, person_id: int, request_id: int | None, at: datetime) -> None:
    kept = (
        db.session.scalar(_open().where(Seat.type_id == kind.id, Seat.request_id == request_id)) if request_id else None
    )
    if kept is not None:
        kept.person_id, kept.taken_at = person_id, at
        record("seat.taken", kept, data={"type": kind.name, "person": person_id})
        return
    there = stock.stocks([kind.id])[kind.id]
    if not there.free_for(agency_id):
        raise Conflict(
            f"No seat of “{kind.name}” is free: {there.in_use} of {there.total} are in use.",
            "The request waits in line, in the order of approval; the next seat that is free is kept for it.",
            rule=_rule(kind, at),
        )
    seat = Seat(
        type_id=kind.id, lead_id=kind.lead_id, coc_id=kind.coc_id, agency_id=agency_id, person_id=person_id,
        request_id=request_id, taken_at=at,
    )  # fmt: skip
    db.session.add(seat)
    db.session.flush()
    record("seat.taken", seat, data={"type": kind.name, "person": person_id})


def _rule(kind: SeatType, at: datetime) -> str | None:
    policy = policy_in_force(kind.coc, at)
    return policy.duty(DutyName.INDIVIDUAL_LICENSES).rule if policy.has(DutyName.INDIVIDUAL_LICENSES) else None


def _free(kind: SeatType, seat: Seat, at: datetime) -> None:
    seat.freed_at = at
    record("seat.freed", seat, data={"type": kind.name, "person": seat.person_id})


def _moving(kind: SeatType, changes: Sequence[Callable[[], object]], at: datetime) -> None:
    """After changes that may free something, the first in line get what they can now have, in this transaction.

    Only those who were in line before: for others a seat was free all along, and none is kept.
    """
    waiting = stock.approved([kind])[kind.id]
    line = rules.in_line(waiting, stock.stocks([kind.id])[kind.id]) if waiting else []
    for change in changes:
        change()
    db.session.flush()
    if not line:
        return
    for one in rules.promoted(line, stock.stocks([kind.id])[kind.id]):
        seat = Seat(
            type_id=kind.id, lead_id=kind.lead_id, coc_id=kind.coc_id, agency_id=one.agency_id,
            request_id=one.request_id, kept_at=at,
        )  # fmt: skip
        db.session.add(seat)
        db.session.flush()
        record("seat.kept", seat, data={"type": kind.name, "request": one.request_id})
        mails.kept(seat, kind, at)


def give_up(coc_id: int, request_id: int, at: datetime) -> None:
    """What was kept for a request that came to nothing goes to the next in line."""
    for kind in locked_types(coc_id):
        query = _open().where(Seat.type_id == kind.id, Seat.request_id == request_id, Seat.taken_at.is_(None))
        for seat in db.session.scalars(query).all():
            _moving(kind, [partial(_free, kind, seat, at)], at)


# ------------------------------------------------------------------ the inventory


def begin(coc: CoC, told: NewType, by: Principal, at: datetime) -> SeatType:
    """A type with the seats that are there, of which everybody who has such a license gets one at once.

    Raises Invalid for a name that is there, a level that the manual has not, or a number that cannot be meant.
    """
    one_at_a_time(told.once)
    if known := db.session.scalar(select(SeatType).where(SeatType.once == told.once)):
        if (known.coc_id, known.name) != (coc.id, told.name):
            raise KeyUsed
        return known
    # The first type of a CoC finds no other to lock: whoever gives a license there meanwhile waits for this row, or
    # this for them, so that nobody is left without a seat.
    db.session.execute(select(CoC.id).where(CoC.id == coc.id).with_for_update())
    types = stock.types_of([coc.id], lock=True)
    _must_be_new(coc, told, types, at)
    row = SeatType(
        lead_id=coc.lead_id, coc_id=coc.id, coc=coc, name=told.name, is_add_on=told.is_add_on, levels=list(told.levels),
        cents=_cents(told.cents), created_at=at, once=told.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    current_unit().memo.pop(("seat-types", coc.id), None)
    if told.there:
        _write_order(row, Order(told.there, _today(coc, at), f"there-{told.once}"[:80]), by, at, arrived=True)
    taken = _give_to_all(row, [*types, row])
    for other in types:
        if not (row.is_add_on or other.is_add_on or other.levels):
            _moving(other, [partial(_free_what_moved, other, [*types, row], at)], at)
    record("seats.begun", row, data={"name": row.name, "there": told.there, "taken": taken})
    return row


def _must_be_new(coc: CoC, told: NewType, types: list[SeatType], at: datetime) -> None:
    if not told.name:
        raise Invalid("Give the type a name.", "For example what the vendor calls it.", field="name")
    if any(one.name.casefold() == told.name.casefold() for one in types):
        raise Invalid(f"{coc.code} has a type called {told.name} already.", "Give another name.", field="name")
    if not 0 <= told.there <= MOST:
        raise Invalid("That number of seats cannot be meant.", "Give how many are there now.", field="there")
    known = levels_of(policy_in_force(coc, at))
    if strange := [level for level in told.levels if known is None or level not in known.levels]:
        raise Invalid(f"The manual has no level {strange[0]}.", "Choose among its levels.", field="levels")
    if told.is_add_on:
        return
    for one in types:
        if not one.is_add_on and (set(one.levels) & set(told.levels) or (not one.levels and not told.levels)):
            raise Invalid(
                f"{one.name} takes these licenses already.", "One level takes a seat of one type.", field="levels"
            )


def _cents(cents: int) -> int:
    if not 0 <= cents <= MOST_CENTS:
        raise Invalid("That price cannot be meant.", "Give what one seat costs a year.", field="cost")
    return cents


def _today(coc: CoC, at: datetime) -> date:
    return local_day(at, coc.tz)


def _give_to_all(kind: SeatType, types: list[SeatType]) -> int:
    """One statement for everybody; who has licenses at several agencies gets one, at the first."""
    wanted: ColumnElement[bool]
    if kind.is_add_on:
        wanted = License.has_reporting.is_(True)
    elif kind.levels:
        wanted = License.level.in_(kind.levels)
    else:
        wanted = License.level.not_in([level for one in types if not one.is_add_on for level in one.levels])
    held = and_(License.coc_id == kind.coc_id, License.state != LicenseState.ENDED, wanted)
    made = (
        select(literal(kind.id), License.lead_id, License.coc_id, License.agency_id, License.person_id, License.since)
        .where(held)
        .ext(distinct_on(License.person_id))
        .order_by(License.person_id, License.id)
    )
    columns = ["type_id", "lead_id", "coc_id", "agency_id", "person_id", "taken_at"]
    done = db.session.execute(insert(Seat).from_select(columns, made), execution_options={"preserve_rowcount": True})
    return int(done.rowcount)  # type: ignore[attr-defined]


def _free_what_moved(kind: SeatType, types: list[SeatType], at: datetime) -> None:
    """A type now names levels that this one took until now: who needs it no longer gives its seat back."""
    named = [level for one in types if not one.is_add_on for level in one.levels]
    needs = select(License.id).where(
        License.person_id == Seat.person_id, License.coc_id == kind.coc_id, License.state != LicenseState.ENDED,
        License.level.not_in(named),
    )  # fmt: skip
    mine = (Seat.type_id == kind.id, Seat.freed_at.is_(None), Seat.person_id.is_not(None))
    freed = update(Seat).where(*mine, ~needs.exists()).values(freed_at=at).returning(Seat.id)
    ids = db.session.scalars(freed.execution_options(synchronize_session=False)).all()
    record("seats.freed", kind, data={"type": kind.name, "seats": list(ids)})


def order(kind: SeatType, told: Order, by: Principal, at: datetime) -> SeatOrder:
    """Seats are ordered from the vendor; they count once they arrive. The type must be locked."""
    if known := _same_order(kind, told):
        return known
    if not 1 <= told.count <= MOST:
        raise Invalid("Give how many seats are ordered.", "A whole number of one or more.", field="count")
    if told.ordered_on > _today(kind.coc, at):
        raise Invalid("That day has not come yet.", "Give the day of the order.", field="ordered_on")
    row = _write_order(kind, told, by, at)
    record("seats.ordered", row, data={"type": kind.name, "count": row.count, "cents": row.cents})
    return row


def _same_order(kind: SeatType, told: Order) -> SeatOrder | None:
    known = db.session.scalar(select(SeatOrder).where(SeatOrder.once == told.once))
    if known is not None and (known.type_id, abs(known.count)) != (kind.id, told.count):
        raise KeyUsed
    return known


def _write_order(kind: SeatType, told: Order, by: Principal, at: datetime, *, arrived: bool = False) -> SeatOrder:
    row = SeatOrder(
        type_id=kind.id, lead_id=kind.lead_id, count=told.count, reference=told.reference, ordered_on=told.ordered_on,
        cents=kind.cents if told.cents is None else _cents(told.cents), by_id=by.person_id, at=at, once=told.once,
        arrived_at=at if arrived else None, arrived_by_id=by.person_id if arrived else None,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def arrive(kind: SeatType, row: SeatOrder, by: Principal, at: datetime) -> None:
    """The seats are there: the first in line get theirs at once."""
    _must_be_open(row)

    def change() -> None:
        row.arrived_at, row.arrived_by_id = at, by.person_id
        record("seats.arrived", row, data={"type": kind.name, "count": row.count})

    _moving(kind, [change], at)


def cancel(kind: SeatType, row: SeatOrder, at: datetime) -> None:
    _must_be_open(row)
    row.cancelled_at = at
    record("seats.order_cancelled", row, data={"type": kind.name, "count": row.count})


def _must_be_open(row: SeatOrder) -> None:
    if row.state != "ordered":
        raise Conflict(f"This order is {row.state} already.", "Load the page again to see how it stands.")


def give_back(kind: SeatType, told: Order, by: Principal, at: datetime) -> SeatOrder:
    """Free seats of the pool go back to the vendor. Raises Invalid for more than are free there."""
    if known := _same_order(kind, told):
        return known
    free = stock.stocks([kind.id])[kind.id].pool_free
    if not 1 <= told.count <= free:
        raise Invalid(
            f"The pool has {free} free to give back.", "End licenses or set aside fewer first.", field="count"
        )
    back = Order(-told.count, told.ordered_on, told.once, told.cents, told.reference)
    row = _write_order(kind, back, by, at, arrived=True)
    record("seats.given_back", row, data={"type": kind.name, "count": told.count})
    return row


def allocate(kind: SeatType, agency: Agency, count: int, at: datetime) -> None:
    """Set so many seats aside for an agency, or none. Raises Invalid where the pool has not so many free."""
    there = stock.stocks([kind.id])[kind.id]
    before = there.allocated.get(agency.id, 0)
    after = there.allocating(agency.id, count)
    if not 0 <= count <= MOST or (count > before and not after.is_sound):
        raise Invalid(
            f"So many are not free: the pool has {there.pool_free}.", "Give fewer, or order more first.", field="count"
        )

    def change() -> None:
        values = {"type_id": kind.id, "agency_id": agency.id, "count": count}
        write = insert(SeatAllocation).values(**values)
        db.session.execute(write.on_conflict_do_update(index_elements=["type_id", "agency_id"], set_={"count": count}))
        record("seats.allocated", kind, agency_id=agency.id, data={"type": kind.name, "count": count, "before": before})

    _moving(kind, [change], at)


def set_price(kind: SeatType, cents: int) -> None:
    before, kind.cents = kind.cents, _cents(cents)
    record("seats.priced", kind, data={"type": kind.name, "cents": kind.cents, "before": before})


def costs_of(agency_id: int) -> list[tuple[str, int, int]]:
    """For an invoice: each type's name, how many seats the agency uses, and what one costs a year in cents."""
    query = select(SeatType.name, func.count(), SeatType.cents).join(Seat, Seat.type_id == SeatType.id)
    query = query.where(Seat.agency_id == agency_id, Seat.freed_at.is_(None), Seat.taken_at.is_not(None))
    query = query.group_by(SeatType.id, SeatType.name, SeatType.cents).order_by(SeatType.id)
    return [(name, count, cents) for name, count, cents in db.session.execute(query)]
