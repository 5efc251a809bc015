"""The signed token in a Reply-To address: whoever answers there was sent our mail about that ticket.

It is a plus-part of the Lead's support address, short enough for the 64 characters of a local part and
in lower case, because mail servers on the way may fold it: help+t-2n-1f-k3v6m2q7p4xw5abc@example.org.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from flask import current_app

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MAC_BYTES = 10
TOKEN = re.compile(r"(?<![a-z0-9])t-([0-9a-z]{1,13})-([0-9a-z]{1,13})-([a-z2-7]{16})@", re.IGNORECASE)
CASE_TOKEN = re.compile(r"(?<![a-z0-9])v-([0-9a-z]{1,13})-([a-z2-7]{16})@", re.IGNORECASE)
MOST_READ = 20


def reply_address(ticket_id: int, person_id: int | None, support_address: str) -> str:
    """Where an answer about this ticket goes; "" while the Lead has no support address.

    `person_id` none: the vendor, or a requester whom the service does not know.
    """
    local, at, host = support_address.rpartition("@")
    if not at:
        return ""
    ticket, person = _spelled(ticket_id), _spelled(person_id or 0)
    return f"{local}+t-{ticket}-{person}-{_mac(ticket, person)}@{host}"


def read_token(addresses: Iterable[str]) -> tuple[int, int | None] | None:
    """The ticket and person of the first genuine token in these addresses or message ids."""
    seen = [match for text in addresses for match in TOKEN.finditer(text)]
    for match in seen[:MOST_READ]:
        ticket, person, mac = (part.lower() for part in match.groups())
        if hmac.compare_digest(mac, _mac(ticket, person)):
            return int(ticket, 36), int(person, 36) or None
    return None


def case_reply_address(case_id: int, support_address: str) -> str:
    """Where the vendor answers about a case of its own, which many tickets may wait for; "" as above."""
    local, at, host = support_address.rpartition("@")
    case = _spelled(case_id)
    return f"{local}+v-{case}-{_mac('vendor-case', case)}@{host}" if at else ""


def read_case_token(addresses: Iterable[str]) -> int | None:
    """The vendor case of the first genuine token in these addresses."""
    seen = [match for text in addresses for match in CASE_TOKEN.finditer(text)]
    for match in seen[:MOST_READ]:
        case, mac = (part.lower() for part in match.groups())
        if hmac.compare_digest(mac, _mac("vendor-case", case)):
            return int(case, 36)
    return None


def without_token(address: str) -> str:
    """The address as it was before a token was put into it."""
    ours = r"\+(?:t-[0-9a-z]{1,13}|v)-[0-9a-z]{1,13}-[a-z2-7]{16}(?=@)"
    return re.sub(ours, "", address, flags=re.IGNORECASE)


def _spelled(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits or "0"


def _mac(ticket: str, person: str) -> str:
    key = hashlib.sha256(b"hearthdesk reply token\0" + current_app.config["HEARTHDESK"].secret_key.encode()).digest()
    mac = hmac.digest(key, f"{ticket} {person}".encode(), "sha256")[:MAC_BYTES]
    return base64.b32encode(mac).decode().lower()
