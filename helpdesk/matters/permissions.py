from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """Complaints are granted to every role: what somebody sees of them follows from the complaint, not from the role.

    Those who sit in a committee or lead the CoC may have no role at all; their seat is what lets them in.
    """

    COMPLAINT_FILE = "complaints.file"
    COMPLAINT_VIEW = "complaints.view"
    COMPLAINT_DECIDE = "complaints.decide"
    CONFLICT_VIEW = "conflicts.view"
    CONFLICT_STATE = "conflicts.state"
    CONFLICT_MANAGE = "conflicts.manage"
    CHANGE_VIEW = "policy-changes.view"
    CHANGE_PROPOSE = "policy-changes.propose"
    CHANGE_KEEP = "policy-changes.keep"
    CHANGE_ACKNOWLEDGE = "policy-changes.acknowledge"
    LETTER_VIEW = "letters.view"
    LETTER_ISSUE = "letters.issue"
    BREACH_VIEW = "breaches.view"
    BREACH_REPORT = "breaches.report"
    SEAT_MANAGE = "seats.manage"
    SIT = "seats.sit"


P = Permission
DESK = (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN)
SPEAKERS = (Role.REPRESENTATIVE, Role.EXECUTIVE_DIRECTOR)
OFFICERS = (Role.REPRESENTATIVE, Role.AGENCY_ADMIN, Role.SECURITY_OFFICER, Role.EXECUTIVE_DIRECTOR)

for role in Role:
    grant(role, {P.COMPLAINT_FILE, P.COMPLAINT_VIEW, P.COMPLAINT_DECIDE})
for role in (*SPEAKERS, *DESK):
    grant(role, {P.CONFLICT_VIEW, P.CONFLICT_STATE, P.LETTER_VIEW, P.LETTER_ISSUE})
grant(Role.LEAD_MANAGER, {P.CONFLICT_MANAGE})
for role in (*OFFICERS, *DESK):
    grant(role, {P.CHANGE_VIEW, P.BREACH_VIEW})
for role in (Role.END_USER, *DESK):
    grant(role, {P.BREACH_REPORT})
grant(Role.EXECUTIVE_DIRECTOR, {P.CHANGE_PROPOSE, P.CHANGE_ACKNOWLEDGE})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.CHANGE_PROPOSE, P.CHANGE_KEEP})
grant(Role.LEAD_ADMIN, {P.SEAT_MANAGE})
grant(Role.OFFICER, {P.SIT})
