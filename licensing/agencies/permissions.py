from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """`NAME` designates people, `CHECK` sees and records background checks, `KEEP` is for the Lead's own steps."""

    VIEW = "agencies.view"
    KEEP = "agencies.keep"
    CONFIRM = "agencies.confirm"
    NAME = "agencies.name"
    CHECK = "agencies.check"
    END = "agencies.end"
    SUSPEND = "agencies.suspend"


P = Permission
for role in (Role.REPRESENTATIVE, Role.AGENCY_ADMIN, Role.SECURITY_OFFICER):
    grant(role, {P.VIEW, P.CONFIRM})
grant(Role.REPRESENTATIVE, {P.END})  # the manual's own words: a representative gives the notice (MO-LI-6)
grant(Role.EXECUTIVE_DIRECTOR, {P.VIEW, P.CONFIRM, P.NAME, P.CHECK, P.END})
for role in (Role.LEAD_AGENT, Role.LEAD_TRAINER):
    grant(role, {P.VIEW})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.VIEW, P.KEEP, P.CONFIRM, P.NAME, P.CHECK, P.END, P.SUSPEND})
