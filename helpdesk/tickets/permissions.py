from enum import StrEnum

from core.authz import Role, grant
from helpdesk.tickets.rules import Action


class Permission(StrEnum):
    TICKET_VIEW = "tickets.view"
    TICKET_OPEN = "tickets.open"
    TICKET_REPLY = "tickets.reply"
    TICKET_CLOSE = "tickets.close"
    TICKET_ANSWER = "tickets.answer"
    TICKET_FORWARD = "tickets.forward"
    TICKET_ASSIGN = "tickets.assign"
    TICKET_OPEN_FOR = "tickets.open-for"
    TICKET_NOTE = "tickets.note"
    TICKET_HAND_BACK = "tickets.hand-back"
    TICKET_VENDOR = "tickets.vendor"
    TICKET_DECLINE = "tickets.decline"
    TICKET_REVEAL = "tickets.reveal"


P = Permission
OWN = {P.TICKET_VIEW, P.TICKET_OPEN, P.TICKET_REPLY, P.TICKET_CLOSE}
AT_THE_AGENCY = OWN | {P.TICKET_ANSWER, P.TICKET_FORWARD, P.TICKET_ASSIGN}

NEEDS = {
    Action.REPLY: P.TICKET_REPLY,
    Action.ANSWER: P.TICKET_ANSWER,
    Action.FORWARD: P.TICKET_FORWARD,
    Action.HAND_BACK: P.TICKET_HAND_BACK,
    Action.ASK_VENDOR: P.TICKET_VENDOR,
    Action.NOTE: P.TICKET_NOTE,
    Action.ASSIGN: P.TICKET_ASSIGN,
    Action.CLOSE: P.TICKET_CLOSE,
    Action.DECLINE: P.TICKET_DECLINE,
    Action.REOPEN: P.TICKET_CLOSE,
    Action.CALL: P.TICKET_ANSWER,
    Action.PRIORITIZE: P.TICKET_ASSIGN,
}

# An end user's grant reaches only what they asked themselves. A director reads the agency's tickets;
# the other designations come with none of their own: their holders ask like everybody else.
grant(Role.END_USER, OWN)
grant(Role.EXECUTIVE_DIRECTOR, {P.TICKET_VIEW})
grant(Role.AGENCY_ADMIN, AT_THE_AGENCY)
for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, set(Permission))
