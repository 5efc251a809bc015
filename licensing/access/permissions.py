from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """`DECIDE` is for the manager of the agency's CoC (MO-LI-3), `GRANT` for an agency, up to a ceiling (VT-LI-6)."""

    VIEW = "access.view"
    REQUEST = "access.request"
    DECIDE = "access.decide"
    GRANT = "access.grant"
    CONFIRM = "access.confirm"
    ACTIVATE = "access.activate"
    LICENSE_VIEW = "licenses.view"


P = Permission
for role in (Role.REPRESENTATIVE, Role.AGENCY_ADMIN, Role.EXECUTIVE_DIRECTOR):
    grant(role, {P.VIEW, P.REQUEST, P.LICENSE_VIEW})
grant(Role.AGENCY_ADMIN, {P.GRANT})
grant(Role.SECURITY_OFFICER, {P.VIEW, P.LICENSE_VIEW})
grant(Role.LEAD_AGENT, {P.VIEW, P.LICENSE_VIEW})
grant(Role.LEAD_TRAINER, {P.VIEW, P.LICENSE_VIEW, P.CONFIRM})
grant(Role.LEAD_MANAGER, {P.VIEW, P.LICENSE_VIEW, P.DECIDE, P.CONFIRM, P.ACTIVATE})
grant(Role.LEAD_ADMIN, {P.VIEW, P.LICENSE_VIEW, P.CONFIRM, P.ACTIVATE})
