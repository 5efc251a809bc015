"""A mail server that delivers nowhere; see mailsink for what becomes of the messages.

Run as `python -m core.running.mailserver FOLDER PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from core.running import mailsink

HOST = "127.0.0.1"


class Keep:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        content = envelope.content
        mailsink.keep(
            self.folder, envelope.mail_from or "", envelope.rcpt_tos, content if isinstance(content, bytes) else b""
        )
        return "250 Kept"


async def serve(folder: Path, port: int) -> None:
    loop = asyncio.get_running_loop()
    keeper = Keep(folder)
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="hearthdesk"), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
