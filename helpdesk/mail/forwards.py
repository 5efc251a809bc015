"""A mail that somebody sent on: who wrote what is inside, and what was said above it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from helpdesk.mail import parse, quotes
from helpdesk.mail.parse import Parsed

SUBJECT = re.compile(r"^\s*(?:fwd?|wg|tr|rv|enc|doorst|i)\s*:\s*", re.IGNORECASE)
FROM_LINE = re.compile(
    r"^[\s>*_]{0,6}(?:from|von|de|van|da|från|fra|od|от кого)\s?\*?[:：]\*?\s*(.{1,400})$", re.IGNORECASE
)
ADDRESS = re.compile(r"[^\s<>\[\]():;,\"']{1,64}@[^\s<>\[\]():;,\"']{3,190}")
MOST_PARTS = 50


@dataclass(frozen=True)
class Original:
    """`remark` is what was said above it by whoever sent it on."""

    address: str
    name: str
    subject: str
    text: str
    remark: str


def original_of(parsed: Parsed) -> Original | None:
    """None where the mail is not said to be sent on, or does not tell the address of who wrote it."""
    is_said = bool(SUBJECT.match(parsed.subject))
    if is_said and (inside := _attached(parsed.message)) is not None:
        return _of_attached(inside, parsed)
    return _inline(parsed, is_said)


def _attached(message: Message) -> Message | None:
    for number, part in enumerate(message.walk()):
        inside = part.get_payload() if part.get_content_type() == "message/rfc822" else None
        if isinstance(inside, list) and inside and isinstance(inside[0], Message):
            return inside[0]
        if number > MOST_PARTS:
            break
    return None


def _of_attached(inside: Message, parsed: Parsed) -> Original | None:
    address, name, subject, text = parse.told_by(inside)
    if not address:
        return None
    return Original(address, name, subject or _bare(parsed.subject), text, parsed.text)


def _inline(parsed: Parsed, is_said: bool) -> Original | None:
    lines = parsed.plain.split("\n")[: quotes.MOST_LINES]
    found = quotes.first_header(lines)
    if found is None or not (found.is_forward or is_said):
        return None
    address, name = _sender(lines[found.start : found.end])
    text = _unquoted(lines[found.end :])
    if not address or not text:
        return None
    return Original(address, name, _bare(parsed.subject), text, "\n".join(lines[: found.start]).strip())


def _sender(lines: list[str]) -> tuple[str, str]:
    for line in lines:
        if match := FROM_LINE.match(line):
            address = ADDRESS.search(match[1].replace("mailto:", " "))
            name = re.sub(r"[<\[(\"*].*", "", match[1]).strip(" '\"")
            return (address[0].lower().rstrip(".*_"), name[:200] if "@" not in name else "") if address else ("", "")
    return "", ""


def _unquoted(lines: list[str]) -> str:
    """As it was written: a program that sends on may mark every line."""
    words = [line for line in lines if line.strip()]
    if words and all(line.startswith(">") for line in words):
        lines = [line.removeprefix(">").removeprefix(" ") for line in lines]
    return "\n".join(lines).strip()


def _bare(subject: str) -> str:
    return SUBJECT.sub("", subject)
