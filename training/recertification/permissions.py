from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """SEE is following who owes what; GUIDE is the Lead's side of it: campaigns, their progress, reminding.

    KEEP is starting cycles and excusing people.
    """

    SEE = "recertification.see"
    GUIDE = "recertification.guide"
    KEEP = "recertification.keep"


for role in (Role.AGENCY_ADMIN, Role.REPRESENTATIVE):
    grant(role, {Permission.SEE})
for role in (Role.LEAD_AGENT, Role.LEAD_TRAINER):
    grant(role, {Permission.SEE, Permission.GUIDE})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, set(Permission))
