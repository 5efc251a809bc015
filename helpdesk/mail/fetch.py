"""What waits in the mailbox, by IMAP: fetched without a mark, kept, committed, and only then marked as seen.

A process that dies in between leaves the message unmarked; it is fetched again and recognised by its number.
The sweep only starts a round, in a thread of its own: a server that answers drop by drop, or a message that
takes long to read, must not keep deadlines waiting.
"""

from __future__ import annotations

import imaplib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from imap_tools import AND, BaseMailBox, MailBox, MailBoxUnencrypted, UidRange
from imap_tools.errors import ImapToolsError
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from core.db import unit_of_work
from helpdesk.mail import services
from helpdesk.mail.models import InboundMessage

log = logging.getLogger(__name__)

TIMEOUT = 20
MOST = 200
FIRST_PAUSE = 15.0
LONGEST_PAUSE = 300.0


class MailboxAway(Exception):
    """The server cannot be reached, refuses the password, or broke off; the text is one line for a log."""


@dataclass
class Rounds:
    """The round under way, and how long to leave a failing server alone: asking it often could lock the account."""

    thread: Thread | None = None
    pause: float = 0.0
    not_before: float = 0.0

    def went_well(self) -> None:
        self.pause = self.not_before = 0.0

    def failed(self) -> None:
        self.pause = min(max(FIRST_PAUSE, self.pause * 2), LONGEST_PAUSE)
        self.not_before = time.monotonic() + self.pause


_rounds = Rounds()


def start_round() -> Thread | None:
    """For the sweep: begin a round and return at once; None while the last one is still under way."""
    if _rounds.thread is not None and _rounds.thread.is_alive():
        return None
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way to hand it on
    _rounds.thread = Thread(target=_round, args=(app,), name="mailbox", daemon=True)
    _rounds.thread.start()
    return _rounds.thread


def _round(app: Flask) -> None:
    with app.app_context():
        try:
            if time.monotonic() >= _rounds.not_before:
                _take_all()
                _rounds.went_well()
        except MailboxAway as told:
            _rounds.failed()
            log.warning("the mailbox is asked again in %.0f s: %s", _rounds.pause, told)
        except OperationalError as error:
            log.warning("mail waits for the database: %s", type(error.orig).__name__)
            return
        _read_what_is_kept()


def _read_what_is_kept() -> None:
    try:
        services.read_kept()
    except OperationalError as error:
        log.warning("mail waits for the database: %s", type(error.orig).__name__)


def fetch_mail() -> int:
    """Take in what is new and read it; returns how many. Raises MailboxAway, having read what came before that."""
    try:
        return _take_all()
    finally:
        services.read_kept()


def _take_all() -> int:
    """Keep what is new, at most MOST of it: the next round goes on. Does nothing where no IMAP_URL is set."""
    url = current_app.config["HEARTHDESK"].imap_url
    if not url:
        return 0
    try:
        with _mailbox(url) as (mailbox, folder):
            name, validity = f"{folder}@{urlsplit(url).hostname}"[:300], _uidvalidity(mailbox, folder)
            return sum(_take(mailbox, name, validity, uid) for uid in _wanted(mailbox, name, validity)[:MOST])
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise MailboxAway(f"{urlsplit(url).hostname}: {type(error).__name__}") from error


@contextmanager
def _mailbox(url: str) -> Iterator[tuple[BaseMailBox, str]]:
    """imap://user:password@host:port/FOLDER, or imaps:// for TLS from the start."""
    parts = urlsplit(url)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    kind = MailBox if parts.scheme == "imaps" else MailBoxUnencrypted
    port = parts.port or (993 if parts.scheme == "imaps" else 143)
    opened = kind(parts.hostname or "localhost", port=port, timeout=TIMEOUT)
    try:
        with opened.login(unquote(parts.username or ""), unquote(parts.password or ""), folder) as mailbox:
            yield mailbox, folder
    finally:
        with suppress(OSError):  # hung up already, where all went well
            opened.client.shutdown()


def _uidvalidity(mailbox: BaseMailBox, folder: str) -> int:
    """Numbers of messages hold only together with this one; a server that renumbers changes it."""
    return int(mailbox.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])


def _wanted(mailbox: BaseMailBox, name: str, validity: int) -> list[str]:
    """What nobody has seen, and what came after the last one kept: a person who looked into the mailbox before
    the service did has marked that as seen."""
    query = select(func.max(InboundMessage.uid))
    with unit_of_work() as session:  # over before the server is asked, which may be slow
        last = session.scalar(query.where(InboundMessage.mailbox == name, InboundMessage.uidvalidity == validity))
    wanted = {int(uid) for uid in mailbox.uids(AND(seen=False))}
    if last is not None:
        wanted |= {int(uid) for uid in mailbox.uids(AND(uid=UidRange(str(last + 1), "*"))) if int(uid) > last}
    return [str(uid) for uid in sorted(wanted)]


def _take(mailbox: BaseMailBox, name: str, validity: int, uid: str) -> int:
    """1 when the message is safe and marked; one that the server does not hand over stays unmarked."""
    raw = _raw(mailbox, uid)
    if raw is None:
        return 0
    services.keep(raw, name, validity, int(uid))
    _mark_seen(mailbox, uid)
    return 1


def _mark_seen(mailbox: BaseMailBox, uid: str) -> None:
    """Not with the library's own verb: that expunges too, which would delete for good what people marked to go."""
    answer, _ = mailbox.client.uid("store", uid, "+FLAGS.SILENT", "(\\Seen)")
    if answer != "OK":
        raise MailboxAway(f"it does not let messages be marked as seen ({answer})")


def _raw(mailbox: BaseMailBox, uid: str) -> bytes | None:
    """The bytes as the server has them; None when it refuses, or somebody has deleted the message meanwhile."""
    answer, data = mailbox.client.uid("fetch", uid, "(BODY.PEEK[])")
    if answer != "OK":
        log.warning("the mailbox does not hand over message %s", uid)
        return None
    return next((part[1] for part in data if isinstance(part, tuple)), None)
