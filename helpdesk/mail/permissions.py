from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    QUARANTINE = "mail.quarantine"
    ADDRESSES = "mail.addresses"


for role in (Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {Permission.QUARANTINE})
grant(Role.LEAD_ADMIN, {Permission.ADDRESSES})
