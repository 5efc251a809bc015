from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    READ = "notices.read"
    SEND = "notices.send"
    SEE_AGENCY = "notices.see-agency"


P = Permission
for role in Role:
    grant(role, {P.READ})
# Whoever of the help desk discovers a failure tells of it at once, and waits for nobody (SAC-HD-3).
for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.SEND})
grant(Role.AGENCY_ADMIN, {P.SEE_AGENCY})
