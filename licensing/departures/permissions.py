from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "departures.view"
    RECORD = "departures.record"
    CONFIRM_OFF = "departures.confirm-off"


P = Permission
GIVES_NOTICE = (Role.REPRESENTATIVE, Role.EXECUTIVE_DIRECTOR, Role.AGENCY_ADMIN)
for role in GIVES_NOTICE:
    grant(role, {P.VIEW, P.RECORD})
for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.VIEW, P.RECORD, P.CONFIRM_OFF})
for role in (Role.SECURITY_OFFICER, Role.LEAD_TRAINER):
    grant(role, {P.VIEW})
