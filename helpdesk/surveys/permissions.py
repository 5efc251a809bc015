from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """SEE is reading what came of surveys; KEEP is writing their questions, opening and closing them."""

    SEE = "surveys.see"
    KEEP = "surveys.keep"


for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER):
    grant(role, {Permission.SEE})
grant(Role.LEAD_ADMIN, set(Permission))
