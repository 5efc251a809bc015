"""What the vendor cases' operations take and give."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas import PLAIN, Given, Id, Listing, Long, Model, Paging, Short
from helpdesk.vendor.rules import CaseState, Severity, Then

CaseNumber = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=PLAIN)]


class CaseQuery(Listing):
    state: CaseState | None = None
    contact_id: Id | None = None


class NewCase(Given):
    """`ticket_id` is the first request on it; `number` the vendor's own, which may come later."""

    title: Short
    severity: Severity = Severity.NORMAL
    number: CaseNumber = ""
    contact_id: Id | None = None
    ticket_id: Id | None = None


class TicketNamed(Given):
    ticket_id: Id


class Reason(Given):
    """Why, or what was said; no client's personal data."""

    text: Long


class ContactGiven(Given):
    """`part` is what they are at the vendor; `rank` their place in the order, from 1."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
    part: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
    address: Short
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=PLAIN)] = ""
    rank: Annotated[int, Field(ge=1, le=99)] = 1


class ContactOut(Model):
    id: int
    name: str
    part: str
    address: str
    phone: str
    rank: int


class ContactList(Model):
    items: list[ContactOut]


class LetterGiven(Given):
    text: Long


class LetterSeen(LetterGiven):
    """`digest` is that of the letter as the preview gave it: nothing else leaves."""

    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    again_on: date | None = None


class LetterOut(Model):
    address: str
    subject: str
    body: str
    digest: str
    took_out: bool


class UpdateGiven(Given):
    text: Long
    then: Then = Then.WAIT
    includes_closed: bool = False


class UpdateOut(Model):
    id: int
    at: datetime
    text: str
    then: Then
    total: int
    told: int
    skipped: int
    refused: int


class UpdateSeen(Model):
    """To how many it would go; `beyond` are on the case and not the caller's to answer."""

    count: int
    closed: int
    beyond: int


class CaseOut(Model):
    id: int
    title: str
    number: str
    severity: Severity
    state: CaseState
    contact_id: int | None
    keeper_id: int
    opened_at: datetime
    asked_at: datetime | None
    last_activity_at: datetime
    next_contact_at: datetime | None
    misses: int
    closed_at: datetime | None
    outcome: str


class CaseMessageOut(Model):
    id: int
    kind: str
    author_id: int | None
    at: datetime
    text: str


class CaseDetail(CaseOut):
    """With its thread, personal data masked, and the requests on it that the caller may see, the latest first;
    `others` is how many more are on it."""

    messages: list[CaseMessageOut]
    ticket_ids: list[int]
    others: int
    updates: list[UpdateOut]


class CaseList(Paging):
    items: list[CaseOut]
