"""The bytes of a message into what the help desk reads of it. Pure.

The standard parser is used in its forgiving mode and its header objects are passed by: real mail breaks
their rules. Nothing here raises for what a sender can write, but for a message nested beyond all use.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import getaddresses

from core import ppi
from helpdesk.mail import charsets, html, quotes, tnef

DEEPEST = 30
MOST_PARTS = 300
LONGEST_TEXT, LONGEST_HEADER = 500_000, 10_000
IDS = re.compile(r"<[!-;=?-~]{3,250}>")  # in ASCII: it goes into headers of ours
TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "Resent-To")
EXTENSIONS = {"message/rfc822": ".eml", "text/calendar": ".ics", "text/html": ".html", "text/plain": ".txt"}


class Unreadable(Exception):
    """A message that no mail program makes; the text says what is wrong with it."""


@dataclass(frozen=True)
class Attached:
    name: str
    content: bytes


@dataclass(frozen=True)
class Parsed:
    """`text` is what the sender wrote, `quoted` what they repeated, `plain` all of it as it stood; `html`, where there
    is any, is safe to show. `copied` are the (name, address) pairs of To and Cc.
    """

    raw: bytes
    message: Message
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    copied: tuple[tuple[str, str], ...]
    subject: str
    plain: str
    text: str
    quoted: str
    html: str
    attachments: tuple[Attached, ...]
    content_hash: str

    def header(self, name: str) -> str:
        return _header(self.message, name)

    @property
    def thread(self) -> tuple[str, ...]:
        """The messages it answers, the nearest first."""
        return (*self.in_reply_to, *reversed(self.references))


def parse(raw: bytes) -> Parsed:
    """Raises Unreadable for what is empty, or nested deeper than any program nests."""
    if not raw.strip():
        raise Unreadable("The message is empty.")
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        body = _Body.of(message)
    except RecursionError:
        raise Unreadable("Its parts are nested deeper than any mail program nests them.") from None
    sender, sender_name = _sender(message)
    plain = body.words
    split = quotes.split(plain[:LONGEST_TEXT])
    subject = _header(message, "Subject")
    return Parsed(
        raw=raw,
        message=message,
        message_id=next(iter(_ids(message, "Message-ID")), ""),
        in_reply_to=_ids(message, "In-Reply-To"),
        references=_ids(message, "References"),
        sender=sender,
        sender_name=sender_name,
        recipients=tuple(a for name in RECIPIENTS for _, a in _addresses(message, name)),
        copied=tuple(pair for name in ("To", "Cc") for pair in _addresses(message, name)),
        subject=subject,
        plain=plain[:LONGEST_TEXT].replace("\r\n", "\n"),
        text=split.shown,
        quoted=split.folded,
        html=_shown_html(body.html, split.folded),
        attachments=tuple(body.attachments),
        content_hash=_content_hash(sender, subject, plain, body.attachments),
    )


def told_by(message: Message) -> tuple[str, str, str, str]:
    """Of a message inside a message: its sender's address and name, its subject and its words."""
    address, name = _sender(message)
    return address, name, _header(message, "Subject"), _Body.of(message).words[:LONGEST_TEXT].strip()


def _shown_html(given: str, folded: str) -> str:
    """Safe to show; "" where the words alone are shown instead: so that what was repeated can be folded away, and
    so that a client's data can be masked, which tags would cut in two."""
    return "" if not given or folded or ppi.find(html.to_text(given)) else html.sanitise(given)


def _header(message: Message, name: str) -> str:
    return next((charsets.header(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _ids(message: Message, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(IDS.findall(_header(message, name))[-50:]))


def _sender(message: Message) -> tuple[str, str]:
    for name in ("From", "Sender"):
        for shown, address in _addresses(message, name):
            return address, shown[:200]
    return "", ""


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """(Name, address) pairs of every header of that name; what is no address is left out."""
    raw = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()][:20]
    pairs = [pair for value in raw for pair in _pairs(_bounded(value).replace("\n", " ").replace("\r", " "))]
    decoded = [(charsets.header(shown), charsets.header(address)) for shown, address in pairs]
    return [(shown, address.lower()) for shown, address in decoded if _is_address(address)]


def _bounded(value: str) -> str:
    """So much of a header as anybody writes, cut between two addresses."""
    return value if len(value) <= LONGEST_HEADER else value[:LONGEST_HEADER].rpartition(",")[0]


def _pairs(value: str) -> list[tuple[str, str]]:
    """Some releases of Python take none of a header of which one part is no address; then each is taken by itself."""
    found = getaddresses([value])
    if any(address for _, address in found):
        return found
    return [pair for part in value.split(",") for pair in getaddresses([part])]


def _is_address(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(at and local and host) and len(text) <= 254 and not re.search(r"[\s<>,;\"]", text)


@dataclass
class _Body:
    plain: str = ""
    html: str = ""
    attachments: list[Attached] = field(default_factory=list)

    @classmethod
    def of(cls, message: Message) -> _Body:
        body = cls()
        for part in _leaves(message):
            body.take(part)
        return body

    @property
    def words(self) -> str:
        return self.plain if self.plain.strip() else html.to_text(self.html) if self.html else ""

    def take(self, part: Message) -> None:
        """The first HTML and all plain text that is not a file; everything else is an attachment."""
        kind, name = part.get_content_type(), _file_name(part)
        if (kind in TNEF or name.lower() == "winmail.dat") and self._take_packed(_bytes(part)):
            return
        is_file = bool(name) or _disposition(part) == "attachment" or not kind.startswith("text/")
        if kind == "text/plain" and not is_file:
            self.plain = f"{self.plain}\n{_text(part)}" if self.plain else _text(part)
        elif kind == "text/html" and not is_file and not self.html:
            self.html = _text(part)
        else:
            ending = EXTENSIONS.get(kind, "")
            number = len(self.attachments) + 1
            self.attachments.append(Attached(name or f"attachment-{number}{ending}", _bytes(part)))

    def _take_packed(self, raw: bytes) -> bool:
        """What Outlook has packed, as if it had come by itself; False for what is broken or empty, and stays a file."""
        try:
            found = tnef.unpack(raw)
        except tnef.Broken:
            return False
        if not (found.files or found.plain or found.html):
            return False
        self.plain = self.plain if self.plain.strip() else found.plain
        self.html = self.html or found.html
        for name, content in found.files:
            shown = charsets.header(name)[:200]
            self.attachments.append(Attached(shown or f"attachment-{len(self.attachments) + 1}", content))
        return True


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; a message inside the message stays whole."""
    stack = [(message, 0)]
    seen = 0
    while stack:
        part, depth = stack.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST_PARTS:
            raise Unreadable("It has more parts than any mail program makes.")
        inside = part.get_payload()
        if isinstance(inside, list) and part.get_content_type() != "message/rfc822":
            stack.extend((child, depth + 1) for child in reversed(inside) if isinstance(child, Message))
        else:
            yield part


def _bytes(part: Message) -> bytes:
    inside = part.get_payload()
    if isinstance(inside, list):
        return b"\n".join(child.as_bytes() for child in inside if isinstance(child, Message))
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: Message) -> str:
    return charsets.decode(_bytes(part), _parameter(part, "charset"))


def _file_name(part: Message) -> str:
    named = _parameter(part, "filename", "content-disposition") or _parameter(part, "name")
    return charsets.header(named)[:200]


def _disposition(part: Message) -> str:
    return _header(part, "Content-Disposition").split(";")[0].strip().lower()


def _parameter(part: Message, name: str, header: str = "content-type") -> str:
    """A header's parameter, whichever of the ways of writing it was used, or however it was botched."""
    try:
        value = part.get_param(name, header=header, unquote=True)
    except (ValueError, TypeError, LookupError):
        return ""
    if isinstance(value, tuple):
        charset, _, text = value
        return charsets.decode(str(text).encode("latin-1", "replace"), charset or "")
    return str(value or "")


def _content_hash(sender: str, subject: str, text: str, attachments: list[Attached]) -> str:
    """What people would call the same message, whichever way it came."""
    digest = hashlib.sha256()
    for piece in (sender.encode(), subject.encode(), text.encode(), *(a.content for a in attachments)):
        digest.update(hashlib.sha256(piece).digest())
    return digest.hexdigest()
