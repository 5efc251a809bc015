"""What intake puts on a ticket's page: how it stands with what must wait or be merged, and what was asked."""

from __future__ import annotations

import secrets
from typing import Any

from core.policy.vocabulary import Tier
from helpdesk.intake import procedures, queries, rules, steps
from helpdesk.intake.questions import WAITED_FOR, said
from helpdesk.intake.rules import Merge, Step
from helpdesk.tickets import standing
from helpdesk.tickets.beside import Looking, Piece, Place, piece
from helpdesk.tickets.rules import Action, Category, Channel, Side

HAVE_STEPS = WAITED_FOR | {Category.DUPLICATE_MERGE}


@piece(Place.ABOVE, order=10)
def state(looking: Looking) -> Piece | None:
    """One query, and only for a category that has steps."""
    ticket, is_public = looking.ticket, looking.ticket.channel is Channel.PUBLIC
    if ticket.category not in HAVE_STEPS:
        shows: dict[str, Any] = {}
    else:
        done = queries.steps_of(ticket)
        because = rules.asked_for(standing.policy_of(ticket, looking.at), ticket.category)
        shows = {"because": because, **_waiting(looking, done), **_merging(looking, done)}
    if not is_public and not shows:
        return None
    is_theirs = looking.side is Side.REQUESTER
    return Piece("helpdesk/intake/_state.html", {**shows, "is_public": is_public, "is_theirs": is_theirs})


def _waiting(looking: Looking, done: Any) -> dict[str, Any]:
    wait = steps.wait_of(looking.ticket, done)
    may_instruct = looking.side is Side.LEAD and _may(looking, Action.ANSWER)
    return {"wait": wait, "instructed": done.get(Step.INSTRUCTED), "may_instruct": may_instruct}


def _merging(looking: Looking, done: Any) -> dict[str, Any]:
    ticket, side = looking.ticket, looking.side
    merge = Merge.of(ticket.answers) if ticket.category is Category.DUPLICATE_MERGE else None
    if merge is None:
        return {}
    is_confirmed = Step.CONFIRMED in done
    is_open_to_them = rules.may_merge(merge, side, is_confirmed=is_confirmed) is None
    return {
        "merge": merge,
        "merged": done.get(Step.MERGED),
        "confirmed": done.get(Step.CONFIRMED),
        "is_staff": side is Side.LEAD,
        "is_at_agency": ticket.tier is Tier.AGENCY_ADMINISTRATOR,
        "may_confirm": side is Side.LEAD and not is_confirmed and _may(looking, Action.ANSWER),
        "may_merge": is_open_to_them and _may(looking, Action.CLOSE),
        "nonce": secrets.token_urlsafe(16),
    }


def _may(looking: Looking, action: Action) -> bool:
    return standing.may_act(looking.principal, looking.ticket, action)


@piece(Place.BESIDE, order=5)
def answers(looking: Looking) -> Piece | None:
    """No query: the answers are the ticket's own."""
    ticket = looking.ticket
    facts = [(answer["label"], said(answer)) for answer in ticket.answers]
    kind = rules.kind_said(standing.policy_of(ticket, looking.at), ticket.category)
    may_change = looking.side is not Side.REQUESTER and _may(looking, Action.PRIORITIZE)
    breach = procedures.breach_for(looking.principal) if ticket.category is Category.SECURITY else None
    if not (facts or kind or may_change or breach):
        return None
    shows = {"facts": facts, "kind": kind, "may_change": may_change, "breach": breach}
    return Piece("helpdesk/intake/_answers.html", shows)
