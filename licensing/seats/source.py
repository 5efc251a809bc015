"""What the room hears of licenses and requests, and the line "seat" of a request's eligibility."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.db import among, db
from core.events import subscribe
from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import DutyName, GateName, Requirement
from licensing.access.lines import line_of
from licensing.access.models import AccessRequest, License
from licensing.access.rules import Line, LineState, RequestState
from licensing.access.services import policy_of
from licensing.events import AccessClosed, LicenseActivated, LicenseChanged, LicenseEnded
from licensing.seats import rules, services, stock
from licensing.seats.models import Seat, SeatType
from licensing.seats.rules import Stock, Waiting


@subscribe(LicenseActivated)
def _takes(event: LicenseActivated) -> None:
    held = db.session.get_one(License, event.license_id)
    services.settle(held.coc_id, event.person_id, event.at, request_id=held.request_id)
    if held.request_id is not None:
        # The person had a seat, or needs another type by now: what was kept for the request is the next one's.
        services.give_up(held.coc_id, held.request_id, event.at)


@subscribe(LicenseEnded)
def _frees(event: LicenseEnded) -> None:
    """Also one whose end lay ahead: the seat is freed when the license is over, not when that is announced."""
    services.settle_at_the_end(db.session.get_one(License, event.license_id).coc_id, event.person_id, event.at)


@subscribe(LicenseChanged)
def _changes(event: LicenseChanged) -> None:
    db.session.flush()
    services.settle(db.session.get_one(License, event.license_id).coc_id, event.person_id, event.at)


@subscribe(AccessClosed)
def _gives_up(event: AccessClosed) -> None:
    db.session.flush()
    request = db.session.get_one(AccessRequest, event.request_id)
    services.give_up(request.coc_id, event.request_id, event.at)


@line_of
def seat_lines(requests: Sequence[AccessRequest], at: datetime) -> dict[int, Line]:
    """Only where the CoC keeps an inventory that has a type for the level; elsewhere the staff answers as before."""
    cocs = {request.coc_id for request in requests}
    services.free_now(cocs)
    types = stock.types_of(cocs) if requests else []
    if not types:
        return {}
    by_coc: dict[int, list[SeatType]] = defaultdict(list)
    for one in types:
        by_coc[one.coc_id].append(one)
    kinds = {r.id: rules.type_for(r.level, by_coc[r.coc_id]) for r in requests}
    asked = [request for request in requests if kinds[request.id] is not None]
    there, line = stock.stocks([one.id for one in types]), stock.approved(types)
    seats = _seats(asked)
    lines = {}
    for request in asked:
        kind = kinds[request.id]
        assert kind is not None
        seat = seats.get((kind.id, "person", request.person_id)) or seats.get((kind.id, "request", request.id))
        met, sentence = _answer(request, kind, seat, there[kind.id], line[kind.id])
        lines[request.id] = _line(policy_of(request, at), met=met, sentence=sentence)
    return lines


def _seats(requests: Sequence[AccessRequest]) -> dict[tuple[int, str, int | None], Seat]:
    people = [request.person_id for request in requests if request.person_id]
    theirs = among(Seat.request_id, [request.id for request in requests]) | among(Seat.person_id, people)
    found: dict[tuple[int, str, int | None], Seat] = {}
    for row in db.session.scalars(select(Seat).where(Seat.freed_at.is_(None), theirs)):
        found[row.type_id, "request", row.request_id] = row
        found[row.type_id, "person", row.person_id] = row
    return found


def _answer(
    request: AccessRequest, kind: SeatType, seat: Seat | None, there: Stock, approved: list[Waiting]
) -> tuple[bool, str]:
    if seat is not None and seat.taken_at is not None:
        return True, f"A seat of “{kind.name}” is in use by this person."
    if seat is not None:
        return True, f"A seat of “{kind.name}” has been kept for this request since {request.day_of(seat.kept_at)}."
    if free := there.free_for(request.agency_id):
        return True, f"{free} of {there.total} seats of “{kind.name}” are free for this agency."
    waiting = [one.request_id for one in rules.in_line(approved, there)]
    none = f"None of the {there.total} seats of “{kind.name}” is free for this agency"
    if request.id in waiting:
        return False, f"{none}. This request is number {waiting.index(request.id) + 1} of {len(waiting)} in line."
    if request.state is RequestState.REQUESTED:
        return False, f"{none}. Once approved, this request would be number {len(waiting) + 1} in line."
    return False, f"{none}."


def _line(policy: Policy, *, met: bool, sentence: str) -> Line:
    """By the gate's own line where the manual has one, else by its duty of individual licenses, else by no manual."""
    gate = policy.gate(GateName.LICENSE)
    cited: Any = next((one for one in gate.requires if one.requirement is Requirement.SEAT_AVAILABLE), None)
    value: Cited | None = gate if cited else None
    if value is None and policy.has(DutyName.INDIVIDUAL_LICENSES):
        value = cited = policy.duty(DutyName.INDIVIDUAL_LICENSES)
    explanation: dict[str, Any] = {"pack": policy.pack, "version": policy.version.isoformat()}
    if value is not None:
        about = {"rule": cited.rule, "source": value.source, "section": cited.section, "because": [cited.says]}
        explanation |= about | {"title": policy.manual_of(value.source)}
    else:
        explanation["because"] = ["The HMIS Lead keeps an inventory of the seats that it bought."]
    return Line(
        key=str(Requirement.SEAT_AVAILABLE),
        label="Seat",
        state=LineState.MET if met else LineState.MISSING,
        sentence=sentence,
        who_can="It comes by itself when one is freed or bought, in the order of approval.",
        rule=cited.rule if cited else "",
        source=value.source if value else "",
        section=cited.section if cited else "",
        explanation=explanation,
    )
