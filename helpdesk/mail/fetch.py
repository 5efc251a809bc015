"""What waits in the mailboxes, by IMAP: fetched without a mark, kept, committed, and only then marked as seen.

A process that dies in between leaves the message unmarked; it is fetched again and recognised by its number.
The sweep only starts rounds, each mailbox's in a thread of its own: a server that answers drop by drop or not at
all, or a message that takes long to read, must keep neither deadlines nor the other mailboxes waiting.
"""

from __future__ import annotations

import imaplib
import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

from flask import Flask, current_app
from imap_tools import AND, BaseMailBox, MailBox, MailBoxUnencrypted, UidRange
from imap_tools.errors import ImapToolsError
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from core.db import unit_of_work
from helpdesk.mail import services
from helpdesk.mail.mailboxes import Mailbox, mailboxes
from helpdesk.mail.models import InboundMessage

log = logging.getLogger(__name__)

TIMEOUT = 20
MOST = 100
HANDFUL, TOGETHER = 25, 4_000_000  # messages, bytes
UID, SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")
FIRST_PAUSE = 15.0
LONGEST_PAUSE = 300.0


class MailboxAway(Exception):
    """The server cannot be reached, refuses the password, or broke off; the text is one line for a log."""


@dataclass
class Rounds:
    """One mailbox's round under way, and how long to leave a failing server alone: asking it often could lock the
    account."""

    thread: Thread | None = None
    pause: float = 0.0
    not_before: float = 0.0

    def went_well(self) -> None:
        self.pause = self.not_before = 0.0

    def failed(self) -> None:
        self.pause = min(max(FIRST_PAUSE, self.pause * 2), LONGEST_PAUSE)
        self.not_before = time.monotonic() + self.pause


_rounds: dict[Mailbox | None, Rounds] = {}
_refused: set[tuple[str, int, str]] = set()
"""What a server would not hand over, by mailbox, UIDVALIDITY and UID: this process asks for it last."""


def start_rounds() -> list[Thread]:
    """For the sweep: begin a round of each mailbox, in a thread of its own, and return at once with those begun.

    A mailbox whose last round is still under way is left to it. Without any mailbox one round reads what is kept.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way to hand it on
    boxes: Sequence[Mailbox | None] = mailboxes() or [None]
    return [begun for box in boxes if (begun := _start(app, box)) is not None]


def _start(app: Flask, box: Mailbox | None) -> Thread | None:
    rounds = _rounds.setdefault(box, Rounds())
    if rounds.thread is not None and rounds.thread.is_alive():
        return None
    rounds.thread = Thread(target=_round, args=(app, box, rounds), name="mailbox", daemon=True)
    rounds.thread.start()
    return rounds.thread


def _round(app: Flask, box: Mailbox | None, rounds: Rounds) -> None:
    """Until nothing more waits there: a mailbox that filled up while we were away need not wait for the next look."""
    with app.app_context():
        while _look(box, rounds):
            pass


def _look(box: Mailbox | None, rounds: Rounds) -> bool:
    """Take what is new and read it; whether the mailbox may have more."""
    took = 0
    try:
        if box is not None and time.monotonic() >= rounds.not_before:
            took = _take_all(box)
            rounds.went_well()
    except MailboxAway as told:
        rounds.failed()
        log.warning("the mailbox is asked again in %.0f s: %s", rounds.pause, told)
    except OperationalError as error:
        log.warning("mail waits for the database: %s", type(error.orig).__name__)
        return False
    _read_what_is_kept()
    return took == MOST


def _read_what_is_kept() -> None:
    try:
        services.read_kept()
    except OperationalError as error:
        log.warning("mail waits for the database: %s", type(error.orig).__name__)


def fetch_mail() -> int:
    """Take in what is new in every mailbox and read it; returns how many.

    Raises MailboxAway at the end, naming those that failed; what the others had is read.
    """
    count, away = 0, []
    try:
        for box in mailboxes():
            try:
                count += _take_all(box)
            except MailboxAway as told:
                away.append(str(told))
    finally:
        services.read_kept()
    if away:
        raise MailboxAway("; ".join(away))
    return count


def _take_all(box: Mailbox) -> int:
    """Keep what is new, at most MOST of it: what is kept is read before there is more."""
    try:
        with _opened(box) as mailbox:
            validity = _uidvalidity(mailbox, box.folder)
            wanted = _wanted(mailbox, box.name, validity)[:MOST]
            return sum(_take(mailbox, box.name, validity, some) for some in _handfuls(mailbox, wanted))
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise MailboxAway(f"{box.host}: {type(error).__name__}") from error


@contextmanager
def _opened(box: Mailbox) -> Iterator[BaseMailBox]:
    kind = MailBox if box.is_tls else MailBoxUnencrypted
    opened = kind(box.host, port=box.port, timeout=TIMEOUT)
    try:
        with opened.login(box.user, box.password, box.folder) as mailbox:
            yield mailbox
    finally:
        with suppress(OSError):  # hung up already, where all went well
            opened.client.shutdown()


def _uidvalidity(mailbox: BaseMailBox, folder: str) -> int:
    """Numbers of messages hold only together with this one; a server that renumbers changes it."""
    return int(mailbox.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])


def _wanted(mailbox: BaseMailBox, name: str, validity: int) -> list[str]:
    """What nobody has seen, and what came after the last one kept: a person who looked into the mailbox before
    the service did has marked that as seen. What the server would not hand over before is asked for last."""
    query = select(func.max(InboundMessage.uid))
    with unit_of_work() as session:  # over before the server is asked, which may be slow
        last = session.scalar(query.where(InboundMessage.mailbox == name, InboundMessage.uidvalidity == validity))
    wanted = {int(uid) for uid in mailbox.uids(AND(seen=False))}
    if last is not None:
        wanted |= {int(uid) for uid in mailbox.uids(AND(uid=UidRange(str(last + 1), "*"))) if int(uid) > last}
    return sorted(map(str, sorted(wanted)), key=lambda uid: (name, validity, uid) in _refused)


def _handfuls(mailbox: BaseMailBox, uids: Sequence[str]) -> Iterator[list[str]]:
    """Several at a time, since each exchange with a far server takes its time; large ones alone, and so is what the
    server does not tell the size of."""
    sizes = _sizes(mailbox, uids) if uids else {}
    some: list[str] = []
    together = 0
    for uid in uids:
        size = sizes.get(uid, TOGETHER)
        if some and (len(some) == HANDFUL or together + size > TOGETHER):
            yield some
            some, together = [], 0
        some.append(uid)
        together += size
    if some:
        yield some


def _sizes(mailbox: BaseMailBox, uids: Sequence[str]) -> dict[str, int]:
    answer, data = mailbox.client.uid("fetch", ",".join(uids), "(RFC822.SIZE)")
    lines = [part for part in data if isinstance(part, bytes)] if answer == "OK" else []
    told = [(UID.search(line), SIZE.search(line)) for line in lines]
    return {uid[1].decode(): int(size[1]) for uid, size in told if uid and size}


def _take(mailbox: BaseMailBox, name: str, validity: int, uids: list[str]) -> int:
    """How many are safe and marked. What the server does not hand over stays unmarked, and the others do not suffer
    for it: then each is asked for by itself."""
    raws = _raws(mailbox, uids)
    missing = [uid for uid in uids if uid not in raws]
    if missing and len(uids) > 1:
        return sum(_take(mailbox, name, validity, [uid]) for uid in uids)
    if missing:
        _refused.add((name, validity, uids[0]))
        return 0
    _refused.difference_update((name, validity, uid) for uid in uids)
    services.keep_all([(raws[uid], int(uid)) for uid in uids], name, validity)
    _mark_seen(mailbox, uids)
    return len(uids)


def _mark_seen(mailbox: BaseMailBox, uids: Sequence[str]) -> None:
    """Not with the library's own verb: that expunges too, which would delete for good what people marked to go."""
    answer, _ = mailbox.client.uid("store", ",".join(uids), "+FLAGS.SILENT", "(\\Seen)")
    if answer != "OK":
        raise MailboxAway(f"it does not let messages be marked as seen ({answer})")


def _raws(mailbox: BaseMailBox, uids: Sequence[str]) -> dict[str, bytes]:
    """The bytes as the server has them; without what it refuses, or what somebody has deleted meanwhile."""
    answer, data = mailbox.client.uid("fetch", ",".join(uids), "(BODY.PEEK[])")
    if answer != "OK":
        log.warning("the mailbox does not hand over message %s", ", ".join(uids))
        return {}
    parts = [part for part in data if isinstance(part, tuple)]
    if len(uids) == 1:  # whatever else it says, it can only be that one
        return {uids[0]: parts[0][1]} if parts else {}
    return {named[1].decode(): part[1] for part in parts if (named := UID.search(part[0]))}
