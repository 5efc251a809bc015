"""The procedures that have rooms of their own, so that whoever needs one finds it where requests begin."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.authz import Principal
from helpdesk.matters.permissions import Permission as Matter
from helpdesk.requests.permissions import Permission as Request
from licensing import api as licensing


@dataclass(frozen=True)
class Procedure:
    """One way that is not a ticket. `permission` is the room's own: who may not go there is not led there."""

    label: str
    hint: str
    endpoint: str
    permission: StrEnum


PROCEDURES = (
    Procedure(
        "Report a breach", "Somebody may have seen or used what they should not.", "breaches.new", Matter.BREACH_REPORT
    ),
    Procedure(
        "Complain",
        "Of a violation, or for a client of how their privacy was kept.",
        "complaints.new",
        Matter.COMPLAINT_FILE,
    ),
    Procedure(
        "Ask for custom data",
        "A report or an extract that the HMIS does not give you.",
        "data_requests.new",
        Request.DATA_ASK,
    ),
    Procedure(
        "Record a client's request",
        "To see, copy or correct their own record.",
        "client_requests.new",
        Request.CLIENT_ANSWER,
    ),
    Procedure(
        "Record an outside demand",
        "From the police, a court or anybody else outside.",
        "demands.new",
        Request.DEMAND_RECORD,
    ),
    Procedure(
        "Request access for someone", "A new user, or another level.", "access.new", licensing.AccessPermission.REQUEST
    ),
    Procedure(
        "Tell us someone is leaving",
        "Their access ends in time.",
        "departures.new",
        licensing.DeparturePermission.RECORD,
    ),
    Procedure("State a conflict", "With another agency or with the HMIS Lead.", "conflicts.new", Matter.CONFLICT_STATE),
    Procedure(
        "Propose a policy change", "It goes up the community's own ladder.", "policy_changes.new", Matter.CHANGE_PROPOSE
    ),
    Procedure(
        "Get a participation letter", "That your agency takes part in the HMIS.", "letters.new", Matter.LETTER_ISSUE
    ),
)


def open_to(principal: Principal) -> list[Procedure]:
    return [procedure for procedure in PROCEDURES if principal.can(procedure.permission)]


def breach_for(principal: Principal) -> Procedure | None:
    """Where a possible lapse turns out to be a breach, for those who may report one."""
    return next((one for one in open_to(principal) if one.permission is Matter.BREACH_REPORT), None)
