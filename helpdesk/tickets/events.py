"""News of a ticket, for the rooms that follow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helpdesk.tickets.rules import Action


@dataclass(frozen=True)
class TicketChanged:
    """A verb is done, in the unit of work under way; its row of the history is written. No action: it was opened."""

    ticket_id: int
    at: datetime
    action: Action | None
