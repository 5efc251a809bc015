from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    MAKE = "credentials.make"


for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.MAKE})
