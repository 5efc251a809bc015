from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """`COMPARE` is for the vendor's list, which is of the whole Lead; the others for what is found at an agency."""

    COMPARE = "reconciliation.compare"
    VIEW = "reconciliation.view"
    CLOSE = "reconciliation.close"


P = Permission
grant(Role.LEAD_ADMIN, {P.COMPARE, P.VIEW, P.CLOSE})
for role in (Role.LEAD_MANAGER, Role.LEAD_AGENT):
    grant(role, {P.VIEW, P.CLOSE})
