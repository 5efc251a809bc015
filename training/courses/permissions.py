from enum import StrEnum

from core.authz import LEAD_ROLES, Role, grant


class Permission(StrEnum):
    """VIEW is the whole catalogue, drafts and who took what; OFFERED what is offered; TAKE is taking it oneself."""

    VIEW = "courses.view"
    OFFERED = "courses.offered"
    KEEP = "courses.keep"
    TAKE = "courses.take"


for role in Role:
    grant(role, {Permission.TAKE})
for role in (*LEAD_ROLES, Role.REPRESENTATIVE, Role.AGENCY_ADMIN):
    grant(role, {Permission.OFFERED})
for role in LEAD_ROLES:
    grant(role, {Permission.VIEW})
for role in (Role.LEAD_TRAINER, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.KEEP})
