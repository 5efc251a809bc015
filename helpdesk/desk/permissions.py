from enum import StrEnum

from core.authz import grant
from helpdesk.replies.permissions import DESK as DESK


class Permission(StrEnum):
    """USE is working the queue; SHARE is naming views and macros for all of the Lead's staff."""

    USE = "desk.use"
    SHARE = "desk.share"


for role in DESK:
    grant(role, set(Permission))
