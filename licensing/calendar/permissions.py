from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "report-calendar.view"
    KEEP = "report-calendar.keep"


for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.VIEW, Permission.KEEP})
