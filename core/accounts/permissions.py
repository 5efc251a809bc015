from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    ACCOUNT_MANAGE = "accounts.manage"


for role in (Role.LEAD_ADMIN, Role.LEAD_MANAGER, Role.AGENCY_ADMIN):
    grant(role, {Permission.ACCOUNT_MANAGE})
