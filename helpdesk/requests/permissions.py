from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """A vote belongs to a seat in the CoC; what may be released is for the manager or an administrator of the Lead."""

    DATA_VIEW = "data-requests.view"
    DATA_ASK = "data-requests.ask"
    DATA_WORK = "data-requests.work"
    DATA_DECIDE = "data-requests.decide"
    DATA_VOTE = "data-requests.vote"
    CLIENT_VIEW = "client-requests.view"
    CLIENT_ANSWER = "client-requests.answer"
    DEMAND_VIEW = "demands.view"
    DEMAND_RECORD = "demands.record"
    DEMAND_HANDLE = "demands.handle"
    DEMAND_RELEASE = "demands.release"
    LOG_VIEW = "disclosures.view"


P = Permission
SPEAKERS = (Role.REPRESENTATIVE, Role.AGENCY_ADMIN, Role.EXECUTIVE_DIRECTOR)
DESK = (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN)

grant(Role.END_USER, {P.DEMAND_VIEW, P.DEMAND_RECORD})
grant(Role.SECURITY_OFFICER, {P.DEMAND_VIEW, P.DEMAND_RECORD, P.CLIENT_VIEW, P.LOG_VIEW})
for role in (*SPEAKERS, *DESK):
    grant(role, {P.DATA_VIEW, P.DATA_ASK, P.CLIENT_VIEW, P.CLIENT_ANSWER})
    grant(role, {P.DEMAND_VIEW, P.DEMAND_RECORD, P.DEMAND_HANDLE, P.LOG_VIEW})
for role in DESK:
    grant(role, {P.DATA_WORK})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.DATA_DECIDE, P.DEMAND_RELEASE})
grant(Role.OFFICER, {P.DATA_VIEW, P.DATA_ASK, P.DATA_VOTE})
