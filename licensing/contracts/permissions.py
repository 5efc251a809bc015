from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "contracts.view"
    KEEP = "contracts.keep"


for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.VIEW, Permission.KEEP})
