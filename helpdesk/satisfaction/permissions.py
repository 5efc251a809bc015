from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """SEE is reading what requesters said; FOLLOW is looking into a low mark; SET is how often people are asked."""

    SEE = "satisfaction.see"
    FOLLOW = "satisfaction.follow"
    SET = "satisfaction.set"


P = Permission
grant(Role.LEAD_AGENT, {P.SEE})
grant(Role.LEAD_MANAGER, {P.SEE, P.FOLLOW})
grant(Role.LEAD_ADMIN, set(Permission))
