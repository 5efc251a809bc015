from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    PEOPLE_VIEW = "people.view"
    DEADLINE_VIEW = "deadlines.view"
    AUDIT_VIEW = "audit.view"
    OUTBOX_VIEW = "outbox.view"


AGENCY_OFFICERS = (Role.REPRESENTATIVE, Role.AGENCY_ADMIN, Role.SECURITY_OFFICER, Role.EXECUTIVE_DIRECTOR)
LEAD_OFFICE = (Role.LEAD_AGENT, Role.LEAD_TRAINER, Role.LEAD_MANAGER, Role.LEAD_ADMIN)

for role in (*AGENCY_OFFICERS, *LEAD_OFFICE):
    grant(role, {Permission.PEOPLE_VIEW, Permission.DEADLINE_VIEW})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.AUDIT_VIEW})
grant(Role.LEAD_ADMIN, {Permission.OUTBOX_VIEW})  # mail belongs to a whole Lead, not to one of its CoCs
