"""One act on many tickets: each by itself, through the services that its own page uses, permissions and all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.authz import Principal, principal_for
from core.db import db, unit_of_work
from core.errors import Conflict, DomainError, Invalid
from core.people.models import Person
from helpdesk.bonds import services as bonds
from helpdesk.bonds.forms import number_of
from helpdesk.desk import rules, services
from helpdesk.desk.models import BulkAct
from helpdesk.replies import queries as replies
from helpdesk.replies import rules as filling
from helpdesk.replies.services import facts_of
from helpdesk.tickets import queries as tickets
from helpdesk.tickets import services as verbs
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Priority

Act = Callable[[Ticket, Person, str, datetime, str], object]
Each = Callable[[], AbstractContextManager[Session]]


class Verb(StrEnum):
    ASSIGN = "assign"
    PRIORITY = "priority"
    TAG = "tag"
    CLOSE = "close"
    FORWARD = "forward"
    ANSWER = "answer"
    MERGE = "merge"


@dataclass(frozen=True)
class Wanted:
    """`value` is a person's number, a priority, a tag, a reason or a canned reply's number, as the verb needs it."""

    verb: Verb
    value: str
    nonce: str

    def key_for(self, ticket_id: int) -> str:
        """Each ticket's own key, so that what a crash cut short can be sent again."""
        return rules.part_key(self.nonce, ticket_id)


def wanted(choice: str, words: str, nonce: str) -> Wanted:
    """What was chosen (`assign:12`, `priority:high`, `tag`) with what was typed beside it. Raises Invalid."""
    name, _, value = choice.partition(":")
    if name not in set(Verb):
        raise Invalid("Choose what to do with them.", field="verb")
    verb, words = Verb(name), words.strip()
    if verb is Verb.PRIORITY and value not in set(Priority):
        raise Invalid("Choose a priority.", field="verb")
    if verb is Verb.ASSIGN and not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise Invalid("Choose whom to assign them to.", field="verb")
    if verb is Verb.ANSWER and not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise Invalid("Choose the canned reply.", field="verb")
    if verb is Verb.MERGE and number_of(words) is None:
        raise Invalid("Give the number of the request to merge them into, such as 4182.", field="words")
    if verb in (Verb.TAG, Verb.CLOSE, Verb.FORWARD, Verb.MERGE):
        if not words:
            raise Invalid("Write the tag." if verb is Verb.TAG else "Say why, in a sentence.", field="words")
        value = words
    return Wanted(verb, value, nonce)


def act_on(
    ticket_ids: Sequence[int],
    what: Wanted,
    by: Principal,
    now: datetime,
    *,
    act: Act | None = None,
    each: Each = unit_of_work,
    then: Callable[[BulkAct], None] = lambda _: None,
) -> BulkAct:
    """Do it to each, and keep what came of each. The same form again gives the same result.

    `act` does it in another way than the verb's own, `each` keeps one of them (a savepoint, inside of a unit of work),
    and `then` belongs to the unit of work that keeps the result.

    Raises Invalid for none and for too many, Conflict when the form's key was used for something else.
    """
    if known := _known(what, by):
        return known
    chosen = list(dict.fromkeys(ticket_ids))
    if not chosen:
        raise Invalid("Select at least one request first.", field="ticket")
    if len(chosen) > rules.MOST_AT_ONCE:
        raise Invalid(f"Select at most {rules.MOST_AT_ONCE} requests at a time.", field="ticket")
    does = act or VERBS[what.verb]
    results = [_result(ticket_id, what, does, each, by.person_id, now) for ticket_id in chosen]
    with unit_of_work() as session:
        if known := _known(what, by):
            return known
        kept = BulkAct(
            nonce=what.nonce, person_id=by.person_id, verb=what.verb, value=what.value, results=results, at=now
        )
        session.add(kept)
        session.flush()
        then(kept)
    return kept


def _known(what: Wanted, by: Principal) -> BulkAct | None:
    row = db.session.scalar(select(BulkAct).where(BulkAct.nonce == what.nonce).with_for_update())
    if row and (row.person_id, row.verb, row.value) != (by.person_id, what.verb, what.value):
        raise Conflict("This form was sent before, with something else.", "Load the list again.")
    return row


def _result(ticket_id: int, what: Wanted, does: Act, each: Each, person_id: int, now: datetime) -> dict[str, str | int]:
    """What came of one; a refusal undoes nothing of the others."""
    told: dict[str, str | int] = {"ticket": ticket_id, "subject": "", "refused": ""}
    try:
        with each() as session:
            by = session.get_one(Person, person_id)
            ticket = tickets.visible_ticket(principal_for(by, clock.now()), ticket_id)
            told["subject"] = ticket.subject
            does(ticket, by, what.value, now, what.key_for(ticket_id))
    except DomainError as error:
        told["refused"] = f"{error.message} {error.advice}".strip()
    return told


def _assign(ticket: Ticket, by: Person, value: str, at: datetime, nonce: str) -> None:
    to = db.session.get(Person, int(value)) if int(value) else None
    verbs.assign(ticket, by, to, at, nonce=nonce)


def _prioritize(ticket: Ticket, by: Person, value: str, at: datetime, nonce: str) -> None:
    verbs.set_priority(ticket, by, Priority(value), "", at, nonce=nonce)


def _tag(ticket: Ticket, by: Person, value: str, at: datetime, _nonce: str) -> None:
    services.add_tag(ticket, principal_for(by, at), value, at)


def _close(ticket: Ticket, by: Person, value: str, at: datetime, nonce: str) -> None:
    verbs.close(ticket, by, value, at, nonce=nonce)


def _forward(ticket: Ticket, by: Person, value: str, at: datetime, nonce: str) -> None:
    verbs.forward_up(ticket, by, value, at, nonce=nonce)


def _answer(ticket: Ticket, by: Person, value: str, at: datetime, nonce: str) -> None:
    """A canned reply with each request's own names and numbers (HUD-HD-7); one that misses a name is not sent."""
    principal = principal_for(by, at)
    reply = replies.visible_reply(principal, int(value))
    facts = facts_of(ticket, principal)
    if empty := [name for name in filling.PLACE.findall(reply.text) if not facts.get(name)]:
        raise Conflict(f"Nothing is known to fill {{{empty[0]}}} here.", "Answer it by hand.")
    verbs.answer(ticket, by, filling.fill(reply.text, facts), at, nonce=nonce)


def _merge(ticket: Ticket, by: Person, value: str, at: datetime, nonce: str) -> None:
    """The one that they go into may be among those selected; it stays as it is."""
    into = tickets.visible_ticket(principal_for(by, at), number_of(value) or 0)
    if ticket.id != into.id:
        bonds.merge(ticket, into, by, "Merged from the queue.", at, nonce=nonce)


VERBS: dict[Verb, Act] = {
    Verb.ASSIGN: _assign,
    Verb.PRIORITY: _prioritize,
    Verb.TAG: _tag,
    Verb.CLOSE: _close,
    Verb.FORWARD: _forward,
    Verb.ANSWER: _answer,
    Verb.MERGE: _merge,
}
