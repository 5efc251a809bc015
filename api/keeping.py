"""What a Lead keeps of how people reach it: its support addresses, its own questions, its reviews of duplicates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging, Short
from core import clock
from core.authz import current_principal, found, requires
from core.db import unit_of_work
from core.deadlines import Deadline
from core.paging import page_of
from helpdesk.intake import keeping, queries, reviews
from helpdesk.intake.keeping import Worded
from helpdesk.intake.models import CustomField
from helpdesk.intake.permissions import Permission as IntakeP
from helpdesk.intake.questions import FieldKind
from helpdesk.intake.services import named_fields
from helpdesk.mail import addresses
from helpdesk.mail.models import SupportAddress
from helpdesk.mail.permissions import Permission as MailP
from helpdesk.tickets.rules import Category

ADDRESSES, QUESTIONS, REVIEWS = "Support addresses", "Own questions", "Possible duplicates"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=PLAIN)]
Choice = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=keeping.LONGEST_CHOICE, pattern=PLAIN)
]


class AddressOut(Model):
    """`category` is what is asked there; `coc_id` whose it is where nobody knows the sender (null: the Lead's)."""

    id: int
    lead_id: int
    coc_id: int | None
    address: str
    name: str
    category: Category
    is_active: bool


class AddressList(Paging):
    items: list[AddressOut]


class AddressGiven(Given):
    address: Short
    name: Name
    category: Category = Category.OTHER
    coc_id: Id | None = None
    is_active: bool = True


@bp.get("/support-addresses")
@requires(MailP.ADDRESSES)
@bp.input(Listing, location="query")
@bp.output(AddressList)
@bp.doc(tags=[ADDRESSES], summary="List them by address", security="bearer", responses=failures(422))
def list_addresses(query_data: Listing) -> Any:
    order = [SupportAddress.address, SupportAddress.id]
    page = page_of(addresses.of(current_principal()), order, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


def _line(given: AddressGiven) -> addresses.Line:
    return addresses.Line(given.address, given.name, given.category, given.coc_id, given.is_active)


@bp.post("/support-addresses")
@requires(MailP.ADDRESSES)
@bp.input(AddressGiven, arg_name="given")
@bp.output(AddressOut, status_code=201)
@bp.doc(
    tags=[ADDRESSES],
    summary="Mail to one more address becomes tickets; the same sent again is one",
    security="bearer",
    responses=failures(400, 404, 413, 422),
)
def add_address(given: AddressGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        return addresses.add(addresses.lead_of(principal), _line(given), principal, clock.now())


@bp.put("/support-addresses/<int:address_id>")
@requires(MailP.ADDRESSES)
@bp.input(AddressGiven, arg_name="given")
@bp.output(AddressOut)
@bp.doc(tags=[ADDRESSES], summary="Change one", security="bearer", responses=failures(400, 404, 413, 422))
def change_address(address_id: int, given: AddressGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = addresses.visible(principal, address_id, lock=True)
        addresses.change(row, _line(given), principal, clock.now())
    return row


# --- questions of the Lead's own


class OwnQuestionOut(Model):
    """`key` names its answer in a ticket's `fields`; a retired one is not asked, and what was answered stays."""

    id: int
    lead_id: int
    category: Category
    key: str
    kind: FieldKind
    label: str
    choices: list[str]
    hint: str
    is_required: bool
    position: int
    retired_at: datetime | None


class OwnQuestionList(Model):
    items: list[OwnQuestionOut]


class WordsGiven(Given):
    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=PLAIN)]
    choices: Annotated[list[Choice], Field(max_length=keeping.MOST_CHOICES)] = []
    hint: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=PLAIN)] = ""
    is_required: bool = False


class OwnQuestionGiven(WordsGiven):
    """How it is answered stays as it is made."""

    category: Category
    kind: FieldKind


def _worded(given: WordsGiven) -> Worded:
    choices = (" ".join(choice.split()) for choice in given.choices)
    label, hint = " ".join(given.label.split()), " ".join(given.hint.split())
    return Worded(label, tuple(dict.fromkeys(choices)), hint, given.is_required)


@bp.get("/own-questions")
@requires(IntakeP.FIELDS_KEEP)
@bp.output(OwnQuestionList)
@bp.doc(
    tags=[QUESTIONS],
    summary="A Lead's own questions, asked and retired, in the order of the form",
    security="bearer",
    responses=failures(404),
)
def list_own_questions() -> Any:
    leads = queries.leads_kept(current_principal())
    return {"items": [row for lead in leads for row in queries.all_fields(lead.id)]}


@bp.post("/own-questions")
@requires(IntakeP.FIELDS_KEEP)
@bp.input(OwnQuestionGiven, arg_name="given")
@bp.output(OwnQuestionOut, status_code=201)
@bp.doc(
    tags=[QUESTIONS],
    summary="Ask one more of a category; the same sent again is one",
    security="bearer",
    responses=failures(400, 404, 413, 422),
)
def add_own_question(given: OwnQuestionGiven) -> Any:
    lead = found(next(iter(queries.leads_kept(current_principal())), None))
    with unit_of_work():
        return keeping.add(lead, given.category, given.kind, _worded(given))


def _act(field_id: int, verb: Callable[[CustomField], object]) -> CustomField:
    with unit_of_work(), named_fields():
        row = queries.kept_field(current_principal(), field_id, lock=True)
        verb(row)
    return row


@bp.put("/own-questions/<int:field_id>")
@requires(IntakeP.FIELDS_KEEP)
@bp.input(WordsGiven, arg_name="given")
@bp.output(OwnQuestionOut)
@bp.doc(tags=[QUESTIONS], summary="Other words for it", security="bearer", responses=failures(400, 404, 413, 422))
def change_own_question(field_id: int, given: WordsGiven) -> Any:
    return _act(field_id, lambda row: keeping.change(row, _worded(given)))


@bp.post("/own-questions/<int:field_id>/retire")
@requires(IntakeP.FIELDS_KEEP)
@bp.output(OwnQuestionOut)
@bp.doc(tags=[QUESTIONS], summary="Ask it no more", security="bearer", responses=failures(404, 409))
def retire_own_question(field_id: int) -> Any:
    return _act(field_id, lambda row: keeping.retire(row, clock.now()))


@bp.post("/own-questions/<int:field_id>/bring-back")
@requires(IntakeP.FIELDS_KEEP)
@bp.output(OwnQuestionOut)
@bp.doc(tags=[QUESTIONS], summary="Ask a retired one again", security="bearer", responses=failures(404, 409))
def bring_back_own_question(field_id: int) -> Any:
    return _act(field_id, keeping.bring_back)


@bp.post("/own-questions/<int:field_id>/up")
@requires(IntakeP.FIELDS_KEEP)
@bp.output(OwnQuestionOut)
@bp.doc(tags=[QUESTIONS], summary="Before the one that is asked before it", security="bearer", responses=failures(404))
def move_own_question_up(field_id: int) -> Any:
    return _act(field_id, keeping.move_up)


# --- looking for possible duplicates (SON-HD-6)


class ReviewOut(Model):
    """`outcome` says who looked, "" while nobody has; `explanation` why it is due then."""

    id: int
    coc_id: int
    due_at: datetime
    closed_at: datetime | None
    outcome: str
    explanation: dict[str, Any]


class ReviewList(Paging):
    items: list[ReviewOut]


class ReviewQuery(Listing):
    done: bool = False


@bp.get("/duplicate-reviews")
@requires(IntakeP.DUPLICATES_REVIEW)
@bp.input(ReviewQuery, location="query")
@bp.output(ReviewList)
@bp.doc(tags=[REVIEWS], summary="Those to come, or those that were done", security="bearer", responses=failures(422))
def list_reviews(query_data: ReviewQuery) -> Any:
    wanted = reviews.done if query_data.done else reviews.owed
    order = [Deadline.due_at, Deadline.id]
    rows = wanted(current_principal())
    page = page_of(rows, order, descending=query_data.done, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/duplicate-reviews/<int:review_id>/done")
@requires(IntakeP.DUPLICATES_REVIEW)
@bp.output(ReviewOut)
@bp.doc(
    tags=[REVIEWS],
    summary="Somebody looked; the next review counts from now",
    security="bearer",
    responses=failures(404, 409),
)
def finish_review(review_id: int) -> Any:
    with unit_of_work():
        row = reviews.visible_review(current_principal(), review_id)
        reviews.reviewed(row, current_principal(), clock.now())
    return row
