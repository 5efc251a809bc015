from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.deadlines import Deadline, State
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.outbox import OutboxMessage
from core.people.models import Agency, AgencyStatus, Membership, Person
from core.search import like
from licensing.access.ground import hold
from licensing.departures.models import IS_OWED, Channel, DepartureNotice
from licensing.departures.permissions import Permission
from licensing.departures.rules import DepartureState
from licensing.departures.services import NOTICE

AREA = "Licensing"
MOST_AGENCIES = 50


def departures(principal: Principal, filters: Mapping[str, str]) -> Select[DepartureNotice]:
    """The departures a person may see, narrowed by what the list's filters say."""
    query = _in_reach(principal).options(joinedload(DepartureNotice.person), joinedload(DepartureNotice.agency))
    if filters.get("state") in set(DepartureState):
        query = query.where(DepartureNotice.state == DepartureState(filters["state"]))
    if filters.get("shown") == "to-confirm":
        query = query.where(DepartureNotice.state == DepartureState.EFFECTIVE, DepartureNotice.off_at.is_(None))
    if filters.get("agency", "").isdecimal():
        query = query.where(DepartureNotice.agency_id == int(filters["agency"][:18]))
    return query


def _in_reach(principal: Principal) -> Select[DepartureNotice]:
    return select(DepartureNotice).where(principal.scope(Permission.VIEW).where(DepartureNotice))


def visible_departure(principal: Principal, departure_id: int, *, lock: bool = False) -> DepartureNotice:
    """Another agency's departure is not there. `lock` is for who is about to change it."""
    query = _in_reach(principal).where(DepartureNotice.id == min(departure_id, typed.BIGGEST))
    row: DepartureNotice = found(db.session.scalar(query))
    return _locked(row) if lock else row


def _locked(row: DepartureNotice) -> DepartureNotice:
    """The agency, itself, and its clocks last, as everybody takes them but a sweep, which gives way."""
    hold(row.agency)
    db.session.refresh(row, with_for_update={"of": DepartureNotice})
    clocks = select(Deadline).where(*_clock_is(row.id)).order_by(Deadline.id).with_for_update()
    db.session.scalars(clocks.execution_options(populate_existing=True)).all()
    return row


def agencies_to_speak_for(principal: Principal, typed_text: str = "") -> list[Agency]:
    """Where this person may tell of a departure, by name; the first ones that begin with the text."""
    query = _agencies_in_reach(principal).where(func.lower(Agency.name).like(like(typed_text)))
    return list(db.session.scalars(query.order_by(Agency.name).limit(MOST_AGENCIES)))


def agency_to_speak_for(principal: Principal, agency_id: int) -> Agency:
    row: Agency = found(db.session.scalar(_agencies_in_reach(principal).where(Agency.id == agency_id)))
    return row


def _agencies_in_reach(principal: Principal) -> Select[Agency]:
    scope = principal.scope(Permission.RECORD)
    reach = or_(Agency.lead_id.in_(scope.lead_ids), Agency.coc_id.in_(scope.coc_ids), Agency.id.in_(scope.agency_ids))
    return select(Agency).where(reach, Agency.status != AgencyStatus.ENDED).options(joinedload(Agency.coc))


def people_of(agency: Agency, at: datetime) -> list[Person]:
    """Everybody who works there, by name."""
    query = select(Person).join(Membership, Membership.person_id == Person.id)
    still = or_(Membership.ended_at.is_(None), Membership.ended_at > at)
    query = query.where(Membership.agency_id == agency.id, still)
    return list(db.session.scalars(query.order_by(Person.name, Person.id)))


def mails_about(row: DepartureNotice, *, to_agency_only: bool) -> list[OutboxMessage]:
    """What was sent; an agency sees what its own people got."""
    query = select(OutboxMessage).where(
        OutboxMessage.subject_type == DepartureNotice.__tablename__, OutboxMessage.subject_id == row.id
    )
    if to_agency_only:
        own = select(Membership.person_id).where(Membership.agency_id == row.agency_id)
        query = query.where(OutboxMessage.person_id.in_(own))
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


@today_provider
def departures_for_today(principal: Principal, _: datetime, limit: int) -> list[WorkItem]:
    """What is to be confirmed off in the HMIS itself, and notices that were missed and are still owed. The clocks
    that still run stand among the deadlines."""
    return [*_to_confirm(principal, limit), *_notices_owed(principal, limit)]


def _to_confirm(principal: Principal, limit: int) -> list[WorkItem]:
    if not principal.can(Permission.CONFIRM_OFF):
        return []
    rows = db.session.scalars(
        select(DepartureNotice)
        .where(
            principal.scope(Permission.CONFIRM_OFF).where(DepartureNotice),
            DepartureNotice.state == DepartureState.EFFECTIVE,
            DepartureNotice.off_at.is_(None),
        )
        .options(joinedload(DepartureNotice.person), joinedload(DepartureNotice.agency))
        .order_by(DepartureNotice.effective_at, DepartureNotice.id)
        .limit(limit)
    )
    return [_work_item(row) for row in rows]


def _notices_owed(principal: Principal, limit: int) -> list[WorkItem]:
    if not principal.can(Permission.VIEW):
        return []
    query = (
        select(DepartureNotice, Deadline)
        .join(Deadline, and_(*_clock_is(DepartureNotice.id), Deadline.kind == NOTICE))
        .where(principal.scope(Permission.VIEW).where(DepartureNotice), text(IS_OWED), Deadline.state == State.FIRED)
        .options(joinedload(DepartureNotice.person), joinedload(DepartureNotice.agency))
        .order_by(DepartureNotice.leaves_at, DepartureNotice.id)
        .limit(limit)
    )
    return [_owed(row, clock, principal) for row, clock in db.session.execute(query)]


def _clock_is(departure_id: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Deadline.subject_type == DepartureNotice.__tablename__, Deadline.subject_id == departure_id


def _owed(row: DepartureNotice, clock: Deadline, principal: Principal) -> WorkItem:
    mine = may_give_notice(principal, row)
    told = (
        "No notice came in time; it is owed until you give it" if mine else "The agency missed its notice and owes it"
    )
    return WorkItem(
        title=clock.title,
        url=f"/departures/{row.id}#notice",
        action="Give notice" if mine else "Open",
        area=AREA,
        detail=told,
        due_at=clock.due_at,
        explanation=clock.explanation,
        since=clock.opened_at,
        group=Turn.MINE if mine else Turn.WAITING,
    )


def may_give_notice(principal: Principal, row: DepartureNotice) -> bool:
    """Who speaks for the agency; the Lead's own word is not its notice."""
    return principal.can(Permission.RECORD, agency=row.agency) and not principal.can(
        Permission.CONFIRM_OFF, agency=row.agency
    )


def _work_item(row: DepartureNotice) -> WorkItem:
    told = "the agency gave no notice yet" if row.noticed_at is None else "access here has ended"
    return WorkItem(
        title=f"Confirm off in the HMIS: {row.person.name}, {row.agency.name}",
        url=f"/departures/{row.id}#confirm-off",
        action="Confirm off in the HMIS",
        area=AREA,
        detail=told[0].upper() + told[1:],
        since=row.effective_at,
    )


def open_of_ticket(ticket_id: int) -> DepartureNotice | None:
    """The departure that a ticket led to, and that was not undone."""
    query = select(DepartureNotice).where(
        DepartureNotice.ticket_id == ticket_id, DepartureNotice.state != DepartureState.UNDONE
    )
    return db.session.scalar(query.order_by(DepartureNotice.id.desc()).limit(1))


CHANNELS = {
    Channel.FORM: "By the form",
    Channel.MAIL: "By mail",
    Channel.FOUND_OUT: "The HMIS Lead found out",
}
