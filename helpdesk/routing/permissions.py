from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """AWAY is telling one's own absence; KEEP is everybody's, with skills, backups and who looks after which agency."""

    VIEW = "routing.view"
    AWAY = "routing.away"
    KEEP = "routing.keep"


grant(Role.LEAD_AGENT, {Permission.VIEW, Permission.AWAY})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, set(Permission))
