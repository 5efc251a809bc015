from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    VIEW = "reviews.view"
    ANSWER = "reviews.answer"
    PLAN = "reviews.plan"


P = Permission
for role in (Role.REPRESENTATIVE, Role.AGENCY_ADMIN):
    grant(role, {P.VIEW, P.ANSWER})
for role in (Role.EXECUTIVE_DIRECTOR, Role.SECURITY_OFFICER, Role.LEAD_AGENT, Role.LEAD_TRAINER, Role.LEAD_MANAGER):
    grant(role, {P.VIEW})
grant(Role.LEAD_ADMIN, {P.VIEW, P.PLAN})
