"""The steps of a request beside its conversation: confirm a merge, merge, and say how to enter what must wait."""

from __future__ import annotations

from datetime import datetime

from core.audit import record
from core.authz import principal_for
from core.db import db
from core.errors import Conflict, Forbidden
from core.people.models import Person
from helpdesk.intake import queries, rules
from helpdesk.intake.models import IntakeStep
from helpdesk.intake.rules import Merge, Step, Wait
from helpdesk.tickets import services, standing
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rows import Once, hold, hold_once, system
from helpdesk.tickets.rules import Action, Category, Side
from helpdesk.tickets.screening import refuse_ppi

MERGED = "The two records are merged. The lower number stays as the master record."


def confirm(ticket: Ticket, by: Person, note: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """The Lead's staff asked the agency, and these are the two records (SON-HD-6)."""
    once = Once.of(nonce, Step.CONFIRMED, ticket.id, by, note)
    if known := hold_once(ticket, once):
        return known
    refuse_ppi(note, "text")
    _must_be(Side.LEAD, ticket, by, at)
    merge = _merge_of(ticket)
    if Step.CONFIRMED in queries.steps_of(ticket):
        raise Conflict("This was confirmed already.", "Load the page again to see by whom.")
    _keep(ticket, Step.CONFIRMED, by, at, note)
    said = system(
        ticket, by, "Confirmed with the agency that the two records are one client's.", note, at, once, internal=True
    )
    record("intake.merge_confirmed", ticket, data={"master": merge.master, "other": merge.other, "note": note})
    return said


def merge(ticket: Ticket, by: Person, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """Whoever may merge has done so in the HMIS; the request is closed with it.

    Raises Forbidden for whose it is not, Conflict before the agency has confirmed (SON-HD-6).
    """
    hold(ticket)
    pair, steps = _merge_of(ticket), queries.steps_of(ticket)
    if Step.MERGED not in steps:
        _refuse_merge(ticket, pair, by, at, is_confirmed=Step.CONFIRMED in steps)
        _keep(ticket, Step.MERGED, by, at)
        record("intake.merged", ticket, data={"master": pair.master, "other": pair.other})
    return services.close(ticket, by, MERGED, at, nonce=nonce)


def _refuse_merge(ticket: Ticket, pair: Merge, by: Person, at: datetime, *, is_confirmed: bool) -> None:
    side = standing.side_of(by, ticket, at)
    refusal = rules.may_merge(pair, side, is_confirmed=is_confirmed)
    if refusal is not None:
        kind = Conflict if side is Side.LEAD else Forbidden
        raise kind(refusal.message, rule=refusal.rule)


def instruct(ticket: Ticket, by: Person, text: str, at: datetime, *, nonce: str | None = None) -> TicketMessage:
    """The help desk says how to enter what waited for it (MO-HD-3, MO-HD-4): an answer that ends the wait."""
    hold(ticket)
    steps = queries.steps_of(ticket)
    if rules.wait_of(ticket.category, ticket.answers, is_instructed=False) is None:
        raise Conflict("This request waits for no instruction.", "Answer it instead.")
    _must_be(Side.LEAD, ticket, by, at)
    said = services.answer(ticket, by, text, at, nonce=nonce)
    if Step.INSTRUCTED not in steps:
        _keep(ticket, Step.INSTRUCTED, by, at)
        record("intake.instructed", ticket, data={"message": said.id})
    return said


def wait_of(ticket: Ticket, steps: dict[Step, IntakeStep]) -> Wait | None:
    return rules.wait_of(ticket.category, ticket.answers, is_instructed=Step.INSTRUCTED in steps)


def _must_be(side: Side, ticket: Ticket, by: Person, at: datetime) -> None:
    principal = principal_for(by, at)
    theirs = standing.side_of_principal(principal, ticket) is side
    if not theirs or not standing.may_act(principal, ticket, Action.ANSWER):
        raise Forbidden("The HMIS Lead's staff do that.", "Add a reply instead; whoever has the request sees it.")


def _merge_of(ticket: Ticket) -> Merge:
    pair = Merge.of(ticket.answers) if ticket.category is Category.DUPLICATE_MERGE else None
    if pair is None:
        raise Conflict("This request does not say which two records to merge.", "Fill in both case numbers first.")
    return pair


def _keep(ticket: Ticket, step: Step, by: Person, at: datetime, note: str = "") -> None:
    db.session.add(IntakeStep(ticket_id=ticket.id, step=step, at=at, by_id=by.id, note=note))
    db.session.flush()
