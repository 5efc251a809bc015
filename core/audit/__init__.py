"""Who did what, when: typed, append-only, hash-chained, in the same transaction as the deed."""

from core.audit.models import AuditEvent
from core.audit.services import acting_as, record, verify

__all__ = ["AuditEvent", "acting_as", "record", "verify"]
