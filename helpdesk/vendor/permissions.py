from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "vendor.view"
    WORK = "vendor.work"
    DECIDE = "vendor.decide"
    SET = "vendor.set"
    REVEAL = "vendor.reveal"


P = Permission
DESK = (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN)
# The Lead alone speaks with the vendor (SON-HD-4, SAC-HD-1): no role of an agency has any of these.
for role in DESK:
    grant(role, {P.VIEW, P.WORK, P.REVEAL})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.DECIDE})
grant(Role.LEAD_ADMIN, {P.SET})
