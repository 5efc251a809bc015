from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """Everybody sees and signs their own; these are for others'. `COUNTERSIGN` is the Lead's signature (SON-LI-10)."""

    VIEW = "agreements.view"
    WRITE = "agreements.write"
    COUNTERSIGN = "agreements.countersign"


P = Permission
for role in (Role.REPRESENTATIVE, Role.AGENCY_ADMIN, Role.SECURITY_OFFICER, Role.EXECUTIVE_DIRECTOR):
    grant(role, {P.VIEW})
for role in (Role.LEAD_AGENT, Role.LEAD_TRAINER):
    grant(role, {P.VIEW})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.VIEW, P.WRITE, P.COUNTERSIGN})
