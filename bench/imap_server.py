"""A small IMAP4rev1 server on a loopback port: one mailbox, one account, and it can be told to hang up or refuse.

Here because what is measured needs one too, and what is measured ships without the tests.
"""

from __future__ import annotations

import multiprocessing
import re
import socketserver
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from threading import Lock, Thread
from typing import Any

PASSWORD = "maple"


@dataclass
class Mailbox:
    """Messages by number. `hang_up` is told each command with its arguments just before it is carried out and
    says whether the connection breaks there; `refuse` likewise, for a tagged NO."""

    messages: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    uidvalidity: int = 1
    hang_up: Any = lambda command: False
    refuse: Any = lambda command: False
    commands: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)
    url: str = ""

    def put(self, raw: bytes) -> int:
        number = max(self.messages, default=0) + 1
        self.messages[number] = raw
        return number


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.box: Mailbox = self.server.box  # type: ignore[attr-defined]
        self.say("* OK ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            if not self.carry_out(tag, command):
                return

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def carry_out(self, tag: str, command: str) -> bool:
        shown = "LOGIN" if command.startswith("LOGIN") else command
        with self.box.lock:
            self.box.commands.append(shown)
        if self.box.hang_up(shown):
            return False
        name = "_".join(command.split(" ")[: 2 if command.upper().startswith("UID") else 1]).lower()
        act = getattr(self, f"do_{name}", None)
        if self.box.refuse(shown) or act is None or act(command) is False:
            self.say(f"{tag} NO refused")
        else:
            self.say(f"{tag} OK done")
        return name != "logout"

    def do_capability(self, command: str) -> None:
        self.say("* CAPABILITY IMAP4rev1")

    def do_noop(self, command: str) -> None:
        """Nothing to do, and nothing to tell."""

    def do_login(self, command: str) -> bool:
        return command.rstrip('"').endswith(PASSWORD)

    def do_select(self, command: str) -> None:
        self.say(f"* {len(self.box.messages)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.box.uidvalidity}] valid")

    do_examine = do_select

    def do_close(self, command: str) -> None:
        """The mailbox keeps what it has."""

    def do_status(self, command: str) -> None:
        self.say(f"* STATUS INBOX (UIDVALIDITY {self.box.uidvalidity})")

    def do_uid_search(self, command: str) -> None:
        """UNSEEN, or UID n:*, which as the standard wants always finds the last message."""
        numbers = sorted(self.box.messages)
        if since := re.search(r"UID (\d+):\*", command.removeprefix("UID ")):
            found = [n for n in numbers if n >= int(since[1])] or numbers[-1:]
        else:
            found = [n for n in numbers if n not in self.box.seen]
        self.say(" ".join(["* SEARCH", *map(str, found)]))

    def do_uid_fetch(self, command: str) -> None:
        for number in map(int, command.split(" ")[2].split(",")):
            raw = self.box.messages.get(number)
            if raw is not None and "RFC822.SIZE" in command:
                self.say(f"* {number} FETCH (UID {number} RFC822.SIZE {len(raw)})")
            elif raw is not None:
                self.say(f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}")
                self.wfile.write(raw + b")\r\n")

    def do_uid_store(self, command: str) -> None:
        numbers = [int(n) for n in re.findall(r"\d+", command.split(" ")[2])]
        with self.box.lock:
            self.box.seen.update(numbers)

    def do_logout(self, command: str) -> None:
        self.say("* BYE")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def running_imap() -> Iterator[Mailbox]:
    with Server(("127.0.0.1", 0), Session) as server:
        box = server.box = Mailbox()  # type: ignore[attr-defined]
        box.url = f"imap://desk:{PASSWORD}@127.0.0.1:{server.server_address[1]}/INBOX"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield box
        server.shutdown()


@contextmanager
def imap_elsewhere(messages: Sequence[bytes]) -> Iterator[str]:
    """Its address, with these messages in the mailbox; in a process of its own, for it must not slow down who asks."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=_serve, args=(there, messages))
    server.start()
    try:
        yield here.recv()
    finally:
        here.send("over")
        server.join()


def _serve(told: Connection, messages: Sequence[bytes]) -> None:
    with running_imap() as box:
        for raw in messages:
            box.put(raw)
        told.send(box.url)
        told.recv()
