from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    KEEP = "provisioning.keep"


grant(Role.LEAD_ADMIN, {Permission.KEEP})
