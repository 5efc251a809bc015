from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """`VIEW` sees an agency's invoices, payments and statement; the Lead's sees the books and every agency's."""

    VIEW = "billing.view"
    SCHEDULE = "billing.schedule"
    INVOICE = "billing.invoice"
    RECEIVE = "billing.receive"
    RESPITE = "billing.respite"
    BOOKS = "billing.books"


P = Permission
for role in (Role.REPRESENTATIVE, Role.EXECUTIVE_DIRECTOR):
    grant(role, {P.VIEW})
grant(Role.LEAD_AGENT, {P.VIEW})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, set(P))
