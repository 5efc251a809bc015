"""What a client's personal data is kept out of: subjects, the words of forms, and files (MO-HD-5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core import ppi
from core.errors import Invalid
from core.files.models import StoredFile
from core.text import one_line
from core.typed import refuse_client_data
from helpdesk.tickets.models import TicketMessage

refuse_ppi = refuse_client_data
"""Raises Invalid naming the first thing in the text that looks like a client's personal data (MO-HD-5)."""
SSN_IN_ADDRESS = re.compile(r"(?<!\d)\d{3}[-._]?\d\d[-._]?\d{4}(?!\d)")


def safe_subject(subject: str) -> str:
    """The subject as lists and mails may show it: one line, with what looks like a client's data masked."""
    line = ppi.mask(one_line(subject) or "No subject")[:300]
    return "Subject hidden" if ppi.find(line) else line


def safe_name(name: str) -> str:
    """Who asks, as they call themselves, without numbers that are a client's; their own name stays."""
    return safe_address(ppi.mask_numbers(one_line(name)))[:300]


def safe_address(address: str) -> str:
    """An address as pages show it, without an SSN before the @; mail still goes to the address itself."""
    local, at, host = address.partition("@")
    return f"{SSN_IN_ADDRESS.sub('[SSN hidden]', local)}{at}{host}"


def has_client_data(said: TicketMessage, subject: str, files: Iterable[StoredFile]) -> bool:
    """Whether the message, its files or its subject have what looks like a client's personal data."""
    return said.has_ppi or bool(ppi.find(subject)) or any(stored.held_back for stored in files)


def refuse_files(files: Sequence[StoredFile]) -> None:
    """The same for files, by their names and what text they hold."""
    for stored in files:
        if stored.held_back:
            raise Invalid(
                f"The file {ppi.mask(stored.name)} has what looks like a client's {stored.held_back}.",
                "Leave it out, or take that out of it.",
                field="files",
                rule="MO-HD-5",
            )
