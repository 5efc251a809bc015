from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "seats.view"
    KEEP = "seats.keep"


P = Permission
for role in (Role.LEAD_AGENT, Role.LEAD_TRAINER):
    grant(role, {P.VIEW})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.VIEW, P.KEEP})
