"""What people can be here; who is what follows from rows, and `core.authz` reads those."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    END_USER = "end-user"
    REPRESENTATIVE = "representative"
    AGENCY_ADMIN = "agency-admin"
    SECURITY_OFFICER = "security-officer"
    EXECUTIVE_DIRECTOR = "executive-director"
    LEAD_AGENT = "lead-agent"
    LEAD_TRAINER = "lead-trainer"
    LEAD_MANAGER = "lead-manager"
    LEAD_ADMIN = "lead-admin"
    OFFICER = "officer"


LEAD_ROLES = frozenset({Role.LEAD_AGENT, Role.LEAD_TRAINER, Role.LEAD_MANAGER, Role.LEAD_ADMIN})
