"""Mails that went nowhere: each is a file in <data>/mail, put there by the mail server and read in the browser."""

from __future__ import annotations

import email
import email.policy
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from core import clock

STAMP = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Delivered:
    """A message as it was handed over. `recipients` are the envelope's, which a header may not name."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"] or "")

    def text(self, kind: str) -> str:
        """The first part of `kind`, "plain" or "html"; empty when it has none."""
        body = self.parsed.get_body((kind,))
        return str(body.get_content()) if body else ""


def messages(data_dir: Path, limit: int = 200) -> list[Delivered]:
    """The newest first."""
    files = sorted(_folder(data_dir).glob("*.eml"), reverse=True)
    return [_load(path) for path in files[:limit]]


def read(data_dir: Path, message_id: str) -> Delivered | None:
    """None for an id that is not one of ours; ids come from addresses, so none may lead elsewhere."""
    path = _folder(data_dir) / f"{message_id}.eml"
    return _load(path) if path.parent == _folder(data_dir) and path.is_file() else None


def keep(folder: Path, sender: str, recipients: list[str], content: bytes) -> None:
    """Under another name until complete; the envelope is kept as mail servers do, in two headers on top."""
    stamp = clock.now().strftime(STAMP)
    path = folder / f"{stamp}-{secrets.token_hex(4)}.eml"
    envelope = f"Return-Path: <{sender}>\r\nX-Original-To: {', '.join(recipients)}\r\n"
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(envelope.encode() + content)
    unfinished.rename(path)


def _load(path: Path) -> Delivered:
    first, second, raw = path.read_bytes().split(b"\r\n", 2)
    return Delivered(
        id=path.stem,
        received_at=datetime.strptime(path.stem.rsplit("-", 1)[0], STAMP).replace(tzinfo=UTC),
        sender=first.decode().partition(": ")[2].strip("<>"),
        recipients=tuple(second.decode().partition(": ")[2].split(", ")),
        raw=raw,
    )


def _folder(data_dir: Path) -> Path:
    return data_dir / "mail"
