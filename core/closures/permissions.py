from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "closures.view"
    KEEP = "closures.keep"


for role in (Role.LEAD_AGENT, Role.LEAD_TRAINER, Role.LEAD_MANAGER):
    grant(role, {Permission.VIEW})
grant(Role.LEAD_ADMIN, set(Permission))  # a closed day is the whole Lead's, not one CoC's
