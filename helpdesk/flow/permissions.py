from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "practice.view"
    SET = "practice.set"


grant(Role.LEAD_AGENT, {Permission.VIEW})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, set(Permission))
