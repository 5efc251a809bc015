from enum import StrEnum

from core.authz import LEAD_ROLES, Role, grant


class Permission(StrEnum):
    """`SIGN_OFF`: entering that an agency signed off its data quality report."""

    VIEW = "roster.view"
    SIGN_OFF = "roster.sign-off"


P = Permission
for role in (*LEAD_ROLES, Role.OFFICER, Role.EXECUTIVE_DIRECTOR, Role.REPRESENTATIVE):
    grant(role, {P.VIEW})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.SIGN_OFF})
