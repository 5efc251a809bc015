from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """ATTEND is seeing sessions, registering and signing in oneself. PEOPLE is seeing who comes and who was there,
    REGISTER registering them; an agency's own. KEEP is planning sessions, their attendance and its credit. MEETINGS is
    the page that says which agencies attend the regular meetings."""

    ATTEND = "sessions.attend"
    PEOPLE = "sessions.people"
    REGISTER = "sessions.register"
    KEEP = "sessions.keep"
    MEETINGS = "sessions.meetings"


P = Permission
for role in Role:
    grant(role, {P.ATTEND})
for role in (Role.REPRESENTATIVE, Role.AGENCY_ADMIN):
    grant(role, {P.PEOPLE, P.REGISTER, P.MEETINGS})
for role in (Role.EXECUTIVE_DIRECTOR, Role.OFFICER):
    grant(role, {P.MEETINGS})
grant(Role.LEAD_AGENT, {P.PEOPLE, P.MEETINGS})
for role in (Role.LEAD_TRAINER, Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, set(P))
