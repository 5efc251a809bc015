from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """USE covers the shared replies and one's own; SHARE is changing what all of the Lead's staff use."""

    USE = "replies.use"
    SHARE = "replies.share"


DESK = frozenset({Role.LEAD_AGENT, Role.LEAD_MANAGER, Role.LEAD_ADMIN})
for role in DESK:
    grant(role, set(Permission))
