"""Outgoing mail: rows in the same transaction as what they tell of, sent after it, at least once.

A repeat after a crash carries the same Message-ID. Nothing with a client's personal data leaves.
"""

from core.outbox.mailing import enqueue_for_all
from core.outbox.models import OutboxMessage, SendState, SuppressedAddress
from core.outbox.sending import drain
from core.outbox.services import Letter, enqueue, post, post_all, relevant_while, secret, suppress

__all__ = [
    "Letter",
    "OutboxMessage",
    "SendState",
    "SuppressedAddress",
    "drain",
    "enqueue",
    "enqueue_for_all",
    "post",
    "post_all",
    "relevant_while",
    "secret",
    "suppress",
]
