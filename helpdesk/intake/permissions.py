from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """What the questions are is the Lead's administrators' to say; duplicates are looked for by all of its desk."""

    FIELDS_KEEP = "intake.fields"
    DUPLICATES_REVIEW = "intake.duplicates"


grant(Role.LEAD_ADMIN, {Permission.FIELDS_KEEP})
for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.DUPLICATES_REVIEW})
