from enum import StrEnum

from core.authz import LEAD_ROLES, Role, grant


class Permission(StrEnum):
    """SEE is seeing what the people in reach have to have done; everybody sees their own."""

    SEE = "requirements.see"


for role in (
    Role.AGENCY_ADMIN,
    Role.REPRESENTATIVE,
    Role.SECURITY_OFFICER,
    Role.EXECUTIVE_DIRECTOR,
    *LEAD_ROLES,
):
    grant(role, {Permission.SEE})
