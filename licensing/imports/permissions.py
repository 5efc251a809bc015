from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    BRING = "licenses.import"


grant(Role.LEAD_ADMIN, {Permission.BRING})
