from enum import StrEnum

from core.authz import Role, grant
from helpdesk.replies.permissions import DESK


class Permission(StrEnum):
    """VIEW is the figures and issues of one's own places, the rest is the Lead's own business."""

    VIEW = "reports.view"
    STAFF = "reports.staff"
    SET_SHARE = "reports.set-share"
    THEMES = "reports.themes"
    EVALUATE = "reports.evaluate"


P = Permission
for role in (Role.AGENCY_ADMIN, Role.EXECUTIVE_DIRECTOR):
    grant(role, {P.VIEW})
for role in DESK:
    grant(role, {P.VIEW, P.STAFF, P.THEMES})
# What themes are for is the training (HUD-HD-8).
grant(Role.LEAD_TRAINER, {P.THEMES})
# Who works how much, and what the office says of itself in a year, are the whole Lead's.
grant(Role.LEAD_ADMIN, {P.SET_SHARE, P.EVALUATE})
