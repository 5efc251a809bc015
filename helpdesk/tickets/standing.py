"""Where a person stands towards a ticket, and what they may do with it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.authz import Principal, Role, principal_for
from core.people.models import DesignationKind, Person
from core.people.services import designated
from core.policy import Policy, policy_for
from core.policy.vocabulary import LadderName, Tier
from helpdesk.tickets import mails, rules
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.permissions import NEEDS, OWN, Permission
from helpdesk.tickets.rules import Action, Placement, Side


def side_of(person: Person, ticket: Ticket, at: datetime) -> Side:
    """Towards this ticket: of the Lead, of its agency, or the one who asked (or anybody else)."""
    return side_of_principal(principal_for(person, at), ticket)


def side_of_principal(principal: Principal, ticket: Ticket) -> Side:
    if may(principal.whole, Permission.TICKET_NOTE, ticket):
        return Side.LEAD
    if principal.person_id != ticket.requester_id and may(principal.whole, Permission.TICKET_ANSWER, ticket):
        return Side.AGENCY
    return Side.REQUESTER


def may(principal: Principal, permission: Permission, ticket: Ticket) -> bool:
    """Whether the person has the permission where this ticket is; an end user's own covers only what they asked."""
    places = tuple(g for g in principal.grants if g.role is not Role.END_USER)
    reach = replace(principal, grants=places)
    if reach.can(permission, agency=ticket.agency, coc=ticket.coc, lead_id=ticket.lead_id):
        return True
    return permission in OWN and ticket.requester_id == principal.person_id and principal.can(permission)


def actions_of(principal: Principal, ticket: Ticket, at: datetime) -> frozenset[Action]:
    """What the person may do with the ticket now; the page offers these and no others."""
    possible = rules.acts(side_of_principal(principal, ticket), ticket.tier, ticket.state)
    if Action.HAND_BACK in possible and lower_tier(ticket, at) is None:
        possible -= {Action.HAND_BACK}
    return frozenset(action for action in possible if may(principal, NEEDS[action], ticket))


def may_act(principal: Principal, ticket: Ticket, action: Action) -> bool:
    """Whether one act is the person's now; unlike `actions_of` it asks the database nothing."""
    side = side_of_principal(principal, ticket)
    return action in rules.acts(side, ticket.tier, ticket.state) and may(principal, NEEDS[action], ticket)


def holders(ticket: Ticket, at: datetime) -> list[Person]:
    """Who must act now."""
    return mails.holders(ticket, at)


def ladder_of(ticket: Ticket, at: datetime) -> tuple[Tier, ...]:
    """The tiers of its community, lowest first."""
    policy = policy_of(ticket, at)
    if policy is None:
        return (Tier.HMIS_LEAD, Tier.VENDOR)
    return tuple(Tier(code) for code in policy.ladder(LadderName.SUPPORT_TIERS).codes())


def could_hold(ticket: Ticket, at: datetime) -> list[Person]:
    """Everybody who could take the ticket where it stands."""
    if ticket.tier is Tier.AGENCY_ADMINISTRATOR:
        return administrators_of(ticket.holder_agency_id or 0, at)
    return mails.help_desk(ticket, at)


def lower_tier(ticket: Ticket, at: datetime) -> Placement | None:
    """Where handing back would put it; none where nobody there could take it."""
    others = (
        [p for p in administrators_of(ticket.agency_id, at) if p.id != ticket.requester_id] if ticket.agency_id else []
    )
    return rules.previous_tier(policy_of(ticket, at), ticket.tier, ticket.category, has_administrator=bool(others))


def administrators_of(agency_id: int, at: datetime) -> list[Person]:
    return designated(agency_id, DesignationKind.ADMINISTRATOR, at)


def policy_of(ticket: Ticket, at: datetime) -> Policy | None:
    """What governs the ticket at `at`, by the day in its community; none while nobody knows where it comes from."""
    return policy_for(ticket.coc, at.astimezone(ZoneInfo(ticket.coc.tz)).date()) if ticket.coc else None
