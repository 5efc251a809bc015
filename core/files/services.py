from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO

from flask import Response, current_app, send_file

from core import clock, ppi
from core.db import db
from core.errors import Invalid, NotFound
from core.files.models import StoredFile
from core.files.reading import pieces
from core.files.rules import PEEK, clean_name, media_type, served_type

CHUNK = 64 * 1024
SEARCHED_FOR_NAMES = 4_000_000


def store(
    content: IO[bytes] | bytes, name: str, *, retention_until: datetime | None = None, limit: int | None = None
) -> StoredFile:
    """Keep a file and add its row to the unit of work under way; the row is flushed.

    The bytes are on the disk before the row can be committed: a file without a row is harmless, a row
    without its file is not. Raises Invalid when it is larger than the service takes, or than `limit` bytes.
    """
    stream = BytesIO(content) if isinstance(content, bytes) else content
    sha256, size, head = _write(stream, limit or current_app.config["HEARTHDESK"].upload_limit)
    row = StoredFile(
        sha256=sha256,
        size=size,
        media_type=media_type(head),
        name=clean_name(name),
        held_back=_personal_data(name, sha256),
        retention_until=retention_until,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _personal_data(name: str, sha256: str) -> str:
    """The labels of what looks like a client's data in the name, or where it comes first in the text."""
    found = [f for findings in ppi.find_in_names([name]).values() for f in findings]
    with _place(sha256).open("rb") as content:
        found += _first_found(pieces(content))
    return ", ".join(dict.fromkeys(f.label for f in found))


def _first_found(texts: Iterable[str]) -> list[ppi.Finding]:
    """In a very long text only numbers are looked for after the beginning, which takes a fraction of the time."""
    searched = 0
    for text in texts:
        if found := ppi.find(text) if searched < SEARCHED_FOR_NAMES else ppi.find_numbers(text):
            return found
        searched += len(text)
    return []


def _write(stream: IO[bytes], limit: int) -> tuple[str, int, bytes]:
    """Into a file of its own first, then under its hash in one step."""
    digest, size, head = hashlib.sha256(), 0, b""
    folder = _folder()
    handle, temporary = tempfile.mkstemp(dir=folder, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as out:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise Invalid(
                        f"This file is larger than {limit // 1_048_576} MB.", "Send a smaller file, or split it."
                    )
                digest.update(chunk)
                head += chunk[: max(0, PEEK - len(head))]
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        target = _place(digest.hexdigest())
        target.parent.mkdir(mode=0o700, exist_ok=True)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size, head


def _folder() -> Path:
    folder: Path = current_app.config["HEARTHDESK"].data_dir / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _place(sha256: str) -> Path:
    return _folder() / sha256[:2] / sha256[2:]


def read(stored: StoredFile) -> bytes:
    """The bytes. Raises NotFound when they are gone from the disk."""
    try:
        return _place(stored.sha256).read_bytes()
    except FileNotFoundError:
        raise _gone(stored) from None


def send(stored: StoredFile, media_type: str = "") -> Response:
    """The file as a download that no browser opens in the page's place; who may have it is the view's to decide.

    Parts of it are sent where they are asked for. `media_type` is for a player, where what the file is was checked.
    """
    path = _place(stored.sha256)
    if not path.is_file():
        raise _gone(stored)
    kind = media_type or served_type(stored.media_type)
    response = send_file(path, mimetype=kind, as_attachment=True, download_name=stored.name, etag=stored.sha256)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _gone(stored: StoredFile) -> NotFound:
    return NotFound(f"The file {stored.name} is no longer there.", "Ask whoever sent it to send it again.")
