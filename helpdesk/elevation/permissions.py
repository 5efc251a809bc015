from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """Which requests somebody of the CoC or a committee sees follows from their seat, not from their role."""

    VIEW = "elevations.view"
    RAISE = "elevations.raise"
    ANSWER = "elevations.answer"


for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.VIEW, Permission.RAISE})
grant(Role.OFFICER, {Permission.VIEW, Permission.ANSWER})
