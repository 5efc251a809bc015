from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.paging import page_of
from core.people.models import Lead
from helpdesk.notices import audience, queries, rules, services
from helpdesk.notices.models import Notice, ReadBy
from helpdesk.notices.permissions import Permission as P
from helpdesk.notices.rules import GONE_OUT, Audience, Group, Kind, State, UpdateKind
from helpdesk.notices.services import LONGEST, Draft

TAG = "Notices"
Markdown = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST, pattern=PLAIN)]
Level = Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)]


class NoticeOut(Model):
    """`discovered_at` and `sent_at` say how soon people were told of a failure."""

    id: int
    kind: Kind
    title: str
    state: State
    discovered_at: datetime | None
    begins_at: datetime | None
    ends_at: datetime | None
    sent_at: datetime | None
    resolved_at: datetime | None
    asks_reading: bool
    recipients: int


class UpdateOut(Model):
    kind: UpdateKind
    at: datetime
    text: str


class NoticeDetail(NoticeOut):
    """With its text and updates in Markdown, and whether the caller has said that they read it."""

    text: str
    updates: list[UpdateOut]
    acknowledged_at: datetime | None


class NoticeList(Paging):
    items: list[NoticeOut]


class NoticeQuery(Listing):
    kind: Kind | None = None
    state: State | None = None
    shown: Annotated[str, Field(pattern="^(all|received)$")] | None = None


class AudienceIn(Given):
    """Groups at all of the Lead's places, or at those named. CoCs and agencies add up; the rest narrows."""

    groups: Annotated[list[Group], Field(min_length=1, max_length=len(Group))] = [Group.USERS]
    coc_ids: Annotated[list[Id], Field(max_length=1_000)] = []
    agency_ids: Annotated[list[Id], Field(max_length=1_000)] = []
    project_types: Annotated[list[Annotated[int, Field(ge=0, le=99)]], Field(max_length=30)] = []
    levels: Annotated[list[Level], Field(max_length=30)] = []


class NewNotice(Given):
    """A draft. `lead_id` is needed by who writes for several Leads. A time without an offset is the Lead's own."""

    kind: Kind
    title: Short
    text: Markdown
    audience: AudienceIn = AudienceIn()
    lead_id: Id | None = None
    discovered_at: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    is_critical: bool = False
    is_public: bool = False
    asks_reading: bool = False
    remind_days: Annotated[int, Field(ge=1, lt=rules.MOST_REMIND_DAYS + 1)] | None = None


class NewUpdate(Given):
    text: Markdown
    is_resolved: bool = False


@bp.get("/notices")
@requires(P.READ)
@bp.input(NoticeQuery, location="query")
@bp.output(NoticeList)
@bp.doc(
    tags=[TAG],
    summary="List the notices that one writes, or received, the newest first",
    security="bearer",
    responses=failures(422),
)
def list_notices(query_data: NoticeQuery) -> Any:
    filters = {name: str(value) for name, value in query_data.model_dump(exclude={"after"}, exclude_none=True).items()}
    query = queries.notices(current_principal(), filters, clock.now())
    order = [Notice.created_at, Notice.id]
    page = page_of(query, order, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/notices")
@requires(P.SEND)
@bp.input(NewNotice, arg_name="given")
@bp.output(NoticeDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Write a notice; it is a draft until it is sent",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def write_notice(given: NewNotice) -> Any:
    principal, now = current_principal(), clock.now()
    lead = _lead(given.lead_id)
    times = {name: _instant(getattr(given, name), lead) for name in ("discovered_at", "begins_at", "ends_at")}
    chosen = Audience(**{name: tuple(values) for name, values in given.audience.model_dump(mode="json").items()})
    draft = Draft(
        kind=given.kind,
        title=given.title,
        text=given.text,
        audience=chosen,
        once=idempotency_key() or secrets.token_urlsafe(16),
        is_critical=given.is_critical,
        is_public=given.is_public,
        asks_reading=given.asks_reading,
        remind_days=given.remind_days,
        **times,
    )
    with unit_of_work():
        row = services.make(lead, draft, principal, now)
    return _detail(row)


def _lead(lead_id: int | None) -> Lead:
    leads = audience.leads_of(current_principal())
    lead: Lead = found(next((lead for lead in leads if lead_id in (None, lead.id)), None))
    return lead


def _instant(at: datetime | None, lead: Lead) -> datetime | None:
    if at is None or at.tzinfo is not None:
        return at
    return rules.moment(at.date(), at.time(), ZoneInfo(lead.tz)).at


@bp.get("/notices/<int:notice_id>")
@requires(P.READ)
@bp.output(NoticeDetail)
@bp.doc(tags=[TAG], summary="A notice with its updates", security="bearer", responses=failures(404))
def show_notice(notice_id: int) -> Any:
    return _detail(queries.visible_notice(current_principal(), notice_id, clock.now()))


@bp.post("/notices/<int:notice_id>/sending")
@requires(P.SEND)
@bp.output(NoticeDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Send a draft now, once, to everybody its audience comes to",
    security="bearer",
    responses=failures(404, 409, 422),
)
def send_notice(notice_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.own_notice(principal, notice_id, lock=True)
        services.send(row, principal, idempotency_key() or secrets.token_urlsafe(16), clock.now())
    return _detail(row)


@bp.post("/notices/<int:notice_id>/updates")
@requires(P.SEND)
@bp.input(NewUpdate, arg_name="given")
@bp.output(NoticeDetail, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Tell the same people what is new, or that it is resolved",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def add_update(notice_id: int, given: NewUpdate) -> Any:
    principal = current_principal()
    kind = UpdateKind.RESOLVED if given.is_resolved else UpdateKind.UPDATE
    once = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = queries.own_notice(principal, notice_id, lock=True)
        services.add_update(row, kind, given.text, principal, once, clock.now())
    return _detail(row)


@bp.post("/notices/<int:notice_id>/acknowledgement")
@requires(P.READ)
@bp.output(NoticeDetail)
@bp.doc(tags=[TAG], summary="Say that one has read it", security="bearer", responses=failures(404, 422))
def acknowledge(notice_id: int) -> Any:
    principal, now = current_principal(), clock.now()
    with unit_of_work():
        row = queries.visible_notice(principal, notice_id, now)
        services.acknowledge(row, principal.person_id, ReadBy.API, now)
    return _detail(row)


def _detail(row: Notice) -> dict[str, Any]:
    mine = queries.recipient_of(row, current_principal().person_id) if row.state in GONE_OUT else None
    told = {name: getattr(row, name) for name in NoticeDetail.model_fields if name != "acknowledged_at"}
    return told | {"acknowledged_at": mine.acknowledged_at if mine else None}
