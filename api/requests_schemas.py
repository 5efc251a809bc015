"""What goes over the wire about data requests, client requests, outside demands and the log of disclosures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.schemas import PLAIN, DeadlineOut, Given, Id, Listing, Long, Model, Paging
from core.policy.vocabulary import Requirement
from helpdesk.requests.clients.rules import ClientState
from helpdesk.requests.data.rules import About, DataState, Level, Requester, Vote
from helpdesk.requests.demands.rules import DemandKind, DemandState

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=PLAIN)]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=PLAIN)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=PLAIN)]
Type = Literal["mandated", "repair", "new"]
Regions = Literal["statewide", "coc", "several", "one"]
Purpose = Literal["housing", "quality", "funding", "other"]
Effort = Literal["small", "medium", "large"]


class PlaceGiven(Given):
    """Whose it is: an agency's, or a whole CoC's for those who act for it."""

    agency_id: Id | None = None
    coc_id: Id | None = None
    ticket_id: Id | None = None


class ReasonOf(Given):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=PLAIN)]


class DataRequestOut(Model):
    id: int
    coc_id: int
    agency_id: int | None
    title: str
    requester: Requester
    level: Level
    about: About
    state: DataState
    needs_approval: bool
    priority: int
    asked_at: datetime
    need_by: date | None
    expected_on: date | None
    fee: str


class StepOut(Model):
    """One decision: who, when, why, by which rule."""

    act: str
    by_id: int
    at: datetime
    reason: str
    rule: str


class VoteOut(Model):
    person_id: int
    vote: Vote
    reason: str
    at: datetime


class DataRequestDetail(DataRequestOut):
    """`route` says why the CoC must or need not approve, `score` how the priority adds up."""

    elements: str
    period: str
    reason: str
    recipient: str
    exception: str
    route: dict[str, Any]
    score: list[dict[str, Any]]
    steps: list[StepOut]
    votes: list[VoteOut]
    deadlines: list[DeadlineOut]


class DataRequestList(Paging):
    items: list[DataRequestOut]


class DataRequestQuery(Listing):
    state: DataState | None = None


class NewDataRequest(PlaceGiven):
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
    requester: Requester
    level: Level
    about: About
    elements: Long
    reason: Words
    for_whom: Phrase = ""
    period: Phrase = ""
    recipient: Phrase = ""
    need_by: date | None = None
    exception: Words = ""
    type: Type | None = None
    regions: Regions | None = None
    purpose: Purpose | None = None


class NewEstimate(Given):
    effort: Effort
    begins_on: date | None = None
    fee: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=PLAIN)] = ""


class DataDecision(ReasonOf):
    decision: Literal["begin", "deliver", "return", "deny"]


class CoCDecision(ReasonOf):
    is_approved: bool


class NewVote(ReasonOf):
    vote: Vote


class ClientRequestOut(Model):
    """`client_id` is the client's number in the HMIS."""

    id: int
    agency_id: int
    client_id: str
    kind: str
    state: ClientState
    received_at: datetime
    decided_at: datetime | None
    decision_reason: str


class ClientRequestDetail(ClientRequestOut):
    what: str
    is_spoken: bool
    own_days: int | None
    recorded_at: datetime
    late: str
    deadlines: list[DeadlineOut]


class ClientRequestList(Paging):
    items: list[ClientRequestOut]


class ClientRequestQuery(Listing):
    state: ClientState | None = None
    client_id: Number | None = None


class NewClientRequest(Given):
    """`received_at` with its offset; without one it is local time at the agency, and left out it is now."""

    agency_id: Id
    client_id: Number
    kind: Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)]
    received_at: datetime | None = None
    is_spoken: bool = False
    what: Words = ""
    own_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    ticket_id: Id | None = None


class ClientDecision(ReasonOf):
    decision: Literal["answer", "refuse", "withdraw"]


class DemandOut(Model):
    id: int
    coc_id: int
    agency_id: int | None
    kind: DemandKind
    client_id: str
    state: DemandState
    received_at: datetime
    decided_at: datetime | None
    told_at: datetime | None


class ConditionOut(Model):
    requirement: Requirement
    label: str
    is_met: bool
    sentence: str
    who: str
    rule: str


class DemandDetail(DemandOut):
    """With what a release needs, line by line."""

    who: str
    what: str
    decision_reason: str
    lines: list[ConditionOut]
    deadlines: list[DeadlineOut]


class DemandList(Paging):
    items: list[DemandOut]


class DemandQuery(Listing):
    state: DemandState | None = None


class NewDemand(PlaceGiven):
    kind: DemandKind
    who: Phrase
    what: Words
    client_id: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=PLAIN)] = ""


class NewCondition(ReasonOf):
    requirement: Requirement


class TakenBack(Given):
    requirement: Requirement


class NewRelease(ReasonOf):
    """`reason` says what is released."""

    client_ids: Annotated[list[Number], Field(min_length=1, max_length=100)]


class NewTelling(ReasonOf):
    whom: Literal["client", "caseworker"]


class DisclosureOut(Model):
    id: int
    demand_id: int
    agency_id: int | None
    client_id: str
    to_whom: str
    what: str
    ground: str
    rule: str
    released_by_id: int
    released_at: datetime
    kept_until: date | None


class DisclosureList(Paging):
    items: list[DisclosureOut]


class DisclosureQuery(Listing):
    client_id: Number | None = None
