from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """SEE is reading what other people have completed; everybody reads their own."""

    SEE = "transcripts.see"


for role in (
    Role.AGENCY_ADMIN,
    Role.REPRESENTATIVE,
    Role.SECURITY_OFFICER,
    Role.LEAD_AGENT,
    Role.LEAD_TRAINER,
    Role.LEAD_MANAGER,
    Role.LEAD_ADMIN,
):
    grant(role, {Permission.SEE})
