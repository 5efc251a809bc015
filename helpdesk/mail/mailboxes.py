"""The mailboxes that mail is fetched from, as IMAP_URL names them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from flask import current_app


@dataclass(frozen=True)
class Mailbox:
    """imap://user:password@host:port/FOLDER, or imaps:// for TLS from the start. `name` says whose and which it is,
    so that two accounts on one server are two mailboxes; it holds no password."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str = field(repr=False)
    folder: str

    @property
    def name(self) -> str:
        return f"{self.folder} of {self.user} at {self.host}"[:300]

    @classmethod
    def at(cls, url: str) -> Mailbox:
        parts = urlsplit(url)
        is_tls = parts.scheme == "imaps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (993 if is_tls else 143),
            is_tls=is_tls,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
        )


def mailboxes() -> list[Mailbox]:
    """Each once, in the order of the setting."""
    return list(dict.fromkeys(Mailbox.at(url) for url in current_app.config["HEARTHDESK"].imap_urls))
