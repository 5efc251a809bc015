"""A real SMTP server on a loopback port that keeps what it is sent, and can be told to misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

Answer = Callable[[Any], str | None]


@dataclass
class Sink:
    """What arrived, oldest first. `answer` may return an SMTP reply such as "451 later" instead;
    `hangs_up` keeps what it got and breaks off before it says so; `hangs_for` says so that many
    seconds later."""

    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answer: Answer = lambda envelope: None
    hangs_up: bool = False
    hangs_for: Callable[[Any], float] = lambda envelope: 0.0
    url: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        refusal = self.answer(envelope)
        if refusal:
            return refusal
        self.raw.append(envelope.content)
        self.recipients.extend(envelope.rcpt_tos)
        if self.hangs_up:
            server.transport.abort()
        await asyncio.sleep(self.hangs_for(envelope))
        return "250 kept"

    @property
    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw]  # type: ignore[misc]


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_sink() -> Iterator[Sink]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    sink.url = f"smtp://127.0.0.1:{controller.port}"
    yield sink
    controller.stop()
