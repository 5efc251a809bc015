from enum import StrEnum

from core.authz import grant
from helpdesk.replies.permissions import DESK


class Permission(StrEnum):
    """MERGE is also its undoing. Whoever does any of it works at the help desk of both requests."""

    LINK = "bonds.link"
    SPLIT = "bonds.split"
    MERGE = "bonds.merge"


for role in DESK:
    grant(role, set(Permission))
