from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """`SEE`: what somebody said of themselves. The manual names whom it is said to: the agency's and the Lead's
    administrators."""

    SEE = "disclosures.see"


for role in (Role.AGENCY_ADMIN, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.SEE})
