"""The verbs of asking: a request with the answers of its category, and answers put right afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.audit import record
from core.authz import Principal, principal_for
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.files.models import StoredFile
from core.people.models import Agency, CoC, Lead, Person
from core.policy.vocabulary import Tier
from helpdesk.intake import queries, rules
from helpdesk.intake.models import CustomField
from helpdesk.intake.questions import Answer, Question, read, said, unknown, values_of
from helpdesk.intake.rules import Merge, Step
from helpdesk.tickets import mails, standing
from helpdesk.tickets import rules as tickets
from helpdesk.tickets import services as opening
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rows import Once, changed, hold_once, put, system
from helpdesk.tickets.rules import Action, Category, Channel

FIELD = "q_"
"""What the fields of a form are called, and the errors that belong to them."""


@contextmanager
def named_fields() -> Iterator[None]:
    """For callers who are no form: the fields of errors by the names that they use."""
    try:
        yield
    except (Invalid, Conflict) as error:
        if error.field and error.field.startswith(FIELD):
            error.field = f"fields.{error.field.removeprefix(FIELD)}"
        raise


@dataclass(frozen=True)
class Asked:
    """A request as somebody put it. `requester` is none for somebody unknown; `opened_by` wrote it down for them."""

    requester: Person | None
    address: str
    name: str
    subject: str
    text: str
    lead: Lead
    agency: Agency | None
    channel: Channel
    category: Category
    given: Mapping[str, Any] = field(default_factory=dict)
    coc: CoC | None = None
    attachments: Sequence[StoredFile] = ()
    opened_by: Person | None = None
    nonce: str | None = None


def open_request(asked: Asked, at: datetime) -> Ticket:
    """A new request with what its category asks.

    Raises Invalid for an answer that is missing, wrong, or holds a client's personal data (MO-HD-5), and for a merge
    that the administrator who asks for it makes themselves (SON-HD-6).
    """
    answers = answers_to(asked.category, _questions_to(asked), asked.given)
    _refuse_own_merge(asked, answers, at)
    return opening.open_ticket(
        asked.requester,
        asked.address,
        asked.name,
        asked.subject,
        asked.text,
        lead=asked.lead,
        agency=asked.agency,
        channel=asked.channel,
        category=asked.category,
        coc=asked.coc,
        attachments=asked.attachments,
        opened_by=asked.opened_by,
        answers=answers,
        enrollments_here=values_of(answers).get("enrollments_here"),
        nonce=asked.nonce,
        at=at,
    )


def _questions_to(asked: Asked) -> list[Question]:
    """Who asks without an account is asked nothing more than who writes a mail."""
    return [] if asked.channel is Channel.PUBLIC else queries.questions_of(asked.lead.id, asked.category)


def answers_to(category: Category, questions: Sequence[Question], given: Mapping[str, Any]) -> list[Answer]:
    """Raises Invalid with the first thing that is wrong, at its field."""
    if stray := unknown(questions, given):
        names = ", ".join(question.key for question in questions) or "nothing"
        raise Invalid(f"A request of this kind has no field {stray[:80]!r}.", f"It asks: {names}.", field="fields")
    reading = read(category, questions, given)
    for key, problem in reading.problems.items():
        raise Invalid(problem, field=FIELD + key)
    return reading.answers


def _refuse_own_merge(asked: Asked, answers: Sequence[Answer], at: datetime) -> None:
    if asked.category is not Category.DUPLICATE_MERGE or asked.agency is None or asked.requester is None:
        return
    is_administrator = asked.requester in standing.administrators_of(asked.agency.id, at)
    if rules.merges_oneself(queries.policy_on(asked.agency.coc, at), answers, by_administrator=is_administrator):
        raise Invalid(
            "Both enrollments are in your agency's projects, so you merge these two records yourself.",
            "Keep the lower number. If the HMIS will not let you, ask as “Something does not work”.",
            field=FIELD + "enrollments_here",
            rule="SON-HD-6",
        )


def change(
    ticket: Ticket, by: Person, category: Category, given: Mapping[str, Any], at: datetime, *, nonce: str | None = None
) -> TicketMessage:
    """Whoever works on a request says what it is about and puts its answers right; what changed stands on it.

    Raises Forbidden where that is not theirs, Conflict when nothing changed or the records are merged already.
    """
    once = Once.of(nonce, "answers", ticket.id, by, category, sorted(given.items()))
    if known := hold_once(ticket, once):
        return known
    must_work_on(ticket, principal_for(by, at))
    answers = answers_to(category, askable(ticket, category), given)
    told = _differences(ticket, category, answers)
    if not told:
        raise Conflict("Nothing is different from what is kept.", field="category")
    _forget_confirmation(ticket, answers)
    was, ticket.category, ticket.answers = ticket.category, category, list(answers)
    words = system(ticket, by, " ".join(told), "", at, once, internal=True)
    record("ticket.answers_changed", ticket, data={"from": was, "to": category, "changed": told})
    if category is not was or category is Category.DUPLICATE_MERGE:
        _go_where_it_belongs(ticket, by, words, at)
    return words


def must_work_on(ticket: Ticket, principal: Principal) -> None:
    """Raises Forbidden for whom the request is not theirs to work on as it stands."""
    if not standing.may_act(principal, ticket, Action.PRIORITIZE):
        raise Forbidden("Whoever has the request does that.", "Add a reply instead.")


def askable(ticket: Ticket, category: Category) -> list[Question]:
    """What is asked now, and what was answered when it still was: an old answer is not lost by changing another."""
    asked = queries.questions_of(ticket.lead_id, category)
    if category is not ticket.category:
        return asked
    known = {question.key for question in asked}
    old = {row["key"] for row in ticket.answers} - known
    if not old:
        return asked
    retired = queries.custom_fields(ticket.lead_id).where(CustomField.key.in_(old))
    rows = [row for row in db.session.scalars(retired) if row.category is category]
    return [*asked, *(replace(queries.as_question(row), is_required=False) for row in rows)]


def _differences(ticket: Ticket, category: Category, answers: Sequence[Answer]) -> list[str]:
    """Sentences of what is different, in the order of the questions."""
    before = {row["key"]: row for row in ticket.answers}
    after = {row["key"]: row for row in answers}
    told = [f"Now about: {category.replace('-', ' ')}."] if category is not ticket.category else []
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        if (was and was["value"]) != (now and now["value"]):
            label = (now or was or {"label": key})["label"]
            told.append(f"{label}: {said(was) if was else 'nothing'} became {said(now) if now else 'nothing'}.")
    return told


def _forget_confirmation(ticket: Ticket, answers: Sequence[Answer]) -> None:
    """What the agency confirmed was about these two numbers (SON-HD-6). Raises Conflict when they are merged."""
    if Merge.of(ticket.answers) == Merge.of(answers):
        return
    steps = queries.steps_of(ticket)
    if Step.MERGED in steps:
        raise Conflict(
            "These records are merged already.", "Open a new request for others.", field=FIELD + "first_case"
        )
    if confirmed := steps.get(Step.CONFIRMED):
        record("intake.confirmation_void", ticket, data={"note": confirmed.note})
        db.session.delete(confirmed)


def _go_where_it_belongs(ticket: Ticket, by: Person, words: TicketMessage, at: datetime) -> None:
    """Sorted as a security lapse it is urgent and the Lead's at once (SAC-HD-4), as a merge of others' records the
    Lead's too (SON-HD-6); nothing is taken from the Lead that way."""
    urgent = tickets.priority_of(ticket.category)
    if urgent is tickets.Priority.URGENT:
        ticket.priority = urgent
    if ticket.category in (Category.SECURITY, Category.DUPLICATE_MERGE):
        _to_the_lead(ticket, by, words, at)
    changed(ticket, Action.PRIORITIZE, at)


def _to_the_lead(ticket: Ticket, by: Person, words: TicketMessage, at: datetime) -> None:
    placement = tickets.first_tier(
        standing.policy_of(ticket, at),
        ticket.category,
        has_administrator=True,
        enrollments_here=values_of(ticket.answers).get("enrollments_here"),
    )
    if ticket.tier is Tier.AGENCY_ADMINISTRATOR and placement.tier is Tier.HMIS_LEAD:
        put(ticket, placement, at, by=by)
        mails.tell_holders(ticket, words, "Forwarded to you", at)
