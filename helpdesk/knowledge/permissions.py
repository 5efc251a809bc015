from enum import StrEnum

from core.authz import LEAD_ROLES, Role, grant


class Permission(StrEnum):
    """READ is everybody's; STAFF is reading what is for the HMIS Lead's own people, drafts included."""

    READ = "knowledge.read"
    STAFF = "knowledge.staff"
    WRITE = "knowledge.write"


for role in Role:
    grant(role, {Permission.READ})
for role in LEAD_ROLES:
    grant(role, {Permission.STAFF, Permission.WRITE})
