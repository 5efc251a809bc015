from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """SEE is following who is on the way; KEEP is making series; WAIVE is deciding that somebody need not take one."""

    SEE = "series.see"
    GUIDE = "series.guide"
    KEEP = "series.keep"
    WAIVE = "series.waive"


for role in (Role.AGENCY_ADMIN, Role.REPRESENTATIVE, Role.LEAD_AGENT):
    grant(role, {Permission.SEE})
grant(Role.LEAD_TRAINER, {Permission.SEE, Permission.GUIDE, Permission.KEEP})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, set(Permission))
