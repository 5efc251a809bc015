"""What goes over the wire. Times are ISO 8601 with their offset, in UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo

from core.people.models import EmploymentKind
from core.policy.vocabulary import Tier
from core.typed import refuse_client_data
from helpdesk.tickets.rules import Category, Priority
from helpdesk.tickets.rules import State as TicketState
from licensing.access.rules import RequestKind, RequestState
from licensing.departures.models import Reason
from licensing.departures.rules import DepartureState

# PostgreSQL text cannot hold a zero byte, and no form of ours sends other control characters.
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=PLAIN)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=PLAIN)]
Id = Annotated[int, Field(ge=1, lt=2**63)]
YEARS = range(1970, 2101)


def _of_no_client(said: str, info: ValidationInfo) -> str:
    """As on the page: raises Invalid, with the field, for what looks like a client's data (MO-HD-5)."""
    refuse_client_data(said, info.field_name or "")
    return said


NoClient = AfterValidator(_of_no_client)
Said = Annotated[Long, NoClient]


def _of_our_time(at: datetime) -> datetime:
    """Nothing that is told here was or will be further away; beyond it, zones run out of calendar."""
    if at.year not in YEARS:
        raise ValueError(f"The year {at.year} cannot be meant; check it.")
    return at


Moment = Annotated[datetime, AfterValidator(_of_our_time)]


class Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Given(BaseModel):
    """What a caller sends: a field that is not listed is refused, so that a typing mistake shows."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Model):
    """`field` is the path to it, such as `project_ids.0`; empty for the body as a whole."""

    field: str
    detail: str


class Problem(Model):
    """Every failure, whatever its status (RFC 9457): `detail` says what is wrong and `advice` what to do.

    Programs go by `code`; `rule` is the rule of the community's manual, `reference` what to tell the help desk.
    """

    model_config = ConfigDict(extra="forbid")

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str
    advice: str = ""
    field: str = ""
    rule: str = ""
    reference: str = ""
    errors: list[FieldProblem] = []


class Paging(Model):
    """`next` is the cursor for `?after=`; none on the last page."""

    next: str | None = None


class Listing(BaseModel):
    """Where to go on in a list."""

    model_config = ConfigDict(extra="ignore")

    after: Annotated[str, StringConstraints(max_length=500)] | None = None


class Me(Model):
    person_id: int
    name: str
    email: str
    roles: list[str]
    may: list[str]


class Hop(Model):
    """One stay on a tier; `until` is none while it lasts."""

    tier: Tier
    holder_agency_id: int | None
    holder_person_id: int | None
    since: datetime
    until: datetime | None
    reason: str
    rule: str


class TicketOut(Model):
    id: int
    subject: str
    category: Category
    state: TicketState
    priority: Priority
    tier: Tier
    agency_id: int | None
    requester_id: int | None
    requester_name: str
    opened_at: datetime
    last_activity_at: datetime
    closed_at: datetime | None
    holder_person_id: int | None
    next_due_at: datetime | None


class MessageOut(Model):
    """`ticket_id` differs from the ticket's where it was said on one that is part of it; `split_to_id` is the ticket
    that it went on in."""

    id: int
    ticket_id: int
    kind: str
    author_id: int | None
    at: datetime
    text: str
    split_to_id: int | None


class AnswerOut(Model):
    """`label` as it was asked; `value` is text, a number, true or false, a date, or a list of client IDs."""

    key: str
    label: str
    kind: str
    value: Any


class TicketDetail(TicketOut):
    """With its conversation, personal data masked, and every hop. `merged_into` is the ticket that a merged one goes on
    in, where the token's owner may see that; a reply to either reaches it."""

    merged_into: int | None
    fields: list[AnswerOut]
    messages: list[MessageOut]
    hops: list[Hop]


class TicketList(Paging):
    items: list[TicketOut]


Words200 = Annotated[str, StringConstraints(max_length=200)]


class TicketQuery(Listing):
    """What the queue's page offers. `assignee` is `me`, `nobody` or a person's number; `agency` a number or how its
    name begins; `mine` only what the caller asked; a list sorted by `due` has what is due and nothing else."""

    view: Literal["needs-action", "waiting", "open", "closed", "all"] = "all"
    state: TicketState | None = None
    tier: Tier | None = None
    category: Category | None = None
    priority: Priority | None = None
    agency: Words200 | None = None
    assignee: Words200 | None = None
    mine: bool = False
    tag: Words200 | None = None
    q: Words200 | None = None
    sort: Literal["news", "-news", "age", "-age", "due", "-due"] | None = None


AnswerText = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)]
AnswerGiven = bool | int | float | AnswerText | Annotated[list[AnswerText], Field(max_length=50)] | None
Fields = Annotated[dict[Annotated[str, StringConstraints(max_length=80)], AnswerGiven], Field(max_length=100)]


class NewTicket(Given):
    """`fields` are the answers to what the category asks; `GET /ticket-categories` tells which those are."""

    subject: Short
    text: Long
    category: Category = Category.OTHER
    agency_id: Id | None = None
    fields: Fields = {}


class Words(Given):
    text: Long


class ReasonGiven(Given):
    reason: Said


class LineOut(Model):
    key: str
    state: str
    sentence: str
    who_can: str
    rule: str
    source: str
    section: str
    url: str


class RequestOut(Model):
    id: int
    agency_id: int
    name: str
    email: str
    kind: RequestKind
    level: str
    employment: EmploymentKind
    state: RequestState
    requested_at: datetime
    decided_at: datetime | None
    decision_reason: str
    pack: str
    pack_version: date


class RequestDetail(RequestOut):
    """With the eligibility decision, line by line."""

    eligibility: list[LineOut]


class RequestList(Paging):
    items: list[RequestOut]


class RequestQuery(Listing):
    state: RequestState | None = None


class NewRequest(Given):
    agency_id: Id
    name: Annotated[Short, NoClient]
    email: Short
    kind: Literal["new", "transfer"] = "new"
    level: Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)] = ""
    employment: EmploymentKind
    is_of_age: bool
    project_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]


class NewDraft(Given):
    """As far as it is known; nothing but the agency is needed with a name or an address."""

    agency_id: Id
    name: Annotated[str, StringConstraints(max_length=120, pattern=PLAIN), NoClient] = ""
    email: Annotated[str, StringConstraints(max_length=254, pattern=PLAIN)] = ""
    job_title: Annotated[str, StringConstraints(max_length=120, pattern=PLAIN), NoClient] = ""
    kind: Literal["new", "transfer"] = "new"
    level: Annotated[str, StringConstraints(max_length=80, pattern=PLAIN)] = ""
    employment: EmploymentKind | None = None
    enters_data: Literal["yes", "no"] = "yes"
    is_of_age: bool = False
    project_ids: Annotated[list[Id], Field(max_length=200)] = []


class DraftOut(Model):
    """`values` are the fields as they were kept."""

    id: int
    agency_id: int
    kept_at: datetime
    values: dict[str, Any]


class DraftList(Model):
    items: list[DraftOut]


class Decided(Given):
    decision: Literal["approve", "deny"]
    reason: Said


class Confirming(Given):
    """What was seen of a line; `is_needed` is false where it does not apply to this request."""

    reason: Said
    is_needed: bool = True


class DepartureOut(Model):
    id: int
    agency_id: int
    person_id: int
    leaves_at: datetime
    ends_at: datetime
    noticed_at: datetime | None
    reason: Reason
    state: DepartureState


class DeadlineOut(Model):
    """`due_at` is the last instant still on time; `explanation` says why, with its citation."""

    id: int
    kind: str
    title: str
    agency_id: int | None
    holder: str
    state: str
    due_at: datetime
    closed_at: datetime | None
    was_late: bool
    rule: str
    explanation: dict[str, Any]


class DepartureDetail(DepartureOut):
    """With both clocks: the agency's notice, and the deactivation."""

    deadlines: list[DeadlineOut]


class DepartureList(Paging):
    items: list[DepartureOut]


class NewDeparture(Given):
    """`leaves_at` carries an offset; without one it is local time at the agency.

    `ends_at_once` says that access may end with this call, which nothing undoes.
    """

    agency_id: Id
    person_id: Id
    leaves_at: Moment
    reason: Reason
    ends_at_once: bool = False


class DeadlineList(Paging):
    items: list[DeadlineOut]


class DeadlineQuery(Listing):
    shown: Literal["open", "late", "past"] = "open"
