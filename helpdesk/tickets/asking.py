"""What another room asks of the requester in the mail that tells them that their request is over."""

from __future__ import annotations

from collections.abc import Callable

from helpdesk.tickets.models import Ticket

Asker = Callable[[Ticket], str]
OF_ITS_END = ("ticket-closed", "ticket-declined")
_askers: list[Asker] = []


def asks(fn: Asker) -> Asker:
    """Decorator: the function gives the path of a page that needs no sign-in, or "" where nothing is asked."""
    if fn not in _askers:
        _askers.append(fn)
    return fn


def path_for(message: str, ticket: Ticket) -> str:
    """Where the requester says how it was, for a mail of this name."""
    if message not in OF_ITS_END:
        return ""
    return next((path for fn in _askers if (path := fn(ticket))), "")
